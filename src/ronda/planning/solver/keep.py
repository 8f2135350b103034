"""Keep the promises: sites that must stand, villages by their deadline, shares of parties.

Each goes to the latest year that has room, because every year that it waits leaves money for what is
worth more; a fill moves it earlier where that pays. Decides which site serves a village and which camera
comes first by the profit at the prices. What finds no room is told, never dropped.
"""

import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.solver.draft import Draft
from ronda.planning.solver.fill import Taste, full
from ronda.planning.solver.problem import Bools


def keep(draft: Draft, taste: Taste, liking: Floats) -> list[str]:
    """Places what is promised and does not stand yet; says what found no room. `liking` [S]: higher first."""
    return _musts(draft, taste) + _due(draft, taste, liking) + _shares(draft, taste, liking)


def _musts(draft: Draft, taste: Taste) -> list[str]:
    of = draft.of
    sites = np.flatnonzero((of.must < of.years) & (draft.built > of.must))
    order = sites[np.lexsort((-of.build[sites], -of.must[sites]))]
    pending, left = set(map(int, order)), []
    for site in map(int, order):
        pending.discard(site)
        if not _place(draft, taste, site, int(of.must[site]), _reserve(draft, pending)):
            left.append(f"site {site} by year {of.must[site]}")
    return left


def _reserve(draft: Draft, sites: set[int]) -> Floats:
    """Running cost of promised sites that are still to be placed, from their deadline on."""
    of = draft.of
    some = np.array(sorted(sites), dtype=np.int64)
    if not len(some):
        return np.zeros(len(of.rows))
    return _running(draft, some, of.must[some])


def _running(draft: Draft, sites: Ints, since: Ints) -> Floats:
    """[R] what these sites with one camera each cost in the year `since` and after."""
    of = draft.of
    yearly = of.yearly[sites] + np.minimum.reduceat(of.camera_yearly, of.first_camera[:-1])[sites]
    if of.hubs is not None:  # as if each opened a hub of its own
        yearly = yearly + np.array([of.hubs.yearly[of.hubs.reach.row(int(s))].min(initial=2**40) for s in sites])
    return np.asarray((draft.ground.running[:, of.purse[sites], since] * yearly).sum(axis=1))


def _due(draft: Draft, taste: Taste, liking: Floats) -> list[str]:
    of = draft.of
    if not len(of.due):
        return []
    inside = of.village >= 0
    first = np.full(len(of.due), of.years, dtype=np.int64)
    np.minimum.at(first, of.village[inside], draft.built[inside])
    late = np.flatnonzero((of.due >= 0) & (of.due < of.years) & (first > of.due))
    members = {int(v): np.flatnonzero((of.village == v) & ~of.banned) for v in late}
    best = {v: int(some[np.lexsort((some, -liking[some]))[0]]) for v, some in members.items() if len(some)}
    kept = {v: _running(draft, np.array([site]), of.due[[v]]) for v, site in best.items()}
    reserve = np.sum(list(kept.values()), axis=0) if kept else np.zeros(len(of.rows))
    left = []
    # With shared uplinks room is scarce and lumpy: whom even the best site costs most goes first.
    dear = np.array([liking[best[int(v)]] if of.hubs is not None and int(v) in best else 0.0 for v in late])
    for village in map(int, late[np.lexsort((late, dear, -of.due[late]))]):
        reserve = reserve - kept.get(village, 0.0)
        if not _place_one(draft, taste, members[village], liking, int(of.due[village]), reserve):
            left.append(f"village {village} by year {of.due[village]}")
    return left


def _shares(draft: Draft, taste: Taste, liking: Floats) -> list[str]:
    left = []
    for share in draft.of.shares:
        while int((draft.built[share.members] <= share.by).sum()) < share.least:
            some = np.flatnonzero(share.members & ~draft.of.banned & (draft.built > share.by))
            if not _place_one(draft, taste, some, liking, share.by, None):
                left.append(f"share {share.name}")
                break
    return left


def _place_one(draft: Draft, taste: Taste, sites: Ints, liking: Floats, last: int, kept: Floats | None) -> bool:
    """The best liked of these sites that finds room."""
    order = sites[np.lexsort((sites, -liking[sites]))]
    return any(_place(draft, taste, int(site), last, kept) for site in order)


def _place(draft: Draft, taste: Taste, site: int, last: int, kept: Floats | None) -> bool:
    """Into the latest year with room; its most worthy camera comes first."""
    of = draft.of
    fan = np.arange(of.first_camera[site], of.first_camera[site + 1])
    for year in range(last, -1, -1):
        closed: Bools | None = full(draft, year)
        if closed is not None and closed[site]:
            continue
        fit = fan[draft.fits(fan, year, kept)]
        if len(fit):
            draft.put(_worthiest(draft, taste, fit, year), year)
            return True
    return False


def _worthiest(draft: Draft, taste: Taste, cameras: Ints, year: int) -> int:
    price, _pole = draft.price(taste.build, taste.upkeep, cameras, year)
    from_on = draft.ground.from_on
    gain = np.array([int(draft.left(draft.of.sees.row(int(k)), year).sum()) for k in cameras], dtype=np.float64)
    gain += draft.of.own[cameras] * from_on[year]
    return int(cameras[int(np.argmax(gain - price))])
