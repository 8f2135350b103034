"""The relaxed problem for given prices: it separates by village, so it is solved at sight.

With a price on every column, on money, shares, ports and privacy, each site has a profit for each year it
could be built in; a village takes its best sites, keeps its deadline, and keeps the cap while some village
has none. The year from which every village has one is tried in turn (`until`). Invariant: what comes out
is at least the value of every plan that keeps all rules, whatever the prices are.
"""

from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Floats, Ints, runs
from ronda.planning.solver.loops import row_sums
from ronda.planning.solver.prices import Money, Prices
from ronda.planning.solver.problem import Problem

_NEVER = -np.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """bound; the year of each camera and site in its plan; profit [T + 1, S] of building a site in a year.

    camera   [T, K] profit of adding a camera in a year, its site paid for
    hub      [T, S] is there a port for the site in that year
    until    the year from which every village has a site
    """

    bound: float
    year: Ints
    built: Ints
    profit: Floats
    camera: Floats
    ports: Floats
    hubs: Ints
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
    sites = _sites(of, prices, build, upkeep)
    hubs_value, ports, hubs = _hubs(money, prices, build, upkeep)
    fixed = (
        _unsold(of, prices.cell) + float(prices.rows @ money.given) + hubs_value - float(prices.near.sum())
        - sum(price * share.least for price, share in zip(prices.share, of.shares, strict=True))
    )  # fmt: skip
    best, built, until = -np.inf, np.full(of.sites, of.years, dtype=np.int64), 0
    profit = _with_never(of, sites.profit)
    for u in untils(of):
        value, years = _villages(of, profit, u)
        if value > best or u == 0:
            best, built, until = value, years, u
    return Relaxed(
        bound=fixed + best, year=_camera_years(of, sites, built), built=built, profit=profit,
        camera=sites.camera, ports=ports, hubs=hubs, until=until,
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
    whole[:-1][np.arange(of.years)[:, None] > of.must[None, :]] = _NEVER
    whole[:-1, of.banned] = _NEVER
    whole[-1, of.must < of.years] = _NEVER
    return whole


def untils(of: Problem) -> range:
    """Years from which every village may have a site: all of them when the cap rules, else just one case."""
    if of.cap is None or not len(of.due):
        return range(1)
    return range(min(max(int(of.due.max()), 0), of.years) + 1)


def _villages(of: Problem, profit: Floats, until: int) -> tuple[float, Ints]:
    """The best years of all sites when every village has one from year `until` on; its value."""
    capped = of.cap is not None and bool(len(of.due))
    if capped and until:
        built, possible = _capped(of, profit, until)
        if not possible:
            return -np.inf, built
    else:
        built = np.argmax(profit, axis=0).astype(np.int64)
    if len(of.due):
        built = _served(of, profit, built, np.minimum(of.due, until) if capped else of.due)
    return float(profit[built, np.arange(of.sites)].sum()), built


def _capped(of: Problem, profit: Floats, until: int) -> tuple[Ints, bool]:
    """Before `until` a village takes at most `cap` sites: those to whom being early is worth most."""
    early, late = profit[:until], profit[until:]
    early_year, late_year = np.argmax(early, axis=0), np.argmax(late, axis=0) + until
    sites = np.arange(of.sites)
    at_early, at_late = early[early_year, sites], late[late_year - until, sites]
    with np.errstate(invalid="ignore"):
        worth = at_early - at_late
    if np.isnan(worth).any():
        return early_year.astype(np.int64), False
    order = np.lexsort((-worth, of.village))
    village = of.village[order]
    first = np.searchsorted(village, village)
    rank = np.empty(of.sites, dtype=np.int64)
    rank[order] = np.arange(of.sites) - first
    inside = (rank < (of.cap or 0)) | (of.village < 0)
    possible = not bool((~inside & (at_late == _NEVER)).any())
    return np.where((worth > 0) & inside, early_year, late_year).astype(np.int64), possible


def _served(of: Problem, profit: Floats, built: Ints, due: Ints) -> Ints:
    """Villages whose deadline nobody keeps take the site that minds least."""
    inside = of.village >= 0
    first = np.where(due < 0, -1, of.years + 1)
    np.minimum.at(first, of.village[inside], built[inside])
    short = (due >= 0) & (due < of.years) & (first > due)
    some = np.flatnonzero(inside & short[of.village])
    if not len(some):
        return built
    last = due[of.village[some]]
    until = np.where(np.arange(of.years)[:, None] <= last[None, :], profit[:-1, some], _NEVER)
    year = np.argmax(until, axis=0)
    loss = profit[built[some], some] - until[year, np.arange(len(some))]
    order = np.lexsort((some, loss, of.village[some]))
    village = of.village[some][order]
    best = order[np.concatenate(([True], village[1:] != village[:-1]))]
    built = built.copy()
    built[some[best]] = year[best]
    return built


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


def _hubs(money: Money, prices: Prices, build: Floats, upkeep: Floats) -> tuple[float, Floats, Ints]:
    """What opening hubs is worth: each sells its ports to the sites that pay most; ports sold [T, S].

    A village with a deadline pays besides for being near: some hub in its reach must be open by then.
    """
    of = money.of
    if of.hubs is None:
        return 0.0, np.zeros((of.years, of.sites)), np.zeros(0, dtype=np.int64)
    hubs, years = of.hubs, of.years
    pair_site = np.repeat(np.arange(of.sites), np.diff(hubs.reach.start))
    pair_hub = hubs.reach.cols
    sold, income = np.zeros((years, len(pair_hub)), dtype=bool), np.zeros((years, len(hubs.cost)))
    for t in range(years):
        pays = prices.port[t, pair_site]
        order = np.lexsort((pair_site, -pays, pair_hub))
        rank = np.arange(len(order)) - np.searchsorted(pair_hub[order], pair_hub[order])
        sold[t, order] = (rank < hubs.ports[pair_hub[order]]) & (pays[order] > 0)
        income[t] = np.bincount(pair_hub, weights=pays * sold[t], minlength=len(hubs.cost))
    village, near = money.hubs_near
    np.add.at(income, (of.due[village], near), prices.near[village])
    profit = _from_on(income)
    profit -= hubs.cost * build[hubs.purse, :years].T + hubs.yearly * upkeep[hubs.purse, :years].T
    year = np.argmax(profit, axis=0)
    best = profit[year, np.arange(len(year))]
    opened = np.where(best > 0, year, years).astype(np.int64)
    ports = np.zeros((years, of.sites))
    for t in range(years):
        some = sold[t] & (opened[pair_hub] <= t)
        ports[t] = np.bincount(pair_site[some], minlength=of.sites)
    return float(np.maximum(best, 0.0).sum()), ports, opened


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
    """As if there were no promise, ban, deadline or cap."""
    build, upkeep = (np.tensordot(prices.rows, part, axes=1) for part in (money.builds, money.upkeeps))
    sites = _sites(of, prices, build, upkeep)
    year = np.argmax(sites.profit, axis=0).astype(np.int64)
    cameras = _camera_years(of, sites, year)
    some = np.flatnonzero(cameras < of.years)
    flow = _from_on(row_sums(of.sees, prices.cell) + np.multiply.outer(of.year_worth, of.own))
    seen = np.bincount(of.site[some], weights=flow[cameras[some], some], minlength=of.sites).astype(np.float64)
    return Alone(year=year, seen=seen, profit=sites.profit[year, np.arange(of.sites)])


def slack_of(of: Problem, money: Money, prices: Prices, answer: Relaxed) -> Slack:
    """A site that does otherwise may also free its village of a sacrifice; `room` allows for that."""
    build, upkeep = (np.tensordot(prices.rows, part, axes=1) for part in (money.builds, money.upkeeps))
    sites = _sites(of, prices, build, upkeep)
    profit = answer.profit
    free = profit.max(axis=0)
    best = float(profit[answer.built, np.arange(of.sites)].sum())
    room = np.full(of.sites, -np.inf)
    for u in untils(of):
        value, built = _villages(of, profit, u)
        if value == -np.inf:
            continue
        sacrifice = free - profit[built, np.arange(of.sites)]
        inside = of.village >= 0
        by_village = np.bincount(of.village[inside], weights=sacrifice[inside], minlength=max(len(of.due), 1))
        spared = np.where(inside, by_village[of.village], 0.0)
        room = np.maximum(room, answer.bound - best + value + spared)
    with np.errstate(invalid="ignore"):
        regret = free[None, :] - profit
    return Slack(room=room, regret=regret, camera=sites.camera, later=sites.later)
