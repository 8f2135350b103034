"""The newest group of pictures of a camera, from the file that is being written.

A viewer who joins in the middle of a group needs its key frame. The engine keeps no past in memory, which
would cost half a megabyte for each of 500 cameras; the file has it, in the page cache.
"""

from dataclasses import dataclass
from pathlib import Path

from ronda.media.errors import MediaError
from ronda.media.fmp4_init import InitFacts, read_init
from ronda.media.fmp4_read import Sample, read_fragment
from ronda.video.engine.port import FrameFlag, LiveChunk, StreamKey

MOST_TAIL_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class TailPlace:
    """Where the group lies, as the writer says it. Offsets in the file."""

    path: Path
    init_bytes: int
    start: int  # of the fragment with the key frame
    end: int
    origin_90k: int  # the stream's presentation time that is 0 in the file
    last_us: int  # monotonic arrival of the last frame
    sets: tuple[bytes, ...]


def read_tail(place: TailPlace, key: StreamKey) -> LiveChunk | None:
    """The group's frames; None when the file does not give them (any more)."""
    if not 0 < place.end - place.start <= MOST_TAIL_BYTES:
        return None
    try:
        with place.path.open("rb") as file:
            init = read_init(file.read(place.init_bytes))
            file.seek(place.start)
            return _chunk(file.read(place.end - place.start), init, place, key)
    except (OSError, MediaError):
        return None


def _chunk(data: bytes, init: InitFacts, place: TailPlace, key: StreamKey) -> LiveChunk | None:
    samples: list[Sample] = []
    at = 0
    while at < len(data):
        fragment = read_fragment(data, init, at)
        samples += fragment.samples
        at += fragment.size_bytes
    if not samples:
        return None
    pts = tuple(sample.pts_90k + place.origin_90k for sample in samples)
    newest = max(pts)
    return LiveChunk(
        key=key,
        data=b"".join(data[sample.offset : sample.offset + sample.size_bytes] for sample in samples),
        sizes=tuple(sample.size_bytes for sample in samples),
        pts_90k=pts,
        flags=tuple(int(FrameFlag.KEY) if sample.key else 0 for sample in samples),
        arrivals_us=tuple(place.last_us - (newest - one) * 100 // 9 for one in pts),
        sets=place.sets,
    )


def before(chunk: LiveChunk, next_90k: int) -> LiveChunk | None:
    """The frames up to the one shown at `next_90k`, which the engine gave itself."""
    count = chunk.pts_90k.index(next_90k) if next_90k in chunk.pts_90k else len(chunk.sizes)
    if not count:
        return None
    return LiveChunk(
        key=chunk.key,
        data=chunk.data[: sum(chunk.sizes[:count])],
        sizes=chunk.sizes[:count],
        pts_90k=chunk.pts_90k[:count],
        flags=chunk.flags[:count],
        arrivals_us=chunk.arrivals_us[:count],
        sets=chunk.sets,
    )
