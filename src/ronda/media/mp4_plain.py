"""Read an ordinary (progressive) MP4: where each sample of its video track lies, and when it is shown.

For films that other programs wrote; Ronda writes fragments. Works on bytes or a memory map. Invariant against
hostile files: tables lie inside their boxes, samples inside the file, and there are at most MAX_SAMPLES.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ronda.media.codec import VideoCodec
from ronda.media.errors import Mp4Error
from ronda.media.fmp4_init import Box, Buffer, child, iter_boxes
from ronda.media.picture_sets import AVC_ENTRIES, HEVC_ENTRIES

MAX_SAMPLES = 4_000_000
_MAX_TRACKS = 64
_VIDEO_HEAD_BYTES = 78


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainFilm:
    """The video track of an ordinary MP4."""

    codec: VideoCodec
    length_bytes: int  # of the length before each NAL unit
    samples: list[tuple[int, int, int]]  # offset, bytes, decoding time on 90 kHz


def read_plain(buffer: Buffer) -> PlainFilm:
    """Raises Mp4Error when the file is not whole, or holds no H.264 or H.265."""
    moov = next((found for found in iter_boxes(buffer, 0, len(buffer)) if found.kind == b"moov"), None)
    if moov is None:
        raise Mp4Error("the file has no whole moov box")
    try:
        traks = [part for part in iter_boxes(buffer, moov.body, moov.end) if part.kind == b"trak"]
        for trak in traks[:_MAX_TRACKS]:
            found = _read_trak(buffer, trak)
            if found is not None:
                return found
    except (struct.error, IndexError) as fault:
        raise Mp4Error(f"the moov box is cut off or malformed ({fault})") from None
    raise Mp4Error("no track of the file holds H.264 or H.265")


def _read_trak(buffer: Buffer, trak: Box) -> PlainFilm | None:
    mdia = child(buffer, trak, b"mdia")
    stbl = child(buffer, child(buffer, mdia, b"minf"), b"stbl")
    stsd = child(buffer, stbl, b"stsd")
    entry = next(iter_boxes(buffer, stsd.body + 8, stsd.end), None)
    if entry is None or entry.kind not in (*AVC_ENTRIES, *HEVC_ENTRIES):
        return None
    is_avc = entry.kind in AVC_ENTRIES
    kind, place = (b"avcC", 4) if is_avc else (b"hvcC", 21)
    parts = iter_boxes(buffer, entry.body + _VIDEO_HEAD_BYTES, entry.end)
    config = next((part for part in parts if part.kind == kind), None)
    if config is None or config.body + place >= config.end:
        raise Mp4Error(f"the video track has no whole {kind.decode()} box")
    mdhd = child(buffer, mdia, b"mdhd")
    (timescale,) = struct.unpack_from(">I", buffer, mdhd.body + (20 if buffer[mdhd.body] == 1 else 12))
    if timescale == 0:
        raise Mp4Error("the video track has no timescale")
    sizes, offsets = _sizes(buffer, stbl), _chunk_offsets(buffer, stbl)
    places = _places(sizes, offsets, _rows(buffer, child(buffer, stbl, b"stsc"), 3), len(buffer))
    times = _times(_rows(buffer, child(buffer, stbl, b"stts"), 2), timescale)
    samples = [(offset, size, next(times, 0)) for offset, size in places]
    return PlainFilm(
        codec=VideoCodec.H264 if is_avc else VideoCodec.H265,
        length_bytes=(buffer[config.body + place] & 3) + 1,
        samples=samples,
    )


def _sizes(buffer: Buffer, stbl: Box) -> list[int]:
    stsz = child(buffer, stbl, b"stsz")
    size, count = struct.unpack_from(">II", buffer, stsz.body + 4)
    if count > MAX_SAMPLES or (size == 0 and stsz.body + 12 + 4 * count > stsz.end):
        raise Mp4Error(f"the stsz box names {count} samples, more than it holds")
    return [size] * count if size else list(struct.unpack_from(f">{count}I", buffer, stsz.body + 12))


def _chunk_offsets(buffer: Buffer, stbl: Box) -> list[int]:
    kinds = {b"stco": (4, "I"), b"co64": (8, "Q")}
    found = next((part for part in iter_boxes(buffer, stbl.body, stbl.end) if part.kind in kinds), None)
    if found is None:
        raise Mp4Error("the video track has no table of chunks")
    width, letter = kinds[found.kind]
    (count,) = struct.unpack_from(">I", buffer, found.body + 4)
    if found.body + 8 + width * count > found.end:
        raise Mp4Error(f"the table of chunks names {count}, more than it holds")
    return list(struct.unpack_from(f">{count}{letter}", buffer, found.body + 8))


def _rows(buffer: Buffer, table: Box, columns: int) -> list[tuple[int, ...]]:
    (count,) = struct.unpack_from(">I", buffer, table.body + 4)
    if table.body + 8 + 4 * columns * count > table.end:
        raise Mp4Error(f"the {table.kind!r} box names {count} rows, more than it holds")
    return [struct.unpack_from(f">{columns}I", buffer, table.body + 8 + 4 * columns * row) for row in range(count)]


def _places(
    sizes: list[int], offsets: list[int], runs: list[tuple[int, ...]], file_bytes: int
) -> Iterator[tuple[int, int]]:
    """(offset, bytes) of each sample. Raises Mp4Error for one outside the file."""
    sample, run = 0, -1
    for number, offset in enumerate(offsets, 1):
        while run + 1 < len(runs) and runs[run + 1][0] <= number:
            run += 1
        at = offset
        for _ in range(runs[run][1] if run >= 0 else 0):
            if sample >= len(sizes):
                return
            if at + sizes[sample] > file_bytes:
                raise Mp4Error(f"sample {sample} lies outside the file")
            yield at, sizes[sample]
            at += sizes[sample]
            sample += 1
    if sample < len(sizes):
        raise Mp4Error(f"the chunks hold {sample} of {len(sizes)} samples")


def _times(runs: list[tuple[int, ...]], timescale: int) -> Iterator[int]:
    at = 0
    for count, delta in runs:
        for _ in range(min(count, MAX_SAMPLES)):
            yield at * 90_000 // timescale
            at += delta
