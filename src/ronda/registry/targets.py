"""Count what should have a camera and has one: offices by level, listed places, village roads, RTs.

A target's total comes from the table of areas or from a list that somebody imported. Without a list
the total is None, "belum ada daftar", and no share is computed: an invented denominator would make a
poor village look covered. Pure; the caller brings cameras and lists.
Invariant: covered <= total, and only cameras in service cover anything.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ronda.core.ids import AreaCode
from ronda.registry.areas import REGENCY, all_areas, district_code, districts, village_code, villages
from ronda.registry.model import Camera, CameraState, Neighbourhood, Place, Site, SiteKind

PLACE_REACH_M: Final = 150.0  # a camera so near to a school's point is the school's
_METRES_A_DEGREE: Final = 111_195.0


class Level(StrEnum):
    DISTRICT = "district"
    VILLAGE = "village"
    PLACE = "place"
    NEIGHBOURHOOD = "neighbourhood"


class Target(StrEnum):
    """What is counted, in the order in which it is shown and promised."""

    DISTRICT_OFFICE = "district_office"
    VILLAGE_OFFICE = "village_office"
    PUSKESMAS = "puskesmas"
    SCHOOL = "school"
    HELP_CENTRE = "help_centre"
    LIBRARY = "library"
    MARKET = "market"
    VILLAGE_ROAD = "village_road"
    NEIGHBOURHOOD = "neighbourhood"


LISTED: Final = {
    Target.PUSKESMAS: SiteKind.PUSKESMAS,
    Target.SCHOOL: SiteKind.SCHOOL,
    Target.HELP_CENTRE: SiteKind.HELP_CENTRE,
    Target.LIBRARY: SiteKind.LIBRARY,
    Target.MARKET: SiteKind.MARKET,
}
_SHOWN_WITHOUT_LIST: Final = (Target.PUSKESMAS, Target.SCHOOL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One thing that a target counts: where it lies, and whether a camera is there or decided."""

    target: Target
    area: AreaCode
    covered: bool
    planned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """How far one target is reached. `total` None: nobody has given the list yet."""

    target: Target
    level: Level
    covered: int
    planned: int
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaState:
    """One area: how many of its targets are reached, and its cameras by state."""

    covered: int
    total: int
    in_service: int
    planned: int

    @property
    def share(self) -> float | None:
        """None where nothing is counted."""
        return self.covered / self.total if self.total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """What was imported beside the cameras."""

    places: Sequence[Place] = ()
    neighbourhoods: Sequence[Neighbourhood] = ()


def wanted(cameras: Iterable[Camera], lists: Lists) -> list[Wanted]:
    """Everything that is counted, one row each."""
    serving, planned = _by_state(cameras)
    rows = [
        _office(Target.DISTRICT_OFFICE, SiteKind.DISTRICT_OFFICE, area.code, serving, planned)
        for area in districts()
    ]
    for kind, target in (
        (SiteKind.VILLAGE_OFFICE, Target.VILLAGE_OFFICE),
        (SiteKind.VILLAGE_ROAD, Target.VILLAGE_ROAD),
    ):
        rows += [_office(target, kind, area.code, serving, planned) for area in villages()]
    by_kind = {kind: target for target, kind in LISTED.items()}
    for place in lists.places:
        if place.kind in by_kind:
            covered = any(_stands_at(site, place) for site in serving)
            decided = not covered and any(_stands_at(site, place) for site in planned)
            rows.append(Wanted(target=by_kind[place.kind], area=place.area, covered=covered, planned=decided))
    rows += [_neighbourhood(row, serving, planned) for row in lists.neighbourhoods]
    return rows


