"""A problem from its parts, with the rules that are absent left out; and checks of what cannot be.

`plain` is the maximal covering problem: the same problem with one year, one camera a site and one row.
"""

import numpy as np

from ronda.planning.cover import Cover, Ints
from ronda.planning.solver.columns import Columns, columns_of
from ronda.planning.solver.money import Purse, rows_of
from ronda.planning.solver.problem import Bools, Hubs, Problem, Row, Share


def assembled(
    columns: Columns,
    *,
    site: Ints,
    build: Ints,
    yearly: Ints | None = None,
    camera_build: Ints | None = None,
    camera_yearly: Ints | None = None,
    rows: tuple[Row, ...],
    years: int = 1,
    year_worth: Ints | None = None,
    purse: Ints | None = None,
    must: Ints | None = None,
    banned: Bools | None = None,
    village: Ints | None = None,
    due: Ints | None = None,
    cap: int | None = None,
    shares: tuple[Share, ...] = (),
    hubs: Hubs | None = None,
    lone: bool = False,
) -> Problem:
    """Every rule that is not given is absent. Raises ValueError for sites without a camera or out of order."""
    sites, cameras = len(build), len(site)
    if (np.diff(site) < 0).any() or len(np.unique(site)) != sites or (sites and site[-1] != sites - 1):
        raise ValueError("every site has at least one camera, and cameras are in the order of their sites")

    def or_(given: Ints | None, length: int, value: int) -> Ints:
        return np.full(length, value, dtype=np.int64) if given is None else given.astype(np.int64)

    return Problem(
        years=years, site=site.astype(np.int64), sees=columns.sees, by_column=columns.by_column,
        worth=columns.worth, own=columns.own, shuns=columns.shuns, harm=columns.harm,
        year_worth=or_(year_worth, years, 1), build=build.astype(np.int64), yearly=or_(yearly, sites, 0),
        camera_build=or_(camera_build, cameras, 0), camera_yearly=or_(camera_yearly, cameras, 0),
        purse=or_(purse, sites, 0), rows=rows, must=or_(must, sites, years),
        banned=np.zeros(sites, dtype=bool) if banned is None else banned,
        village=or_(village, sites, -1), due=or_(due, 0, 0), cap=cap, shares=shares, hubs=hubs, lone=lone,
    )  # fmt: skip


def plain(sees: Cover, weight: Ints, cost: Ints, budget: int) -> Problem:
    """Choose sites for at most `budget` so that they see most."""
    return plain_of(columns_of(sees, weight), cost, budget)


def plain_of(columns: Columns, cost: Ints, budget: int) -> Problem:
    purse = Purse(name="budget", amounts=(budget,), pays=frozenset({0}))
    return assembled(columns, site=np.arange(len(cost), dtype=np.int64), build=cost, rows=rows_of((purse,), 1, 1))
