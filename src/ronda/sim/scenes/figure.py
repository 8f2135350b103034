"""Draw things made of simple solids into a picture: limbs, plates, discs, lit where they stand.

A `Model` is a list of shapes in the world. Each is lit once, by its middle and its normal; nearer
shapes cover farther ones. Drawn finer than the picture and reduced, so edges are smooth.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from ronda.sim.scenes.backdrop import Backdrop
from ronda.sim.scenes.base import Picture
from ronda.sim.scenes.light import Lamp, Rgb, film, light_at
from ronda.sim.scenes.view import HEIGHT_PX, WIDTH_PX, Array

_FINE: Final = 3
_BEAM_PX: Final = 2


def vec(x: float, y: float, z: float) -> Array:
    return np.array((x, y, z), np.float32)


@dataclass(frozen=True, slots=True)
class Plate:
    points: Array  # (n, 3)
    colour: Rgb
    normal: Array | None = None  # None: lit from all sides
    glow: float = 0.0
    one_sided: bool = False


@dataclass(frozen=True, slots=True)
class Limb:
    start: Array
    end: Array
    start_m: float  # radius
    end_m: float
    colour: Rgb


Shape = Plate | Limb


@dataclass(slots=True)
class Model:
    """Something that stands or moves: its shapes, its own lamps, where it touches the ground."""

    at: Array
    shapes: list[Shape] = field(default_factory=list)
    flares: list[tuple[Array, Rgb, float, Array]] = field(default_factory=list)  # place, colour, radius, facing
    shadow_m: tuple[float, float] = (0.35, 0.3)  # half length and width of what darkens the ground
    heading: Array = field(default_factory=lambda: vec(0, 0, 1))

    def limb(self, start: Array, end: Array, start_m: float, end_m: float, colour: Rgb) -> None:
        self.shapes.append(Limb(start, end, start_m, end_m, colour))

    def plate(self, points: Array, colour: Rgb, *, normal: Array | None = None, glow: float = 0.0) -> None:
        self.shapes.append(Plate(points, colour, normal, glow))


def disc(centre: Array, first: Array, second: Array, radius: float, corners: int = 14) -> Array:
    """A circle's outline in the plane of two unit vectors."""
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False, dtype=np.float32)
    return np.asarray(
        centre + radius * (np.cos(turn)[:, None] * first + np.sin(turn)[:, None] * second), np.float32
    )


def extrude(profile: Array, side: Array, half_m: float, colour: Rgb, middle: Array | None = None) -> list[Shape]:
    """A solid: an outline in a plane, drawn out to both sides along the unit vector `side`."""
    left, right = profile - side * half_m, profile + side * half_m
    shapes: list[Shape] = [
        Plate(left, colour, -side, one_sided=True),
        Plate(right, colour, side, one_sided=True),
    ]
    before = np.roll(profile, 1, axis=0)
    normals = np.cross(profile - before, side)
    lengths = np.linalg.norm(normals, axis=1)
    normals = normals / np.maximum(lengths, 1e-6)[:, None]
    centre = profile.mean(axis=0) if middle is None else middle
    outward = np.sign(((profile + before) / 2 - centre) * normals @ np.ones(3, np.float32))
    normals = normals * np.where(outward < 0, -1, 1)[:, None]
    quads = np.stack((np.roll(left, 1, axis=0), left, right, np.roll(right, 1, axis=0)), axis=1)
    shapes += [
        Plate(quad, colour, normal, one_sided=True)
        for quad, normal, length in zip(quads, normals, lengths, strict=True)
        if length > 1e-6
    ]
    return shapes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprite:
    """A model as it looks from the camera: colours already weighed by their cover."""

    left: int
    top: int
    colour: Array  # (h, w, 3), 0 to 255
    cover: Array  # (h, w, 1), 0 to 1
    depth_m: float


