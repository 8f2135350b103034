"""What the prices cannot exclude, as integer programs of growing size, each with the best plan as its start.

A year of a camera is left out when even the bound, less what that choice costs at the prices, falls to
the value of the best plan: nothing better is lost. Smaller slices leave out more and prove nothing, but
find better plans fast. Invariant: the bound is lowered only by a program of the first kind.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ronda.planning.cover import Cover, Floats, Ints
from ronda.planning.solver.problem import Bools, Problem, excess, value_of
from ronda.planning.solver.program import solve_program
from ronda.planning.solver.relaxed import Slack, relaxed, slack_of
from ronda.planning.solver.rounding import Plan

if TYPE_CHECKING:
    from ronda.planning.solver.solve import Search

_SLICES = (0.05, 0.15, 0.4, 1.0)
_SMALL = 1500  # years of cameras of a program that is solved whole at once
_WISHES = (0.2, 0.02)
_FOR_WISHES = 0.75  # of the time that is left
_LARGEST = 60_000  # years of cameras times years of a program that is begun


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Years of cameras that can be in a better plan, and sites that are in each of them."""

    years: Bools
    sure: Bools


def finished(search: "Search") -> None:
    assert search.dual is not None
    for share in (1.0,) if is_small(search) else _SLICES:
        if search.done():
            return
        kept = kept_of(search, share)
        whole = share >= 1.0
        if kept.years.sum() * search.of.years > _LARGEST:
            return  # larger ones were never seen to end, and take memory by the hundred megabytes
        longest_s = search.left_s() if whole else search.left_s() / 3
        _solve(search, search.of, kept, longest_s, whole)
        search.tell()


def wished(search: "Search") -> None:
    """With shared uplinks prices exclude little: what was wished for and the best plan, as a program."""
    assert search.dual is not None
    of = search.of
    near = _wished_hubs(search)
    for least in _WISHES:
        if search.done():
            return
        years = (search.dual.wish[:-1] > least) & ~of.banned[of.site][None, :]
        if search.plan is not None:
            stands = np.flatnonzero(search.plan.year < of.years)
            years[search.plan.year[stands], stands] = True
        if years.sum() * of.years <= _LARGEST:
            kept = Kept(years=years, sure=np.zeros(of.sites, dtype=bool))
            _solve(search, near, kept, search.left_s() * _FOR_WISHES, False)
            search.tell()


def _wished_hubs(search: "Search") -> Problem:
    """The problem with those hubs alone that were wished for or that the best plan opens."""
    assert search.dual is not None
    of, hubs = search.of, search.of.hubs
    assert hubs is not None
    some = search.dual.hub_wish[:-1].sum(axis=0) > _WISHES[-1]
    if search.plan is not None:
        some[search.plan.links[search.plan.links >= 0]] = True
    site, mine = np.repeat(np.arange(of.sites), np.diff(hubs.reach.start)), some[hubs.reach.cols]
    start = np.zeros(of.sites + 1, dtype=np.int64)
    np.cumsum(np.bincount(site[mine], minlength=of.sites), out=start[1:])
    return replace(of, hubs=replace(hubs, reach=Cover(start=start, cols=hubs.reach.cols[mine])))


def is_small(search: "Search") -> bool:
    """Is the last slice small enough to begin with?"""
    if search.of.cameras * search.of.years <= _SMALL:
        return True
    return search.dual is not None and int(kept_of(search, 1.0).years.sum()) * search.of.years <= _SMALL


def hopeful(search: "Search") -> Ints:
    """Cameras that can be in a better plan."""
    return np.flatnonzero(kept_of(search, 1.0).years.any(axis=0))


def kept_of(search: "Search", share: float) -> Kept:
    """`share` of the slack between bound and value is what a choice may cost."""
    assert search.dual is not None
    of, dual = search.of, search.dual
    answer = relaxed(of, dual.money, dual.best)
    value = search.plan.value if search.plan is not None else -np.inf
    slack = slack_of(of, dual.money, dual.best, answer)
    room = (slack.room - value - 1.0) * share + 1e-6 * abs(answer.bound)
    years = _camera_regret(of, slack) <= room[None, of.site]
    sure = _sure(of, slack, room) if share >= 1.0 else np.zeros(of.sites, dtype=bool)
    if search.plan is not None:
        stands = np.flatnonzero(search.plan.year < of.years)
        years[search.plan.year[stands], stands] = True
    return Kept(years=years, sure=sure)


def _camera_regret(of: Problem, slack: Slack) -> Floats:
    """[T, K] what it costs at the prices if this camera is built in that year: with its site then, or before."""
    lost = slack.later - slack.camera
    site = slack.regret[: of.years][:, of.site]
    first = np.maximum.reduceat(slack.camera - slack.later, of.first_camera[:-1], axis=1)[:, of.site]
    regret = site + first + lost  # its site is built with it
    before = np.full(of.cameras, np.inf)
    for t in range(of.years) if not of.lone else ():
        earlier = before - slack.camera[t]  # its site was built before, and it waits
        regret[t] = np.minimum(regret[t], np.where(np.isfinite(before), earlier, np.inf))
        before = np.minimum(before, site[t] + slack.later[t])
    return np.where(np.isnan(regret), np.inf, regret)


def _sure(of: Problem, slack: Slack, room: Floats) -> Bools:
    return np.asarray(slack.regret[-1] > room)


def _solve(search: "Search", of: Problem, kept: Kept, longest_s: float, whole: bool) -> None:
    plan = search.plan
    start = plan.year if plan is not None else None
    links = plan.links if plan is not None else None
    if (
        start is not None
        and (kept.sure & (np.isin(np.arange(of.sites), of.site[start < of.years], invert=True))).any()
    ):
        start = None
    found = solve_program(of, kept=kept.years, sure=kept.sure, start=start, links=links, longest_s=longest_s)
    value = _offer(search, found.year, found.links)
    if start is not None and found.done and value < found.bound - 1.5:
        found = solve_program(of, kept=kept.years, sure=kept.sure, start=None, links=None, longest_s=longest_s)
        _offer(search, found.year, found.links)
    if whole:
        best = search.plan.value if search.plan is not None else -np.inf
        search.lower(max(found.bound, float(best)))


def _offer(search: "Search", year: Ints | None, links: Ints) -> float:
    if year is None:
        return -np.inf
    value = value_of(search.of, year)
    if not excess(search.of, year, links):
        search.offer(Plan(year=year, links=links, value=value))
    return float(value)
