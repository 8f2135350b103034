"""An office's counter hall by day: desks behind a counter, numbers above, people who wait in rows.

Also as a library: shelves instead of a waiting queue's banner.
"""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from ronda.sim.scenes.acting import Act, Walk
from ronda.sim.scenes.backdrop import Weather
from ronda.sim.scenes.figure import Model, vec
from ronda.sim.scenes.furniture import box, floor, write
from ronda.sim.scenes.light import Lamp, Rgb
from ronda.sim.scenes.people import SITTING, Clothes, Pose, person
from ronda.sim.scenes.place import Place
from ronda.sim.scenes.stage import Colour, Stage
from ronda.sim.scenes.view import View

_DAY: Rgb = (0.95, 1.0, 0.98)
_STAFF: Sequence[Clothes] = (
    Clothes(top=(0.36, 0.28, 0.14), scarf=(0.3, 0.22, 0.12), tall_m=1.58),
    Clothes(top=(0.36, 0.28, 0.14)),
    Clothes(top=(0.36, 0.28, 0.14), scarf=(0.45, 0.4, 0.34), tall_m=1.56),
)
_PUBLIC: Sequence[Clothes] = (
    Clothes(top=(0.10, 0.16, 0.36)),
    Clothes(top=(0.4, 0.12, 0.12), scarf=(0.5, 0.2, 0.24), tall_m=1.56),
    Clothes(top=(0.34, 0.34, 0.32), long_sleeves=False),
    Clothes(top=(0.1, 0.28, 0.2), scarf=(0.12, 0.3, 0.26), tall_m=1.58),
    Clothes(top=(0.06, 0.06, 0.07)),
    Clothes(top=(0.45, 0.36, 0.12), long_sleeves=False),
)


CLOSED, UNSTAFFED = "closed", "unstaffed"  # clips: nobody there; people wait and no counter is staffed


