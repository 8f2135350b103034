"""Hints of cameras (motion, tamper) beside the recording index; they go with the footage.

Never the cause of a gap, never a picture; motion is never seen outside an approved case.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.store.disk.rows import camera_number
from ronda.video.model import CameraHint


def write_hints(db: sqlite3.Connection, camera: CameraId, hints: Sequence[CameraHint], keep_from_us: int) -> None:
    """Inside a transaction: the new ones in, those before `keep_from_us` out. The same hint twice is one."""
    number = camera_number(db, camera)
    db.executemany(
        "INSERT OR IGNORE INTO hint (camera, at_us, kind, is_on, topic) VALUES (?, ?, ?, ?, ?)",
        [(number, one.at_us, one.kind, one.on, one.topic) for one in hints],
    )
    db.execute("DELETE FROM hint WHERE camera = ? AND at_us < ?", (number, keep_from_us))


def read_hints(
    read: Callable[[str, tuple[Any, ...]], list[Any]], camera: CameraId, span: TimeSpan
) -> list[CameraHint]:
    rows = read(
        "SELECT h.kind, h.is_on, h.at_us, h.topic FROM hint h JOIN camera c ON c.id = h.camera "
        "WHERE c.name = ? AND h.at_us >= ? AND h.at_us < ? ORDER BY h.at_us",
        (camera, span.start_us, span.end_us),
    )
    return [CameraHint(kind=kind, on=bool(on), at_us=at_us, topic=topic) for kind, on, at_us, topic in rows]


def read_hints_of(
    read: Callable[[str, tuple[Any, ...]], list[Any]], kind: str, since_us: int
) -> list[tuple[CameraId, CameraHint]]:
    """Of every camera, in order of time."""
    rows = read(  # camera by camera along the key: a scan of all hints would be millions of motions
        "SELECT c.name, h.is_on, h.at_us, h.topic FROM camera c CROSS JOIN hint h "
        "ON h.camera = c.id AND h.at_us >= ? AND h.kind = ? ORDER BY h.at_us",
        (since_us, kind),
    )
    return [
        (CameraId(name), CameraHint(kind=kind, on=bool(on), at_us=at_us, topic=topic))
        for name, on, at_us, topic in rows
    ]
