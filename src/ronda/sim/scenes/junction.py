"""A crossroads at night with traffic lights, zebra crossings and a guard's post."""

from collections.abc import Mapping, Sequence

import numpy as np

from ronda.sim.scenes.acting import Act, Drive, Ride, Walk
from ronda.sim.scenes.backdrop import Weather
from ronda.sim.scenes.figure import Model, vec
from ronda.sim.scenes.furniture import (
    Shop,
    floor,
    lamp_post,
    power_pole,
    shop_front,
    shop_row,
    stripe,
    tree,
    wires,
)
from ronda.sim.scenes.light import WARM, WHITE, Lamp, Rgb
from ronda.sim.scenes.people import Clothes
from ronda.sim.scenes.place import Place
from ronda.sim.scenes.stage import Colour, Stage
from ronda.sim.scenes.street import stolen_ride
from ronda.sim.scenes.vehicles import car
from ronda.sim.scenes.view import View

_RED: Rgb = (1.0, 0.16, 0.1)
_GREEN: Rgb = (0.15, 1.0, 0.55)


class Junction(Place):
    """A camera high on a pole at the near corner, looking over the crossing."""

    weather = Weather(wet=0.6)

    def paint(self, rng: np.random.Generator) -> tuple[Stage, Sequence[Lamp]]:
        view = View(height_m=7.4, pitch_deg=19, yaw_deg=-6 if self.seed % 2 else 7, fov_deg=80)
        stage = Stage(view, (8, 11, 21), (36, 32, 36))
        floor(stage, -80, 80, 0, 400, (66, 66, 60))
        for _ in range(10):
            x, z = float(rng.uniform(-60, 60)), float(rng.uniform(110, 170))
            stage.foliage((x, 5, z), float(rng.uniform(5, 9)), (26, 34, 26), rng, 60)
        floor(stage, -90, 90, 15, 26, (62, 63, 66))
        floor(stage, -5, 5, 0, 300, (62, 63, 66))
        _markings(stage)
        lamps = self._buildings(stage, rng)
        lamps += [
            lamp_post(stage, -6.2, 60, 1.8, colour=WARM, power=69),
            lamp_post(stage, 6.2, 45, -1.8, colour=WARM, power=75),
            lamp_post(stage, -6.6, 28.5, 2.2, colour=WHITE, power=142),
            lamp_post(stage, -24, 27.5, 1.4, colour=WARM, power=75),
            lamp_post(stage, 26, 27.5, -1.4, colour=WARM, power=75),
            lamp_post(stage, 7.4, 13.2, -1.6, high_m=6.8, colour=WARM, power=105),
            lamp_post(stage, -9.5, 13.0, 1.6, high_m=6.8, colour=WARM, power=90),
        ]
        power_pole(stage, 9.5, 28)
        wires(stage, 9.5, (60, 28, 6))
        lamps += [_signal(stage, 5.8, 27.2, _RED), _signal(stage, -5.8, 14.2, _GREEN)]
        tree(stage, -13, 30, 4.8, rng)
        return stage, lamps

    def _buildings(self, stage: Stage, rng: np.random.Generator) -> list[Lamp]:
        names = (
            "TOKO ROTI",
            "BENGKEL JAYA",
            "APOTEK",
            "KAFE SENJA",
            "DEALER MOTOR",
            "TOKO CAT",
            "PEGADAIAN",
            "MINI MARKET",
        )
        walls: Sequence[Colour] = ((190, 180, 160), (160, 176, 170), (186, 164, 148), (176, 180, 190))
        boards: Sequence[Colour] = ((176, 44, 36), (30, 86, 150), (210, 150, 40), (34, 116, 74))

        def shop(index: int) -> Shop:
            return Shop(
                sign=names[(index + self.seed) % len(names)],
                wall=walls[int(rng.integers(4))],
                board=boards[int(rng.integers(4))],
                lit_sign=0.6 if rng.random() < 0.4 else 0.0,
                open=bool(rng.random() < 0.25),
                high_m=float(rng.uniform(5.6, 7.4)),
            )

        lamps = shop_row(stage, [shop(i) for i in range(9)], -9.5, 78, rng, left=True)
        lamps += shop_row(stage, [shop(i + 4) for i in range(9)], 9.5, 78, rng, left=False)
        for index in range(6):
            for x in (-14.5 - index * 5, 9.5 + index * 5):
                item = shop(index + 2)
                face, glow = shop_front(item, rng)
                stage.board((x, item.high_m, 32.9), (5, 0, 0), (0, -item.high_m, 0), face, glow)
                stage.fill([(x, 3, 32.9), (x + 5, 3, 32.9), (x + 5, 2.7, 31.4), (x, 2.7, 31.4)], (72, 76, 80))
                if item.open:
                    lamps.append(Lamp(at=(x + 2.5, 2.3, 31.2), colour=(1.0, 0.8, 0.5), power=4.0, soft_m=0.9))
        return [lamp for lamp in lamps if lamp.at[2] < 60]

    def still_models(self) -> Sequence[Model]:
        return [car(vec(2.2, 0, 34), 180, (0.40, 0.41, 0.43)), car(vec(-16, 0, 29.3), 92, (0.08, 0.1, 0.2))]

    def ordinary(self) -> Sequence[Act]:
        return (
            Ride(path=((-34, 18), (34, 18)), from_s=0.5, speed_ms=9.5, colour=(0.04, 0.05, 0.28)),
            Drive(path=((34, 23), (-36, 23)), from_s=2.0, speed_ms=9.0, colour=(0.45, 0.45, 0.47)),
            Walk(
                path=((-7.5, 27.4), (7.5, 27.8)), from_s=1.0, speed_ms=1.4, clothes=Clothes(top=(0.34, 0.3, 0.16))
            ),
            Walk(path=((-7.8, 12.6), (8, 12.9)), from_s=4.0, speed_ms=1.35, clothes=Clothes(top=(0.16, 0.18, 0.4))),
            Ride(
                path=((2.2, 3), (2.4, 15), (4.5, 18.5), (34, 18.4)),
                from_s=7.0,
                speed_ms=7.5,
                colour=(0.3, 0.03, 0.03),
            ),
            Ride(path=((-34, 19), (34, 19)), from_s=11.5, speed_ms=12.0, colour=(0.03, 0.03, 0.035)),
        )

    def specials(self) -> Mapping[str, tuple[int, Sequence[Act]]]:
        return {"rideby": (100, (stolen_ride(((-34, 18.6), (34, 18.2)), 0.8, 8.2),))}