class Office(Place):
    """A camera under the ceiling in the hall's back corner."""

    weather = Weather(
        ambient=(0.085, 0.09, 0.09),
        haze=(0.1, 0.1, 0.1),
        haze_m=900,
        grain=0.03,
        dirt=0.3,
        shadow=0.24,
        vignette=0.3,
        glare=((10.0, 0.25), (40.0, 0.1)),
    )
    banner = "PELAYANAN ADMINISTRASI TERPADU KECAMATAN"
    desks: Sequence[str] = ("KTP-el", "KK", "AKTA", "PINDAH")

    def paint(self, rng: np.random.Generator) -> tuple[Stage, Sequence[Lamp]]:
        flip = -1 if self.seed % 2 else 1
        stage = Stage(
            View(height_m=2.95, pitch_deg=19, yaw_deg=13 * flip, fov_deg=82, x_m=-2.6 * flip),
            (200, 200, 196),
            (200, 200, 196),
        )
        self._shell(stage, rng)
        self._back_wall(stage)
        for x, z in ((-3.0, 11.6), (2.6, 11.6)):
            box(stage, (x - 0.6, 0, z), (x + 0.6, 1.9, z + 0.45), (150, 152, 150))
        for index in range(len(self.desks)):  # desks with screens, behind the counter
            x = _desk_x(index)
            box(stage, (x - 0.7, 0, 9.5), (x + 0.7, 0.74, 10.2), (140, 112, 84), top=(168, 140, 108))
            stage.fill(
                [(x - 0.55, 0.78, 9.7), (x - 0.05, 0.78, 9.7), (x - 0.05, 1.12, 9.72), (x - 0.55, 1.12, 9.72)],
                (32, 34, 36),
            )
        self._counter(stage)
        return stage, self._lamps()

    def _shell(self, stage: Stage, rng: np.random.Generator) -> None:
        """Floor, walls, ceiling, its lights, a plant, the doors."""
        wall: Colour = (206, 204, 192)
        stage.fill([(-7, 0, 13), (7, 0, 13), (7, 3.4, 13), (-7, 3.4, 13)], wall)
        for x in (-7.0, 7.0):
            stage.fill([(x, 0, -2), (x, 0, 13), (x, 3.4, 13), (x, 3.4, -2)], wall)
            stage.fill([(x, 0, -2), (x, 0, 13), (x, 1.0, 13), (x, 1.0, -2)], (96, 132, 120))
        stage.fill([(-7, 3.4, -2), (7, 3.4, -2), (7, 3.4, 13), (-7, 3.4, 13)], (196, 198, 194), normal=(0, -1, 0))
        floor(stage, -7, 7, -2, 13, (178, 172, 160))
        for column in range(-7, 8):
            stage.mark(
                [(column - 0.012, 0, 0), (column + 0.012, 0, 0), (column + 0.012, 0, 13), (column - 0.012, 0, 13)],
                (150, 144, 132),
            )
        for row in range(13):
            stage.mark(
                [(-7, 0, row - 0.012), (7, 0, row - 0.012), (7, 0, row + 0.012), (-7, 0, row + 0.012)],
                (150, 144, 132),
            )
        for z in (4.6, 8.2, 11.4):
            for x in (-3.6, 0.0, 3.6):
                stage.fill(
                    [
                        (x - 0.6, 3.39, z - 0.3),
                        (x + 0.6, 3.39, z - 0.3),
                        (x + 0.6, 3.39, z + 0.3),
                        (x - 0.6, 3.39, z + 0.3),
                    ],
                    (255, 255, 255),
                    glow=(205, 210, 206),
                    normal=(0, -1, 0),
                )
        stage.line((6.5, 0, 7.6), (6.5, 0.5, 7.6), 0.5, (150, 90, 60))
        stage.foliage((6.5, 1.2, 7.6), 0.65, (60, 120, 60), rng, 160)

    def _back_wall(self, stage: Stage) -> None:
        face = Image.new("RGB", (1200, 120), (24, 84, 130))
        write(face, self.banner, (20, 10, 1180, 110), (252, 246, 224))
        stage.board((-5.2, 3.25, 12.95), (10.4, 0, 0), (0, -0.75, 0), face)
        for x, tone in ((-6.1, (196, 32, 36)), (5.9, (28, 96, 60))):  # flags at both sides
            stage.line((x, 0, 12.5), (x, 2.3, 12.5), 0.05, (190, 170, 90))
            stage.fill([(x, 1.1, 12.5), (x + 0.32, 1.0, 12.5), (x + 0.3, 2.2, 12.5), (x, 2.25, 12.5)], tone)
            if x < 0:
                stage.mark(
                    [(x, 1.1, 12.5), (x + 0.32, 1.0, 12.5), (x + 0.31, 1.6, 12.5), (x, 1.66, 12.5)], (240, 238, 232)
                )
        clock = [(4.9 + 0.25 * math.cos(a), 2.2 + 0.25 * math.sin(a), 12.94) for a in np.linspace(0, 2 * np.pi, 24)]
        stage.fill(clock, (240, 240, 236))

    def _counter(self, stage: Stage) -> None:
        box(stage, (-5.6, 0, 8.0), (5.6, 1.02, 8.7), (146, 104, 66), top=(206, 196, 180))
        stage.mark([(-5.6, 0.0, 8.0), (5.6, 0.0, 8.0), (5.6, 0.16, 8.0), (-5.6, 0.16, 8.0)], (80, 58, 40))
        for index, name in enumerate(self.desks):
            x = _desk_x(index)
            face = Image.new("RGB", (240, 80), (238, 238, 232))
            pen = ImageDraw.Draw(face)
            pen.rectangle((0, 0, 70, 80), fill=(190, 44, 40))
            write(face, str(index + 1), (4, 4, 66, 76), (255, 255, 250))
            write(face, name, (74, 6, 236, 74), (24, 40, 70))
            stage.board((x - 0.75, 2.55, 8.0), (1.5, 0, 0), (0, -0.42, 0), face)
            for dx in (-0.7, 0.7):
                stage.line((x + dx, 2.55, 8.0), (x + dx, 3.4, 8.0), 0.02, (150, 150, 150))
            number = Image.new("RGB", (120, 50), (12, 12, 14))
            glow = Image.new("RGB", (120, 50))
            write(glow, f"{'ABCD'[index]}{17 + index * 9:03}", (2, 2, 118, 48), (255, 70, 50))
            stage.board((x - 0.35, 1.0, 7.99), (0.7, 0, 0), (0, -0.3, 0), number, glow)

    def _lamps(self) -> list[Lamp]:
        return [
            Lamp(at=(x, 3.3, z), colour=_DAY, power=2.7, soft_m=1.3)
            for z in (1.4, 4.6, 8.2, 11.4)
            for x in (-3.6, 0.0, 3.6)
        ]

    def other_hours(self) -> Sequence[str]:
        return (CLOSED, UNSTAFFED)

    def still_at(self, clip: str) -> Sequence[Model]:
        return self._rows_of_chairs(people=clip != CLOSED)

    def alive_at(self, clip: str, second: float) -> Sequence[Model]:
        if clip == CLOSED:
            return ()
        return self._visitors(second) if clip == UNSTAFFED else self.alive(second)

    def still_models(self) -> Sequence[Model]:
        return self._rows_of_chairs(people=True)

    def _rows_of_chairs(self, *, people: bool) -> Sequence[Model]:
        rng = np.random.default_rng(self.seed + 11)
        models: list[Model] = []
        for z in (3.3, 4.9):
            for index in range(7):
                x = -3.4 + index * 0.66
                models.append(_chair(x, z))
                if rng.random() < 0.55 and people:
                    wear = _PUBLIC[int(rng.integers(len(_PUBLIC)))]
                    models.append(person(vec(x, 0, z), float(rng.uniform(-12, 12)), SITTING, wear))
        return models

    def alive(self, second: float) -> Sequence[Model]:
        """Staff at their desks, who type and nod; somebody at two of the desks."""
        return [*self._staff(second), *self._visitors(second)]

    def _staff(self, second: float) -> Sequence[Model]:
        models = []
        for index in range(len(self.desks)):
            phase, nod = _nod(second, index)
            arms = (0.75 + 0.06 * math.sin(phase * 4), 0.75 + 0.06 * math.cos(phase * 4))
            pose = Pose(
                thigh=(1.4, 1.4), knee=(1.4, 1.4), arm=arms, elbow=(0.7, 0.7), lean=0.06 + nod, lift_m=-0.30
            )
            models.append(person(vec(_desk_x(index), 0, 9.05), 180, pose, _STAFF[(index + self.seed) % 3]))
        return models

    def _visitors(self, second: float) -> Sequence[Model]:
        models = []
        for index in (0, 2):
            _phase, nod = _nod(second, index)
            sway = Pose(lean=0.1 + nod * 0.6, arm=(0.5, 0.2 + nod), elbow=(0.9, 0.3))
            models.append(person(vec(_desk_x(index) + 0.1, 0, 7.45), 4, sway, _PUBLIC[(index + self.seed) % 6]))
        return models

    def ordinary(self) -> Sequence[Act]:
        return (
            Walk(
                path=((4.9, 1.4), (4.0, 5.6), (1.9, 7.2)),
                from_s=0.5,
                speed_ms=1.1,
                clothes=_PUBLIC[3],
                what="pengunjung menuju loket",
            ),
            Walk(
                path=((-4.4, 7.0), (-5.2, 3.0), (-4.6, 0.9)),
                from_s=6.5,
                speed_ms=1.15,
                clothes=_PUBLIC[4],
                what="pengunjung keluar",
            ),
        )


