"""Read fragmented MP4: the init segment, fragments with their samples, and how far a file is whole.

Works on bytes or a memory map. Hostile input is bounded: boxes must lie inside their parents,
tables inside their boxes, and a walk always moves forward. `scan` never raises for a cut-off end:
it says where the last whole fragment ends, which is where a crashed recording is cut.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

from ronda.media.errors import Mp4Error
from ronda.media.fmp4_init import Box, Buffer, Defaults, InitFacts, child, iter_boxes, read_init
from ronda.media.fmp4_write import KEY_FLAGS

MAX_SAMPLES = 65_536
_NOT_SYNC = 0x00010000


class Sample(NamedTuple):
    """A tuple, since a film of a minute has thousands."""

    offset: int  # in the buffer
    size_bytes: int
    dts_90k: int
    pts_90k: int
    duration_90k: int
    key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSample:
    """Times are ticks of the sound's sampling rate."""

    offset: int  # in the buffer
    size_bytes: int
    dts: int
    duration: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FragmentFacts:
    """One `moof` and its `mdat`. `samples` are the pictures."""

    offset: int
    size_bytes: int
    sequence: int
    samples: tuple[Sample, ...]
    audio: tuple[AudioSample, ...] = ()

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


def scan(buffer: Buffer, start: int = 0) -> Scan:
    """Read a file as far as it is whole. Raises Mp4Error only when the init segment is not.

    start: where a fragment begins, before which all is known to be whole; 0 for the whole file
    """
    init = read_init(buffer)
    fragments: list[FragmentFacts] = []
    whole_end, closed = max(init.size_bytes, start), False
    pending: Box | None = None
    for part in iter_boxes(buffer, whole_end, len(buffer)):
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
        (sequence,) = struct.unpack_from(">I", buffer, child(buffer, moof, b"mfhd").body + 4)
        samples, sound = _read_trafs(buffer, init, moof)
    except (struct.error, IndexError) as fault:
        raise Mp4Error(f"the moof box at byte {moof.start} is malformed ({fault})") from None
    if any(not (mdat.body <= one.offset <= mdat.end - one.size_bytes) for one in (*samples, *sound)):
        raise Mp4Error(f"a sample of the moof box at byte {moof.start} lies outside its mdat box")
    audio = tuple(
        AudioSample(offset=one.offset, size_bytes=one.size_bytes, dts=one.dts_90k, duration=one.duration_90k)
        for one in sound
    )
    return FragmentFacts(
        offset=moof.start,
        size_bytes=mdat.end - moof.start,
        sequence=sequence,
        samples=tuple(samples),
        audio=audio,
    )


def _read_trafs(buffer: Buffer, init: InitFacts, moof: Box) -> tuple[list[Sample], list[Sample]]:
    """The samples of the video and of the sound track; those of other tracks are passed over."""
    wanted: dict[int, tuple[Defaults, list[Sample]]] = {init.track_id: (init.defaults, [])}
    if init.audio is not None:
        wanted.setdefault(init.audio.track_id, (init.audio.defaults, []))
    trafs = [part for part in iter_boxes(buffer, moof.body, moof.end) if part.kind == b"traf"]
    if not trafs:
        raise Mp4Error(f"the moof box at byte {moof.start} has no whole traf box inside")
    for traf in trafs:
        parts = list(iter_boxes(buffer, traf.body, traf.end))
        tfhd = _first(parts, traf, b"tfhd")
        (track_id,) = struct.unpack_from(">I", buffer, tfhd.body + 4)
        if track_id in wanted:
            defaults, samples = wanted[track_id]
            _read_traf(buffer, moof, traf, parts, _read_tfhd(buffer, defaults, tfhd), samples)
    sound = wanted[init.audio.track_id][1] if init.audio and init.audio.track_id != init.track_id else []
    return wanted[init.track_id][1], sound


def _first(parts: Sequence[Box], parent: Box, kind: bytes) -> Box:
    for part in parts:
        if part.kind == kind:
            return part
    raise Mp4Error(f"the {parent.kind!r} box at byte {parent.start} has no whole {kind!r} box inside")


def _read_traf(
    buffer: Buffer,
    moof: Box,
    traf: Box,
    parts: Sequence[Box],
    defaults: tuple[int, int, int],
    samples: list[Sample],
) -> None:
    tfdt = _first(parts, traf, b"tfdt")
    (dts,) = struct.unpack_from(">Q" if buffer[tfdt.body] == 1 else ">I", buffer, tfdt.body + 4)
    for trun in parts:
        if trun.kind == b"trun":
            dts = _read_trun(buffer, trun, moof.start, dts, defaults, samples)


def _read_tfhd(buffer: Buffer, defaults: Defaults, tfhd: Box) -> tuple[int, int, int]:
    """Default duration, size and flags of the fragment's samples."""
    (flags,) = struct.unpack_from(">I", buffer, tfhd.body)
    at = tfhd.body + 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
    found = [defaults.duration, defaults.size, defaults.flags]
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
    row = [defaults[0], defaults[1], defaults[2] if first_flags is None else first_flags, 0]
    present = [index for index in range(4) if columns[index]]
    kinds = "".join("i" if index == 3 and signed else "I" for index in present)
    width = struct.calcsize(f">{kinds}")
    found = struct.iter_unpack(f">{kinds}", buffer[at : at + width * count]) if kinds else repeat((), count)
    for number, values in enumerate(found):
        if number == 1 and not columns[2]:
            row[2] = defaults[2]  # the flags of its own were the first sample's alone
        for index, value in zip(present, values, strict=True):
            row[index] = value
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
