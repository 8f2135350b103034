"""Between rows of the recording index and the values of `ronda.video.model`."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import SECOND_US, TimeSpan
from ronda.store.disk import schema
from ronda.video.model import Gap, Segment, SegmentWrite

JOIN_US = SECOND_US


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


def write_segment(db: sqlite3.Connection, change: SegmentWrite, *, keep_old: bool) -> None:
    """Insert or replace a segment; its new fragments go after the old ones, or in their place."""
    segment = change.segment
    db.execute(
        "INSERT INTO segment (id, camera, start_us, end_us, state, path, size_bytes, frames, sha256, codec, "
        "width_px, height_px, init_bytes, training) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET end_us = excluded.end_us, state = excluded.state, "
        "size_bytes = excluded.size_bytes, frames = excluded.frames, sha256 = excluded.sha256",
        (
            segment.segment_id,
            camera_number(db, segment.camera),
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
        ),
    )
    old = None
    if keep_old:
        old = db.execute(
            "SELECT fragments, clock FROM fragment_table WHERE segment = ?", (segment.segment_id,)
        ).fetchone()
    before = old or (b"", b"")
    db.execute(
        "INSERT OR REPLACE INTO fragment_table (segment, fragments, clock) VALUES (?, ?, ?)",
        (
            segment.segment_id,
            before[0] + schema.pack_fragments(change.new_fragments),
            before[1] + schema.pack_clock(change.new_clock),
        ),
    )


def write_gaps(db: sqlite3.Connection, gaps: Iterable[Gap]) -> None:
    """Insert gaps, or replace those with the same camera and start."""
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
    db.executemany(
        "INSERT OR REPLACE INTO gap (camera, start_us, end_us, cause, evidence, training) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        rows,
    )
