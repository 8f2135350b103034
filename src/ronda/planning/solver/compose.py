"""A plan put together from parts that were wished for: for each village, or block of villages, one of its parts.

A part is what a relaxed plan, or a plan, builds in one unit. Relaxed plans keep every rule but rows of money and
shares, and those are all that a choice of one part a unit has to keep: a small program that is
nearly whole by itself. Worth of a part: what it sees beyond what the best plan's other units see.
Invariant: what comes out is made a draft, filled and counted anew; it is a plan or nothing.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import highspy
import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.highs import FEASIBLE, new_solver
from ronda.planning.solver.draft import Draft
from ronda.planning.solver.fill import Taste, fill
from ronda.planning.solver.keep import keep
from ronda.planning.solver.prices import Money
from ronda.planning.solver.problem import Problem, hub_years, pairs, site_years
from ronda.planning.solver.rounding import Plan, plan_of, taste_of

if TYPE_CHECKING:
    from ronda.planning.solver.solve import Search

_KEPT = 60  # parts of a unit, the newest
_LONGEST_S = 2.5
_GAP = 5e-4
_ROUNDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Years of the cameras and the hubs of a unit; `cost` [R], `stand` [G] of each share."""

    unit: int
    year: Ints
    hubs: Ints
    cost: Floats
    stand: Ints


class Parts:
    """The newest parts of every unit."""

    def __init__(self, of: Problem, money: Money) -> None:
        self.of, self.money = of, money
        found = money.openings
        self.usable = found is None or not (found.rented != -1).any()
        unit = of.village if found is None else found.block_of
        alone = np.flatnonzero(unit < 0)
        unit = unit.copy()
        unit[alone] = unit.max(initial=-1) + 1 + np.arange(len(alone))
        self.unit = unit
        self.cameras = _by(unit[of.site], int(unit.max(initial=-1)) + 1)
        count = len(self.cameras)
        if found is None or of.hubs is None:
            self.hubs = [np.zeros(0, dtype=np.int64)] * count
        else:
            block = np.full(len(found.rented), -1, dtype=np.int64)
            block[found.opens[1]] = found.block[found.opens[0]]
            self.hubs = _by(np.where(found.group >= 0, block[found.group], -1), count)
        self.parts: list[dict[bytes, _Part]] = [{} for _ in range(count)]

    def add(self, year: Ints, hubs: Ints) -> None:
        """What each unit does in this plan, relaxed or not."""
        if not self.usable:
            return
        for unit, cameras in enumerate(self.cameras):
            mine, opened = year[cameras], hubs[self.hubs[unit]]
            key, known = mine.tobytes() + opened.tobytes(), self.parts[unit]
            part = known.pop(key, None)
            known[key] = part if part is not None else self._part(unit, mine, opened.copy())
            if len(known) > _KEPT:
                del known[next(iter(known))]

    def _part(self, unit: int, year: Ints, opened: Ints) -> _Part:
        of, money, cameras = self.of, self.money, self.cameras[unit]
        stand = year < of.years
        mine, when = cameras[stand], year[stand]
        sites, first = np.unique(of.site[mine], return_inverse=True)
        built = np.full(len(sites), of.years, dtype=np.int64)
        np.minimum.at(built, first, when)
        self._reach_all(unit, opened, sites, built)
        cost = np.zeros(len(of.rows))
        bought = [(of.purse[of.site[mine]], when, of.camera_build[mine], of.camera_yearly[mine]),
                  (of.purse[sites], built, of.build[sites], of.yearly[sites])]  # fmt: skip
        if of.hubs is not None:
            some, when = self.hubs[unit][opened < of.years], opened[opened < of.years]
            bought.append((of.hubs.purse[some], when, of.hubs.cost[some], of.hubs.yearly[some]))
        for purse, year_of, once, yearly in bought:
            cost += money.builds[:, purse, year_of] @ once + money.upkeeps[:, purse, year_of] @ yearly
        shares = [int((share.members[sites] & (built <= share.by)).sum()) for share in of.shares]
        return _Part(unit=unit, year=year, hubs=opened, cost=cost, stand=np.array(shares, dtype=np.int64))

    def _reach_all(self, unit: int, opened: Ints, sites: Ints, built: Ints) -> None:
        """A hub for whom a group of hubs reaches, but not those of it that open."""
        hubs = self.of.hubs
        if hubs is None:
            return
        for site, year in sorted(zip(sites.tolist(), built.tolist(), strict=True), key=lambda one: one[1]):
            near = np.searchsorted(self.hubs[unit], hubs.reach.row(site))
            if len(near) and opened[near].min() > year:
                before = np.where(opened[near] < self.of.years, 0, hubs.cost[self.hubs[unit][near]])
                opened[near[int(np.argmin(before))]] = year


