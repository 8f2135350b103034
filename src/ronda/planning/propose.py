"""Propose candidate points from what is known: offices, schools, markets, road junctions, past incidents.

A list drawn by hand is better; this is what a planner begins with when there is none. Decides where a
pole could stand and says of each proposal where it came from; it never says that a pole is allowed there.
Invariant: no two proposals stand closer than asked, and what ranks higher keeps its place (an office
before a junction, a junction before a place, a place before a square that incidents point to). Squares
with fewer incidents than may be shown are not used: a point there would show one household.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ronda.core.ids import AreaCode
from ronda.planning.aiming import ON_BUILDING, needs_of, priced
from ronda.planning.cover import Floats, on_plane
from ronda.planning.demand import HIDDEN_BELOW
from ronda.planning.model import Candidate, Cell, Price
from ronda.planning.pricing import PriceItem, is_complete, usual_needs
from ronda.registry.model import SiteKind

APART_M: Final = 60.0
LEAST_ROADS: Final = 3  # ends of roads that meet in a junction
_SAME_M: Final = 1.0


class Origin(IntEnum):
    """Where a proposal came from, in order of rank."""

    OFFICE = 0
    JUNCTION = 1
    PLACE = 2
    INCIDENTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place where a pole could stand. Later ones of an origin rank lower."""

    origin: Origin
    name: str
    kind: SiteKind
    area: AreaCode
    lat_deg: float
    lon_deg: float


def junctions(roads: Iterable[BaseGeometry]) -> list[tuple[float, float]]:
    """Points (x, y) where three or more road ends meet, lines in metres; roads may cross without a node."""
    lines = shapely.union_all([road for road in roads if road.length > 0], grid_size=_SAME_M)
    ends: dict[tuple[float, float], int] = defaultdict(int)
    for part in shapely.get_parts(shapely.node(lines)):
        points = shapely.get_coordinates(part)
        ends[tuple(points[0].tolist())] += 1
        ends[tuple(points[-1].tolist())] += 1
    return sorted(point for point, roads_met in ends.items() if roads_met >= LEAST_ROADS)


def busy_squares(
    cells: Iterable[Cell], village_at: Callable[[float, float], AreaCode | None], most: int
) -> list[Spot]:
    """The squares with most thefts, requests and traffic incidents, inside some village; most first."""
    counted = [(cell.thefts + cell.traffic + cell.requests, cell) for cell in cells]
    ranked = sorted(
        (one for one in counted if one[0] >= HIDDEN_BELOW),
        key=lambda one: (-one[0], one[1].lat_deg, one[1].lon_deg),
    )
    spots: list[Spot] = []
    for _number, cell in ranked:
        area = village_at(cell.lat_deg, cell.lon_deg)
        if area is not None and len(spots) < most:
            spots.append(
                Spot(
                    origin=Origin.INCIDENTS, name=f"Usulan dari kejadian {len(spots) + 1}",
                    kind=SiteKind.VILLAGE_ROAD, area=area, lat_deg=cell.lat_deg, lon_deg=cell.lon_deg,
                )
            )  # fmt: skip
    return spots


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """Candidates, and kinds that were left out because nothing says what they cost."""

    candidates: tuple[Candidate, ...]
    unpriced: tuple[str, ...]


def proposed(
    spots: Sequence[Spot],
    prices: Mapping[SiteKind, Price],
    items: Sequence[PriceItem] = (),
    apart_m: float = APART_M,
    keep_clear: Sequence[tuple[float, float]] = (),
) -> Proposed:
    """Candidates put together from `items` if these suffice, else with the costs of their kind.

    keep_clear  latitude and longitude of points that are candidates already: none is proposed beside them
    """
    together = is_complete(items)
    usable = [spot for spot in spots if together or spot.kind in prices]
    lat0 = sum(spot.lat_deg for spot in usable) / max(len(usable), 1)
    taken = _Taken(apart_m, lat0)
    for lat, lon in keep_clear:
        taken.put(lat, lon)
    made = [
        _candidate(spot, prices, items if together else ())
        for spot in sorted(usable, key=lambda one: one.origin)
        if taken.put(spot.lat_deg, spot.lon_deg)
    ]
    left_out = {spot.kind.value for spot in spots} - {spot.kind.value for spot in usable}
    return Proposed(candidates=tuple(made), unpriced=tuple(sorted(left_out)))


def _candidate(spot: Spot, prices: Mapping[SiteKind, Price], items: Sequence[PriceItem]) -> Candidate:
    """Its name says where it stands, so that proposals of another day have other names."""
    price = prices.get(spot.kind)
    bare = Candidate(
        point=f"u-{spot.origin.name.casefold()}-{_digits(spot.lat_deg)}-{_digits(spot.lon_deg)}", name=spot.name,
        kind=spot.kind, area=spot.area, lat_deg=spot.lat_deg, lon_deg=spot.lon_deg,
        build_cost_idr=price.build_cost_idr if price else 0, yearly_cost_idr=price.yearly_cost_idr if price else 0,
        reach_m=price.reach_m if price else 0.0,
        needs=needs_of(usual_needs(items, on_building=spot.kind in ON_BUILDING)) if items else (),
    )  # fmt: skip
    return priced(bare, items)


def _digits(degrees: float) -> str:
    """A hundred-thousandth of a degree is about a metre."""
    return f"{'m' if degrees < 0 else ''}{abs(round(degrees * 1e5))}"


def _one(value: float) -> Floats:
    return np.array([value])


class _Taken:
    """Places that are taken, by squares as wide as the distance between them."""

    def __init__(self, apart_m: float, lat0_deg: float) -> None:
        self._apart_m, self._lat0_deg = apart_m, lat0_deg
        self._squares: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)

    def put(self, lat_deg: float, lon_deg: float) -> bool:
        """Take the place, unless one close by is taken."""
        east, north = (float(part[0]) for part in on_plane(_one(lat_deg), _one(lon_deg), self._lat0_deg))
        square = int(east // self._apart_m), int(north // self._apart_m)
        near = [one for i in (-1, 0, 1) for j in (-1, 0, 1) for one in self._squares[square[0] + i, square[1] + j]]
        if any((east - e) ** 2 + (north - n) ** 2 < self._apart_m**2 for e, n in near):
            return False
        self._squares[square].append((east, north))
        return True
