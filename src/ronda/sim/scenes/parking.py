"""A parking place before shops at night: rows of motorcycles under two lamps, an attendant's hut.

The theft happens here: a man comes on foot, looks about, bends over a lock, sits, and rides off to the
right without lights.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ronda.sim.scenes.acting import Act, Drive, Moment, Ride, Walk, along, length_m
from ronda.sim.scenes.backdrop import Weather
from ronda.sim.scenes.figure import Model, vec
from ronda.sim.scenes.furniture import (
    Shop,
    floor,
    lamp_post,
    power_pole,
    shop_front,
    stripe,
    tree,
    write,
)
from ronda.sim.scenes.light import BULB, TUBE, WARM, WHITE, Lamp, Rgb
from ronda.sim.scenes.people import BENDING, RIDING, Clothes, Pose, blend, person, walking
from ronda.sim.scenes.place import Place
from ronda.sim.scenes.stage import Stage
from ronda.sim.scenes.street import STOLEN, THIEF, stolen_ride
from ronda.sim.scenes.vehicles import car, motorcycle, rider_on
from ronda.sim.scenes.view import Array, View

THEFT_FRAMES = 420
_VICTIM = vec(1.15, 0, 11.6)  # where the motorcycle stands that is stolen
_VICTIM_HEADING = 172.0
_COLOURS: Sequence[Rgb] = (
    *((0.32, 0.03, 0.03), (0.04, 0.05, 0.26), (0.03, 0.03, 0.035), (0.36, 0.36, 0.38)),
    *((0.05, 0.22, 0.1), (0.40, 0.22, 0.03), (0.10, 0.03, 0.20)),
)


class Parking(Place):
    """A camera at the corner of a building, looking down on the yard."""

    weather = Weather(wet=0.35, ambient=(0.018, 0.021, 0.030))
    market = False

    def paint(self, rng: np.random.Generator) -> tuple[Stage, Sequence[Lamp]]:
        view = View(height_m=4.8, pitch_deg=19, yaw_deg=3, fov_deg=78)
        stage = Stage(view, (8, 11, 20), (30, 28, 34))
        floor(stage, -60, 60, 0, 300, (70, 68, 64))
        floor(stage, -60, 60, 17.2, 24.5, (58, 59, 62))  # the road behind
        stripe(stage, -60, 60, 20.8, 20.95, (150, 150, 140))
        stripe(stage, -60, 60, 16.9, 17.2, (150, 148, 140))
        self._opposite(stage, rng)
        lamps = [
            lamp_post(stage, -9, 16.4, 1.6, high_m=5.9, colour=WARM, power=70),
            lamp_post(stage, 7.5, 16.4, -1.4, high_m=5.9, colour=WHITE, power=56),
            lamp_post(stage, -20, 25.5, 1.4, high_m=6.4, colour=WARM, power=50),
            lamp_post(stage, 18, 25.5, -1.4, high_m=6.4, colour=WARM, power=50),
        ]
        power_pole(stage, 12, 16.2)
        for x, y in ((12.0, 8.0), (12.0, 7.4)):
            stage.line((x, y, 16.2), (-30, y + 0.4, 17), 0.035, (24, 25, 28))
            stage.line((x, y, 16.2), (40, y + 0.2, 16), 0.035, (24, 25, 28))
        tree(stage, -13.5, 15, 5.2, rng)
        for index in range(17):  # bays
            x = -8.4 + index * 1.05
            stripe(stage, x - 0.03, x + 0.03, 10.4, 12.7, (176, 174, 160))
        for index in range(14):
            x = -9.4 + index * 1.05
            stripe(stage, x - 0.03, x + 0.03, 5.4, 7.5, (176, 174, 160))
        lamps.append(self._hut(stage))
        lamps += [
            Lamp(at=(-4.5, 4.3, 2.0), colour=TUBE, power=24.0, soft_m=1.2),
            Lamp(at=(4.5, 4.3, 2.0), colour=TUBE, power=20.0, soft_m=1.2),
        ]
        return stage, lamps

    def _opposite(self, stage: Stage, rng: np.random.Generator) -> None:
        """Shops, or the market's long roof, on the far side of the road."""
        if self.market:
            _market_hall(stage, rng)
            return
        x = -34.0
        signs = (
            "TOKO MAKMUR",
            "KONTER HP",
            "RM SEDERHANA",
            "BANK RAKYAT DESA",
            "APOTEK SEHAT",
            "TOKO SEPATU",
            "SERVIS AC",
            "BAKSO SOLO",
            "TOKO KAIN",
            "OPTIK",
        )
        for index in range(13):
            shop = Shop(
                sign=signs[index % len(signs)],
                wall=(180 - index * 5, 172, 156 + index * 3),
                board=((170, 40, 36), (30, 90, 150), (200, 140, 30), (34, 110, 70))[index % 4],
                lit_sign=0.55 if index in (4, 8) else 0.0,
                open=index in (3, 7),
                high_m=6.0 + 1.2 * float(rng.random()),
            )
            face, glow = shop_front(shop, rng)
            stage.board((x, shop.high_m, 28), (shop.wide_m, 0, 0), (0, -shop.high_m, 0), face, glow)
            stage.fill([(x, 3.0, 28), (x + 5, 3.0, 28), (x + 5, 2.7, 26.8), (x, 2.7, 26.8)], (70, 74, 78))
            x += shop.wide_m

    def _hut(self, stage: Stage) -> Lamp:
        """The attendant's post at the way in, with its lamp."""
        x, z = -6.6, 15.2
        face = Image.new("RGB", (200, 230), (40, 96, 150))
        write(face, "PARKIR", (10, 10, 190, 62), (245, 235, 200))
        face.paste((190, 176, 130), (30, 76, 170, 150))
        glow = Image.new("RGB", (200, 230))
        glow.paste((120, 104, 66), (30, 76, 170, 150))
        stage.board((x - 0.9, 2.3, z), (1.8, 0, 0), (0, -2.3, 0), face, glow)
        stage.fill(
            [(x + 0.9, 0, z), (x + 0.9, 0, z + 1.4), (x + 0.9, 2.3, z + 1.4), (x + 0.9, 2.3, z)], (34, 80, 126)
        )
        stage.fill(
            [(x - 1.2, 2.35, z - 0.5), (x + 1.2, 2.35, z - 0.5), (x + 1.2, 2.6, z + 1.5), (x - 1.2, 2.6, z + 1.5)],
            (120, 60, 50),
        )
        return Lamp(at=(x, 2.1, z - 0.5), colour=BULB, power=4.5, soft_m=0.7)

    def still_models(self) -> Sequence[Model]:
        rng = np.random.default_rng(self.seed + 3)
        models = []
        for index in range(16):
            x = -7.9 + index * 1.05
            near_victim = abs(x - float(_VICTIM[0])) < 0.6
            if near_victim or rng.random() < 0.22:
                continue
            models.append(self._parked(rng, x, 11.6, index))
        for index in range(13):
            x = -8.9 + index * 1.05
            if rng.random() < 0.45 or abs(x - 0.6) < 1.3:
                continue
            models.append(self._parked(rng, x, 6.4, index + 3))
        models.append(car(vec(12.4, 0, 11.0), 200, (0.30, 0.31, 0.33)))
        models.append(
            person(vec(-5.0, 0, 15.0), 150, Pose(), Clothes(top=(0.42, 0.2, 0.02), legs=(0.08, 0.08, 0.1)))
        )
        return models

    def extra_models(self, clip: str) -> Sequence[Model]:
        return () if clip in ("theft", "after") else (motorcycle(_VICTIM, _VICTIM_HEADING, STOLEN, parked=True),)

    def _parked(self, rng: np.random.Generator, x: float, z: float, index: int) -> Model:
        heading = 172 + float(rng.uniform(-5, 5))
        place = vec(x + float(rng.uniform(-0.08, 0.08)), 0, z + float(rng.uniform(-0.2, 0.2)))
        return motorcycle(place, heading, _COLOURS[(index * 5 + 2) % 7], parked=True)

    def ordinary(self) -> Sequence[Act]:
        return (
            Ride(path=((-26, 19.2), (30, 19.2)), from_s=0.5, speed_ms=9),
            Walk(
                path=((-3.4, 15.8), (-2.6, 9.2), (3.2, 8.8), (12, 9.6)),
                from_s=0.6,
                speed_ms=1.35,
                clothes=Clothes(top=(0.12, 0.26, 0.4)),
            ),
            Drive(path=((30, 22.4), (-28, 22.4)), from_s=5.0, speed_ms=8.5, colour=(0.4, 0.08, 0.06)),
            Walk(
                path=((9.5, 15.2), (-2, 14.6), (-12, 14.2)),
                from_s=3.2,
                speed_ms=1.2,
                clothes=Clothes(top=(0.3, 0.3, 0.1), scarf=(0.16, 0.3, 0.34), tall_m=1.56),
            ),
            Ride(path=((-26, 18.6), (30, 18.6)), from_s=11.0, speed_ms=11, colour=(0.04, 0.05, 0.3)),
        )

    def specials(self) -> Mapping[str, tuple[int, Sequence[Act]]]:
        passing = stolen_ride(((-22, 19.4), (26, 19.2)), 0.8, 8.0)
        if self.market:
            return {"rideby": (80, (passing,))}
        return {"theft": (THEFT_FRAMES, (Theft(),)), "after": (40, ())}