def _by(key: Ints, count: int) -> list[Ints]:
    order = np.argsort(key, kind="stable")
    ends = np.searchsorted(key[order], np.arange(count + 1))
    return [order[ends[i] : ends[i + 1]] for i in range(count)]


def composed(search: "Search") -> bool:
    """A few rounds: what the best plan sees says what a part is worth in the next one. Did any plan come out?"""
    parts, some = search.parts, False
    if not parts.usable or len(parts.cameras) < 2:
        return False
    for _ in range(_ROUNDS):
        if search.done():
            return some
        if search.plan is not None:
            parts.add(search.plan.year, _hubs_of(search.of, search.plan))
        known = [part for some_of in parts.parts for part in some_of.values() if _allowed(search, part)]
        chosen = _chosen(search, known)
        plan = None if chosen is None else _assembled(search, chosen)
        some = some or plan is not None
        if not search.offer(plan):
            return some
        search.tell()
    return some


def _hubs_of(of: Problem, plan: Plan) -> Ints:
    if of.hubs is None:
        return np.zeros(0, dtype=np.int64)
    return hub_years(of.hubs, site_years(of, plan.year), plan.links, of.years)


def _allowed(search: "Search", part: _Part) -> bool:
    """Does it keep the rules of its villages when every village has a site from the year of the bound on?"""
    of, answer = search.of, search.dual.answer if search.dual is not None else None
    if of.cap is None or not len(of.due) or answer is None:
        return True
    cameras = search.parts.cameras[part.unit]
    sites, first = np.unique(of.site[cameras], return_inverse=True)
    built = np.full(len(sites), of.years, dtype=np.int64)
    np.minimum.at(built, first, part.year)
    for village in np.unique(of.village[sites]):
        years = built[of.village[sites] == village]
        if village >= 0 and (years < answer.until).sum() > of.cap:
            return False
        if village >= 0 and 0 <= of.due[village] < of.years and years.min() > min(of.due[village], answer.until):
            return False
    return True


def _worth(search: "Search", parts: list[_Part]) -> Floats:
    """By part; where several seers count, only the first."""
    of, from_on = search.of, search.ground.from_on
    others = [_seen(of, search.plan.year)] if search.plan is not None else []
    by_unit = [_seen_without(search, unit, others) for unit in range(len(search.parts.cameras))]
    worth = np.zeros(len(parts))
    for number, part in enumerate(parts):
        cameras = search.parts.cameras[part.unit]
        stand = part.year < of.years
        mine, when = cameras[stand], part.year[stand]
        which, column = pairs(of.sees, mine)
        order = np.lexsort((when[which], column))
        column, year = column[order], when[which][order]
        first = np.flatnonzero(np.diff(column, prepend=-1))
        column, year = column[first], year[first]
        more = np.maximum(from_on[year] - from_on[by_unit[part.unit][column]], 0)
        worth[number] = float((of.worth[0, column] * more).sum() + (of.own[mine] * from_on[when]).sum())
        shunned = np.unique(pairs(of.shuns, mine)[1])
        if len(shunned):
            worth[number] -= float(of.harm[shunned].sum() * from_on[when.min()])
    return worth


