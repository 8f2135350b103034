"""Vancouver's thefts of 2020 as a planning question: past, later period, poles, cameras and prices.

Thefts and neighbourhoods are open data of the Vancouver Police Department and the City of Vancouver. The
police move each theft to the middle of its block. Everything about money and poles is made up here, the
same for every method, and published in docs/reference/plan-figures.md. Poles come from the names of the
blocks of the first nine months alone: between two following blocks of a street lies a junction.
"""

import csv
import gzip
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from shapely.geometry import shape

from ronda.planning.cover import Cover, Floats, Ints, on_plane
from ronda.planning.optics import Optics, Purpose
from ronda.planning.visibility import CameraOption, fan, sees

LAST_PAST_MONTH = 9
LAT0_DEG = 49.25
HEIGHT_M = 6.0
DIRECTIONS = 8
MID_BLOCK_OFF_M = 25.0
JUNCTION_AT_MOST_M = 320.0  # between the middles of two following blocks
APART_M = 15.0
WIDE = Optics(sensor_mm=5.6, lens_mm=4.0, pixels=3840)
LONG = Optics(sensor_mm=5.6, lens_mm=8.0, pixels=3840)
# Million rupiah, one year of running included.
POLE_AT_JUNCTION, POLE_MID_BLOCK = 38.0, 48.0  # pole, cabinet, switch, power; power is farther in mid-block
UPLINK_PER_M = 0.03  # fibre from the middle of the neighbourhood
CAMERA_WIDE, CAMERA_LONG = 11.0, 14.0
_BLOCK = re.compile(r"(\d*)XX? (.+)")
Places = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Positions in metres east and north; `month` from 1 to 12."""

    east: Floats
    north: Floats
    month: Ints
    block: list[str]
    nodes: Places

    @property
    def past(self) -> np.ndarray:
        return self.month <= LAST_PAST_MONTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What every method may buy: cameras at poles, with their prices, and what each sees.

    of        site of each camera, ascending
    blocks    places that a past theft was moved to, each once; sees_blocks: which of them each camera sees
    """

    sites: Places
    junction: np.ndarray
    site_cost: Floats
    options: list[CameraOption]
    of: Ints
    camera_cost: Floats
    blocks: Places
    block_count: Floats
    sees_blocks: Cover
    sees_later: Cover


def city(data: Path) -> City:
    named = _rows(data / "crime/vancouver_thefts.csv.gz")
    placed = _rows(data / "crime/vancouver_thefts_wgs84.csv.gz")
    known = [n for n, row in enumerate(named) if "NK_LOC" not in row["HUNDRED_BLOCK"]]
    lat, lon = (np.array([float(placed[n][name]) for n in known]) for name in ("latitude", "longitude"))
    east, north = on_plane(lat, lon, LAT0_DEG)
    areas = json.loads((data / "crime/vancouver_neighbourhoods.geojson").read_text())["features"]
    middles = [shape(area["geometry"]).centroid for area in areas]
    nodes = on_plane(np.array([m.y for m in middles]), np.array([m.x for m in middles]), LAT0_DEG)
    return City(
        east=east,
        north=north,
        month=np.array([int(placed[n]["datetime"][5:7]) for n in known]),
        block=[named[n]["HUNDRED_BLOCK"] for n in known],
        nodes=nodes,
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt") as file:
        return list(csv.DictReader(file))


def poles(of: City) -> tuple[Places, np.ndarray]:
    """Junctions between following blocks, and one pole in each block, 25 m from where thefts are put."""
    streets: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number in np.flatnonzero(of.past):
        found = _BLOCK.fullmatch(of.block[number])
        if found:
            streets[found[2]][int(found[1] or 0)].append(int(number))
    junctions, mids = [], []
    for blocks in streets.values():
        middle = {name: np.array([of.east[n].mean(), of.north[n].mean()]) for name, n in blocks.items()}
        for name, at in middle.items():
            after = middle.get(name + 1)
            if after is not None and np.hypot(*(after - at)) <= JUNCTION_AT_MOST_M:
                junctions.append((at + after) / 2)
            mids.append(at + MID_BLOCK_OFF_M * _along(at, list(middle.values())))
    every = np.array(junctions + mids)
    kept = _thinned(every)
    return (every[kept, 0], every[kept, 1]), kept < len(junctions)


def _along(at: np.ndarray, others: list[np.ndarray]) -> np.ndarray:
    """Direction to the nearest other block of the street; east where there is none."""
    ways = [other - at for other in others if np.hypot(*(other - at)) > 1]
    if not ways:
        return np.array([1.0, 0.0])
    nearest = min(ways, key=lambda way: float(np.hypot(*way)))
    return np.asarray(nearest / np.hypot(*nearest))


def _thinned(points: np.ndarray) -> np.ndarray:
    """Earlier ones keep their place; later ones within 15 m are left out (junctions come first)."""
    squares: dict[tuple[int, int], list[int]] = defaultdict(list)
    kept = []
    for number, (east, north) in enumerate(points):
        square = int(east // APART_M), int(north // APART_M)
        near = [n for i in (-1, 0, 1) for j in (-1, 0, 1) for n in squares[square[0] + i, square[1] + j]]
        if all(np.hypot(points[n, 0] - east, points[n, 1] - north) >= APART_M for n in near):
            squares[square].append(number)
            kept.append(number)
    return np.array(kept)


def offer(of: City, purpose: Purpose) -> Offer:
    sites, junction = poles(of)
    far = np.min(np.hypot(sites[0][:, None] - of.nodes[0], sites[1][:, None] - of.nodes[1]), axis=1)
    options = [
        option
        for number, at in enumerate(zip(*sites, strict=True))
        for lens in (WIDE, LONG)
        for option in fan(number, (float(at[0]), float(at[1])), HEIGHT_M, lens, purpose, DIRECTIONS)
    ]
    wide = np.array([option.view_deg == WIDE.view_deg for option in options])
    past, later = of.past, ~of.past
    blocks, count = np.unique(np.stack([of.east[past], of.north[past]], axis=1), axis=0, return_counts=True)
    return Offer(
        sites=sites,
        junction=junction,
        site_cost=np.where(junction, POLE_AT_JUNCTION, POLE_MID_BLOCK) + UPLINK_PER_M * far,
        options=options,
        of=np.array([option.site for option in options]),
        camera_cost=np.where(wide, CAMERA_WIDE, CAMERA_LONG),
        blocks=(blocks[:, 0], blocks[:, 1]),
        block_count=count.astype(np.float64),
        sees_blocks=sees(options, (blocks[:, 0], blocks[:, 1])),
        sees_later=sees(options, (of.east[later], of.north[later])),
    )
