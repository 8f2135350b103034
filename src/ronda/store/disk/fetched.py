"""Footage that was fetched later: rows of segments with an origin, in place of a gap or of parts of it.

Numbers: own segments are below 2^39, fetched ones from there, those of village boxes from 2^40 on. The recorder
counts its own in memory, so whoever else writes needs a range of its own.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import TimeSpan
from ronda.store.disk.rows import camera_number, write_gaps, write_segments
from ronda.video.errors import StorageError
from ronda.video.model import Gap, Origin, SegmentWrite

FIRST_FETCHED_ID: Final = 1 << 39
_END_ID: Final = 1 << 40


def fill(
    db: sqlite3.Connection,
    numbers: dict[str, int],
    gap: Gap,
    writes: Sequence[SegmentWrite],
    rest: Sequence[Gap],
    origin: Origin,
) -> None:
    """Inside a transaction. Raises StorageError when the gap has changed or footage lies where this would."""
    camera = camera_number(db, gap.camera)
    row = db.execute("SELECT end_us FROM gap WHERE camera = ? AND start_us = ?", (camera, gap.start_us)).fetchone()
    if row is None or gap.end_us is None or row[0] != gap.end_us:
        raise StorageError(f"the gap of {gap.camera} has changed since it was looked at; nothing was entered")
    for write in writes:
        span = write.segment.span
        if span.start_us < gap.start_us or span.end_us > gap.end_us or _is_taken(db, camera, span):
            raise StorageError(f"something lies where fetched footage of {gap.camera} would; nothing was entered")
    newest = "SELECT COALESCE(MAX(id), ?) FROM segment WHERE id >= ? AND id < ?"
    first = int(db.execute(newest, (FIRST_FETCHED_ID - 1, FIRST_FETCHED_ID, _END_ID)).fetchone()[0]) + 1
    named = [
        replace(write, segment=replace(write.segment, segment_id=SegmentId(first + number)))
        for number, write in enumerate(writes)
    ]
    write_segments(db, numbers, named)
    db.executemany(
        "INSERT INTO origin (segment, kind, offset_us, uncertainty_us) VALUES (?, ?, ?, ?)",
        [(one.segment.segment_id, origin.kind, origin.offset_us, origin.uncertainty_us) for one in named],
    )
    db.execute("DELETE FROM gap WHERE camera = ? AND start_us = ?", (camera, gap.start_us))
    write_gaps(db, rest)


def _is_taken(db: sqlite3.Connection, camera: int, span: TimeSpan) -> bool:
    found = db.execute(
        "SELECT 1 FROM segment WHERE camera = ? AND state != 3 AND start_us < ? AND end_us > ? LIMIT 1",
        (camera, span.end_us, span.start_us),
    ).fetchone()
    return found is not None


def read_origins(
    read: Callable[[str, tuple[Any, ...]], list[Any]], camera: CameraId, span: TimeSpan
) -> list[tuple[TimeSpan, Origin]]:
    rows = read(
        "SELECT s.start_us, s.end_us, o.kind, o.offset_us, o.uncertainty_us FROM origin o "
        "JOIN segment s ON s.id = o.segment JOIN camera c ON c.id = s.camera "
        "WHERE c.name = ? AND s.start_us < ? AND s.end_us > ? AND s.state != 3 ORDER BY s.start_us",
        (camera, span.end_us, span.start_us),
    )
    return [
        (TimeSpan(start, end), Origin(kind=kind, offset_us=offset, uncertainty_us=uncertain))
        for start, end, kind, offset, uncertain in rows
    ]
