"""Fill a draft: year by year, what gives most for its price, until nothing fits.

A site that is not built is judged with the cameras that make it worth most for its price, so a dear pole
with four good cameras is not beaten by a cheap one with a poor camera. Gains are kept up to date only
where something changed. Invariant: with the same prices and the same luck, the same plan.
"""

from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.solver.draft import Draft
from ronda.planning.solver.problem import Bools, pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What guides a fill: prices of building and running [C, T + 1], and luck by camera."""

    build: Floats
    upkeep: Floats
    luck: Floats
    port: Floats  # [T + 1, S] price of a port from a year on
    open_by: Floats | None = None  # [T, H] how surely a hub will be open by a year


def fill(draft: Draft, taste: Taste, among: Ints | None = None) -> None:
    """Add to the draft until nothing fits; `among`: only these cameras."""
    cameras = np.arange(draft.of.cameras) if among is None else among
    for year in range(draft.of.years):
        _Year(draft, taste, year, cameras).run()


class _Year:
    """One year of a fill."""

    def __init__(self, draft: Draft, taste: Taste, year: int, among: Ints) -> None:
        self.draft, self.taste, self.year = draft, taste, year
        of = draft.of
        self.gain = draft.gains(year)
        self.score = np.full(of.cameras, -1.0)
        self.open = np.zeros(of.cameras, dtype=bool)
        self.open[among] = True
        self.open &= (draft.year > year) & ~of.banned[of.site]
        if of.lone:
            self.open &= draft.built[of.site] >= draft.year
        self._close_full()
        self._rate(np.arange(of.sites))

    def run(self) -> None:
        draft, of = self.draft, self.draft.of
        while True:
            best = int(np.argmax(self.score))
            if self.score[best] <= 0.0:
                return
            if not draft.fits_one(best, self.year):
                self._close_unfit()
                continue
            self._put(best)
            if of.cap is not None and len(of.due):
                self._close_full()

    def _put(self, camera: int) -> None:
        draft, of, year = self.draft, self.draft.of, self.year
        columns = of.sees.row(camera)
        before = draft.left(columns, year)
        harm = of.shuns.row(camera)
        harm = harm[draft.harmed[harm] > year]
        moved = draft.harmed[harm]
        stood = draft.built[of.site[camera]] <= year
        draft.put(camera, year)
        self.open[camera] = False
        changed = [np.array([of.site[camera]])]
        lost = before - draft.left(columns, year)
        some = np.flatnonzero(lost)
        if len(some):
            number, others = pairs(of.by_column, columns[some])
            np.subtract.at(self.gain, others, lost[some][number])
            changed.append(of.site[others])
        if len(harm):
            self._spare(harm, moved, changed)
        if of.lone:
            site = int(of.site[camera])
            self.open[int(of.first_camera[site]) : int(of.first_camera[site + 1])] = False
        elif not stood:  # its site stands now: what was too dear with the pole may fit without
            fan = draft.ground.fans[of.site[camera]]
            fan = fan[fan >= 0]
            self.open[fan] = draft.year[fan] > year
        self._rate(np.unique(np.concatenate(changed)))

    def _spare(self, harm: Ints, moved: Ints, changed: list[Ints]) -> None:
        """Others lose nothing more by seeing what is seen already."""
        of, from_on = self.draft.of, self.draft.ground.from_on
        spared = of.harm[harm] * (from_on[self.year] - from_on[moved])
        row = np.repeat(np.arange(of.cameras), np.diff(of.shuns.start))
        for column, amount in zip(harm, spared, strict=True):
            others = row[of.shuns.cols == column]
            self.gain[others] += amount
            changed.append(of.site[others])

    def _rate(self, sites: Ints) -> None:
        """Scores of all cameras of these sites."""
        draft = self.draft
        fan = draft.ground.fans[sites]
        real = fan >= 0
        cameras = np.where(real, fan, 0)
        flat = cameras.ravel()
        price, pole = draft.price(self.taste.build, self.taste.upkeep, flat, self.year)
        price, pole = np.maximum(price.reshape(fan.shape), 1e-9), pole.reshape(fan.shape)[:, 0]
        pole = pole + np.where(draft.built[sites] > self.year, self.taste.port[self.year, sites], 0.0)
        useful = real & self.open[cameras] & (self.gain[cameras] > 0)
        gain = np.where(useful, self.gain[cameras] * self.taste.luck[cameras], 0.0)
        ratio = np.where(useful, gain / price, -1.0)
        score = ratio.copy()
        new = draft.built[sites] > self.year
        if new.any() and draft.of.lone:
            score[new] = np.where(useful[new], gain[new] / (price[new] + pole[new, None]), -1.0)
        elif new.any():
            order = np.argsort(-ratio[new], axis=1, kind="stable")
            sums = np.cumsum(np.take_along_axis(gain[new], order, axis=1), axis=1)
            costs = np.cumsum(np.take_along_axis(np.where(useful, price, 0.0)[new], order, axis=1), axis=1)
            best = (sums / np.maximum(costs + pole[new, None], 1e-9)).max(axis=1)
            first = order[:, 0]
            whole = np.full(order.shape, -1.0)
            whole[np.arange(len(order)), first] = best
            score[new] = np.where(ratio[new].max(axis=1)[:, None] > 0, whole, -1.0)
        self.score[cameras[real]] = score[real]

    def _close_unfit(self) -> None:
        some = np.flatnonzero(self.open)
        unfit = some[~self.draft.fits(some, self.year)]
        self.open[unfit] = False
        self._rate(np.unique(self.draft.of.site[unfit]))

    def _close_full(self) -> None:
        """Villages that have as many as they may before every village has one."""
        closed = full(self.draft, self.year)
        if closed is None:
            return
        of = self.draft.of
        some = np.flatnonzero(self.open & closed[of.site])
        if len(some):
            self.open[some] = False
            if (self.score[some] > 0).any():
                self._rate(np.unique(of.site[some]))


def full(draft: Draft, year: int) -> Bools | None:
    """[S] sites that may not be built in `year`: their village has its cap; None when the cap does not bind."""
    of = draft.of
    if of.cap is None or not len(of.due):
        return None
    inside = of.village >= 0
    first = np.where(of.due < 0, -1, of.years)
    np.minimum.at(first, of.village[inside], draft.built[inside])
    served = int(first.max())
    if year >= served:
        return None
    early = inside & (draft.built < served)
    counts = np.bincount(of.village[early], minlength=len(of.due))
    return np.asarray(inside & ~early & (counts[of.village] >= of.cap))
