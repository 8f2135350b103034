"""Prove what the recording index says of itself, camera by camera. Reads only.

- No two segments of a camera (and stream) claim the same instant.
- Every instant from the first frame to the last row lies in footage or in a gap.
- A segment's fragments lie one after another inside its file.
What it compares with files is in `check`.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import SECOND_US, TimeSpan, uncovered, utc_text
from ronda.video.check import Finding
from ronda.video.errors import StorageError
from ronda.video.model import Fragment, Gap, Segment

OVERLAP_US = 1000  # segments touch; less than a frame is rounding
TOUCH_US = SECOND_US


class CheckedIndex(Protocol):
    """What is asked of the index."""

    def cameras(self) -> list[CameraId]: ...

    def first_us(self, camera: CameraId) -> int | None: ...

    def last_end_us(self, camera: CameraId | None = None) -> int | None: ...

    def was_recorded(self, camera: CameraId, span: TimeSpan) -> list[TimeSpan]: ...

    def gaps(self, camera: CameraId, span: TimeSpan) -> list[Gap]: ...

    def fragments(self, segment_id: SegmentId) -> list[Fragment]: ...


def overlaps(segments: Iterable[Segment]) -> Iterator[Finding]:
    """Of the segments of one camera, in order of their start."""
    last: dict[bool, Segment] = {}
    for one in segments:
        before = last.get(one.sub)
        if before is not None and one.span.start_us < before.span.end_us - OVERLAP_US:
            both_us = min(before.span.end_us, one.span.end_us) - one.span.start_us
            yield Finding(
                kind="overlap",
                path=one.path,
                text=f"{both_us / SECOND_US:.3f} s from {utc_text(one.span.start_us)} are in {before.path} too",
            )
        if before is None or one.span.end_us > before.span.end_us:
            last[one.sub] = one


def unaccounted(index: CheckedIndex, camera: CameraId) -> Iterator[Finding]:
    """Time of a camera that is neither footage nor a gap."""
    first_us, last_us = index.first_us(camera), index.last_end_us(camera)
    if first_us is None or last_us is None or last_us <= first_us:
        return
    span = TimeSpan(first_us, last_us)
    gaps = [
        TimeSpan(gap.start_us, max(gap.start_us, gap.end_us if gap.end_us is not None else span.end_us))
        for gap in index.gaps(camera, span)
    ]
    for part in uncovered(span, [*index.was_recorded(camera, span), *gaps]):
        if part.duration_us > TOUCH_US:
            text = (
                f"{part.duration_us / SECOND_US:.1f} s from {utc_text(part.start_us)} are neither footage nor a gap"
            )
            yield Finding(kind="unaccounted", path=camera, text=text)


def fragments_fit(index: CheckedIndex, segment: Segment) -> Iterator[Finding]:
    """The table of fragments of a closed segment against its size."""
    try:
        parts = index.fragments(segment.segment_id)
    except StorageError as fault:
        yield Finding(kind="index", path=segment.path, text=str(fault))
        return
    at = segment.init_bytes
    for one in parts:
        if one.offset != at:
            yield Finding(
                kind="index", path=segment.path, text=f"a fragment begins at byte {one.offset}, {at} was expected"
            )
            return
        at += one.size_bytes
    if not parts:
        yield Finding(kind="index", path=segment.path, text="the index has no fragment of this file")
    elif at > segment.size_bytes or sum(one.frames for one in parts) != segment.frames:
        text = f"its fragments end at byte {at} of {segment.size_bytes}, or hold other than {segment.frames} frames"
        yield Finding(kind="index", path=segment.path, text=text)
