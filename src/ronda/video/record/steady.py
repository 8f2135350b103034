"""Blocks of a stream that goes on as before, appended in one step without a look at any rule.

Almost every block is like the one before: the same parameter sets, no picture lost, no cut due, room on the disk.
The C engine appends such a block without the interpreter. No rule lives there: `limits` says up to where none can
matter, anything beyond is refused untouched and goes the long way through `CameraRecorder.take`, as every block of
the Python engine does. What was appended is taken over before anybody looks (`CameraRecorder`).
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from ronda.video.engine.port import Block
from ronda.video.model import Fragment
from ronda.video.record.muxer import Muxer
from ronda.video.record.segment_cut import MOST_BYTES, MOST_FRAMES, SEGMENT_90K, OpenSegment

# A fragment's fields; and of its frames: arrival of the last, presentation time of the first and of the last.
SteadyRow = tuple[tuple[int, int, int, int, int, int, bool, bool, int, int, int], tuple[int, int, int]]


class SteadyRun(NamedTuple):
    """What was appended since the last look."""

    rows: list[SteadyRow]
    reports: list[tuple[int, int, int]]  # (arrival as wall time, NTP, RTP)
    reserved_bytes: int  # up to where the disk keeps room for the file by now
    frames: int
    samples_bytes: int
    arrival_us: int  # monotonic, of the last frame
    end_90k: int  # media time at its end
    depth: int  # of reordering that the blocks need at least


SteadyFields = tuple[list[SteadyRow], list[tuple[int, int, int]], int, int, int, int, int, int]


class Steady(Protocol):
    """Of one open file. Belongs to the writer's thread."""

    def go_on(
        self,
        sets_serial: int,
        size_bytes: int,
        reserved_bytes: int,
        step_bytes: int,
        sequence: int,
        most_bytes: int,
        most_frames: int,
        since_90k: int,
        until_90k: int,
        last_us: int,
        /,
    ) -> None:
        """Where file and stream stand, and up to where a block is steady. step_bytes 0: no room is reserved."""
        ...

    def append(self, block: Block, offset_us: int, /) -> bytes | None:
        """Append a block; gives the fragment's head. None: nothing was done. Never raises for the disk.

        offset_us: wall time of an instant minus its monotonic time.
        """
        ...

    def taken(self) -> SteadyFields | None:
        """A SteadyRun, once; None when nothing was appended."""
        ...


MakeSteady = Callable[[Muxer, int, int], Steady]  # (muxer, file, how long a silence is looked at in us)


class Limits(NamedTuple):
    """Up to where no rule about cuts can matter."""

    most_bytes: int  # of the file
    most_frames: int
    since_90k: int  # presentation times between these are steady
    until_90k: int


def limits(cut: OpenSegment) -> Limits:
    return Limits(
        MOST_BYTES, max(0, MOST_FRAMES - cut.frames), cut.start_90k - SEGMENT_90K, cut.start_90k + SEGMENT_90K
    )


def as_fragment(row: SteadyRow) -> Fragment:
    return Fragment._make(row[0])
