"""The height of the ground as a regular grid; between its points straight (bilinear).

Outside the grid the nearest edge holds: a camera near the border does not fall into a hole. Without a
grid the ground is flat at 0.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terrain:
    """heights_m[row, column] at `north0_m + row * step_m`, `east0_m + column * step_m`."""

    east0_m: float
    north0_m: float
    step_m: float
    heights_m: Floats

    def at(self, east: Floats, north: Floats) -> Floats:
        """Height of the ground in metres at each point."""
        rows, columns = self.heights_m.shape
        x = np.clip((east - self.east0_m) / self.step_m, 0, columns - 1)
        y = np.clip((north - self.north0_m) / self.step_m, 0, rows - 1)
        x0 = np.minimum(x.astype(np.int64), max(columns - 2, 0))
        y0 = np.minimum(y.astype(np.int64), max(rows - 2, 0))
        x1, y1 = np.minimum(x0 + 1, columns - 1), np.minimum(y0 + 1, rows - 1)
        fx, fy = x - x0, y - y0
        low = self.heights_m[y0, x0] * (1 - fx) + self.heights_m[y0, x1] * fx
        high = self.heights_m[y1, x0] * (1 - fx) + self.heights_m[y1, x1] * fx
        return np.asarray(low * (1 - fy) + high * fy)


def ground(terrain: Terrain | None, east: Floats, north: Floats) -> Floats:
    return np.zeros(len(east)) if terrain is None else terrain.at(east, north)
