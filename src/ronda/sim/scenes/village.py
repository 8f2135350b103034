"""A village road at night: wooden houses, fences, palms, one lamp, a watch post with its bulb."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw

from ronda.sim.scenes.acting import Act, Ride, Walk
from ronda.sim.scenes.backdrop import Weather
from ronda.sim.scenes.figure import Model, vec
from ronda.sim.scenes.furniture import (
    box,
    floor,
    lamp_post,
    palm,
    power_pole,
    tree,
    wires,
    write,
)
from ronda.sim.scenes.light import BULB, WARM, WHITE, Lamp
from ronda.sim.scenes.people import SITTING, Clothes, person
from ronda.sim.scenes.place import Place
from ronda.sim.scenes.stage import Colour, Stage
from ronda.sim.scenes.street import stolen_ride
from ronda.sim.scenes.vehicles import motorcycle
from ronda.sim.scenes.view import View


class Village(Place):
    """A camera on a pole at the roadside."""

    weather = Weather(ambient=(0.020, 0.026, 0.040), haze=(0.014, 0.017, 0.024), haze_m=90)
    sign = "DESA SWARGA BARA"

    def paint(self, rng: np.random.Generator) -> tuple[Stage, Sequence[Lamp]]:
        flip = -1 if self.seed % 2 else 1
        view = View(height_m=4.9, pitch_deg=13, yaw_deg=4 * flip, fov_deg=74, x_m=-1.5 * flip)
        stage = Stage(view, (9, 13, 26), (26, 28, 38))
        floor(stage, -80, 80, 0, 400, (52, 62, 38))
        for _ in range(26):
            x, z = float(rng.uniform(-50, 50)), float(rng.uniform(70, 130))
            stage.foliage((x, 3.5, z), float(rng.uniform(4, 7)), (24, 38, 24), rng, 70)
        floor(stage, -2.9, 2.9, 0, 200, (88, 84, 76))
        for side in (-1, 1):
            low, high = sorted((side * 2.9, side * 4.2))
            floor(stage, low, high, 0, 120, (112, 92, 66))
        lamps: list[Lamp] = []
        for z in (58.0, 44.0, 30.0, 17.5):
            for side in (-1, 1):
                lamps += _house(
                    stage, rng, side * float(rng.uniform(9.5, 11.5)), z + float(rng.uniform(-2, 2)), side
                )
            _fence(stage, -4.6, z - 6, z + 5)
            _fence(stage, 4.6, z - 6, z + 5)
        palm(stage, -7.2, 38, 8.4, rng)
        palm(stage, 7.6, 25.5, 7.2, rng)
        tree(stage, 6.3, 36, 4.8, rng, (48, 86, 36))
        tree(stage, -6.4, 24, 4.4, rng, (52, 88, 38))
        _gate(stage, self.sign)
        for z in (50, 27):
            power_pole(stage, -3.9 * flip, z, 7.2)
        wires(stage, -3.9 * flip, (50, 27, 4), 6.9)
        lamps += [
            lamp_post(stage, -3.8 * flip, 27, 1.2 * flip, high_m=5.6, colour=WHITE, power=60),
            lamp_post(stage, -3.8 * flip, 50, 1.2 * flip, high_m=5.8, colour=WARM, power=40),
            lamp_post(stage, 4.0 * flip, 8.2, -1.0 * flip, high_m=5.2, colour=WARM, power=34),
            _watch_post(stage, 5.4 * flip, 14.6),
        ]
        return stage, lamps

    def still_models(self) -> Sequence[Model]:
        flip = -1 if self.seed % 2 else 1
        return [
            person(
                vec(5.0 * flip, 0, 14.3),
                -100 * flip,
                SITTING,
                Clothes(top=(0.3, 0.28, 0.2), legs=(0.2, 0.08, 0.06)),
                ground_m=0.12,
            ),
            person(vec(5.9 * flip, 0, 14.3), -110 * flip, SITTING, Clothes(top=(0.08, 0.16, 0.24)), ground_m=0.12),
            motorcycle(vec(4.0 * flip, 0, 17.6), 20, (0.05, 0.2, 0.1), parked=True),
        ]

    def ordinary(self) -> Sequence[Act]:
        return (
            Ride(path=((-1.0, 75), (-1.3, 2)), from_s=0.8, speed_ms=7.0, colour=(0.32, 0.03, 0.03)),
            Walk(
                path=((1.8, 8), (2.1, 26)),
                from_s=1.5,
                speed_ms=1.2,
                clothes=Clothes(top=(0.4, 0.38, 0.3), legs=(0.18, 0.1, 0.06)),
            ),
            Walk(
                path=((-2.2, 21), (-1.9, 6)),
                from_s=6.0,
                speed_ms=1.3,
                clothes=Clothes(top=(0.1, 0.24, 0.2), scarf=(0.3, 0.12, 0.14), tall_m=1.55),
            ),
        )

    def specials(self) -> Mapping[str, tuple[int, Sequence[Act]]]:
        return {"rideby": (120, (stolen_ride(((1.2, 3), (1.0, 78)), 0.8, 7.6),))}


class VillageTwo(Village):
    sign = "DESA SINGA GEMBARA"
    weather = Weather(ambient=(0.020, 0.026, 0.040), haze=(0.014, 0.017, 0.024), haze_m=90, wet=0.5)
    rain = 200


def _house(stage: Stage, rng: np.random.Generator, x: float, z: float, side: int) -> list[Lamp]:
    """A house of boards with a porch; its gable towards the road's far end."""
    wall: Colour = ((120, 150, 150), (150, 124, 92), (140, 150, 120), (164, 150, 128))[int(rng.integers(4))]
    wide, deep, high = 3.4, 6.0, 2.9
    near, far = z - deep / 2, z + deep / 2
    inner = x - side * wide
    dark: Colour = (int(wall[0] * 0.7), int(wall[1] * 0.7), int(wall[2] * 0.7))
    stage.fill([(x - wide, 0, near), (x + wide, 0, near), (x + wide, high, near), (x - wide, high, near)], dark)
    face = Image.new("RGB", (300, 150), wall)
    pen = ImageDraw.Draw(face)
    for line in range(0, 300, 12):
        pen.line((line, 0, line, 150), fill=dark, width=2)
    glow = Image.new("RGB", (300, 150))
    lit = bool(rng.random() < 0.55)
    for left in (40, 200):
        face.paste((40, 46, 50), (left, 40, left + 56, 100))
        if lit:
            glow.paste((110, 84, 44), (left + 4, 44, left + 52, 96))
    face.paste((70, 50, 36), (126, 34, 172, 150))
    across = (0, 0, deep) if side < 0 else (0, 0, -deep)
    start = near if side < 0 else far
    stage.board((inner, high, start), across, (0, -high, 0), face, glow)
    ridge = high + 1.9
    roof: Colour = (112, 62, 48) if rng.random() < 0.5 else (92, 98, 102)
    stage.fill([(x - wide, high, near), (x + wide, high, near), (x, ridge, near)], dark)
    low = inner - side * 0.9
    stage.fill(
        [
            (low, high - 0.35, near - 0.3),
            (low, high - 0.35, far + 0.3),
            (x, ridge, far + 0.3),
            (x, ridge, near - 0.3),
        ],
        roof,
    )
    stage.shine_spot((inner - side * 0.3, high - 0.3, z), 0.07, (255, 220, 150))
    return [Lamp(at=(inner - side * 0.8, high - 0.4, z), colour=BULB, power=4.2 if lit else 2.4, soft_m=0.8)]


