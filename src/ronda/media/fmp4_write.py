"""Write fragmented MP4: an init segment, fragments from a frame table, a random-access box.

One video track (id 1, 90 kHz, H.264 or H.265) and, where sound is recorded, one sound track (id 2,
its own sampling rate); sample data straight after its `moof`. No time of day anywhere: the bytes
depend on the stream alone, so that two engines, or two recorders, can be compared byte for byte.
Composition offsets are written only where a fragment has B-frames, and may be negative (version 1).

A fragment, exactly (all numbers big-endian; n video samples, m sound samples; c is 16 where any
composition offset is not 0, else 12; A is 64 + 8m where there is sound, m > 0, else 0):

    moof  88 + c*n + A
      mfhd  16            flags 0, sequence
      traf  64 + c*n
        tfhd  16          flags 020000 (offsets count from moof), track 1
        tfdt  20          version 1, decoding time of the first sample, 64 bits, 90 kHz
        trun  20 + c*n    version 1, flags 000701, or 000F01 where c is 16; n; offset = moof + 8
                          n times: duration, size, flags (KEY_FLAGS or OTHER_FLAGS)[, offset signed]
      traf  64 + 8m       only where m > 0
        tfhd  16          flags 020000, track 2
        tfdt  20          version 1, time of the first sample, 64 bits, ticks of the sampling rate
        trun  20 + 8m     version 0, flags 000301; m; offset = moof + 8 + bytes of all video samples
                          m times: duration, size
    mdat  8 + all video samples, in decoding order, then all sound samples, in order
"""

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ronda.media.codec import AudioCodec, AudioFormat, PictureSets
from ronda.media.errors import Mp4Error
from ronda.media.mp4_box import box, full_box

TIMESCALE = 90_000
VIDEO_TRACK, AUDIO_TRACK = 1, 2
KEY_FLAGS = 0x02000000  # depends on nothing
OTHER_FLAGS = 0x01010000  # depends on others, no random access point
MAX_AUDIO_CONFIG_BYTES = 64
_AUDIO_TRAF_BYTES = 8 + 16 + 20 + 20  # without its rows
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioRun:
    """The sound of one fragment. Times are ticks of the sound's own sampling rate.

    sizes, durations   of each sample: an access unit of AAC, or what one packet of G.711 held
    dts                of the first sample, from the start of the segment
    """

    sizes: Sequence[int]
    durations: Sequence[int]
    dts: int


@cache
def init_segment(sets: PictureSets, audio: AudioFormat | None = None) -> bytes:
    """`ftyp` and `moov` for these parameter sets, and a second track where sound is recorded.

    Raises MediaError when the sets are not complete, or AAC has no configuration.
    """
    facts = sets.facts()
    kind, config = sets.config_box()
    entry = box(
        kind,
        struct.pack(">6xH16x", 1),
        struct.pack(">HHIIIH", facts.width_px, facts.height_px, 0x480000, 0x480000, 0, 1),
        bytes(32),
        struct.pack(">Hh", 24, -1),
        config,
    )
    mdia = _mdia(TIMESCALE, b"vide", full_box(b"vmhd", 0, 1, bytes(8)), entry)
    traks = [box(b"trak", _tkhd(VIDEO_TRACK, 0, facts.width_px, facts.height_px), mdia)]
    trexes = [full_box(b"trex", 0, 0, struct.pack(">5I", VIDEO_TRACK, 1, 0, 0, OTHER_FLAGS))]
    if audio is not None:
        mdia = _mdia(audio.clock_hz, b"soun", full_box(b"smhd", 0, 0, bytes(4)), _audio_entry(audio))
        traks.append(box(b"trak", _tkhd(AUDIO_TRACK, 0x100, 0, 0), mdia))
        trexes.append(full_box(b"trex", 0, 0, struct.pack(">5I", AUDIO_TRACK, 1, 0, 0, KEY_FLAGS)))
    ftyp = box(b"ftyp", b"iso6", struct.pack(">I", 1), b"iso6", kind, b"mp41")
    return ftyp + box(b"moov", _mvhd(len(traks) + 1), *traks, box(b"mvex", *trexes))


def _mvhd(next_track: int) -> bytes:
    return full_box(
        b"mvhd",
        0,
        0,
        struct.pack(">4I", 0, 0, TIMESCALE, 0),
        struct.pack(">IHH8x", 0x10000, 0x100, 0),
        _MATRIX,
        bytes(24),
        struct.pack(">I", next_track),
    )


def _tkhd(track: int, volume: int, width_px: int, height_px: int) -> bytes:
    return full_box(
        b"tkhd",
        0,
        3,
        struct.pack(">5I", 0, 0, track, 0, 0),
        struct.pack(">8x4H", 0, 0, volume, 0),
        _MATRIX,
        struct.pack(">II", width_px << 16, height_px << 16),
    )


