"""Shared uplinks in the relaxed problem: blocks of villages that share hubs, and every way to open those hubs.

Hubs reach a few villages, so the villages that hubs tie together are few as well. For such a block each way
to open its hubs (a pattern: the year of each, or never) is tried with all its sites, so nobody is served from
a fifth of a hub. Hubs of like reach are one group: the cheapest of them opens, others where their ports pay. Where
a block ties too many, each of its villages is a block of its own and pays for a hub near it (`Prices.near`).

Invariant: grouping, and hubs near a village instead of a site, only ever allow more than the rules do, so the bound
stays one. Decides nothing about prices.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.solver.problem import Hubs, Problem
from ronda.planning.solver.villages import Homes, homes_of

_PATTERNS = 36  # of a block at most: 3 groups where there are five years
_GROUPS = 8  # of a block that is taken as one; more are not forced into so few
_COPIES = 120_000  # of sites in all
_NOBODY = -2


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """Copies of sites (X) and villages (W) by pattern (P) of a block (B); hubs in groups (G).

    site, since    [X] which site, and the first year in which a hub of its pattern reaches it
    homes          of the copies
    pattern        [W] of each copy of a village
    block          [P] of each pattern, ascending
    opens          (pattern, group, year) of every opening
    group          [H] of each hub; -1: priced apart
    rented         [G] village that pays for a hub near it as this group; -1: the hubs of the group are paid for,
                   -2: nobody pays (a site without a village pays for its port alone)
    block_of       [S] of each site
    """

    site: Ints
    since: Ints
    homes: Homes
    pattern: Ints
    block: Ints
    opens: tuple[Ints, Ints, Ints]
    group: Ints
    rented: Ints
    block_of: Ints


def openings_of(of: Problem) -> Openings | None:
    """None without shared uplinks."""
    if of.hubs is None:
        return None
    work = _Blocks(of, of.hubs)
    for most in (_PATTERNS, of.years + 1, 1):
        made = work.made(most)
        if len(made.site) <= _COPIES or most == 1:
            break
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Villages with the groups of hubs in their reach; a group is (hubs, sites in reach, village that rents it)."""

    villages: Ints
    groups: tuple[tuple[Ints, frozenset[int], int], ...]


class _Blocks:
    """Finds the blocks, and writes their patterns down."""

    def __init__(self, of: Problem, hubs: Hubs) -> None:
        self.of, self.hubs = of, hubs
        alone = np.flatnonzero(of.village < 0)
        self.village = of.village.copy()
        self.village[alone] = of.villages + np.arange(len(alone))  # who has no village is one
        self.count = of.villages + len(alone)
        site = np.repeat(np.arange(of.sites), np.diff(hubs.reach.start))
        some = ~of.banned[site]
        self.pair_site, self.pair_hub = site[some], hubs.reach.cols[some]
        self.reach: list[frozenset[int]] = [frozenset() for _ in range(len(hubs.cost))]
        order = np.argsort(self.pair_hub, kind="stable")
        ends = np.searchsorted(self.pair_hub[order], np.arange(len(hubs.cost) + 1))
        for hub in range(len(hubs.cost)):
            self.reach[hub] = frozenset(self.pair_site[order[ends[hub] : ends[hub + 1]]].tolist())
        self.members: list[list[int]] = [[] for _ in range(self.count)]
        for number, home in enumerate(self.village.tolist()):
            self.members[home].append(number)

    def made(self, most: int) -> Openings:
        """With at most so many patterns a block."""
        blocks = [part for tied in self._tied() for part in self._block(tied, most)]
        return _written(self.of, self.village, self.members, blocks)

    def _tied(self) -> list[tuple[list[int], list[int]]]:
        """Villages and hubs that reach ties together."""
        root = list(range(self.count + len(self.hubs.cost)))

        def top(one: int) -> int:
            while root[one] != one:
                root[one] = root[root[one]]
                one = root[one]
            return one

        for site, hub in zip(self.pair_site.tolist(), self.pair_hub.tolist(), strict=True):
            root[top(self.count + hub)] = top(int(self.village[site]))
        parts: dict[int, tuple[list[int], list[int]]] = {}
        for village in range(self.count):
            if self.members[village]:
                parts.setdefault(top(village), ([], []))[0].append(village)
        for hub in range(len(self.hubs.cost)):
            if self.reach[hub]:
                parts[top(self.count + hub)][1].append(hub)
        return list(parts.values())

    def _block(self, tied: tuple[list[int], list[int]], most: int) -> list[_Block]:
        villages, hubs = tied
        groups = self._alike(hubs)
        room = 0
        while (self.of.years + 1) ** (room + 1) <= most:
            room += 1
        if len(groups) > _GROUPS or (groups and room == 0):
            return [self._renting(village) for village in villages]
        while len(groups) > room:
            groups = _merged(groups)
        return [_Block(villages=np.array(villages), groups=tuple((*group, -1) for group in groups))]

    def _renting(self, village: int) -> _Block:
        near = frozenset(self.members[village]) & frozenset(self.pair_site.tolist())
        renter = village if village < self.of.villages else _NOBODY
        groups = ((np.zeros(0, dtype=np.int64), near, renter),) if near else ()
        return _Block(villages=np.array([village]), groups=groups)

    def _alike(self, hubs: list[int]) -> list[tuple[Ints, frozenset[int]]]:
        """A hub that another one reaches further than, for no more money, is of its group."""
        cost, yearly, purse = self.hubs.cost, self.hubs.yearly, self.hubs.purse
        groups: list[tuple[list[int], int]] = []
        for hub in sorted(hubs, key=lambda h: (-len(self.reach[h]), cost[h], yearly[h], h)):
            for group, first in groups:
                cheaper = cost[first] <= cost[hub] and yearly[first] <= yearly[hub]
                if cheaper and purse[first] == purse[hub] and self.reach[hub] <= self.reach[first]:
                    group.append(hub)
                    break
            else:
                groups.append(([hub], hub))
        return [(np.array(group, dtype=np.int64), self.reach[first]) for group, first in groups]


