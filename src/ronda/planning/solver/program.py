"""The problem, or what is kept of it, as a mixed integer program for HiGHS.

Variables: `y` = this camera is built in that year, `x` = this site is (one and the same where a site has
one camera), `z` = this column is seen in that year by one more site, and some for villages, shunned
columns and hubs. Decides nothing about what to keep. Values are counted anew by the caller: HiGHS was
seen to hand a start back as optimal with an objective that its values do not have.
"""

import math
from dataclasses import dataclass

import highspy
import numpy as np

from ronda.planning.cover import Cover, Floats, Ints, turned
from ronda.planning.highs import FEASIBLE, new_solver
from ronda.planning.solver.columns import grouped
from ronda.planning.solver.problem import Bools, Problem, pairs, site_years
from ronda.planning.solver.rows import Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`year` None: no plan. `bound`: of the program that was given. `done`: nothing in it is better."""

    year: Ints | None
    links: Ints
    bound: float
    done: bool


def solve_program(
    of: Problem, *, kept: Bools, sure: Bools, start: Ints | None, links: Ints | None, longest_s: float,
    floor: float = -math.inf,
) -> Found:  # fmt: skip
    """kept [T, K] years in which a camera may be built; sure [S] sites that stand in every plan of interest.

    start  a plan inside `kept`; floor: plans of at most this value are of no interest
    """
    model = Program(of, kept, sure)
    lp = model.lp()
    highs = new_solver({"time_limit": float(longest_s), "mip_rel_gap": 0.0, "mip_abs_gap": 0.99, "presolve": "off"})
    highs.passModel(lp)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = list(model.point_of(start, links))
        highs.setSolution(solution)
    highs.run()
    info = highs.getInfo()
    status = highs.getModelStatus()
    year, found = None, np.full(of.sites, -1, dtype=np.int64)
    if info.primal_solution_status == FEASIBLE:
        values = np.array(highs.getSolution().col_value)
        year, found = model.years_of(values), model.links_of(values)
    if status == highspy.HighsModelStatus.kInfeasible:
        return Found(year=None, links=found, bound=floor, done=True)
    return Found(
        year=year, links=found, bound=float(info.mip_dual_bound) + model.constant,
        done=bool(status == highspy.HighsModelStatus.kOptimal),
    )  # fmt: skip


class Program:
    """Numbers the variables and writes the rows. `money_line`: number of the first row of money."""

    money_line: int
    money_given: list[float]

    def __init__(self, of: Problem, kept: Bools, sure: Bools) -> None:
        self.of = of
        self.t, self.k = np.nonzero(kept)
        order = np.lexsort((self.t, self.k))
        self.t, self.k = self.t[order], self.k[order]
        self.single = len(of.site) == of.sites
        self.sure = sure
        self._project(np.unique(self.k))
        n, years, columns = len(self.worth), of.years, self.worth.shape[1]
        self.ys = len(self.k)
        self._number_sites()
        self.z0 = self.ys + (0 if self.single else len(self.xt))
        self.h0 = self.z0 + n * years * columns
        self.u0 = self.h0 + years * len(of.harm)
        self.capped = of.cap is not None and len(of.due) > 0
        self.l0 = self.u0 + (years if self.capped else 0)
        self.size = self.l0 + self._hub_size()

    def _project(self, cameras: Ints) -> None:
        """Columns that the same kept cameras see become one; those that sure sites see are counted at once."""
        of = self.of
        self.constant = 0.0
        number, column = pairs(of.sees, cameras)
        alive = np.ones(of.columns, dtype=bool)
        if of.years == 1 and self.single and len(of.worth) == 1:
            done = np.unique(pairs(of.sees, np.flatnonzero(self.sure))[1])
            alive[done] = False
            self.constant = float(of.worth[0][done].sum() * of.year_worth[0])
        some = alive[column]
        start = np.zeros(len(cameras) + 1, dtype=np.int64)
        np.cumsum(np.bincount(number[some], minlength=len(cameras)), out=start[1:])
        seen = Cover(start=start, cols=column[some])
        by_column = turned(seen, of.columns)
        used = np.flatnonzero(np.diff(by_column.start) > 0)
        group, firsts = grouped(by_column, used, max(len(cameras), 1))
        self.worth = np.zeros((len(of.worth), len(firsts)))
        for n, worth in enumerate(of.worth):
            self.worth[n] = np.bincount(group, weights=worth[used].astype(np.float64), minlength=len(firsts))
        pair_n, pair_camera = pairs(by_column, firsts)
        self.pair_column, self.pair_camera = pair_n, cameras[pair_camera]
        self.group_of = np.full(of.columns, -1, dtype=np.int64)
        self.group_of[used] = group

    def _number_sites(self) -> None:
        of = self.of
        if self.single:
            self.x0, self.xs, self.xt = 0, self.of.site[self.k], self.t
            return
        both = np.unique(of.site[self.k] * of.years + self.t)
        self.x0, self.xs, self.xt = self.ys, both // of.years, both % of.years

    def _hub_size(self) -> int:
        hubs = self.of.hubs
        self.link_site = np.zeros(0, dtype=np.int64)
        self.link_hub = np.zeros(0, dtype=np.int64)
        if hubs is None:
            return 0
        kept = np.unique(self.xs)
        number, hub = pairs(hubs.reach, kept)
        self.link_site, self.link_hub = kept[number], hub
        return len(hub) + self.of.years * len(hubs.cost)

    def lp(self) -> highspy.HighsLp:
        of, lp = self.of, highspy.HighsLp()
        cost = np.zeros(self.size)
        from_on = np.cumsum(of.year_worth[::-1])[::-1]
        cost[: self.ys] = of.own[self.k] * from_on[self.t]
        if self.h0 > self.z0:
            cost[self.z0 : self.h0] = np.multiply.outer(self.worth, of.year_worth).transpose(0, 2, 1).ravel()
        cost[self.h0 : self.u0] = -np.multiply.outer(of.year_worth, of.harm).ravel()
        lower, upper = np.zeros(self.size), np.ones(self.size)
        whole = [highspy.HighsVarType.kInteger] * self.z0
        whole += [highspy.HighsVarType.kContinuous] * (self.u0 - self.z0)
        whole += [highspy.HighsVarType.kInteger] * (self.size - self.u0)
        lines = Lines(self).all()
        self.money_line, self.money_given = lines.money_line, lines.money_given
        lp.num_col_, lp.num_row_ = self.size, len(lines.low)
        lp.col_cost_, lp.sense_ = cost, highspy.ObjSense.kMaximize
        lp.col_lower_, lp.col_upper_, lp.integrality_ = lower, upper, whole
        lp.row_lower_, lp.row_upper_ = np.array(lines.low), np.array(lines.high)
        row, col, value = lines.triplets()
        order = np.lexsort((col, row))
        starts = np.zeros(len(lines.low) + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=len(lines.low)), out=starts[1:])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = starts, col[order], value[order]
        return lp

    def years_of(self, values: Floats) -> Ints:
        year = np.full(self.of.cameras, self.of.years, dtype=np.int64)
        some = np.flatnonzero(values[: self.ys] > 0.5)
        year[self.k[some]] = self.t[some]
        return year

    def links_of(self, values: Floats) -> Ints:
        links = np.full(self.of.sites, -1, dtype=np.int64)
        some = np.flatnonzero(values[self.l0 : self.l0 + len(self.link_site)] > 0.5)
        links[self.link_site[some]] = self.link_hub[some]
        return links

    def point_of(self, year: Ints, links: Ints | None) -> Floats:
        """A plan as values of all variables."""
        of, values = self.of, np.zeros(self.size)
        built = site_years(of, year)
        values[: self.ys] = year[self.k] == self.t
        if not self.single:
            values[self.x0 : self.z0] = built[self.xs] == self.xt
        self._point_columns(values, year)
        for t in range(of.years):
            harm = np.unique(pairs(of.shuns, np.flatnonzero(year <= t))[1])
            values[self.h0 + t * len(of.harm) + harm] = 1.0
        if self.capped:
            first = np.where(of.due < 0, -1, of.years)
            inside = of.village >= 0
            np.minimum.at(first, of.village[inside], built[inside])
            values[self.u0 : self.l0] = first.max() <= np.arange(of.years)
        if of.hubs is not None and links is not None:
            end = self.l0 + len(self.link_site)
            values[self.l0 : end] = (links[self.link_site] == self.link_hub) & (built[self.link_site] < of.years)
            opened = np.full(len(of.hubs.cost), of.years)
            some = np.flatnonzero((built < of.years) & (links >= 0))
            np.minimum.at(opened, links[some], built[some])
            values[end:] = (np.arange(of.years)[:, None] == opened[None, :]).ravel()
        return values

    def _point_columns(self, values: Floats, year: Ints) -> None:
        of, columns = self.of, self.worth.shape[1]
        for t in range(of.years):
            stands = year[self.pair_camera] <= t
            both = np.unique(self.pair_column[stands] * of.sites + of.site[self.pair_camera[stands]]) // of.sites
            count = np.bincount(both, minlength=columns)
            for n in range(len(self.worth)):
                at = self.z0 + (n * of.years + t) * columns
                values[at : at + columns] = count > n