class Library(Office):
    """A public library's lending desk."""

    banner = "PERPUSTAKAAN UMUM KABUPATEN KUTAI TIMUR"
    desks = ("PINJAM", "KEMBALI", "ANGGOTA")

    def _back_wall(self, stage: Stage) -> None:
        rng = np.random.default_rng(self.seed)
        for left in (-6.9, -2.3, 2.3):
            face = Image.new("RGB", (440, 220), (120, 84, 54))
            pen = ImageDraw.Draw(face)
            for row in range(4):
                x = 6
                while x < 424:
                    wide, high = int(rng.integers(6, 14)), int(rng.integers(30, 46))
                    colour = tuple(int(c) for c in rng.integers(50, 210, 3))
                    pen.rectangle((x, row * 54 + 50 - high, x + wide, row * 54 + 50), fill=colour)
                    x += wide + 1
            stage.board((left, 2.2, 12.6), (4.4, 0, 0), (0, -2.2, 0), face)
        face = Image.new("RGB", (1200, 120), (110, 60, 40))
        write(face, self.banner, (20, 10, 1180, 110), (252, 246, 224))
        stage.board((-5.2, 3.2, 12.55), (10.4, 0, 0), (0, -0.75, 0), face)


def _nod(second: float, index: int) -> tuple[float, float]:
    """Each at their own pace: the phase, and how far the head is down."""
    phase = 2 * math.pi * (second / 4 + index * 0.31)
    return phase, 0.05 * math.sin(phase)


def _desk_x(index: int) -> float:
    return -3.9 + index * 2.6


def _chair(x: float, z: float) -> Model:
    blue: Rgb = (0.05, 0.12, 0.26)
    model = Model(at=vec(x, 0, z), shadow_m=(0.3, 0.3))
    seat = np.array(
        [
            (x - 0.25, 0.44, z - 0.22),
            (x + 0.25, 0.44, z - 0.22),
            (x + 0.25, 0.44, z + 0.25),
            (x - 0.25, 0.44, z + 0.25),
        ],
        np.float32,
    )
    back = np.array(
        [
            (x - 0.25, 0.5, z - 0.24),
            (x + 0.25, 0.5, z - 0.24),
            (x + 0.24, 0.92, z - 0.32),
            (x - 0.24, 0.92, z - 0.32),
        ],
        np.float32,
    )
    model.plate(seat, blue, normal=vec(0, 1, 0))
    model.plate(back, blue)
    for dx in (-0.2, 0.2):
        model.limb(vec(x + dx, 0, z), vec(x + dx, 0.44, z), 0.018, 0.018, (0.3, 0.3, 0.3))
    return model
