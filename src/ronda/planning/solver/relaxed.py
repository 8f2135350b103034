"""The relaxed problem for given prices: it separates by village, so it is solved at sight.

With a price on every column, on money, shares, ports and privacy, each site has a profit for each year it
could be built in; a village takes its best sites, keeps its deadline, and keeps the cap while some village
has none. The year from which every village has one is tried in turn (`until`), and so is, with shared
uplinks, every way to open the hubs of a block of villages (`openings`). Invariant: what comes out is at
least the value of every plan that keeps all rules, whatever the prices are.
"""

from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Floats, Ints, runs
from ronda.planning.solver.loops import row_sums
from ronda.planning.solver.openings import Openings, group_worth, opened
from ronda.planning.solver.prices import Money, Prices
from ronda.planning.solver.problem import Bools, Hubs, Problem
from ronda.planning.solver.villages import NEVER, best_years


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """bound; the year of each camera and site in its plan; profit [T + 1, S] of building a site in a year.

    camera   [T, K] profit of adding a camera in a year, its site paid for
    hub      [T, S] is there a port for the site in that year
    near     [V] the year from which a village pays for a hub near it
    until    the year from which every village has a site
    """

    bound: float
    year: Ints
    built: Ints
    profit: Floats
    camera: Floats
    ports: Floats
    hubs: Ints
    near: Ints
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sites:
    """[T, S] profits with the best cameras; what a later step needs to name them."""

    profit: Floats
    camera: Floats
    later: Floats
    later_year: Ints


def relaxed(of: Problem, money: Money, prices: Prices, most: int | None = None) -> Relaxed:
    """The bound that these prices prove, and the plan that it stands for."""
    build, upkeep = (np.tensordot(prices.rows, part, axes=1) for part in (money.builds, money.upkeeps))
    sites, hubs = _sites(of, prices, build, upkeep), _hubs(money, prices, build, upkeep)
    profit = _with_never(of, sites.profit)
    chosen = max((_best(money, profit, hubs, until) for until in untils(of)), key=lambda one: one.value)
    fixed = (
        _unsold(of, prices.cell) + float(prices.rows @ money.given) + hubs.value
        - sum(price * share.least for price, share in zip(prices.share, of.shares, strict=True))
    )  # fmt: skip
    return Relaxed(
        bound=fixed + chosen.value, year=_camera_years(of, sites, chosen.built), built=chosen.built, profit=profit,
        camera=sites.camera, ports=_ports_sold(of, hubs, chosen.hubs), hubs=chosen.hubs, near=chosen.near,
        until=chosen.until,
    )  # fmt: skip


def _unsold(of: Problem, cell: Floats) -> float:
    """What columns are worth beyond their price: by year and seer."""
    return float(sum(np.maximum(np.multiply.outer(of.year_worth, worth) - cell, 0.0).sum() for worth in of.worth))


def _sites(of: Problem, prices: Prices, build: Floats, upkeep: Floats) -> _Sites:
    years = of.years
    flow = row_sums(of.sees, prices.cell) + np.multiply.outer(of.year_worth, of.own)
    if len(of.harm):
        flow -= _by_pair(of, prices.shun)
    camera = _from_on(flow)
    camera -= _cost(of.purse[of.site], of.camera_build, of.camera_yearly, build, upkeep)
    site = -_cost(of.purse, of.build, of.yearly, build, upkeep)
    for price, share in zip(prices.share, of.shares, strict=True):
        site[: share.by + 1, share.members] += price
    if of.hubs is not None:
        site -= _from_on(prices.port)
    later, later_year = np.zeros_like(camera), np.full(camera.shape, years, dtype=np.int64)
    starts = of.first_camera[:-1]
    if of.lone:
        profit = site + np.maximum.reduceat(camera, starts, axis=1)
        return _Sites(profit=profit, camera=camera, later=later, later_year=later_year)
    best, best_year = np.zeros(of.cameras), np.full(of.cameras, years, dtype=np.int64)
    for t in range(years - 1, -1, -1):
        better = camera[t] >= best
        best, best_year = np.where(better, camera[t], best), np.where(better, t, best_year)
        later[t], later_year[t] = best, best_year
    profit = site + np.add.reduceat(later, starts, axis=1) + np.maximum.reduceat(camera - later, starts, axis=1)
    return _Sites(profit=profit, camera=camera, later=later, later_year=later_year)


