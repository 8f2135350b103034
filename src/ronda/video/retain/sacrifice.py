"""The order of sacrifice: what goes first when every disk is full. Pure; published in docs/design/retention.md.

1. Sub-stream footage whose whole time the main stream holds too: nothing is lost but a smaller copy.
2. Quiet time of the cameras with the shortest purpose (among them, of those with the fewest days promised),
   oldest first.
3. Then the oldest footage, whoever's.
Never: held footage, open segments. When only those are left, new footage is missing instead, with a gap.
Quiet is a hint from the sizes of frames that are no key frames; a camera whose sizes tell nothing (a constant
bit rate) has no quiet time. Unknown is never quiet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from ronda.video.model import Fragment, Segment, SegmentState

QUIET_FACTOR = 1.5  # up to here above a camera's low level a fragment counts as quiet
TELLING_FACTOR = 2.0  # a camera whose busy level is not this far above its low one tells nothing
LOW_PERCENT, BUSY_PERCENT = 20, 98


Rank = tuple[int, int]  # longest days of the purpose, days promised: what is lower gives way first


class Step(IntEnum):
    """In which step of the order something goes."""

    UNNEEDED_SUB_STREAM = 1
    QUIET = 2
    OLDEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A segment and what the order asks of it.

    covered         a sub stream whose whole time the main stream holds too
    quiet           nothing moved, by the sizes of frames; False when that is not known
    rank            the longest days of the camera's purpose, then the days promised
    """

    segment: Segment
    held: bool
    covered: bool
    quiet: bool
    rank: Rank


def step_of(one: Candidate, shortest: Rank) -> Step | None:
    """None: never chosen. shortest: the lowest rank among all cameras."""
    if one.held or one.segment.state not in (SegmentState.CLOSED, SegmentState.REPAIRED):
        return None
    if one.segment.sub and one.covered:
        return Step.UNNEEDED_SUB_STREAM
    if one.quiet and one.rank <= shortest:
        return Step.QUIET
    return Step.OLDEST


def in_order(candidates: Iterable[Candidate], shortest: Rank) -> list[Candidate]:
    """What may go, first to go first."""
    steps = [(step_of(one, shortest), one) for one in candidates]
    chosen = [(step, one) for step, one in steps if step is not None]
    chosen.sort(key=lambda item: (item[0], item[1].segment.span.end_us, item[1].segment.segment_id))
    return [one for _, one in chosen]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How large a camera's frames are when nothing moves, bytes a frame. None: its sizes tell nothing."""

    quiet_bytes: float | None


def level_of(tables: Iterable[Sequence[Fragment]]) -> Level:
    """From the fragments of many segments of one camera; fewer than a hundred fragments tell nothing."""
    sizes = sorted(_size(part) for table in tables for part in table if part.frames)
    if len(sizes) < 100:
        return Level(quiet_bytes=None)
    low, busy = sizes[len(sizes) * LOW_PERCENT // 100], sizes[len(sizes) * BUSY_PERCENT // 100]
    return Level(quiet_bytes=low * QUIET_FACTOR if busy >= low * TELLING_FACTOR else None)


def is_quiet(fragments: Sequence[Fragment], level: Level) -> bool:
    """Whether not one fragment of a segment is above the camera's quiet level."""
    if level.quiet_bytes is None or not fragments:
        return False
    return all(_size(part) <= level.quiet_bytes for part in fragments)


def _size(part: Fragment) -> float:
    return part.inter_bytes / max(1, part.frames)
