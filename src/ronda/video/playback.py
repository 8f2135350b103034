"""Play what was recorded: which bytes of which files, and which instant is which media time.

`plan` is pure over the index: for a span it gives, per segment, the init segment and the fragments
from the key frame at or before the start. `read_part` fetches the bytes and proves each fragment
by its CRC-32, so that a rotten disk is noticed before a picture is shown.
Wall time is the arrival of frames; media time (`_90k`) counts in the file. Between two fragments
the two run together; at each fragment they are set anew, which is how a camera's slow clock and
stalls are followed.
"""

import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan, utc_text
from ronda.media.errors import MediaError
from ronda.media.fmp4_init import read_init
from ronda.media.fmp4_read import FragmentFacts, Sample, read_fragment
from ronda.media.fmp4_silent import silent_fragments, silent_init
from ronda.video.errors import StorageError
from ronda.video.model import Fragment, Segment, SegmentState
from ronda.video.ports import RecordingReader

READABLE = frozenset({SegmentState.OPEN, SegmentState.CLOSED, SegmentState.REPAIRED})
LONGEST_GROUP_US = 70_000_000  # how far before the start a key frame is looked for
WINDOW_US = 600_000_000  # how much of the index is read at once


class FootageUnreadableError(StorageError):
    """Bytes of a segment are gone or are not those that were written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayPart:
    """Consecutive fragments of one segment."""

    segment: Segment
    fragments: tuple[Fragment, ...]

    @property
    def offset(self) -> int:
        return self.fragments[0].offset

    @property
    def size_bytes(self) -> int:
        """Of the fragments; they lie without a hole between them."""
        last = self.fragments[-1]
        return last.offset + last.size_bytes - self.offset

    @property
    def start_us(self) -> int:
        return self.fragments[0].start_us

    @property
    def end_us(self) -> int:
        return wall_of_media(self.segment, self.fragments, _end_90k(self.fragments[-1]))


def plan(index: RecordingReader, camera: CameraId, span: TimeSpan) -> list[PlayPart]:
    """What to play for a span, in order; empty when nothing was recorded there.

    The first part begins at the key frame at or before the start of the span, if it was recorded
    without a hole up to there; each later part at its segment's start.
    """
    return list(parts_of(index, camera, span))


def parts_of(index: RecordingReader, camera: CameraId, span: TimeSpan) -> Iterator[PlayPart]:
    """The same one by one, each looked up when it is asked for: the first is there at once in a long span too."""
    search = TimeSpan(max(0, span.start_us - LONGEST_GROUP_US), min(span.start_us + 1, span.end_us))
    before = [one for one in index.segments(camera, search) if one.state in READABLE]
    for whole in _up_to_start(index, before, span.start_us):
        if (cut := _cut_part(whole, span)) is not None:
            yield cut
    at_us = span.start_us + 1
    while at_us < span.end_us:
        window = TimeSpan(at_us, min(at_us + WINDOW_US, span.end_us))
        for segment in index.segments(camera, window):
            part = _whole(index, segment) if segment.state in READABLE and segment.span.start_us >= at_us else None
            if part is not None and (cut := _cut_part(part, span)) is not None:
                yield cut
        at_us = window.end_us


def _up_to_start(index: RecordingReader, segments: Sequence[Segment], start_us: int) -> list[PlayPart]:
    """From the key frame at or before `start_us`; segments are read backwards, no more than are needed."""
    kept: list[PlayPart] = []
    for segment in reversed(segments):
        part = _whole(index, segment)
        if part is None:
            continue
        place = bisect_right([one.start_us for one in part.fragments], start_us) - 1
        key = next((at for at in range(place, -1, -1) if part.fragments[at].key), None)
        if key is not None:
            return [PlayPart(segment=segment, fragments=part.fragments[key:]), *kept]
        kept.insert(0, part)  # goes on without a key frame: the part before is needed
    return kept


def _whole(index: RecordingReader, segment: Segment) -> PlayPart | None:
    fragments = tuple(index.fragments(segment.segment_id))
    return PlayPart(segment=segment, fragments=fragments) if fragments else None


def _cut_part(part: PlayPart, span: TimeSpan) -> PlayPart | None:
    """Leave out what lies after the span, and what ends before it."""
    fragments = tuple(one for one in part.fragments if one.start_us < span.end_us)
    if not fragments:
        return None
    cut = PlayPart(segment=part.segment, fragments=fragments)
    return cut if cut.end_us > span.start_us else None


def read_init_bytes(folder: Path, segment: Segment) -> bytes:
    """ftyp and moov of a segment, for its pictures alone. Raises FootageUnreadableError."""
    try:
        return silent_init(_read(folder, segment, 0, segment.init_bytes))
    except MediaError as fault:
        raise FootageUnreadableError(
            f"{segment.path}: {fault}. Next: run `ronda check --full`, and look after the disk"
        ) from fault


def read_part(folder: Path, segment: Segment, fragments: Sequence[Fragment]) -> bytes:
    """The pictures of consecutive fragments, proven by their CRC-32. Raises FootageUnreadableError."""
    if not fragments:
        return b""
    start = fragments[0].offset
    end = fragments[-1].offset + fragments[-1].size_bytes
    content = _read(folder, segment, start, end - start)
    view = memoryview(content)
    for one in fragments:
        piece = view[one.offset - start : one.offset - start + one.size_bytes]
        if zlib.crc32(piece) != one.crc32:
            raise FootageUnreadableError(
                f"{segment.path}: the fragment at byte {one.offset} is not what was written (its checksum "
                "differs); it is not shown. Next: run `ronda check --full`, and look after the disk"
            )
    return silent_fragments(content)


def wall_of_media(segment: Segment, fragments: Sequence[Fragment], media_90k: int) -> int:
    """When the frame shown at this media time arrived, UTC microseconds. Exact for a frame of a stream
    whose arrival was even within its fragment; else within half a second."""
    place = max(0, bisect_right([one.start_90k + one.shift_90k for one in fragments], media_90k) - 1)
    one = fragments[place]
    at_us = one.start_us + (media_90k - one.start_90k - one.shift_90k) * 100 // 9
    if place + 1 < len(fragments):
        at_us = min(at_us, fragments[place + 1].start_us)
    return max(at_us, segment.span.start_us)


def media_of_wall(segment: Segment, fragments: Sequence[Fragment], at_us: int) -> int:
    """The media time in the file that was shown at this instant; that of the last frame before a hole."""
    place = max(0, bisect_right([one.start_us for one in fragments], at_us) - 1)
    one = fragments[place]
    shown = one.start_90k + one.shift_90k
    media_90k = shown + max(0, at_us - max(one.start_us, segment.span.start_us)) * 9 // 100
    return min(media_90k, shown + one.duration_90k - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameAt:
    """One recorded frame and what a decoder needs for it."""

    segment: Segment
    at_us: int  # arrival of the frame
    media_90k: int  # its presentation time in the file
    init: bytes
    data: bytes  # whole fragments from the key frame on


def frame_at(index: RecordingReader, folder: Path, camera: CameraId, at_us: int) -> FrameAt:
    """The frame that was shown at an instant: the last one that had arrived.

    Raises FootageUnreadableError when nothing was recorded there.
    """
    parts = plan(index, camera, TimeSpan(at_us, at_us + 1))
    if not parts:
        raise FootageUnreadableError(
            f"camera {camera} has no footage of {utc_text(at_us)}. Next: look at the timeline for the cause"
        )
    part = parts[-1]
    segment = part.segment
    init, data = read_init_bytes(folder, segment), read_part(folder, segment, part.fragments)
    samples = list(samples_of(init, data))
    wanted_90k = media_of_wall(segment, part.fragments, at_us)
    shown = [one for one in samples if one.pts_90k <= wanted_90k] or samples[:1]
    frame = max(shown, key=lambda one: one.pts_90k)
    arrived_us = wall_of_media(segment, part.fragments, frame.pts_90k)
    return FrameAt(segment=segment, at_us=arrived_us, media_90k=frame.pts_90k, init=init, data=data)


def samples_of(init: bytes, data: bytes) -> Iterator[Sample]:
    """The samples of consecutive fragments, in decoding order. Raises Mp4Error."""
    facts = read_init(init)
    at = 0
    while at < len(data):
        found: FragmentFacts = read_fragment(data, facts, at)
        yield from found.samples
        at += found.size_bytes


def _read(folder: Path, segment: Segment, offset: int, size_bytes: int) -> bytes:
    try:
        with (folder / segment.path).open("rb") as file:
            file.seek(offset)
            content = file.read(size_bytes)
    except OSError as fault:
        raise FootageUnreadableError(
            f"{segment.path} cannot be read ({fault.strerror}). Next: check that the footage disk is there"
        ) from fault
    if len(content) < size_bytes:
        raise FootageUnreadableError(
            f"{segment.path} ends at byte {offset + len(content)}, {offset + size_bytes} were written. "
            "Next: run `ronda check`"
        )
    return content


def _end_90k(one: Fragment) -> int:
    return one.start_90k + one.shift_90k + one.duration_90k
