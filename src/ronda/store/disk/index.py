"""The recording index: one SQLite file beside the footage (WAL, synchronous FULL).

Implements `ronda.video.ports`. Each method is one transaction; writes begin IMMEDIATE, so that what
they read is what they decide on: retention cannot delete what a hold locked a moment before.
Several threads and processes may use the file (`database`).
"""

import sqlite3
from collections.abc import Iterable, Sequence

from ronda.core.errors import WrongUsageError
from ronda.core.ids import CameraId, HoldId, SegmentId
from ronda.core.time import TimeSpan, uncovered
from ronda.evidence.machine_clock import NEAR_US, ClockReading, read_text
from ronda.store.disk.fetched import FIRST_FETCHED_ID, fill, read_origins
from ronda.store.disk.hints import read_hints, read_hints_of, write_hints
from ronda.store.disk.keeping import KeepingIndex
from ronda.store.disk.packing import unpack_clock, unpack_fragments
from ronda.store.disk.rows import (
    SEGMENT,
    camera_number,
    grow_segments,
    join_spans,
    read_gap,
    read_rows,
    read_segment,
    replace_segment,
    write_gaps,
    write_segments,
)
from ronda.video.errors import StorageError
from ronda.video.model import (
    CameraHint,
    ClockPair,
    Fragment,
    Gap,
    Hold,
    Note,
    Origin,
    Segment,
    SegmentGrowth,
    SegmentWrite,
)
from ronda.video.record.kernel_clock import NOTE_KIND

# Rows of one camera do not overlap but for its sub stream and what a village box sent: the few rows that
# begin at or before an instant hold the one that reaches into it, however long the index is.
_FROM = (
    "coalesce((SELECT min(start_us) FROM (SELECT start_us FROM segment WHERE camera = c.id AND start_us <= ? "
    "ORDER BY start_us DESC LIMIT 8)), 0)"
)


