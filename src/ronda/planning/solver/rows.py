"""The rows of the mixed integer program: one method a rule, each absent when its rule is.

Decides how a rule is written, not what it says: `problem.excess` says that.
"""

from typing import TYPE_CHECKING

import highspy
import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.solver.problem import hubs_near

if TYPE_CHECKING:
    from ronda.planning.solver.program import Program

_INF = highspy.kHighsInf


class Lines:
    """Collects rows as triplets with their limits."""

    def __init__(self, program: "Program") -> None:
        self.p, self.of = program, program.of
        self.low: list[float] = []
        self.high: list[float] = []
        self.money_line, self.money_given = 0, list[float]()
        self._parts: list[tuple[Ints, Ints, Floats]] = []

    def triplets(self) -> tuple[Ints, Ints, Floats]:
        if not self._parts:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
        row, col, value = (np.concatenate([part[i] for part in self._parts]) for i in range(3))
        return row.astype(np.int64), col.astype(np.int64), value

    def all(self) -> "Lines":
        self._once()
        self._poles()
        self._columns()
        self._shunned()
        self._money()
        self._villages()
        self._shares()
        self._hubs()
        return self

    def _line(self, col: Ints, value: "Floats | float", low: float, high: float) -> None:
        values = np.full(len(col), value) if isinstance(value, float) else value
        self._parts.append((np.full(len(col), len(self.low)), np.asarray(col), values))
        self.low.append(low)
        self.high.append(high)

    def _block(self, row: Ints, col: Ints, value: Floats) -> None:
        self._parts.append((row + len(self.low), col, value))

    def _end(self, rows: int, low: float, high: float) -> None:
        self.low += [low] * rows
        self.high += [high] * rows

    def _sites(self) -> Ints:
        return np.arange(len(self.p.xs)) + self.p.x0

    def _once(self) -> None:
        """A site, and a camera, is built once; promised and sure sites are."""
        p, of = self.p, self.of
        sites, number = np.unique(p.xs, return_inverse=True)
        if not p.single:
            cameras, which = np.unique(p.k, return_inverse=True)
            self._block(which, np.arange(p.ys), np.ones(p.ys))
            self._end(len(cameras), -_INF, 1.0)
        self._block(number, self._sites(), np.ones(len(number)))
        self.low += [1.0 if of.must[s] < of.years or p.sure[s] else -_INF for s in sites]
        self.high += [1.0] * len(sites)
        missing = np.setdiff1d(np.flatnonzero(of.must < of.years), sites)
        for _site in missing:
            self._line(np.zeros(0, dtype=np.int64), 1.0, 1.0, _INF)  # left out, yet promised: no plan

    def _poles(self) -> None:
        """No camera without its site; a site is built in the year of its first camera."""
        p, of = self.p, self.of
        if p.single:
            return
        number = {(int(s), int(t)): i for i, (s, t) in enumerate(zip(p.xs, p.xt, strict=True))}
        site = of.site[p.k]
        x_of = np.array([number[int(s), int(t)] for s, t in zip(site, p.t, strict=True)], dtype=np.int64)
        self._block(np.arange(len(p.xs)), self._sites(), np.ones(len(p.xs)))
        self._block(x_of, np.arange(p.ys), -np.ones(p.ys))
        self._end(len(p.xs), 0.0 if of.lone else -_INF, 0.0)
        if of.lone:
            return
        first = np.searchsorted(p.k, p.k)
        starts = np.searchsorted(p.xs, site)
        ends = np.searchsorted(p.xs, site, side="right")
        rows, cols, values = [], [], []
        for line in range(p.ys):
            mine = np.arange(first[line], line + 1)
            poles = np.arange(starts[line], ends[line])
            poles = p.x0 + poles[p.xt[poles] <= p.t[line]]
            rows += [np.full(len(mine) + len(poles), line)]
            cols += [mine, poles]
            values += [np.ones(len(mine)), -np.ones(len(poles))]
        if rows:
            self._block(np.concatenate(rows), np.concatenate(cols), np.concatenate(values))
        self._end(p.ys, -_INF, 0.0)

    def _columns(self) -> None:
        """A column is seen at most as often as sites see it."""
        p, of = self.p, self.of
        seers, columns = p.worth.shape
        starts, ends = np.searchsorted(p.k, p.pair_camera), np.searchsorted(p.k, p.pair_camera, side="right")
        length = ends - starts
        pair = np.repeat(np.arange(len(starts)), length)
        y = np.repeat(starts, length) + np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
        for t in range(of.years):
            some = p.t[y] <= t
            self._block(p.pair_column[pair[some]], y[some], -np.ones(int(some.sum())))
            for n in range(seers):
                at = p.z0 + (n * of.years + t) * columns
                self._block(np.arange(columns), at + np.arange(columns), np.ones(columns))
            self._end(columns, -_INF, 0.0)
        if seers > 1:
            self._once_a_site(pair, y)

    def _once_a_site(self, pair: Ints, y: Ints) -> None:
        """Two cameras of one site count once: the second seer needs another site. Cut by site where it matters."""
        p, of = self.p, self.of
        seers, columns = p.worth.shape
        site = of.site[p.pair_camera]
        key = p.pair_column * of.sites + site
        twice = np.unique(key)[np.bincount(np.unique(key, return_inverse=True)[1]) > 1]
        for one in twice:
            column, home = int(one // of.sites), int(one % of.sites)
            others = np.flatnonzero((p.pair_column[pair] == column) & (site[pair] != home))
            for t in range(of.years):
                # seen n times needs n - 1 other sites than this one, whichever this one is
                z = [p.z0 + (n * of.years + t) * columns + column for n in range(1, seers)]
                some = y[others][p.t[y[others]] <= t]
                col = np.concatenate([z, some]).astype(np.int64)
                self._line(col, np.concatenate([np.ones(len(z)), -np.ones(len(some))]), -_INF, 0.0)

    def _shunned(self) -> None:
        p, of = self.p, self.of
        for line, (k, t) in enumerate(zip(p.k, p.t, strict=True)):
            shunned = of.shuns.row(int(k))
            if not len(shunned):
                continue
            for later in range(int(t), of.years):
                rows = np.arange(len(shunned))
                self._block(rows, np.full(len(rows), line), np.ones(len(rows)))
                self._block(rows, p.h0 + later * len(of.harm) + shunned, -np.ones(len(rows)))
                self._end(len(rows), -_INF, 0.0)

    def _money(self) -> None:
        p, of = self.p, self.of
        self.money_line = len(self.low)
        for row in of.rows:
            upkeep = np.cumsum(row.upkeeps[:, ::-1].astype(np.int64), axis=1)[:, ::-1]
            cost = np.zeros(p.size)
            purse = of.purse[of.site[p.k]]
            cost[: p.ys] += (
                of.camera_build[p.k] * row.builds[purse, p.t] + of.camera_yearly[p.k] * upkeep[purse, p.t]
            )
            purse = of.purse[p.xs]
            cost[self._sites()] += of.build[p.xs] * row.builds[purse, p.xt] + of.yearly[p.xs] * upkeep[purse, p.xt]
            if of.hubs is not None:
                t, h = np.divmod(np.arange(of.years * len(of.hubs.cost)), len(of.hubs.cost))
                purse = of.hubs.purse[h]
                cost[p.l0 + len(p.link_site) :] = (
                    of.hubs.cost[h] * row.builds[purse, t] + of.hubs.yearly[h] * upkeep[purse, t]
                )
            some = np.flatnonzero(cost)
            unit = max(float(np.abs(cost).max(initial=1.0)) / 1000.0, 1.0)
            self.money_given.append(row.given / unit)
            self._line(some, cost[some] / unit, -_INF, row.given / unit)

    def _villages(self) -> None:
        p, of = self.p, self.of
        village = of.village[p.xs]
        for v in map(int, np.flatnonzero((of.due >= 0) & (of.due < of.years))):
            self._line(p.x0 + np.flatnonzero((village == v) & (p.xt <= of.due[v])), 1.0, 1.0, _INF)
        if not p.capped:
            return
        for v in range(len(of.due)):
            mine = np.flatnonzero(village == v)
            for t in range(of.years):
                early = p.x0 + mine[p.xt[mine] <= t]
                if of.due[v] >= 0:
                    col, value = np.append(early, p.u0 + t), np.append(np.ones(len(early)), -1.0)
                    self._line(col, value, 0.0, _INF)
                more = float(max(len(np.unique(p.xs[mine])) - (of.cap or 0), 0))
                if more:
                    col, value = np.append(early, p.u0 + t), np.append(np.ones(len(early)), -more)
                    self._line(col, value, -_INF, float(of.cap or 0))

    def _shares(self) -> None:
        p = self.p
        for share in self.of.shares:
            some = np.flatnonzero(share.members[p.xs] & (p.xt <= share.by))
            self._line(p.x0 + some, 1.0, float(share.least), _INF)

    def _hubs(self) -> None:
        p, of = self.p, self.of
        if of.hubs is None:
            return
        count, links = len(of.hubs.cost), len(p.link_site)
        hub0 = p.l0 + links
        village, near = hubs_near(of)  # follows from the other rows, but not from halves of them
        dated = np.flatnonzero((of.due >= 0) & (of.due < of.years))
        for v in np.intersect1d(village, dated):
            opens = near[village == v][:, None] + count * np.arange(of.due[v] + 1)[None, :]
            self._line(hub0 + opens.ravel(), 1.0, 1.0, _INF)
        for h in range(count):
            self._line(hub0 + h + count * np.arange(of.years), 1.0, -_INF, 1.0)
            self._line(p.l0 + np.flatnonzero(p.link_hub == h), 1.0, -_INF, float(of.hubs.ports[h]))
        for s in np.unique(p.xs):
            mine = np.flatnonzero(p.xs == s)
            linked = np.flatnonzero(p.link_site == s)
            col = np.concatenate([p.x0 + mine, p.l0 + linked])
            self._line(col, np.concatenate([np.ones(len(mine)), -np.ones(len(linked))]), 0.0, 0.0)
            for link in linked:
                for t in range(of.years):  # linked and built by t: the hub is open by t
                    early = p.x0 + mine[p.xt[mine] <= t]
                    opens = hub0 + p.link_hub[link] + count * np.arange(t + 1)
                    col = np.concatenate([early, [p.l0 + link], opens])
                    value = np.concatenate([np.ones(len(early) + 1), -np.ones(len(opens))])
                    self._line(col, value, -_INF, 1.0)
