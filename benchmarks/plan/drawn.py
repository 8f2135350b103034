"""Instances that a seed draws: the five-year regency, clustered towns with a budget, uniform customers.

The regency redraws the study it is compared with by its description (18 districts, 141 villages, 2,000 sites with
4 cameras each, 200,000 cells, Rp3,000 million a year); its cells are spread so that the number of
distinct columns comes near the study's (7,964 at 60 m, 12,654 at 100 m, 18,878 at 150 m).
"""

from dataclasses import replace

import numpy as np

from ronda.planning.cover import Cover, Floats, Ints, cover
from ronda.planning.solver.assemble import assembled
from ronda.planning.solver.columns import ONCE, columns_of
from ronda.planning.solver.money import Purse, ceiling_rows, rows_of
from ronda.planning.solver.problem import Hubs, Problem, Share

YEARS = 5


def regency(
    reach_m: float = 100.0,
    *,
    budget: int | None = None,
    sites: int = 2000,
    cells: int = 200_000,
    villages: int = 141,
    districts: int = 18,
    steps: tuple[float, ...] = ONCE,
    privacy: float = 0.0,
    hubs: bool = False,
    seed: int = 1,
) -> Problem:
    """Money in millions of rupiah. `privacy`: share of the cells that are better not seen."""
    chance = np.random.default_rng(seed)
    home, at = _places(chance, villages, cells)
    where = np.sort(chance.choice(cells, sites, replace=False))
    weight = np.ceil(chance.lognormal(1.0, 1.0, cells)).astype(np.int64)
    if privacy:
        weight = np.where(chance.random(cells) < privacy, -4 * weight, weight)
    if len(steps) > 1:
        weight = weight * 1000  # so that a share of a weight is still a whole number
    order = np.argsort(home[where], kind="stable")
    village, spot = home[where][order], at[where][order] + chance.normal(0, 10, (sites, 2))
    sees = _quarters(spot, reach_m, at)
    build, camera = chance.integers(15, 56, sites), chance.integers(6, 13, 4 * sites)
    yearly = chance.integers(3, 7, sites)
    district = np.arange(villages) * districts // villages
    must = np.full(sites, YEARS)
    must[[int(np.flatnonzero(district[village] == d)[0]) for d in range(districts)]] = 0
    amount = budget if budget is not None else (3500 if reach_m > 120 else 3000)
    purse = Purse(name="APBD", amounts=(amount,) * YEARS, pays=frozenset({0}))
    with_sites = np.isin(np.arange(villages), village)
    problem = assembled(
        columns_of(sees, weight, steps), site=np.repeat(np.arange(sites), 4), build=build, yearly=yearly,
        camera_build=camera, camera_yearly=np.ones(4 * sites), rows=rows_of((purse,), 1, YEARS), years=YEARS,
        must=must, village=village, due=np.where(with_sites, 2, -1), cap=3,
    )  # fmt: skip
    return replace(problem, hubs=_hubs(chance, spot)) if hubs else problem


def _places(chance: np.random.Generator, villages: int, cells: int) -> tuple[Ints, Floats]:
    """The village of each cell, and where the cells are, in metres."""
    centre = chance.uniform(0, 60_000, (villages, 2))
    size = chance.lognormal(0.0, 0.6, villages)
    home = np.sort(chance.choice(villages, cells, p=size / size.sum()))
    spread = 175.0 * np.sqrt(size / size.mean())
    return home, centre[home] + chance.normal(0, 1, (cells, 2)) * spread[home, None]


def _quarters(spot: Floats, reach_m: float, at: Floats) -> Cover:
    """Four cameras a site: north-east, north-west, south-west, south-east."""
    discs = cover((spot[:, 0], spot[:, 1]), np.full(len(spot), reach_m), (at[:, 0], at[:, 1]))
    site = np.repeat(np.arange(len(spot)), np.diff(discs.start))
    east, north = (at[discs.cols] - spot[site]).T
    quarter = np.where(north >= 0, np.where(east >= 0, 0, 1), np.where(east < 0, 2, 3))
    camera = 4 * site + quarter
    start = np.zeros(4 * len(spot) + 1, dtype=np.int64)
    np.cumsum(np.bincount(camera, minlength=4 * len(spot)), out=start[1:])
    return Cover(start=start, cols=discs.cols[np.lexsort((discs.cols, camera))])


def _hubs(chance: np.random.Generator, spot: Floats) -> Hubs:
    """A hub at every fifth site, for 8 sites within 1,500 m."""
    at = spot[::5]
    reach = cover((spot[:, 0], spot[:, 1]), np.full(len(spot), 1500.0), (at[:, 0], at[:, 1]))
    return Hubs(
        cost=chance.integers(20, 41, len(at)), yearly=np.full(len(at), 4), ports=np.full(len(at), 8),
        purse=np.zeros(len(at), dtype=np.int64), reach=reach,
    )  # fmt: skip


def with_more_rules(of: Problem) -> Problem:
    """The regency with a ceiling on running cost and shares for two parties besides."""
    some = np.arange(of.sites) % 40
    shares = tuple(
        Share(name=name, members=some == part, least=15, by=3) for name, part in (("police", 0), ("transport", 1))
    )
    return replace(of, rows=(*of.rows, *ceiling_rows(np.array([400, 800, 1100, 1400, 1600]), 1)), shares=shares)


def towns(reach: float, *, sites: int = 5000, points: int = 1_000_000, seed: int = 7) -> tuple[Problem, int]:
    """Clustered demand, site cost 20 to 60, a budget of a tenth of all; and how many pairs of site and point."""
    chance = np.random.default_rng(seed)
    centre = chance.uniform(0, 1000, (200, 2))
    home = chance.integers(0, 200, points)
    at = centre[home] + chance.normal(0, 25, (points, 2))
    spot = at[chance.choice(points, sites, replace=False)] + chance.normal(0, 1, (sites, 2))
    weight = chance.integers(1, 101, points)
    cost = chance.integers(20, 61, sites)
    sees = cover((spot[:, 0], spot[:, 1]), np.full(sites, reach), (at[:, 0], at[:, 1]))
    columns = columns_of(sees, weight)
    purse = Purse(name="budget", amounts=(int(cost.sum()) // 10,), pays=frozenset({0}))
    return assembled(columns, site=np.arange(sites), build=cost, rows=rows_of((purse,), 1, 1)), len(sees.cols)
