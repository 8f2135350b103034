"""The NAL units of a film, picture by picture: fragmented MP4, ordinary MP4, or a raw H.264 or H.265 stream.

Raw streams are split at start codes, except that a signing SEI written without emulation prevention is taken by
its own declared length: its bytes may look like start codes. Memory stays at one picture.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from mmap import mmap

from ronda.evidence.camera_signing.tlv import declared_bytes, header_bytes, uuid_of
from ronda.evidence.errors import MalformedError
from ronda.media.codec import VideoCodec
from ronda.media.errors import MediaError
from ronda.media.fmp4_init import Buffer, child, iter_boxes
from ronda.media.fmp4_read import Scan, scan
from ronda.media.mp4_plain import read_plain
from ronda.media.picture_sets import codec_of

Picture = tuple[int | None, list[memoryview]]  # its time on 90 kHz (None: the stream says none), its NAL units
HEAD_BYTES = 64  # of a slice: more than what tells its kind
_START = b"\x00\x00\x01"
_ESCAPED = 0xC0  # either standard's bit for "with emulation prevention"
_H265_OPENS = (32, 33, 35, 39)  # parameter sets, delimiter, SEI


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmSource:
    """A film that can be read from the start as often as needed."""

    codec: VideoCodec
    pictures: Callable[
        [bool], Iterator[Picture]
    ]  # True: slices may be cut to their heads, which is all that is asked


def open_film(data: Buffer, name: str, found: Scan | None = None) -> FilmSource:
    """`found`: the boxes of a fragmented film, where they are known.

    Raises MalformedError when it is no film of a kind that is read.
    """
    if bytes(data[:3]) == _START or bytes(data[:4]) == b"\x00" + _START:
        return _raw(bytes(data) if isinstance(data, memoryview) else data)
    try:
        if found or _is_fragmented(data):
            found = found or scan(data)
            rows = [(s.offset, s.size_bytes, s.dts_90k) for part in found.fragments for s in part.samples]
            return _lengths(data, codec_of(found.init.sets), 4, rows, name)
        plain = read_plain(data)
        return _lengths(data, plain.codec, plain.length_bytes, plain.samples, name)
    except MediaError as fault:
        raise MalformedError(f"{name} is no MP4 film with H.264 or H.265: {fault}") from None


def _is_fragmented(data: Buffer) -> bool:
    moov = next((found for found in iter_boxes(data, 0, len(data)) if found.kind == b"moov"), None)
    if moov is None:
        raise MalformedError("the file has no whole moov box")
    try:
        child(data, moov, b"mvex")
    except MediaError:
        return False
    return True


def _lengths(
    data: Buffer, codec: VideoCodec, width: int, rows: list[tuple[int, int, int]], name: str
) -> FilmSource:
    """Each unit is copied: nothing here holds a memory map open."""

    def pictures(heads: bool) -> Iterator[Picture]:
        for offset, size, at_90k in rows:
            spans = list(_split(data, offset, offset + size, width, name))
            yield at_90k, [memoryview(_unit(data, start, end, codec, heads)) for start, end in spans]

    return FilmSource(codec=codec, pictures=pictures)


def _unit(data: Buffer, start: int, end: int, codec: VideoCodec, heads: bool) -> bytes:
    head = bytes(data[start : min(end, start + HEAD_BYTES)])
    is_enough = heads and _opens_picture(head, codec) is not None
    return head if is_enough or start + len(head) == end else bytes(data[start:end])


def _split(data: Buffer, at: int, end: int, width: int, name: str) -> Iterator[tuple[int, int]]:
    """Where each unit of a sample lies."""
    begin = at
    while at < end:
        size = int.from_bytes(data[at : min(end, at + width)], "big")
        at += width
        if at + size > end:
            raise MalformedError(f"{name}: a NAL unit of {size} bytes runs over its sample of {end - begin}")
        yield at, at + size
        at += size


def _raw(data: bytes | bytearray | mmap) -> FilmSource:
    head = bytes(data[:5]).removeprefix(b"\x00").removeprefix(_START)
    first = head[0] if head else 0
    codec = VideoCodec.H265 if first >> 1 & 0x3F in _H265_OPENS and not first & 1 else VideoCodec.H264

    def pictures(_heads: bool) -> Iterator[Picture]:
        held: list[memoryview] = []
        has_slice = False
        for nal in _raw_nals(data, codec):
            opens = _opens_picture(nal, codec)
            if has_slice and opens is not False:
                yield None, held
                held, has_slice = [], False
            held.append(nal)
            has_slice |= opens is not None
        if held:
            yield None, held

    return FilmSource(codec=codec, pictures=pictures)


def _raw_nals(data: bytes | bytearray | mmap, codec: VideoCodec) -> Iterator[memoryview]:
    at = data.find(_START)
    while at >= 0:
        begin = at + 3
        at = data.find(_START, begin)
        nal = memoryview(bytes(data[begin : at if at >= 0 else len(data)]))
        if at >= 0 and uuid_of(nal, codec) and not _flags(nal, codec) & _ESCAPED:
            whole = begin + declared_bytes(nal, codec)
            if whole > at:
                at = data.find(_START, whole)
                nal = memoryview(bytes(data[begin:whole]))
        yield nal


def _flags(nal: memoryview, codec: VideoCodec) -> int:
    """The byte after the UUID; every bit set when there is none."""
    at = header_bytes(codec) + 1
    while at < len(nal) and nal[at] == 0xFF:
        at += 1
    return nal[at + 17] if at + 17 < len(nal) else 0xFF


def _opens_picture(nal: memoryview | bytes, codec: VideoCodec) -> bool | None:
    """True: the first slice of a picture. False: a further one. None: no slice."""
    at = header_bytes(codec)
    if len(nal) <= at:
        return None
    is_slice = nal[0] & 0x1F in (1, 2, 3, 4, 5) if codec is VideoCodec.H264 else nal[0] >> 1 & 0x3F < 32
    return bool(nal[at] & 0x80) if is_slice else None
