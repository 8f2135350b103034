"""A plan of another budget made to fit this one: what is least worth for its money waits, shrinks or goes.

Each step moves one camera to a later year or to never, or (where a site takes one set of cameras) to another
set of its site, until no row is exceeded. What a step loses is counted, what it frees is judged at the prices
of the rows. Promises stay kept: sites that must stand, and the first site of each village, do not go.
Invariant: no step makes any excess larger, so the steps end.
"""

from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.solver.draft import Ground
from ronda.planning.solver.prices import Prices
from ronda.planning.solver.problem import Bools, Row, pairs, site_years, used_of


def shrunk(ground: Ground, before: Ints, prices: Prices) -> Ints | None:
    """Years of the cameras, within every row of money; None where steps alone find no way, or with hubs."""
    if ground.of.hubs is not None:  # years alone do not say who is linked to which
        return None
    work = _Shrink(ground, before, prices)
    for year in range(ground.of.years - 1, 0, -1):
        while work.crowded(year):
            if not work.step(year, earlier=True):
                break
    while (work.room < 0).any():
        if not work.step(int(work.row_year[work.room < 0].min()), earlier=False):
            return None
    return work.year


_AT_ONCE = 8  # moves that are taken from one account of all


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moves:
    """Camera `gone` leaves its year, `comes` of its site stands from `when` on (T: never); what that loses."""

    gone: Ints
    comes: Ints
    when: Ints
    loss: Floats


def _year_of(row: Row) -> int:
    """The last year that counts in it."""
    return int(np.flatnonzero((row.builds | row.upkeeps).any(axis=0)).max(initial=0))


