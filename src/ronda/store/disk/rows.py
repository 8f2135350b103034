"""Between rows of the recording index and the values of `ronda.video.model`."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from ronda.core.ids import CameraId, SegmentId, is_sub_stream
from ronda.core.time import SECOND_US, TimeSpan
from ronda.store.disk import schema
from ronda.store.disk.packing import compact, pack_clock, pack_rows, rows_of
from ronda.video.model import Gap, Segment, SegmentGrowth, SegmentState, SegmentWrite, disk_of

JOIN_US = SECOND_US
SEGMENT = (  # columns that `read_segment` takes, of `segment s JOIN camera c`
    "s.id, c.name, s.start_us, s.end_us, s.state, s.path, s.size_bytes, s.frames, s.sha256, s.codec, "
    "s.width_px, s.height_px, s.init_bytes, s.training, s.damaged"
)


def read_segment(row: Any) -> Segment:
    return Segment(
        segment_id=SegmentId(row[0]),
        camera=CameraId(row[1]),
        span=TimeSpan(row[2], max(row[2], row[3])),
        state=schema.STATES[row[4]],
        path=row[5],
        size_bytes=row[6],
        frames=row[7],
        sha256=None if row[8] is None else row[8].hex(),
        codec=row[9],
        width_px=row[10],
        height_px=row[11],
        init_bytes=row[12],
        training=bool(row[13]),
        damaged=bool(row[14]),
        sub=is_sub_stream(CameraId(row[1])),
    )


def read_gap(row: Any) -> Gap:
    return Gap(
        camera=CameraId(row[0]),
        start_us=row[1],
        end_us=row[2],
        cause=schema.CAUSES[row[3]],
        evidence=row[4],
        training=bool(row[5]),
    )


def join_spans(rows: Iterable[tuple[int, int]]) -> list[TimeSpan]:
    """Rows of (start, end) in order of their start, joined where they touch within a second."""
    joined: list[TimeSpan] = []
    start, end = 0, -1
    for row_start, row_end in rows:
        if end >= 0 and row_start <= end + JOIN_US:
            end = max(end, row_end)
            continue
        if end >= 0:
            joined.append(TimeSpan(start, end))
        start, end = row_start, max(row_start, row_end)
    if end >= 0:
        joined.append(TimeSpan(start, end))
    return joined


def camera_number(db: sqlite3.Connection, camera: CameraId) -> int:
    """The row number of a camera, made when it is new. Inside a transaction."""
    found = db.execute("SELECT id FROM camera WHERE name = ?", (camera,)).fetchone()
    if found is not None:
        return int(found[0])
    added = db.execute("INSERT INTO camera (name) VALUES (?)", (camera,)).lastrowid
    return int(added or 0)


_WRITE = (
    "INSERT INTO segment (id, camera, start_us, end_us, state, path, size_bytes, frames, sha256, codec, "
    "width_px, height_px, init_bytes, training, disk) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET end_us = excluded.end_us, state = excluded.state, "
    "size_bytes = excluded.size_bytes, frames = excluded.frames, sha256 = excluded.sha256"
)
_APPEND = "INSERT OR REPLACE INTO part (segment, first_byte, fragments, clock) VALUES (?, ?, ?, ?)"
_GROW = "UPDATE segment SET end_us = ?, size_bytes = ?, frames = ? WHERE id = ?"
_ROWS = (
    "SELECT 0, 0, fragments, clock FROM fragment_table WHERE segment = ?1 UNION ALL "
    "SELECT 1, first_byte, fragments, clock FROM part WHERE segment = ?1 ORDER BY 1, 2"
)
_TABLE = "INSERT OR REPLACE INTO fragment_table (segment, fragments, clock) VALUES (?, ?, ?)"


def write_segments(db: sqlite3.Connection, numbers: dict[str, int], changes: Sequence[SegmentWrite]) -> None:
    """Insert or update segments; new fragments go after the old ones. Those that are open no more are compacted.

    numbers: row numbers of cameras that are known already; new ones are added to it
    """
    db.executemany(_WRITE, [_segment_row(db, numbers, change.segment) for change in changes])
    parts = [
        (
            change.segment.segment_id,
            change.new_fragments[0].offset if change.new_fragments else change.segment.size_bytes,
            pack_rows(change.new_fragments),
            pack_clock(change.new_clock),
        )
        for change in changes
        if change.new_fragments or change.new_clock
    ]
    db.executemany(_APPEND, parts)
    done = [change.segment.segment_id for change in changes if change.segment.state is not SegmentState.OPEN]
    if done:
        db.executemany(_TABLE, [(one, *_whole_table(db, one)) for one in done])
        db.executemany("DELETE FROM part WHERE segment = ?", [(one,) for one in done])


def grow_segments(db: sqlite3.Connection, changes: Sequence[SegmentGrowth]) -> int:
    """Bring up rows of open segments; new fragments go after the old ones. Gives how many rows were there."""
    if not changes:
        return 0
    found = db.executemany(_GROW, [(end, size, frames, number) for number, end, size, frames, _, _ in changes])
    parts = [
        (number, fragments[0].offset if fragments else size, pack_rows(fragments), pack_clock(clock))
        for number, _, size, _, fragments, clock in changes
    ]
    db.executemany(_APPEND, parts)
    return found.rowcount


def replace_segment(db: sqlite3.Connection, numbers: dict[str, int], change: SegmentWrite) -> None:
    """Insert or update a segment whose fragments stand in the place of all old ones."""
    number = change.segment.segment_id
    db.execute("DELETE FROM part WHERE segment = ?", (number,))
    db.execute("DELETE FROM fragment_table WHERE segment = ?", (number,))
    write_segments(db, numbers, [change])


def read_rows(db: sqlite3.Connection, segment_id: int) -> tuple[bytes, bytes]:
    """The packed fragments (either form) and clock pairs of a segment, open or not."""
    found = db.execute(_ROWS, (segment_id,)).fetchall()  # one statement, so one state of the file
    if len(found) < 2:
        return (found[0][2], found[0][3]) if found else (b"", b"")
    # a table and parts together: an index of version 1 was brought up while the segment was open
    return b"".join([rows_of(row[2]) for row in found]), b"".join([row[3] for row in found])


def _whole_table(db: sqlite3.Connection, segment_id: int) -> tuple[bytes, bytes]:
    fragments, clock = read_rows(db, segment_id)
    return compact(rows_of(fragments)), clock


def _segment_row(db: sqlite3.Connection, numbers: dict[str, int], segment: Segment) -> tuple[object, ...]:
    number = numbers.get(segment.camera)
    if number is None:
        number = numbers[segment.camera] = camera_number(db, segment.camera)
    return (
        segment.segment_id,
        number,
        segment.span.start_us,
        segment.span.end_us,
        schema.STATE_NUMBER[segment.state],
        segment.path,
        segment.size_bytes,
        segment.frames,
        None if segment.sha256 is None else bytes.fromhex(segment.sha256),
        segment.codec,
        segment.width_px,
        segment.height_px,
        segment.init_bytes,
        int(segment.training),
        disk_of(segment.path),
    )


# What a person or better evidence said of a gap stays when the recorder ends it.
_GAP = """
INSERT INTO gap (camera, start_us, end_us, cause, evidence, training) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (camera, start_us) DO UPDATE SET end_us = excluded.end_us, training = excluded.training,
cause = CASE WHEN EXISTS (SELECT 1 FROM gap_before b WHERE b.camera = gap.camera AND b.start_us = gap.start_us)
    THEN gap.cause ELSE excluded.cause END,
evidence = CASE WHEN EXISTS (SELECT 1 FROM gap_before b WHERE b.camera = gap.camera AND b.start_us = gap.start_us)
    THEN gap.evidence ELSE excluded.evidence END
"""


def write_gaps(db: sqlite3.Connection, gaps: Iterable[Gap]) -> None:
    """Insert gaps, or bring up those with the same camera and start; a cause that was restated stays."""
    numbers: dict[CameraId, int] = {}
    rows = []
    for gap in gaps:
        if gap.camera not in numbers:
            numbers[gap.camera] = camera_number(db, gap.camera)
        rows.append(
            (
                numbers[gap.camera],
                gap.start_us,
                gap.end_us,
                gap.cause.value,
                gap.evidence,
                int(gap.training),
            )
        )
    db.executemany(_GAP, rows)
