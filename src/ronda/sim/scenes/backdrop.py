"""The still part of a scene, developed: lit surfaces, wet reflections, haze, bloom and the lens.

Everything is kept as linear light, so that a headlight can be added later where it falls and the film
is applied last, as in a camera.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageFilter

from ronda.sim.scenes.base import Picture
from ronda.sim.scenes.light import Lamp, Rgb, film, shine
from ronda.sim.scenes.stage import Ground, Stage, bloom
from ronda.sim.scenes.view import HEIGHT_PX, WIDTH_PX, Array, View

_DRAFT = 8  # headlights are worked out at an eighth of the size: their light is smooth


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How the air and the ground are."""

    ambient: Rgb = (0.013, 0.017, 0.027)
    haze: Rgb = (0.016, 0.017, 0.022)
    haze_m: float = 140.0
    wet: float = 0.0  # 0 dry, 1 standing water
    grain: float = 0.06
    dirt: float = 1.0  # how stained ground and walls are
    shadow: float = 0.55  # how dark it is under things
    vignette: float = 0.42
    glare: Sequence[tuple[float, float]] = ((10.0, 0.5), (34.0, 0.35), (90.0, 0.16))


@dataclass(slots=True)
class Backdrop:
    """A developed place. `light` is what the film sees; `surface` turns added light into picture."""

    view: View
    ground: Ground
    lamps: Sequence[Lamp]
    weather: Weather
    light: Array
    surface: Array  # albedo with the lens's fall-off
    picture: Picture
    wet_map: Array  # how much each pixel mirrors
    standing_depth: Array  # distance of walls, poles and trees; far away where there is level ground
    _draft: tuple[Array, Array, Array, tuple[Array, Array, Array]] = field(init=False)

    def __post_init__(self) -> None:
        cut = slice(_DRAFT // 2, None, _DRAFT)
        g = self.ground
        normal = (g.normal[0][cut, cut], g.normal[1][cut, cut], g.normal[2][cut, cut])
        self._draft = (g.x[cut, cut], g.y[cut, cut], g.z[cut, cut], normal)

    def add_light(self, picture: Picture, beams: Sequence[Lamp]) -> None:
        """Light `picture`, a copy of the backdrop's, by moving lamps as well."""
        x, y, z, normal = self._draft
        amounts = [shine(beam, x, y, z, normal) for beam in beams]
        strong = np.zeros_like(x, dtype=bool)
        for amount in amounts:
            strong |= amount > 0.03
        if not strong.any():
            return
        rows, columns = np.nonzero(strong.any(axis=1))[0], np.nonzero(strong.any(axis=0))[0]
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        # Headlights are all of one colour, so their light can be added up before it gets any.
        draft = np.sum([amount[top:bottom, left:right] for amount in amounts], axis=0, dtype=np.float32)
        size = ((right - left) * _DRAFT, (bottom - top) * _DRAFT)
        smooth = np.asarray(Image.fromarray(draft).resize(size, Image.Resampling.BILINEAR), np.float32)
        wide = smooth[:, :, None] * np.array(beams[0].colour, np.float32)
        area = (slice(top * _DRAFT, bottom * _DRAFT), slice(left * _DRAFT, right * _DRAFT))
        change = film(self.light[area] + wide * self.surface[area]) - self.picture[area]  # never below 0
        picture[area] = np.minimum(picture[area].astype(np.uint16) + change, 255).astype(np.uint8)


def tile_noise(rng: np.random.Generator, size: int, softness: Sequence[float]) -> Array:
    """A square of smooth noise that repeats without a seam, mean 0, deviation 1."""
    total = np.zeros((size, size), np.float32)
    for soft in softness:
        raw = rng.normal(0, 1, (size, size)).astype(np.float32)
        wave = np.fft.rfft2(raw)
        fy, fx = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :]
        wave *= np.exp(-2 * (np.pi * soft) ** 2 * (fx * fx + fy * fy))
        layer = np.fft.irfft2(wave, s=(size, size)).astype(np.float32)
        total += layer / (layer.std() + 1e-9)
    return np.asarray(total / np.sqrt(len(softness)), np.float32)


