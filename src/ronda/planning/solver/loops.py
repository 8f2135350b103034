"""Inner loops that numpy does slowly. With numba (optional) they are compiled; the results are the same.

Whole numbers only, or sums that are exact in any order, so that both ways give the same bits.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ronda.planning.cover import Cover, Floats, Ints
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


def row_sums(cover: Cover, by_column: Floats) -> Floats:
    """[T, rows]: sum of a column value over what each row sees; exact values, so in any order."""
    sums = np.zeros((by_column.shape[0], cover.rows))
    if compiled:
        _loop("row_sums", _row_sums)(cover.start, cover.cols, by_column, sums)
        return sums
    starts, ends = cover.start[:-1], cover.start[1:]
    some = np.flatnonzero(ends > starts)
    if len(some):
        sums[:, some] = np.add.reduceat(by_column[:, cover.cols], starts[some], axis=1)
    return sums


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


def _row_sums(start: Ints, cols: Ints, by_column: Floats, sums: Floats) -> None:
    for t in range(by_column.shape[0]):
        for row in range(len(start) - 1):
            total = 0.0
            for at in range(start[row], start[row + 1]):
                total += by_column[t, cols[at]]
            sums[t, row] = total
