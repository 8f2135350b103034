"""How many pairs of camera option and cell the planner judges in one CPU second.

A made-up town: blocks of houses with streets between, cells of 5 m on the ground, poles at the crossings
with four directions each. Prints pairs judged and seen, CPU seconds and the largest memory.

    .venv/bin/python benchmarks/plan/visibility.py
"""

import json
import resource
import time

import numpy as np
from shapely.geometry import box

from ronda.planning.optics import Optics, Purpose
from ronda.planning.sight import Buildings
from ronda.planning.terrain import Terrain
from ronda.planning.visibility import CameraOption, Obstacles, fan, sees

TOWN_M, BLOCK_M, STREET_M, CELL_M = 2000, 60, 12, 5
LENS = Optics(sensor_mm=5.4, lens_mm=4.0, pixels=3840)


def town() -> tuple[list[CameraOption], tuple[np.ndarray, np.ndarray], Buildings]:
    chance = np.random.default_rng(6408)
    starts = np.arange(STREET_M, TOWN_M, BLOCK_M + STREET_M)
    houses = [
        box(east + one * 15, north + row * 30, east + one * 15 + 13, north + row * 30 + 28)
        for east in starts
        for north in starts
        for one in range(4)
        for row in range(2)
    ]
    corners = starts - STREET_M / 2
    options = [
        option
        for number, (east, north) in enumerate((e, n) for e in corners for n in corners)
        for option in fan(number, (float(east), float(north)), 6.0, LENS, Purpose.DETECTION, 4)
    ]
    axis = np.arange(CELL_M / 2, TOWN_M, CELL_M)
    east, north = np.meshgrid(axis, axis)
    return (
        options,
        (east.ravel(), north.ravel()),
        Buildings(shapes=houses, heights_m=chance.uniform(3, 9, len(houses))),
    )


def main() -> None:
    options, cells, houses = town()
    step = 30.0
    side = int(TOWN_M / step) + 1
    hills = Terrain(east0_m=0, north0_m=0, step_m=step, heights_m=np.random.default_rng(1).random((side, side)) * 3)
    plain = sees(options, cells)
    judged = sum(len(sees([_around(option)], cells).cols) for option in options[::4]) * 4
    report: dict[str, object] = {
        "options": len(options),
        "cells": len(cells[0]),
        "buildings": len(houses.shapes),
        "pairs within range": judged,
        "pairs in the sector": len(plain.cols),
    }
    for name, around in (
        ("sector and range", Obstacles()),
        ("with buildings", Obstacles(buildings=houses)),
        ("with buildings and terrain", Obstacles(buildings=houses, terrain=hills)),
    ):
        start = time.process_time()
        found = sees(options, cells, around)
        spent_s = time.process_time() - start
        report[name] = {
            "cpu_s": round(spent_s, 2),
            "pairs_per_cpu_s": round(judged / spent_s),
            "seen": len(found.cols),
        }
    report["largest_memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(report, indent=1))


def _around(option: CameraOption) -> CameraOption:
    return CameraOption(
        site=option.site, east_m=option.east_m, north_m=option.north_m, height_m=option.height_m,
        direction_deg=0.0, view_deg=360.0, range_m=option.range_m,
    )  # fmt: skip


if __name__ == "__main__":
    main()
