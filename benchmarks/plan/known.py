"""Instances with known optima, read from the shared data: SJC, CFL2019 and the street networks of Maximo."""

import csv
import os
import sys
from pathlib import Path

import numpy as np

from ronda.planning.cover import Cover, Floats, Ints, cover
from ronda.planning.solver.assemble import plain
from ronda.planning.solver.problem import Problem

DATA = Path(os.environ.get("RONDA_SHARED_DATA", "shared/data")) / "planning"
EARTH_M = 6_378_100.0


def rows(name: str) -> list[dict[str, str]]:
    if not (DATA / name).exists():
        sys.exit(f"{DATA / name} is not here. Next: set RONDA_SHARED_DATA to the folder of shared data")
    with (DATA / name).open() as file:
        return list(csv.DictReader(file))


def sjc(name: str, radius_m: float) -> tuple[Cover, Ints]:
    """Points are customers and sites; Euclidean."""
    lines = (DATA / "sjc" / f"{name}.txt").read_text().split("\n")
    table = np.array([[float(x) for x in line.split()] for line in lines[1:] if line.strip()])
    at = (table[:, 0], table[:, 1])
    return cover(at, np.full(len(table), radius_m), at), table[:, 2].astype(np.int64)


def maximo(name: str, radius_m: float) -> tuple[Cover, Ints]:
    """Great circles in the arithmetic of the published values: float32 after the arc cosine."""
    text = (DATA / "maximo" / f"{name}.txt").read_text().split("\n")
    numbers = [line.split() for line in text if line.strip() and not line.strip()[0].isalpha()]
    points = np.array([[float(x) for x in line] for line in numbers if len(line) == 2])
    demand = np.array([float(line[0]) for line in numbers if len(line) == 1])
    if len(demand) != len(points):
        raise ValueError(f"{name}: {len(points)} places and {len(demand)} demands")
    return _within(np.radians(points), radius_m), demand.astype(np.int64)


def _within(points: Floats, radius_m: float) -> Cover:
    start, cols = [0], []
    lat, lon = points[:, 0], points[:, 1]
    for i in range(len(points)):
        cosine = np.cos(lat[i]) * np.cos(lat) * np.cos(lon[i] - lon) + np.sin(lat[i]) * np.sin(lat)
        metres = np.arccos(np.clip(cosine, -1, 1)).astype(np.float32) * np.float32(EARTH_M)
        near = metres <= np.float32(radius_m)
        near[i] = True
        found = np.flatnonzero(near)
        cols.append(found)
        start.append(start[-1] + len(found))
    return Cover(start=np.array(start, dtype=np.int64), cols=np.concatenate(cols).astype(np.int64))


def with_sites(found: tuple[Cover, Ints], number: int) -> Problem:
    """Choose this many sites."""
    sees, weight = found
    return plain(sees, weight, np.ones(sees.rows, dtype=np.int64), number)
