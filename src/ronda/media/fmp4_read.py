"""Read fragmented MP4: the init segment, fragments with their samples, and how far a file is whole.

Works on bytes or a memory map. Hostile input is bounded: boxes must lie inside their parents,
tables inside their boxes, and a walk always moves forward. `scan` never raises for a cut-off end:
it says where the last whole fragment ends, which is where a crashed recording is cut.
"""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ronda.media.errors import Mp4Error
from ronda.media.fmp4_write import KEY_FLAGS
from ronda.media.h264 import ParameterSets

Buffer = bytes | bytearray | memoryview | mmap.mmap

MAX_INIT_BYTES = 1024 * 1024
MAX_SAMPLES = 65_536
_NOT_SYNC = 0x00010000


@dataclass(frozen=True, slots=True)
class Box:
    kind: bytes
    start: int  # of the box
    body: int  # of its content
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InitFacts:
    """What `ftyp` and `moov` say."""

    size_bytes: int
    timescale: int
    width_px: int
    height_px: int
    sets: ParameterSets
    default_duration: int
    default_size: int
    default_flags: int

    @property
    def codec(self) -> str:
        return self.sets.facts().codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    offset: int  # in the buffer
    size_bytes: int
    dts_90k: int
    pts_90k: int
    duration_90k: int
    key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FragmentFacts:
    """One `moof` and its `mdat`."""

    offset: int
    size_bytes: int
    sequence: int
    samples: tuple[Sample, ...]

    @property
    def key(self) -> bool:
        return bool(self.samples) and self.samples[0].key

    @property
    def duration_90k(self) -> int:
        return sum(sample.duration_90k for sample in self.samples)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A file, as far as it is whole."""

    init: InitFacts
    fragments: tuple[FragmentFacts, ...]
    whole_end: int  # the end of the last whole fragment
    closed: bool  # a random-access box follows and ends the file


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
    trak = _child(buffer, moov, b"trak")
    mdia = _child(buffer, trak, b"mdia")
    mdhd = _child(buffer, mdia, b"mdhd")
    version = buffer[mdhd.body]
    (timescale,) = struct.unpack_from(">I", buffer, mdhd.body + (20 if version == 1 else 12))
    stbl = _child(buffer, _child(buffer, mdia, b"minf"), b"stbl")
    stsd = _child(buffer, stbl, b"stsd")
    entry = next(iter_boxes(buffer, stsd.body + 8, stsd.end), None)
    if entry is None or entry.kind not in (b"avc1", b"avc3"):
        raise Mp4Error(f"the track is {entry.kind if entry else b'nothing'!r}, not H.264")
    width, height = struct.unpack_from(">HH", buffer, entry.body + 24)
    avcc = next((part for part in iter_boxes(buffer, entry.body + 78, entry.end) if part.kind == b"avcC"), None)
    if avcc is None or timescale == 0:
        raise Mp4Error("the track has no avcC box or no timescale")
    trex = _child(buffer, _child(buffer, moov, b"mvex"), b"trex")
    _, duration, size, flags = struct.unpack_from(">4I", buffer, trex.body + 8)
    return InitFacts(
        size_bytes=moov.end,
        timescale=timescale,
        width_px=width,
        height_px=height,
        sets=read_avcc(bytes(buffer[avcc.body : avcc.end])),
        default_duration=duration,
        default_size=size,
        default_flags=flags,
    )


def read_avcc(record: bytes) -> ParameterSets:
    """The parameter sets of an avcC record. Raises Mp4Error when it is cut off."""
    groups: list[tuple[bytes, ...]] = []
    at = 5
    for mask in (0x1F, 0xFF):
        if at >= len(record):
            raise Mp4Error("the avcC box is cut off")
        count = record[at] & mask
        at += 1
        nals = []
        for _ in range(count):
            size = int.from_bytes(record[at : at + 2], "big")
            if at + 2 + size > len(record) or size == 0:
                raise Mp4Error("a parameter set of the avcC box is cut off")
            nals.append(record[at + 2 : at + 2 + size])
            at += 2 + size
        groups.append(tuple(nals))
    return ParameterSets(sps=groups[0], pps=groups[1])


def scan(buffer: Buffer) -> Scan:
    """Read a file as far as it is whole. Raises Mp4Error only when the init segment is not."""
    init = read_init(buffer)
    fragments: list[FragmentFacts] = []
    whole_end, closed = init.size_bytes, False
    pending: Box | None = None
    for part in iter_boxes(buffer, init.size_bytes, len(buffer)):
        if part.kind == b"moof":
            pending = part
        elif part.kind == b"mdat" and pending is not None:
            try:
                fragments.append(_read_fragment(buffer, init, pending, part))
            except Mp4Error:
                break
            pending, whole_end = None, part.end
        elif part.kind == b"mfra":
            closed = part.end == len(buffer)
    return Scan(init=init, fragments=tuple(fragments), whole_end=whole_end, closed=closed)


def read_fragment(buffer: Buffer, init: InitFacts, offset: int = 0) -> FragmentFacts:
    """Read the fragment whose `moof` begins at `offset`. Raises Mp4Error when it is not whole."""
    parts = iter_boxes(buffer, offset, len(buffer))
    moof, mdat = next(parts, None), next(parts, None)
    if moof is None or mdat is None or moof.kind != b"moof" or mdat.kind != b"mdat":
        raise Mp4Error(f"no whole fragment begins at byte {offset}")
    return _read_fragment(buffer, init, moof, mdat)


def _read_fragment(buffer: Buffer, init: InitFacts, moof: Box, mdat: Box) -> FragmentFacts:
    try:
        mfhd, traf = _child(buffer, moof, b"mfhd"), _child(buffer, moof, b"traf")
        (sequence,) = struct.unpack_from(">I", buffer, mfhd.body + 4)
        samples = _read_samples(buffer, init, moof, traf)
    except (struct.error, IndexError) as fault:
        raise Mp4Error(f"the moof box at byte {moof.start} is malformed ({fault})") from None
    if any(not (mdat.body <= sample.offset <= mdat.end - sample.size_bytes) for sample in samples):
        raise Mp4Error(f"a sample of the moof box at byte {moof.start} lies outside its mdat box")
    return FragmentFacts(offset=moof.start, size_bytes=mdat.end - moof.start, sequence=sequence, samples=samples)


def _read_samples(buffer: Buffer, init: InitFacts, moof: Box, traf: Box) -> tuple[Sample, ...]:
    defaults = _read_tfhd(buffer, init, _child(buffer, traf, b"tfhd"))
    tfdt = _child(buffer, traf, b"tfdt")
    wide = buffer[tfdt.body] == 1
    (dts,) = struct.unpack_from(">Q" if wide else ">I", buffer, tfdt.body + 4)
    samples: list[Sample] = []
    for trun in iter_boxes(buffer, traf.body, traf.end):
        if trun.kind == b"trun":
            dts = _read_trun(buffer, trun, moof.start, dts, defaults, samples)
    return tuple(samples)


def _read_tfhd(buffer: Buffer, init: InitFacts, tfhd: Box) -> tuple[int, int, int]:
    """Default duration, size and flags of the fragment's samples."""
    (flags,) = struct.unpack_from(">I", buffer, tfhd.body)
    at = tfhd.body + 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
    found = [init.default_duration, init.default_size, init.default_flags]
    for index, bit in enumerate((0x08, 0x10, 0x20)):
        if flags & bit:
            (found[index],) = struct.unpack_from(">I", buffer, at)
            at += 4
    return found[0], found[1], found[2]


