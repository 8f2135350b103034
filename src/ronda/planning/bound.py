"""The proof: prices on cover and money give a value that no plan can exceed, whatever the prices are.

Relaxed: "a cell counts only if some point sees it" with prices `cell[t, j]` in [0, weight], and the rows
of money, general money and running cost with prices >= 0. What is left separates by point: take the
best year, or none. The prices come from the linear relaxation; the bound is computed here again from
them, in exact steps, and does not trust the solver. Invariant: `Dual.at` is a valid bound for any
prices and any money; it is linear in the money, so one set of prices bounds every position of the
slider at once.
"""

from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.instance import Instance
from ronda.planning.search import Prices, row_sums

_HARMLESS = 1e-3  # added before rounding down: far above rounding errors, far below one unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Dual:
    """Prices and what they prove. `fixed` is the part of the bound that does not depend on money."""

    cell: Floats
    prices: Prices
    fixed: float

    def at(self, instance: Instance) -> float:
        """The bound for the money of this instance; points, cells and promises as when it was made."""
        prices = self.prices
        return float(
            self.fixed
            + prices.money @ instance.money
            + prices.general @ instance.general
            + prices.running @ instance.running
        )

    def bound(self, instance: Instance) -> int:
        """Values are whole, so the bound may be rounded down."""
        return int(np.floor(self.at(instance) + _HARMLESS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """The relaxed problem solved for given prices.

    profit  [T + 1, S]: what a point is worth when built in a year, beyond its price; last row: never
    year    the best of them
    """

    profit: Floats
    year: Ints
    fixed: float

    @property
    def regret(self) -> Floats:
        """[T, S]: how much the bound falls if a point is built in that year; 0 for its best choice."""
        return np.asarray(self.profit.max(axis=0)[None, :] - self.profit[:-1])


def relaxed(of: Instance, cell: Floats, prices: Prices) -> Relaxed:
    """Each point takes its best allowed year."""
    years = of.years
    profit = np.zeros((years + 1, of.points))
    until = np.full(of.points, years, dtype=np.int64)
    seen = np.zeros(of.points)
    for t in range(years - 1, -1, -1):
        seen = seen + of.own + row_sums(of, cell[t])
        profit[t] = seen - prices.cost(of, t, until)
        profit[t][of.must < t] = -np.inf
    profit[:years, of.banned] = -np.inf
    profit[years, of.must < years] = -np.inf
    year = np.argmax(profit, axis=0)
    best = profit[year, np.arange(of.points)]
    fixed = float((of.weight[None, :] - cell).sum() + best.sum())
    return Relaxed(profit=profit, year=year.astype(np.int64), fixed=fixed)


def proven(of: Instance, cell: Floats, prices: Prices) -> tuple[Dual, Relaxed]:
    """The bound that these prices prove, and what each point would like at them."""
    answer = relaxed(of, cell, prices)
    return Dual(cell=cell, prices=prices, fixed=answer.fixed), answer