def draw_models(
    picture: Picture,
    backdrop: Backdrop,
    models: Sequence[Model],
    beams: Sequence[Lamp] = (),
    still: Sequence[Sprite] = (),
    ready: Sequence[Sprite] = (),
) -> None:
    """Paint models into the picture, far ones first, each behind whatever stands nearer.

    `beams` are moving lamps that light them too; `still` are sprites that are in the picture already
    and are painted again over whatever moves behind them; `ready` are painted in any case.
    """
    lamps = [*backdrop.lamps, *beams]
    for model in models:
        cast_shadow(picture, backdrop, model)
    sprites = [sprite for model in models if (sprite := sprite_of(backdrop, model, lamps)) is not None]
    sprites += ready
    again = [item for item in still if any(_hides(item, sprite) for sprite in sprites)]
    for sprite in sorted([*sprites, *again], key=lambda item: -item.depth_m):
        paste(picture, sprite)
    for beam in beams:
        _cone(picture, backdrop, beam)
    for model in models:
        for at, colour, radius, facing in model.flares:
            towards = backdrop.view.eye - at
            strength = float(facing @ towards) / float(np.linalg.norm(towards))
            if strength > 0.05:
                flare(picture, backdrop, at, colour, radius * min(1.0, 0.35 + strength))


def paste(picture: Picture, sprite: Sprite) -> None:
    height, width = sprite.cover.shape[:2]
    area = picture[sprite.top : sprite.top + height, sprite.left : sprite.left + width]
    area[:] = np.clip(area * (1 - sprite.cover) + sprite.colour, 0, 255).astype(np.uint8)


def _hides(item: Sprite, behind: Sprite) -> bool:
    rows, columns = item.cover.shape[:2]
    other_rows, other_columns = behind.cover.shape[:2]
    return (
        item.depth_m < behind.depth_m
        and item.left < behind.left + other_columns
        and behind.left < item.left + columns
        and item.top < behind.top + other_rows
        and behind.top < item.top + rows
    )


def sprite_of(backdrop: Backdrop, model: Model, lamps: Sequence[Lamp]) -> Sprite | None:
    """Light and draw a model; None when it is out of the picture or too near."""
    view = backdrop.view
    shapes = _visible(model.shapes, view.eye)
    if not shapes:
        return None
    corners = [_points(shape) for shape in shapes]
    counts = np.array([len(points) for points in corners])
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    world = np.concatenate(corners)
    middles = np.add.reduceat(world, starts, axis=0) / counts[:, None]
    if view.local(middles)[:, 2].min() < 0.8:
        return None
    normals = np.stack([_normal(shape) for shape in shapes])
    light = light_at(lamps, backdrop.weather.ambient, middles, normals)
    flat = view.project(world)
    points = np.split(flat, starts[1:])
    radii = [_radii(shape, place, view.focal_px) for shape, place in zip(shapes, points, strict=True)]
    pad = max((max(pair) for pair in radii), default=0) + 2
    left, top = int(max(flat[:, 0].min() - pad, 0)), int(max(flat[:, 1].min() - pad, 0))
    right = int(min(flat[:, 0].max() + pad + 1, WIDTH_PX))
    bottom = int(min(flat[:, 1].max() + pad + 1, HEIGHT_PX))
    if right - left < 2 or bottom - top < 2:
        return None
    canvas = Image.new("RGBA", ((right - left) * _FINE, (bottom - top) * _FINE))
    pen = ImageDraw.Draw(canvas)
    fills, brights = _tones(shapes, light, 1 - backdrop.weather.vignette * 0.25)
    for index in np.argsort(-np.linalg.norm(middles - view.eye, axis=1)):
        place = (points[index][:, :2] - (left, top)) * _FINE
        if isinstance(shapes[index], Plate):
            pen.polygon([(float(x), float(y)) for x, y in place], fill=fills[index])
        else:
            _limb(pen, place, radii[index], fills[index], brights[index])
    depth_m = float(view.local(model.at[None, :])[0, 2])
    cover = np.asarray(canvas.getchannel("A").reduce(_FINE), np.float32)[:, :, None] / 255
    hidden = backdrop.standing_depth[top:bottom, left:right, None] < depth_m - 0.3
    return Sprite(
        left=left,
        top=top,
        colour=np.where(hidden, 0, _weighed(canvas)).astype(np.float32),
        cover=np.where(hidden, 0, cover).astype(np.float32),
        depth_m=depth_m,
    )


