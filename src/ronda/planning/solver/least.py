"""When no plan was found: is there one at all, which rule fails, and the smallest money that would do.

A program without demand: only rules count. Rules are added in the order in which they bind a planner:
what must stand, deadlines of villages, shares, the cap, uplinks, the ceiling on running cost. The money of all
rows that count building is scaled together until everything fits.
"""

from dataclasses import replace

import highspy
import numpy as np

from ronda.planning.cover import Cover, Ints
from ronda.planning.errors import NoPlanError
from ronda.planning.highs import FEASIBLE, new_solver
from ronda.planning.solver.dual import Dual
from ronda.planning.solver.prices import Money, first_prices
from ronda.planning.solver.problem import Problem, excess
from ronda.planning.solver.program import Program
from ronda.planning.solver.rounding import Plan

_LONGEST_S = 10.0
_ENOUGH = 1e-6
_STEPS = 400
_STAKE = 1e6  # what all money is worth at the first prices


def some_plan(of: Problem) -> Plan:
    """Any plan that keeps every rule. Raises NoPlanError, with the rule that fails and what would do.

    When the time ends the search first, the error says so: that none was found is no proof that there is none.
    """
    blind = _blind(of)
    try:
        return _some_plan(of, blind)
    except _OutOfTimeError:
        raise NoPlanError("all of them together", None, proven=False) from None


def refuse_if_unaffordable(of: Problem) -> None:
    """With shared uplinks: raises NoPlanError when prices alone prove that the money cannot keep the promises."""
    blind = _blind(of)
    share = _proven_share(blind)
    if share > 1.0 + _ENOUGH:
        at_least = share if np.isfinite(share) else None
        try:
            alone = _cheapest(replace(blind, hubs=None), most=1.0)
        except _OutOfTimeError:
            raise NoPlanError("all of them together", None, at_least=at_least) from None
        rule = "a port for every site" if alone is not None else _first_broken(replace(blind, hubs=None))
        raise NoPlanError(rule, None, at_least=at_least)


def _proven_share(blind: Problem) -> float:
    """No plan that keeps every rule costs less than this share of the money, at any prices; 0: nothing proven.

    Where nothing is seen a plan is worth 0, so a bound below 0 says that there is none; how far below, in money,
    says how much is missing at least.
    """
    money = Money(of=blind)
    given = money.given
    if not len(given) or not (given > 0).all():
        return 0.0
    rows = _STAKE / given / len(given)
    dual = Dual(money, first_prices(blind, rows), np.sqrt(rows / given))
    for _ in range(_STEPS):
        dual.step(min(dual.bound, _STAKE) - _STAKE / 10)
        if dual.bound == -np.inf:  # some promise no money can keep, such as a banned site that must stand
            return np.inf
    return 1.0 - dual.bound / max(float(dual.best.rows @ given), 1e-9) if dual.bound < -1e-6 * _STAKE else 0.0


class _OutOfTimeError(Exception):
    """Neither a plan nor a proof that there is none."""


def _some_plan(of: Problem, blind: Problem) -> Plan:
    found = _cheapest(blind)
    if found is not None and found[0] <= 1.0 + _ENOUGH:
        year, links = found[1], found[2]
        if not excess(of, year, links):
            return Plan(year=year, links=links, value=0)
        found = _cheapest(blind, most=1.0)
        if found is not None and not excess(of, found[1], found[2]):
            return Plan(year=found[1], links=found[2], value=0)
    raise NoPlanError(_first_broken(blind), found[0] if found is not None and found[0] > 1.0 else None)


def smallest_scale(of: Problem) -> float:
    """The smallest share of all given money with which every rule can be kept; infinite when none does."""
    try:
        found = _cheapest(_blind(of))
    except _OutOfTimeError:
        return float("inf")
    return float("inf") if found is None else found[0]


