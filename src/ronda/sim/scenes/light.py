"""Lamps, and what their light makes of a surface; the film that turns light into picture values.

Light is linear and unitless: 1.0 on a white surface is near the brightest the picture shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ronda.sim.scenes.view import Array

Rgb = tuple[float, float, float]

WARM: Final[Rgb] = (1.0, 0.68, 0.34)  # sodium
WHITE: Final[Rgb] = (0.86, 0.95, 1.0)  # LED
BULB: Final[Rgb] = (1.0, 0.78, 0.5)
TUBE: Final[Rgb] = (0.8, 1.0, 0.9)

_WRAP = 0.12  # light that reaches a little around edges
_GREY = np.array((0.30, 0.56, 0.14), np.float32)
_FADE = np.float32(0.22)
_STEPS = 4096
_LIGHT_MAX = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """A light at a point. With `aim`, a spot: full along the aim, nothing beyond the cone."""

    at: tuple[float, float, float]
    colour: Rgb
    power: float  # light on a surface 1 m away, facing the lamp
    aim: tuple[float, float, float] | None = None  # unit vector
    cone: float = 0.0  # cosine where the spot ends
    soft_m: float = 0.8  # no surface is taken to be nearer than this


def shine(lamp: Lamp, x: Array, y: Array, z: Array, normal: tuple[Array, Array, Array] | None) -> Array:
    """Light of one lamp on surface points, without its colour; without a normal, from all sides."""
    dx, dy, dz = lamp.at[0] - x, lamp.at[1] - y, lamp.at[2] - z
    square = dx * dx + dy * dy + dz * dz
    inverse = 1.0 / np.sqrt(square + 1e-6)
    amount = lamp.power / (square + lamp.soft_m * lamp.soft_m)
    if normal is not None:
        facing = (dx * normal[0] + dy * normal[1] + dz * normal[2]) * inverse
        amount = amount * np.maximum((facing + _WRAP) / (1 + _WRAP), 0)
    else:
        amount = amount * 0.6
    if lamp.aim is not None:
        along = -(dx * lamp.aim[0] + dy * lamp.aim[1] + dz * lamp.aim[2]) * inverse
        share = np.clip((along - lamp.cone) / (1 - lamp.cone), 0, 1)
        amount = amount * share * share
    return np.asarray(amount, np.float32)


def light_at(lamps: Sequence[Lamp], ambient: Rgb, points: Array, normals: Array) -> Array:
    """Light (n, 3) on n small surfaces; a zero normal means lit from all sides. The same law as `shine`,
    for all lamps at once, since figures have few points and streets have many lamps."""
    total = np.tile(np.array(ambient, np.float32), (len(points), 1))
    if not lamps:
        return total
    gap = np.array([lamp.at for lamp in lamps], np.float32)[:, None, :] - points[None, :, :]
    square = np.einsum("lnk,lnk->ln", gap, gap)
    inverse = 1.0 / np.sqrt(square + 1e-6)
    facing = np.einsum("lnk,nk->ln", gap, normals) * inverse
    flat = np.abs(normals).sum(axis=1) < 0.01
    share = np.where(flat, 0.6, np.maximum((facing + _WRAP) / (1 + _WRAP), 0))
    spots = [lamp.aim is not None for lamp in lamps]
    aim = np.array([lamp.aim or (0, 0, 0) for lamp in lamps], np.float32)
    cone = np.array([lamp.cone if lamp.aim else 0.0 for lamp in lamps], np.float32)[:, None]
    along = np.clip((-np.einsum("lnk,lk->ln", gap, aim) * inverse - cone) / (1 - cone), 0, 1)
    share = share * np.where(np.array(spots)[:, None], along * along, 1)
    soft = np.array([lamp.soft_m for lamp in lamps], np.float32)[:, None]
    power = np.array([lamp.power for lamp in lamps], np.float32)[:, None]
    amount = share * power / (square + soft * soft)
    colours = np.array([lamp.colour for lamp in lamps], np.float32)
    return np.asarray(total + amount.T @ colours, np.float32)


def _film_table() -> NDArray[np.uint8]:
    light = np.linspace(0, _LIGHT_MAX, _STEPS, dtype=np.float32)
    curve = 1 - np.exp(-1.9 * light)
    return np.asarray(np.clip(curve ** (1 / 2.0) * 250 + 4, 0, 255), np.uint8)


_FILM = _film_table()


def film(light: Array) -> NDArray[np.uint8]:
    """Picture values of linear light (..., 3): a soft shoulder, blacks that are never quite black, and
    a little less colour than the eye would see, as small sensors give at night."""
    grey = light @ _GREY
    light = light * (1 - _FADE) + grey[..., None] * _FADE
    index = np.clip(light * ((_STEPS - 1) / _LIGHT_MAX), 0, _STEPS - 1).astype(np.uint16)
    return np.asarray(_FILM[index], np.uint8)
