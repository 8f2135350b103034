"""From prices and wishes to a plan that keeps every rule.

What the relaxed plans wish for most is taken while it fits, then promises are kept, then what is left of
the money is filled by worth for price. Wishes are shaken a little by a seed, so that tries differ.
"""

from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.solver.draft import Draft, Ground
from ronda.planning.solver.fill import Taste, fill
from ronda.planning.solver.keep import keep
from ronda.planning.solver.prices import Prices
from ronda.planning.solver.problem import Problem, excess, value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Years of cameras and hubs of sites, with what they are worth."""

    year: Ints
    links: Ints
    value: int


def taste_of(ground: Ground, prices: Prices, luck: Floats, hub_wish: Floats | None = None) -> Taste:
    ports = np.zeros((ground.of.years + 1, ground.of.sites))
    ports[:-1] = np.cumsum(prices.port[::-1], axis=0)[::-1]
    return Taste(
        build=np.tensordot(prices.rows, ground.fixed, axes=1),
        upkeep=np.tensordot(prices.rows, ground.running, axes=1),
        luck=luck, port=ports, open_by=None if hub_wish is None else np.cumsum(hub_wish[:-1], axis=0),
    )  # fmt: skip


def by_cost(ground: Ground) -> tuple[Taste, Floats]:
    """Before anything is known of prices: every row weighs as much as its money is scarce; cheap sites first."""
    of, given = ground.of, np.maximum(ground.money.given, 1.0)
    none = Prices(
        cell=np.zeros((of.years, 0)), rows=1.0 / given, share=np.zeros(0), port=np.zeros((of.years, of.sites)),
        near=np.zeros((of.years, of.villages)), shun=np.zeros((of.years, 0)),
    )  # fmt: skip
    least = np.minimum.reduceat(of.camera_build + of.camera_yearly * of.years, of.first_camera[:-1])
    cost = (of.build + of.yearly * of.years + least).astype(np.float64)
    if of.hubs is not None:  # whoever is the first at a hub pays for it
        hub = (of.hubs.cost + of.hubs.yearly * of.years)[of.hubs.reach.cols].astype(np.float64)
        some = np.flatnonzero(np.diff(of.hubs.reach.start) > 0)
        cheapest = np.full(of.sites, np.inf)
        if len(some):
            cheapest[some] = np.minimum.reduceat(hub, of.hubs.reach.start[:-1][some])
        cost = cost + cheapest
    return taste_of(ground, none, np.ones(of.cameras)), -cost


def rounded(
    ground: Ground,
    taste: Taste,
    liking: Floats,
    wish: Floats,
    least: float,
    among: Ints | None,
    *,
    promised_first: bool = False,
) -> Draft:
    """What is wished for at least so much, promises, and the rest by worth. `wish` [T, K].

    promised_first  sites that must stand take the year that is wished for them before anything else is bought: for
                    money so short that what is worth more would leave no room for them
    """
    draft = Draft(ground, open_by=taste.open_by)
    if promised_first:
        _place_promised(draft, wish)
    year, camera = np.nonzero(wish >= least)
    order = np.lexsort((camera, year, -wish[year, camera]))
    for number in order:
        k, t = int(camera[number]), int(year[number])
        if draft.year[k] >= ground.of.years and draft.allows(k, t):
            draft.put(k, t)
    keep(draft, taste, liking)
    fill(draft, taste, among)
    return draft


def expected_years(of: Problem, wish: Floats, luck: Floats, least: float) -> Ints:
    """Years of the cameras that are wished for at least so much in all, each in the middle year of its wishes.

    For problems in which a site takes one camera. It costs more or less than there is: `shrink` and `fill` follow.
    """
    first = of.first_camera[:-1]
    through = np.cumsum(np.add.reduceat(wish, first, axis=1), axis=0)
    taken = (through[-1] * luck >= least) | (of.must < of.years)
    middle = np.minimum((through < through[-1:] / 2).sum(axis=0), np.minimum(of.must, of.years - 1))
    total = wish.sum(axis=0)
    favourites = np.flatnonzero(total == np.maximum.reduceat(total, first)[of.site])
    camera = favourites[np.searchsorted(of.site[favourites], np.arange(of.sites))]
    year = np.full(of.cameras, of.years, dtype=np.int64)
    year[camera[taken]] = middle[taken]
    year[of.banned[of.site]] = of.years
    return year


def _place_promised(draft: Draft, wish: Floats) -> None:
    """The surest wishes first; a year without room gives way to the next best."""
    of = draft.of
    best = np.maximum.reduceat(wish, of.first_camera[:-1], axis=1)
    sites = np.flatnonzero(of.must < of.years)
    for site in sites[np.lexsort((sites, -best[:, sites].max(axis=0)))].tolist():
        _place_surest(draft, wish, best, np.array([site]), int(of.must[site]))
    if of.hubs is not None:  # a village's first site pays for a hub as well: what it finds later is seldom enough
        _place_villages(draft, wish, best)


def _place_villages(draft: Draft, wish: Floats, best: Floats) -> None:
    of = draft.of
    dated = np.flatnonzero((of.due >= 0) & (of.due < of.years))
    members = {int(v): np.flatnonzero((of.village == v) & ~of.banned) for v in dated}
    surest = {v: best[: of.due[v] + 1, some].max(initial=0.0) for v, some in members.items()}
    for village in sorted(members, key=lambda v: (-surest[v], v)):
        if not (draft.built[members[village]] <= of.due[village]).any():
            _place_surest(draft, wish, best, members[village], int(of.due[village]))


def _place_surest(draft: Draft, wish: Floats, best: Floats, sites: Ints, last: int) -> None:
    """One of these sites by the year `last`: what is wished for most and has room, of equal ones the later."""
    of = draft.of
    years, where = np.divmod(np.arange((last + 1) * len(sites)), len(sites))
    for number in np.lexsort((where, -years, -best[years, sites[where]])).tolist():
        site, year = int(sites[where[number]]), int(years[number])
        first = int(of.first_camera[site])
        camera = first + int(np.argmax(wish[year, first : int(of.first_camera[site + 1])]))
        if draft.allows(camera, year):
            draft.put(camera, year)
            return


def plan_of(draft: Draft) -> Plan | None:
    """The plan with its value counted anew; None when it breaks a rule."""
    if excess(draft.of, draft.year, draft.links):
        return None
    return Plan(year=draft.year, links=draft.links, value=value_of(draft.of, draft.year))


def plan_of_year(of: Problem, year: Ints) -> Plan | None:
    """The same from years alone, for problems without hubs."""
    if excess(of, year):
        return None
    return Plan(year=year, links=np.full(of.sites, -1, dtype=np.int64), value=value_of(of, year))
