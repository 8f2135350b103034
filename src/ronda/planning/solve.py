"""Find a plan and prove how good it is: relaxation, rounding, then a restricted integer program.

1. `Planner.quick`: the linear relaxation (HiGHS, kept warm) gives prices and nearly whole plans; what
   it builds is taken, promises are placed, the rest is filled by price. Well below a second.
2. `Planner.refined`: an integer program over the years that can still matter, in slices with a start,
   so that cancelling keeps the best.

Invariants: values are recomputed from the chosen points; a plan is shown only if `excess` is empty;
the bound is recomputed from prices (`bound`) or, once every year that the prices do not exclude is in
the program, taken from the program. The same question and seed give the same plan as long as the time
limits are not reached; slices end by their own tolerance first on the sizes in docs/design/planner.md.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from ronda.planning import promises
from ronda.planning.bound import Dual, proven
from ronda.planning.cover import Floats, Ints
from ronda.planning.exact import Relaxation, RelaxationSolver, allowed, solve_exact
from ronda.planning.instance import Ground, Instance, excess, ground_of, instance_of, value_of
from ronda.planning.model import Question, Terms
from ronda.planning.search import Draft, Prices, draft_of, squeezed

SEED: Final = 20_260_131
GOOD_ENOUGH: Final = 0.001
_RELAXATION_S: Final = 8.0
_SLICES: Final = (0.02, 0.05, 0.1, 0.3, 1.0)  # of the gap: how much worse a year may look and still be tried
_LARGEST: Final = 6000  # variables of a slice


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A plan in numbers: year of each point, its value, and what no plan exceeds."""

    instance: Instance
    year: Ints
    value: int
    bound: int
    dual: Dual
    wish: Floats

    @property
    def gap(self) -> float:
        return (self.bound - self.value) / self.bound if self.bound else 0.0


class Planner:
    """One question, compiled once and asked at many budgets. One thread at a time inside."""

    def __init__(self, question: Question) -> None:
        """Raises ContradictoryTermsError or UnknownPointError."""
        self.question = question
        self.ground: Ground = ground_of(question)
        self.instance: Instance = instance_of(question, self.ground)
        self._relaxation = RelaxationSolver(self.instance)
        self._lock = threading.Lock()

    @cached_property
    def least_scale(self) -> float:
        """The smallest share of the given money that keeps the promises; infinite without money."""
        return promises.least(self.instance).scale

    def quick(self, scale: float = 1.0) -> Solved:
        """A plan at `scale` times the given money, at once.

        Raises BudgetTooSmallError or RunningCostTooHighError, each with what would do.
        """
        of = self.instance if scale == 1.0 else _scaled(self.instance, self.question.terms, scale)
        with self._lock:
            found = self._relaxation.solve(of.money, of.general, of.running, longest_s=_RELAXATION_S)
        if found is None:
            found = _no_relaxation(of)
        prices = Prices(money=found.money, general=found.general, running=found.running)
        dual, _answer = proven(of, found.cell, prices)
        draft = _best_rounding(of, found, prices)
        if draft is None or not _running_fits(of):
            schedule = promises.check(_asked(self.question, scale), of)
            draft = draft_of(of, schedule)
            draft.fill(prices, np.ones(of.points))
        return Solved(
            instance=of, year=draft.year, value=draft.value(), bound=dual.bound(of), dual=dual, wish=found.wish
        )

    def beside(self, solved: Solved, before: Ints, point: int) -> Solved:
        """With `point` put into an earlier plan and as little changed as possible, if that is not much worse.

        solved  the fresh answer of this planner, which must have the point
        before  years of the earlier plan, without the point
        """
        start = draft_of(solved.instance, np.where(np.arange(len(before)) == point, solved.instance.years, before))
        near = squeezed(start, point, solved.dual.prices)
        if near is None or excess(solved.instance, near.year) or near.value() < solved.value * (1 - GOOD_ENOUGH):
            return solved
        return replace(solved, year=near.year, value=near.value())

    def refined(
        self,
        solved: Solved,
        *,
        longest_s: float,
        now_s: Callable[[], float],
        stop: Callable[[], bool] = lambda: False,
        tell: Callable[[Solved], None] = lambda _solved: None,
    ) -> Solved:
        """A better plan or a better bound, at most `longest_s` later; `tell` hears of each step."""
        until_s = now_s() + longest_s
        for slice_ in _SLICES:
            left_s = until_s - now_s()
            if stop() or solved.gap <= GOOD_ENOUGH or left_s < 0.2:
                break
            step = _slice(solved, slice_, min(left_s, max(2.0, longest_s / 2)))
            if step is None:
                break
            solved = step
            tell(solved)
        return solved


