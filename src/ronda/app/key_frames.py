"""Decode the newest key frames of a camera, for jobs that look at pictures and keep none of them.

Runs in the worker process: the recording path has no decoder. Reads only what the index says is
durable, one key frame each group of pictures, so that a look costs a few milliseconds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from ronda.cases.decoder import picture_decoder
from ronda.cases.errors import NothingRecordedError
from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.media.codec import PictureSets
from ronda.media.errors import MediaError
from ronda.media.fmp4_init import read_init
from ronda.media.fmp4_read import Sample, read_fragment
from ronda.redaction.paint import painted
from ronda.registry.model import Mask
from ronda.store.disk.index import SqliteIndex
from ronda.store.footage_files import FootageFolder
from ronda.video.model import Fragment, Segment
from ronda.video.playback import READABLE

Picture = NDArray[np.uint8]
T = TypeVar("T")
FRAGMENT_FAULTS = (NothingRecordedError, MediaError, OSError, IndexError)  # gone, rotten or of another codec


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFrame:
    """A decoded picture: height x width x 3, RGB; `at_us` is its arrival, UTC microseconds."""

    at_us: int
    rgb: Picture


def key_frames(
    index: SqliteIndex,
    footage: FootageFolder,
    camera: CameraId,
    span: TimeSpan,
    *,
    newest: int | None = None,
    spread: int | None = None,
    masks: Sequence[Mask] = (),
) -> Iterator[KeyFrame]:
    """Key frames that arrived within `span`, oldest first.

    newest  only the last so many
    spread  only so many places at even distances, and the key frame after each, so that what repeats
            itself in time is not taken for what stands still
    masks   the camera's privacy masks: nobody sees what lies under them

    What was deleted, is still being written or does not decode is left out.
    """
    found = [
        (segment, fragment)
        for segment in index.segments(camera, span)
        if segment.state in READABLE
        for fragment in index.fragments(segment.segment_id)
        if fragment.key and span.contains(fragment.start_us)
    ]
    if newest is not None:
        found = found[-newest:]
    if spread is not None:
        found = picked(found, spread)
    for segment, fragment in found:
        picture = _decode(footage, segment, fragment)
        if picture is not None:
            yield KeyFrame(at_us=fragment.start_us, rgb=painted(picture, masks))


def picked(items: list[T], places: int) -> list[T]:
    """Neighbouring pairs at `places` even distances, from first to last; all, where there are no more."""
    if len(items) <= 2 * places:
        return items
    starts = [round(place * (len(items) - 2) / (places - 1)) for place in range(places)]
    return [items[at] for start in starts for at in (start, start + 1)]


def _decode(footage: FootageFolder, segment: Segment, fragment: Fragment) -> Picture | None:
    try:
        head, body = fragment_bytes(footage.path(segment.path), segment, fragment)
        init = read_init(head)
        sample = read_fragment(body, init).samples[0]
        return _picture(init.sets, body, sample)
    except (*FRAGMENT_FAULTS, FFmpegError):
        return None  # gone, rotten or of another codec: a picture check says so, nothing falls


def fragment_bytes(path: Path, segment: Segment, fragment: Fragment) -> tuple[bytes, bytes]:
    """A file's init segment, and one fragment. Raises OSError when it is gone."""
    with path.open("rb") as file:
        head = file.read(segment.init_bytes)
        file.seek(fragment.offset)
        return head, file.read(fragment.size_bytes)


def _picture(sets: PictureSets, body: bytes, sample: Sample) -> Picture | None:
    decoder = picture_decoder(sets)
    packet = av.Packet(body[sample.offset : sample.offset + sample.size_bytes])
    for one in (packet, None):
        for frame in decoder.decode(one):
            return np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
    return None
