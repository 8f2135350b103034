"""A main street at night, Jl. Yos Sudarso: shop houses, lamps, wires, a food cart, traffic on wet asphalt."""

from collections.abc import Mapping, Sequence

import numpy as np

from ronda.sim.scenes.acting import Act, Drive, Ride, Walk
from ronda.sim.scenes.backdrop import Weather
from ronda.sim.scenes.figure import Model, vec
from ronda.sim.scenes.furniture import (
    Shop,
    floor,
    food_cart,
    lamp_post,
    power_pole,
    shop_row,
    stripe,
    tree,
    wires,
)
from ronda.sim.scenes.light import WARM, WHITE, Lamp
from ronda.sim.scenes.people import Clothes
from ronda.sim.scenes.place import Place
from ronda.sim.scenes.stage import Colour, Stage
from ronda.sim.scenes.vehicles import car, motorcycle
from ronda.sim.scenes.view import View

_WALLS: Sequence[Colour] = ((196, 188, 168), (150, 172, 160), (186, 160, 140), (168, 174, 190), (200, 196, 186))
_BOARDS: Sequence[Colour] = ((176, 40, 34), (28, 84, 150), (30, 116, 70), (210, 150, 30), (90, 50, 120))
_SIGNS = (
    *("TOKO SINAR JAYA", "APOTEK BERKAH", "BENGKEL MOTOR", "FOTOCOPY", "WARUNG KOPI"),
    *("TOKO EMAS MURNI", "SALON AYU", "KELONTONG", "PHONE CELL", "RM PADANG"),
    *("LAUNDRY BERSIH", "TOKO BUKU", "MEBEL JATI", "CUCIAN MOTOR"),
)


class Street(Place):
    """A camera on a pole above the road's right edge, looking along it."""

    weather = Weather(wet=0.85)
    rain = 260

    def paint(self, rng: np.random.Generator) -> tuple[Stage, Sequence[Lamp]]:
        view = View(height_m=5.6, pitch_deg=13.5, yaw_deg=-4, fov_deg=76, x_m=2.4)
        stage = Stage(view, (7, 10, 20), (34, 30, 34))
        lamps: list[Lamp] = []
        floor(stage, -60, 60, 0, 400, (60, 58, 54))
        _far_trees(stage, rng)
        floor(stage, -4.6, 4.6, 0, 300, (64, 65, 68))
        for side in (-1.0, 1.0):
            floor(stage, side * 4.6, side * 8.0, 0, 160, (104, 100, 94))
            stripe(stage, side * 4.55, side * 4.8, 0, 160, (150, 148, 140))
            stripe(stage, side * 4.2, side * 4.32, 0, 160, (168, 168, 160))
        for z in range(4, 120, 6):
            stripe(stage, -0.08, 0.08, z, z + 3, (186, 184, 170))
        lamps += self._shops(stage, rng)
        for z in (92, 70, 48, 26, 9):
            lamps.append(lamp_post(stage, -5.2, z, 1.7, colour=WARM, power=48))
            if z > 9:
                lamps.append(lamp_post(stage, 5.2, z - 11, -1.7, colour=WARM if z > 50 else WHITE, power=44))
        for z in (80, 56, 32):
            power_pole(stage, 7.2, z)
        wires(stage, 7.2, (80, 56, 32, 8))
        tree(stage, -6.6, 37, 4.6, rng)
        tree(stage, 6.5, 45, 4.2, rng)
        lamps.append(food_cart(stage, -6.3, 17.5, "NASI GORENG"))
        return stage, lamps

    def _shops(self, stage: Stage, rng: np.random.Generator) -> list[Lamp]:
        names = list(rng.permutation(len(_SIGNS)))
        lamps: list[Lamp] = []
        for side in (True, False):
            shops = []
            for index in range(18):
                shops.append(
                    Shop(
                        sign=_SIGNS[int(names[(index + (5 if side else 0)) % len(names)])],
                        wall=_WALLS[int(rng.integers(len(_WALLS)))],
                        board=_BOARDS[int(rng.integers(len(_BOARDS)))],
                        lit_sign=0.62 if rng.random() < 0.35 else 0.0,
                        open=bool(rng.random() < 0.18) or (side and index == 13),
                        high_m=float(rng.uniform(5.8, 7.4)),
                    )
                )
            lamps += shop_row(stage, shops, -8.0 if side else 8.0, 92, rng, left=side)
        return [lamp for lamp in lamps if lamp.at[2] < 70]

    def still_models(self) -> Sequence[Model]:
        rng = np.random.default_rng(self.seed + 7)
        colours = ((0.3, 0.03, 0.03), (0.05, 0.06, 0.3), (0.03, 0.03, 0.03), (0.4, 0.4, 0.42), (0.06, 0.25, 0.1))
        models = [
            motorcycle(vec(-6.9, 0, z), 78 + float(rng.uniform(-8, 8)), colours[index % 5], parked=True)
            for index, z in enumerate((21.0, 22.1, 23.3, 29.0, 30.2))
        ]
        models += [
            motorcycle(vec(6.6, 0, z), -80, colours[(index + 2) % 5], parked=True)
            for index, z in enumerate((15.0, 16.2, 25.5))
        ]
        models.append(car(vec(5.6, 0, 37), 180, (0.42, 0.43, 0.45)))
        return models

    def ordinary(self) -> Sequence[Act]:
        return (
            Ride(path=((1.9, 2), (2.1, 90)), from_s=0.6, speed_ms=8.5, colour=(0.05, 0.06, 0.3)),
            Walk(
                path=((-5.6, 34), (-5.4, 9)),
                from_s=0.5,
                speed_ms=1.35,
                clothes=Clothes(top=(0.5, 0.42, 0.3), long_sleeves=False),
            ),
            Drive(path=((-2.1, 95), (-2.3, 2)), from_s=3.5, speed_ms=9.5),
            Walk(
                path=((5.6, 12), (5.9, 32)),
                from_s=2.0,
                speed_ms=1.25,
                clothes=Clothes(
                    top=(0.2, 0.08, 0.22), legs=(0.12, 0.06, 0.12), scarf=(0.42, 0.28, 0.4), tall_m=1.56
                ),
            ),
            Ride(path=((-1.6, 80), (-1.9, 2)), from_s=9.2, speed_ms=11.0, colour=(0.35, 0.35, 0.36)),
        )

    def specials(self) -> Mapping[str, tuple[int, Sequence[Act]]]:
        return {"rideby": (120, (stolen_ride(((-2.0, 88), (-1.5, 2)), 0.8, 8.6),))}


THIEF = Clothes(top=(0.30, 0.04, 0.035), legs=(0.04, 0.045, 0.06), tall_m=1.7)
STOLEN = (0.62, 0.6, 0.56)  # a white motorcycle


def stolen_ride(path: Sequence[tuple[float, float]], from_s: float, speed_ms: float) -> Ride:
    """The stolen motorcycle passes, its lamps off."""
    return Ride(
        path=path,
        from_s=from_s,
        speed_ms=speed_ms,
        colour=STOLEN,
        clothes=THIEF,
        lights=False,
        actor="motor-curian",
        what="sepeda motor putih tanpa lampu lewat, pengendara berjaket merah tanpa helm",
    )


def _far_trees(stage: Stage, rng: np.random.Generator) -> None:
    for _ in range(12):
        x, z = float(rng.uniform(-45, 45)), float(rng.uniform(120, 180))
        stage.foliage((x, 5, z), float(rng.uniform(5, 9)), (26, 34, 26), rng, 60)
