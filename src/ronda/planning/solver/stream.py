"""Many millions of points against some hundred sites, in portions: only who sees what is kept, never a point.

Each point becomes a bit mask of the sites that reach it. A grid knows which sites reach a whole square, so
few distances are computed. Equal masks are joined at once: what remains is a few thousand columns, however many
points come. Exact: masks are compared themselves, never only their keys.
"""

import numpy as np
import numpy.typing as npt

from ronda.planning.cover import Cover, Floats, Ints
from ronda.planning.solver.columns import Columns, columns_of

Words = npt.NDArray[np.uint64]
_ONE = np.uint64(1)
_SQUARES = 192  # along each side of the box
_KEPT = 400_000  # masks that wait before they are joined


class Discs:
    """Sites that see everything within a reach; `box` must hold every point: west, south, east, north."""

    def __init__(self, east: Floats, north: Floats, reach: Floats, box: tuple[float, float, float, float]) -> None:
        self.east, self.north, self.reach2 = east, north, reach * reach
        self.words = max(1, (len(east) + 63) // 64)
        self._west, self._south = box[0], box[1]
        self._wide = (box[2] - box[0]) / _SQUARES or 1.0
        self._high = (box[3] - box[1]) / _SQUARES or 1.0
        self._squares(reach)

    def _squares(self, reach: Floats) -> None:
        """Which sites reach all of a square, and which some of it."""
        x, y = np.meshgrid(np.arange(_SQUARES), np.arange(_SQUARES), indexing="ij")
        west, south = self._west + x.ravel() * self._wide, self._south + y.ravel() * self._high
        whole = np.zeros((self.words, _SQUARES * _SQUARES), dtype=np.uint64)
        squares, sites = [], []
        for s in range(len(reach)):
            dx = np.abs(west + self._wide / 2 - self.east[s])
            dy = np.abs(south + self._high / 2 - self.north[s])
            far = np.hypot(dx + self._wide / 2, dy + self._high / 2)
            near = np.hypot(np.maximum(dx - self._wide / 2, 0), np.maximum(dy - self._high / 2, 0))
            inside = far <= reach[s] * (1 - 1e-9)
            whole[s // 64, inside] |= _ONE << np.uint64(s % 64)
            some = np.flatnonzero(~inside & (near <= reach[s] * (1 + 1e-9)))
            squares.append(some)
            sites.append(np.full(len(some), s))
        square, site = np.concatenate(squares), np.concatenate(sites)
        order = np.argsort(square, kind="stable")
        self._whole, self._site = whole, site[order]
        self._start = np.searchsorted(square[order], np.arange(_SQUARES * _SQUARES + 1))

    def masks(self, east: Floats, north: Floats) -> Words:
        """[words, points]. Raises ValueError for points outside the box."""
        column = np.minimum(((east - self._west) / self._wide).astype(np.int64), _SQUARES - 1)
        row = np.minimum(((north - self._south) / self._high).astype(np.int64), _SQUARES - 1)
        if len(east) and (min(column.min(), row.min()) < 0 or max(self._outside(east, north)) > 0):
            raise ValueError("a point lies outside the box")
        square = column * _SQUARES + row
        masks = self._whole[:, square]
        length = self._start[square + 1] - self._start[square]
        some = np.flatnonzero(length)
        length = length[some]
        ends = np.cumsum(length)
        point = np.repeat(some, length)
        inside = np.arange(len(point)) - np.repeat(ends - length, length)
        site = self._site[np.repeat(self._start[square[some]], length) + inside]
        east_off, north_off = east[point] - self.east[site], north[point] - self.north[site]
        seen = east_off * east_off + north_off * north_off <= self.reach2[site]
        point, site = point[seen], site[seen]
        bit = _ONE << (site % 64).astype(np.uint64)
        for word in range(self.words):
            mine = site // 64 == word
            sums = np.zeros(len(east) + 1, dtype=np.uint64)
            counts = np.bincount(point[mine], minlength=len(east))
            running = np.concatenate(([np.uint64(0)], np.cumsum(bit[mine], dtype=np.uint64)))
            at = np.concatenate(([0], np.cumsum(counts)))
            sums = running[at[1:]] - running[at[:-1]]  # bits of one point differ, so their sum is their union
            masks[word] |= sums
        return np.asarray(masks)

    def _outside(self, east: Floats, north: Floats) -> tuple[float, float]:
        return (
            float(east.max() - self._west - self._wide * _SQUARES * (1 + 1e-12)),
            float(north.max() - self._south - self._high * _SQUARES * (1 + 1e-12)),
        )


class Masks:
    """Distinct masks with the sum of their weights; give it portion after portion."""

    def __init__(self, words: int) -> None:
        self._masks = [np.zeros((words, 0), dtype=np.uint64)]
        self._weights = [np.zeros(0, dtype=np.int64)]

    def add(self, masks: Words, weights: Ints) -> None:
        joined, sums = _joined(masks, weights)
        self._masks.append(joined)
        self._weights.append(sums)
        if sum(len(part) for part in self._weights) > _KEPT:
            self._join()

    def _join(self) -> None:
        joined, sums = _joined(np.concatenate(self._masks, axis=1), np.concatenate(self._weights))
        self._masks, self._weights = [joined], [sums]

    def columns(self, sites: int) -> Columns:
        self._join()
        masks = self._masks[0]
        rows = [np.flatnonzero(masks[s // 64] >> np.uint64(s % 64) & _ONE) for s in range(sites)]
        start = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
        return columns_of(Cover(start=start, cols=np.concatenate(rows)), self._weights[0])


def _joined(masks: Words, weights: Ints) -> tuple[Words, Ints]:
    """Equal masks become one. A key finds them; where keys lie, the masks themselves are sorted."""
    key = np.zeros(masks.shape[1], dtype=np.uint64)
    for number, word in enumerate(masks):
        key ^= (word ^ (word >> np.uint64(29))) * np.uint64(
            0x9E3779B97F4A7C15 + 2 * number * 0x632BE59BD9B4E019 & 2**64 - 1
        )
    _keys, first, group = np.unique(key, return_index=True, return_inverse=True)
    if not np.array_equal(masks[:, first][:, group], masks):
        order = np.lexsort(masks)
        new = np.ones(len(order), dtype=bool)
        new[1:] = (masks[:, order[1:]] != masks[:, order[:-1]]).any(axis=0)
        group = np.zeros(len(order), dtype=np.int64)
        group[order] = np.cumsum(new) - 1
        first = order[new]
    sums = np.zeros(len(first), dtype=np.int64)
    for part in range(0, len(weights), 2**22):  # whole numbers in floats stay exact below 2^53
        some = slice(part, part + 2**22)
        sums += np.bincount(group[some], weights=weights[some].astype(np.float64), minlength=len(first)).astype(
            np.int64
        )
    return masks[:, first], sums
