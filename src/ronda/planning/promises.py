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


def check(question: Question, of: Instance) -> Ints:
    """Years for the promised points that the money allows.

    Raises RunningCostTooHighError or BudgetTooSmallError.
    """
    _check_running(question, of)
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
        answer = _scaled(replace(of, money=flat, general=flat), points)
        if answer is None:
            raise ValueError("promised points cannot be scheduled at any price")
        of = replace(of, money=flat * max(answer[0], 1.0), general=flat * max(answer[0], 1.0))
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
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", 1),
        ("time_limit", _LONGEST_S),
        ("mip_rel_gap", 1e-3),
    ):
        highs.setOptionValue(name, value)
    scale = highs.addVariable(0.0, most or _HUGE, 0.0 if most else 1.0)
    built = {(int(point), t): highs.addBinary() for point in points for t in range(int(of.must[point]) + 1)}
    for point in points:
        highs.addConstr(sum(built[int(point), t] for t in range(int(of.must[point]) + 1)) == 1)
    for t in range(of.years):
        everyone = [(int(p), b) for p in points for b in range(min(int(of.must[p]), t) + 1)]
        for given, some in (
            (of.money[t], everyone),
            (of.general[t], [k for k in everyone if not of.village[k[0]]]),
        ):
            cost = {k: (of.yearly[k[0]] + (of.build[k[0]] if k[1] == t else 0.0)) / 1e6 for k in some}
            used = [(built[k], c) for k, c in cost.items() if c]
            if used:
                highs.addConstr(sum(c * v for v, c in used) - (given / 1e6) * scale <= 0)
    highs.run()
    if highs.getInfo().primal_solution_status != 2:
        return None
    values = np.array(highs.getSolution().col_value)
    years = [next(t for t in range(int(of.must[p]) + 1) if values[built[int(p), t].index] > 0.5) for p in points]
    return float(values[0]), np.array(years, dtype=np.int64)


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
        part = replace(of, must=some)
        if least(part).scale > 1.0 + 1e-9:
            due = [question.candidates[int(p)] for p in np.flatnonzero(of.must == last)]
            kinds = [phase.kind for phase in question.terms.phases]
            rule = next((one.kind.value for one in due if one.kind in kinds), "forced")
            rich = replace(part, money=np.full(of.years, 1e15))
            return rule, last, len(due), least(rich).scale > 1.0 + 1e-9
    return "forced", of.years - 1, int((of.must < of.years).sum()), False
