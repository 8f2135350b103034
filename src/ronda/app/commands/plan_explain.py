"""`ronda plan explain`: one site of a planning file against a plan: what it sees, its account, a change's cost.

Answers go to standard output as JSON. Decides nothing: sums are `planning.solver`'s.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from cyclopts import Parameter

from ronda.app.commands.plan import Seconds, Seed, document_of, give
from ronda.planning.cover import Ints
from ronda.planning.errors import NoPlanError, UnknownPointError
from ronda.planning.solver.account import accounts
from ronda.planning.solver.document import Named, plan_years, read
from ronda.planning.solver.problem import Problem, pairs, site_years, value_of
from ronda.planning.solver.solve import SEED, Solution, solve

MOST_OTHERS = 5


def explain(
    problem: Annotated[Path, Parameter(help="A problem as JSON.")],
    plan: Annotated[Path, Parameter(help="A plan as JSON: what is built in which year.")],
    site: Annotated[str, Parameter(help="The id of a site.")],
    *,
    cpu_s: Seconds = 10.0,
    seed: Seed = SEED,
) -> int:
    """Say why a site is built or not: what it sees, who sees that too, its account, what the other choice costs."""
    named = read(document_of(problem))
    year, _links = plan_years(named, document_of(plan))
    if site not in named.sites:
        raise UnknownPointError(site)
    give(explained(named, year, named.sites.index(site), cpu_s=cpu_s, seed=seed), None)
    return 0


def explained(named: Named, year: Ints, site: int, *, cpu_s: float, seed: int) -> dict[str, Any]:
    """The answer as JSON values."""
    of = named.problem
    proven = solve(of, cpu_s=cpu_s, seed=seed, gap=0.005)
    account = accounts(of, proven.prices)
    built = int(site_years(of, year)[site])
    return {
        "site": named.sites[site],
        "year": named.years[built] if built < of.years else None,
        "rules": _rules(of, site),
        "sees": _sees(named, year, site),
        "account": {
            "best_year": named.years[int(account.year[site])],
            "seen": round(float(account.seen[site]), 3),
            "cost": round(float(account.cost[site]), 3),
            "worth_its_cost": bool(account.seen[site] >= account.cost[site]),
        },
        "otherwise": _otherwise(named, proven, year, site, cpu_s=cpu_s, seed=seed),
    }


def _rules(of: Problem, site: int) -> list[str]:
    """Rules that name this site, whatever it is worth."""
    told = []
    if of.must[site] < of.years:
        told.append("must stand")
    if of.banned[site]:
        told.append("banned")
    if of.village[site] >= 0 and len(of.due) and 0 <= of.due[of.village[site]] < of.years:
        told.append("its village has a deadline")
    told += [f"counts for {share.name}" for share in of.shares if share.members[site]]
    return told


def _sees(named: Named, year: Ints, site: int) -> Mapping[str, Any]:
    """Worth of a year, each counted once: all that the site sees, and what other sites of the plan see of it."""
    of = named.problem
    cameras = np.flatnonzero(of.site == site)
    mine = np.unique(pairs(of.sees, cameras)[1])
    others = np.flatnonzero((year < of.years) & (of.site != site))
    number, column = pairs(of.sees, others)
    shared = np.isin(column, mine)
    seers = np.unique(np.stack([of.site[others[number[shared]]], column[shared]]), axis=1)
    worth = np.bincount(seers[0], weights=of.worth[0][seers[1]], minlength=of.sites).astype(np.int64)
    first = sorted(np.flatnonzero(worth), key=lambda other: (-worth[other], other))[:MOST_OTHERS]
    return {
        "worth": int(of.own[cameras].sum() + of.worth[0][mine].sum()),
        "seen_by_others": int(of.worth[0][np.unique(seers[1])].sum()),
        "others": [{"site": named.sites[int(other)], "worth": int(worth[other])} for other in first],
    }


def _otherwise(
    named: Named, proven: Solution, year: Ints, site: int, *, cpu_s: float, seed: int
) -> Mapping[str, Any]:
    """The plan with the other choice: a built site banned, any other one forced in."""
    of = named.problem
    stands = bool(site_years(of, year)[site] < of.years)
    must, banned = of.must.copy(), of.banned.copy()
    must[site], banned[site] = (of.years, True) if stands else (of.years - 1, False)
    try:
        found = solve(
            replace(of, must=must, banned=banned), cpu_s=cpu_s, seed=seed, gap=0.005, prices=proven.prices
        )
    except NoPlanError as refused:
        return {"choice": "banned" if stands else "forced", "refused": str(refused)}
    before, after = value_of(of, year), found.value
    was, now = site_years(of, year) < of.years, found.built < of.years
    elsewhere = np.arange(of.sites) != site
    return {
        "choice": "banned" if stands else "forced",
        "value_before": before,
        "value_after": after,
        "leaves": [named.sites[int(s)] for s in np.flatnonzero(was & ~now & elsewhere)],
        "enters": [named.sites[int(s)] for s in np.flatnonzero(now & ~was & elsewhere)],
    }