def _asked(question: Question, scale: float) -> Question:
    return question if scale == 1.0 else replace(question, terms=scaled_terms(question.terms, scale))


def scaled_terms(terms: Terms, scale: float) -> Terms:
    """All years and sources in the same proportion; whole rupiah, rounded down."""
    return replace(
        terms, money=tuple(replace(money, amount_idr=int(money.amount_idr * scale)) for money in terms.money)
    )


def _scaled(of: Instance, terms: Terms, scale: float) -> Instance:
    money = scaled_terms(terms, scale)
    return replace(
        of,
        money=np.array([money.given_idr(year) for year in money.years], dtype=np.float64),
        general=np.array([money.general_idr(year) for year in money.years], dtype=np.float64),
    )


def _no_relaxation(of: Instance) -> Relaxation:
    """No prices were found in time: all zero prove only that no more than everything can be seen."""
    none = np.zeros(of.years)
    cell = np.repeat(of.weight[None, :].astype(np.float64), of.years, axis=0)
    return Relaxation(wish=np.zeros((of.years, of.points)), cell=cell, money=none, general=none, running=none)


def _best_rounding(of: Instance, found: Relaxation, prices: Prices) -> Draft | None:
    """The best of some ways to make the relaxation whole; None when no way keeps the promises."""
    chance = np.random.default_rng(SEED)
    best: Draft | None = None
    for least in (0.99, 0.8, 0.5, 0.3, 0.1):
        for noise in (0.0, 0.1, 0.1):
            luck = 1.0 + noise * (chance.random(of.points) - 0.5)
            draft = _rounded(of, found.wish, least)
            if draft is None:
                break
            draft.fill(prices, luck)
            if best is None or draft.value() > best.value():
                best = draft
    return best


def _rounded(of: Instance, wish: Floats, least: float) -> Draft | None:
    draft = Draft(of)
    nothing = (np.zeros(of.years), np.zeros(of.years))
    year, point = np.nonzero(wish >= least)
    for number in np.argsort(-wish[year, point], kind="stable"):
        s, t = int(point[number]), int(year[number])
        if draft.year[s] == of.years and draft.fits(s, t, nothing):
            draft.put(s, t)
    return None if draft.promise() else draft


def _running_fits(of: Instance) -> bool:
    return bool(of.yearly[of.must < of.years].sum() <= of.running.min() + 0.5)


def _slice(solved: Solved, share: float, longest_s: float) -> Solved | None:
    """One restricted program; None when it would be too large."""
    of = solved.instance
    _dual, answer = proven(of, solved.dual.cell, solved.dual.prices)
    slack = solved.dual.at(of) - solved.value
    # A year whose regret exceeds the whole slack cannot be in a better plan: leaving it out loses nothing.
    kept = (answer.regret <= slack * share + 1e-6) | (solved.wish > 1e-6)
    kept |= np.arange(of.years)[:, None] == solved.year[None, :]
    kept &= allowed(of)
    if kept.sum() > _LARGEST:
        return None
    found = solve_exact(of, kept=kept, start=solved.year, longest_s=longest_s, gap=GOOD_ENOUGH / 4)
    year, value = solved.year, solved.value
    if found.year is not None and not excess(of, found.year):
        better = value_of(of, found.year)
        if better > value:
            year, value = found.year, better
    bound = solved.bound
    if share >= 1.0:  # nothing that could be better was left out
        bound = max(value, min(bound, int(np.floor(found.bound + 1e-3))))
    return replace(solved, year=year, value=value, bound=bound)
