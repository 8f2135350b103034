"""Two plans side by side, and one plan by district: who gains what. Pure; nothing is solved here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ronda.core.ids import AreaCode
from ronda.planning.model import Candidate, Cell
from ronda.planning.record import PlanRecord
from ronda.planning.solve import Planner
from ronda.planning.trade import years_of
from ronda.registry.areas import district_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A point that both plans build, in different years."""

    point: str
    year: int
    other_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What the first plan has and the other has not, in the first's and the other's buying order."""

    only: tuple[str, ...]
    only_other: tuple[str, ...]
    both: tuple[str, ...]
    moved: tuple[Moved, ...]


def compared(record: PlanRecord, other: PlanRecord) -> Comparison:
    mine, theirs = record.years, other.years
    return Comparison(
        only=tuple(point for point in mine if point not in theirs),
        only_other=tuple(point for point in theirs if point not in mine),
        both=tuple(point for point in mine if theirs.get(point) == mine[point]),
        moved=tuple(
            Moved(point=point, year=year, other_year=theirs[point])
            for point, year in mine.items()
            if theirs.get(point, year) != year
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictShare:
    """What one district gets of a plan.

    incidents       thefts and traffic incidents counted there; incidents_seen: within reach of a camera by the
                    last year, those that stand already included
    villages        that have a candidate point; villages_served: that get one of the plan
    """

    area: AreaCode
    points: int
    build_cost_idr: int
    incidents: int
    incidents_seen: int
    villages: int
    villages_served: int


def by_district(record: PlanRecord, planner: Planner) -> list[DistrictShare]:
    """Every district that has a candidate point, in the order of its code.

    A cell belongs to the district of the candidate that stands nearest to it among those that could see it;
    incidents that no candidate reaches are in nobody's count, and are told in the plan's own figures.
    """
    ground, question = planner.ground, planner.question
    districts = [_district(one) for one in question.candidates]
    whole = ground.whole
    owner = _owners(question.candidates, whole.start.tolist(), whole.cols.tolist(), question.cells)
    bought = np.flatnonzero(years_of(planner, record) < planner.instance.years)
    seen = set(np.flatnonzero(ground.seen(bought)).tolist())
    counted = {area: [0, 0] for area in districts}
    for cell, number in owner.items():
        what = question.cells[cell]
        both = counted[districts[number]]
        both[0] += what.thefts + what.traffic
        both[1] += what.thefts + what.traffic if cell in seen else 0
    known = {one.point: one for one in question.candidates}
    return [_share(area, record, question.candidates, known, counted[area]) for area in sorted(set(districts))]


def _owners(
    candidates: Sequence[Candidate], start: Sequence[int], cols: Sequence[int], cells: Sequence[Cell]
) -> dict[int, int]:
    """The nearest candidate of each cell that some candidate reaches."""
    owner: dict[int, int] = {}
    nearest: dict[int, float] = {}
    for number, one in enumerate(candidates):
        for cell in cols[start[number] : start[number + 1]]:
            at = cells[cell]
            far = (at.lat_deg - one.lat_deg) ** 2 + (at.lon_deg - one.lon_deg) ** 2
            if far < nearest.get(cell, float("inf")):
                nearest[cell], owner[cell] = far, number
    return owner


def _share(
    area: AreaCode,
    record: PlanRecord,
    candidates: Sequence[Candidate],
    known: Mapping[str, Candidate],
    counted: Sequence[int],
) -> DistrictShare:
    chosen = [one for one in record.plan.chosen if one.point in known and _district(known[one.point]) == area]
    planned = [known[one.point] for one in chosen]
    villages = {one.area for one in candidates if _district(one) == area and one.area != area}
    return DistrictShare(
        area=area,
        points=len(planned),
        build_cost_idr=sum(one.build_idr(known[one.point].build_cost_idr) for one in chosen),
        incidents=counted[0],
        incidents_seen=counted[1],
        villages=len(villages),
        villages_served=len(villages & {one.area for one in planned}),
    )


def _district(one: Candidate) -> AreaCode:
    return district_code(one.area) or one.area
