"""Merge cells that exactly the same candidates see: one column with the sum of their weights.

Exact: any set of candidates sees either all cells of a column or none, so values do not change. Two
64-bit keys find equal cover sets; the sets themselves are compared before they are merged, so a
collision of keys cannot join different cells. Cells that nobody sees are dropped.
"""

import numpy as np

from ronda.planning.cover import Cover, Ints, turned

_SEED = 20_260_101


def merged(cover: Cover, weights: Ints) -> tuple[Cover, Ints]:
    """The cover of the merged columns and their weights; columns without weight are dropped."""
    by_cell = turned(cover, len(weights))
    chance = np.random.default_rng(_SEED)
    labels = chance.integers(1, 2**63 - 1, size=(2, max(cover.rows, 1)), dtype=np.uint64)
    lengths = np.diff(by_cell.start)
    alive = np.flatnonzero((lengths > 0) & (weights > 0))
    keys = np.zeros((2, len(weights)), dtype=np.uint64)
    for number in range(2):
        sums = np.concatenate(([np.uint64(0)], np.cumsum(labels[number][by_cell.cols], dtype=np.uint64)))
        keys[number] = sums[by_cell.start[1:]] - sums[by_cell.start[:-1]]
    order = alive[np.lexsort((keys[1][alive], keys[0][alive], lengths[alive]))]
    column_of, firsts = _group(order, by_cell, keys)
    totals = np.bincount(column_of, weights=weights[order].astype(np.float64), minlength=len(firsts))
    site, column = _pairs(firsts, by_cell)
    back = np.lexsort((column, site))
    start = np.zeros(cover.rows + 1, dtype=np.int64)
    np.cumsum(np.bincount(site, minlength=cover.rows), out=start[1:])
    return Cover(start=start, cols=column[back]), np.rint(totals).astype(np.int64)


def _group(order: Ints, by_cell: Cover, keys: np.ndarray) -> tuple[Ints, Ints]:
    """The column of each cell in `order`, and the first cell of each column."""
    if not len(order):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    same = np.zeros(len(order), dtype=bool)
    same[1:] = (keys[:, order[1:]] == keys[:, order[:-1]]).all(axis=0)
    for at in np.flatnonzero(same):
        same[at] = np.array_equal(by_cell.row(int(order[at])), by_cell.row(int(order[at - 1])))
    return np.cumsum(~same) - 1, order[~same]


def _pairs(firsts: Ints, by_cell: Cover) -> tuple[Ints, Ints]:
    lengths = by_cell.start[firsts + 1] - by_cell.start[firsts]
    column = np.repeat(np.arange(len(firsts)), lengths)
    inside = np.arange(len(column)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return by_cell.cols[np.repeat(by_cell.start[firsts], lengths) + inside], column