def target_states(cameras: Iterable[Camera], lists: Lists) -> list[TargetState]:
    """Every target in its order; lists of kinds that nobody uses are left out."""
    rows = wanted(cameras, lists)
    states = []
    for target in Target:
        own = [row for row in rows if row.target is target]
        needs_list = target in LISTED or target is Target.NEIGHBOURHOOD
        if needs_list and not own and target in LISTED and target not in _SHOWN_WITHOUT_LIST:
            continue
        states.append(
            TargetState(
                target=target,
                level=_level(target),
                covered=sum(row.covered for row in own),
                planned=sum(row.planned for row in own),
                total=None if needs_list and not own else len(own),
            )
        )
    return states


def area_states(cameras: Iterable[Camera], lists: Lists) -> Mapping[AreaCode, AreaState]:
    """Regency, districts and villages. A district counts all that lies in it; RTs count in their village."""
    entries = list(cameras)
    rows = wanted(entries, lists)
    counts: dict[AreaCode, list[int]] = {code: [0, 0, 0, 0] for code in all_areas()}
    for row in rows:
        for code in _above(row.area):
            if code in counts:
                counts[code][0] += row.covered
                counts[code][1] += 1
    for entry in entries:
        for code in _above(entry.site.area):
            if code in counts:
                counts[code][2] += entry.state is CameraState.IN_SERVICE
                counts[code][3] += entry.state is CameraState.PLANNED
    return {
        code: AreaState(covered=covered, total=total, in_service=serving, planned=planned)
        for code, (covered, total, serving, planned) in counts.items()
    }


def distance_m(lat_deg: float, lon_deg: float, other_lat_deg: float, other_lon_deg: float) -> float:
    """Flat-earth metres: right to a millimetre over a school yard, to a percent over a regency."""
    north = (lat_deg - other_lat_deg) * _METRES_A_DEGREE
    east = (lon_deg - other_lon_deg) * _METRES_A_DEGREE * math.cos(math.radians(lat_deg))
    return math.hypot(north, east)


def _by_state(cameras: Iterable[Camera]) -> tuple[list[Site], list[Site]]:
    serving, planned = [], []
    for entry in cameras:
        if entry.state is CameraState.IN_SERVICE:
            serving.append(entry.site)
        elif entry.state is CameraState.PLANNED:
            planned.append(entry.site)
    return serving, planned


def _office(
    target: Target, kind: SiteKind, area: AreaCode, serving: Sequence[Site], planned: Sequence[Site]
) -> Wanted:
    upper = district_code if target is Target.DISTRICT_OFFICE else village_code
    covered = any(site.kind is kind and upper(site.area) == area for site in serving)
    decided = not covered and any(site.kind is kind and upper(site.area) == area for site in planned)
    return Wanted(target=target, area=area, covered=covered, planned=decided)


def _neighbourhood(row: Neighbourhood, serving: Sequence[Site], planned: Sequence[Site]) -> Wanted:
    covered = any(site.area == row.code for site in serving)
    decided = not covered and any(site.area == row.code for site in planned)
    return Wanted(target=Target.NEIGHBOURHOOD, area=row.code, covered=covered, planned=decided)


def _stands_at(site: Site, place: Place) -> bool:
    if site.kind is not place.kind:
        return False
    if site.name.casefold() == place.name.casefold() and village_code(site.area) == village_code(place.area):
        return True
    if site.lat_deg is None or site.lon_deg is None or place.lat_deg is None or place.lon_deg is None:
        return False
    return distance_m(site.lat_deg, site.lon_deg, place.lat_deg, place.lon_deg) <= PLACE_REACH_M


def _level(target: Target) -> Level:
    if target is Target.DISTRICT_OFFICE:
        return Level.DISTRICT
    if target in (Target.VILLAGE_OFFICE, Target.VILLAGE_ROAD):
        return Level.VILLAGE
    return Level.NEIGHBOURHOOD if target is Target.NEIGHBOURHOOD else Level.PLACE


def _above(area: AreaCode) -> list[AreaCode]:
    """The code's village, district and the regency, as far as it lies in them."""
    upper = [code for code in (village_code(area), district_code(area)) if code is not None]
    return [*upper, REGENCY] if area == REGENCY or area.startswith(f"{REGENCY}.") else upper
