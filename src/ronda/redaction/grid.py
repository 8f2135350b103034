"""The cells that a picture is hidden in. Pure.

A cell is a 24th of the picture's height, at least 16 pixels: of a head as high as a fifth of the picture
five by five colours are left. Motion is looked for in sub-cells, four by four in each cell.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]
Grey = NDArray[np.uint8]

CELLS_HIGH = 24
SMALLEST_CELL_PX = 16
FINE = 4  # sub-cells along each side of a cell


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells over a picture of this size; those at the right and lower edge may reach beyond it."""

    width_px: int
    height_px: int

    @property
    def cell_px(self) -> int:
        """A multiple of the sub-cells."""
        return max(SMALLEST_CELL_PX, round(self.height_px / CELLS_HIGH / FINE) * FINE)

    @property
    def rows(self) -> int:
        return -(-self.height_px // self.cell_px)

    @property
    def columns(self) -> int:
        return -(-self.width_px // self.cell_px)

    def fine(self, grey: Grey) -> Grey:
        """Mean of each sub-cell: (rows * 4, columns * 4), from a picture's brightness (height, width)."""
        side = self.cell_px // FINE
        padded = np.pad(
            grey,
            (
                (0, self.rows * self.cell_px - self.height_px),
                (0, self.columns * self.cell_px - self.width_px),
            ),
            mode="edge",
        )
        blocks = padded.reshape(self.rows * FINE, side, self.columns * FINE, side)
        means: Grey = blocks.mean(axis=(1, 3), dtype=np.float32).astype(np.uint8)
        return means

    def cells_of(self, fine: Bits) -> Bits:
        """Which cells have a marked sub-cell."""
        return np.asarray(fine.reshape(self.rows, FINE, self.columns, FINE).any(axis=(1, 3)))

    def covered(self, left: float, top: float, right: float, bottom: float, *, whole: bool = False) -> Bits:
        """Cells that a box in pixels touches; `whole`: only those that lie inside it."""
        outer, inner = np.floor, np.ceil
        low, high = (inner, outer) if whole else (outer, inner)
        side = self.cell_px
        rows = slice(max(0, int(low(top / side))), max(0, int(high(bottom / side))))
        columns = slice(max(0, int(low(left / side))), max(0, int(high(right / side))))
        cells = np.zeros((self.rows, self.columns), dtype=np.bool_)
        cells[rows, columns] = True
        return cells
