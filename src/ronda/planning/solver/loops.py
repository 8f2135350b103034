"""Inner loops that numpy does slowly. With numba (optional) they are compiled; the results are the same.

Whole numbers only, or sums that are exact in any order, so that both ways give the same bits.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ronda.planning.cover import Cover, Ints
from ronda.planning.solver.problem import pairs

try:
    from numba import njit
except ImportError:  # the extra `fast` is not installed
    njit: Any = None  # type: ignore[no-redef]

compiled = njit is not None
_made: dict[str, Callable[..., Any]] = {}


def shared(number: Ints, column: Ints, worth: Ints, by_column: Cover, rows: int, width: int) -> Ints:
    """[rows, width]: sum of the worth of the columns of each row, by who else sees them."""
    if compiled:
        table = np.zeros((rows, width), dtype=np.int64)
        _loop("shared", _shared)(number, column, worth, by_column.start, by_column.cols, table)
        return table
    pair, seer = pairs(by_column, column)
    weights = worth[column[pair]].astype(np.float64)
    flat = np.bincount(number[pair] * width + seer, weights=weights, minlength=rows * width)
    return np.rint(flat).astype(np.int64).reshape(rows, width)


def _loop(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    if name not in _made:
        assert njit is not None
        _made[name] = njit(cache=True)(plain)
    return _made[name]


def _shared(number: Ints, column: Ints, worth: Ints, start: Ints, cols: Ints, table: Ints) -> None:
    for i in range(len(number)):
        j = column[i]
        row = number[i]
        for at in range(start[j], start[j + 1]):
            table[row, cols[at]] += worth[j]
