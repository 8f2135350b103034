"""Where the camera stands and how the world falls onto its picture.

World: x to the right, y up, z away from the viewer, metres; the ground is y = 0. Picture: pixels from
the upper left corner. Pure geometry on numpy arrays.
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]  # float32 where speed counts

WIDTH_PX: Final = 1280
HEIGHT_PX: Final = 720
NEAR_M: Final = 0.4


class View:
    """A pinhole camera at (x, height, 0), looking along z, turned by `yaw_deg` and tilted down."""

    def __init__(
        self, *, height_m: float, pitch_deg: float, yaw_deg: float = 0.0, fov_deg: float = 74.0, x_m: float = 0.0
    ) -> None:
        yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
        self.eye = np.array((x_m, height_m, 0.0), np.float32)
        self.forward = np.array(
            (math.sin(yaw) * math.cos(pitch), -math.sin(pitch), math.cos(yaw) * math.cos(pitch)), np.float32
        )
        self.right = np.array((math.cos(yaw), 0.0, -math.sin(yaw)), np.float32)
        self.up = np.array(
            (math.sin(yaw) * math.sin(pitch), math.cos(pitch), math.cos(yaw) * math.sin(pitch)), np.float32
        )
        self.focal_px = WIDTH_PX / 2 / math.tan(math.radians(fov_deg) / 2)
        self._axes = np.stack((self.right, self.up, self.forward))

    def local(self, points: Array) -> Array:
        """World points (n, 3) as (right, up, depth) from the eye."""
        return np.asarray((points - self.eye) @ self._axes.T, np.float32)

    def project(self, points: Array) -> Array:
        """World points (n, 3) as (px, py, depth); depth at least NEAR_M."""
        local = self.local(np.asarray(points, np.float32).reshape(-1, 3))
        depth = np.maximum(local[:, 2], NEAR_M)
        scale = self.focal_px / depth
        return np.stack(
            (WIDTH_PX / 2 + local[:, 0] * scale, HEIGHT_PX / 2 - local[:, 1] * scale, depth), axis=1
        ).astype(np.float32)

    def outline(self, points: Array) -> list[tuple[float, float]]:
        """A polygon's picture, cut at the near plane; fewer than 3 points when nothing is in front."""
        local = self.local(np.asarray(points, np.float32).reshape(-1, 3))
        kept: list[Array] = []
        for index, here in enumerate(local):
            before = local[index - 1]
            if (before[2] >= NEAR_M) != (here[2] >= NEAR_M):
                share = (NEAR_M - before[2]) / (here[2] - before[2])
                kept.append(before + share * (here - before))
            if here[2] >= NEAR_M:
                kept.append(here)
        return [
            (
                float(WIDTH_PX / 2 + self.focal_px * point[0] / point[2]),
                float(HEIGHT_PX / 2 - self.focal_px * point[1] / point[2]),
            )
            for point in kept
        ]

    def rays(self, px: Array, py: Array) -> tuple[Array, Array, Array]:
        """Directions (x, y, z) through pixels; their component along `forward` is 1."""
        across, down = (px - WIDTH_PX / 2) / self.focal_px, (py - HEIGHT_PX / 2) / self.focal_px
        x, y, z = (
            (self.forward[axis] + across * self.right[axis] - down * self.up[axis]).astype(np.float32)
            for axis in range(3)
        )
        return x, y, z

    def plane_map(self, corner: Array, across: Array, down: Array) -> Array:
        """The matrix that takes a pixel (px, py, 1) to (u, v, 1) times a factor, in the plane's own axes.

        u runs 0 to 1 along `across` from `corner`, v along `down`; both vectors at right angles.
        """
        normal = np.cross(across, down)
        offset = float(normal @ (corner - self.eye))
        inverse = 1.0 / self.focal_px
        # The ray through (px, py) is `rays @ (px, py, 1)`.
        rays = np.stack(
            (
                self.right * inverse,
                -self.up * inverse,
                self.forward - self.right * (WIDTH_PX / 2 * inverse) + self.up * (HEIGHT_PX / 2 * inverse),
            ),
            axis=1,
        )
        bottom = normal @ rays
        rows = []
        for vector in (across, down):
            unit = vector / float(vector @ vector)
            rows.append(float(unit @ (self.eye - corner)) * bottom + offset * (unit @ rays))
        return np.stack((*rows, bottom)).astype(np.float32)
