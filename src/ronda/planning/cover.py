"""Which candidate sees which cell, as sparse rows; never a dense matrix.

A grid with squares as wide as the longest reach is hashed; a candidate is compared with the cells of
its nine squares only. Distances are over the ground on a local plane, good to 0.1 % at this latitude.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ronda.planning.demand import DEG_M

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Row s sees columns `cols[start[s]:start[s + 1]]`, ascending."""

    start: Ints
    cols: Ints

    @property
    def rows(self) -> int:
        return len(self.start) - 1

    def row(self, number: int) -> Ints:
        return self.cols[self.start[number] : self.start[number + 1]]


def on_plane(lat_deg: Floats, lon_deg: Floats, lat0_deg: float) -> tuple[Floats, Floats]:
    """Metres east and north of 0, 0 on a plane that is true at `lat0_deg`."""
    return lon_deg * DEG_M * float(np.cos(np.radians(lat0_deg))), lat_deg * DEG_M


def cover(sites: tuple[Floats, Floats], reach_m: Floats, cells: tuple[Floats, Floats]) -> Cover:
    """Sites and cells as (east, north) in metres."""
    count = len(reach_m)
    if count == 0 or len(cells[0]) == 0:
        return Cover(start=np.zeros(count + 1, dtype=np.int64), cols=np.zeros(0, dtype=np.int64))
    # A hair wider than the longest reach, so that rounding cannot put a neighbour two squares away.
    square_m = (float(reach_m.max()) or 1.0) * (1 + 1e-9)
    (site_east, site_north), cell_squares = _squares(sites, square_m), _squares(cells, square_m)
    cell_keys = _key(*cell_squares)
    order = np.argsort(cell_keys, kind="stable")
    sorted_keys = cell_keys[order]
    site_list, cell_list = [], []
    for shift_east in (-1, 0, 1):
        for shift_north in (-1, 0, 1):
            keys = _key(site_east + shift_east, site_north + shift_north)
            low, high = np.searchsorted(sorted_keys, keys), np.searchsorted(sorted_keys, keys, side="right")
            site, place = runs(low, high - low)
            cell = order[place]
            near = np.hypot(sites[0][site] - cells[0][cell], sites[1][site] - cells[1][cell]) <= reach_m[site]
            site_list.append(site[near])
            cell_list.append(cell[near])
    return _rows(np.concatenate(site_list), np.concatenate(cell_list), count)


def turned(cover: Cover, columns: int) -> Cover:
    """The same relation by cell: which sites see it."""
    site = np.repeat(np.arange(cover.rows), np.diff(cover.start))
    return _rows(cover.cols, site, columns)


def runs(first: Ints, many: Ints) -> tuple[Ints, Ints]:
    """All places of runs that begin at `first`: which run, and the place."""
    which = np.repeat(np.arange(len(many)), many)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(many) - many - first, many)


def slices(sizes: Ints, most: int) -> Iterator[slice]:
    """Neighbours whose sizes add up to at most `most`, at least one at a time: memory stays bounded."""
    ends, first = np.cumsum(sizes), 0
    while first < len(sizes):
        begun = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, begun + most, side="right")))
        yield slice(first, last)
        first = last


def _squares(points: tuple[Floats, Floats], square_m: float) -> tuple[Ints, Ints]:
    east, north = (np.floor(part / square_m).astype(np.int64) for part in points)
    return east, north


def _key(east: Ints, north: Ints) -> Ints:
    return np.asarray((east << 32) + (north & 0xFFFFFFFF))


def _rows(rows: Ints, cols: Ints, count: int) -> Cover:
    order = np.lexsort((cols, rows))
    start = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=count), out=start[1:])
    return Cover(start=start, cols=cols[order].astype(np.int64))
