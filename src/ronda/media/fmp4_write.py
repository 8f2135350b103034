"""Write fragmented MP4: an init segment, fragments from a frame table, a random-access box.

One H.264 track, 90 kHz, sample data straight after its `moof`. No time of day anywhere: the bytes
depend on the stream alone, so that two engines, or two recorders, can be compared byte for byte.
Composition offsets are written only where a fragment has B-frames, and may be negative (version 1).
"""

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ronda.media.h264 import ParameterSets

TIMESCALE = 90_000
KEY_FLAGS = 0x02000000  # depends on nothing
OTHER_FLAGS = 0x01010000  # depends on others, no random access point
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameTable:
    """The frames of one fragment, in decoding order; all columns have the same length.

    dts_90k, next_dts_90k   from the start of the segment; the last frame lasts until the latter
    pts_90k                 from the start of the segment
    """

    sizes: Sequence[int]
    dts_90k: Sequence[int]
    pts_90k: Sequence[int]
    keys: Sequence[bool]
    next_dts_90k: int


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


@cache
def init_segment(sets: ParameterSets) -> bytes:
    """`ftyp` and `moov` for these parameter sets. Raises H264Error when they are not complete."""
    facts = sets.facts()
    ftyp = box(b"ftyp", b"iso6", struct.pack(">I", 1), b"iso6", b"avc1", b"mp41")
    mvhd = full_box(
        b"mvhd",
        0,
        0,
        struct.pack(">4I", 0, 0, TIMESCALE, 0),
        struct.pack(">IHH8x", 0x10000, 0x100, 0),
        _MATRIX,
        bytes(24),
        struct.pack(">I", 2),
    )
    tkhd = full_box(
        b"tkhd",
        0,
        3,
        struct.pack(">5I", 0, 0, 1, 0, 0),
        struct.pack(">8x4H", 0, 0, 0, 0),
        _MATRIX,
        struct.pack(">II", facts.width_px << 16, facts.height_px << 16),
    )
    mvex = box(b"mvex", full_box(b"trex", 0, 0, struct.pack(">5I", 1, 1, 0, 0, OTHER_FLAGS)))
    return ftyp + box(b"moov", mvhd, box(b"trak", tkhd, _mdia(sets, facts.width_px, facts.height_px)), mvex)


def _mdia(sets: ParameterSets, width_px: int, height_px: int) -> bytes:
    mdhd = full_box(b"mdhd", 0, 0, struct.pack(">4IHH", 0, 0, TIMESCALE, 0, 0x55C4, 0))
    hdlr = full_box(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, b"vide"), b"Ronda\0")
    vmhd = full_box(b"vmhd", 0, 1, bytes(8))
    dinf = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1)))
    entry = box(
        b"avc1",
        struct.pack(">6xH16x", 1),
        struct.pack(">HHIIIH", width_px, height_px, 0x480000, 0x480000, 0, 1),
        bytes(32),
        struct.pack(">Hh", 24, -1),
        box(b"avcC", sets.avcc()),
    )
    stbl = box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )
    return box(b"mdia", mdhd, hdlr, box(b"minf", vmhd, dinf, stbl))


def fragment_header(sequence: int, table: FrameTable) -> bytes:
    """`moof` and the head of `mdat`; the frames' bytes follow, in order and without padding."""
    count = len(table.sizes)
    dts = table.dts_90k
    following = [*table.dts_90k[1:], table.next_dts_90k]
    offsets = [pts - at for pts, at in zip(table.pts_90k, table.dts_90k, strict=True)]
    has_offsets = any(offsets)
    columns = 4 if has_offsets else 3
    rows = array("I", bytes(4 * columns * count))
    rows[0::columns] = array("I", [end - at for at, end in zip(dts, following, strict=True)])
    rows[1::columns] = array("I", table.sizes)
    rows[2::columns] = array("I", [KEY_FLAGS if key else OTHER_FLAGS for key in table.keys])
    if has_offsets:
        rows[3::columns] = array("I", [offset & 0xFFFFFFFF for offset in offsets])
    rows.byteswap()
    trun_flags = 0x000701 | (0x800 if has_offsets else 0)
    moof_bytes = 8 + 16 + 8 + 16 + 20 + 20 + 4 * columns * count
    return b"".join(
        (
            struct.pack(">I4sI4sII", moof_bytes, b"moof", 16, b"mfhd", 0, sequence),
            struct.pack(">I4s", moof_bytes - 24, b"traf"),
            struct.pack(">I4sII", 16, b"tfhd", 0x020000, 1),
            struct.pack(">I4sIQ", 20, b"tfdt", 1 << 24, dts[0]),
            struct.pack(">I4sIIi", 20 + 4 * columns * count, b"trun", 1 << 24 | trun_flags, count, moof_bytes + 8),
            rows.tobytes(),
            struct.pack(">I4s", 8 + sum(table.sizes), b"mdat"),
        )
    )


def random_access_box(entries: Sequence[tuple[int, int]]) -> bytes:
    """`mfra` for a closed file. entries: (presentation time, offset of the `moof`) of key fragments."""
    rows = b"".join(struct.pack(">QQBBB", time, offset, 1, 1, 1) for time, offset in entries)
    tfra = full_box(b"tfra", 1, 0, struct.pack(">III", 1, 0, len(entries)), rows)
    size = 8 + len(tfra) + 16
    return struct.pack(">I4s", size, b"mfra") + tfra + struct.pack(">I4sII", 16, b"mfro", 0, size)
