"""What the recorder leaves behind: segments of fragments, gaps with causes, holds.

Wall time is arrival time at the recorder, UTC microseconds. Media time (`_90k`) counts 90 kHz
ticks from the first frame of its segment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ronda.core.ids import CameraId, HoldId, SegmentId
from ronda.core.time import TimeSpan

DISKS = ".disks/"  # further disks are links in this folder of the footage folder


class GapCause(StrEnum):
    """Why a camera-second is missing. The order of evidence: a named cause beats UNKNOWN."""

    PLANNED_OFF = "planned_off"
    POWER = "power"
    LINK = "link"
    CAMERA = "camera"
    DISK = "disk"
    MACHINE = "machine"
    PERSON = "person"
    UNKNOWN = "unknown"


class SegmentState(StrEnum):
    OPEN = "open"  # being written
    CLOSED = "closed"  # whole, hashed
    REPAIRED = "repaired"  # cut back to its last whole fragment after a crash, then hashed
    DELETED = "deleted"  # gone by retention; the row stays
    HISTORY = "history"  # training data: a row without a picture
    REMOTE = "remote"  # recorded by a village box; the file is there, not here


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One MP4 file of at most 70 s of one camera."""

    segment_id: SegmentId
    camera: CameraId
    span: TimeSpan
    path: str  # below the footage folder: <camera>/<YYYY-MM-DD>/<HH>/<start_us>.mp4; see `disk_of`
    state: SegmentState
    size_bytes: int
    frames: int
    sha256: str | None  # hex; None while open and for history rows
    codec: str  # RFC 6381, such as avc1.64001f
    width_px: int
    height_px: int
    init_bytes: int  # length of ftyp + moov at the start of the file
    training: bool  # made for practice, never evidence
    damaged: bool = False  # the scrub found bytes that are not those that were written
    sub: bool = False  # the camera's sub stream, recorded besides the main stream


def disk_of(path: str) -> int:
    """Which disk a segment's path lies on: 0 for the folder of the index, else the number in `.disks/<n>/...`."""
    if not path.startswith(DISKS):
        return 0
    number = path[len(DISKS) :].partition("/")[0]
    return int(number) if number.isdecimal() else 0


class Fragment(NamedTuple):
    """One moof + mdat inside a segment: at most about 1 s of frames.

    A tuple, since the recorder makes a thousand a second.
    """

    offset: int  # in the file
    size_bytes: int
    start_us: int  # arrival of its first frame
    start_90k: int  # media time in the segment, decode order
    duration_90k: int
    frames: int
    key: bool  # starts with a key frame
    damaged: bool  # packets were lost inside or just before
    inter_bytes: int  # bytes of frames that are no key frames: the activity hint
    crc32: int
    shift_90k: int = 0  # presentation minus decoding time of its first frame: 0 without B-frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch without recording. `end_us` None: it still lasts."""

    camera: CameraId
    start_us: int
    end_us: int | None
    cause: GapCause
    evidence: str  # one sentence with what was measured
    training: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GapBefore:
    """What a gap was said to be until `until_us`, when somebody named its cause better."""

    camera: CameraId
    start_us: int
    until_us: int
    cause: GapCause
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Footage that retention must not touch. `until_us` None: until it is lifted."""

    hold_id: HoldId
    camera: CameraId
    span: TimeSpan
    until_us: int | None
    reason: str  # case id, or the operator's note


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPair:
    """A sender report: what the camera's clock said when it arrived. Evidence, never the truth."""

    arrival_us: int
    ntp: int  # 64-bit NTP time, as sent
    rtp_90k: int  # 32-bit RTP time of the same instant


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentWrite:
    """A segment as it stands, and what has come since it was written last."""

    segment: Segment
    new_fragments: tuple[Fragment, ...] = ()
    new_clock: tuple[ClockPair, ...] = ()


class SegmentGrowth(NamedTuple):
    """How an open segment that the index knows has grown since it was written last.

    A tuple, since the recorder makes hundreds each second and a half.
    """

    segment_id: SegmentId
    end_us: int
    size_bytes: int
    frames: int
    new_fragments: Sequence[Fragment]
    new_clock: Sequence[ClockPair]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where fetched footage is from. Its times are the source's clock, corrected by what was measured.

    kind            such as camera-card
    offset_us       how far that clock was ahead of ours when it was asked
    uncertainty_us  how wrong the correction can be, either way
    """

    kind: str
    offset_us: int
    uncertainty_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraHint:
    """What a camera believes: motion or tamper began (`on`) or ended. Never the cause of a gap by itself."""

    kind: str
    on: bool
    at_us: int
    topic: str  # as the maker names it


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that happened to the recorder itself, such as a stepped clock."""

    at_us: int
    kind: str
    text: str
