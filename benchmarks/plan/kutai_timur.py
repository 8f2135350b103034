"""Kutai Timur's 141 villages as a planning question, for three budgets. Ready for `ronda plan solve`.

REAL: villages, districts, their centres, and the schools with their places (state of 2019, dirt left out
and counted). MADE UP, and marked so in every name: streets, costs, money, how many thefts there are. TRANSFERRED:
how thefts cluster. Each village gets the thefts of one neighbourhood of Vancouver (2020), moved onto its
streets and thinned to its share; more schools, more thefts. Nothing here says where thefts happen in Kutai Timur.

    RONDA_SHARED_DATA=... .venv/bin/python benchmarks/plan/kutai_timur.py --out FOLDER
    RONDA_SHARED_DATA=... .venv/bin/python benchmarks/plan/kutai_timur.py --out FOLDER --solve 30
"""

import argparse
import csv
import gzip
import json
import os
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import LineString, Point

from ronda.planning.cover import Cover, Ints, on_plane
from ronda.planning.demand import CELL_M, DEG_M
from ronda.planning.optics import Optics, Purpose
from ronda.planning.pricing import Item, PriceItem, cost_of
from ronda.planning.propose import junctions
from ronda.planning.sight import Buildings
from ronda.planning.solver.document import FORMAT, read, told
from ronda.planning.solver.solve import solve
from ronda.planning.visibility import CameraOption, Obstacles, fan, sees

