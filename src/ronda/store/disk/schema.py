"""The tables of the recording index, and how a fragment becomes bytes.

A segment is one row; its fragments are one packed blob in a table of their own, so that a month of
segments is read without touching them. Times are UTC microseconds.
Why SQLite beside the footage: recording must depend on nothing but the disk.
"""

import struct
from collections.abc import Iterable

from ronda.video.model import ClockPair, Fragment, GapCause, SegmentState

VERSION = 1

TABLES = """
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE camera (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE segment (
    id INTEGER PRIMARY KEY,
    camera INTEGER NOT NULL REFERENCES camera (id),
    start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL,
    state INTEGER NOT NULL,
    path TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    frames INTEGER NOT NULL,
    sha256 BLOB,
    codec TEXT NOT NULL,
    width_px INTEGER NOT NULL,
    height_px INTEGER NOT NULL,
    init_bytes INTEGER NOT NULL,
    training INTEGER NOT NULL,
    file_gone INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX segment_by_time ON segment (camera, start_us);
CREATE INDEX segment_by_age ON segment (end_us) WHERE state IN (1, 2);
CREATE INDEX segment_open ON segment (state) WHERE state = 0;
CREATE INDEX segment_to_remove ON segment (id) WHERE state = 3 AND file_gone = 0;
CREATE TABLE fragment_table (segment INTEGER PRIMARY KEY, fragments BLOB NOT NULL, clock BLOB NOT NULL) STRICT;
CREATE TABLE gap (
    camera INTEGER NOT NULL REFERENCES camera (id),
    start_us INTEGER NOT NULL,
    end_us INTEGER,
    cause TEXT NOT NULL,
    evidence TEXT NOT NULL,
    training INTEGER NOT NULL,
    PRIMARY KEY (camera, start_us)
) STRICT, WITHOUT ROWID;
CREATE TABLE hold (
    id TEXT PRIMARY KEY,
    camera INTEGER NOT NULL REFERENCES camera (id),
    start_us INTEGER NOT NULL,
    end_us INTEGER NOT NULL,
    until_us INTEGER,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE note (at_us INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL) STRICT;
"""

STATES = [
    SegmentState.OPEN,
    SegmentState.CLOSED,
    SegmentState.REPAIRED,
    SegmentState.DELETED,
    SegmentState.HISTORY,
    SegmentState.REMOTE,
]
STATE_NUMBER = {state: number for number, state in enumerate(STATES)}
CAUSES = {cause.value: cause for cause in GapCause}

_FRAGMENT = struct.Struct("<QIqqIHBIIi")
_PAIR = struct.Struct("<qQI")
_KEY, _DAMAGED = 1, 2


def pack_fragments(fragments: Iterable[Fragment]) -> bytes:
    return b"".join(
        _FRAGMENT.pack(
            part.offset,
            part.size_bytes,
            part.start_us,
            part.start_90k,
            part.duration_90k,
            part.frames,
            (_KEY if part.key else 0) | (_DAMAGED if part.damaged else 0),
            part.inter_bytes,
            part.crc32,
            part.shift_90k,
        )
        for part in fragments
    )


def unpack_fragments(blob: bytes) -> list[Fragment]:
    return [
        Fragment(
            offset=row[0],
            size_bytes=row[1],
            start_us=row[2],
            start_90k=row[3],
            duration_90k=row[4],
            frames=row[5],
            key=bool(row[6] & _KEY),
            damaged=bool(row[6] & _DAMAGED),
            inter_bytes=row[7],
            crc32=row[8],
            shift_90k=row[9],
        )
        for row in _FRAGMENT.iter_unpack(blob)
    ]


def pack_clock(pairs: Iterable[ClockPair]) -> bytes:
    return b"".join(_PAIR.pack(pair.arrival_us, pair.ntp, pair.rtp_90k) for pair in pairs)


def unpack_clock(blob: bytes) -> list[ClockPair]:
    return [ClockPair(arrival_us=row[0], ntp=row[1], rtp_90k=row[2]) for row in _PAIR.iter_unpack(blob)]
