"""Better plans by taking a part away and filling it again.

A part is one site with its neighbours: those that see the same columns, and some by chance. What is kept
keeps its years; promises and the rest are filled at the prices of the bound. A try that is not better
costs nothing but time.
"""

from typing import TYPE_CHECKING

import numpy as np

from ronda.planning.cover import Ints
from ronda.planning.solver.draft import Draft
from ronda.planning.solver.fill import fill
from ronda.planning.solver.keep import keep
from ronda.planning.solver.problem import pairs
from ronda.planning.solver.rounding import plan_of, taste_of

if TYPE_CHECKING:
    from ronda.planning.solver.solve import Search

_TRIES = 60
_PART = 0.08


def better_by_ruin(search: "Search") -> None:
    """A number of tries, ended early when a whole round brings nothing."""
    assert search.dual is not None
    assert search.plan is not None
    of, chance, stale = search.of, search.chance, 0
    liking = search.liking()
    if not (search.plan.year < of.years).any():
        return
    tries = _TRIES if of.cameras > 50 else 5
    while not search.done() and stale < tries:
        luck = 1.0 + 0.2 * (chance.random(of.cameras) - 0.5)
        taste = taste_of(search.ground, search.dual.best, luck, search.dual.hub_wish)
        year = search.plan.year.copy()
        year[_part(search, year)] = of.years
        links = np.where(np.isin(np.arange(of.sites), of.site[year < of.years]), search.plan.links, -1)
        draft = Draft(search.ground, year, links, taste.open_by)
        keep(draft, taste, liking)
        fill(draft, taste, _hopeful(search))
        stale = 0 if search.offer(plan_of(draft)) else stale + 1
        search.tell()


def _hopeful(search: "Search") -> Ints | None:
    """Cameras that the prices do not exclude."""
    return None


def _part(search: "Search", year: Ints) -> Ints:
    """Cameras to take away."""
    of, chance = search.of, search.chance
    stands = np.flatnonzero(year < of.years)
    count = max(2, int(len(stands) * _PART))
    one = int(chance.choice(stands))
    near = np.array([one])
    for _ in range(3):
        columns = np.unique(pairs(of.sees, near)[1])
        near = np.unique(np.concatenate([near, pairs(of.by_column, columns)[1]]))
        near = near[year[near] < of.years]
        if len(near) >= count:
            break
    by_chance = chance.choice(stands, min(len(stands), count // 2 + 1), replace=False)
    return np.unique(np.concatenate([near[:count], by_chance]))
