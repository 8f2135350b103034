"""People: joints from a gait or a pose, limbs between them."""

import math
from dataclasses import dataclass

import numpy as np

from ronda.sim.scenes.figure import Model, vec
from ronda.sim.scenes.light import Rgb
from ronda.sim.scenes.view import Array

SKIN: Rgb = (0.36, 0.21, 0.13)
HAIR: Rgb = (0.02, 0.018, 0.015)
STRIDE_M = 1.35  # two steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Clothes:
    top: Rgb = (0.35, 0.36, 0.4)
    legs: Rgb = (0.05, 0.06, 0.09)
    shoes: Rgb = (0.04, 0.035, 0.03)
    scarf: Rgb | None = None  # hijab
    helmet: Rgb | None = None
    long_sleeves: bool = True
    tall_m: float = 1.66


PLAIN = Clothes()
HELMETED = Clothes(helmet=(0.25, 0.25, 0.28))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Angles in radians; 0 is standing straight. Legs and arms: (left, right), forward is positive."""

    thigh: tuple[float, float] = (0.06, -0.06)
    knee: tuple[float, float] = (0.05, 0.05)  # bends the shin back
    arm: tuple[float, float] = (-0.08, 0.08)
    elbow: tuple[float, float] = (0.2, 0.2)
    lean: float = 0.03
    lift_m: float = 0.0  # hips above standing height
    spread: float = 0.08


def walking(distance_m: float, hurry: float = 1.0) -> Pose:
    """The pose of somebody who has walked so far."""
    phase = distance_m / STRIDE_M * 2 * math.pi
    swing = 0.46 * hurry
    left, right = math.sin(phase), math.sin(phase + math.pi)
    bend_left, bend_right = max(0.0, math.cos(phase)), max(0.0, math.cos(phase + math.pi))
    return Pose(
        thigh=(swing * left, swing * right),
        knee=(0.12 + 0.85 * bend_left * hurry, 0.12 + 0.85 * bend_right * hurry),
        arm=(-0.5 * swing * left * 1.5, -0.5 * swing * right * 1.5),
        elbow=(0.3, 0.3),
        lean=0.06 * hurry,
        lift_m=-0.02 - 0.025 * abs(math.cos(phase)),
    )


SITTING = Pose(thigh=(1.45, 1.4), knee=(1.45, 1.4), arm=(0.55, 0.5), elbow=(0.8, 0.8), lean=0.0, lift_m=-0.42)
RIDING = Pose(
    thigh=(1.15, 1.15),
    knee=(1.25, 1.25),
    arm=(0.95, 0.95),
    elbow=(0.45, 0.45),
    lean=0.14,
    lift_m=-0.08,
    spread=0.17,
)
BENDING = Pose(thigh=(0.55, 0.35), knee=(0.7, 0.5), arm=(0.95, 1.1), elbow=(0.35, 0.25), lean=0.95, lift_m=-0.13)


def blend(first: Pose, second: Pose, share: float) -> Pose:
    """A pose between two; `share` 0 is the first, 1 the second."""
    share = min(1.0, max(0.0, share))
    share = share * share * (3 - 2 * share)

    def mix(a: float, b: float) -> float:
        return a + (b - a) * share

    def pair(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
        return mix(a[0], b[0]), mix(a[1], b[1])

    return Pose(
        thigh=pair(first.thigh, second.thigh),
        knee=pair(first.knee, second.knee),
        arm=pair(first.arm, second.arm),
        elbow=pair(first.elbow, second.elbow),
        lean=mix(first.lean, second.lean),
        lift_m=mix(first.lift_m, second.lift_m),
        spread=mix(first.spread, second.spread),
    )


def person(at: Array, heading_deg: float, pose: Pose, clothes: Clothes, *, ground_m: float = 0.0) -> Model:
    """Somebody with the feet near `at`, looking along `heading_deg` (0 away from us, 90 to the right)."""
    turn = math.radians(heading_deg)
    ahead, side = vec(math.sin(turn), 0, math.cos(turn)), vec(math.cos(turn), 0, -math.sin(turn))
    up = vec(0, 1, 0)
    k = clothes.tall_m / 1.7
    model = Model(at=at, heading=ahead, shadow_m=(0.34, 0.3))
    hips = at + up * ((0.88 * k) + pose.lift_m + ground_m)
    spine = np.asarray(up * math.cos(pose.lean) + ahead * math.sin(pose.lean), np.float32)
    chest, neck = hips + spine * (0.36 * k), hips + spine * (0.52 * k)
    for index, sign in enumerate((-1, 1)):
        _leg(model, hips + side * (0.09 * sign), ahead, side * sign, pose, index, clothes, k)
    model.limb(hips + up * 0.02, chest, 0.145 * k, 0.165 * k, clothes.top)
    model.limb(chest, neck - spine * 0.06, 0.17 * k, 0.12 * k, clothes.top)
    for index, sign in enumerate((-1, 1)):
        _arm(model, neck - spine * 0.05 + side * (0.19 * k * sign), ahead, spine, pose, index, clothes, k)
    _head(model, neck, spine, ahead, clothes, k)
    return model


def _leg(
    model: Model, hip: Array, ahead: Array, outward: Array, pose: Pose, index: int, clothes: Clothes, k: float
) -> None:
    thigh, knee_bend = pose.thigh[index], pose.knee[index]
    down = vec(0, -1, 0)
    upper = ahead * math.sin(thigh) + down * math.cos(thigh) + outward * pose.spread
    knee = hip + upper * (0.42 * k)
    shin = thigh - knee_bend
    foot = knee + (ahead * math.sin(shin) + down * math.cos(shin)) * (0.42 * k)
    model.limb(hip, knee, 0.092 * k, 0.066 * k, clothes.legs)
    model.limb(knee, foot, 0.064 * k, 0.046 * k, clothes.legs)
    model.limb(foot, foot + ahead * 0.14 + down * 0.02, 0.048 * k, 0.038 * k, clothes.shoes)


def _arm(
    model: Model, shoulder: Array, ahead: Array, spine: Array, pose: Pose, index: int, clothes: Clothes, k: float
) -> None:
    swing, bend = pose.arm[index], pose.elbow[index]
    upper = ahead * math.sin(swing) - spine * math.cos(swing)
    elbow = shoulder + upper * (0.29 * k)
    lower = ahead * math.sin(swing + bend) - spine * math.cos(swing + bend)
    hand = elbow + lower * (0.25 * k)
    model.limb(shoulder, elbow, 0.056 * k, 0.046 * k, clothes.top)
    model.limb(elbow, hand, 0.044 * k, 0.036 * k, clothes.top if clothes.long_sleeves else SKIN)
    model.limb(hand, hand + lower * 0.05, 0.04 * k, 0.036 * k, SKIN)


def _head(model: Model, neck: Array, spine: Array, ahead: Array, clothes: Clothes, k: float) -> None:
    skull = neck + spine * (0.2 * k) + ahead * 0.02
    if clothes.helmet is not None:
        model.limb(neck, skull, 0.05, 0.06, SKIN)
        model.limb(skull, skull + spine * 0.03, 0.145, 0.14, clothes.helmet)
        model.limb(skull + ahead * 0.1, skull + ahead * 0.1 - spine * 0.01, 0.075, 0.07, (0.02, 0.025, 0.03))
        return
    if clothes.scarf is not None:
        model.limb(neck - spine * 0.06, skull, 0.15 * k, 0.118 * k, clothes.scarf)
        model.limb(skull + ahead * 0.075, skull + ahead * 0.08 - spine * 0.03, 0.07, 0.06, SKIN)
        return
    model.limb(neck - spine * 0.02, neck + spine * 0.06, 0.056, 0.052, SKIN)
    model.limb(skull - spine * 0.03, skull + spine * 0.02, 0.092, 0.098, SKIN)
    model.limb(skull + spine * 0.05 - ahead * 0.025, skull + spine * 0.035 - ahead * 0.02, 0.1, 0.1, HAIR)
