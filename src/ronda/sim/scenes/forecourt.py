"""The front of a public building at night: a puskesmas with its ambulance, or a school's gate."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from ronda.sim.scenes.acting import Act, Drive, Ride, Walk
from ronda.sim.scenes.backdrop import Weather
from ronda.sim.scenes.figure import Model, vec
from ronda.sim.scenes.furniture import box, floor, lamp_post, palm, stripe, tree, write
from ronda.sim.scenes.light import TUBE, WARM, WHITE, Lamp
from ronda.sim.scenes.people import SITTING, Clothes, Pose, person
from ronda.sim.scenes.place import Place
from ronda.sim.scenes.stage import Colour, Stage
from ronda.sim.scenes.vehicles import car, motorcycle
from ronda.sim.scenes.view import View


class HealthCentre(Place):
    """A puskesmas: lit canopy, ambulance, people who wait."""

    weather = Weather(wet=0.4, ambient=(0.018, 0.021, 0.031))

    def paint(self, rng: np.random.Generator) -> tuple[Stage, Sequence[Lamp]]:
        stage = Stage(View(height_m=4.6, pitch_deg=15, yaw_deg=-3, fov_deg=76), (8, 12, 22), (30, 30, 38))
        floor(stage, -60, 60, 0, 300, (64, 72, 52))
        for _ in range(14):
            stage.foliage((float(rng.uniform(-40, 40)), 5, 50), float(rng.uniform(3, 6)), (30, 48, 30), rng, 80)
        floor(stage, -16, 16, 0, 22, (104, 102, 98))
        for index in range(7):
            stripe(stage, -14 + index * 2.6, -13.9 + index * 2.6, 7, 11, (176, 174, 160))
        face, glow = _clinic_front()
        stage.fill([(-16, 4.2, 22), (16, 4.2, 22), (13, 7.4, 27), (-13, 7.4, 27)], (128, 66, 52))
        stage.board((-15, 4.2, 22), (30, 0, 0), (0, -4.2, 0), face, glow)
        _canopy(stage)
        tree(stage, -17.5, 17, 5.2, rng)
        palm(stage, 16.5, 19, 7.0, rng)
        lamps = [
            lamp_post(stage, -13, 14, 1.4, high_m=5.8, colour=WARM, power=64),
            lamp_post(stage, 13.2, 12, -1.4, high_m=5.8, colour=WHITE, power=60),
        ]
        lamps += [Lamp(at=(x, 3.0, 17.2), colour=TUBE, power=13.0, soft_m=1.0) for x in (-2.4, 2.4)]
        lamps += [Lamp(at=(x, 2.6, 20.6), colour=TUBE, power=7.0, soft_m=1.0) for x in (-10.0, 10.0)]
        return stage, lamps

    def still_models(self) -> Sequence[Model]:
        return [
            car(vec(7.6, 0, 14.6), 212, (0.62, 0.63, 0.64), ambulance=True),
            motorcycle(vec(-8.6, 0, 9.2), 170, (0.3, 0.04, 0.04), parked=True),
            motorcycle(vec(-11.1, 0, 9.2), 176, (0.04, 0.05, 0.24), parked=True),
            motorcycle(vec(-6.0, 0, 9.4), 168, (0.3, 0.3, 0.32), parked=True),
            person(vec(-5.2, 0, 20.6), 170, SITTING, Clothes(top=(0.3, 0.2, 0.1))),
            person(
                vec(-4.2, 0, 20.6),
                176,
                SITTING,
                Clothes(top=(0.14, 0.3, 0.22), scarf=(0.5, 0.46, 0.38), tall_m=1.56),
            ),
            person(vec(2.2, 0, 19.2), 190, Pose(), Clothes(top=(0.6, 0.62, 0.62), legs=(0.5, 0.52, 0.52))),
        ]

    def ordinary(self) -> Sequence[Act]:
        return (
            Walk(
                path=((-14, 6.5), (-3, 12), (-1, 18.6)),
                from_s=0.4,
                speed_ms=1.4,
                clothes=Clothes(top=(0.36, 0.16, 0.1)),
            ),
            Walk(
                path=((-13.4, 6), (-2.2, 11.4), (0.2, 18.6)),
                from_s=0.9,
                speed_ms=1.38,
                clothes=Clothes(top=(0.14, 0.2, 0.36), scarf=(0.12, 0.2, 0.4), tall_m=1.55),
            ),
            Ride(path=((16, 4.8), (3, 6.0), (-16, 5.2)), from_s=8.2, speed_ms=5.0, colour=(0.05, 0.22, 0.12)),
        )


class SchoolGate(Place):
    """A school's wall and gate on a side street."""

    weather = Weather(wet=0.2, ambient=(0.017, 0.020, 0.031))

    def paint(self, rng: np.random.Generator) -> tuple[Stage, Sequence[Lamp]]:
        stage = Stage(View(height_m=4.9, pitch_deg=16, yaw_deg=5, fov_deg=76), (8, 11, 22), (30, 29, 36))
        floor(stage, -60, 60, 0, 300, (70, 70, 60))
        for x in (-16, -6, 5, 16):
            stage.foliage((x, 5.6, 40), 5, (30, 48, 28), rng, 110)
        stage.fill([(-30, 6.6, 34), (30, 6.6, 34), (26, 9, 40), (-26, 9, 40)], (126, 64, 50))
        face, glow = _classrooms(rng)
        stage.board((-28, 6.6, 34), (56, 0, 0), (0, -6.6, 0), face, glow)
        floor(stage, -60, 60, 3, 13, (60, 61, 64))
        stripe(stage, -60, 60, 12.7, 12.95, (160, 158, 148))
        for start in range(-40, 40, 5):
            stripe(stage, start, start + 2.4, 7.9, 8.05, (176, 172, 150))
        for index in range(10):  # school crossing
            stripe(
                stage,
                -2.6 + index * 0.6,
                -2.3 + index * 0.6,
                3.4,
                12.4,
                (190, 176, 70) if index % 2 else (180, 178, 170),
            )
        stage.line((-9.2, 0, 24), (-9.2, 8.5, 24), 0.12, (190, 190, 185))
        stage.fill([(-9.1, 7.4, 24), (-7.3, 7.3, 24), (-7.3, 7.9, 24), (-9.1, 8.0, 24)], (200, 30, 30))
        stage.fill([(-9.1, 6.8, 24), (-7.3, 6.7, 24), (-7.3, 7.3, 24), (-9.1, 7.4, 24)], (235, 232, 225))
        lamps = self._wall(stage)
        tree(stage, 13.5, 19, 5.4, rng)
        tree(stage, -15.5, 19, 5.0, rng)
        lamps += [
            lamp_post(stage, -7.5, 14.0, 0.8, high_m=5.6, colour=WARM, power=70),
            lamp_post(stage, 10.8, 14.0, -1.0, high_m=5.6, colour=WARM, power=60),
            Lamp(at=(0, 5.0, 30.0), colour=TUBE, power=22.0, soft_m=1.5),
            Lamp(at=(-14, 5.0, 31.0), colour=TUBE, power=12.0, soft_m=1.5),
        ]
        return stage, lamps

    def _wall(self, stage: Stage) -> list[Lamp]:
        wall: Colour = (176, 150, 120)
        for low, high in ((-40.0, -4.2), (4.2, 40.0)):
            face = Image.new("RGB", (1400, 90), wall)
            pen = ImageDraw.Draw(face)
            for index, left in enumerate(range(0, 1400, 70)):
                pen.rectangle((left, 0, left + 8, 90), fill=(140, 116, 92))
                tone = ((184, 66, 50), (64, 112, 150), (214, 170, 70))[index % 3]
                pen.polygon([(left + 16, 78), (left + 40, 24), (left + 62, 78)], fill=tone)
            stage.board((low, 2.2, 16), (high - low, 0, 0), (0, -2.2, 0), face)
        for x in (-4.2, 4.2):
            box(stage, (x - 0.4, 0, 15.7), (x + 0.4, 3.6, 16.4), (190, 170, 140))
        face = Image.new("RGB", (900, 100), (28, 60, 120))
        write(face, "SMP NEGERI 2 SANGATTA UTARA", (10, 6, 890, 94), (250, 244, 220))
        glow = Image.new("RGB", (900, 100), (6, 13, 26))
        write(glow, "SMP NEGERI 2 SANGATTA UTARA", (10, 6, 890, 94), (105, 102, 92))
        stage.board((-4.8, 4.7, 15.9), (9.6, 0, 0), (0, -1.05, 0), face, glow)
        for index in range(19):
            x = -3.6 + index * 0.4
            stage.line((x, 0.1, 16), (x, 2.0 + 0.25 * (1 - abs(x) / 3.6), 16), 0.05, (40, 70, 56))
        for y in (0.3, 1.1, 1.9):
            stage.line((-3.7, y, 16), (3.7, y, 16), 0.06, (40, 70, 56))
        for x in (-4.2, 4.2):
            stage.shine_spot((x, 3.85, 15.8), 0.16, (255, 240, 200))
        return [Lamp(at=(x, 3.8, 15.0), colour=(1.0, 0.88, 0.66), power=9.0, soft_m=0.9) for x in (-4.2, 4.2)]

    def still_models(self) -> Sequence[Model]:
        return [
            person(vec(5.6, 0, 14.6), 200, Pose(), Clothes(top=(0.04, 0.05, 0.1), helmet=None)),
            motorcycle(vec(7.4, 0, 14.8), 100, (0.3, 0.3, 0.32), parked=True),
        ]

    def ordinary(self) -> Sequence[Act]:
        return (
            Ride(path=((-26, 6.2), (26, 6.2)), from_s=0.5, speed_ms=8.5, colour=(0.3, 0.03, 0.03)),
            Walk(
                path=((-12, 13.8), (-1, 13.9), (9.5, 13.9)),
                from_s=0.2,
                speed_ms=1.4,
                clothes=Clothes(top=(0.5, 0.5, 0.5), legs=(0.03, 0.05, 0.14)),
            ),
            Walk(
                path=((-13, 14.2), (9.5, 14.3)),
                from_s=0.8,
                speed_ms=1.4,
                clothes=Clothes(
                    top=(0.5, 0.5, 0.5), legs=(0.03, 0.05, 0.14), scarf=(0.55, 0.55, 0.55), tall_m=1.52
                ),
            ),
            Drive(path=((26, 10.4), (-26, 10.4)), from_s=6.2, speed_ms=7.5, colour=(0.08, 0.1, 0.2)),
        )