def _blind(of: Problem) -> Problem:
    """The same rules with nothing to see; a camera of each site suffices."""
    nothing = Cover(start=np.zeros(of.cameras + 1, dtype=np.int64), cols=np.zeros(0, dtype=np.int64))
    return replace(
        of, sees=nothing, by_column=Cover(start=np.zeros(1, dtype=np.int64), cols=nothing.cols),
        worth=np.zeros((1, 0), dtype=np.int64), own=np.zeros(of.cameras, dtype=np.int64), shuns=nothing,
        harm=np.zeros(0, dtype=np.int64),
    )  # fmt: skip


def _cheapest(of: Problem, most: float | None = None) -> tuple[float, Ints, Ints] | None:
    """The smallest scale of the money with a plan for it; None: proven that there is none.

    most  any plan up to this scale will do
    """
    kept = np.repeat((~of.banned)[of.site][None, :], of.years, axis=0)
    kept &= np.arange(of.years)[:, None] <= of.must[of.site][None, :]
    program = Program(of, kept, np.zeros(of.sites, dtype=bool))
    lp = program.lp()
    size, given = lp.num_col_, [row.given for row in of.rows]
    highs = new_solver({"time_limit": _LONGEST_S, "mip_rel_gap": 1e-4})
    lp.sense_ = highspy.ObjSense.kMinimize
    lp.col_cost_ = np.zeros(size)
    highs.passModel(lp)
    highs.addCol(1.0 if most is None else 0.0, 0.0, most if most is not None else 1e6, 0, [], [])
    first = program.money_line
    for number, row in enumerate(of.rows):
        if row.builds.any() and given[number]:
            highs.changeCoeff(first + number, size, -program.money_given[number])
            highs.changeRowBounds(first + number, -highspy.kHighsInf, 0.0)
    highs.run()
    info = highs.getInfo()
    ended = highs.getModelStatus() == highspy.HighsModelStatus.kTimeLimit
    if info.primal_solution_status != FEASIBLE:
        if ended:
            raise _OutOfTimeError
        return None
    values = np.array(highs.getSolution().col_value)
    if ended and values[size] > 1.0 + _ENOUGH and info.mip_dual_bound <= 1.0 + _ENOUGH:
        raise _OutOfTimeError  # what was found needs more money; that nothing needs less is not proven
    return float(values[size]), program.years_of(values[:size]), program.links_of(values[:size])


def _first_broken(of: Problem) -> str:
    """The first rule, as they are added, with which the given money does not suffice."""
    rows = tuple(row for row in of.rows if row.builds.any())
    never = np.full(of.sites, of.years, dtype=np.int64)
    free = replace(of, must=never, due=np.full(len(of.due), -1), cap=None, shares=(), hubs=None, rows=rows)
    steps: list[tuple[str, Problem]] = []
    for last in sorted({int(one) for one in of.must if one < of.years}):
        free = replace(free, must=np.where(of.must <= last, of.must, of.years))
        steps.append((f"{int((of.must == last).sum())} sites that must stand by year {last}", free))
    for last in sorted({int(one) for one in of.due if 0 <= one < of.years}):
        free = replace(
            free, due=np.where((of.due >= 0) & (of.due <= last), of.due, np.where(of.due < 0, -1, of.years))
        )
        steps.append((f"{int((of.due == last).sum())} villages that have a site by year {last}", free))
    for number, share in enumerate(of.shares):
        free = replace(free, shares=of.shares[: number + 1])
        steps.append((f"share of {share.name}: {share.least} sites", free))
    free = replace(free, due=of.due, cap=of.cap)
    steps.append((f"at most {of.cap} sites a village before every village has one", free))
    free = replace(free, hubs=of.hubs)
    steps.append(("a port for every site", free))
    steps.append(("ceiling on running cost", replace(free, rows=of.rows)))
    for name, problem in steps:
        found = _cheapest(problem)
        if found is None or found[0] > 1.0 + _ENOUGH:
            return name
    return steps[-1][0]