MARK = "susunan jalan karangan"  # a made-up street layout
YEARS = (2027, 2028, 2029, 2030, 2031)
BUDGETS = {"hemat": 1_500, "sedang": 3_000, "luas": 6_000}  # million rupiah a year
VILLAGE_SHARE = 0.4  # of the money may pay for points of villages only
THEFTS = 1_200  # in a year, made up
LENS = Optics(sensor_mm=5.6, lens_mm=4.0, pixels=3840)
HEIGHT_M, DIRECTIONS = 6.0, 4
TOWN_SCHOOLS = 8  # a village with so many schools has the streets of a town
WEIGHT = 1_000_000
_ITEMS = {
    Item.POLE: (12, 14, 18, 0.0), Item.CABINET: (5, 6, 8, 0.3), Item.SWITCH: (3, 4, 6, 0.2),
    Item.UPLINK_FIBRE_M: (0.025, 0.03, 0.045, 0.002), Item.UPLINK_RADIO: (9, 12, 16, 1.2),
    Item.POWER_GRID: (3, 4, 6, 0.8), Item.CAMERA_FIXED: (9, 11, 14, 0.5),
}  # fmt: skip
PRICES = [
    PriceItem(item=item, low_idr=round(low * 1e6), each_idr=round(each * 1e6), high_idr=round(high * 1e6),
              yearly_idr=round(yearly * 1e6), source="data latihan, bukan HPS", year=2026)
    for item, (low, each, high, yearly) in _ITEMS.items()
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Village:
    """A real village; `schools` are real places in metres from its centre."""

    code: str
    name: str
    lat_deg: float
    lon_deg: float
    schools: tuple[tuple[str, float, float], ...]

    @property
    def town(self) -> bool:
        return len(self.schools) >= TOWN_SCHOOLS


def villages(data: Path) -> tuple[list[Village], dict[str, int]]:
    """All villages with the schools whose point lies in them, and what of the schools was left out."""
    with (data / "areas/kutai-timur-schools.csv").open() as file:
        schools = list(csv.DictReader(file))
    inside: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in schools:
        inside[row["village_code_by_point"]].append(row)
    made = []
    with (data / "areas/kutai-timur-areas.csv").open() as file:
        for row in csv.DictReader(file):
            if row["level"] == "village":
                lat, lon = float(row["lat"]), float(row["lon"])
                near = [(one["name"], *_metres(one, lat, lon)) for one in inside.get(row["code"], [])]
                made.append(
                    Village(code=row["code"], name=row["name"], lat_deg=lat, lon_deg=lon, schools=tuple(near))
                )
    used = sum(len(one.schools) for one in made)
    return made, {"schools": len(schools), "without a village of the regency": len(schools) - used}


def _metres(row: dict[str, str], lat: float, lon: float) -> tuple[float, float]:
    east, north = on_plane(np.array([float(row["lat"]), lat]), np.array([float(row["lon"]), lon]), lat)
    return float(east[0] - east[1]), float(north[0] - north[1])


def streets(village: Village, chance: np.random.Generator) -> list[LineString]:
    """Made up: a main street through the centre, cross streets, a parallel one in a town; turned by chance."""
    half, gap = (900.0, 110.0) if village.town else (350.0, 90.0)
    turn = float(chance.uniform(0, 180))
    lines = [LineString([(-half, 0), (half, 0)])]
    for at in np.arange(-half + gap, half, gap * (1 if village.town else 2)):
        lines.append(
            LineString([(at, -float(chance.uniform(60, half / 2))), (at, float(chance.uniform(60, half / 2)))])
        )
    for off in (-gap, gap, 2 * gap) if village.town else (gap,):
        lines.append(LineString([(-half * 0.8, off), (half * 0.8, off)]))
    return [shapely.affinity.rotate(line, turn, origin=(0, 0)) for line in lines]


def houses(roads: list[LineString], chance: np.random.Generator) -> Buildings:
    """Made up: a house on most plots of 18 m along each street, 7 m from its middle, low as houses are."""
    streets_wide = shapely.union_all([road.buffer(6.0) for road in roads])
    found = []
    for road in roads:
        for along in np.arange(9.0, road.length, 18.0):
            one, two = road.interpolate(along), road.interpolate(along + 0.1)
            way = np.array([two.x - one.x, two.y - one.y]) / max(np.hypot(two.x - one.x, two.y - one.y), 1e-9)
            for side in (-1, 1):
                middle = np.array([one.x, one.y]) + side * 13.0 * np.array([-way[1], way[0]])
                if chance.random() < 0.7:
                    plot = Point(middle).buffer(6.0, cap_style="square")
                    if not plot.intersects(streets_wide):
                        found.append(plot)
    return Buildings(shapes=found, heights_m=chance.uniform(3, 7, len(found)))


def neighbourhoods(data: Path) -> list[np.ndarray]:
    """Thefts of each neighbourhood of Vancouver in metres from their middle, busiest neighbourhoods first."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with gzip.open(data / "crime/vancouver_thefts_wgs84.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            found[row["neighbourhood"]].append((float(row["latitude"]), float(row["longitude"])))
    made = []
    for places in found.values():
        lat, lon = np.array(places).T
        east, north = on_plane(lat, lon, float(lat.mean()))
        made.append(np.stack([east - np.median(east), north - np.median(north)], axis=1))
    return sorted((one for one in made if len(one) >= 100), key=len, reverse=True)


def thefts(
    village: Village, roads: list[LineString], donor: np.ndarray, number: int, chance: np.random.Generator
) -> np.ndarray:
    """`number` of the donor's thefts, shrunk to the village and moved to its nearest street."""
    half = 900.0 if village.town else 350.0
    drawn = donor[chance.integers(len(donor), size=number)]
    shrunk = drawn * half / max(float(np.percentile(np.abs(donor), 90)), 1.0)
    every = shapely.union_all(roads)
    snapped = [every.interpolate(every.project(Point(one))) for one in np.clip(shrunk, -half, half)]
    return np.array([(one.x, one.y) for one in snapped]).reshape(-1, 2)


def poles(village: Village, roads: list[LineString]) -> list[tuple[str, str, float, float]]:
    """Kind, name and place: the office in the centre, real schools, made-up junctions; 40 m apart."""
    spots = [("office", f"Kantor {village.name}", 0.0, 0.0)]
    spots += [("school", name, east, north) for name, east, north in village.schools]
    spots += [("junction", f"Simpang {n} {village.name} ({MARK})", *at) for n, at in enumerate(junctions(roads), 1)]
    kept: list[tuple[str, str, float, float]] = []
    for spot in spots:
        if all(np.hypot(spot[2] - other[2], spot[3] - other[3]) >= 40 for other in kept):
            kept.append(spot)
    return kept


def prices_of(east: float, north: float, office: bool) -> tuple[int, int]:
    """To build a pole and to run it: fibre from the office, radio where that is cheaper."""
    away = int(np.hypot(east, north))
    fibre = away * _ITEMS[Item.UPLINK_FIBRE_M][1] <= _ITEMS[Item.UPLINK_RADIO][1]
    link = {Item.UPLINK_FIBRE_M: away} if fibre else {Item.UPLINK_RADIO: 1}
    site = {Item.CABINET: 1, Item.SWITCH: 1, Item.POWER_GRID: 1, **({} if office else {Item.POLE: 1})}
    cost = cost_of({**site, **link}, PRICES)
    return cost.build_idr, cost.yearly_idr


def one_village(
    village: Village, donor: np.ndarray, number: int, chance: np.random.Generator, first: int
) -> tuple[list[dict[str, object]], list[float]]:
    """Its sites and the counts of its cells; cells are numbered from `first`."""
    roads = streets(village, chance)
    around = Obstacles(buildings=houses(roads, chance))
    happened = thefts(village, roads, donor, number, chance)
    squares, counts = np.unique(np.floor(happened / CELL_M), axis=0, return_counts=True)
    spots = poles(village, roads)
    options: list[CameraOption] = [
        option
        for n, (_kind, _name, east, north) in enumerate(spots)
        for option in fan(n, (east, north), HEIGHT_M, LENS, Purpose.DETECTION, DIRECTIONS)
    ]
    on_street = np.array(
        [happened[(np.floor(happened / CELL_M) == square).all(axis=1)].mean(axis=0) for square in squares]
    )
    seen: Cover = sees(options, (on_street[:, 0], on_street[:, 1]), around) if len(squares) else Cover(
        start=np.zeros(len(options) + 1, dtype=np.int64), cols=np.zeros(0, dtype=np.int64))  # fmt: skip
    camera = cost_of({Item.CAMERA_FIXED: 1}, PRICES)
    sites: list[dict[str, object]] = []
    for n, (kind, name, east, north) in enumerate(spots):
        build, yearly = prices_of(east, north, kind == "office")
        sites.append({
            "id": f"{village.code}-{n}", "name": name, "kind": kind, "village": village.code,
            "lat": round(village.lat_deg + north / DEG_M, 6),
            "lon": round(village.lon_deg + east / (DEG_M * np.cos(np.radians(village.lat_deg))), 6),
            "class": "desa" if village.code.split(".")[3].startswith("2") else "umum",
            "build": build, "yearly": yearly,
            "cameras": [
                {"id": f"{village.code}-{n}/{d}", "direction": 360 // DIRECTIONS * d, "build": camera.build_idr,
                 "yearly": camera.yearly_idr, "sees": (seen.row(n * DIRECTIONS + d) + first).tolist()}
                for d in range(DIRECTIONS)
            ],
        })  # fmt: skip
    return sites, counts.tolist()


def question(data: Path, yearly_million: int, seed: int = 6408) -> dict[str, object]:
    """The document of one budget: docs/reference/planning-files.md."""
    chance = np.random.default_rng(seed)
    every, dirt = villages(data)
    donors = neighbourhoods(data)
    share = np.array([1.0 + len(one.schools) for one in every])
    numbers = chance.multinomial(THEFTS, share / share.sum())
    sites: list[dict[str, object]] = []
    counts: list[float] = []
    for village, number in zip(every, numbers, strict=True):
        donor = donors[int(chance.integers(8))] if village.town else donors[int(chance.integers(8, len(donors)))]
        made, cells = one_village(village, donor, int(number), chance, len(counts))
        sites += made
        counts += cells
    weights = np.rint(np.array(counts) / sum(counts) * WEIGHT).astype(int).tolist()
    money = yearly_million * 1_000_000
    return {
        "format": FORMAT,
        "note": f"{MARK}; kejadian dipindahkan dari Vancouver 2020; harga dan anggaran data latihan",
        "dirt": dirt,
        "years": list(YEARS),
        "weights": weights,
        "sites": sites,
        "villages": [{"id": one.code, "name": one.name, "due": YEARS[3]} for one in every],
        "cap": 3,
        "money": [
            {
                "source": "APBD",
                "amounts": [round(money * (1 - VILLAGE_SHARE))] * len(YEARS),
                "pays": ["desa", "umum"],
            },
            {"source": "Dana Desa", "amounts": [round(money * VILLAGE_SHARE)] * len(YEARS), "pays": ["desa"]},
        ],
        "running_ceiling": [money * 2 // 3] * len(YEARS),
    }


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--solve", type=float, default=0.0, help="CPU seconds for each budget")
    given = arguments.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for name, million in BUDGETS.items():
        begin = time.process_time()
        document = question(Path(os.environ["RONDA_SHARED_DATA"]), million)
        (given.out / f"kutai-timur-{name}.json").write_text(json.dumps(document, ensure_ascii=False))
        row: dict[str, object] = {
            "budget": name, "million a year": million, "sites": len(document["sites"]),  # type: ignore[arg-type]
            "cells": len(document["weights"]), "made_cpu_s": round(time.process_time() - begin, 1),  # type: ignore[arg-type]
            "dirt": document["dirt"],
        }  # fmt: skip
        if given.solve:
            row |= solved(document, given.solve, given.out / f"kutai-timur-{name}-plan.json")
        print(json.dumps(row), flush=True)


def offices_first(document: dict[str, object], cameras: int) -> Ints:
    """A plan that keeps the promises and nothing more: one camera at each office, a quarter of them a year."""
    year = np.full(cameras, len(YEARS), dtype=np.int64)
    offices = [n for n, site in enumerate(document["sites"]) if site["kind"] == "office"]
    for place, site in enumerate(offices):
        year[site * DIRECTIONS] = place * 4 // len(offices)
    return year


def solved(document: dict[str, object], cpu_s: float, path: Path) -> dict[str, object]:
    begin = time.process_time()
    named = read(document)
    found = solve(named.problem, cpu_s=cpu_s, start=offices_first(document, named.problem.cameras))
    path.write_text(json.dumps(told(named, found.year, found.links)))
    built = found.built < len(YEARS)
    return {
        "value": found.value, "bound": found.bound, "gap_percent": round(found.gap * 100, 2),
        "sites_by_year": np.bincount(found.built[built], minlength=len(YEARS)).tolist(),
        "cameras": int((found.year < len(YEARS)).sum()), "cpu_s": round(time.process_time() - begin, 1),
    }  # fmt: skip


if __name__ == "__main__":
    main()
