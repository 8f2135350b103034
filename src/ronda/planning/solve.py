"""A question of a desk, compiled once and asked at many budgets: quick answers, better ones, and forced points.

The arithmetic is `solver`'s: prices, plans read off them, and the proof. Here the prices of the last answer are
kept, so that another position of the slider begins where the last one ended.

Invariants: values are recomputed from the chosen points; a plan is shown only if it breaks no rule; the bound
holds for every plan under the same terms. The quick answer does not depend on the clock on the sizes in
docs/design/planner.md; a refined one may, on a busy machine.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from ronda.planning import promises
from ronda.planning.cover import Ints
from ronda.planning.instance import Ground, Instance, ground_of, instance_of
from ronda.planning.model import Question, Terms
from ronda.planning.solver.account import Accounts, accounts
from ronda.planning.solver.least import smallest_scale
from ronda.planning.solver.prices import Prices
from ronda.planning.solver.problem import excess, site_years
from ronda.planning.solver.solve import Solution, solve
from ronda.planning.solver.squeeze import squeezed

GOOD_ENOUGH: Final = 0.001
_QUICK_GAP: Final = 0.01  # it is refined behind; the screen waits for this one
_AT_ONCE_GAP: Final = 0.02
_QUICK_S: Final = 2.5  # CPU seconds; a tight budget takes most of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A plan in numbers: its value, what no plan exceeds, and the prices that prove it.

    year   of each option (`aiming`); built: of each point, that of its first camera
    links  the hub of each point, where there are hubs
    """

    instance: Instance
    year: Ints
    links: Ints
    value: int
    bound: int
    prices: Prices

    @property
    def built(self) -> Ints:
        return site_years(self.instance.problem, self.year)

    @property
    def gap(self) -> float:
        return (self.bound - self.value) / self.bound if self.bound else 0.0


class Planner:
    """One question at many budgets. One thread at a time inside."""

    def __init__(self, question: Question) -> None:
        """Raises ContradictoryTermsError or UnknownPointError."""
        self.question = question
        self.ground: Ground = ground_of(question)
        self.instance: Instance = instance_of(question, self.ground)
        self._first: Solution | None = None  # at the money as given: every other answer begins at its prices
        self._lock = threading.Lock()

    @cached_property
    def least_scale(self) -> float:
        """The smallest share of the given money that keeps the promises; infinite without money."""
        scale = self._least.scale if self._promises_alone else smallest_scale(self.instance.problem)
        terms = self.question.terms
        if not terms.taken_first_idr or scale > 1e6:
            return scale
        return max(
            (scale * terms.free_idr(year) + terms.taken_first_idr) / max(terms.given_idr(year), 1)
            for year in terms.years
        )

    @cached_property
    def _least(self) -> promises.Least:
        return promises.least(self.instance)

    @property
    def _promises_alone(self) -> bool:
        """Then what is too little can be told rule by rule, in rupiah (`promises`)."""
        rules = self.question.terms.rules
        if self.instance.problem.hubs is not None:
            return False
        return (
            rules.every_village_by is None and not rules.village_cap and not rules.parties and not rules.carry_over
        )

    def quick(self, scale: float = 1.0) -> Solved:
        """A plan at `scale` times the given money, at once.

        Raises BudgetTooSmallError, RunningCostTooHighError or NoPlanError, each with what would do.
        """
        return self._quick(scale, _QUICK_GAP)

    def at_once(self, scale: float) -> Solved:
        """The same in less than a second, with a larger difference: what the slider shows first."""
        return self._quick(scale, _AT_ONCE_GAP)

    def _quick(self, scale: float, gap: float) -> Solved:
        of = self.instance if scale == 1.0 else _scaled(self.instance, self.question.terms, scale)
        with self._lock:
            if self._first is None:
                self._first = self._begun()
            found = self._first if scale == 1.0 else self._answer(of, scale, gap, self._first)
        return _solved(of, found)

    def _begun(self) -> Solution:
        """The first answer has no prices to begin with; where that shows, it is asked again with its own."""
        first = self._answer(self.instance, 1.0, _QUICK_GAP, None)
        if first.gap <= _QUICK_GAP:
            return first
        again = self._answer(self.instance, 1.0, _QUICK_GAP, first)
        return again if again.value >= first.value else first

    def _answer(self, of: Instance, scale: float, gap: float, before: Solution | None) -> Solution:
        """`before`: of this question at other money; the search begins at its prices and its plan."""
        return solve(
            of.problem,
            cpu_s=_QUICK_S,
            gap=gap,
            prices=None if before is None else before.prices,
            start=None if before is None else before.year,
            deep=False,
            rescue=None if self.question.terms.rules.carry_over else lambda: self._promised(of, scale),
        )

    def _promised(self, of: Instance, scale: float) -> Ints:
        """What is promised and nothing else; it may break other rules. Too little money is told rule by rule."""
        return of.with_least_cameras(promises.check(_asked(self.question, scale), of, self._least))

    def accounts(self, scale: float = 1.0) -> Accounts:
        """Of every point, at the prices that prove the quick answer at this budget."""
        solved = self.quick(scale)
        return accounts(solved.instance.problem, solved.prices)

    def beside(self, solved: Solved, before: Ints, point: int) -> Solved:
        """With `point` put into an earlier plan and as little changed as possible, if that is not much worse.

        solved  the fresh answer of this planner, which must have the point
        before  years of the options of the earlier plan, without the point
        """
        near = squeezed(solved.instance.problem, before, point, solved.prices)
        if near is None or near.value < solved.value * (1 - GOOD_ENOUGH):
            return solved
        return replace(solved, year=near.year, links=near.links, value=near.value)

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
        if stop() or solved.gap <= GOOD_ENOUGH or longest_s <= 0:
            return solved
        until_s = now_s() + longest_s
        best = solved

        def better(found: Solution) -> None:
            nonlocal best
            step = _best_of(best, _solved(solved.instance, found))
            if (step.value, step.bound) != (best.value, best.bound):
                best = step
                tell(step)

        found = solve(
            solved.instance.problem,
            cpu_s=longest_s,
            gap=GOOD_ENOUGH,
            stop=lambda: stop() or now_s() >= until_s,
            tell=better,
            prices=solved.prices,
            start=solved.year,
        )
        better(found)
        return best


def _solved(of: Instance, found: Solution) -> Solved:
    assert not excess(of.problem, found.year, found.links)
    return Solved(
        instance=of, year=found.year, links=found.links, value=found.value, bound=found.bound, prices=found.prices
    )


def _best_of(one: Solved, other: Solved) -> Solved:
    """The better plan of two, with the lower bound."""
    plan = other if other.value > one.value else one
    bound = other if other.bound < one.bound else one
    return replace(plan, bound=max(bound.bound, plan.value), prices=bound.prices)


def _asked(question: Question, scale: float) -> Question:
    return question if scale == 1.0 else replace(question, terms=scaled_terms(question.terms, scale))


def scaled_terms(terms: Terms, scale: float) -> Terms:
    """All years and sources in the same proportion; whole rupiah, rounded down."""
    return replace(
        terms, money=tuple(replace(money, amount_idr=int(money.amount_idr * scale)) for money in terms.money)
    )


def _scaled(of: Instance, terms: Terms, scale: float) -> Instance:
    money = scaled_terms(terms, scale)
    return of.with_money(
        np.array([money.free_idr(year) for year in money.years], dtype=np.float64),
        np.array([money.free_general_idr(year) for year in money.years], dtype=np.float64),
    )