def _fence(stage: Stage, x: float, near: float, far: float) -> None:
    z = far
    while z > near:
        stage.line((x, 0, z), (x, 0.95, z), 0.07, (150, 146, 130))
        z -= 0.45
    for y in (0.35, 0.8):
        stage.line((x, y, near), (x, y, far), 0.06, (150, 146, 130))


def _gate(stage: Stage, sign: str) -> None:
    """The village's gate over the road: two pillars and a board."""
    z = 22.0
    for x in (-3.6, 3.6):
        box(stage, (x - 0.35, 0, z), (x + 0.35, 4.3, z + 0.7), (170, 164, 150))
        stage.mark([(x - 0.35, 1.0, z), (x + 0.35, 1.0, z), (x + 0.35, 1.4, z), (x - 0.35, 1.4, z)], (160, 40, 36))
    face = Image.new("RGB", (800, 110), (30, 90, 70))
    write(face, sign, (10, 8, 790, 102), (245, 236, 190))
    glow = Image.new("RGB", (800, 110), (5, 14, 11))
    write(glow, sign, (10, 8, 790, 102), (92, 88, 66))
    stage.board((-4.0, 5.0, z - 0.05), (8.0, 0, 0), (0, -1.0, 0), face, glow)
    stage.fill([(-4.2, 5.0, z - 0.2), (4.2, 5.0, z - 0.2), (0, 6.0, z)], (120, 64, 50))


def _watch_post(stage: Stage, x: float, z: float) -> Lamp:
    """The `pos ronda`: a raised floor, a roof, a bulb, neighbours who keep watch."""
    box(stage, (x - 1.4, 0, z), (x + 1.4, 0.5, z + 2.2), (120, 94, 64), top=(140, 112, 78))
    for dx in (-1.3, 1.3):
        stage.line((x + dx, 0.5, z + 2.1), (x + dx, 2.5, z + 2.1), 0.1, (96, 76, 54))
    stage.fill(
        [(x - 1.3, 0.5, z + 2.1), (x + 1.3, 0.5, z + 2.1), (x + 1.3, 1.5, z + 2.1), (x - 1.3, 1.5, z + 2.1)],
        (150, 120, 84),
    )
    for dx in (-1.3, 1.3):
        stage.line((x + dx, 0.5, z), (x + dx, 2.4, z), 0.1, (110, 88, 62))
    face = Image.new("RGB", (260, 44), (160, 44, 38))
    write(face, "POS RONDA", (4, 2, 256, 42), (250, 240, 210))
    stage.fill(
        [(x - 1.7, 2.4, z - 0.4), (x + 1.7, 2.4, z - 0.4), (x + 1.7, 3.2, z + 1.2), (x - 1.7, 3.2, z + 1.2)],
        (96, 60, 46),
    )
    stage.board((x - 1.1, 2.4, z - 0.42), (2.2, 0, 0), (0, -0.36, 0), face)
    stage.shine_spot((x, 2.15, z + 0.4), 0.08, (255, 228, 160))
    return Lamp(at=(x, 2.1, z + 0.2), colour=BULB, power=9.0, soft_m=0.7)
