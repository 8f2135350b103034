"""What stands along a street in East Kutai: shop houses, lamps, poles with their wires, trees, stalls."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ronda.sim.scenes.light import BULB, WARM, Lamp, Rgb
from ronda.sim.scenes.stage import Colour, Stage

PX_PER_M = 56


def letters(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The typeface that comes with Pillow: the same on every machine."""
    return ImageFont.load_default(size)


def write(image: Image.Image, text: str, box: tuple[int, int, int, int], colour: Colour) -> None:
    """Centre `text` in the box, as large as fits."""
    pen = ImageDraw.Draw(image)
    size = box[3] - box[1]
    while size > 6:
        left, top, right, bottom = pen.textbbox((0, 0), text, font=letters(size))
        if right - left <= (box[2] - box[0]) * 0.92 and bottom - top <= (box[3] - box[1]) * 0.8:
            break
        size = int(size * 0.9)
    x = (box[0] + box[2]) / 2 - (left + right) / 2
    y = (box[1] + box[3]) / 2 - (top + bottom) / 2
    pen.text((x, y), text, font=letters(size), fill=colour)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One shop house: ground floor and a floor above."""

    sign: str
    wall: Colour
    board: Colour
    ink: Colour = (245, 240, 225)
    lit_sign: float = 0.0  # glow of the board
    open: bool = False  # light and goods inside
    wide_m: float = 5.0
    high_m: float = 6.6


def shop_front(shop: Shop, rng: np.random.Generator) -> tuple[Image.Image, Image.Image]:
    """The front as a picture, and what glows of it."""
    k = PX_PER_M
    size = (int(shop.wide_m * k), int(shop.high_m * k))
    face, glow = Image.new("RGB", size, shop.wall), Image.new("RGB", size)
    pen, light = ImageDraw.Draw(face), ImageDraw.Draw(glow)
    dark = tuple(int(c * 0.55) for c in shop.wall)
    for x in (0, size[0] - int(0.22 * k)):
        pen.rectangle((x, 0, x + int(0.22 * k), size[1]), fill=dark)
    pen.rectangle((0, 0, size[0], int(0.3 * k)), fill=dark)
    _upper_windows(pen, light, shop, rng)
    top = size[1] - int(3.9 * k)
    board = (int(0.12 * k), top, size[0] - int(0.12 * k), top + int(0.95 * k))
    pen.rectangle(board, fill=shop.board)
    write(face, shop.sign, board, shop.ink)
    if shop.lit_sign:
        light.rectangle(board, fill=tuple(int(c * shop.lit_sign) for c in shop.board))
        write(glow, shop.sign, board, _dim(shop.ink, min(1.0, shop.lit_sign * 1.5)))
    door = (int(0.4 * k), size[1] - int(2.75 * k), size[0] - int(0.4 * k), size[1])
    if shop.open:
        _goods(pen, light, door, rng)
    else:
        _shutter(pen, door, rng)
    return face, glow


def _upper_windows(
    pen: ImageDraw.ImageDraw, light: ImageDraw.ImageDraw, shop: Shop, rng: np.random.Generator
) -> None:
    k = PX_PER_M
    for index in range(2):
        left = int((0.75 + index * (shop.wide_m - 2.4)) * k)
        box = (left, int(0.75 * k), left + int(1.1 * k), int(2.05 * k))
        pen.rectangle((box[0] - 5, box[1] - 5, box[2] + 5, box[3] + 5), fill=(70, 66, 60))
        pen.rectangle(box, fill=(26, 32, 40))
        if rng.random() < 0.22:
            warm = int(rng.integers(50, 95))
            light.rectangle(box, fill=(warm, int(warm * 0.75), int(warm * 0.4)))
        for bar in range(1, 4):
            x = box[0] + (box[2] - box[0]) * bar // 4
            pen.line((x, box[1], x, box[3]), fill=(80, 76, 70), width=3)
            light.line((x, box[1], x, box[3]), fill=0, width=3)
    x = int((shop.wide_m / 2 - 0.35) * k)
    pen.rectangle((x, int(1.5 * k), x + int(0.75 * k), int(2.0 * k)), fill=(170, 172, 170))
    pen.ellipse((x + 6, int(1.55 * k), x + 6 + int(0.38 * k), int(1.95 * k)), fill=(60, 62, 62))


def _shutter(pen: ImageDraw.ImageDraw, door: tuple[int, int, int, int], rng: np.random.Generator) -> None:
    tone = int(rng.integers(95, 150))
    pen.rectangle(door, fill=(tone, tone, int(tone * 0.95)))
    for y in range(door[1], door[3], 9):
        pen.line((door[0], y, door[2], y), fill=(int(tone * 0.6),) * 3, width=3)
    for share in (0.33, 0.66):
        x = int(door[0] + (door[2] - door[0]) * share)
        pen.line((x, door[1], x, door[3]), fill=(int(tone * 0.5),) * 3, width=6)


def _goods(
    pen: ImageDraw.ImageDraw, light: ImageDraw.ImageDraw, door: tuple[int, int, int, int], rng: np.random.Generator
) -> None:
    pen.rectangle(door, fill=(190, 180, 150))
    light.rectangle(door, fill=(118, 104, 72))
    for shelf in range(4):
        y = door[1] + int((door[3] - door[1]) * (0.22 + 0.2 * shelf))
        x = door[0] + 8
        while x < door[2] - 24:
            wide, high = int(rng.integers(9, 26)), int(rng.integers(14, 34))
            colour = tuple(int(c) for c in rng.integers(40, 220, 3))
            box = (x, y - high, x + wide, y)
            pen.rectangle(box, fill=colour)
            light.rectangle(box, fill=tuple(int(c * 0.42) for c in colour))
            x += wide + 3
        pen.line((door[0], y, door[2], y), fill=(90, 70, 50), width=5)
        light.line((door[0], y, door[2], y), fill=(40, 32, 22), width=5)


def shop_row(
    stage: Stage, shops: Sequence[Shop], x: float, z_far: float, rng: np.random.Generator, *, left: bool
) -> list[Lamp]:
    """Shop houses along one side of a road that leads away from us, painted far to near."""
    lamps: list[Lamp] = []
    z = z_far
    for shop in shops:
        near = z - shop.wide_m
        face, glow = shop_front(shop, rng)
        # Seen from the road, the left side's left edge is near to us.
        start, across = ((x, near), shop.wide_m) if left else ((x, z), -shop.wide_m)
        side_x = x - 9 if left else x + 9
        stage.fill(
            [(x, 0, near), (side_x, 0, near), (side_x, shop.high_m, near), (x, shop.high_m, near)],
            tuple(int(c * 0.8) for c in shop.wall),  # type: ignore[arg-type]
        )
        stage.board((start[0], shop.high_m, start[1]), (0, 0, across), (0, -shop.high_m, 0), face, glow)
        out = 1.5 if left else -1.5
        stage.fill(
            [(x, 3.0, near + 0.1), (x + out, 2.65, near + 0.1), (x + out, 2.65, z - 0.1), (x, 3.0, z - 0.1)],
            (74, 78, 80),
        )
        middle = z - shop.wide_m / 2
        if shop.open:
            lamps.append(Lamp(at=(x + out * 0.9, 2.3, middle), colour=BULB, power=3.4, soft_m=0.9))
        elif shop.lit_sign:
            lamps.append(Lamp(at=(x + out * 0.7, 3.2, middle), colour=_hue(shop.board), power=2.2, soft_m=0.9))
        z = near
    return lamps


def _dim(colour: Colour, share: float) -> Colour:
    return int(colour[0] * share), int(colour[1] * share), int(colour[2] * share)


def _hue(colour: Colour) -> Rgb:
    top = max(colour)
    return (colour[0] / top, colour[1] / top, colour[2] / top)


def lamp_post(
    stage: Stage, x: float, z: float, arm_m: float, *, high_m: float = 7.2, colour: Rgb = WARM, power: float = 34.0
) -> Lamp:
    """A street lamp whose arm reaches `arm_m` to the right (or left, when negative)."""
    metal = (86, 88, 92)
    stage.line((x, 0, z), (x, high_m - 0.5, z), 0.14, metal)
    stage.line((x, high_m - 0.5, z), (x + arm_m, high_m, z), 0.09, metal)
    head = (x + arm_m, high_m - 0.08, z)
    stage.shine_spot(head, 0.2, tuple(int(255 * min(1.0, 0.35 + c)) for c in colour))  # type: ignore[arg-type]
    return Lamp(at=head, colour=colour, power=power * 2.1, aim=(0, -1, 0), cone=0.33, soft_m=2.0)


def power_pole(stage: Stage, x: float, z: float, high_m: float = 8.4) -> None:
    stage.line((x, 0, z), (x, high_m, z), 0.24, (96, 92, 86))
    for y in (high_m - 0.3, high_m - 0.9):
        stage.line((x - 0.8, y, z), (x + 0.8, y, z), 0.1, (70, 66, 62))


def wires(stage: Stage, x: float, stops: Sequence[float], high_m: float = 8.1) -> None:
    """Sagging cables from pole to pole, more of them than anybody planned."""
    for offset, drop in ((-0.7, 0.0), (-0.25, 0.0), (0.3, 0.0), (0.7, 0.0), (0.1, 0.8), (-0.5, 1.0)):
        for start, end in pairwise(stops):
            sag = 0.5 + 0.25 * drop
            steps = [start + (end - start) * i / 8 for i in range(9)]
            heights = [high_m - drop - sag * 4 * (i / 8) * (1 - i / 8) for i in range(9)]
            for i in range(8):
                if min(steps[i], steps[i + 1]) > 1.5:
                    stage.line(
                        (x + offset, heights[i], steps[i]),
                        (x + offset, heights[i + 1], steps[i + 1]),
                        0.03,
                        (24, 25, 28),
                    )


def tree(
    stage: Stage, x: float, z: float, high_m: float, rng: np.random.Generator, colour: Colour = (56, 92, 40)
) -> None:
    stage.line((x, 0, z), (x + 0.15, high_m * 0.62, z), 0.3, (78, 62, 46))
    for dx, dy, r in ((-0.9, 0.62, 1.3), (0.9, 0.66, 1.35), (0, 0.86, 1.6), (-0.3, 0.7, 1.5)):
        stage.foliage((x + dx, high_m * dy + 0.5, z), r * high_m / 5.5, colour, rng, 260)


def palm(stage: Stage, x: float, z: float, high_m: float, rng: np.random.Generator) -> None:
    top = (x + 0.6, high_m, z)
    stage.line((x, 0, z), (x + 0.2, high_m * 0.5, z), 0.3, (84, 72, 56))
    stage.line((x + 0.2, high_m * 0.5, z), top, 0.22, (84, 72, 56))
    for angle in np.linspace(0, 2 * np.pi, 13):
        reach = 2.3 + rng.uniform(-0.3, 0.4)
        last = top
        for step in (0.35, 0.7, 1.0):
            here = (
                top[0] + np.cos(angle) * reach * step,
                top[1] + 0.7 * np.sin(np.pi * step * 0.9) - 1.5 * step * step,
                top[2] + np.sin(angle) * reach * step * 0.6,
            )
            stage.line(last, here, 0.3 * (1.15 - step * 0.8), (48, 82, 40))
            last = here


def food_cart(stage: Stage, x: float, z: float, text: str) -> Lamp:
    """A `kaki lima` under its awning with one bulb."""
    stage.fill([(x - 0.9, 0.45, z), (x + 0.9, 0.45, z), (x + 0.9, 1.05, z), (x - 0.9, 1.05, z)], (150, 60, 40))
    face = Image.new("RGB", (280, 90), (196, 60, 36))
    write(face, text, (4, 4, 276, 86), (250, 235, 190))
    stage.board((x - 0.9, 1.05, z - 0.01), (1.8, 0, 0), (0, -0.58, 0), face)
    for dx in (-0.85, 0.85):
        stage.line((x + dx, 0, z), (x + dx, 2.1, z), 0.06, (110, 100, 90))
    stage.fill(
        [(x - 0.8, 1.1, z), (x + 0.8, 1.1, z), (x + 0.8, 1.6, z), (x - 0.8, 1.6, z)],
        (160, 180, 180),
        glow=(60, 52, 34),
    )
    stage.fill(
        [(x - 1.5, 2.15, z - 1.1), (x + 1.5, 2.15, z - 1.1), (x + 1.3, 2.5, z + 0.6), (x - 1.3, 2.5, z + 0.6)],
        (40, 84, 150),
    )
    stage.shine_spot((x, 1.95, z - 0.1), 0.07, (255, 225, 150))
    return Lamp(at=(x, 1.9, z - 0.4), colour=BULB, power=7.0, soft_m=0.7)


def box(stage: Stage, low: Rgb, high: Rgb, colour: Colour, *, top: Colour | None = None) -> None:
    """A block's sides that can be seen from a viewer in front of it and near x = 0, then its top."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    inner = x0 if x0 > 0 else x1
    if x0 > 0 or x1 < 0:
        stage.fill([(inner, y0, z0), (inner, y0, z1), (inner, y1, z1), (inner, y1, z0)], colour)
    stage.fill([(x0, y1, z0), (x1, y1, z0), (x1, y1, z1), (x0, y1, z1)], top or colour)
    stage.fill([(x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0)], colour)


def stripe(stage: Stage, x0: float, x1: float, z0: float, z1: float, colour: Colour, y: float = 0.0) -> None:
    stage.mark([(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)], colour)


def floor(stage: Stage, x0: float, x1: float, z0: float, z1: float, colour: Colour, y: float = 0.0) -> None:
    stage.fill([(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)], colour, normal=(0, 1, 0))