class _Shrink:
    """One plan on its way down."""

    def __init__(self, ground: Ground, before: Ints, prices: Prices) -> None:
        self.ground, self.of, self.year = ground, ground.of, before.copy()
        self.price = prices.rows + 1e-6 * prices.rows.max(initial=0.0) + 1e-12
        self.room = ground.money.given - np.array(used_of(self.of, self.year), dtype=np.float64)
        self.row_year = np.array([_year_of(row) for row in self.of.rows], dtype=np.int64)
        self.last = self._last()

    def crowded(self, year: int) -> bool:
        """Is some row of a year short even without what nobody promised in it?"""
        some = np.flatnonzero(self.year == year)
        some = some[~self._promised()[some]]
        free = self._cost(some, self.year[some]).sum(axis=1)
        return bool(((self.room + free < 0) & (self.row_year == year)).any())

    def step(self, year: int, *, earlier: bool) -> bool:
        """The move that loses least for what it brings back in the rows up to `year`; False when none is left.

        earlier  promised sites move to years before, which may be short then; otherwise all but those
        """
        due = self.row_year == year if earlier else self.row_year <= year
        moves = self._moves(year if earlier else None)
        frees = self._cost(moves.gone, self.year[moves.gone]) - self._cost(moves.comes, moves.when)
        short = np.where(due, np.maximum(-self.room, 0.0), 0.0)[:, None]
        helps = self.price @ np.clip(frees, 0.0, short)
        adds = self.price @ np.maximum(-frees, 0.0)
        allowed = (helps > 0) & self._allows(frees, due)
        score = (np.maximum(moves.loss, 0.0) + adds) / np.maximum(helps, 1e-300)
        some = np.flatnonzero(allowed)
        best = some[np.lexsort((-helps[some], score[some]))][:_AT_ONCE]
        return self._take(moves, frees, best, due)

    def _allows(self, frees: Floats, due: Bools) -> Bools:
        """Rows that are to be kept now are not exceeded further."""
        room = np.where(due, np.maximum(self.room, 0.0), np.inf)
        return np.asarray((frees >= -room[:, None]).all(axis=0))

    def _take(self, moves: _Moves, frees: Floats, best: Ints, due: Bools) -> bool:
        """The first of these, and those after it whose worth the ones before did not touch."""
        of, touched, sites = self.of, np.zeros(self.of.columns, dtype=bool), set[int]()
        for at in best.tolist():
            gone, comes = int(moves.gone[at]), int(moves.comes[at])
            columns = np.concatenate([of.sees.row(gone), of.sees.row(comes)])
            if int(of.site[gone]) in sites or touched[columns].any():
                continue
            still = (self.room < 0) & due
            if not (still & (frees[:, at] > 0)).any() or not self._allows(frees[:, [at]], due)[0]:
                continue
            self.year[gone] = of.years
            self.year[comes] = moves.when[at]
            self.room = self.room + frees[:, at]
            touched[columns] = True
            sites.add(int(of.site[gone]))
        return bool(sites)

    def _last(self) -> Ints:
        """[S] the latest year in which a site may stand: of promised ones, and of the first of each village."""
        of = self.of
        last, built = of.must.copy(), site_years(of, self.year)
        inside = np.flatnonzero((of.village >= 0) & (built < of.years))
        order = inside[np.lexsort((inside, built[inside], of.village[inside]))]
        _villages, first = np.unique(of.village[order], return_index=True)
        bound = order[first]
        if len(of.due):
            due = of.due[of.village[bound]]
            last[bound] = np.minimum(last[bound], np.where(due < 0, of.years, np.maximum(due, built[bound])))
            if of.cap is not None:
                last[bound] = np.minimum(last[bound], built[bound])
        for share in of.shares:
            some = share.members & (built <= share.by)
            last[some] = np.minimum(last[some], share.by)
        return last

    def _moves(self, crowded: int | None) -> _Moves:
        of = self.of
        stands = np.flatnonzero(self.year < of.years)
        gone, comes = self._choices(stands)
        now = self._gain(stands, stands)[np.arange(len(stands)), self.year[stands]]
        loss = now[np.searchsorted(stands, gone)][:, None] - self._gain(gone, comes)
        years = np.arange(of.years + 1)[None, :]
        since, promised = self.year[gone][:, None], self._promised()[gone][:, None]
        same = (gone == comes)[:, None]
        if crowded is not None:
            some = (since == crowded) & (years < since) & promised & same
        else:
            later = (years > since) & ~promised & (same | (years < of.years))
            some = later | ((years == since) & ~same)
        pair, when = np.nonzero(some)
        return _Moves(gone=gone[pair], comes=comes[pair], when=when, loss=loss[pair, when])

    def _promised(self) -> Bools:
        """[K] cameras that a promise rests on: the first of a site that must stand."""
        of = self.of
        stands = np.flatnonzero((self.year < of.years) & (self.last[of.site] < of.years))
        order = stands[np.lexsort((stands, self.year[stands], of.site[stands]))]
        promised = np.zeros(of.cameras, dtype=bool)
        promised[order[np.diff(of.site[order], prepend=-1) > 0]] = True
        return promised

    def _choices(self, stands: Ints) -> tuple[Ints, Ints]:
        """Each camera that stands with what may stand instead: itself, or any set of its site."""
        of = self.of
        if not of.lone:
            return stands, stands
        first, count = of.first_camera[of.site[stands]], np.diff(of.first_camera)[of.site[stands]]
        number = np.repeat(np.arange(len(stands)), count)
        inside = np.arange(len(number)) - np.repeat(np.cumsum(count) - count, count)
        return stands[number], first[number] + inside

    def _gain(self, gone: Ints, comes: Ints) -> Floats:
        """[n, T + 1] what `comes` would see from a year on that nobody but `gone` sees; first seers only."""
        of, from_on = self.of, self.ground.from_on.astype(np.float64)
        first, who, second = self._seers()
        number, column = pairs(of.sees, comes)
        other = np.where(who[column] == gone[number], second[column], first[column])
        gain = np.multiply.outer(of.own[comes].astype(np.float64), from_on)
        for t in range(of.years):
            more = of.worth[0, column] * np.maximum(from_on[t] - from_on[other], 0.0)
            gain[:, t] += np.bincount(number, weights=more, minlength=len(comes))
        return gain

    def _seers(self) -> tuple[Ints, Ints, Ints]:
        """By column: the first year in which somebody sees it, who, and when the next one does."""
        of = self.of
        stands = np.flatnonzero(self.year < of.years)
        number, column = pairs(of.sees, stands)
        camera = stands[number]
        order = np.lexsort((camera, self.year[camera], column))
        column, camera = column[order], camera[order]
        first = np.full(of.columns, of.years, dtype=np.int64)
        second, who = first.copy(), np.full(of.columns, -1, dtype=np.int64)
        starts = np.flatnonzero(np.diff(column, prepend=-1))
        first[column[starts]], who[column[starts]] = self.year[camera[starts]], camera[starts]
        after = starts + 1
        after = after[(after < len(column))]
        after = after[column[after] == column[after - 1]]
        second[column[after]] = self.year[camera[after]]
        return first, who, second

    def _cost(self, cameras: Ints, since: Ints) -> Floats:
        """[R, n] of a camera from a year on, with its site unless another camera stands there."""
        of, ground = self.of, self.ground
        site = of.site[cameras]
        purse = of.purse[site]
        several = np.bincount(of.site[self.year < of.years], minlength=of.sites)[site] > 1
        build = of.camera_build[cameras] + np.where(several, 0, of.build[site])
        yearly = of.camera_yearly[cameras] + np.where(several, 0, of.yearly[site])
        return np.asarray(ground.fixed[:, purse, since] * build + ground.running[:, purse, since] * yearly)
