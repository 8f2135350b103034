"""Decide where one segment of a recording ends and the next begins.

Pure logic: what is known of the open segment and of the next block goes in, a `Cut` comes out.
Invariant: a segment starts on a key frame, unless a group of pictures lasts longer than the room
between 60 s and 70 s, or somebody's hold could not wait for the next key frame.
Why 60 s: few enough files for the disk, little enough to lose, fine enough for retention.
"""

from dataclasses import dataclass
from enum import Enum

from ronda.media.codec import PictureSets
from ronda.media.fmp4_write import TIMESCALE

SEGMENT_90K = 60 * TIMESCALE
LONGEST_90K = 70 * TIMESCALE
REQUEST_PATIENCE_90K = 4 * TIMESCALE
MOST_FRAMES = 60 * 120  # bounds a segment of a camera whose time stamps stand still
MOST_BYTES = 1 << 30


class Cut(Enum):
    """Why the open segment ends before the next block; NOT_YET keeps it open."""

    NOT_YET = "not yet"
    AT_KEY_FRAME = "60 s are over and a key frame came"
    TOO_LONG = "no key frame came in time"
    OTHER_PARAMETERS = "the camera changed its parameter sets"
    ON_REQUEST = "a hold or an export asked for the segment"


@dataclass(slots=True, kw_only=True)
class OpenSegment:
    """What the decision needs of the segment that is being written. Changes with every block."""

    start_90k: int  # presentation time of its first frame
    frames: int
    size_bytes: int
    sets: PictureSets
    wanted_since_90k: int | None  # presentation time at which somebody asked for it


def decide_cut(segment: OpenSegment, *, next_90k: int, starts_with_key: bool, sets: PictureSets) -> Cut:
    """Whether the segment ends before a block with these properties.

    Time stamps that run backwards count like those that run on: what a picture is shown before its decoding has a
    field of 32 bits in the file.
    """
    length_90k = abs(next_90k - segment.start_90k)
    if starts_with_key and sets != segment.sets:
        return Cut.OTHER_PARAMETERS
    if segment.wanted_since_90k is not None and (
        starts_with_key or abs(next_90k - segment.wanted_since_90k) >= REQUEST_PATIENCE_90K
    ):
        return Cut.ON_REQUEST
    if starts_with_key and length_90k >= SEGMENT_90K:
        return Cut.AT_KEY_FRAME
    if length_90k >= LONGEST_90K or segment.frames >= MOST_FRAMES or segment.size_bytes >= MOST_BYTES:
        return Cut.TOO_LONG
    return Cut.NOT_YET