class SqliteIndex(KeepingIndex):
    """See the module."""

    # -- reading ---------------------------------------------------------------------------------

    def cameras(self) -> list[CameraId]:
        return [CameraId(row[0]) for row in self._read("SELECT name FROM camera ORDER BY name")]

    def segments(self, camera: CameraId, span: TimeSpan) -> list[Segment]:
        rows = self._read(
            f"SELECT {SEGMENT} FROM segment s JOIN camera c ON c.id = s.camera "  # noqa: S608 - fixed text
            f"WHERE c.name = ? AND s.start_us < ? AND s.start_us >= {_FROM} AND s.end_us > ? AND s.state != 3 "
            "ORDER BY s.start_us",
            (camera, span.end_us, span.start_us, span.start_us),
        )
        return [read_segment(row) for row in rows]

    def segment(self, segment_id: SegmentId) -> Segment | None:
        rows = self._read(
            f"SELECT {SEGMENT} FROM segment s JOIN camera c ON c.id = s.camera WHERE s.id = ?",  # noqa: S608
            (segment_id,),
        )
        return read_segment(rows[0]) if rows else None

    def fragments(self, segment_id: SegmentId) -> list[Fragment]:
        return self._unpacked(segment_id, self._rows(segment_id)[0])

    def clock_pairs(self, segment_id: SegmentId) -> list[ClockPair]:
        try:
            return unpack_clock(self._rows(segment_id)[1])
        except ValueError as fault:
            raise self._rotten(segment_id, fault) from fault

    def gaps(self, camera: CameraId, span: TimeSpan) -> list[Gap]:
        rows = self._read(
            "SELECT c.name, g.start_us, g.end_us, g.cause, g.evidence, g.training FROM gap g "
            "JOIN camera c ON c.id = g.camera WHERE c.name = ? AND g.start_us < ? "
            "AND (g.end_us IS NULL OR g.end_us > ?) ORDER BY g.start_us",
            (camera, span.end_us, span.start_us),
        )
        return [read_gap(row) for row in rows]

    def recorded(self, camera: CameraId, span: TimeSpan) -> list[TimeSpan]:
        """Footage and history rows, joined where they touch, without the gaps declared inside."""
        return self._recorded(camera, span, "AND s.state != 3 ")

    def was_recorded(self, camera: CameraId, span: TimeSpan) -> list[TimeSpan]:
        """The same with what retention has deleted since: for the ledger, which outlives the footage."""
        return self._recorded(camera, span, "")

    def _recorded(self, camera: CameraId, span: TimeSpan, which: str) -> list[TimeSpan]:
        rows = self._read(
            "SELECT s.start_us, s.end_us FROM segment s JOIN camera c ON c.id = s.camera "  # noqa: S608 - fixed text
            f"WHERE c.name = ? AND s.start_us < ? AND s.start_us >= {_FROM} AND s.end_us > ? {which}"
            "ORDER BY s.start_us",
            (camera, span.end_us, span.start_us, span.start_us),
        )
        joined = join_spans(rows)
        gaps = [
            TimeSpan(gap.start_us, max(gap.start_us, gap.end_us if gap.end_us is not None else span.end_us))
            for gap in self.gaps(camera, span)
        ]
        parts = [part for found in joined if (part := found.cut_to(span)) is not None]
        return [whole for part in parts for whole in uncovered(part, gaps)]

    def clock_readings(self, span: TimeSpan) -> list[ClockReading]:
        notes = self.notes(TimeSpan(max(0, span.start_us - NEAR_US), span.end_us))
        found = [read_text(note.text) for note in notes if note.kind == NOTE_KIND]
        return [one for one in found if one is not None]

    def notes(self, span: TimeSpan) -> list[Note]:
        rows = self._read(
            "SELECT at_us, kind, text FROM note WHERE at_us >= ? AND at_us < ? ORDER BY at_us",
            (span.start_us, span.end_us),
        )
        return [Note(at_us=row[0], kind=row[1], text=row[2]) for row in rows]

    def _rows(self, segment_id: SegmentId) -> tuple[bytes, bytes]:
        try:
            return read_rows(self._connection(), segment_id)
        except sqlite3.DatabaseError as fault:
            raise self._unusable(fault) from fault

    def _unpacked(self, segment_id: SegmentId, blob: bytes) -> list[Fragment]:
        try:
            return unpack_fragments(blob)
        except ValueError as fault:
            raise self._rotten(segment_id, fault) from fault

    def _rotten(self, segment_id: SegmentId, fault: ValueError) -> StorageError:
        return StorageError(
            f"the recording index {self.path} is damaged at segment {segment_id} ({fault}); its footage file is "
            "not touched. Next: run `ronda check`, and look after the disk"
        )

    # -- the recorder ----------------------------------------------------------------------------

    def next_segment_id(self) -> SegmentId:
        own = "SELECT COALESCE(MAX(id), 0) + 1 FROM segment WHERE id < ?"  # above: fetched, and of village boxes
        return SegmentId(self._read(own, (FIRST_FETCHED_ID,))[0][0])

    def write(
        self,
        *,
        segments: Sequence[SegmentWrite] = (),
        grown: Sequence[SegmentGrowth] = (),
        gaps: Sequence[Gap] = (),
        notes: Sequence[Note] = (),
    ) -> None:
        with self._writing() as db:
            write_segments(db, self._cameras(), segments)
            if grow_segments(db, grown) != len(grown):
                raise StorageError(
                    f"{self.path} no longer has every segment that is being recorded. It may have been replaced; "
                    "recording goes on in new segments. Next: run `ronda check`"
                )
            write_gaps(db, gaps)
            db.executemany(
                "INSERT INTO note (at_us, kind, text) VALUES (?, ?, ?)",
                [(note.at_us, note.kind, note.text) for note in notes],
            )

    def fill(self, gap: Gap, writes: list[SegmentWrite], rest: list[Gap], origin: Origin) -> None:
        """Fetched footage in place of a gap, or of parts of it. Raises StorageError; nothing is changed then."""
        with self._writing() as db:
            fill(db, self._cameras(), gap, writes, rest, origin)

    def write_hints(self, camera: CameraId, hints: Sequence[CameraHint], keep_from_us: int) -> None:
        """Keep what a camera believed it saw; older hints than `keep_from_us` go."""
        with self._writing() as db:
            write_hints(db, camera, hints, keep_from_us)

    def hints_of(self, kind: str, since_us: int) -> list[tuple[CameraId, CameraHint]]:
        """Hints of one kind of every camera, in order of time."""
        return read_hints_of(self._read, kind, since_us)

    def hints(self, camera: CameraId, span: TimeSpan) -> list[CameraHint]:
        """In order of time. Hints, never causes."""
        return read_hints(self._read, camera, span)

    def origins(self, camera: CameraId, span: TimeSpan) -> list[tuple[TimeSpan, Origin]]:
        """Which footage was fetched later, and from where; all other was recorded as it came."""
        return read_origins(self._read, camera, span)

    def replace_fragments(self, write: SegmentWrite) -> None:
        with self._writing() as db:
            replace_segment(db, self._cameras(), write)

    def unfinished(self) -> list[Segment]:
        rows = self._read(
            f"SELECT {SEGMENT} FROM segment s JOIN camera c ON c.id = s.camera "  # noqa: S608
            "WHERE s.state = 0 ORDER BY s.start_us"
        )
        return [read_segment(row) for row in rows]

    def open_gap(self, camera: CameraId) -> Gap | None:
        rows = self._read(
            "SELECT c.name, g.start_us, g.end_us, g.cause, g.evidence, g.training FROM gap g "
            "JOIN camera c ON c.id = g.camera WHERE c.name = ? AND g.end_us IS NULL "
            "ORDER BY g.start_us DESC LIMIT 1",
            (camera,),
        )
        return read_gap(rows[0]) if rows else None

    def first_us(self, camera: CameraId) -> int | None:
        """Where the camera's account begins: its first segment, deleted ones too, or gap row."""
        rows = self._read(
            "SELECT MIN(at) FROM (SELECT MIN(s.start_us) AS at FROM segment s JOIN camera c ON c.id = s.camera "
            "WHERE c.name = ?1 UNION ALL SELECT MIN(g.start_us) FROM gap g JOIN camera c ON c.id = g.camera "
            "WHERE c.name = ?1)",
            (camera,),
        )
        return None if rows[0][0] is None else int(rows[0][0])

    def last_end_us(self, camera: CameraId | None = None) -> int | None:
        if camera is None:
            ends = [end for name in self.cameras() if (end := self.last_end_us(name)) is not None]
            return max(ends, default=None)
        rows = self._read(
            "SELECT s.end_us FROM segment s JOIN camera c ON c.id = s.camera "
            "WHERE c.name = ? ORDER BY s.start_us DESC LIMIT 1",
            (camera,),
        )
        return int(rows[0][0]) if rows else None

    def last_dated_us(self) -> int | None:
        """The last instant that any row of footage or of a gap names."""
        rows = self._read("SELECT max(max(start_us), coalesce(max(end_us), 0)) FROM gap")
        named = [one for one in (rows[0][0], self.last_end_us()) if one is not None]
        return max(named, default=None)

    def last_frame_us(self, camera: CameraId) -> int | None:
        rows = self._read(
            "SELECT s.end_us, s.id FROM segment s JOIN camera c ON c.id = s.camera "
            "WHERE c.name = ? ORDER BY s.start_us DESC LIMIT 1",
            (camera,),
        )
        if not rows:
            return None
        end_us, segment_id = rows[0]
        fragments = self.fragments(SegmentId(segment_id))
        if not fragments:
            return int(end_us)
        last = fragments[-1]
        return last.start_us + last.duration_90k * (last.frames - 1) // last.frames * 100 // 9

    def fact(self, name: str) -> str | None:
        rows = self._read("SELECT value FROM fact WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def set_fact(self, name: str, value: str) -> None:
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", (name, value))

    # -- holds -----------------------------------------------------------------------------------

    def place_hold(self, hold: Hold) -> None:
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO hold (id, camera, start_us, end_us, until_us, reason) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (
                    hold.hold_id,
                    camera_number(db, hold.camera),
                    hold.span.start_us,
                    hold.span.end_us,
                    hold.until_us,
                    hold.reason,
                ),
            )

    def end_hold(self, hold_id: HoldId, until_us: int) -> None:
        with self._writing() as db:
            changed = db.execute("UPDATE hold SET until_us = ? WHERE id = ?", (until_us, hold_id))
            if changed.rowcount != 1:
                raise WrongUsageError(f"there is no hold {hold_id!r}; nothing was changed")

    def holds(self, camera: CameraId, span: TimeSpan) -> Sequence[Hold]:
        rows = self._read(
            "SELECT h.id, c.name, h.start_us, h.end_us, h.until_us, h.reason FROM hold h "
            "JOIN camera c ON c.id = h.camera WHERE c.name = ? AND h.start_us < ? AND h.end_us > ? "
            "ORDER BY h.start_us, h.id",
            (camera, span.end_us, span.start_us),
        )
        return [
            Hold(
                hold_id=HoldId(row[0]),
                camera=CameraId(row[1]),
                span=TimeSpan(row[2], row[3]),
                until_us=row[4],
                reason=row[5],
            )
            for row in rows
        ]

    # -- training history ------------------------------------------------------------------------

    def add_history(self, camera: CameraId, spans: Iterable[TimeSpan], gaps: Iterable[Gap] = ()) -> int:
        """Training rows without a picture, many at once, in one transaction. Gives how many.

        A span must be shorter than a day. About 200,000 rows a second.
        """
        with self._writing() as db:
            number = camera_number(db, camera)
            added = db.executemany(
                "INSERT INTO segment (camera, start_us, end_us, state, path, size_bytes, frames, sha256, "
                "codec, width_px, height_px, init_bytes, training) "
                "VALUES (?, ?, ?, 4, '', 0, 0, NULL, '', 0, 0, 0, 1)",
                ((number, span.start_us, span.end_us) for span in spans),
            ).rowcount
            write_gaps(db, gaps)
        return max(added, 0)