def _mdia(timescale: int, handler: bytes, header: bytes, entry: bytes) -> bytes:
    mdhd = full_box(b"mdhd", 0, 0, struct.pack(">4IHH", 0, 0, timescale, 0, 0x55C4, 0))
    hdlr = full_box(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, handler), b"Ronda\0")
    dinf = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1)))
    stbl = box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )
    return box(b"mdia", mdhd, hdlr, box(b"minf", header, dinf, stbl))


def _audio_entry(audio: AudioFormat) -> bytes:
    """The sample entry: `mp4a` with `esds` for AAC, `alaw` or `ulaw` for G.711."""
    rate = audio.clock_hz << 16 if audio.clock_hz < 1 << 16 else 0
    head = struct.pack(">6xH8xHHHHI", 1, audio.channels, 16, 0, 0, rate)
    if audio.codec is not AudioCodec.AAC:
        return box(b"alaw" if audio.codec is AudioCodec.PCMA else b"ulaw", head)
    if not 2 <= len(audio.config) <= MAX_AUDIO_CONFIG_BYTES:
        raise Mp4Error(
            f"AAC needs a configuration of 2 to 64 bytes, not {len(audio.config)}; its sound is not kept"
        )
    decoder = _descriptor(4, bytes((0x40, 0x15)) + bytes(11) + _descriptor(5, audio.config))
    stream = struct.pack(">HB", AUDIO_TRACK, 0) + decoder + _descriptor(6, b"\x02")
    return box(b"mp4a", head, full_box(b"esds", 0, 0, _descriptor(3, stream)))


def _descriptor(tag: int, body: bytes) -> bytes:
    """Of ISO/IEC 14496-1; bodies here are below 128 bytes."""
    return bytes((tag, len(body))) + body


def fragment_header(sequence: int, table: FrameTable, audio: AudioRun | None = None) -> bytes:
    """`moof` and the head of `mdat`; the frames' bytes follow, then those of the sound, without padding."""
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
    traf_bytes = 8 + 16 + 20 + 20 + 4 * columns * count
    video_bytes = sum(table.sizes)
    sound_bytes = sum(audio.sizes) if audio else 0
    moof_bytes = 8 + 16 + traf_bytes + (_AUDIO_TRAF_BYTES + 8 * len(audio.sizes) if audio and audio.sizes else 0)
    sound = _audio_traf(audio, moof_bytes + 8 + video_bytes) if audio and audio.sizes else b""
    return b"".join(
        (
            struct.pack(">I4sI4sII", moof_bytes, b"moof", 16, b"mfhd", 0, sequence),
            struct.pack(">I4s", traf_bytes, b"traf"),
            struct.pack(">I4sII", 16, b"tfhd", 0x020000, VIDEO_TRACK),
            struct.pack(">I4sIQ", 20, b"tfdt", 1 << 24, dts[0]),
            struct.pack(">I4sIIi", 20 + 4 * columns * count, b"trun", 1 << 24 | trun_flags, count, moof_bytes + 8),
            rows.tobytes(),
            sound,
            struct.pack(">I4s", 8 + video_bytes + sound_bytes, b"mdat"),
        )
    )


def _audio_traf(audio: AudioRun, data_offset: int) -> bytes:
    count = len(audio.sizes)
    rows = array("I", bytes(8 * count))
    rows[0::2] = array("I", audio.durations)
    rows[1::2] = array("I", audio.sizes)
    rows.byteswap()
    return b"".join(
        (
            struct.pack(">I4s", _AUDIO_TRAF_BYTES + 8 * count, b"traf"),
            struct.pack(">I4sII", 16, b"tfhd", 0x020000, AUDIO_TRACK),
            struct.pack(">I4sIQ", 20, b"tfdt", 1 << 24, audio.dts),
            struct.pack(">I4sIIi", 20 + 8 * count, b"trun", 0x000301, count, data_offset),
            rows.tobytes(),
        )
    )


def random_access_box(entries: Sequence[tuple[int, int]]) -> bytes:
    """`mfra` for a closed file. entries: (presentation time, offset of the `moof`) of key fragments.

    A camera whose time stamps jump back shows pictures before the segment's start; the table knows no such time.
    """
    rows = b"".join(struct.pack(">QQBBB", max(0, time), offset, 1, 1, 1) for time, offset in entries)
    tfra = full_box(b"tfra", 1, 0, struct.pack(">III", 1, 0, len(entries)), rows)
    size = 8 + len(tfra) + 16
    return struct.pack(">I4s", size, b"mfra") + tfra + struct.pack(">I4sII", 16, b"mfro", 0, size)