def _merged(groups: list[tuple[Ints, frozenset[int]]]) -> list[tuple[Ints, frozenset[int]]]:
    """The two of most alike reach as one."""

    def alike(pair: tuple[int, int]) -> float:
        one, other = groups[pair[0]][1], groups[pair[1]][1]
        return len(one & other) / len(one | other)

    one, other = max(itertools.combinations(range(len(groups)), 2), key=alike)
    both = (np.concatenate([groups[one][0], groups[other][0]]), groups[one][1] | groups[other][1])
    return [group for number, group in enumerate(groups) if number not in (one, other)] + [both]


def _written(of: Problem, village: Ints, members: list[list[int]], blocks: list[_Block]) -> Openings:
    """Every pattern of every block with copies of its sites."""
    hubs = of.hubs
    assert hubs is not None
    parts: dict[str, list[Ints]] = {name: [] for name in ("site", "since", "home", "source", "pattern")}
    opens: list[tuple[int, int, int]] = []
    block, rented, group_of = list[int](), list[int](), np.full(len(hubs.cost), -1, dtype=np.int64)
    copies, block_of = 0, np.zeros(of.sites, dtype=np.int64)
    for number, one in enumerate(blocks):
        first = len(rented)
        for offset, (some, _sites, renter) in enumerate(one.groups):
            group_of[some] = first + offset
            rented.append(renter)
        sites = np.concatenate([members[v] for v in one.villages]).astype(np.int64)
        block_of[sites] = number
        reached = np.array([[s in group[1] for s in sites.tolist()] for group in one.groups], dtype=bool)
        home = np.searchsorted(one.villages, village[sites])
        for years in itertools.product(range(of.years + 1), repeat=len(one.groups)):
            since = np.full(len(sites), of.years, dtype=np.int64)
            for inside, year in zip(reached, years, strict=True):
                since[inside] = np.minimum(since[inside], year)
            opens += [(len(block), first + g, year) for g, year in enumerate(years) if year < of.years]
            parts["site"].append(sites)
            parts["since"].append(since)
            parts["home"].append(home + copies)
            parts["source"].append(one.villages)
            parts["pattern"].append(np.full(len(one.villages), len(block)))
            copies += len(one.villages)
            block.append(number)
    whole = {name: np.concatenate(some).astype(np.int64) for name, some in parts.items()}
    table = np.array(opens, dtype=np.int64).reshape(-1, 3)
    return Openings(
        site=whole["site"], since=whole["since"], homes=_copied(of, whole["home"], whole["source"]),
        pattern=whole["pattern"], block=np.array(block, dtype=np.int64),
        opens=(table[:, 0], table[:, 1], table[:, 2]), group=group_of, rented=np.array(rented, dtype=np.int64),
        block_of=block_of,
    )  # fmt: skip


def _copied(of: Problem, home: Ints, source: Ints) -> Homes:
    """source: the village of each copy; those beyond the known ones are sites without a village."""
    # a site without a village is none that every village waits for: like one that has a site already
    due = np.concatenate([of.due if len(of.due) else np.full(of.villages, of.years), np.full(of.sites, -1)])
    plain = homes_of(of)
    most = np.concatenate([plain.most, np.full(of.sites, of.sites)])
    return Homes(village=home, due=due[source], most=most[source], capped=plain.capped, years=of.years)


def group_worth(found: Openings, profit: Floats, near: Floats) -> tuple[Floats, Floats]:
    """[T, G] what it is worth to open each group in a year, [T, H] what each hub may bring besides from then on.

    profit  [T, H] of opening a hub in a year; near [T, V] what a village pays for a hub from a year on
    """
    years, groups = len(profit), len(found.rented)
    later = np.maximum(np.maximum.accumulate(profit[::-1], axis=0)[::-1], 0.0)
    worth = np.zeros((years, groups))
    mine = np.flatnonzero(found.group >= 0)
    if len(mine):
        order = mine[np.argsort(found.group[mine], kind="stable")]
        starts = np.flatnonzero(np.diff(found.group[order], prepend=-1))
        which = found.group[order][starts]
        worth[:, which] = np.add.reduceat(later[:, order], starts, axis=1)
        worth[:, which] += np.maximum.reduceat((profit - later)[:, order], starts, axis=1)
    renters = np.flatnonzero(found.rented >= 0)
    worth[:, renters] = -near[:, found.rented[renters]]
    return worth, later


def opened(found: Openings, chosen: Ints, profit: Floats, later: Floats) -> Ints:
    """[H] the year in which each hub of a group opens when the groups open in the years `chosen` [G]."""
    years = len(profit)
    result = np.full(profit.shape[1], years, dtype=np.int64)
    for hub in np.flatnonzero(found.group >= 0):
        since = int(chosen[found.group[hub]])
        if since < years and later[since, hub] > 0:
            result[hub] = since + int(np.argmax(profit[since:, hub]))
    for group in np.unique(found.group[found.group >= 0]):
        since = int(chosen[group])
        if since < years:
            some = np.flatnonzero(found.group == group)
            result[some[int(np.argmax((profit - later)[since, some]))]] = since
    return result