def develop(stage: Stage, lamps: Sequence[Lamp], weather: Weather, seed: int) -> Backdrop:
    """Light the painted stage and finish it as a picture."""
    rng = np.random.default_rng(seed)
    ground = stage.finish()
    level = (ground.normal[1] > 0.9) & (np.abs(ground.y) < 0.3)
    _roughen(ground, level, rng, weather.dirt)
    light = ground.lit(lamps, weather.ambient) * ground.albedo
    puddles = _puddles(ground, level, rng, weather.wet)
    light *= 1 - 0.45 * puddles[:, :, None]
    light += _mirrored(stage.view, ground, lamps, puddles, rng)
    clear = np.exp(-ground.depth / weather.haze_m)[:, :, None]
    light = light * clear + np.array(weather.haze, np.float32) * (1 - clear)
    light += ground.glow * 3.0 + bloom(ground.glow, weather.glare)
    lens = _lens(weather.vignette)
    grain = 1 + weather.grain * rng.normal(0, 1, light.shape[:2]).astype(np.float32)
    light = (light * (lens * grain)[:, :, None]).astype(np.float32)
    return Backdrop(
        view=stage.view,
        ground=ground,
        lamps=lamps,
        weather=weather,
        light=light,
        surface=(ground.albedo * lens[:, :, None]).astype(np.float32),
        picture=film(light),
        wet_map=puddles,
        standing_depth=np.where((ground.normal[1] > 0.9) | ground.is_sky, 1e6, ground.depth).astype(np.float32),
    )


def _roughen(
    ground: Ground, level: np.ndarray[tuple[int, int], np.dtype[np.bool_]], rng: np.random.Generator, dirt: float
) -> None:
    """Give asphalt its grit and stains, walls their dirt, by the place in the world."""
    fine, coarse = tile_noise(rng, 512, (1.0, 3.0)), tile_noise(rng, 512, (6.0, 20.0))

    def sample(tile: Array, scale: float, a: Array, b: Array) -> Array:
        return np.asarray(tile[(a * scale).astype(np.int32) % 512, (b * scale).astype(np.int32) % 512])

    far = np.exp(-ground.depth / 30)
    rough = sample(fine, 40, ground.x, ground.z) * 0.13 * far + sample(coarse, 24, ground.x, ground.z) * 0.13
    across = ground.x + ground.z
    walls = sample(coarse, 30, across, ground.y * 0.6) * 0.10 + sample(fine, 40, across, ground.y) * 0.05 * far
    factor = 1 + dirt * np.where(level, rough, walls)
    ground.albedo *= np.clip(factor, 0.3, 1.7)[:, :, None].astype(np.float32)


def _puddles(
    ground: Ground, level: np.ndarray[tuple[int, int], np.dtype[np.bool_]], rng: np.random.Generator, wet: float
) -> Array:
    if wet <= 0:
        return np.zeros(ground.x.shape, np.float32)
    tile = tile_noise(rng, 512, (14.0, 30.0))
    at = tile[(ground.x * 18).astype(np.int32) % 512, (ground.z * 12).astype(np.int32) % 512]
    amount = np.clip(0.45 + 0.35 * at, 0.12, 1) * wet
    flat = np.asarray(Image.fromarray(level).convert("L").filter(ImageFilter.GaussianBlur(1)), np.float32) / 255
    return np.asarray(amount * flat, np.float32)


def _mirrored(view: View, ground: Ground, lamps: Sequence[Lamp], puddles: Array, rng: np.random.Generator) -> Array:
    """What wet ground shows of lamps and lit signs: their image upside down, drawn out towards us."""
    out = np.zeros((*ground.x.shape, 3), np.float32)
    if not puddles.any():
        return out
    ripple = tile_noise(rng, 512, (2.0, 5.0))
    wave = ripple[(ground.x * 60).astype(np.int32) % 512, (ground.z * 30).astype(np.int32) % 512]
    rows, columns = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    for lamp in lamps:
        streak = lamp_streak(view, lamp.at, rows, columns + wave * 3)
        if streak is not None:
            out += (streak * min(lamp.power, 60) * 0.026)[:, :, None] * np.array(lamp.colour, np.float32)
    return np.asarray(out * (puddles * np.clip(1 + 0.4 * wave, 0.1, 2))[:, :, None], np.float32)


def lamp_streak(view: View, at: tuple[float, float, float], rows: Array, columns: Array) -> Array | None:
    """Brightness of a lamp's long reflection at the given pixels; None when it is out of the picture."""
    local = view.local(np.array([(at[0], -at[1], at[2])], np.float32))[0]
    if local[2] < 1:
        return None
    mx, my = view.project(np.array([(at[0], -at[1], at[2])], np.float32))[0][:2]
    if not -200 < mx < WIDTH_PX + 200 or my > HEIGHT_PX + 500:
        return None
    wide = max(3.0, 0.22 * view.focal_px / float(local[2]))
    tall = max(30.0, 2.6 * view.focal_px / float(local[2]))
    dx, dy = (columns - mx) / wide, (rows - my) / tall
    return np.asarray(np.exp(-0.5 * dx * dx - 0.5 * dy * dy), np.float32)


def _lens(vignette: float) -> Array:
    rows, columns = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    square = ((columns / WIDTH_PX - 0.5) * 2) ** 2 + ((rows / HEIGHT_PX - 0.5) * 2) ** 2
    return np.asarray(1 - vignette * np.clip(square / 2, 0, 1) ** 1.3, np.float32)
