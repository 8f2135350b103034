"""A plan with one more site in it, and as little else changed as possible.

For each year that the site may have, sites that nobody promised make room, the least worth for their money
first; what is then free is filled again. The best year wins. Decides nothing about whether that is wise.
"""

import numpy as np

from ronda.planning.cover import Ints
from ronda.planning.solver.draft import Draft, Ground
from ronda.planning.solver.fill import fill
from ronda.planning.solver.keep import keep
from ronda.planning.solver.prices import Prices
from ronda.planning.solver.problem import Problem
from ronda.planning.solver.rounding import Plan, plan_of, taste_of


def squeezed(of: Problem, before: Ints, site: int, prices: Prices) -> Plan | None:
    """`before`: years of the cameras of the earlier plan; None when no room can be made."""
    if of.hubs is not None:  # years alone do not say who is linked to which
        return None
    ground = Ground.of_problem(of)
    taste = taste_of(ground, prices, np.ones(of.cameras))
    free = before.copy()
    free[of.site == site] = of.years
    camera = _best_camera(Draft(ground, free), site)
    best: Plan | None = None
    for year in range(min(int(of.must[site]), of.years - 1) + 1):
        draft = _with_room(ground, free, camera, year)
        if draft is None:
            continue
        keep(draft, taste, np.zeros(of.sites))
        fill(draft, taste)
        plan = plan_of(draft)
        if plan is not None and (best is None or plan.value > best.value):
            best = plan
    return best


def _best_camera(draft: Draft, site: int) -> int:
    """Of the site's cameras the one that adds most for its price."""
    of = draft.of
    mine = np.arange(of.first_camera[site], of.first_camera[site + 1])
    price = of.build[site] + of.yearly[site] + of.camera_build[mine] + of.camera_yearly[mine]
    return int(mine[np.argmax(draft.gains(0)[mine] / np.maximum(price, 1))])


def _with_room(ground: Ground, free: Ints, camera: int, year: int) -> Draft | None:
    draft = Draft(ground, free)
    while not draft.fits(np.array([camera]), year)[0]:
        leaves = _least_worth(draft, year)
        if leaves is None:
            return None
        years = draft.year.copy()
        years[leaves] = ground.of.years
        draft = Draft(ground, years)
    draft.put(camera, year)
    return draft


def _least_worth(draft: Draft, year: int) -> int | None:
    """Of the unpromised cameras of that year, or else of those before: the smallest loss for its cost."""
    of = draft.of
    open_ = of.must[of.site] >= of.years
    some = np.flatnonzero((draft.year == year) & open_)
    if not len(some):
        some = np.flatnonzero((draft.year < year) & open_)
    if not len(some):
        return None
    whole = draft.value()

    def loss(camera: int) -> float:
        years = draft.year.copy()
        years[camera] = of.years
        alone = (draft.year[of.site == of.site[camera]] < of.years).sum() == 1
        cost = float(of.camera_build[camera] + (of.build[of.site[camera]] if alone else 0))
        return (whole - Draft(draft.ground, years).value()) / max(cost, 1.0)

    return min(map(int, some), key=lambda camera: (loss(camera), camera))
