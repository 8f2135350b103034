"""Swaps for problems of one year with one camera a site and no rule but money, promises and bans.

A step takes one site out and puts one in, the pair that brings most and can be paid; when none is left,
some chance swaps shake the plan and the descent begins again (the best is kept). Exact gains: what a
column that only the leaving site sees is worth comes back to whoever of the entering sees it.
"""

from typing import TYPE_CHECKING

import numpy as np

from ronda.planning.cover import Cover, Floats, Ints
from ronda.planning.solver import loops
from ronda.planning.solver.problem import Problem, pairs
from ronda.planning.solver.rounding import Plan, plan_of_year

if TYPE_CHECKING:
    from ronda.planning.solver.solve import Search

_SHAKES = 5


def is_flat(of: Problem) -> bool:
    """Are swaps all that can be done?"""
    flat = of.years == 1 and len(of.site) == of.sites and len(of.worth) == 1 and not len(of.harm)
    return bool(flat and of.hubs is None and not of.shares and (of.cap is None) and not (of.due >= 0).any())


class Swaps:
    """The chosen sites, how many of them see each column, and what each other would add."""

    def __init__(self, of: Problem, among: Ints, usage: Floats, given: Floats) -> None:
        """among: the sites that may come in; usage [R, S]: what each costs in each row."""
        self.of, self.among, self.usage, self.given = of, among, usage, given
        number, column = pairs(of.sees, among)
        order = np.lexsort((number, column))
        start = np.zeros(of.columns + 1, dtype=np.int64)
        np.cumsum(np.bincount(column, minlength=of.columns), out=start[1:])
        self.by_column = Cover(start=start, cols=number[order].astype(np.int64))
        self.worth, self.own = of.worth[0], of.own
        self.stays = of.must < of.years
        self.unit = int(of.year_worth[0])

    def begin(self, chosen: Ints) -> None:
        self.chosen = np.sort(chosen)
        self.count = np.bincount(pairs(self.of.sees, self.chosen)[1], minlength=self.of.columns)
        self._weigh()

    def _weigh(self) -> None:
        of = self.of
        covered = self.count > 0
        self.value = int(self.worth[covered].sum() + self.own[self.chosen].sum())
        free = np.where(covered, 0, self.worth)
        sums = np.concatenate(([0], np.cumsum(free[of.sees.cols])))
        self.gain = self.own + sums[of.sees.start[1:]] - sums[of.sees.start[:-1]]
        self.room = self.given - self.usage[:, self.chosen].sum(axis=1)

    def change(self, out: Ints, put: Ints) -> None:
        """Take these out and put those in."""
        of = self.of
        self.chosen = np.union1d(np.setdiff1d(self.chosen, out), put)
        np.subtract.at(self.count, pairs(of.sees, out)[1], 1)
        np.add.at(self.count, pairs(of.sees, put)[1], 1)
        self._weigh()

    def best(self) -> tuple[int, int, int]:
        """(what it brings, who leaves or -1, who comes) of the best affordable step."""
        of, chosen = self.of, self.chosen
        number, column = pairs(of.sees, chosen)
        alone = self.count[column] == 1
        number, column = number[alone], column[alone]
        loss = np.bincount(number, weights=self.worth[column].astype(np.float64), minlength=len(chosen))
        loss = np.rint(loss).astype(np.int64) + self.own[chosen]
        back = loops.shared(number, column, self.worth, self.by_column, len(chosen), len(self.among))
        delta = self.gain[self.among][None, :] - loss[:, None] + back
        outside = np.isin(self.among, chosen, invert=True) & ~of.banned[self.among]
        if not outside.any():
            return 0, -1, -1
        if not len(chosen):
            return self._best_add(outside)
        fits = np.ones(delta.shape, dtype=bool)
        for row, usage in enumerate(self.usage):
            fits &= usage[self.among][None, :] - usage[chosen][:, None] <= self.room[row]
        fits &= outside[None, :] & ~self.stays[chosen][:, None]
        delta = np.where(fits, delta, -(2**62))
        at = int(np.argmax(delta))
        found = (int(delta.flat[at]), int(chosen[at // len(self.among)]), int(self.among[at % len(self.among)]))
        return max(found, self._best_add(outside), key=lambda step: step[0])

    def _best_add(self, outside: "np.ndarray") -> tuple[int, int, int]:
        fits = outside & (self.usage[:, self.among] <= self.room[:, None]).all(axis=0)
        gain = np.where(fits, self.gain[self.among], -(2**62))
        at = int(np.argmax(gain))
        return int(gain[at]), -1, int(self.among[at])

    def descend(self) -> None:
        while True:
            brings, out, put = self.best()
            if brings <= 0:
                return
            self.change(np.array([out] if out >= 0 else [], dtype=np.int64), np.array([put]))

    def shake(self, chance: np.random.Generator) -> None:
        """Some random sites leave; whoever fits and adds most comes in."""
        movable = self.chosen[~self.stays[self.chosen]]
        if not len(movable):
            return
        out = chance.choice(movable, min(int(chance.integers(2, _SHAKES + 1)), len(movable)), replace=False)
        self.change(out, np.zeros(0, dtype=np.int64))
        while True:
            outside = np.isin(self.among, np.concatenate([self.chosen, out]), invert=True)
            brings, _none, put = self._best_add(outside & ~self.of.banned[self.among])
            if brings <= 0:
                return
            self.change(np.zeros(0, dtype=np.int64), np.array([put]))


def better_by_swaps(search: "Search", among: Ints, shakes: int, longest_s: float) -> None:
    """Descend from the best plan, then shake and descend again; stops after `shakes` without success."""
    assert search.plan is not None
    of = search.of
    usage = search.ground.usage_of_sites()
    chosen = np.flatnonzero(search.plan.year < of.years)
    swaps = Swaps(of, np.union1d(among, chosen), usage, search.ground.money.given)
    swaps.begin(chosen)
    swaps.descend()
    best, where, stale = swaps.value, swaps.chosen, 0
    _offer(search, where)
    until_s = search.left_s() - longest_s
    while stale < shakes and not search.done() and search.left_s() > until_s:
        swaps.shake(search.chance)
        swaps.descend()
        if swaps.value > best:
            best, where, stale = swaps.value, swaps.chosen, 0
            _offer(search, where)
        else:
            stale += 1
            if swaps.value < best:
                swaps.begin(where)


def descended(search: "Search", plan: Plan) -> Plan | None:
    """This plan after all swaps that bring something."""
    of = search.of
    chosen = np.flatnonzero(plan.year < of.years)
    swaps = Swaps(of, np.arange(of.sites), search.ground.usage_of_sites(), search.ground.money.given)
    swaps.begin(chosen)
    swaps.descend()
    return _plan(search, swaps.chosen)


def _plan(search: "Search", chosen: Ints) -> Plan | None:
    year = np.full(search.of.cameras, search.of.years, dtype=np.int64)
    year[chosen] = 0
    return plan_of_year(search.of, year)


def _offer(search: "Search", chosen: Ints) -> None:
    if search.offer(_plan(search, chosen)):
        search.tell()
