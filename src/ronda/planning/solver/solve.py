"""Find a plan and prove how good it is: a first plan at once, then better ones while the proven gap falls.

1. A plan by worth for cost (`rounding.by_cost`); with no plan, `least` says which rule fails and what would do.
2. Prices step by step (`dual`); every so often plans are read off the wishes.
3. What the prices do not exclude, as an integer program in slices with a start (`finish`).

Invariants: values are counted from the cameras; a plan is told only if it breaks no rule; the bound is
that of prices, or of a program from which only what cannot be better was left out. The same problem and
seed give the same plan, unless the time ends the search.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.solver.compose import Parts, composed
from ronda.planning.solver.draft import Draft, Ground
from ronda.planning.solver.dual import Dual
from ronda.planning.solver.fill import fill
from ronda.planning.solver.finish import finished, hopeful, is_small, wished
from ronda.planning.solver.improve import better_by_ruin
from ronda.planning.solver.keep import keep
from ronda.planning.solver.least import refuse_if_unaffordable, some_plan
from ronda.planning.solver.prices import Prices, first_prices
from ronda.planning.solver.problem import Problem, site_years
from ronda.planning.solver.rounding import (
    Plan,
    by_cost,
    expected_years,
    plan_of,
    plan_of_year,
    rounded,
    taste_of,
)
from ronda.planning.solver.shrink import shrunk
from ronda.planning.solver.swap import better_by_swaps, descended, is_flat

SEED = 20_260_131
_BATCH = 20
_ROUNDS, _ROUNDS_SHALLOW, _ROUNDS_WARM = 200, 15, 6  # of so many steps
_THRESHOLDS = ((0.8, 0.0), (0.6, 0.1), (0.4, 0.1), (0.5, 0.0), (0.7, 0.1), (0.3, 0.2), (0.9, 0.1))
_TINY = 150  # years of cameras that a program settles at once
_SHAKES = 40  # tries without success after which swaps end
_GATHERED = 0.3  # of the step's size: from here on relaxed plans are worth taking parts of
_SETTLED, _SETTLED_SMALL, _SETTLED_HUBS = 2e-3, 3e-2, 5e-3  # of the step's size: prices hardly move any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """year of each camera, hub of each site, and the proof. `prices` are those of the bound."""

    year: Ints
    links: Ints
    built: Ints
    value: int
    bound: int
    prices: Prices

    @property
    def gap(self) -> float:
        """How far the value may be below the best, as a share of the bound."""
        return (self.bound - self.value) / abs(self.bound) if self.bound else 0.0

    @property
    def ids(self) -> Ints:
        """The cameras of the plan."""
        return np.flatnonzero(self.year < self.year.max(initial=0) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When to stop: CPU seconds, a gap that is good enough, or when told."""

    cpu_s: float
    gap: float
    stop: Callable[[], bool]


def never() -> bool:
    return False


def silent(_solution: Solution) -> None:
    return None


def solve(
    of: Problem,
    *,
    seed: int = SEED,
    cpu_s: float = 30.0,
    gap: float = 0.0,
    stop: Callable[[], bool] = never,
    tell: Callable[[Solution], None] = silent,
    prices: Prices | None = None,
    start: Ints | None = None,
    deep: bool = True,
    rescue: Callable[[], Ints] | None = None,
) -> Solution:
    """The best plan found and what no plan exceeds.

    gap     a proven difference that is good enough
    prices  of a problem that is alike (another budget): the search begins there
    start   years of a plan, perhaps of another budget: what there is money for is where the search begins
    deep    search on after the prices have settled: repair, swaps, programs
    rescue  called when no plan is found at once: years that may be a plan, or its own error

    Raises NoPlanError when no plan keeps every rule.
    """
    search = Search(of, seed, Limits(cpu_s=cpu_s, gap=gap, stop=stop), tell)
    search.first(start, prices)
    if of.hubs is None:
        search.promised(rescue)
    search.price(prices)
    if search.plan is None:  # with shared uplinks a program that finds any plan is slow: prices come first
        refuse_if_unaffordable(of)
        search.refine(_ROUNDS)
        if search.plan is None:
            wished(search)
        search.promised(rescue)
    shallow = _ROUNDS_SHALLOW if prices is None else _ROUNDS_WARM
    search.refine(_ROUNDS if deep else shallow, last=1 if prices is not None and not deep else 2)
    if deep:
        search.finish()
    return search.solution()