def _read_trun(
    buffer: Buffer, trun: Box, base: int, dts: int, defaults: tuple[int, int, int], samples: list[Sample]
) -> int:
    (version_flags, count) = struct.unpack_from(">II", buffer, trun.body)
    flags, signed = version_flags & 0xFFFFFF, version_flags >> 24 == 1
    columns = [bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800)]
    at, offset, first_flags = trun.body + 8, base, None
    if flags & 1:
        offset += struct.unpack_from(">i", buffer, at)[0]
        at += 4
    if flags & 4:
        (first_flags,) = struct.unpack_from(">I", buffer, at)
        at += 4
    if len(samples) + count > MAX_SAMPLES or at + 4 * sum(columns) * count > trun.end:
        raise Mp4Error(f"a trun box at byte {trun.start} names {count} samples, more than it holds")
    for _ in range(count):
        row = [defaults[0], defaults[1], defaults[2] if first_flags is None else first_flags, 0]
        first_flags = None
        for index, present in enumerate(columns):
            if present:
                (row[index],) = struct.unpack_from(">i" if index == 3 and signed else ">I", buffer, at)
                at += 4
        duration, size, sample_flags, shift = row
        key = sample_flags == KEY_FLAGS or not sample_flags & _NOT_SYNC
        samples.append(
            Sample(
                offset=offset,
                size_bytes=size,
                dts_90k=dts,
                pts_90k=dts + shift,
                duration_90k=duration,
                key=key,
            )
        )
        offset += size
        dts += duration
    return dts


def _child(buffer: Buffer, parent: Box, kind: bytes) -> Box:
    found = next((part for part in iter_boxes(buffer, parent.body, parent.end) if part.kind == kind), None)
    if found is None:
        raise Mp4Error(f"the {parent.kind!r} box at byte {parent.start} has no whole {kind!r} box inside")
    return found
