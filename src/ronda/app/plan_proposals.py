"""Candidate points proposed from what the register and the planner know: offices, streets, places, incidents.

Gathers the spots; which of them become candidates, and at what price, is `planning.propose`. Names are those of
the register; a junction and a busy square are named by their village.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely

from ronda.app.wiring import Wiring
from ronda.planning.cover import on_plane
from ronda.planning.demand import DEG_M
from ronda.planning.propose import Origin, Proposed, Spot, busy_squares, junctions, proposed
from ronda.registry.areas import area_name, districts, villages
from ronda.registry.model import SiteKind

MOST_JUNCTIONS: Final = 3_000
PLACES: Final = frozenset(
    {SiteKind.SCHOOL, SiteKind.MARKET, SiteKind.PUSKESMAS, SiteKind.LIBRARY, SiteKind.HELP_CENTRE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """What would become candidates, and how many spots there were of each origin."""

    made: Proposed
    spots: dict[Origin, int]


def proposals(wiring: Wiring, origins: Sequence[Origin], most_squares: int) -> Proposals:
    """Nothing is stored. `most_squares`: of squares that incidents point to."""
    spots = [spot for origin in origins for spot in _GATHER[origin](wiring, most_squares)]
    known = wiring.planning.candidates()
    made = proposed(
        spots,
        {price.kind: price for price in wiring.planning.prices()},
        wiring.plan_inputs.items(),
        keep_clear=[(one.lat_deg, one.lon_deg) for one in known],
    )
    counted = Counter(spot.origin for spot in spots)
    return Proposals(made=made, spots={origin: counted[origin] for origin in origins})


def _offices(wiring: Wiring, _most: int) -> list[Spot]:
    """At the middle of each area as the register has it: nobody gave the addresses. Not where one is there."""
    there = {(one.kind, one.area) for one in wiring.planning.candidates()}
    return [spot for spot in _all_offices() if (spot.kind, spot.area) not in there]


def _all_offices() -> list[Spot]:
    made = [
        Spot(origin=Origin.OFFICE, name=f"Kantor Camat {one.name}", kind=SiteKind.DISTRICT_OFFICE, area=one.code,
             lat_deg=one.lat_deg, lon_deg=one.lon_deg)
        for one in districts()
    ]  # fmt: skip
    return made + [
        Spot(origin=Origin.OFFICE, name=f"Kantor {area_name(one.code).split(', ')[0]}", area=one.code,
             kind=SiteKind.VILLAGE_OFFICE, lat_deg=one.lat_deg, lon_deg=one.lon_deg)
        for one in villages()
    ]  # fmt: skip


def _junctions(wiring: Wiring, _most: int) -> list[Spot]:
    roads = [shapely.from_wkt(text) for text in wiring.plan_inputs.roads()]
    if not roads:
        return []
    lat0 = float(np.mean([road.centroid.y for road in roads]))
    flat = [
        shapely.transform(road, lambda at: np.stack(on_plane(at[:, 1], at[:, 0], lat0), axis=1)) for road in roads
    ]
    made: list[Spot] = []
    numbers: Counter[str] = Counter()
    for east, north in junctions(flat):
        lat, lon = north / DEG_M, east / (DEG_M * float(np.cos(np.radians(lat0))))
        area = wiring.areas.village_at(lat, lon)
        if area is not None and len(made) < MOST_JUNCTIONS:
            numbers[area] += 1
            name = f"Simpang {numbers[area]} {area_name(area).split(', ')[0]}"
            made.append(
                Spot(origin=Origin.JUNCTION, name=name, kind=SiteKind.JUNCTION, area=area, lat_deg=round(lat, 6),
                     lon_deg=round(lon, 6))
            )  # fmt: skip
    return made


def _places(wiring: Wiring, _most: int) -> list[Spot]:
    return [
        Spot(origin=Origin.PLACE, name=one.name, kind=one.kind, area=one.area, lat_deg=one.lat_deg,
             lon_deg=one.lon_deg)
        for one in wiring.register_lists.places()
        if one.kind in PLACES and one.lat_deg is not None and one.lon_deg is not None
    ]  # fmt: skip


def _squares(wiring: Wiring, most: int) -> list[Spot]:
    return busy_squares(wiring.planning.cells(), wiring.areas.village_at, most)


_GATHER: Final = {
    Origin.OFFICE: _offices,
    Origin.JUNCTION: _junctions,
    Origin.PLACE: _places,
    Origin.INCIDENTS: _squares,
}
