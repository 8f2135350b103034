"""Which cells are hidden in which picture: what was found, what people drew, in that order. Pure.

Found cells stay hidden for a while before and after. Patches that keep something clear open whole cells
only; patches that hide, and the camera's own privacy masks, win over everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ronda.redaction.grid import Bits, Grid
from ronda.redaction.model import Patch, PatchKind


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in each picture of a span: `cells` (pictures, rows, columns), `at_us` (pictures,)."""

    grid: Grid
    at_us: NDArray[np.int64]
    cells: Bits


def held(cells: Bits, pictures: int) -> Bits:
    """Each marked cell also in the `pictures` before and after."""
    if not len(cells) or pictures <= 0:
        return cells
    counts = np.zeros((len(cells) + 1, *cells.shape[1:]), dtype=np.uint16)  # may wrap: only differences count
    np.cumsum(cells, axis=0, out=counts[1:])
    numbers = np.arange(len(cells))
    after = np.minimum(numbers + pictures + 1, len(cells))
    before = np.maximum(numbers - pictures, 0)
    wide: Bits = counts[after] != counts[before]
    return wide


def veil(found: Found, patches: Sequence[Patch], masks: Sequence[tuple[float, float, float, float]]) -> Bits:
    """The cells to hide in each picture.

    masks  the camera's privacy masks, in shares of the picture
    """
    cells = found.cells.copy()
    for patch in [one for one in patches if one.kind is PatchKind.CLEAR]:
        cells[_during(found, patch)] &= ~_box(found.grid, patch, whole=True)
    for patch in [one for one in patches if one.kind is PatchKind.VEIL]:
        cells[_during(found, patch)] |= _box(found.grid, patch)
    width, height = found.grid.width_px, found.grid.height_px
    for left, top, right, bottom in masks:
        cells |= found.grid.covered(left * width, top * height, right * width, bottom * height)
    return cells


def _during(found: Found, patch: Patch) -> Bits:
    inside: Bits = (found.at_us >= patch.span.start_us) & (found.at_us < patch.span.end_us)
    return inside


def _box(grid: Grid, patch: Patch, *, whole: bool = False) -> Bits:
    return grid.covered(
        patch.left * grid.width_px,
        patch.top * grid.height_px,
        patch.right * grid.width_px,
        patch.bottom * grid.height_px,
        whole=whole,
    )
