"""Which recorded bytes show an instant: from the key frame it needs, whole fragments, nothing decoded."""

import os
from pathlib import Path

from ronda.cases.errors import NothingRecordedError
from ronda.cases.ports import FootageFiles
from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan, utc_text
from ronda.video.model import Fragment, SegmentState
from ronda.video.ports import RecordingReader

PICTURES = (SegmentState.OPEN, SegmentState.CLOSED, SegmentState.REPAIRED)


def wanted(fragments: list[Fragment], span: TimeSpan) -> list[Fragment]:
    """Those inside `span`, from the key frame that the first of them needs."""
    first = 0
    for number, fragment in enumerate(fragments):
        if fragment.key and fragment.start_us <= span.start_us:
            first = number
    return [fragment for fragment in fragments[first:] if fragment.start_us < span.end_us]


def read_range(path: Path, offset: int, size_bytes: int) -> bytes:
    with path.open("rb") as file:
        return os.pread(file.fileno(), size_bytes, offset)


def read_clip(index: RecordingReader, footage: FootageFiles, camera: CameraId, span: TimeSpan) -> bytes:
    """A playable fMP4 of the first segment in `span`. Raises NothingRecordedError."""
    for segment in index.segments(camera, span):
        fragments = wanted(index.fragments(segment.segment_id), span) if segment.state in PICTURES else []
        if fragments:
            path = footage.path(segment.path)
            first, last = fragments[0], fragments[-1]
            media = read_range(path, first.offset, last.offset + last.size_bytes - first.offset)
            return read_range(path, 0, segment.init_bytes) + media
    raise NothingRecordedError(f"camera {camera} has no footage at {utc_text(span.start_us)}; see its gap rows")