def _cost(purse: Ints, once: Ints, yearly: Ints, build: Floats, upkeep: Floats) -> Floats:
    """[T, n] at prices [C, T + 1]: what each costs from a year on."""
    priced = once * np.take(np.ascontiguousarray(build[:, :-1].T), purse, axis=1)
    priced += yearly * np.take(np.ascontiguousarray(upkeep[:, :-1].T), purse, axis=1)
    return np.asarray(priced)


def _from_on(flow: Floats) -> Floats:
    return np.asarray(np.cumsum(flow[::-1], axis=0)[::-1].copy())


def _by_pair(of: Problem, shun: Floats) -> Floats:
    sums = np.zeros((of.years, of.cameras))
    row = np.repeat(np.arange(of.cameras), np.diff(of.shuns.start))
    for t in range(of.years):
        sums[t] = np.bincount(row, weights=shun[t], minlength=of.cameras)
    return sums


def _with_never(of: Problem, profit: Floats) -> Floats:
    """[T + 1, S]: what a promise or a ban forbids is minus infinity."""
    whole = np.vstack([profit, np.zeros((1, of.sites))])
    whole[:-1][np.arange(of.years)[:, None] > of.must[None, :]] = NEVER
    whole[:-1, of.banned] = NEVER
    whole[-1, of.must < of.years] = NEVER
    return whole


