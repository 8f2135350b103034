"""Tell a black or a frozen picture from a good one, by a few key frames. Pure; keeps no picture.

Black: hardly any light and hardly any contrast (a covered lens, a dead sensor, a lamp that is out).
Frozen: key frames over FROZEN_AFTER_US that do not differ at all: even a still scene has sensor noise,
so that a difference below CHANGE_GREY over a minute means the camera repeats itself. A black picture is
called black, whether it moves or not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ronda.detect.grey import Grey, grey_fields
from ronda.health.model import Verdict

BLACK_GREY = 12.0
BLACK_CONTRAST = 6.0
CHANGE_GREY = 0.02
FROZEN_AFTER_US = 45_000_000
WIDTH_PX, HEIGHT_PX = 64, 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A key frame made small and grey: `HEIGHT_PX` x `WIDTH_PX`, values 0 to 255."""

    at_us: int
    grey: Grey


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    verdict: Verdict
    brightness: float | None
    contrast: float | None
    change: float | None


def small_grey(rgb: NDArray[np.uint8]) -> Grey:
    """The picture in 64 x 36 fields."""
    return grey_fields(rgb, HEIGHT_PX, WIDTH_PX)


def judge(looks: Sequence[Look]) -> Finding:
    """What the key frames of one camera say, oldest first; none at all is NO_PICTURE."""
    if not looks:
        return Finding(verdict=Verdict.NO_PICTURE, brightness=None, contrast=None, change=None)
    last = looks[-1].grey
    brightness, contrast = float(last.mean()), float(last.std())
    changes = [float(np.abs(after.grey - before.grey).mean()) for before, after in pairwise(looks)]
    change = max(changes, default=None)
    verdict = Verdict.GOOD
    if brightness < BLACK_GREY and contrast < BLACK_CONTRAST:
        verdict = Verdict.BLACK
    elif change is not None and change < CHANGE_GREY and looks[-1].at_us - looks[0].at_us >= FROZEN_AFTER_US:
        verdict = Verdict.FROZEN
    return Finding(verdict=verdict, brightness=brightness, contrast=contrast, change=change)
