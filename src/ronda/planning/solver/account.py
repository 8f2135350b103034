"""The account of a site at the prices of the bound: what it would see, and what it would cost.

Both are in units of worth, so they compare: a site is worth building in the relaxed problem when the first
is larger. Rules (promises, caps, shares) are not in it; they are told beside it.
"""

from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.solver.prices import Money, Prices
from ronda.planning.solver.problem import Problem
from ronda.planning.solver.relaxed import best_alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """By site, in the year that suits it best.

    seen   what its cameras see, at the price of each column
    cost   building and running cost, at the price of money in each year
    """

    year: Ints
    seen: Floats
    cost: Floats

    @property
    def ratio(self) -> Floats:
        """1 and more: worth its money at the prices; infinite when money has no price."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.cost > 0, self.seen / self.cost, np.where(self.seen > 0, np.inf, 0.0))


def accounts(of: Problem, prices: Prices) -> Accounts:
    """Every site at its own best, as if nothing were promised or forbidden."""
    alone = best_alone(of, Money(of=of), prices)
    return Accounts(year=alone.year, seen=alone.seen, cost=np.maximum(alone.seen - alone.profit, 0.0))
