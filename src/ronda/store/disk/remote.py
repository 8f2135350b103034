"""The hub's recording index for cameras that a village box records.

Their rows stand in the same tables as everybody's, in the state REMOTE: known, with hash and size, but
the file is not here. So timelines, gaps, uptime and cases see them without knowing of edges; players and
packages see only what has arrived. Every write is an upsert by camera and start: it may be repeated.
Segment ids of such rows begin at 2^40, far from those that the hub's own recorder counts up.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.store.disk.database import IndexFile
from ronda.store.disk.rows import camera_number, write_gaps
from ronda.store.disk.schema import CAUSES
from ronda.video.model import DISKS, Gap, disk_of

FIRST_REMOTE_ID = 1 << 40
_STATE = {"open": 5, "closed": 5, "repaired": 5, "deleted": 3, "history": 4}
_LONGEST_US = 24 * 3600 * 1_000_000
_TAKEN_OFF = "planned_off: taken off the list%"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSegment:
    """What the hub knows of a segment of an edge camera. here: the file has arrived."""

    camera: CameraId
    start_us: int
    end_us: int
    path: str
    size_bytes: int
    sha256: str | None  # None: it is still being recorded
    here: bool
    gone: bool


class RemoteIndex(IndexFile):
    """See the module."""

    def project(self, rows: Iterable[tuple[str, str]]) -> int:
        """Take up (kind, body) rows of an edge; gives how many were understood."""
        taken = 0
        with self._writing() as db:
            for kind, text in rows:
                body = json.loads(text)
                if kind == "segment":
                    _project_segment(db, body)
                elif kind == "gap" and body["cause"] in CAUSES:
                    _project_gap(db, body)
                taken += 1
        return taken

    def segments_of(self, camera: CameraId, span: TimeSpan) -> list[RemoteSegment]:
        """Every segment of an edge camera that overlaps `span`, deleted ones too, in order."""
        rows = self._read(
            "SELECT s.start_us, s.end_us, s.path, s.size_bytes, s.sha256, s.state FROM segment s "
            "JOIN camera c ON c.id = s.camera WHERE c.name = ? AND s.start_us < ? AND s.start_us > ? "
            "AND s.end_us > ? AND s.id >= ? ORDER BY s.start_us",
            (camera, span.end_us, span.start_us - _LONGEST_US, span.start_us, FIRST_REMOTE_ID),
        )
        return [
            RemoteSegment(
                camera=camera,
                start_us=row[0],
                end_us=row[1],
                path=row[2],
                size_bytes=row[3],
                sha256=None if row[4] is None else row[4].hex(),
                here=row[5] in (1, 2),
                gone=row[5] == 3,
            )
            for row in rows
        ]

    def arrived(self, camera: CameraId, start_us: int, fragments: bytes, clock: bytes) -> bool:
        """The file lies in the footage folder now: the row is one like any other. False: no such row."""
        with self._writing() as db:
            row = db.execute(
                "SELECT s.id, s.state FROM segment s JOIN camera c ON c.id = s.camera "
                "WHERE c.name = ? AND s.start_us = ? AND s.id >= ?",
                (camera, start_us, FIRST_REMOTE_ID),
            ).fetchone()
            if row is None:
                return False
            db.execute(
                "INSERT OR REPLACE INTO fragment_table (segment, fragments, clock) VALUES (?, ?, ?)",
                (row[0], fragments, clock),
            )
            db.execute("UPDATE segment SET state = 1, file_gone = 0 WHERE id = ?", (row[0],))
            return True

    def live_holds(
        self, cameras: Sequence[CameraId], now_us: int
    ) -> list[tuple[str, str, int, int, int | None, str]]:
        """(id, camera, from, to, until, reason) of every hold on these cameras that has not run out."""
        marks = ",".join("?" * len(cameras))
        return [
            (row[0], row[1], row[2], row[3], row[4], row[5])
            for row in self._read(
                "SELECT h.id, c.name, h.start_us, h.end_us, h.until_us, h.reason FROM hold h "  # noqa: S608
                f"JOIN camera c ON c.id = h.camera WHERE c.name IN ({marks}) "
                "AND (h.until_us IS NULL OR h.until_us > ?) ORDER BY h.id",
                (*cameras, now_us),
            )
        ]


def _project_segment(db: sqlite3.Connection, body: Mapping[str, Any]) -> None:
    number, start_us = camera_number(db, CameraId(body["camera"])), int(body["start_us"])
    state = _STATE[body["state"]]
    sha256 = None if body["sha256"] is None else bytes.fromhex(body["sha256"])
    found = db.execute(
        "SELECT id, state FROM segment WHERE camera = ? AND start_us = ? AND id >= ?",
        (number, start_us, FIRST_REMOTE_ID),
    ).fetchone()
    if found is not None and found[1] in (1, 2):
        return  # its file is here: what becomes of the edge's copy does not change ours
    facts = (int(body["end_us"]), state, _here(str(body["path"])), int(body["size"]), int(body["frames"]), sha256)
    if found is not None:
        db.execute(
            "UPDATE segment SET end_us = ?, state = ?, path = ?, size_bytes = ?, frames = ?, sha256 = ?, "
            "file_gone = 1 WHERE id = ?",
            (*facts, found[0]),
        )
        return
    (last,) = db.execute("SELECT coalesce(max(id), 0) FROM segment").fetchone()
    db.execute(
        "INSERT INTO segment (id, camera, start_us, end_us, state, path, size_bytes, frames, sha256, codec, "
        "width_px, height_px, init_bytes, training, file_gone) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
        (
            max(FIRST_REMOTE_ID, int(last) + 1), number, start_us, *facts, body["codec"],
            int(body["width"]), int(body["height"]), int(body["init"]), int(body["training"]),
        ),
    )  # fmt: skip
    # The hub's own recorder may have written that it no longer records this camera: here it goes on.
    db.execute(
        "UPDATE gap SET end_us = ? WHERE camera = ? AND end_us IS NULL AND start_us < ? AND evidence LIKE ?",
        (start_us, number, start_us, _TAKEN_OFF),
    )


def _here(path: str) -> str:
    """The path below our footage folder: which of its own disks the box used is nothing to us."""
    number = disk_of(path)
    return path.removeprefix(f"{DISKS}{number}/") if number else path


def _project_gap(db: sqlite3.Connection, body: Mapping[str, Any]) -> None:
    end_us = body["end_us"]
    write_gaps(
        db,
        [
            Gap(
                camera=CameraId(body["camera"]),
                start_us=int(body["start_us"]),
                end_us=None if end_us is None else int(end_us),
                cause=CAUSES[body["cause"]],
                evidence=str(body["evidence"]),
                training=bool(body["training"]),
            )
        ],
    )
