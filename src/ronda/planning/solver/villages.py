"""The best years of sites under the rules of villages: a deadline, and a cap while some village has none.

Prices have turned everything else into the profit of a site in a year, so a village is solved at sight: it takes
its best sites, those to whom being early is worth most first, and one that minds least where its deadline
would be missed.
"""

from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.solver.problem import Problem

NEVER = -np.inf  # the profit of what a rule forbids


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """Sites by village, as the rules of villages need it; the villages may be copies, one a pattern.

    due, most  by village: last year by which it has a site; most sites while some village has none
    """

    village: Ints
    due: Ints
    most: Ints
    capped: bool
    years: int


def homes_of(of: Problem) -> Homes:
    most = np.full(of.villages, of.sites if of.cap is None else of.cap, dtype=np.int64)
    return Homes(
        village=of.village, due=of.due, most=most, capped=of.cap is not None and bool(len(of.due)), years=of.years
    )


def best_years(homes: Homes, profit: Floats, until: int) -> Ints:
    """The best years of all sites; where a village can not keep a rule, one that is worth minus infinity."""
    at_once = not (homes.capped and until)
    built: Ints = np.argmax(profit, axis=0).astype(np.int64) if at_once else _capped(homes, profit, until)
    if not len(homes.due):
        return built
    return _served(homes, profit, built, np.minimum(homes.due, until) if homes.capped else homes.due)


def _capped(homes: Homes, profit: Floats, until: int) -> Ints:
    """Before `until` a village takes no more sites than it may: those to whom being early is worth most."""
    early, late = profit[:until], profit[until:]
    early_year, late_year = np.argmax(early, axis=0), np.argmax(late, axis=0) + until
    sites = np.arange(profit.shape[1])
    at_early, at_late = early[early_year, sites], late[late_year - until, sites]
    with np.errstate(invalid="ignore"):
        worth = np.where(at_early == NEVER, NEVER, at_early - at_late)
    some = np.flatnonzero(worth > 0)
    order = some[np.lexsort((-worth[some], homes.village[some]))]
    village = homes.village[order]
    rank = np.arange(len(order)) - np.searchsorted(village, village)
    built: Ints = late_year.astype(np.int64)
    first = order[(rank < homes.most[village]) | (village < 0)]
    built[first] = early_year[first]
    return built


def _served(homes: Homes, profit: Floats, built: Ints, due: Ints) -> Ints:
    """Villages whose deadline nobody keeps take the site that minds least."""
    inside = homes.village >= 0
    first = np.where(due < 0, -1, homes.years + 1)
    np.minimum.at(first, homes.village[inside], built[inside])
    short = (due >= 0) & (due < homes.years) & (first > due)
    some = np.flatnonzero(inside & short[homes.village])
    if not len(some):
        return built
    last = due[homes.village[some]]
    until = np.where(np.arange(homes.years)[:, None] <= last[None, :], profit[:-1, some], NEVER)
    year = np.argmax(until, axis=0)
    with np.errstate(invalid="ignore"):  # where nobody can serve any choice is worth minus infinity
        loss = profit[built[some], some] - until[year, np.arange(len(some))]
    order = np.lexsort((some, loss, homes.village[some]))
    village = homes.village[some][order]
    best = order[np.concatenate(([True], village[1:] != village[:-1]))]
    built = built.copy()
    built[some[best]] = year[best]
    return built
