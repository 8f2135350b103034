"""Learn from dated thefts how they spread, judge it on months that nobody looked at, and spread the counts.

Three periods follow each other: the first half makes the forecast, the third quarter chooses the
bandwidths, the last quarter judges (PAI, PEI). Only then are all months used. Invariant: nothing of the
last quarter has any say in the figures that judge it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ronda.planning.cover import Floats, Ints
from ronda.planning.demand import CELL_M, DEG_M, Tally
from ronda.planning.density import Counts, Density, fitted, spread
from ronda.planning.errors import NothingToLearnError
from ronda.planning.forecast import Accuracy, accuracy
from ronda.planning.model import Cell

LEAST_MONTHS: Final = 4
JUDGED_M2: Final = 1_000_000.0  # the area a forecast may name: inside what the challenge of 2017 allowed
_AROUND: Final = 10  # cells: the area where a theft can happen is this close to some earlier one
_FAINT: Final = 1e-7  # of all that is expected: a cell below this is left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """How thefts spread, and how good a forecast by it was.

    months  that made the forecast, chose the bandwidths, and judged
    """

    density: Density
    judged: Accuracy
    months: tuple[int, int, int]


def learned(tally: Tally) -> Learned:
    """Raises NothingToLearnError when the months or the thefts do not suffice."""
    months = sorted(tally.thefts_by_month)
    if len(months) < LEAST_MONTHS:
        raise NothingToLearnError("whole", sum(sum(one.values()) for one in tally.thefts_by_month.values()), 60)
    quarter = -(-len(months) // 4)
    early, choose, judge = months[: -2 * quarter], months[-2 * quarter : -quarter], months[-quarter:]
    counts = [_counts(tally, some) for some in (early, choose, judge, [*early, *choose])]
    column, row = around(_counts(tally, months), _AROUND)
    density = fitted(counts[0], counts[1], len(column), CELL_M)
    if counts[2].total <= 0:
        raise NothingToLearnError("last", 0, 1)
    expected = density.expected(counts[3], column, row)
    came = spread(counts[2], column, row, 0.0, CELL_M) * counts[2].total
    judged = accuracy(expected, came, min(len(column), round(JUDGED_M2 / CELL_M**2)))
    return Learned(density=density, judged=judged, months=(len(early), len(choose), len(judge)))


def _counts(tally: Tally, months: Iterable[int]) -> Counts:
    found: dict[tuple[int, int], int] = {}
    for month in months:
        for key, number in tally.thefts_by_month[month].items():
            found[key] = found.get(key, 0) + number
    keys = sorted(found)
    return Counts(
        column=np.array([key[1] for key in keys], dtype=np.int64),
        row=np.array([key[0] for key in keys], dtype=np.int64),
        number=np.array([found[key] for key in keys], dtype=np.float64),
    )


def around(counts: Counts, cells: int) -> tuple[Ints, Ints]:
    """Columns and rows of every cell within so many cells of a counted one."""
    axis = np.arange(-cells, cells + 1)
    across, up = (part.ravel() for part in np.meshgrid(axis, axis))
    near = across**2 + up**2 <= cells**2
    column = (counts.column[:, None] + across[near]).ravel()
    row = (counts.row[:, None] + up[near]).ravel()
    unique = np.unique(np.stack([column, row], axis=1), axis=0)
    return unique[:, 0], unique[:, 1]


def spread_out(
    cells: Sequence[Cell], density: Density, near: Sequence[tuple[float, float, float]], vehicle: float
) -> tuple[Cell, ...]:
    """The cells with what to expect in them, and new ones where something is to be expected.

    near  latitude, longitude and reach in metres of every point that could see: cells that nobody could
          see are not made, those that were counted stay
    """
    step = density.cell_m / DEG_M
    at = {(int(np.floor(one.lat_deg / step)), int(np.floor(one.lon_deg / step))): one for one in cells}
    keys = sorted(at)
    if not keys:
        return tuple(cells)
    weighed = [at[key].thefts + (vehicle - 1.0) * at[key].vehicle_thefts for key in keys]
    past = Counts(
        column=np.array([key[1] for key in keys], dtype=np.int64),
        row=np.array([key[0] for key in keys], dtype=np.int64),
        number=np.array(weighed, dtype=np.float64),
    )
    column, row = _reachable(past, near, step)
    expected = density.expected(past, column, row) * past.total
    kept = (expected > _FAINT * past.total) | np.isin(_key(column, row), _key(past.column, past.row))
    return tuple(
        replace(_cell(at, int(r), int(c), step), expected=float(e))
        for c, r, e in zip(column[kept], row[kept], expected[kept], strict=True)
    )


def _cell(at: dict[tuple[int, int], Cell], row: int, column: int, step: float) -> Cell:
    return at.get((row, column)) or Cell(lat_deg=(row + 0.5) * step, lon_deg=(column + 0.5) * step)


def _key(column: Ints, row: Ints) -> Ints:
    return np.asarray((column << 32) + (row & 0xFFFFFFFF))


def _reachable(past: Counts, near: Sequence[tuple[float, float, float]], step: float) -> tuple[Ints, Ints]:
    """Cells that were counted, and those within reach of some point."""
    found = [np.stack([past.column, past.row], axis=1)]
    for reach in {one[2] for one in near}:
        points = np.array([one[:2] for one in near if one[2] == reach], dtype=np.float64)
        middle = Counts(
            column=np.floor(points[:, 1] / step).astype(np.int64),
            row=np.floor(points[:, 0] / step).astype(np.int64),
            number=np.ones(len(points)),
        )
        found.append(np.stack(around(middle, int(reach / CELL_M) + 1), axis=1))
    unique: Floats = np.unique(np.concatenate(found), axis=0)
    return unique[:, 0].astype(np.int64), unique[:, 1].astype(np.int64)
