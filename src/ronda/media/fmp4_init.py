"""Read the head of an MP4: which video track it has, which sound track, and in what format.

Reads our own files and other people's: the first H.264 or H.265 track and the first sound track of a
kind that Ronda records count; other tracks are passed over. Works on bytes or a memory map.
Invariant against hostile files: a box lies inside its parent, a walk always moves forward, and the
head is looked for in the first MiB only.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ronda.media.codec import AudioCodec, AudioFormat, PictureSets
from ronda.media.errors import Mp4Error
from ronda.media.picture_sets import AVC_ENTRIES, HEVC_ENTRIES, read_avcc, read_hvcc

Buffer = bytes | bytearray | memoryview | mmap.mmap

MAX_INIT_BYTES = 1024 * 1024
MAX_TRACKS = 64
_AUDIO_ENTRIES = {b"mp4a": AudioCodec.AAC, b"alaw": AudioCodec.PCMA, b"ulaw": AudioCodec.PCMU}
_VIDEO_HEAD_BYTES, _AUDIO_HEAD_BYTES = 78, 28


class Box(NamedTuple):
    """A tuple, since a film of a minute has hundreds of boxes."""

    kind: bytes
    start: int  # of the box
    body: int  # of its content
    end: int


@dataclass(frozen=True, slots=True)
class Defaults:
    """What `trex` says of a track's samples where a fragment says nothing."""

    duration: int = 0
    size: int = 0
    flags: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioTrack:
    """The sound track of a file. `format.clock_hz` is what its times are counted in."""

    track_id: int
    format: AudioFormat
    defaults: Defaults


@dataclass(frozen=True, slots=True, kw_only=True)
class InitFacts:
    """What `ftyp` and `moov` say."""

    size_bytes: int
    track_id: int  # of the video
    timescale: int
    width_px: int
    height_px: int
    sets: PictureSets
    defaults: Defaults
    audio: AudioTrack | None = None  # None: no sound, or of a kind that is not read

    @property
    def codec(self) -> str:
        return self.sets.facts().codec


@dataclass(frozen=True, slots=True)
class _Track:
    track_id: int
    handler: bytes
    timescale: int
    entry: Box | None


def iter_boxes(buffer: Buffer, start: int, end: int) -> Iterator[Box]:
    """The boxes between two offsets; ends before the first that is cut off or malformed."""
    at = start
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", buffer, at)
        body = at + 8
        if size == 1:
            if at + 16 > end:
                return
            (size,) = struct.unpack_from(">Q", buffer, body)
            body = at + 16
        if size < body - at or at + size > end:
            return
        yield Box(kind, at, body, at + size)
        at += size


def child(buffer: Buffer, parent: Box, kind: bytes) -> Box:
    """The first box of this kind inside. Raises Mp4Error without one."""
    found = next((part for part in iter_boxes(buffer, parent.body, parent.end) if part.kind == kind), None)
    if found is None:
        raise Mp4Error(f"the {parent.kind!r} box at byte {parent.start} has no whole {kind!r} box inside")
    return found


def read_init(buffer: Buffer) -> InitFacts:
    """Read `ftyp` and `moov` at the start. Raises Mp4Error when they are not whole or not ours."""
    head = min(len(buffer), MAX_INIT_BYTES)
    moov = next((found for found in iter_boxes(buffer, 0, head) if found.kind == b"moov"), None)
    if moov is None:
        raise Mp4Error("the file does not begin with whole ftyp and moov boxes; it holds no recording")
    try:
        return _read_moov(buffer, moov)
    except (struct.error, IndexError) as fault:
        raise Mp4Error(f"the moov box is cut off or malformed ({fault})") from None


def _read_moov(buffer: Buffer, moov: Box) -> InitFacts:
    traks = [part for part in iter_boxes(buffer, moov.body, moov.end) if part.kind == b"trak"][:MAX_TRACKS]
    tracks = [_read_trak(buffer, trak) for trak in traks]
    video = next((one for one in tracks if one.entry and one.entry.kind in (*AVC_ENTRIES, *HEVC_ENTRIES)), None)
    if video is None or video.entry is None:
        named = ", ".join(repr(one.entry.kind) for one in tracks if one.entry) or "nothing"
        raise Mp4Error(f"the file holds {named}, but no H.264 or H.265 track")
    if video.timescale == 0:
        raise Mp4Error("the video track has no timescale")
    width, height = struct.unpack_from(">HH", buffer, video.entry.body + 24)
    defaults = _read_trex(buffer, moov)
    return InitFacts(
        size_bytes=moov.end,
        track_id=video.track_id,
        timescale=video.timescale,
        width_px=width,
        height_px=height,
        sets=_read_sets(buffer, video.entry),
        defaults=defaults.get(video.track_id, Defaults()),
        audio=next((found for one in tracks if (found := _read_audio(buffer, one, defaults))), None),
    )


