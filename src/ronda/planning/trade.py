"""What the desk works with: decisions and what they cost, positions of the slider, running refinements.

Values, and pure steps between a stored plan and the solver's arrays. Decides nothing by itself.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

import numpy as np

from ronda.planning.cover import Ints
from ronda.planning.errors import ContradictoryTermsError, UnknownPointError
from ronda.planning.model import Cell, Terms
from ronda.planning.pricing import Item
from ronda.planning.record import PlanRecord
from ronda.planning.solve import Planner, Solved
from ronda.planning.solver.problem import site_years

LARGEST_SCALE: Final = 3.0


class Choice(StrEnum):
    """What a meeting may decide of a point."""

    FORCE = "force"
    FORBID = "forbid"
    FREE = "free"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One position of the slider: money a year, value and bound, and which points it buys."""

    scale: float
    value: int
    bound: int
    points: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """What a decision on a point costs: who leaves, who comes, and the value before and after."""

    point: str
    choice: Choice
    year: int | None
    cost_idr: int
    leaves: tuple[str, ...]
    enters: tuple[str, ...]
    before: int
    after: int

    @property
    def loss(self) -> float:
        """Share of the value that is lost; negative when the new search found a better plan."""
        return (self.before - self.after) / self.before if self.before else 0.0


@dataclass(slots=True)
class Work:
    """A refinement that runs or ran."""

    stop: threading.Event = field(default_factory=threading.Event)
    running: bool = True
    value: int = 0
    bound: int = 0
    fault: str | None = None


def checked_scale(scale: float) -> float:
    if not 0.0 <= scale <= LARGEST_SCALE:
        raise ContradictoryTermsError(f"the budget may be moved from 0 to {LARGEST_SCALE:g} times the entered one")
    return round(scale, 4)


def added_cells(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Cells of several sources at one place become one."""
    at: dict[tuple[float, float], Cell] = {}
    for cell in cells:
        key = (round(cell.lat_deg, 9), round(cell.lon_deg, 9))
        one = at.get(key)
        at[key] = cell if one is None else replace(
            one,
            thefts=one.thefts + cell.thefts,
            vehicle_thefts=one.vehicle_thefts + cell.vehicle_thefts,
            traffic=one.traffic + cell.traffic,
            requests=one.requests + cell.requests,
        )  # fmt: skip
    return tuple(at[key] for key in sorted(at))


def with_choice(terms: Terms, point: str, choice: Choice) -> Terms:
    forced = tuple(one for one in terms.forced if one != point)
    forbidden = tuple(one for one in terms.forbidden if one != point)
    if choice is Choice.FORCE:
        forced = (*forced, point)
    elif choice is Choice.FORBID:
        forbidden = (*forbidden, point)
    return replace(terms, forced=forced, forbidden=forbidden)


def number_of(planner: Planner, point: str) -> int:
    for number, candidate in enumerate(planner.question.candidates):
        if candidate.point == point:
            return number
    raise UnknownPointError(point)


def years_of(planner: Planner, record: PlanRecord) -> Ints:
    """Years of the options that the stored plan bought."""
    years = planner.instance.years
    first = record.terms.years[0]
    year = np.full(len(planner.ground.options), years, dtype=np.int64)
    candidates = planner.question.candidates
    place = {(candidates[one.site].point, one.name): n for n, one in enumerate(planner.ground.options)}
    around: frozenset[tuple[Item | None, float]] = frozenset({(None, 0.0)})
    for chosen in record.plan.chosen:
        name = frozenset((one.item, one.direction_deg) for one in chosen.cameras) or around
        if (chosen.point, name) in place:
            year[place[chosen.point, name]] = chosen.year - first
    return year


def as_solved(planner: Planner, record: PlanRecord) -> Solved:
    solved = planner.quick(record.scale)
    return replace(
        solved,
        year=years_of(planner, record),
        links=links_of(planner, record),
        value=record.plan.value,
        bound=record.plan.bound,
    )


def links_of(planner: Planner, record: PlanRecord) -> Ints:
    """The hub of each point of the stored plan; -1: it has none."""
    hubs = {hub.hub: number for number, hub in enumerate(planner.question.hubs)}
    by_point = {chosen.point: chosen.hub for chosen in record.plan.chosen}
    own = len(hubs) if planner.instance.problem.hubs is not None else -1
    names = [by_point.get(one.point) for one in planner.question.candidates]
    return np.array([-1 if name is None else hubs.get(name, own) for name in names], dtype=np.int64)


def trade_of(record: PlanRecord, planner: Planner, solved: Solved, old: Ints, point: int, choice: Choice) -> Trade:
    of, candidates = solved.instance.problem, planner.question.candidates
    years, built = of.years, solved.built
    was, now = site_years(of, old) < years, built < years
    others = np.arange(of.sites) != point
    year = int(built[point])
    mine = (of.site == point) & (solved.year < years)
    return Trade(
        point=candidates[point].point,
        choice=choice,
        year=record.terms.years[year] if year < years else None,
        cost_idr=candidates[point].build_cost_idr + int(of.camera_build[mine].sum()),
        leaves=tuple(candidates[int(p)].point for p in np.flatnonzero(was & ~now & others)),
        enters=tuple(candidates[int(p)].point for p in np.flatnonzero(now & ~was & others)),
        before=record.plan.value,
        after=solved.value,
    )