@dataclass(frozen=True, slots=True)
class Theft:
    """Thirty-six seconds: comes, looks, bends over the lock, sits, rolls out, rides away to the right."""

    actor: str = "pencuri"
    what: str = "laki-laki berjaket merah membobol kunci sepeda motor putih lalu membawanya pergi tanpa lampu"

    _walk: Sequence[tuple[float, float]] = ((-8.6, 9.0), (-3.0, 9.2), (0.1, 9.3), (0.72, 10.2))
    _speed_ms: float = 1.15
    _away: Sequence[tuple[float, float]] = ((1.35, 10.2), (1.9, 9.3), (3.2, 8.8), (6.0, 8.9), (22.0, 9.4))

    def span_s(self) -> tuple[float, float]:
        return 0.0, 36.6

    def at(self, second: float) -> Moment:
        arrive = 0.6 + length_m(self._walk) / self._speed_ms
        work, sit, back = arrive + 2.4, arrive + 19.8, arrive + 21.6
        ride = back + 2.6
        still = motorcycle(_VICTIM, _VICTIM_HEADING, STOLEN, parked=second < sit)
        if second < arrive:
            gone = max(0.0, second - 0.6) * self._speed_ms
            place, heading = along(self._walk, gone)
            pose = walking(gone) if second > 0.6 else Pose()
            return Moment([still, person(place, heading, pose, THIEF)], [])
        place = vec(0.74, 0, 10.35)
        if second < sit:
            return Moment([still, person(place, *self._working(second, arrive, work, sit), THIEF)], [])
        if second < back:
            share = (second - sit) / (back - sit)
            turn = 25 + (_VICTIM_HEADING - 25) * min(1.0, share * 1.2)
            step = place + (_VICTIM + vec(0.03, 0, 0.28) - place) * share
            pose = blend(Pose(), RIDING, share)
            return Moment([still, person(np.asarray(step, np.float32), turn, pose, THIEF)], [])
        return self._riding(second, back, ride)

    def _working(self, second: float, arrive: float, work: float, sit: float) -> tuple[float, Pose]:
        """Heading and pose beside the motorcycle: looks left and right, then bends and tugs."""
        if second < work:
            glance = math.sin((second - arrive) / (work - arrive) * 2 * math.pi)
            return 60 + 95 * glance, Pose(arm=(0.1, 0.15), elbow=(0.5, 0.4))
        down = min(1.0, (second - work) / 1.2, (sit - second) / 0.9)
        tug = 0.12 * math.sin(second * 7.5) if down > 0.95 else 0.0
        bent = blend(Pose(), BENDING, max(0.0, down))
        if down > 0.95:
            up = 9.0 < second - work < 10.4  # stops and looks up once
            bent = Pose(
                thigh=bent.thigh,
                knee=bent.knee,
                arm=(bent.arm[0] + tug, bent.arm[1] - tug),
                elbow=(0.35 + tug, 0.25),
                lean=0.3 if up else 0.95 + tug * 0.3,
                lift_m=bent.lift_m,
            )
        return 28, bent

    def _riding(self, second: float, back: float, ride: float) -> Moment:
        if second < ride:  # rolls it out of its bay with both feet
            gone = 1.4 * ((second - back) / (ride - back)) ** 2
            place: Array = _VICTIM + vec(0.2 * gone / 1.4, 0, -gone)
            heading = _VICTIM_HEADING - 4 * gone
            rolled = gone
        else:
            run = second - ride
            gone = 1.0 * run + 0.85 * run * run
            place, heading = along(self._away, gone)
            start, ease = _VICTIM_HEADING - 5.6, min(1.0, run / 1.2)
            heading = start + ((heading - start + 180) % 360 - 180) * ease
            rolled = 1.4 + gone
        at: Array = np.asarray(place, np.float32)
        return Moment([motorcycle(at, heading, STOLEN, rolled_m=rolled), rider_on(at, heading, THIEF)], [])