def _tones(
    shapes: Sequence[Shape], light: Array, lens: float
) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Paint for each shape, and a brighter one for the upper side of limbs."""
    albedo = np.array([shape.colour for shape in shapes], np.float32)
    glow = np.array([shape.glow if isinstance(shape, Plate) else 0.0 for shape in shapes], np.float32)
    seen = albedo * light * lens
    pairs = (film(seen + albedo * glow[:, None]).tolist(), film(seen * 1.5).tolist())
    fills, brights = ([(*tone, 255) for tone in tones] for tones in pairs)
    return fills, brights


def _weighed(canvas: Image.Image) -> Array:
    """The canvas reduced, colours times cover: transparent pixels are black, so a plain mean is right."""
    return np.asarray(canvas.convert("RGBa").reduce(_FINE), np.float32)[:, :, :3]


def _limb(
    pen: ImageDraw.ImageDraw,
    place: Array,
    radii: tuple[float, float],
    fill: tuple[int, ...],
    bright: tuple[int, ...],
) -> None:
    (ax, ay), (bx, by) = place[0], place[1]
    ra, rb = radii[0] * _FINE, radii[1] * _FINE
    length = float(np.hypot(bx - ax, by - ay)) or 1.0
    sx, sy = -(by - ay) / length, (bx - ax) / length
    outline = [
        (ax + sx * ra, ay + sy * ra),
        (bx + sx * rb, by + sy * rb),
        (bx - sx * rb, by - sy * rb),
        (ax - sx * ra, ay - sy * ra),
    ]
    pen.polygon([(float(x), float(y)) for x, y in outline], fill=fill)
    for x, y, r in ((ax, ay, ra), (bx, by, rb)):
        pen.ellipse((float(x - r), float(y - r), float(x + r), float(y + r)), fill=fill)
    if min(ra, rb) > 3 and length > 1.6 * max(ra, rb):  # the side towards the lamps above: one lighter band
        up = -0.35
        band = [(float(x), float(y) + up * ra) for x, y in ((ax, ay), (bx, by))]
        pen.line(band, fill=bright, width=max(1, int(min(ra, rb) * 0.7)))


def cast_shadow(picture: Picture, backdrop: Backdrop, model: Model) -> None:
    """Darken the ground under and behind a model, away from the strongest lamp."""
    side = vec(model.heading[2], 0, -model.heading[0])
    long_m, wide_m = model.shadow_m
    foot = model.at * vec(1, 0, 1)
    away = _away(backdrop.lamps, foot)
    outline = disc(foot + away * 0.35, model.heading, side, 1.0, 18) - (foot + away * 0.35)
    along, across = outline @ model.heading, outline @ side
    stretch = foot + away * 0.35 + np.outer(along * long_m, model.heading) + np.outer(across * wide_m, side)
    lean = np.outer(np.clip(outline @ away, 0, None), away)
    place = backdrop.view.outline(np.asarray(stretch + lean, np.float32))
    if len(place) < 3:
        return
    xs, ys = [p[0] for p in place], [p[1] for p in place]
    left, top = max(int(min(xs)) - 12, 0), max(int(min(ys)) - 12, 0)
    right, bottom = min(int(max(xs)) + 12, WIDTH_PX), min(int(max(ys)) + 12, HEIGHT_PX)
    if right - left < 3 or bottom - top < 3:
        return
    mask = Image.new("L", (right - left, bottom - top))
    depth = int(255 * backdrop.weather.shadow)
    ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in place], fill=depth)
    soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(max(2.0, (bottom - top) / 9))), np.float32)
    soft = soft * (backdrop.standing_depth[top:bottom, left:right] > 1e5)  # level ground alone
    area = picture[top:bottom, left:right]
    area[:] = (area * (1 - soft[:, :, None] / 255)).astype(np.uint8)


def _away(lamps: Sequence[Lamp], foot: Array) -> Array:
    """Direction of the shadow on the ground, at most 0.9 m long: away from the lamp that lights most."""
    best, longest = vec(0, 0, 0), 0.0
    for lamp in lamps:
        gap = foot - vec(*lamp.at)
        strength = lamp.power / float(gap @ gap + 1)
        if strength > longest:
            longest, flat = strength, gap * vec(1, 0, 1)
            best = flat / max(lamp.at[1], 2.0)
    size = float(np.linalg.norm(best))
    return np.asarray(best * min(1.0, 0.6 / size) if size > 1e-6 else best, np.float32)


def flare(picture: Picture, backdrop: Backdrop, at: Array, colour: Rgb, radius_m: float) -> None:
    """A lamp that looks at us: a white heart, a coloured halo, a streak on wet ground."""
    x, y, depth = backdrop.view.project(at[None, :])[0]
    if depth < 1:
        return
    size = float(np.clip(radius_m * backdrop.view.focal_px / depth, 2.0, 60.0))
    _blob(picture, x, y, size * 2.6, size * 2.2, colour, 0.5)
    _blob(picture, x, y, size * 0.8, size * 0.8, (1, 1, 1), 1.3)
    low = backdrop.view.project((at * vec(1, -1, 1))[None, :])[0]
    row, column = int(low[1]), int(low[0])
    if 0 <= row < HEIGHT_PX and 0 <= column < WIDTH_PX:
        shine = float(backdrop.wet_map[row, column])
        if shine > 0.02:
            _blob(picture, low[0], low[1], size * 1.1, size * 6.5, colour, 0.6 * shine)


def _cone(picture: Picture, backdrop: Backdrop, beam: Lamp) -> None:
    """The beam itself, where damp air shows it: wider and fainter with distance."""
    if beam.aim is None:
        return
    start, aim = vec(*beam.at), vec(*beam.aim)
    for along_m, radius_m, power in ((0.6, 0.16, 0.11), (1.4, 0.3, 0.085), (2.5, 0.5, 0.06), (4.0, 0.75, 0.035)):
        x, y, depth = backdrop.view.project((start + aim * along_m)[None, :])[0]
        if depth > 2:
            size = radius_m * backdrop.view.focal_px / depth
            _blob(picture, x, y, size, size * 0.8, beam.colour, power)


def _blob(picture: Picture, x: float, y: float, wide: float, tall: float, colour: Rgb, power: float) -> None:
    left, right = int(max(x - 3 * wide, 0)), int(min(x + 3 * wide + 1, WIDTH_PX))
    top, bottom = int(max(y - 3 * tall, 0)), int(min(y + 3 * tall + 1, HEIGHT_PX))
    if right - left < 1 or bottom - top < 1:
        return
    columns = np.exp(-0.5 * ((np.arange(left, right) - x) / wide) ** 2).astype(np.float32)
    rows = np.exp(-0.5 * ((np.arange(top, bottom) - y) / tall) ** 2).astype(np.float32)
    spot = np.outer(rows, columns)[:, :, None] * (np.array(colour, np.float32) * (255 * power))
    area = picture[top:bottom, left:right]
    area[:] = np.minimum(area + spot, 255).astype(np.uint8)


def _visible(shapes: Sequence[Shape], eye: Array) -> list[Shape]:
    """All but one-sided plates that turn their back to us."""
    return [shape for shape in shapes if not (isinstance(shape, Plate) and shape.one_sided and _turned(shape, eye))]


def _turned(plate: Plate, eye: Array) -> bool:
    if plate.normal is None:
        return False
    nx, ny, nz = plate.normal
    x, y, z = plate.points[0]
    return bool(nx * (eye[0] - x) + ny * (eye[1] - y) + nz * (eye[2] - z) < 0)


def _normal(shape: Shape) -> Array:
    if isinstance(shape, Plate) and shape.normal is not None:
        return shape.normal
    return np.zeros(3, np.float32)


def _points(shape: Shape) -> Array:
    return shape.points if isinstance(shape, Plate) else np.stack((shape.start, shape.end))


def _radii(shape: Shape, place: Array, focal_px: float) -> tuple[float, float]:
    if isinstance(shape, Plate):
        return 0.0, 0.0
    return (
        max(0.6, shape.start_m * focal_px / float(place[0, 2])),
        max(0.6, shape.end_m * focal_px / float(place[1, 2])),
    )
