"""Paint a place once: colours, glow and the position of every pixel; then light it.

Surfaces are painted from far to near, as on paper. Beside the colour each pixel keeps which surface it
shows, so that light can be worked out for its true place in the world, lamp by lamp, for the still
background and later for headlights that move over it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from ronda.sim.scenes.light import Lamp, Rgb, shine
from ronda.sim.scenes.view import HEIGHT_PX, WIDTH_PX, Array, View

FINE: Final = 2  # the colour canvas is this much finer than the picture
SKY: Final = 0

Colour = tuple[int, int, int]
Points = Sequence[tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class _Surface:
    point: Array
    normal: Array


class Stage:
    """The canvas of one place."""

    def __init__(self, view: View, sky_top: Colour, sky_low: Colour) -> None:
        self.view = view
        size = (WIDTH_PX * FINE, HEIGHT_PX * FINE)
        ramp = np.linspace(0, 1, size[1] // 2, dtype=np.float32)[:, None, None]
        sky = np.array(sky_top, np.float32) * (1 - ramp) + np.array(sky_low, np.float32) * ramp
        self.colour = Image.new("RGB", size, sky_low)
        self.glow = Image.new("RGB", size)
        strip = Image.fromarray(np.repeat(sky, 2, 1).astype(np.uint8)).resize((size[0], size[1] // 2))
        self.glow.paste(strip)
        self._ids = Image.new("I", (WIDTH_PX, HEIGHT_PX), SKY)
        self._surfaces: list[_Surface] = []
        self._pen = ImageDraw.Draw(self.colour)
        self._glow_pen = ImageDraw.Draw(self.glow)
        self._id_pen = ImageDraw.Draw(self._ids)

    def fill(self, points: Points, colour: Colour, *, glow: Colour = (0, 0, 0), normal: Rgb | None = None) -> None:
        """A flat polygon of world points. The normal is its own, turned to the viewer, unless given."""
        world = np.array(points, np.float32)
        outline = self.view.outline(world)
        if len(outline) < 3:
            return
        fine = [(x * FINE, y * FINE) for x, y in outline]
        self._pen.polygon(fine, fill=colour)
        self._glow_pen.polygon(fine, fill=glow)
        self._id_pen.polygon(outline, fill=self._surface(world, normal))

    def mark(self, points: Points, colour: Colour) -> None:
        """Paint on a surface that is there: colour changes, place and light do not."""
        outline = self.view.outline(np.array(points, np.float32))
        if len(outline) >= 3:
            self._pen.polygon([(x * FINE, y * FINE) for x, y in outline], fill=colour)

    def board(
        self, corner: Rgb, across: Rgb, down: Rgb, face: Image.Image, glow: Image.Image | None = None
    ) -> None:
        """A rectangle in the world that shows a picture: upper left corner and two edges."""
        start, right, low = (np.array(v, np.float32) for v in (corner, across, down))
        world = np.stack((start, start + right, start + right + low, start + low))
        outline = self.view.outline(world)
        if len(outline) < 3:
            return
        xs, ys = [x * FINE for x, _ in outline], [y * FINE for _, y in outline]
        left, top = max(int(min(xs)), 0), max(int(min(ys)), 0)
        size = (min(int(max(xs)) + 2, WIDTH_PX * FINE) - left, min(int(max(ys)) + 2, HEIGHT_PX * FINE) - top)
        if size[0] <= 0 or size[1] <= 0:
            return
        matrix = self.view.plane_map(start, right, low).astype(np.float64)
        # Pixels of the fine canvas, from its upper left corner, to pixels of the face.
        shift = np.array(((1 / FINE, 0, left / FINE), (0, 1 / FINE, top / FINE), (0, 0, 1)))
        scale = np.diag((float(face.width), float(face.height), 1.0))
        total = scale @ matrix @ shift
        total /= total[2, 2]
        factors = tuple(total.reshape(-1)[:8])
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in zip(xs, ys, strict=True)], fill=255)
        how = (size, Image.Transform.PERSPECTIVE, factors, Image.Resampling.BILINEAR)
        if face.mode == "RGBA":
            mask = ImageChops.multiply(mask, face.getchannel("A").transform(*how))
        self.colour.paste(face.convert("RGB").transform(*how), (left, top), mask)
        dark = Image.new("RGB", size) if glow is None else glow.transform(*how)
        self.glow.paste(dark, (left, top), mask)
        if face.mode != "RGBA":
            self._id_pen.polygon(outline, fill=self._surface(world, None))

    def foliage(self, centre: Rgb, radius_m: float, colour: Colour, rng: np.random.Generator, leaves: int) -> None:
        """A crown of leaves, standing upright towards the viewer."""
        at = self.view.project(np.array([centre], np.float32))[0]
        size = radius_m * self.view.focal_px / at[2]
        world = np.array(centre, np.float32)
        facing = self.view.eye - world
        facing[1] = -2.0  # lit from below by the street
        facing /= np.linalg.norm(facing)
        surface = self._add(world, facing)
        for angle, out, tone, big in zip(
            rng.uniform(0, 2 * np.pi, leaves),
            np.sqrt(rng.uniform(0, 1, leaves)),
            rng.uniform(0.35, 1.35, leaves),
            rng.uniform(0.05, 0.14, leaves),
            strict=True,
        ):
            x, y = at[0] + np.cos(angle) * out * size, at[1] + np.sin(angle) * out * size * 0.8
            half = size * big
            box = (x - half, y - half * 0.7, x + half, y + half * 0.7)
            fine = tuple(value * FINE for value in box)
            low = 0.75 + 0.35 * np.sin(angle)  # the underside is nearer to the lamps
            shade = tuple(int(min(255, c * tone * low)) for c in colour)
            self._pen.ellipse(fine, fill=shade)
            self._glow_pen.ellipse(fine, fill=(0, 0, 0))
            self._id_pen.ellipse(box, fill=surface)

    def line(self, start: Rgb, end: Rgb, width_m: float, colour: Colour) -> None:
        """A pole, a branch or a wire: as thick as it looks from here, at least half a pixel."""
        a, b = self.view.project(np.array([start, end], np.float32))
        thick_a, thick_b = (max(0.5, width_m * self.view.focal_px / p[2]) / 2 for p in (a, b))
        along = np.array((b[0] - a[0], b[1] - a[1]))
        length = float(np.hypot(*along)) or 1.0
        side = np.array((-along[1], along[0])) / length
        corners = [
            (a[0] + side[0] * thick_a, a[1] + side[1] * thick_a),
            (b[0] + side[0] * thick_b, b[1] + side[1] * thick_b),
            (b[0] - side[0] * thick_b, b[1] - side[1] * thick_b),
            (a[0] - side[0] * thick_a, a[1] - side[1] * thick_a),
        ]
        fine = [(float(x) * FINE, float(y) * FINE) for x, y in corners]
        self._pen.polygon(fine, fill=colour)
        self._glow_pen.polygon(fine, fill=(0, 0, 0))
        middle = (np.array(start, np.float32) + np.array(end, np.float32)) / 2
        facing = self.view.eye - middle
        facing[1] = 0
        surface = self._add(middle, facing / (np.linalg.norm(facing) + 1e-6))
        self._id_pen.polygon([(float(x), float(y)) for x, y in corners], fill=surface)

    def shine_spot(self, at: Rgb, radius_m: float, glow: Colour) -> None:
        """A lamp's face: bright in itself."""
        x, y, depth = self.view.project(np.array([at], np.float32))[0]
        half = max(1.2, radius_m * self.view.focal_px / depth) * FINE
        box = (x * FINE - half, y * FINE - half * 0.8, x * FINE + half, y * FINE + half * 0.8)
        self._pen.ellipse(box, fill=(255, 255, 255))
        self._glow_pen.ellipse(box, fill=glow)

    def finish(self) -> "Ground":
        """Positions and normals of all pixels."""
        return Ground(self)

    def ids(self) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
        return np.asarray(self._ids, np.int32).reshape(HEIGHT_PX, WIDTH_PX)

    def surfaces(self) -> Sequence[_Surface]:
        return self._surfaces

    def _surface(self, world: Array, normal: Rgb | None) -> int:
        if normal is not None:
            return self._add(world[0], np.array(normal, np.float32))
        own = np.cross(world[1] - world[0], world[2] - world[0])
        own /= np.linalg.norm(own) + 1e-9
        if own @ (self.view.eye - world[0]) < 0:
            own = -own
        return self._add(world[0], own)

    def _add(self, point: Array, normal: Array) -> int:
        self._surfaces.append(_Surface(point.astype(np.float32), normal.astype(np.float32)))
        return len(self._surfaces)


