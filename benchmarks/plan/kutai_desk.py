"""Kutai Timur on the planner's desk: three budgets, and every file that the product itself makes of them.

What is real, made up and transferred is said in `kutai_timur.py`, whose villages, streets, houses, thefts and poles
these are. Here they go through the desk as an office would bring them: poles put together from the price list with
two kinds of camera, houses in the way, villages' promises, and the exports of `ronda plan export`.

    RONDA_SHARED_DATA=... .venv/bin/python benchmarks/plan/kutai_desk.py --out FOLDER
"""

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).parent))
from kutai_timur import (
    BUDGETS,
    HEIGHT_M,
    MARK,
    PRICES,
    THEFTS,
    VILLAGE_SHARE,
    YEARS,
    Village,
    houses,
    neighbourhoods,
    poles,
    streets,
    thefts,
    villages,
)

from ronda.access.model import Person, Role
from ronda.access.service import new_person
from ronda.app.commands.plan_export import export
from ronda.app.data_folder import create
from ronda.app.wiring import Wiring
from ronda.core.ids import AreaCode
from ronda.planning.aiming import needs_of, priced
from ronda.planning.demand import DEG_M, Incident, IncidentKind, Tally
from ronda.planning.model import Building, Candidate, Money, Phase, Rules, Terms
from ronda.planning.optics import Optics, Purpose
from ronda.planning.pricing import Item, PriceItem, usual_needs
from ronda.registry.model import SiteKind

KINDS = {"office": SiteKind.VILLAGE_OFFICE, "school": SiteKind.SCHOOL, "junction": SiteKind.JUNCTION}
VEHICLES = 0.5  # of the thefts, made up
FAR = Optics(sensor_mm=5.6, lens_mm=8.0, pixels=3840)
WIDE = Optics(sensor_mm=5.6, lens_mm=4.0, pixels=3840)


def items() -> list[PriceItem]:
    """The benchmark's list with what its cameras see; a long lens and a cellular uplink beside them."""
    rest = [one for one in PRICES if one.item is not Item.CAMERA_FIXED]
    wide = next(one for one in PRICES if one.item is Item.CAMERA_FIXED)
    long = replace(wide, item=Item.CAMERA_LONG, low_idr=11_000_000, each_idr=13_000_000, high_idr=17_000_000)
    return [*rest, _seeing(wide, WIDE), _seeing(long, FAR)]


def _seeing(one: PriceItem, optics: Optics) -> PriceItem:
    far_m = round(optics.range_m(Purpose.DETECTION), 1)
    return replace(one, view_deg=round(optics.view_deg, 1), range_m=far_m, purpose=Purpose.DETECTION.value)


def place(village: Village, east: float, north: float) -> tuple[float, float]:
    """Latitude and longitude of metres from a village's centre."""
    along = DEG_M * float(np.cos(np.radians(village.lat_deg)))
    return round(village.lat_deg + north / DEG_M, 6), round(village.lon_deg + east / along, 6)


def brought(wiring: Wiring, data: Path, seed: int = 6408) -> dict[str, int]:
    """Everything but the money into the planner's store; says how much."""
    chance = np.random.default_rng(seed)
    every, _dirt = villages(data)
    donors, share = neighbourhoods(data), np.array([1.0 + len(one.schools) for one in every])
    numbers = chance.multinomial(THEFTS, share / share.sum())
    listed, candidates, buildings, tally = items(), list[Candidate](), list[Building](), Tally()
    for village, number in zip(every, numbers, strict=True):
        donor = donors[int(chance.integers(8))] if village.town else donors[int(chance.integers(8, len(donors)))]
        roads = streets(village, chance)
        around = houses(roads, chance)
        for east, north in thefts(village, roads, donor, int(number), chance).tolist():
            kind = IncidentKind.VEHICLE_THEFT if chance.random() < VEHICLES else IncidentKind.THEFT
            lat, lon = place(village, east, north)
            tally.add(Incident(kind=kind, lat_deg=lat, lon_deg=lon))
        for shape, height in zip(around.shapes, around.heights_m.tolist(), strict=True):
            corners = [place(village, x, y)[::-1] for x, y in shape.exterior.coords]  # type: ignore[attr-defined]
            buildings.append(Building(shape=shapely.Polygon(corners).wkt, height_m=round(height, 1)))
        candidates += points(village, roads, listed)
    wiring.plan_inputs.put_items(listed)
    wiring.plan_inputs.put_buildings(buildings)
    wiring.planning.put_candidates(candidates)
    wiring.planning.put_cells(f"{MARK}: {THEFTS} pencurian karangan", tally.cells())
    return {"points": len(candidates), "cells": len(tally.cells()), "houses": len(buildings)}