def _clinic_front() -> tuple[Image.Image, Image.Image]:
    face, glow = Image.new("RGB", (1500, 210), (196, 204, 192)), Image.new("RGB", (1500, 210))
    pen, light = ImageDraw.Draw(face), ImageDraw.Draw(glow)
    pen.rectangle((0, 150, 1500, 210), fill=(60, 130, 90))
    for index in range(13):
        x = 30 + index * 114
        if 610 < x < 830:
            continue
        pen.rectangle((x, 66, x + 70, 140), fill=(44, 56, 60))
        if index % 3 != 1:
            light.rectangle((x, 66, x + 70, 140), fill=(70, 92, 84))
        pen.line((x + 35, 66, x + 35, 140), fill=(200, 204, 200), width=4)
    pen.rectangle((650, 60, 850, 210), fill=(90, 110, 110))
    light.rectangle((650, 60, 850, 210), fill=(104, 126, 112))
    for x in (650, 750, 850):
        pen.line((x, 60, x, 210), fill=(220, 224, 220), width=6)
        light.line((x, 60, x, 210), fill=(20, 26, 24), width=6)
    return face, glow


def _canopy(stage: Stage) -> None:
    for x in (-4.6, 4.6):
        stage.line((x, 0, 16.2), (x, 3.3, 16.2), 0.28, (190, 194, 186))
    face = Image.new("RGB", (1000, 100), (30, 120, 80))
    write(face, "UPT PUSKESMAS TELUK LINGGA", (80, 6, 980, 94), (252, 250, 236))
    pen = ImageDraw.Draw(face)
    pen.rectangle((28, 40, 72, 60), fill=(250, 250, 245))
    pen.rectangle((40, 28, 60, 72), fill=(250, 250, 245))
    glow = face.point(lambda value: int(value * 0.58))
    stage.fill(
        [(-5.2, 3.3, 16), (5.2, 3.3, 16), (5.2, 3.3, 21.9), (-5.2, 3.3, 21.9)], (200, 204, 196), normal=(0, -1, 0)
    )
    stage.fill([(-5.2, 4.3, 16), (5.2, 4.3, 16), (5.2, 4.6, 21.9), (-5.2, 4.6, 21.9)], (110, 116, 112))
    stage.board((-5.2, 4.3, 16), (10.4, 0, 0), (0, -1.0, 0), face, glow)


def _classrooms(rng: np.random.Generator) -> tuple[Image.Image, Image.Image]:
    face, glow = Image.new("RGB", (1680, 200), (186, 176, 150)), Image.new("RGB", (1680, 200))
    pen, light = ImageDraw.Draw(face), ImageDraw.Draw(glow)
    pen.rectangle((0, 96, 1680, 108), fill=(120, 110, 96))
    for row in (22, 122):
        for index in range(20):
            x = 20 + index * 84
            pen.rectangle((x, row, x + 56, row + 46), fill=(40, 48, 56))
            if rng.random() < 0.12:
                light.rectangle((x, row, x + 56, row + 46), fill=(84, 88, 70))
            pen.line((x + 28, row, x + 28, row + 46), fill=(150, 142, 124), width=3)
    return face, glow
