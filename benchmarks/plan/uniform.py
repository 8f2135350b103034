"""Customers drawn uniformly, as the published generator of 2019 draws them, in portions of any size.

The published files were drawn with the C library's rand() of glibc; the stream is that generator's additive
feedback. Draw order: all sites, all customers (x, y each), all site costs, all customer demands.
"""

from collections.abc import Iterator

import numpy as np
from numba import njit

from ronda.planning.cover import Floats, Ints
from ronda.planning.solver.assemble import plain_of
from ronda.planning.solver.problem import Problem
from ronda.planning.solver.stream import Discs, Masks

SIDE = 30
PORTION = 2**18


class Stream:
    """The numbers of a seed, in order."""

    def __init__(self, seed: int) -> None:
        r = [seed]
        for _ in range(1, 31):
            r.append((16807 * r[-1]) % 2147483647)
        r += r[0:3]
        for i in range(34, 344):
            r.append((r[i - 3] + r[i - 31]) & 0xFFFFFFFF)
        self._last = np.array(r[-31:], dtype=np.uint32)

    def take(self, count: int) -> Ints:
        out = np.empty(count, dtype=np.uint32)
        self._last = _take(self._last, out)
        return (out >> np.uint32(1)).astype(np.int64)

    def skip(self, count: int) -> None:
        while count:
            part = min(count, 2**20)
            self._last = _take(self._last, np.empty(part, dtype=np.uint32))
            count -= part


@njit(cache=True)  # type: ignore[untyped-decorator]
def _take(last: "np.ndarray", out: "np.ndarray") -> "np.ndarray":
    n = len(out)
    for i in range(n):
        three = out[i - 3] if i >= 3 else last[28 + i]
        far = out[i - 31] if i >= 31 else last[i]
        out[i] = np.uint32(three + far)
    after = np.empty(31, dtype=np.uint32)
    for i in range(31):
        at = n - 31 + i
        after[i] = out[at] if at >= 0 else last[31 + at]
    return after


def places(numbers: Ints) -> tuple[Floats, Floats]:
    at = np.round(numbers / 2147483647.0 * SIDE, 6).reshape(-1, 2)
    return at[:, 0].copy(), at[:, 1].copy()


def portions(customers: int, sites: int, seed: int) -> Iterator[tuple[Floats, Floats, Ints]]:
    """Customers with their demand of 1 to 100; the sites are drawn before them."""
    where, demand = Stream(seed), Stream(seed)
    where.skip(2 * sites)
    demand.skip(2 * (sites + customers) + sites)
    for first in range(0, customers, PORTION):
        count = min(PORTION, customers - first)
        east, north = places(where.take(2 * count))
        yield east, north, demand.take(count) % 100 + 1


def problem(customers: int, reach: float, budget: int, sites: int = 100, seed: int = 1) -> Problem:
    """Unit costs."""
    east, north = places(Stream(seed).take(2 * sites))
    discs = Discs(east, north, np.full(sites, reach), (0.0, 0.0, SIDE, SIDE))
    masks = Masks(discs.words)
    for x, y, weight in portions(customers, sites, seed):
        masks.add(discs.masks(x, y), weight)
    return plain_of(masks.columns(sites), np.ones(sites, dtype=np.int64), budget)