def _read_trak(buffer: Buffer, trak: Box) -> _Track:
    tkhd, mdia = child(buffer, trak, b"tkhd"), child(buffer, trak, b"mdia")
    (track_id,) = struct.unpack_from(">I", buffer, tkhd.body + (20 if buffer[tkhd.body] == 1 else 12))
    mdhd = child(buffer, mdia, b"mdhd")
    (timescale,) = struct.unpack_from(">I", buffer, mdhd.body + (20 if buffer[mdhd.body] == 1 else 12))
    (handler,) = struct.unpack_from(">4s", buffer, child(buffer, mdia, b"hdlr").body + 8)
    stbl = child(buffer, child(buffer, mdia, b"minf"), b"stbl")
    stsd = child(buffer, stbl, b"stsd")
    return _Track(track_id, handler, timescale, next(iter_boxes(buffer, stsd.body + 8, stsd.end), None))


def _read_trex(buffer: Buffer, moov: Box) -> dict[int, Defaults]:
    """The defaults of each track. Raises Mp4Error for a file that is not fragmented."""
    mvex = child(buffer, moov, b"mvex")
    found: dict[int, Defaults] = {}
    for trex in iter_boxes(buffer, mvex.body, mvex.end):
        if trex.kind == b"trex":
            track_id, _, duration, size, flags = struct.unpack_from(">5I", buffer, trex.body + 4)
            found[track_id] = Defaults(duration, size, flags)
    return found


def _read_sets(buffer: Buffer, entry: Box) -> PictureSets:
    wanted = b"avcC" if entry.kind in AVC_ENTRIES else b"hvcC"
    parts = iter_boxes(buffer, entry.body + _VIDEO_HEAD_BYTES, entry.end)
    config = next((part for part in parts if part.kind == wanted), None)
    if config is None:
        raise Mp4Error(f"the video track has no {wanted.decode()} box")
    record = bytes(buffer[config.body : config.end])
    return read_avcc(record) if wanted == b"avcC" else read_hvcc(record)


def _read_audio(buffer: Buffer, track: _Track, defaults: dict[int, Defaults]) -> AudioTrack | None:
    """The sound track, or None where it is of a kind that is not read."""
    codec = _AUDIO_ENTRIES.get(track.entry.kind) if track.entry else None
    if track.entry is None or codec is None or track.handler != b"soun" or track.timescale == 0:
        return None
    (channels,) = struct.unpack_from(">H", buffer, track.entry.body + 16)
    config = b""
    if codec is AudioCodec.AAC:
        parts = iter_boxes(buffer, track.entry.body + _AUDIO_HEAD_BYTES, track.entry.end)
        esds = next((part for part in parts if part.kind == b"esds"), None)
        config = _aac_config(bytes(buffer[esds.body + 4 : esds.end])) if esds else b""
        if not config:
            return None
    sound = AudioFormat(codec=codec, clock_hz=track.timescale, channels=channels, config=config)
    return AudioTrack(track_id=track.track_id, format=sound, defaults=defaults.get(track.track_id, Defaults()))


def _aac_config(stream: bytes) -> bytes:
    """The DecoderSpecificInfo of an ES_Descriptor of MPEG-4 audio; empty when there is none."""
    at = 0
    for tag, skip in ((3, 3), (4, 13), (5, 0)):
        found, at, size = _descriptor(stream, at)
        if found != tag or at + size > len(stream):
            return b""
        if tag == 4 and stream[at : at + 1] != b"\x40":
            return b""
        if tag == 5:
            return stream[at : at + size]
        at += skip
    return b""


def _descriptor(stream: bytes, at: int) -> tuple[int, int, int]:
    """(tag, where the content begins, its size); the size may have up to four bytes."""
    tag = stream[at] if at < len(stream) else 0
    size = 0
    for place in range(at + 1, min(at + 5, len(stream))):
        size = size << 7 | stream[place] & 0x7F
        if not stream[place] & 0x80:
            return tag, place + 1, size
    return 0, at, 0
