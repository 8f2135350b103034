"""Better prices, step by step: each step lowers the price of what is left over and raises that of what is short.

Columns and money need steps of very different size, so each is measured in its own unit: a column in its
worth, a row in what its money buys. The step is Polyak's, towards the best plan known, halved when the
bound stands still. `wish` (and `hub_wish`) is the running mean of the relaxed plans: near the end it is nearly
whole, and plans are read off it. Invariant: `bound` is the lowest that any prices seen so far prove.
"""

from dataclasses import replace

import numpy as np

from ronda.planning.cover import Floats
from ronda.planning.solver.prices import Money, Prices, grain
from ronda.planning.solver.problem import Problem, pairs, site_years
from ronda.planning.solver.relaxed import Relaxed, relaxed

_PATIENCE = 30
_MEMORY = 0.75
_SHARE = 0.05  # of the newest relaxed plan in the wish


class Dual:
    """Prices under way. `best` are the prices of the lowest bound, `at` those of the last step."""

    def __init__(self, money: Money, start: Prices, row_unit: Floats) -> None:
        of = money.of
        self.of, self.money = of, money
        self._grain = grain(of)
        self._most = np.multiply.outer(of.year_worth, of.worth[0]).astype(np.float64)
        self._row_unit = row_unit
        self._port_unit = _price_of_a_port(of, self.money, start)
        self._pair_camera = np.repeat(np.arange(of.cameras), np.diff(of.shuns.start))
        self.at = self.best = start
        self.bound = np.inf
        self.answer: Relaxed | None = None
        self.size = 1.0
        self._still = 0
        self._way: Prices | None = None
        self.wish = np.zeros((of.years + 1, of.cameras))
        self._cameras = np.arange(of.cameras)
        self._hubs = np.arange(0 if of.hubs is None else len(of.hubs.cost))
        self.hub_wish = np.zeros((of.years + 1, len(self._hubs)))

    def step(self, value: float) -> Relaxed:
        """One step towards `value`, the worth of the best plan known; gives the relaxed plan it started from."""
        now = relaxed(self.of, self.money, self.at)
        if self.answer is None or now.bound < self.bound - 1e-7 * abs(self.bound):
            self.bound, self.best, self.answer, self._still = now.bound, self.at, now, 0
        else:
            self._still += 1
            if self._still >= _PATIENCE:
                self.size, self._still = self.size / 2, 0
                self.at, self._way = self.best, None
        self.wish *= 1 - _SHARE
        self.wish[now.year, self._cameras] += _SHARE
        self.hub_wish *= 1 - _SHARE
        self.hub_wish[now.hubs, self._hubs] += _SHARE
        self._move(now, value)
        return now

    def _move(self, now: Relaxed, value: float) -> None:
        slope = self._slope(now)
        way = slope if self._way is None else _mixed(slope, self._way)
        self._way = way
        units = self._units()
        norm = sum(float((unit * part * part).sum()) for unit, part in zip(units, _parts(way), strict=True))
        if norm <= 0 or now.bound == -np.inf:  # nothing to move, or nowhere to move to: no plan exists
            return
        length = self.size * max(now.bound - value, 1e-6 * abs(now.bound)) / norm
        moved = [np.maximum(old - length * unit * part, 0.0)
                 for old, unit, part in zip(_parts(self.at), units, _parts(way), strict=True)]  # fmt: skip
        cell = np.minimum(moved[0], self._most)
        self.at = Prices(
            cell=np.rint(cell / self._grain) * self._grain, rows=moved[1], share=moved[2], port=moved[3],
            near=moved[4], shun=self._shun(moved[5]),
        )  # fmt: skip

    def _units(self) -> tuple[Floats, ...]:
        of = self.of
        typical = float(self._row_unit.mean()) if len(self._row_unit) else 1.0
        port = np.full_like(self.at.port, self._port_unit)
        harm = np.tile(of.harm[of.shuns.cols].astype(np.float64), (of.years, 1)) * of.year_worth[:, None]
        near = np.full_like(self.at.near, self._port_unit)
        return self._most, self._row_unit**2, np.full(len(of.shares), typical), port, near, harm

    def _slope(self, now: Relaxed) -> Prices:
        """How the bound changes with each price: what is left over."""
        of = self.of
        seen, shun = np.zeros_like(self.at.cell), np.zeros_like(self.at.shun)
        for t in range(of.years):
            cameras = np.flatnonzero(now.year <= t)
            seen[t] = np.bincount(pairs(of.sees, cameras)[1], minlength=of.columns)
            if len(of.harm):
                shun[t] = np.where(now.year[self._pair_camera] <= t, -1.0, 0.0)
        for worth in of.worth:
            seen -= np.multiply.outer(of.year_worth, worth) > self.at.cell
        built = site_years(of, now.year)
        share = [float((built[one.members] <= one.by).sum()) - one.least for one in of.shares]
        port, near = np.zeros_like(self.at.port), np.zeros_like(self.at.near)
        if of.hubs is not None:
            port = now.ports - (built[None, :] <= np.arange(of.years)[:, None])
            near = self._near_slope(now)
        return Prices(
            cell=seen, rows=self.money.given - self._used(now), share=np.array(share, dtype=np.float64), port=port,
            near=near, shun=shun,
        )  # fmt: skip

    def _near_slope(self, now: Relaxed) -> Floats:
        """Only villages that pay for a hub near them have such a price."""
        of, found = self.of, self.money.openings
        village, hub = self.money.hubs_near
        near = np.zeros_like(self.at.near)
        if found is None or not near.size:
            return near
        rents = np.zeros(of.villages, dtype=bool)
        rents[found.rented[found.rented >= 0]] = True
        for t in range(of.years):
            opened = np.bincount(village, weights=now.hubs[hub] <= t, minlength=of.villages)
            near[t] = np.where(rents, opened - (now.near <= t), 0.0)
        return near

    def _used(self, now: Relaxed) -> Floats:
        of, money = self.of, self.money
        built = now.built
        used = np.zeros(len(of.rows))
        for purse, when, build, yearly in (
            (of.purse, built, of.build, of.yearly),
            (of.purse[of.site], now.year, of.camera_build, of.camera_yearly),
            *([(of.hubs.purse, now.hubs, of.hubs.cost, of.hubs.yearly)] if of.hubs is not None else []),
        ):
            some = np.flatnonzero(when < of.years)
            c, t = purse[some], when[some]
            used += money.builds[:, c, t] @ build[some] + money.upkeeps[:, c, t] @ yearly[some]
        return used

    def _shun(self, shun: Floats) -> Floats:
        """The prices of a shunned column add up to no more than its harm."""
        of = self.of
        if not len(of.harm):
            return shun
        fitted = np.empty_like(shun)
        for t in range(of.years):
            most = (of.harm * of.year_worth[t]).astype(np.float64)
            sums = np.bincount(of.shuns.cols, weights=shun[t], minlength=len(of.harm))
            fitted[t] = shun[t] * np.minimum(1.0, most / np.maximum(sums, 1e-300))[of.shuns.cols]
        return fitted


def _price_of_a_port(of: Problem, money: Money, prices: Prices) -> float:
    """What a port costs in a year at these prices when its hub is full; the measure of a port's price."""
    if of.hubs is None:
        return 1.0
    build, upkeep = (np.tensordot(prices.rows, part, axes=1)[:, 0] for part in (money.builds, money.upkeeps))
    hub = of.hubs.cost * build[of.hubs.purse] + of.hubs.yearly * upkeep[of.hubs.purse]
    return max(float(hub.sum()) / max(int(of.hubs.ports.sum()), 1) / of.years, 1e-9)


def _parts(prices: Prices) -> tuple[Floats, ...]:
    return prices.cell, prices.rows, prices.share, prices.port, prices.near, prices.shun


def _mixed(slope: Prices, before: Prices) -> Prices:
    mixed = [(1 - _MEMORY) * new + _MEMORY * old for new, old in zip(_parts(slope), _parts(before), strict=True)]
    return replace(slope, cell=mixed[0], rows=mixed[1], share=mixed[2], port=mixed[3], near=mixed[4], shun=mixed[5])
