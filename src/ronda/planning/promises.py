"""Can the promised points be paid at all? If not: which rule, and the smallest budget that would do.

The smallest budget is computed, not guessed: a small integer program over the promised points alone,
which scales the given money (all years and sources in the same proportion) until they fit. Its answer
comes with a schedule, so it does suffice; `named` adds half a percent and rounds up to a million rupiah,
so that whoever enters exactly that sum is not at the mercy of a packing without any slack.
"""

import math
from dataclasses import dataclass, replace

import highspy
import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.errors import BudgetTooSmallError, RunningCostTooHighError
from ronda.planning.highs import FEASIBLE, new_solver
from ronda.planning.instance import Instance
from ronda.planning.model import Question

MILLION = 1_000_000
_LONGEST_S = 1.5
_SLACK = 0.005
_HUGE = 1e18


@dataclass(frozen=True, slots=True, kw_only=True)
class Least:
    """The smallest money that keeps the promises: by year, and a schedule for it."""

    scale: float
    money: Floats
    general: Floats
    year: Ints


def check(question: Question, of: Instance, known: Least | None = None) -> Ints:
    """Years for the promised points that the money allows.

    known  the least for other money, of which this is a multiple: its schedule, if this is enough for it

    Raises RunningCostTooHighError or BudgetTooSmallError.
    """
    _check_running(question, of)
    if (
        known is not None
        and math.isfinite(known.scale)
        and (known.money <= of.money).all()
        and (known.general <= of.general).all()
    ):
        return known.year
    found = least(of)
    if found.scale <= 1.0 + 1e-9:
        return found.year
    if found.scale < 1.0 + _SLACK and (fitting := _scaled(of, np.flatnonzero(of.must < of.years), most=1.0)):
        year = np.full(of.points, of.years, dtype=np.int64)
        year[of.must < of.years] = fitting[1]
        return year
    raise _too_small(question, of, found)


def named(least_idr: float) -> int:
    """The sum that people are told for a smallest one."""
    return math.ceil(least_idr * (1 + _SLACK) / MILLION) * MILLION


def _check_running(question: Question, of: Instance) -> None:
    terms = question.terms
    promised = of.must < of.years
    needed = terms.standing_idr + int(of.yearly[promised].sum())
    if needed > terms.running_ceiling_idr:
        last = int(of.must[promised].max()) if promised.any() else 0
        raise RunningCostTooHighError(
            year=terms.years[last],
            ceiling_idr=terms.running_ceiling_idr,
            standing_idr=terms.standing_idr,
            smallest_idr=needed,
            points=int(promised.sum()),
        )


def least(of: Instance) -> Least:
    """The smallest share of the given money with which the promises can be kept; 0 without promises.

    With no money at all the answer is in general money, the same in every year.
    """
    points = np.flatnonzero(of.must < of.years)
    never = np.full(of.points, of.years, dtype=np.int64)
    if not len(points):
        return Least(scale=0.0, money=np.zeros(of.years), general=np.zeros(of.years), year=never)
    answer = _scaled(of, points) if of.money.sum() > 0 else None
    if answer is None:  # no money, or none in the years that count: the same general money each year
        flat = np.full(of.years, 1e9)
        answer = _scaled(of.with_money(flat, flat), points)
        if answer is None:
            raise ValueError("promised points cannot be scheduled at any price")
        scale, money = math.inf, flat * answer[0]
        general = money
    else:
        scale = answer[0]
        money, general = of.money * scale, of.general * scale
    year = never.copy()
    year[points] = answer[1]
    return Least(scale=scale, money=money, general=general, year=year)


def _scaled(of: Instance, points: Ints, most: float | None = None) -> tuple[float, Ints] | None:
    """Minimise the scale of all money; None when no scale would do.

    most  any schedule up to this scale is good enough: only looks whether there is one
    """
    point = np.concatenate([np.repeat(p, of.must[p] + 1) for p in points])
    year = np.concatenate([np.arange(of.must[p] + 1) for p in points])
    columns = 1 + len(point)  # the scale, then each point in each year that it may have
    rows: list[tuple[Floats, float, float]] = []
    for p in points:
        rows.append((np.concatenate(([0.0], (point == p).astype(np.float64))), 1.0, 1.0))
    for t in range(of.years):
        cost = (of.yearly[point] * (year <= t) + of.build[point] * (year == t)) / 1e6
        for given, share in ((of.money[t], np.ones(len(point))), (of.general[t], ~of.village[point])):
            if (cost * share).any():
                rows.append((np.concatenate(([-given / 1e6], cost * share)), -highspy.kHighsInf, 0.0))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, len(rows)
    lp.col_cost_ = np.eye(1, columns)[0] * (0.0 if most else 1.0)
    lp.col_lower_, lp.col_upper_ = np.zeros(columns), np.concatenate(([most or _HUGE], np.ones(columns - 1)))
    lp.integrality_ = [highspy.HighsVarType.kContinuous] + [highspy.HighsVarType.kInteger] * (columns - 1)
    lp.row_lower_, lp.row_upper_ = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    matrix = np.stack([row[0] for row in rows])
    filled = [np.flatnonzero(row) for row in matrix]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate(([0], np.cumsum([len(one) for one in filled])))
    lp.a_matrix_.index_ = np.concatenate(filled)
    lp.a_matrix_.value_ = np.concatenate([matrix[row][one] for row, one in enumerate(filled)])
    highs = new_solver({"time_limit": _LONGEST_S, "mip_rel_gap": 1e-3})
    highs.passModel(lp)
    highs.run()
    if highs.getInfo().primal_solution_status != FEASIBLE:
        return None
    values = np.array(highs.getSolution().col_value)
    built = values[1:] > 0.5
    return float(values[0]), np.array([int(year[built & (point == p)][0]) for p in points], dtype=np.int64)


def _too_small(question: Question, of: Instance, found: Least) -> BudgetTooSmallError:
    rule, last, points, general = _first_broken(question, of)
    given = of.general if general else of.money
    needed = found.general if general else found.money
    return BudgetTooSmallError(
        rule=rule,
        points=points,
        year=question.terms.years[last],
        given_idr=int(given[0]),
        smallest_idr=named(float(needed[0])),
        every_year=last > 0 or bool((of.must[of.must < of.years] > 0).any()),
        general=general,
        scale=found.scale,
    )


def _first_broken(question: Question, of: Instance) -> tuple[str, int, int, bool]:
    """The first rule, in order of deadlines, that the money cannot keep; and whether general money is short."""
    for last in sorted({int(one) for one in of.must if one < of.years}):
        some = np.where(of.must <= last, of.must, of.years)
        part = replace(of, problem=replace(of.problem, must=some))
        if least(part).scale > 1.0 + 1e-9:
            due = [question.candidates[int(p)] for p in np.flatnonzero(of.must == last)]
            kinds = [phase.kind for phase in question.terms.phases]
            rule = next((one.kind.value for one in due if one.kind in kinds), "forced")
            rich = part.with_money(np.full(of.years, 1e15), part.general)
            return rule, last, len(due), least(rich).scale > 1.0 + 1e-9
    return "forced", of.years - 1, int((of.must < of.years).sum()), False
