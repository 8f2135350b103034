"""The whole model, or a restricted one, as a mixed integer program for HiGHS.

Variables: `y[s, b]` = point s is built in year b, for the years that are kept; `z[t, j]` in [0, 1] =
shared column j is seen in year t, for the columns that a kept point can see. Rows: cover, one year a
point, promises, money, general money, running cost. The columns of one point need no `z`.

Decides nothing about what to keep: with everything kept the bound is that of the whole problem; with
years left out that cannot be in a better plan (`solve`), too. Values are recomputed by the caller.
"""

import math
from dataclasses import dataclass

import highspy
import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.highs import FEASIBLE, new_solver
from ronda.planning.instance import Bools, Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`year` None: no plan was found. `bound`: of the model that was given."""

    year: Ints | None
    bound: float
    optimal: bool


def solve_exact(of: Instance, *, kept: Bools, start: Ints | None, longest_s: float, gap: float = 0.0) -> Answer:
    """kept[T, S]: the years in which a point may be built. `start` must lie inside `kept`."""
    model = _Model(of, kept)
    answer = _run(model, start, longest_s, gap)
    if start is not None and answer.contradicts(gap):
        # Seen with HiGHS 1.16: presolve may take a start for another point; it then comes back as optimal
        # with an objective that its own values do not have. So values are counted here.
        answer = _run(model, None, longest_s, gap)
    return Answer(year=answer.year, bound=answer.bound, optimal=answer.optimal)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    year: Ints | None
    value: float
    bound: float
    optimal: bool

    def contradicts(self, gap: float) -> bool:
        """Called optimal, and yet further from the bound than was asked for?"""
        return self.optimal and self.value < self.bound - max(1.0, gap * abs(self.bound)) - 1e-6


def _run(model: "_Model", start: Ints | None, longest_s: float, gap: float) -> _Run:
    highs = new_solver({"time_limit": float(longest_s), "mip_rel_gap": float(gap), "mip_abs_gap": 0.5})
    lp = model.lp()
    highs.passModel(lp)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(model.point_of(start))
        highs.setSolution(solution)
    highs.run()
    info = highs.getInfo()
    year, found = None, -math.inf
    if info.primal_solution_status == FEASIBLE:
        values = np.array(highs.getSolution().col_value)
        year, found = model.years_of(values), float(np.array(lp.col_cost_) @ values)
    optimal = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return _Run(year=year, value=found, bound=float(info.mip_dual_bound), optimal=bool(optimal))


class _Model:
    """Numbers the variables and writes the sparse matrix row by row."""

    def __init__(self, of: Instance, kept: Bools) -> None:
        self._of = of
        self._year, self._point = np.nonzero(kept)  # by year, then point
        self._y = len(self._point)
        seen = np.zeros(len(of.weight), dtype=bool)
        for point in np.unique(self._point):
            seen[of.shared.row(int(point))] = True
        self._columns = np.flatnonzero(seen)
        self._column_number = np.full(len(of.weight), -1, dtype=np.int64)
        self._column_number[self._columns] = np.arange(len(self._columns))
        self._size = self._y + of.years * len(self._columns)

    def lp(self) -> highspy.HighsLp:
        of = self._of
        lp = highspy.HighsLp()
        lp.num_col_ = self._size
        cost = np.concatenate(
            [
                (of.own[self._point] * (of.years - self._year)).astype(np.float64),
                np.tile(of.weight[self._columns].astype(np.float64), of.years),
            ]
        )
        lp.col_cost_, lp.sense_ = cost, highspy.ObjSense.kMaximize
        lp.col_lower_, lp.col_upper_ = np.zeros(self._size), np.ones(self._size)
        integral = [highspy.HighsVarType.kInteger] * self._y
        lp.integrality_ = integral + [highspy.HighsVarType.kContinuous] * (self._size - self._y)
        rows, low, high = self._rows()
        lp.num_row_ = len(low)
        lp.row_lower_, lp.row_upper_ = np.array(low), np.array(high)
        row = np.concatenate([part[0] for part in rows])
        col = np.concatenate([part[1] for part in rows])
        value = np.concatenate([part[2] for part in rows])
        order = np.lexsort((col, row))
        start = np.zeros(len(low) + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=len(low)), out=start[1:])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = start, col[order]
        lp.a_matrix_.value_ = value[order]
        return lp

    def _rows(self) -> tuple[list[tuple[Ints, Ints, Floats]], list[float], list[float]]:
        of, years, columns = self._of, self._of.years, len(self._columns)
        parts: list[tuple[Ints, Ints, Floats]] = []
        low: list[float] = []
        high: list[float] = []
        inf = highspy.kHighsInf
        # one year a point, and its promise
        points = np.unique(self._point)
        number = np.searchsorted(points, self._point)
        parts.append((number, np.arange(self._y), np.ones(self._y)))
        low += [1.0 if of.must[point] < years else 0.0 for point in points]
        high += [1.0] * len(points)
        # z[t, j] - sum of y[s, b <= t] that see j <= 0
        first = len(low)
        zs = np.arange(years * columns)
        parts.append((first + zs, self._y + zs, np.ones(len(zs))))
        for t in range(years):
            early = np.flatnonzero(self._year <= t)
            starts, ends = of.shared.start[self._point[early]], of.shared.start[self._point[early] + 1]
            lengths = ends - starts
            inside = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            column = self._column_number[of.shared.cols[np.repeat(starts, lengths) + inside]]
            parts.append((first + t * columns + column, np.repeat(early, lengths), -np.ones(len(column))))
        low += [-inf] * (years * columns)
        high += [0.0] * (years * columns)
        # money in millions, so that numbers stay near one
        for share, given, builds in (
            (np.ones(of.points), of.money, True),
            ((~of.village).astype(np.float64), of.general, True),
            (np.ones(of.points), of.running, False),
        ):
            for t in range(years):
                cost = self._cost(share, t, builds)
                some = np.flatnonzero(cost)
                parts.append((np.full(len(some), len(low)), some, cost[some] / 1e6))
                low.append(-inf)
                high.append(float(given[t]) / 1e6)
        return parts, low, high

    def _cost(self, share: Floats, t: int, builds: bool) -> Floats:
        of = self._of
        cost = of.yearly[self._point] * (self._year <= t)
        if builds:
            cost = cost + of.build[self._point] * (self._year == t)
        return np.asarray(cost * share[self._point])

    def point_of(self, year: Ints) -> Floats:
        """A plan as values of all variables."""
        of = self._of
        values = np.zeros(self._size)
        values[: self._y] = year[self._point] == self._year
        first = np.full(len(of.weight), of.years, dtype=np.int64)
        for point in np.flatnonzero(year < of.years):
            seen = of.shared.row(int(point))
            first[seen] = np.minimum(first[seen], year[point])
        for t in range(of.years):
            at = self._y + t * len(self._columns)
            values[at : at + len(self._columns)] = first[self._columns] <= t
        return values

    def relaxation(self, values: Floats, duals: Floats) -> "Relaxation":
        of = self._of
        wish = np.zeros((of.years, of.points))
        wish[self._year, self._point] = values[: self._y]
        first = len(np.unique(self._point))
        size = of.years * len(self._columns)
        cell = np.zeros((of.years, len(of.weight)))
        cell[:, self._columns] = duals[first : first + size].reshape(of.years, len(self._columns))
        rows = duals[first + size :].reshape(3, of.years) / 1e6
        cell = np.clip(cell, 0.0, of.weight[None, :].astype(np.float64))
        return Relaxation(wish=wish, cell=cell, money=rows[0], general=rows[1], running=rows[2])

    def years_of(self, values: Floats) -> Ints:
        year = np.full(self._of.points, self._of.years, dtype=np.int64)
        for number in np.flatnonzero(values[: self._y] > 0.5):
            year[self._point[number]] = self._year[number]
        return year


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """The linear relaxation: how much of each point is built when (`wish[T, S]`), and its prices."""

    wish: Floats
    cell: Floats
    money: Floats
    general: Floats
    running: Floats


class RelaxationSolver:
    """The linear relaxation of one instance, kept warm: another budget starts from the last basis.

    Not for two threads at once.
    """

    def __init__(self, of: Instance) -> None:
        self._of = of
        self._model = _Model(of, allowed(of))
        lp = self._model.lp()
        lp.integrality_ = []
        self._rows = lp.num_row_
        self._highs = new_solver({})
        self._highs.passModel(lp)

    def solve(self, money: Floats, general: Floats, running: Floats, *, longest_s: float) -> Relaxation | None:
        """None when the time did not suffice, or when even fractions of points cannot keep the promises."""
        first = self._rows - 3 * self._of.years
        for number, given in enumerate(np.concatenate([money, general, running]) / 1e6):
            self._highs.changeRowBounds(first + number, -highspy.kHighsInf, float(given))
        # The limit counts from the first run of this solver on.
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + longest_s)
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        found = self._highs.getSolution()
        return self._model.relaxation(np.array(found.col_value), np.abs(np.array(found.row_dual)))


def allowed(of: Instance) -> Bools:
    """The years in which each point may be built: a promise ends them, a ban empties them."""
    return np.asarray((np.arange(of.years)[:, None] <= of.must[None, :]) & ~of.banned[None, :])
