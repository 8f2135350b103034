"""From cells to columns: cells that exactly the same cameras see are one, with the sum of what they are worth.

Exact: any set of cameras sees either all cells of a column or none, so no value changes. Two 64-bit keys
find equal cover sets; the sets themselves are compared before they are joined. A column that one camera
alone sees goes to that camera's own account; a column nobody sees, or that comes to nothing, is dropped.
"""

from dataclasses import dataclass

import numpy as np

from ronda.planning.cover import Cover, Floats, Ints, turned

_SEED = 20_260_101
ONCE = (1.0,)  # a cell counts when somebody sees it, once


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the cells became: see `problem.Problem` for the fields."""

    sees: Cover
    by_column: Cover
    worth: Ints
    own: Ints
    shuns: Cover
    harm: Ints


def columns_of(sees: Cover, weight: Ints, steps: tuple[float, ...] = ONCE, standing: Ints | None = None) -> Columns:
    """Merge the cells of `sees`.

    steps     share of a cell's weight that its first, second ... seer adds (`availability`)
    standing  how many cameras see each cell already: their steps are taken
    A cell of negative weight (a privacy zone) counts in full as soon as any camera sees it.
    """
    worth = worth_of(weight, steps, standing)
    by_cell = turned(sees, len(weight))
    lengths = np.diff(by_cell.start)
    some = np.flatnonzero((lengths > 0) & ((worth != 0).any(axis=0) | (weight < 0)))
    number, firsts = grouped(by_cell, some, sees.rows)
    sums = _sums(worth[:, some], np.minimum(weight, 0)[some], number, len(firsts))
    return _columns(_pairs(firsts, by_cell), sums, sees.rows)


def worth_of(weight: Ints, steps: tuple[float, ...], standing: Ints | None) -> Ints:
    """[N, cells]: what the n-th new seer of each cell adds."""
    shares: Floats = np.array([*steps, *[0.0] * len(steps)])
    shift = np.zeros(len(weight), dtype=np.int64) if standing is None else np.minimum(standing, len(steps))
    positive = np.maximum(weight, 0)
    return np.stack([np.rint(positive * shares[shift + n]).astype(np.int64) for n in range(len(steps))])


def availability(share: float, cameras: int = 4) -> tuple[float, ...]:
    """What the n-th camera adds when each works for this share of the time, independently of the others."""
    return tuple(share * (1 - share) ** n for n in range(cameras))


def grouped(by_cell: Cover, some: Ints, cameras: int) -> tuple[Ints, Ints]:
    """The group of each cell of `some` by equal cover sets, and the first cell of each group."""
    chance = np.random.default_rng(_SEED)
    labels = chance.integers(1, 2**63 - 1, size=(2, max(cameras, 1)), dtype=np.uint64)
    lengths = np.diff(by_cell.start)[some]
    keys = np.zeros((2, len(some)), dtype=np.uint64)
    for number in range(2):
        sums = np.concatenate(([np.uint64(0)], np.cumsum(labels[number][by_cell.cols], dtype=np.uint64)))
        keys[number] = sums[by_cell.start[1:][some]] - sums[by_cell.start[:-1][some]]
    order = np.lexsort((keys[1], keys[0], lengths))
    same = np.zeros(len(some), dtype=bool)
    same[1:] = (keys[:, order[1:]] == keys[:, order[:-1]]).all(axis=0) & (lengths[order[1:]] == lengths[order[:-1]])
    same[1:] &= _equal_sets(by_cell, some[order], same[1:])
    group = np.zeros(len(some), dtype=np.int64)
    group[order] = np.cumsum(~same) - 1
    return group, some[order[~same]]


def _equal_sets(by_cell: Cover, cells: Ints, alike: "np.ndarray") -> "np.ndarray":
    """Of neighbours in `cells` with equal keys: are their sets equal, member by member?"""
    later = np.flatnonzero(alike) + 1
    equal = alike.copy()
    for some in np.array_split(later, max(1, len(later) // 100_000)):
        first, second = cells[some - 1], cells[some]
        lengths = by_cell.start[second + 1] - by_cell.start[second]
        number = np.repeat(np.arange(len(some)), lengths)
        inside = np.arange(len(number)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        left = by_cell.cols[np.repeat(by_cell.start[first], lengths) + inside]
        right = by_cell.cols[np.repeat(by_cell.start[second], lengths) + inside]
        equal[some[number[left != right]] - 1] = False
    return equal


def _sums(worth: Ints, harm: Ints, group: Ints, groups: int) -> Ints:
    """[N + 1, groups]: worth by seer, and last the harm (0 or less)."""
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups))
    both = np.concatenate([worth, harm[None, :]])[:, order]
    return np.asarray(np.add.reduceat(both, starts, axis=1) if groups else both[:, :0])


def _columns(pairs: tuple[Ints, Ints], sums: Ints, cameras: int) -> Columns:
    camera, column = pairs
    worth, harm = sums[:-1], -sums[-1]
    if len(worth) == 1:  # seen once or not at all: what is worth and what is shunned cancel out
        net = worth[0] - harm
        worth, harm = np.maximum(net, 0)[None, :], np.maximum(-net, 0)
    single = np.bincount(column, minlength=sums.shape[1]) == 1
    alone = single[column]
    own = np.zeros(cameras, dtype=np.int64)
    np.add.at(own, camera[alone], (worth[0] - harm)[column[alone]])
    good, bad = np.flatnonzero(~single & (worth > 0).any(axis=0)), np.flatnonzero(~single & (harm > 0))
    sees, shuns = (
        _kept(camera, column, good, sums.shape[1], cameras),
        _kept(camera, column, bad, sums.shape[1], cameras),
    )
    return Columns(
        sees=sees, by_column=turned(sees, len(good)), worth=worth[:, good], own=own, shuns=shuns, harm=harm[bad]
    )


def _kept(camera: Ints, column: Ints, kept: Ints, columns: int, cameras: int) -> Cover:
    number = np.full(columns, -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    inside = number[column] >= 0
    start = np.zeros(cameras + 1, dtype=np.int64)
    np.cumsum(np.bincount(camera[inside], minlength=cameras), out=start[1:])
    order = np.lexsort((number[column[inside]], camera[inside]))
    return Cover(start=start, cols=number[column[inside]][order])


def _pairs(firsts: Ints, by_cell: Cover) -> tuple[Ints, Ints]:
    lengths = by_cell.start[firsts + 1] - by_cell.start[firsts]
    column = np.repeat(np.arange(len(firsts)), lengths)
    inside = np.arange(len(column)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return by_cell.cols[np.repeat(by_cell.start[firsts], lengths) + inside], column