class Search:
    """One solve under way."""

    def __init__(self, of: Problem, seed: int, limits: Limits, tell: Callable[[Solution], None]) -> None:
        self.of, self.limits, self._tell = of, limits, tell
        self.ground = Ground.of_problem(of)
        self.chance = np.random.default_rng(seed)
        self.plan: Plan | None = None
        self.base: Plan | None = None  # what is promised and nothing else, where promises leave little room
        self.proven = float(of.total)
        self.dual: Dual | None = None
        self.parts = Parts(of, self.ground.money)
        self._until_s = time.thread_time() + limits.cpu_s
        self._told: tuple[int, int] | None = None
        self.flat = is_flat(of)
        at_once = of.lone or of.cameras == of.sites
        self.whole = at_once and of.hubs is None and not self.flat  # then `expected` is nearer than `try_one`
        self.apart = 3 if of.hubs is None else 6  # rounds between plans; with hubs they take longer than the steps

    # -- state ----------------------------------------------------------------------------------

    def left_s(self) -> float:
        return self._until_s - time.thread_time()

    def bound(self) -> int:
        """Values are whole, so the bound is rounded down; what arithmetic may have lost is added before."""
        return math.floor(self.proven + 1e-3 + 1e-11 * abs(self.proven))

    def done(self) -> bool:
        if self.limits.stop() or self.left_s() <= 0:
            return True
        if self.plan is None:
            return False
        short = self.bound() - self.plan.value
        return short <= 0 or short <= self.limits.gap * abs(self.bound())

    def solution(self) -> Solution:
        assert self.plan is not None
        assert self.dual is not None
        return Solution(
            year=self.plan.year, links=self.plan.links, built=site_years(self.of, self.plan.year),
            value=self.plan.value, bound=max(self.bound(), self.plan.value), prices=self.dual.best,
        )  # fmt: skip

    def offer(self, plan: Plan | None) -> bool:
        """Take a plan if it is better."""
        if plan is None or (self.plan is not None and plan.value <= self.plan.value):
            return False
        self.plan = plan
        return True

    def lower(self, bound: float) -> None:
        self.proven = min(self.proven, bound)

    def tell(self) -> None:
        if (
            self.plan is not None
            and self.dual is not None
            and self._told != (now := (self.plan.value, self.bound()))
        ):
            self._told = now
            self._tell(self.solution())

    # -- phases ---------------------------------------------------------------------------------

    def first(self, start: Ints | None, prices: Prices | None) -> None:
        """The plan to begin with, made to fit this money; with none, one by worth for cost."""
        if start is not None and self.of.hubs is None:
            self.offer(self.fitted(start, prices or self.fair_prices()))
            if self.plan is not None and prices is not None:
                return
        taste, liking = by_cost(self.ground)
        draft = Draft(self.ground)
        keep(draft, taste, liking)
        fill(draft, taste)
        self.offer(plan_of(draft))

    def fitted(self, years: Ints, prices: Prices) -> Plan | None:
        """As much of it as there is money for, and what is left of that spent."""
        within = shrunk(self.ground, years, prices)
        if within is None:
            return None
        taste = taste_of(self.ground, prices, np.ones(self.of.cameras))
        draft = Draft(self.ground, within)
        keep(draft, taste, np.zeros(self.of.sites))
        fill(draft, taste)
        return plan_of(draft)

    def promised(self, rescue: Callable[[], Ints] | None) -> None:
        """With no plan yet: what is promised and nothing else, filled; then swaps. Raises NoPlanError."""
        if self.plan is None:
            self.base = None if rescue is None else plan_of_year(self.of, rescue())
            self.base = self.base or some_plan(self.of)
            self.offer(self.filled(self.base))
        if self.flat and not self.done():
            better_by_swaps(self, np.arange(self.of.sites), 0, self.limits.cpu_s / 4)

    def filled(self, plan: Plan | None) -> Plan | None:
        """With what is left of the money spent on what is worth most for its cost."""
        if plan is None:
            return None
        taste, _liking = by_cost(self.ground)
        draft = Draft(self.ground, plan.year, plan.links)
        fill(draft, taste)
        return plan_of(draft)

    def price(self, prices: Prices | None) -> None:
        """The prices to begin with."""
        fair = self.fair_prices()
        units = np.sqrt(fair.rows / np.maximum(self.ground.money.given, 1.0))
        self.dual = Dual(self.ground.money, prices if prices is not None else fair, units)
        if prices is not None:
            self.dual.size = 1.0
        self.lower(self.dual.step(self.target()).bound)
        self.tell()

    def fair_prices(self) -> Prices:
        """As if every row of money bought the same."""
        value = self.plan.value if self.plan is not None else self.proven / 4
        given = np.maximum(self.ground.money.given, 1.0)
        return first_prices(self.of, max(value, 1.0) / given / max(len(self.of.rows), 1))

    def target(self) -> float:
        """What the prices are led to: the best plan, or a little below the bound."""
        low = self.proven * (0.6 if self.proven > 0 else 1.4)
        return float(self.plan.value) if self.plan is not None and self.plan.value > low else low

    def refine(self, most: int, last: int = 2) -> None:
        """Steps of the prices, and plans read off the wishes; `last`: how often at the end."""
        assert self.dual is not None
        rounds, settled = 0, _SETTLED_SMALL if is_small(self) else _SETTLED
        if self.of.cameras * self.of.years <= _TINY:
            settled = 0.3
        elif self.of.hubs is not None:
            settled = max(settled, _SETTLED_HUBS)
        while not self.done() and self.dual.size > settled and rounds < most:
            for number in range(_BATCH):
                now = self.dual.step(self.target())
                if self.of.hubs is not None and self.dual.size < _GATHERED and number % 4 == 0:
                    self.parts.add(now.year, now.hubs)
            self.lower(self.dual.bound)
            rounds += 1
            if rounds % self.apart == 0 or (self.plan is None and self.of.hubs is None):
                self.read_off(rounds)
            self.tell()
        for more in range(1, last + 1):
            self.read_off(rounds + more)
        self.tell()

    def read_off(self, number: int) -> None:
        """Plans from the wishes: one plain, one shaken."""
        if self.of.hubs is not None and self.dual is not None and self.dual.size < _GATHERED and composed(self):
            return
        for turn, (least, noise) in enumerate((_THRESHOLDS[number % 7], _THRESHOLDS[(number + 3) % 7])):
            if self.done():
                return
            if self.whole:
                self.offer(self.expected(least, noise))
                continue
            tight = self.of.hubs is not None or (self.base is not None and turn == 1)
            plan = self.try_one(least, noise, promised_first=tight)
            self.offer(descended(self, plan) if plan is not None and self.flat else plan)

    def expected(self, least: float, noise: float) -> Plan | None:
        """What most relaxed plans wish for, made to fit."""
        assert self.dual is not None
        luck = 1.0 + noise * (self.chance.random(self.of.sites) - 0.5)
        return self.fitted(expected_years(self.of, self.dual.wish[:-1], luck, least), self.dual.best)

    def try_one(self, least: float, noise: float, *, promised_first: bool) -> Plan | None:
        assert self.dual is not None
        luck = 1.0 + noise * (self.chance.random(self.of.cameras) - 0.5)
        wish = self.dual.wish[:-1]
        shaken = wish + noise / 2 * (self.chance.random(wish.shape) - 0.5) * (wish > 0)
        taste = taste_of(self.ground, self.dual.best, luck, self.dual.hub_wish)
        if self.base is not None:
            draft = Draft(self.ground, self.base.year, self.base.links)
            fill(draft, taste)
            self.offer(plan_of(draft))
        draft = rounded(self.ground, taste, self.liking(), shaken, least, None, promised_first=promised_first)
        return plan_of(draft)

    def liking(self) -> Floats:
        """How gladly each site serves its village in time."""
        assert self.dual is not None
        assert self.dual.answer is not None
        profit, of = self.dual.answer.profit, self.of
        last = of.due[of.village] if len(of.due) else np.full(of.sites, of.years)
        last = np.where((of.village >= 0) & (last >= 0) & (last < of.years), last, of.years - 1)
        inside = np.arange(of.years)[:, None] <= last[None, :]
        return np.asarray(np.where(inside, profit[:-1], -np.inf).max(axis=0))

    def finish(self) -> None:
        """Ruin and repair, then what the prices leave as an integer program."""
        if self.plan is not None and not self.done():
            if self.flat:
                better_by_swaps(
                    self, hopeful(self), _SHAKES if self.of.cameras > _TINY else 4, self.limits.cpu_s / 4
                )
            else:
                if self.of.hubs is not None:
                    wished(self)
                better_by_ruin(self)
        if not self.done():
            finished(self)
        self.tell()
