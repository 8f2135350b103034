"""What to expect at each cell of the ground, from counts of the past: kernel densities, mixed.

A kernel spreads each count over its surroundings; its bandwidth says how far. One bandwidth does not fit:
thefts come back to the very same shop, and also to other streets of the same quarter. So several
bandwidths are mixed, and the shares are those under which a later period, kept apart, was most likely
(`fitted`). With many counts the cells themselves win, with few the quarter: the data says which.

Decides the forecast by cell only; what it weighs is `demand`, how good it was is `forecast`. Pure and
without chance: the same counts give the same shares. Cells are squares of a plane, known by their
column and row; a bandwidth of 0 is the cell itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ronda.planning.cover import Floats, Ints, cover, slices
from ronda.planning.errors import NothingToLearnError

BANDWIDTHS_M: Final = (0.0, 40.0, 75.0, 150.0, 300.0, 600.0)
LEAST_INCIDENTS: Final = 30  # in each of the two periods: below, shares would be noise
_FAR: Final = 3.0  # bandwidths; beyond, a kernel is cut
_COARSE: Final = 1 / 3  # of the bandwidth: counts this close together are taken as one
_ROUNDS: Final = 300
_DROPPED: Final = 0.005
_MOST_NEAR: Final = 400  # blocks of a third of a bandwidth within three bandwidths
_PAIRS_AT_ONCE: Final = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Incidents by cell, each cell once."""

    column: Ints
    row: Ints
    number: Floats

    @property
    def total(self) -> float:
        return float(self.number.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """So much of what is expected lies around earlier incidents, this far spread."""

    bandwidth_m: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Density:
    """Shares of the bandwidths; what they leave below 1 lies evenly over `cells` cells.

    gain  log-likelihood for each incident of the later period, above that of an even spread
    """

    cell_m: float
    parts: tuple[Part, ...]
    cells: int
    gain: float

    def expected(self, past: Counts, column: Ints, row: Ints) -> Floats:
        """Share of all coming incidents that falls into each of these cells."""
        even = (1.0 - sum(part.share for part in self.parts)) / self.cells
        found = np.full(len(column), max(even, 0.0))
        for part in self.parts:
            found += part.share * spread(past, column, row, part.bandwidth_m, self.cell_m)
        return found


def counted(east: Floats, north: Floats, cell_m: float) -> Counts:
    """Points of the plane as counts by cell."""
    cells = np.stack([np.floor(east / cell_m), np.floor(north / cell_m)], axis=1).astype(np.int64)
    unique, number = np.unique(cells, axis=0, return_counts=True)
    return Counts(column=unique[:, 0], row=unique[:, 1], number=number.astype(np.float64))


def spread(past: Counts, column: Ints, row: Ints, bandwidth_m: float, cell_m: float) -> Floats:
    """One kernel density at these cells: shares of the past counts, one in all over the whole plane."""
    if past.total <= 0 or not len(column):
        return np.zeros(len(column))
    if bandwidth_m <= 0:
        return _same_cell(past, column, row) / past.total
    reach = bandwidth_m * _FAR / cell_m
    east, north, number = _coarse(past, max(1, int(bandwidth_m * _COARSE / cell_m)))
    found = np.zeros(len(column))
    for part in slices(np.full(len(column), min(len(east), _MOST_NEAR)), _PAIRS_AT_ONCE):
        at = (column[part].astype(np.float64), row[part].astype(np.float64))
        near = cover(at, np.full(len(at[0]), reach), (east, north))
        here = np.repeat(np.arange(near.rows), np.diff(near.start))
        away = (at[0][here] - east[near.cols]) ** 2 + (at[1][here] - north[near.cols]) ** 2
        kernel = np.exp(-away / (2 * (bandwidth_m / cell_m) ** 2)) * number[near.cols]
        found[part] = np.bincount(here, weights=kernel, minlength=near.rows)
    return found / (past.total * _whole(bandwidth_m / cell_m))


def _same_cell(past: Counts, column: Ints, row: Ints) -> Floats:
    keys, asked = _keys(past.column, past.row), _keys(column, row)
    order = np.argsort(keys)
    place = np.minimum(np.searchsorted(keys[order], asked), len(keys) - 1)
    return np.where(keys[order][place] == asked, past.number[order][place], 0.0)


def _keys(column: Ints, row: Ints) -> Ints:
    return np.asarray((column << 32) + (row & 0xFFFFFFFF))


def _coarse(past: Counts, block: int) -> tuple[Floats, Floats, Floats]:
    """Counts of neighbouring cells as one, at their middle."""
    _unique, of = np.unique(_keys(past.column // block, past.row // block), return_inverse=True)
    number = np.bincount(of, weights=past.number).astype(np.float64)
    return (
        np.bincount(of, weights=past.number * past.column) / number,
        np.bincount(of, weights=past.number * past.row) / number,
        number,
    )


def _whole(bandwidth_cells: float) -> float:
    """What a kernel adds up to over all cells that it reaches."""
    reach = int(bandwidth_cells * _FAR)
    axis = np.arange(-reach, reach + 1, dtype=np.float64) ** 2
    away = axis[:, None] + axis[None, :]
    kernel = np.exp(-away / (2 * bandwidth_cells**2))
    return float(kernel[away <= (bandwidth_cells * _FAR) ** 2].sum())


def fitted(
    early: Counts, later: Counts, cells: int, cell_m: float, bandwidths_m: Sequence[float] = BANDWIDTHS_M
) -> Density:
    """The shares under which `later` is most likely, given `early`. Raises NothingToLearnError.

    cells  of the area where an incident can happen at all
    """
    for name, period in (("earlier", early), ("later", later)):
        if period.total < LEAST_INCIDENTS:
            raise NothingToLearnError(name, int(period.total), LEAST_INCIDENTS)
    rows = [spread(early, later.column, later.row, one, cell_m) for one in bandwidths_m]
    table = np.array([*rows, np.full(len(later.column), 1.0 / cells)])
    weight = later.number / later.total
    share = np.full(len(table), 1.0 / len(table))
    for _ in range(_ROUNDS):  # expectation and maximisation: each round makes the later period more likely
        part = share[:, None] * table
        share = (part / part.sum(axis=0) * weight).sum(axis=1)
    share[:-1][share[:-1] < _DROPPED] = 0.0
    share /= share.sum()
    gain = float((weight * np.log(share @ table * cells)).sum())
    parts = [Part(bandwidth_m=m, share=float(s)) for m, s in zip(bandwidths_m, share, strict=False) if s > 0]
    return Density(cell_m=cell_m, parts=tuple(parts), cells=cells, gain=gain)
