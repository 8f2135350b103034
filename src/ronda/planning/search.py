"""Build a good plan: promises at the latest year that has room, then year by year what the prices want.

Invariant: after every step the plan keeps all rows, so any moment is a place to stop. A promise is
never dropped; it is only moved earlier, which frees money of its later year. This is why hot spots
can come first and the offices still stand in time.
"""

from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a rupiah is worth in each year, in weight-years: of all money, of general money, of running cost."""

    money: Floats
    general: Floats
    running: Floats

    def cost(self, instance: Instance, first: int, until: Ints) -> Floats:
        """Of building in year `first` and standing until before `until`, by point."""
        other = (~instance.village).astype(np.float64)
        each = self.money + self.running
        sums, general = _sums(each), _sums(self.general)
        upkeep = (sums[until] - sums[first]) + other * (general[until] - general[first])
        building = instance.build * (self.money[first] + other * self.general[first])
        return np.asarray(building + instance.yearly * upkeep)

    def refund(self, instance: Instance, year: Ints) -> Floats:
        """What building in `year` costs, given back when it moves; nothing for points that are not built."""
        other = (~instance.village).astype(np.float64)
        money, general = np.append(self.money, 0.0), np.append(self.general, 0.0)
        return np.asarray(instance.build * (money[year] + other * general[year]))


def _sums(values: Floats) -> Floats:
    return np.concatenate(([0.0], np.cumsum(values)))


class Draft:
    """A plan under construction, with the room that is left in each row."""

    def __init__(self, instance: Instance) -> None:
        self.of = instance
        self.year = np.full(instance.points, instance.years, dtype=np.int64)
        self.money = instance.money.copy()
        self.general = instance.general.copy()
        self.running = instance.running.copy()
        self.first = np.full(len(instance.weight), instance.years, dtype=np.int64)

    def copy(self) -> "Draft":
        other = Draft.__new__(Draft)
        other.of = self.of
        other.year, other.first = self.year.copy(), self.first.copy()
        other.money, other.general, other.running = self.money.copy(), self.general.copy(), self.running.copy()
        return other

    def value(self) -> int:
        built = self.year < self.of.years
        own = (self.of.own[built] * (self.of.years - self.year[built])).sum()
        return int(own + (self.of.weight * (self.of.years - self.first)).sum())

    def fits(self, point: int, year: int, kept: tuple[Floats, Floats]) -> bool:
        """Is there room for a point that is not built? `kept`: rupiah by year to leave free, all and general."""
        build, yearly = self.of.build[point], self.of.yearly[point]
        rooms = [self.money - kept[0]] if self.of.village[point] else [self.money - kept[0], self.general - kept[1]]
        if yearly + kept[0][year:].max() > self.running[year:].min() + 0.5:
            return False
        return all(build + yearly <= room[year] + 0.5 and yearly <= room[year:].min() + 0.5 for room in rooms)

    def put(self, point: int, year: int) -> None:
        """Build in `year`; a point that was to be built later moves."""
        self._spend(point, 1.0, self.year[point], -1.0, year)
        self.year[point] = year
        seen = self.of.shared.row(point)
        self.first[seen] = np.minimum(self.first[seen], year)

    def drop(self, point: int) -> None:
        self._spend(point, 1.0, self.year[point], 0.0, self.of.years)
        self.year[point] = self.of.years
        self._see_again(self.of.shared.row(point))

    def _spend(self, point: int, back: float, old: int, on: float, new: int) -> None:
        build, yearly = self.of.build[point], self.of.yearly[point]
        rows = (self.money,) if self.of.village[point] else (self.money, self.general)
        for row in rows:
            if old < self.of.years:
                row[old] += back * build
            row[old:] += back * yearly
            if on:
                row[new] += on * build
                row[new:] += on * yearly
        self.running[old:] += back * yearly
        if on:
            self.running[new:] += on * yearly

    def _see_again(self, columns: Ints) -> None:
        by = self.of.by_column
        for column in columns:
            self.first[column] = self.year[by.row(int(column))].min()

    def promise(self, spare: tuple[Floats, Floats] | None = None) -> list[int]:
        """Put every promised point into the latest year with room; gives those for which there is none.

        spare  rupiah by year, all and general, to leave free for the upkeep of points that come early
        Those still to be placed will stand in earlier years, so their upkeep is kept free as well.
        """
        of = self.of
        due = np.flatnonzero((of.must < of.years) & (self.year == of.years))
        upkeep, general = float(of.yearly[due].sum()), float(of.yearly[due[~of.village[due]]].sum())
        more, more_general = spare if spare is not None else (np.zeros(of.years), np.zeros(of.years))
        left: list[int] = []
        for point in map(int, due[np.lexsort((-of.build[due], -of.must[due]))]):
            upkeep -= of.yearly[point]
            general -= 0.0 if of.village[point] else of.yearly[point]
            kept = (more + upkeep, more_general + general)
            years = range(int(of.must[point]), -1, -1)
            year = next((t for t in years if self.fits(point, t, kept)), None)
            if year is None:
                left.append(point)
            else:
                self.put(point, year)
        return left

    def fill(self, prices: Prices, noise: Floats) -> None:
        """Year by year, what gives most for its price, until nothing fits."""
        for year in range(self.of.years):
            self._fill_year(year, prices, noise)

    def _fill_year(self, year: int, prices: Prices, noise: Floats) -> None:
        of = self.of
        waiting = np.flatnonzero((self.year > year) & ~of.banned)
        gain = self._gains(year)
        price = np.maximum(prices.cost(of, year, self.year), 1e-9)
        refund = prices.refund(of, self.year)
        build, yearly, village = of.build[waiting], of.yearly[waiting], of.village[waiting]
        until = self.year[waiting]
        price, refund, luck = price[waiting], refund[waiting], noise[waiting]
        open_ = np.ones(len(waiting), dtype=bool)
        while True:
            room = np.minimum.accumulate(
                np.concatenate(([np.inf], np.minimum(self.money, self.running)[year + 1 :]))
            )
            general = np.minimum.accumulate(np.concatenate(([np.inf], self.general[year + 1 :])))
            held = until - year - 1
            fits = open_ & (build + yearly <= self.money[year] + 0.5) & (yearly <= self.running[year] + 0.5)
            fits &= yearly <= room[held] + 0.5
            fits &= village | ((build + yearly <= self.general[year] + 0.5) & (yearly <= general[held] + 0.5))
            worth = gain[waiting]
            fits &= worth > 0
            if not fits.any():
                return
            best = int(np.argmax(np.where(fits, (worth + refund) / price * luck, -1.0)))
            point = int(waiting[best])
            self._see(point, year, gain)
            self.put(point, year)
            open_[best] = False

    def _gains(self, year: int) -> Floats:
        """What each point would add if built in `year`; for a promised one: if moved there."""
        of = self.of
        left = (of.weight * np.maximum(self.first - year, 0)).astype(np.float64)
        return of.own * np.maximum(self.year - year, 0) + row_sums(of, left)

    def _see(self, point: int, year: int, gain: Floats) -> None:
        """Take what `point` will see out of the gains of all who could have seen it."""
        of = self.of
        columns = of.shared.row(point)
        lost = of.weight[columns] * np.maximum(self.first[columns] - year, 0)
        by = of.by_column
        lengths = by.start[columns + 1] - by.start[columns]
        place = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        others = by.cols[np.repeat(by.start[columns], lengths) + place]
        np.subtract.at(gain, others, np.repeat(lost, lengths))


def row_sums(of: Instance, by_column: Floats) -> Floats:
    """Sum of a column value over what each point sees."""
    sums = np.zeros(of.points)
    starts, ends = of.shared.start[:-1], of.shared.start[1:]
    some = np.flatnonzero(ends > starts)
    if len(some):
        sums[some] = np.add.reduceat(by_column[of.shared.cols], starts[some])
    return sums


def squeezed(draft: Draft, point: int, prices: Prices) -> Draft | None:
    """The plan with `point` in it and as little else changed as possible; None when no room can be made.

    For each year that the point may have, points that nobody promised make room, the least worth for
    their money first; what is then free is filled again. The best year wins.
    """
    of = draft.of
    best: Draft | None = None
    nothing = (np.zeros(of.years), np.zeros(of.years))
    calm = np.ones(of.points)
    for year in range(min(int(of.must[point]), of.years - 1) + 1):
        trial = draft.copy()
        if trial.year[point] < of.years:
            trial.drop(point)
        while not trial.fits(point, year, nothing):
            cheapest = _least_worth(trial, year, point)
            if cheapest is None:
                break
            trial.drop(cheapest)
        else:
            trial.put(point, year)
            trial.fill(prices, calm)
            if best is None or trial.value() > best.value():
                best = trial
    return best


def _least_worth(draft: Draft, year: int, beside: int) -> int | None:
    """Of the unpromised points built in that year, the one whose loss is smallest for its money."""
    of = draft.of
    some = [int(p) for p in np.flatnonzero((draft.year == year) & (of.must >= of.years)) if p != beside]
    if not some:
        some = [int(p) for p in np.flatnonzero((draft.year < year) & (of.must >= of.years)) if p != beside]
    if not some:
        return None
    whole = draft.value()

    def loss(point: int) -> float:
        without = draft.copy()
        without.drop(point)
        return float((whole - without.value()) / max(of.build[point], 1.0))

    return min(some, key=lambda point: (loss(point), point))


def draft_of(instance: Instance, year: Ints) -> Draft:
    """A draft in which these points stand."""
    draft = Draft(instance)
    for point in np.flatnonzero(year < instance.years):
        draft.put(int(point), int(year[point]))
    return draft