def points(village: Village, roads: list[shapely.LineString], listed: list[PriceItem]) -> list[Candidate]:
    """Poles with fibre where that is nearer than a radio is dear; an office and a school carry their cameras."""
    made = []
    for number, (kind, name, east, north) in enumerate(poles(village, roads)):
        away = max(1, int(np.hypot(east, north)))
        wanted = usual_needs(listed, on_building=kind != "junction", fibre_m=away if away < 400 else None)
        lat, lon = place(village, east, north)
        bare = Candidate(
            point=f"{village.code.replace('.', '-')}-{number}", name=name, kind=KINDS[kind],
            area=AreaCode(village.code), lat_deg=lat, lon_deg=lon, build_cost_idr=0, yearly_cost_idr=0, reach_m=0.0,
            needs=needs_of(wanted), height_m=HEIGHT_M,
        )  # fmt: skip
        made.append(priced(bare, listed))
    return made


def terms(yearly_million: int) -> Terms:
    """Every village office by 2030; at most three points in a village before all have one."""
    idr = yearly_million * 1_000_000
    return Terms(
        years=YEARS,
        money=tuple(
            Money(source=source, year=year, amount_idr=round(idr * part), villages_only=only)
            for year in YEARS
            for source, part, only in (("APBD", 1 - VILLAGE_SHARE, False), ("Dana Desa", VILLAGE_SHARE, True))
        ),
        running_ceiling_idr=idr * 2 // 3,
        phases=(Phase(kind=SiteKind.VILLAGE_OFFICE, by_year=YEARS[3]),),
        rules=Rules(village_cap=3),
    )


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--budgets", nargs="*", default=list(BUDGETS), choices=list(BUDGETS))
    given = arguments.parse_args()
    folder = create(given.out / "data", training=True)
    wiring = Wiring(folder)
    print(json.dumps(brought(wiring, Path(os.environ["RONDA_SHARED_DATA"]))), flush=True)
    person: Person = new_person(
        "rencana", "Perencana", "1", "Diskominfo", frozenset({Role.PLANNER}), AreaCode("64.08")
    )
    for name in given.budgets:
        begin = time.process_time()
        made = wiring.plans.make(f"Anggaran {name}", terms(BUDGETS[name]), person, lambda _plan: None)
        first_s = time.process_time() - begin
        while (work := wiring.plans.work(made.plan_id)) is not None and work.running:
            time.sleep(0.5)
        record = wiring.plans.plan(made.plan_id)
        plan = record.plan
        print(json.dumps({
            "budget": name, "million a year": BUDGETS[name], "value": round(plan.value / plan.total, 4),
            "bound": round(plan.bound / plan.total, 4), "gap_percent": round(plan.gap * 100, 2),
            "points_by_year": [row.points for row in plan.accounts],
            "cameras": sum(max(len(one.cameras), 1) for one in plan.chosen), "first_cpu_s": round(first_s, 1),
            "cpu_s": round(time.process_time() - begin, 1),
        }), flush=True)  # fmt: skip
        export(record.plan_id, out=given.out / name, data=folder.root)


if __name__ == "__main__":
    main()