def _market_hall(stage: Stage, rng: np.random.Generator) -> None:
    """A long tin roof over stalls, a few of them lit."""
    for index in range(14):
        x = -34.0 + index * 5
        lit = index in (5, 6, 9)
        face = Image.new("RGB", (250, 150), (96, 84, 70))
        glow = Image.new("RGB", (250, 150))
        for row in range(3):
            for column in range(9):
                grey = int(rng.integers(60, 150))
                tone = tuple(int(0.6 * grey + 0.4 * c) for c in rng.integers(40, 200, 3))
                box = (8 + column * 27, 50 + row * 32, 30 + column * 27, 74 + row * 32)
                face.paste(tone, box)
                if lit:
                    glow.paste((int(tone[0] * 0.62), int(tone[1] * 0.5), int(tone[2] * 0.3)), box)
        stage.board((x, 3.0, 29), (5, 0, 0), (0, -3.0, 0), face, glow)
        stage.line((x, 0, 26.5), (x, 3.1, 26.5), 0.16, (120, 116, 108))
        tarp = ((44, 90, 150), (150, 60, 40), (60, 120, 80))[index % 3]
        stage.fill([(x, 3.1, 26.4), (x + 5, 3.1, 26.4), (x + 5, 3.5, 29), (x, 3.5, 29)], tarp)
    stage.fill([(-36, 4.2, 29), (36, 4.2, 29), (36, 7.5, 36), (-36, 7.5, 36)], (112, 74, 62))
    board = Image.new("RGB", (700, 90), (28, 104, 70))
    write(board, "PASAR INDUK SANGATTA", (10, 6, 690, 84), (250, 240, 190))
    glow = Image.new("RGB", (700, 90), (12, 46, 30))
    write(glow, "PASAR INDUK SANGATTA", (10, 6, 690, 84), (150, 140, 100))
    stage.board((-8, 5.2, 28.4), (12, 0, 0), (0, -1.5, 0), board, glow)


class MarketParking(Parking):
    """The same kind of yard before the market."""

    market = True
    weather = Weather(wet=0.15, ambient=(0.018, 0.020, 0.029))
