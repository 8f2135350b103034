"""Who moves through a clip: acts with a beginning and an end, placed on the ground."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ronda.sim.scenes.figure import Model, vec
from ronda.sim.scenes.light import Lamp, Rgb
from ronda.sim.scenes.people import HELMETED, PLAIN, Clothes, person, walking
from ronda.sim.scenes.vehicles import car, headlight, motorcycle, rider_on
from ronda.sim.scenes.view import Array

Spot = tuple[float, float]  # x, z on the ground


@dataclass(slots=True)
class Moment:
    """What stands on the stage at one instant, and the lamps it brings."""

    models: list[Model]
    beams: list[Lamp]


class Act(Protocol):
    """Somebody's part in a clip."""

    @property
    def actor(self) -> str: ...

    @property
    def what(self) -> str: ...

    def span_s(self) -> tuple[float, float]: ...

    def at(self, second: float) -> Moment: ...


def along(path: Sequence[Spot], distance_m: float) -> tuple[Array, float]:
    """The place after so many metres of a path, and the heading in degrees; beyond its ends, straight on."""
    points = np.array(path, np.float32)
    steps = np.diff(points, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    index = 0
    rest = distance_m
    while index < len(lengths) - 1 and rest > lengths[index]:
        rest -= float(lengths[index])
        index += 1
    share = rest / float(lengths[index])
    x, z = points[index] + steps[index] * share
    heading = math.degrees(math.atan2(float(steps[index][0]), float(steps[index][1])))
    if index + 1 < len(lengths) and lengths[index] - rest < 1.2:  # turn into the next leg
        after = math.degrees(math.atan2(float(steps[index + 1][0]), float(steps[index + 1][1])))
        swing = (after - heading + 180) % 360 - 180
        heading += swing * (1 - (float(lengths[index]) - rest) / 1.2) / 2
    return vec(float(x), 0.0, float(z)), heading


def length_m(path: Sequence[Spot]) -> float:
    points = np.array(path, np.float32)
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A passer-by on foot."""

    path: Sequence[Spot]
    from_s: float
    speed_ms: float = 1.3
    clothes: Clothes = PLAIN
    actor: str = "pejalan"
    what: str = "seorang pejalan kaki lewat"

    def span_s(self) -> tuple[float, float]:
        return self.from_s, self.from_s + length_m(self.path) / self.speed_ms

    def at(self, second: float) -> Moment:
        gone = (second - self.from_s) * self.speed_ms
        place, heading = along(self.path, gone)
        return Moment([person(place, heading, walking(gone), self.clothes)], [])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ride:
    """A motorcycle with its rider."""

    path: Sequence[Spot]
    from_s: float
    speed_ms: float = 8.0
    colour: Rgb = (0.3, 0.02, 0.02)
    clothes: Clothes = HELMETED
    lights: bool = True
    actor: str = "motor"
    what: str = "sebuah sepeda motor lewat"

    def span_s(self) -> tuple[float, float]:
        return self.from_s, self.from_s + length_m(self.path) / self.speed_ms

    def at(self, second: float) -> Moment:
        gone = (second - self.from_s) * self.speed_ms
        place, heading = along(self.path, gone)
        models = [
            motorcycle(place, heading, self.colour, rolled_m=gone, lights=self.lights),
            rider_on(place, heading, self.clothes),
        ]
        return Moment(models, [headlight(place, heading)] if self.lights else [])


@dataclass(frozen=True, slots=True, kw_only=True)
class Drive:
    """A car."""

    path: Sequence[Spot]
    from_s: float
    speed_ms: float = 7.0
    colour: Rgb = (0.45, 0.46, 0.48)
    actor: str = "mobil"
    what: str = "sebuah mobil lewat"

    def span_s(self) -> tuple[float, float]:
        return self.from_s, self.from_s + length_m(self.path) / self.speed_ms

    def at(self, second: float) -> Moment:
        gone = (second - self.from_s) * self.speed_ms
        place, heading = along(self.path, gone)
        turn = math.radians(heading)
        ahead, side = vec(math.sin(turn), 0, math.cos(turn)), vec(math.cos(turn), 0, -math.sin(turn))
        beams = [
            headlight(np.asarray(place + ahead * 1.2 + side * w, np.float32), heading, power=20.0)
            for w in (-0.6, 0.6)
        ]
        return Moment([car(place, heading, self.colour, rolled_m=gone, lights=True)], beams)
