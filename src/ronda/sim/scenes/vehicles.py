"""Motorcycles and cars: profiles drawn out to solids, wheels that turn, lamps that shine."""

import math
from dataclasses import dataclass

import numpy as np

from ronda.sim.scenes.figure import Model, Plate, disc, extrude, vec
from ronda.sim.scenes.light import Lamp, Rgb
from ronda.sim.scenes.people import RIDING, Clothes, Pose, person
from ronda.sim.scenes.view import Array

RUBBER: Rgb = (0.016, 0.016, 0.018)
STEEL: Rgb = (0.24, 0.25, 0.27)
SEAT: Rgb = (0.012, 0.012, 0.014)
GLASS: Rgb = (0.03, 0.04, 0.05)
HEADLIGHT: Rgb = (1.0, 0.95, 0.82)
TAILLIGHT: Rgb = (1.0, 0.1, 0.06)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Axes of a vehicle: forward, up, right; (u, v, w) metres from the point on the ground."""

    at: Array
    ahead: Array
    up: Array
    side: Array

    def point(self, u: float, v: float, w: float = 0.0) -> Array:
        return np.asarray(self.at + self.ahead * u + self.up * v + self.side * w, np.float32)

    def profile(self, *pairs: tuple[float, float]) -> Array:
        return np.stack([self.point(u, v) for u, v in pairs])


def _frame(at: Array, heading_deg: float, tilt: float = 0.0) -> _Frame:
    turn = math.radians(heading_deg)
    ahead, side = vec(math.sin(turn), 0, math.cos(turn)), vec(math.cos(turn), 0, -math.sin(turn))
    up = np.asarray(vec(0, 1, 0) * math.cos(tilt) + side * math.sin(tilt), np.float32)
    return _Frame(at, ahead, up, np.asarray(side * math.cos(tilt) - vec(0, 1, 0) * math.sin(tilt), np.float32))


def motorcycle(
    at: Array, heading_deg: float, colour: Rgb, *, rolled_m: float = 0.0, lights: bool = False, parked: bool = False
) -> Model:
    """A scooter-like motorcycle, as every street here has them; leaning on its stand when parked."""
    f = _frame(at, heading_deg, -0.13 if parked else 0.0)
    model = Model(at=at, heading=f.ahead, shadow_m=(0.95, 0.34))
    for u in (-0.62, 0.64):
        _wheel(model, f, u, rolled_m)
    dark = (colour[0] * 0.35, colour[1] * 0.35, colour[2] * 0.35)
    tail = f.profile(
        (-0.02, 0.66), (-0.35, 0.78), (-0.92, 0.9), (-0.98, 0.8), (-0.62, 0.5), (-0.1, 0.34), (0.02, 0.4)
    )
    model.shapes += extrude(tail, f.side, 0.13, colour)
    model.shapes += extrude(f.profile((0.3, 0.36), (-0.1, 0.36), (-0.1, 0.27), (0.3, 0.29)), f.side, 0.15, dark)
    shield = f.profile((0.5, 0.98), (0.4, 1.0), (0.2, 0.42), (0.3, 0.34), (0.42, 0.62))
    model.shapes += extrude(shield, f.side, 0.19, colour)
    nose = f.profile((0.42, 1.02), (0.56, 0.93), (0.5, 0.74), (0.4, 0.8))
    model.shapes += extrude(nose, f.side, 0.13, colour)
    seat = f.profile((-0.02, 0.74), (-0.4, 0.8), (-0.82, 0.9), (-0.84, 0.82), (-0.3, 0.7), (-0.02, 0.64))
    model.shapes += extrude(seat, f.side, 0.12, SEAT)
    guard = f.profile((0.92, 0.56), (0.62, 0.66), (0.4, 0.52), (0.46, 0.5), (0.62, 0.6), (0.88, 0.5))
    model.shapes += extrude(guard, f.side, 0.06, colour)
    model.limb(f.point(0.48, 0.8), f.point(0.64, 0.3), 0.035, 0.03, STEEL)
    model.limb(f.point(0.36, 1.02, -0.33), f.point(0.36, 1.02, 0.33), 0.022, 0.022, STEEL)
    for w in (-0.3, 0.3):
        model.limb(f.point(0.36, 1.02, w), f.point(0.34, 1.2, w * 1.1), 0.01, 0.01, RUBBER)
        model.plate(disc(f.point(0.34, 1.22, w * 1.12), f.side, f.up, 0.05, 8), GLASS)
    model.limb(f.point(-0.15, 0.28, 0.17), f.point(-0.8, 0.36, 0.2), 0.03, 0.05, STEEL)
    model.plate(_rectangle(f, -1.0, 0.62, 0.11, 0.05), (0.02, 0.02, 0.02), normal=-f.ahead)
    _lamps(model, f, lights=lights)
    return model


def _wheel(model: Model, f: _Frame, u: float, rolled_m: float) -> None:
    centre = f.point(u, 0.29)
    for w in (-0.05, 0.05):
        middle = np.asarray(centre + f.side * w, np.float32)
        model.plate(disc(middle, f.ahead, f.up, 0.29, 18), RUBBER)
        model.plate(disc(np.asarray(middle + f.side * (w * 0.1)), f.ahead, f.up, 0.19, 14), (0.09, 0.09, 0.1))
        for spoke in range(3):
            angle = -rolled_m / 0.29 + spoke * math.pi / 3
            arm = np.asarray(f.ahead * math.cos(angle) + f.up * math.sin(angle), np.float32) * 0.17
            model.limb(middle + f.side * (w * 0.3) - arm, middle + f.side * (w * 0.3) + arm, 0.014, 0.014, STEEL)


def _rectangle(f: _Frame, u: float, v: float, half_wide: float, half_high: float) -> Array:
    return np.stack(
        [
            f.point(u, v + half_high, -half_wide),
            f.point(u, v + half_high, half_wide),
            f.point(u, v - half_high, half_wide),
            f.point(u, v - half_high, -half_wide),
        ]
    )


def _lamps(model: Model, f: _Frame, *, lights: bool) -> None:
    front, back = f.point(0.57, 0.86), f.point(-1.0, 0.82)
    model.plate(
        disc(front, f.side, f.up, 0.085, 10), (0.75, 0.75, 0.7), normal=f.ahead, glow=3.0 if lights else 0.0
    )
    model.plate(disc(back, f.side, f.up, 0.055, 8), TAILLIGHT, glow=1.6 if lights else 0.02)
    if lights:
        model.flares += [(front, HEADLIGHT, 0.13, f.ahead), (back, TAILLIGHT, 0.055, -f.ahead)]


def headlight(at: Array, heading_deg: float, power: float = 72.0) -> Lamp:
    """The light that a motorcycle or car throws ahead of itself."""
    turn = math.radians(heading_deg)
    aim = np.array((math.sin(turn), -0.13, math.cos(turn)))
    aim /= np.linalg.norm(aim)
    start = at + vec(math.sin(turn) * 0.9, 0.85, math.cos(turn) * 0.9)
    return Lamp(
        at=(float(start[0]), float(start[1]), float(start[2])),
        colour=(1.0, 0.93, 0.78),
        power=power,
        aim=(float(aim[0]), float(aim[1]), float(aim[2])),
        cone=0.90,
        soft_m=2.4,
    )


def rider_on(at: Array, heading_deg: float, clothes: Clothes, pose: Pose = RIDING, *, back_m: float = 0.3) -> Model:
    """Somebody on the saddle of a motorcycle that stands at `at`."""
    turn = math.radians(heading_deg)
    seat = at - vec(math.sin(turn), 0, math.cos(turn)) * back_m
    return person(np.asarray(seat, np.float32), heading_deg, pose, clothes)


_CABIN_GLASS = (
    ((1.1, 1.04), (0.6, 1.5), (0.28, 1.55), (0.28, 1.04)),
    ((0.18, 1.04), (0.18, 1.56), (-0.75, 1.57), (-0.75, 1.04)),
    ((-0.85, 1.04), (-0.85, 1.57), (-1.6, 1.57), (-1.85, 1.1)),
)


def car(
    at: Array,
    heading_deg: float,
    colour: Rgb,
    *,
    rolled_m: float = 0.0,
    lights: bool = False,
    ambulance: bool = False,
) -> Model:
    """A family van, the car most often seen here; `ambulance` gives it a stripe and a light bar."""
    f = _frame(at, heading_deg)
    model = Model(at=at, heading=f.ahead, shadow_m=(2.4, 1.1))
    lower = f.profile(
        (2.08, 0.34), (2.12, 0.62), (2.0, 0.84), (1.25, 1.0), (-2.02, 1.0), (-2.1, 0.5), (-2.05, 0.32)
    )
    model.shapes += extrude(lower, f.side, 0.84, colour)
    cabin = f.profile((1.3, 0.98), (0.62, 1.56), (0.3, 1.64), (-1.6, 1.66), (-1.92, 1.5), (-2.04, 0.98))
    model.shapes += extrude(cabin, f.side, 0.76, colour)
    for sign in (-1.0, 1.0):
        _car_side(model, f, np.asarray(f.side * sign, np.float32), rolled_m, ambulance=ambulance)
    screen = np.stack([f.point(*spot) for spot in ((1.24, 1.04, -0.68), (1.24, 1.04, 0.68))])
    upper = np.stack([f.point(*spot) for spot in ((0.68, 1.53, 0.64), (0.68, 1.53, -0.64))])
    forward_up = np.asarray((f.ahead + f.up) * 0.7071, np.float32)
    model.shapes.append(Plate(np.concatenate((screen, upper)), GLASS, forward_up, one_sided=True))
    model.shapes.append(Plate(_rectangle(f, -2.07, 1.26, 0.6, 0.2), GLASS, -f.ahead, one_sided=True))
    _car_lamps(model, f, lights=lights)
    if ambulance:
        bar = f.profile((0.2, 1.78), (-0.1, 1.78), (-0.1, 1.66), (0.2, 1.66))
        model.shapes += extrude(bar, f.side, 0.5, (0.5, 0.04, 0.04))
    return model


def _car_side(model: Model, f: _Frame, side: Array, rolled_m: float, *, ambulance: bool) -> None:
    """Windows and wheels of one side."""

    def plate(points: Array, colour: Rgb) -> None:
        model.shapes.append(Plate(np.asarray(points, np.float32), colour, side, one_sided=True))

    for corners in _CABIN_GLASS:
        plate(f.profile(*corners) + side * 0.775, GLASS)
    if ambulance:
        plate(f.profile((1.95, 0.7), (-2.05, 0.7), (-2.05, 0.86), (1.95, 0.84)) + side * 0.85, (0.6, 0.03, 0.03))
    angle = -rolled_m / 0.31
    spoke = np.asarray(f.ahead * math.cos(angle) + f.up * math.sin(angle), np.float32) * 0.17
    for u in (1.3, -1.32):
        hub = np.asarray(f.point(u, 0.31) + side * 0.85, np.float32)
        plate(disc(hub, f.ahead, f.up, 0.31, 16), RUBBER)
        plate(disc(hub + side * 0.01, f.ahead, f.up, 0.18, 12), STEEL)
        model.limb(hub + side * 0.02 - spoke, hub + side * 0.02 + spoke, 0.02, 0.02, (0.1, 0.1, 0.1))


def _car_lamps(model: Model, f: _Frame, *, lights: bool) -> None:
    for w in (-0.62, 0.62):
        front = np.asarray(_rectangle(f, 2.1, 0.7, 0.17, 0.08) + f.side * w, np.float32)
        back = np.asarray(_rectangle(f, -2.09, 0.78, 0.12, 0.14) + f.side * w, np.float32)
        model.shapes.append(Plate(front, (0.7, 0.7, 0.66), f.ahead, 3.0 if lights else 0.0, True))
        model.shapes.append(Plate(back, (0.5, 0.03, 0.02), -f.ahead, 1.2 if lights else 0.02, True))
        if lights:
            model.flares.append((np.asarray(front.mean(axis=0)), HEADLIGHT, 0.16, f.ahead))
            model.flares.append((np.asarray(back.mean(axis=0)), TAILLIGHT, 0.07, -f.ahead))
    model.shapes.append(Plate(_rectangle(f, 2.13, 0.48, 0.24, 0.06), (0.02, 0.02, 0.02), f.ahead, 0.0, True))