def _seen(of: Problem, year: Ints) -> tuple[Ints, Ints, Ints]:
    """Pairs of columns and standing cameras, by column and year."""
    stands = np.flatnonzero(year < of.years)
    number, column = pairs(of.sees, stands)
    order = np.lexsort((year[stands[number]], column))
    return column[order], stands[number][order], year[stands[number]][order]


def _seen_without(search: "Search", unit: int, others: list[tuple[Ints, Ints, Ints]]) -> Ints:
    """[J] the first year in which somebody outside the unit sees a column in the best plan."""
    of = search.of
    seen = np.full(of.columns, of.years, dtype=np.int64)
    for column, camera, year in others:
        some = np.flatnonzero(search.parts.unit[of.site[camera]] != unit)
        first = some[np.flatnonzero(np.diff(column[some], prepend=-1))]
        seen[column[first]] = year[first]
    return seen


def _chosen(search: "Search", parts: list[_Part]) -> list[_Part] | None:
    """One part of each unit, worth most within every row of money and every share."""
    if len({part.unit for part in parts}) < len(search.parts.cameras):
        return None
    highs = new_solver({"time_limit": min(_LONGEST_S, max(search.left_s(), 0.1)), "mip_rel_gap": _GAP})
    highs.passModel(_program(search, parts))
    highs.run()
    if highs.getInfo().primal_solution_status != FEASIBLE:
        return None
    taken = np.array(highs.getSolution().col_value) > 0.5
    return [part for part, yes in zip(parts, taken, strict=True) if yes]


def _program(search: "Search", parts: list[_Part]) -> highspy.HighsLp:
    """Rows: units, money, shares."""
    of, count, units = search.of, len(parts), len(search.parts.cameras)
    lp = highspy.HighsLp()
    unit = np.array([part.unit for part in parts], dtype=np.int64)
    cost = np.array([part.cost for part in parts]).reshape(count, -1)
    scale = np.maximum(np.abs(cost).max(axis=0, initial=1.0) / 1000.0, 1.0)
    stand = np.array([part.stand for part in parts]).reshape(count, -1)
    dense = np.concatenate([cost / scale, stand], axis=1)
    column, row = np.nonzero(dense)
    rows, cols = np.concatenate([unit, units + row]), np.concatenate([np.arange(count), column])
    values = np.concatenate([np.ones(count), dense[column, row]])
    given, least = (
        search.ground.money.given / scale,
        np.array([share.least for share in of.shares], dtype=np.float64),
    )
    lp.num_col_, lp.num_row_, lp.sense_ = count, units + dense.shape[1], highspy.ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = _worth(search, parts), np.zeros(count), np.ones(count)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * count
    lp.row_lower_ = np.concatenate([np.ones(units), np.full(len(given), -highspy.kHighsInf), least])
    lp.row_upper_ = np.concatenate([np.ones(units), given, np.full(len(least), highspy.kHighsInf)])
    order = np.lexsort((cols, rows))
    start = np.zeros(lp.num_row_ + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=lp.num_row_), out=start[1:])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = start, cols[order], values[order]
    return lp


def _assembled(search: "Search", chosen: list[_Part]) -> Plan | None:
    """The cameras in the order of their years, promises, and what is left of the money spent."""
    assert search.dual is not None
    of, parts = search.of, search.parts
    year = np.full(of.cameras, of.years, dtype=np.int64)
    hubs = np.full(0 if of.hubs is None else len(of.hubs.cost), of.years, dtype=np.int64)
    for part in chosen:
        year[parts.cameras[part.unit]] = part.year
        hubs[parts.hubs[part.unit]] = part.hubs
    draft = Draft(search.ground)
    draft.only = hubs if of.hubs is not None else None
    stands = np.flatnonzero(year < of.years)
    for camera in stands[np.lexsort((stands, year[stands]))].tolist():
        if draft.fits_one(camera, int(year[camera])):
            draft.put(camera, int(year[camera]))
    draft.only = None
    taste: Taste = taste_of(search.ground, search.dual.best, np.ones(of.cameras), search.dual.hub_wish)
    keep(draft, taste, search.liking())
    fill(draft, taste)
    return plan_of(draft)
