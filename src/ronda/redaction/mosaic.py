"""Hide cells of a picture so that nobody gets them back. Pure numpy.

A hidden cell is one flat grey: the mean brightness of its pixels in six steps, renewed five times a second
of film; the colours of clothes and cars go too. Anything finer, or renewed with every picture, could be
added up over a face that moves across the cells; see docs/design/redaction.md.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ronda.core.time import SECOND_US
from ronda.redaction.grid import Bits, Grid

Rgb = NDArray[np.uint8]

RENEWED_US = SECOND_US // 5
STEP = 51  # 0, 51, ... 255
_WEIGHTS = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
LARGEST_SPREAD = 14.0  # of brightness in a hidden cell after encoding


@dataclass(slots=True)
class Mosaic:
    """Hides the cells of one picture after the other."""

    grid: Grid
    _colours: Rgb | None = None
    _renewed_us: int = 0
    _shown: Bits | None = field(default=None, repr=False)

    def hide(self, rgb: Rgb, cells: Bits, at_us: int) -> Rgb:
        """The picture with `cells` hidden: a copy, (height, width, 3)."""
        if self._colours is None or self._shown is None or at_us - self._renewed_us >= RENEWED_US:
            self._colours, self._renewed_us = self._means(rgb), at_us
        elif (fresh := cells & ~self._shown).any():
            self._colours[fresh] = self._means(rgb)[fresh]
        self._shown = cells.copy()
        side = self.grid.cell_px
        wide = np.repeat(np.repeat(cells, side, axis=0), side, axis=1)[: rgb.shape[0], : rgb.shape[1]]
        flat = np.repeat(np.repeat(self._colours, side, axis=0), side, axis=1)[: rgb.shape[0], : rgb.shape[1]]
        hidden: Rgb = np.where(wide[:, :, None], flat, rgb)
        return hidden

    def _means(self, rgb: Rgb) -> Rgb:
        side, rows, columns = self.grid.cell_px, self.grid.rows, self.grid.columns
        edge = ((0, rows * side - rgb.shape[0]), (0, columns * side - rgb.shape[1]), (0, 0))
        blocks = np.pad(rgb, edge, mode="edge").reshape(rows, side, columns, side, 3)
        means = (blocks.mean(axis=(1, 3), dtype=np.float32) @ _WEIGHTS)[:, :, None]
        return np.repeat(np.rint(means / STEP) * STEP, 3, axis=2).astype(np.uint8)


def spread(grey: NDArray[np.uint8], grid: Grid) -> NDArray[np.float32]:
    """Standard deviation of brightness inside each cell, but for its outermost pixels: (rows, columns).

    A hidden cell is flat: this is how a finished film is checked. Cells beyond the picture read 0.
    """
    side, rows, columns = grid.cell_px, grid.rows, grid.columns
    edge = ((0, rows * side - grey.shape[0]), (0, columns * side - grey.shape[1]))
    inner = np.pad(grey, edge, mode="edge").reshape(rows, side, columns, side)[:, 3:-3, :, 3:-3]
    deviation: NDArray[np.float32] = inner.std(axis=(1, 3), dtype=np.float32)
    return deviation
