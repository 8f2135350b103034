"""Who pays for what a plan builds: village money first where it may pay, then what may pay for everything.

Decides only how the building cost of a year is told by source; that the money suffices was checked before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Ints
from ronda.planning.model import Terms
from ronda.planning.solve import Solved
from ronda.planning.solver.problem import hub_years

Parts = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """Source and sum: for each point's own building, each option bought at it, and each hub opened."""

    sites: dict[int, Parts]
    options: dict[int, Parts]
    hubs: dict[int, Parts]


def who_pays(solved: Solved, terms: Terms, order: list[int]) -> Paid:
    """In buying order, after the upkeep of the villages' points: a point first, then its cameras of that year."""
    of, problem = solved.instance, solved.instance.problem
    opened = opened_hubs(solved)
    built, paid = solved.built, Paid(sites={}, options={}, hubs={})
    for t, year in enumerate(terms.years):
        village, general = _purses(terms, year, villages_only=True), _purses(terms, year, villages_only=False)
        _take(general, terms.taken_first_idr)
        stands = (built <= t) & of.village
        cameras = (solved.year <= t) & of.village[problem.site]
        _take(village, int(problem.yearly[stands].sum() + problem.camera_yearly[cameras].sum()))
        for hub in np.flatnonzero(opened == t).tolist() if problem.hubs is not None else ():
            paid.hubs[hub] = _take(general, int(problem.hubs.cost[hub]) if problem.hubs is not None else 0)
        for point in order:
            purses = [*village, *general] if of.village[point] else general
            if built[point] == t:
                paid.sites[point] = _take(purses, int(problem.build[point]))
            first, last = int(problem.first_camera[point]), int(problem.first_camera[point + 1])
            for option in first + np.flatnonzero(solved.year[first:last] == t):
                paid.options[int(option)] = _take(purses, int(problem.camera_build[option]))
    return paid


def opened_hubs(solved: Solved) -> Ints:
    """Year of each hub, the last one being nobody's; empty without hubs."""
    problem = solved.instance.problem
    if problem.hubs is None:
        return np.zeros(0, dtype=np.int64)
    return hub_years(
        problem.hubs, solved.built, np.where(solved.built < problem.years, solved.links, -1), problem.years
    )


def split(parts: Parts, amounts: Sequence[int]) -> list[Parts]:
    """What was paid for several things together, for each of them in turn."""
    purses: list[list[str | int]] = [[source, amount] for source, amount in parts]
    return [_take(purses, amount) for amount in amounts]


def _purses(terms: Terms, year: int, *, villages_only: bool) -> list[list[str | int]]:
    """Source and what is left of its money; `_take` takes from them."""
    return [[m.source, m.amount_idr] for m in terms.money if m.year == year and m.villages_only is villages_only]


def _take(purses: list[list[str | int]], amount_idr: int) -> Parts:
    """Take from the purses in turn; what they cannot give is left to the rows that were checked before."""
    taken: list[tuple[str, int]] = []
    for purse in purses:
        part = min(int(purse[1]), amount_idr)
        if part > 0:
            purse[1] = int(purse[1]) - part
            amount_idr -= part
            taken.append((str(purse[0]), part))
    return tuple(taken)