def _markings(stage: Stage) -> None:
    for index in range(9):
        x = -4.5 + index * 1.05
        stripe(stage, x, x + 0.55, 12.2, 14.4, (176, 174, 166))
        stripe(stage, x, x + 0.55, 26.6, 28.8, (176, 174, 166))
    for index in range(9):
        z = 15.6 + index * 1.15
        stripe(stage, -8.4, -6.0, z, z + 0.55, (176, 174, 166))
        stripe(stage, 6.0, 8.4, z, z + 0.55, (176, 174, 166))
    for start in range(-80, 80, 6):
        if abs(start) > 10:
            stripe(stage, start, start + 3, 20.4, 20.6, (172, 168, 150))
    for start in range(32, 110, 6):
        stripe(stage, -0.1, 0.1, start, start + 3, (172, 168, 150))
    stripe(stage, -0.1, 0.1, 2, 11.8, (172, 168, 150))


def _signal(stage: Stage, x: float, z: float, colour: Rgb) -> Lamp:
    """A traffic light with one lamp on."""
    stage.line((x, 0, z), (x, 3.4, z), 0.12, (120, 118, 110))
    stage.fill([(x - 0.22, 3.2, z), (x + 0.22, 3.2, z), (x + 0.22, 4.4, z), (x - 0.22, 4.4, z)], (20, 22, 22))
    height = 4.15 if colour[0] > colour[1] else 3.45
    stage.shine_spot(
        (x, height, z - 0.02), 0.15, (int(255 * colour[0]), int(255 * colour[1]), int(255 * colour[2]))
    )
    return Lamp(at=(x, height, z - 0.5), colour=colour, power=5.0, soft_m=0.8)
