"""Prices: what a column, money, a share, a port, a near hub and a privacy zone are worth in the relaxed problem.

Any prices prove a bound (`relaxed`); good ones come from `dual`. Column prices are rounded to a fraction
of a power of two, so that their sums are exact in any order: the same prices on every machine, with or
without compiled loops.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.solver.openings import Openings, openings_of
from ronda.planning.solver.problem import Problem, hubs_near
from ronda.planning.solver.villages import Homes, homes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """All at least 0.

    cell   [T, J] of seeing a column in a year; at most what its first seer adds
    rows   [R] of a unit in each row of money
    share  [G] of one more site of a share
    port   [T, S] of a port for a site
    near   [T, V] of an open hub in reach of a village in a year, where villages pay for that (`openings`)
    shun   [T, pairs of `shuns`] of not seeing a shunned column, by camera; at most its harm in all
    """

    cell: Floats
    rows: Floats
    share: Floats
    port: Floats
    near: Floats
    shun: Floats


@dataclass(frozen=True, kw_only=True)
class Money:
    """The rows of a problem as tensors; the last year stands for never.

    builds   [R, C, T + 1] counts building of a year; upkeeps the running cost from a year on
    """

    of: Problem

    @cached_property
    def builds(self) -> Floats:
        return _tensor([row.builds for row in self.of.rows], self.of)

    @cached_property
    def upkeeps(self) -> Floats:
        yearly = _tensor([row.upkeeps for row in self.of.rows], self.of)
        return np.asarray(np.cumsum(yearly[:, :, ::-1], axis=2)[:, :, ::-1])

    @cached_property
    def homes(self) -> Homes:
        return homes_of(self.of)

    @cached_property
    def openings(self) -> Openings | None:
        return openings_of(self.of)

    @cached_property
    def hubs_near(self) -> tuple[Ints, Ints]:
        return hubs_near(self.of)

    @cached_property
    def given(self) -> Floats:
        return np.array([row.given for row in self.of.rows], dtype=np.float64)


def _tensor(masks: "list[np.ndarray]", of: Problem) -> Floats:
    tensor = np.zeros((len(masks), of.classes, of.years + 1))
    for number, mask in enumerate(masks):
        tensor[number, :, :-1] = mask
    return tensor


def first_prices(of: Problem, rows: Floats) -> Prices:
    """Columns at a share of their worth that falls with how many see them."""
    most = np.multiply.outer(of.year_worth, of.worth[0]).astype(np.float64)
    return Prices(
        cell=np.rint(most * 0.6), rows=rows, share=np.zeros(len(of.shares)),
        port=np.zeros((of.years, of.sites)), near=np.zeros((of.years, of.villages)),
        shun=np.zeros((of.years, len(of.shuns.cols))),
    )  # fmt: skip


def grain(of: Problem) -> float:
    """The unit of column prices: sums of all of them stay below 2^52 units, so they are exact."""
    most = float(of.worth.sum()) * float(max(int(of.year_worth.sum()), 1)) * max(of.cameras, 1) + 1.0
    bits = 50 - int(np.ceil(np.log2(most)))
    return 2.0 ** -min(max(bits, 0), 20)