def untils(of: Problem) -> range:
    """Years from which every village may have a site: all of them when the cap rules, else just one case."""
    if of.cap is None or not len(of.due):
        return range(1)
    return range(min(max(int(of.due.max()), 0), of.years) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """The best years of all sites when every village has one from year `until` on, and what that is worth.

    by_unit  what each village, or each block of them that shares hubs, is worth with its hubs paid for
    """

    value: float
    built: Ints
    hubs: Ints
    near: Ints
    by_unit: Floats
    until: int


def _best(money: Money, profit: Floats, hubs: "_Hubs", until: int) -> _Chosen:
    of, found = money.of, money.openings
    if found is not None:
        return _best_opened(of, found, profit, hubs, until)
    built = best_years(money.homes, profit, until)
    gains = profit[built, np.arange(of.sites)]
    inside = of.village >= 0
    by_unit = _sums(of.village[inside], gains[inside], of.villages)
    none = np.zeros(0, dtype=np.int64)
    return _Chosen(value=float(gains.sum()), built=built, hubs=none, near=none, by_unit=by_unit, until=until)


def _best_opened(of: Problem, found: Openings, profit: Floats, hubs: "_Hubs", until: int) -> _Chosen:
    """Of the patterns of each block the best."""
    copies = _copies(found, profit)
    years = best_years(found.homes, copies, until)
    worth = _pattern_worth(found, copies[years, np.arange(len(years))], hubs)
    best = _best_of_blocks(found.block, worth)
    by_unit, some = worth[best], np.isin(found.pattern, best)[found.homes.village]
    built = np.full(of.sites, of.years, dtype=np.int64)
    built[found.site[some]] = years[some]
    groups = np.full(len(found.rented), of.years, dtype=np.int64)
    pattern, group, year = found.opens
    taken = np.isin(pattern, best)
    groups[group[taken]] = year[taken]
    near, rented = np.full(of.villages, of.years, dtype=np.int64), found.rented >= 0
    near[found.rented[rented]] = groups[rented]
    opened_in = np.where(found.group >= 0, opened(found, groups, hubs.profit, hubs.later), hubs.alone)
    return _Chosen(value=float(by_unit.sum()), built=built, hubs=opened_in, near=near, by_unit=by_unit, until=until)


def _copies(found: Openings, profit: Floats) -> Floats:
    """[T + 1, X] profit of each copy of a site; minus infinity before its pattern gives it a port."""
    copies = profit[:, found.site]
    copies[:-1][np.arange(len(profit) - 1)[:, None] < found.since[None, :]] = NEVER
    return copies


def _pattern_worth(found: Openings, gains: Floats, hubs: "_Hubs") -> Floats:
    """[P] what the copies of a pattern gain with its hubs paid for."""
    pattern, group, year = found.opens
    count = len(found.block)
    worth = _sums(found.pattern[found.homes.village], gains, count)
    return np.asarray(worth + _sums(pattern, hubs.group[year, group], count))


def _sums(key: Ints, weights: Floats, count: int) -> Floats:
    return np.bincount(key, weights=weights, minlength=count).astype(np.float64)


def _best_of_blocks(block: Ints, worth: Floats) -> Ints:
    """The best pattern of each block."""
    order = np.lexsort((-worth, block))
    return np.asarray(order[np.flatnonzero(np.diff(block[order], prepend=-1))])


def _camera_years(of: Problem, sites: _Sites, built: Ints) -> Ints:
    """At a built site every camera takes its best year; one of them, who minds least, comes first."""
    year = np.full(of.cameras, of.years, dtype=np.int64)
    stand = np.flatnonzero(built < of.years)
    if not len(stand):
        return year
    number, cameras = runs(of.first_camera[stand], np.diff(of.first_camera)[stand])
    when = built[stand][number]
    year[cameras] = sites.later_year[when, cameras]
    slack = sites.camera[when, cameras] - sites.later[when, cameras]
    starts = np.searchsorted(number, np.arange(len(stand)))
    best = np.maximum.reduceat(slack, starts)[number]
    first = np.minimum.reduceat(np.where(slack == best, cameras, of.cameras), starts)
    year[first] = built[stand]
    return year


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hubs:
    """What opening hubs is worth when each sells its ports to the sites that pay most.

    profit  [T, H] of opening a hub in a year; later [T, H] the best from that year on, not less than 0
    group   [T, G] of opening a group of hubs (`openings`) in a year
    value   of the hubs that are priced apart, which open in the years `alone`
    pays    [T, pairs of site and hub in reach] does the site buy a port there?
    """

    profit: Floats
    later: Floats
    group: Floats
    value: float
    alone: Ints
    pays: Bools


def _hubs(money: Money, prices: Prices, build: Floats, upkeep: Floats) -> _Hubs:
    of, found = money.of, money.openings
    if of.hubs is None or found is None:
        none, never = np.zeros((of.years, 0)), np.zeros(0, dtype=np.int64)
        return _Hubs(profit=none, later=none, group=none, value=0.0, alone=never, pays=none > 0)
    hubs, years, count = of.hubs, of.years, len(of.hubs.cost)
    pair_site = np.repeat(np.arange(of.sites), np.diff(hubs.reach.start))
    pays, income = np.zeros((years, len(pair_site)), dtype=bool), np.zeros((years, count))
    village, near = money.hubs_near
    rents = found.group[near] < 0
    for t in range(years):
        price = prices.port[t, pair_site]
        pays[t] = _sold(price, hubs)
        income[t] = np.bincount(hubs.reach.cols[pays[t]], weights=price[pays[t]], minlength=count)
        income[t] += np.bincount(near[rents], weights=prices.near[t, village[rents]], minlength=count)
    profit = _from_on(income)
    profit -= hubs.cost * build[hubs.purse, :years].T + hubs.yearly * upkeep[hubs.purse, :years].T
    group, later = group_worth(found, profit, _from_on(prices.near))
    year = np.argmax(profit, axis=0)
    best = profit[year, np.arange(count)]
    apart = found.group < 0
    return _Hubs(
        profit=profit, later=later, group=group, value=float(np.maximum(best, 0.0)[apart].sum()),
        alone=np.where(apart & (best > 0), year, years).astype(np.int64), pays=pays,
    )  # fmt: skip


def _sold(pays: Floats, hubs: Hubs) -> Bools:
    """Which pairs of site and hub are a sale: for each hub as many as it has ports, of those who pay most."""
    sold = np.zeros(len(pays), dtype=bool)
    some = np.flatnonzero(pays > 0)
    order = some[np.lexsort((some, -pays[some], hubs.reach.cols[some]))]
    hub = hubs.reach.cols[order]
    rank = np.arange(len(order)) - np.searchsorted(hub, hub)
    sold[order] = rank < hubs.ports[hub]
    return sold


def _ports_sold(of: Problem, hubs: _Hubs, opened_in: Ints) -> Floats:
    """[T, S] how many ports each site has bought of hubs that are open."""
    ports = np.zeros((of.years, of.sites))
    if of.hubs is not None:
        pair_site = np.repeat(np.arange(of.sites), np.diff(of.hubs.reach.start))
        for t in range(of.years):
            some = hubs.pays[t] & (opened_in[of.hubs.reach.cols] <= t)
            ports[t] = np.bincount(pair_site[some], minlength=of.sites)
    return ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """What each choice costs at the prices.

    room    [S] the bound that holds if this site does something else than it would like best
    regret  [T + 1, S] of building a site in a year, or never
    camera, later  [T, K] profit of a camera in a year, and the best from that year on
    """

    room: Floats
    regret: Floats
    camera: Floats
    later: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """Each site in its best year: what its cameras see at their prices, and what is left of that."""

    year: Ints
    seen: Floats
    profit: Floats


def best_alone(of: Problem, money: Money, prices: Prices) -> Alone:
    """As if there were no promise, ban, deadline or cap; a shared uplink costs its part of a full hub."""
    build, upkeep = (np.tensordot(prices.rows, part, axes=1) for part in (money.builds, money.upkeeps))
    sites = _sites(of, prices, build, upkeep)
    profit = sites.profit - _part_of_a_hub(of, build, upkeep)
    year = np.argmax(profit, axis=0).astype(np.int64)
    cameras = _camera_years(of, sites, year)
    some = np.flatnonzero(cameras < of.years)
    flow = _from_on(row_sums(of.sees, prices.cell) + np.multiply.outer(of.year_worth, of.own))
    seen = np.bincount(of.site[some], weights=flow[cameras[some], some], minlength=of.sites).astype(np.float64)
    return Alone(year=year, seen=seen, profit=profit[year, np.arange(of.sites)])


def _part_of_a_hub(of: Problem, build: Floats, upkeep: Floats) -> Floats:
    """[T, S] what a port costs from a year on at the hub in reach that is cheapest when full."""
    part = np.zeros((of.years, of.sites))
    if of.hubs is None:
        return part
    some = np.flatnonzero(np.diff(of.hubs.reach.start))
    port = _cost(of.hubs.purse, of.hubs.cost, of.hubs.yearly, build, upkeep) / np.maximum(of.hubs.ports, 1)
    if len(some):
        part[:, some] = np.minimum.reduceat(port[:, of.hubs.reach.cols], of.hubs.reach.start[:-1][some], axis=1)
    return part


def slack_of(of: Problem, money: Money, prices: Prices, answer: Relaxed) -> Slack:
    """A site that does otherwise may also free its village or block of a sacrifice; `room` allows for that."""
    build, upkeep = (np.tensordot(prices.rows, part, axes=1) for part in (money.builds, money.upkeeps))
    sites, hubs = _sites(of, prices, build, upkeep), _hubs(money, prices, build, upkeep)
    profit, found = answer.profit, money.openings
    unit = of.village if found is None else found.block_of
    regret, free = _regrets(of, profit) if found is None else _regrets_opened(found, profit, hubs)
    whole = [_best(money, profit, hubs, until) for until in untils(of)]
    best = max(one.value for one in whole)
    room = np.full(of.sites, -np.inf)
    for one in whole:
        if one.value > -np.inf:
            spared = np.where(unit >= 0, (free - one.by_unit)[unit], 0.0) if len(free) else 0.0
            room = np.maximum(room, answer.bound - best + one.value + spared)
    return Slack(room=room, regret=regret, camera=sites.camera, later=sites.later)


def _regrets(of: Problem, profit: Floats) -> tuple[Floats, Floats]:
    """[T + 1, S] what a site in a year costs; [V] the most a village is worth without its rules."""
    most, inside = profit.max(axis=0), of.village >= 0
    with np.errstate(invalid="ignore"):
        regret = most[None, :] - profit
    return regret, _sums(of.village[inside], most[inside], of.villages)


def _regrets_opened(found: Openings, profit: Floats, hubs: _Hubs) -> tuple[Floats, Floats]:
    """The same by block, whose hubs open as suits the site."""
    copies = _copies(found, profit)
    most = copies.max(axis=0)
    worth = _pattern_worth(found, most, hubs)
    free = worth[_best_of_blocks(found.block, worth)]
    others = worth[found.pattern[found.homes.village]]
    with np.errstate(invalid="ignore"):
        others = np.where(others > NEVER, others - most, NEVER)
    given = np.full(profit.shape, NEVER)
    for year, row in enumerate(copies):
        np.maximum.at(given[year], found.site, others + row)
    with np.errstate(invalid="ignore"):
        return free[found.block_of][None, :] - given, free