class Ground:
    """Where in the world each pixel of a finished stage lies, its own colour, and its glow."""

    def __init__(self, stage: Stage) -> None:
        ids = stage.ids()
        shape = ids.shape
        rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
        ray = stage.view.rays(columns, rows)
        surfaces = stage.surfaces()
        points = np.array([(0, 0, 900.0), *(s.point for s in surfaces)], np.float32)
        normals = np.array([(0, 0, -1.0), *(s.normal for s in surfaces)], np.float32)
        offsets = ((points - stage.view.eye) * normals).sum(axis=1)
        nx, ny, nz = (normals[:, axis][ids] for axis in range(3))
        slope = nx * ray[0] + ny * ray[1] + nz * ray[2]
        slope = np.where(np.abs(slope) < 1e-5, np.float32(1e-5), slope)
        depth = np.clip(offsets[ids] / slope, 0.1, 900)
        self.x, self.y, self.z = (stage.view.eye[axis] + depth * ray[axis] for axis in range(3))
        self.normal = (nx, ny, nz)
        self.depth = depth
        self.is_sky = ids == SKY
        size = (shape[1], shape[0])
        self.albedo = (np.asarray(stage.colour.reduce(FINE), np.float32) / 255) ** 2.2
        self.glow = (np.asarray(stage.glow.reduce(FINE), np.float32) / 255) ** 2.2
        assert stage.colour.reduce(FINE).size == size
        self.albedo[self.is_sky] = 0

    def lit(self, lamps: Sequence[Lamp], ambient: Rgb) -> Array:
        """Light that falls on each pixel, (h, w, 3), without the pixel's own colour."""
        upward = (0.72 + 0.28 * self.normal[1])[:, :, None]  # the sky gives a little more from above
        total: Array = np.array(ambient, np.float32) * upward.astype(np.float32)
        for lamp in lamps:
            amount = shine(lamp, self.x, self.y, self.z, self.normal)
            total = total + amount[:, :, None] * np.array(lamp.colour, np.float32)
        return np.asarray(total, np.float32)


def bloom(glow: Array, reach: Sequence[tuple[float, float]]) -> Array:
    """Glow that spills over its edges: (radius in px, strength) pairs, added up."""
    small = np.clip(glow[::4, ::4], 0, 1)
    total = np.zeros_like(glow)
    for radius, strength in reach:
        image = Image.fromarray((small * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius / 4))
        spread = image.resize((glow.shape[1], glow.shape[0]), Image.Resampling.BICUBIC)
        total += np.asarray(spread, np.float32) * (strength / 255)
    return total
