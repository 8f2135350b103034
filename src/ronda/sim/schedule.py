"""Which picture a virtual camera shows at which moment.

Pure: a frame number goes in, a clip and a place in it come out, for any frame in any order; so the live
server and the maker of past footage (`ronda.sim.past`) agree without asking each other.
Time is cut into GOPs (of 2 s at ten frames a second) from the camera's epoch, and ten GOPs make a
block. A block is quiet, or busy by chance that hangs on seed and hour: nights are mostly quiet, as in
life. Overrides (a theft, a frozen picture) take whole GOPs, so clips only ever change at key frames.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ronda.core.time import HOUR_US, SECOND_US
from ronda.sim.errors import BadPlanError

FRAME_US: Final = SECOND_US // 10
GOP_FRAMES: Final = 20
BLOCK_GOPS: Final = 10

QUIET, BUSY, FROZEN = "quiet", "busy", "frozen"

_WITA_HOURS = 8
# Chance of a busy block for each hour of the day in Sangatta.
_BUSY_BY_HOUR: Final = (
    *(0.22, 0.15, 0.12, 0.12, 0.25, 0.45, 0.65, 0.8, 0.85, 0.85, 0.8, 0.8),
    *(0.75, 0.75, 0.75, 0.8, 0.85, 0.9, 0.85, 0.8, 0.7, 0.6, 0.45, 0.3),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A clip shown instead of the ordinary ones, repeated until `gops` are over."""

    clip: str
    first_gop: int
    gops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One GOP of the camera: which clip, which GOP of it, and where that run of the clip began."""

    clip: str
    gop_in_clip: int
    run_first_gop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What one camera shows, from `epoch_us` on."""

    epoch_us: int  # when frame 0 is taken
    seed: str
    clip_gops: Mapping[str, int]
    overrides: tuple[Override, ...] = ()
    frame_us: int = FRAME_US  # from one frame to the next

    @property
    def gop_us(self) -> int:
        return self.frame_us * GOP_FRAMES

    def due_us(self, frame: int) -> int:
        """UTC of a frame; frames before the epoch have negative numbers."""
        return self.epoch_us + frame * self.frame_us

    def frame_at(self, at_us: int) -> int:
        """The newest frame taken at or before `at_us`."""
        return (at_us - self.epoch_us) // self.frame_us

    def first_frame_from(self, at_us: int) -> int:
        """The first frame taken at or after `at_us`."""
        return -((self.epoch_us - at_us) // self.frame_us)

    def slot(self, gop: int) -> Slot:
        for override in reversed(self.overrides):
            if override.first_gop <= gop < override.first_gop + override.gops:
                into = (gop - override.first_gop) % self.clip_gops[override.clip]
                return Slot(clip=override.clip, gop_in_clip=into, run_first_gop=gop - into)
        block, into = divmod(gop, BLOCK_GOPS)
        first = gop - into
        busy_gops = min(self.clip_gops.get(BUSY, 0), BLOCK_GOPS)
        if into < busy_gops and self._is_busy(block):
            return Slot(clip=BUSY, gop_in_clip=into, run_first_gop=first)
        into %= self.clip_gops[QUIET]
        return Slot(clip=QUIET, gop_in_clip=into, run_first_gop=gop - into)

    def at(self, frame: int) -> tuple[str, int]:
        """(clip, picture in the clip) of a frame."""
        gop, into = divmod(frame, GOP_FRAMES)
        slot = self.slot(gop)
        return slot.clip, slot.gop_in_clip * GOP_FRAMES + into

    def with_clip(self, clip: str, at_us: int, *, for_us: int | None = None) -> "Schedule":
        """The same schedule with `clip` from the first key frame at or after `at_us`.

        It runs once, or is repeated for at least `for_us`. Raises BadPlanError for an unknown clip.
        """
        if clip not in self.clip_gops:
            known = ", ".join(sorted(self.clip_gops))
            raise BadPlanError(f"there is no clip {clip!r} of this scene. Next: choose one of {known}")
        first = -((self.epoch_us - at_us) // self.gop_us)
        gops = self.clip_gops[clip] if for_us is None else max(1, -(-for_us // self.gop_us))
        override = Override(clip=clip, first_gop=first, gops=gops)
        return replace(self, overrides=(*self.overrides, override))

    def _is_busy(self, block: int) -> bool:
        at_us = self.epoch_us + block * BLOCK_GOPS * self.gop_us
        hour = (at_us // HOUR_US + _WITA_HOURS) % 24
        digest = hashlib.blake2b(f"{self.seed}:{at_us // (BLOCK_GOPS * self.gop_us)}".encode(), digest_size=4)
        return int.from_bytes(digest.digest(), "big") / 2**32 < _BUSY_BY_HOUR[hour]
