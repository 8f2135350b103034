"""What retention, the scrub and the ledger's corrections ask of the recording index.

Invariant: rows become "deleted" only in a transaction that looks at the holds, so retention cannot delete
what a hold locked a moment before; open segments are never taken.
"""

# ruff: noqa: S608 - all statements are put together from the fixed texts of this module
import sqlite3
from collections.abc import Collection, Iterator, Sequence

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import TimeSpan
from ronda.store.disk.database import IndexFile
from ronda.store.disk.rows import SEGMENT, read_segment
from ronda.store.disk.schema import CAUSES
from ronda.video.model import GapBefore, GapCause, Note, Segment

_FROM = f"SELECT {SEGMENT} FROM segment s JOIN camera c ON c.id = s.camera "
_NOT_HELD = (
    # a hold on a camera keeps its second stream too: it may be all there is of a moment
    "NOT EXISTS (SELECT 1 FROM hold h WHERE h.camera IN (s.camera, (SELECT k.id FROM camera k, camera x "
    "WHERE x.id = s.camera AND x.name LIKE '%~sub' AND k.name = substr(x.name, 1, length(x.name) - 4))) "
    "AND h.start_us < s.end_us "
    "AND s.start_us < h.end_us AND (h.until_us IS NULL OR h.until_us > :now))"
)
_CAMERA = "(SELECT id FROM camera WHERE name = :camera)"


class KeepingIndex(IndexFile):
    """See the module."""

    # -- retention -------------------------------------------------------------------------------

    def take_due(
        self, *, camera: CameraId | None, before_us: int, now_us: int, limit: int, after_us: int = -1
    ) -> list[Segment]:
        which = f"s.camera = {_CAMERA}" if camera else "s.disk >= 0"
        with self._writing() as db:
            rows = db.execute(
                f"{_FROM}WHERE s.state IN (1, 2) AND s.end_us > :after AND s.end_us <= :before AND {which} "
                f"AND {_NOT_HELD} ORDER BY s.end_us LIMIT :limit",
                {"before": before_us, "after": after_us, "camera": camera, "now": now_us, "limit": limit},
            ).fetchall()
            _mark_deleted(db, rows)
        return [read_segment(row) for row in rows]

    def take(self, segment_ids: Sequence[SegmentId], now_us: int) -> list[Segment]:
        """Mark these as deleted, but those that are held, open or deleted by now; gives those taken."""
        with self._writing() as db:
            rows = [
                row
                for one in segment_ids
                for row in db.execute(
                    f"{_FROM}WHERE s.id = :id AND s.state IN (1, 2) AND {_NOT_HELD}", {"id": one, "now": now_us}
                )
            ]
            _mark_deleted(db, rows)
        return [read_segment(row) for row in rows]

    def oldest(
        self, *, camera: CameraId | None, disks: Collection[int], after_us: int, now_us: int, limit: int
    ) -> list[Segment]:
        """Closed footage on these disks that is not held and ends after `after_us`, in order of its end."""
        found: list[Segment] = []
        if camera is not None:
            places = [f"s.camera = {_CAMERA} AND s.disk IN ({_numbers(disks)})"]
        else:
            places = [f"s.disk = {int(disk)}" for disk in disks]  # each read along its own index
        for which in places:
            rows = self._read(
                f"{_FROM}WHERE s.state IN (1, 2) AND {which} AND s.end_us > :after AND {_NOT_HELD} "
                "ORDER BY s.end_us LIMIT :limit",
                {"camera": camera, "after": after_us, "now": now_us, "limit": limit},
            )
            found += [read_segment(row) for row in rows]
        return sorted(found, key=lambda one: one.span.end_us)[:limit]

    def unneeded_sub_streams(self, *, disks: Collection[int], now_us: int, limit: int) -> list[Segment]:
        """Sub-stream footage whose whole time the main stream holds too, in one or two segments; oldest first."""
        found: list[Segment] = []
        for (name,) in self._read("SELECT name FROM camera WHERE name LIKE '%~sub'"):  # each along its own index
            rows = self._read(
                f"{_FROM}WHERE s.camera = {_CAMERA} AND s.state IN (1, 2) AND s.disk IN ({_numbers(disks)}) "
                f"AND {_NOT_HELD} AND coalesce((SELECT sum(min(m.end_us, s.end_us) - max(m.start_us, s.start_us)) "
                "FROM segment m WHERE m.camera = (SELECT id FROM camera WHERE name = :main) "
                "AND m.state IN (0, 1, 2) AND m.damaged = 0 AND m.start_us < s.end_us "
                "AND m.start_us > s.start_us - 600000000 AND m.end_us > s.start_us), 0) >= s.end_us - s.start_us "
                "ORDER BY s.end_us LIMIT :limit",
                {"camera": name, "main": name.removesuffix("~sub"), "now": now_us, "limit": limit},
            )
            found += [read_segment(row) for row in rows]
        return sorted(found, key=lambda one: one.span.end_us)[:limit]

    def drop_history(self, camera: CameraId, before_us: int) -> int:
        """Forget history rows that end before `before_us`; gives how many."""
        with self._writing() as db:
            return db.execute(
                f"DELETE FROM segment WHERE state = 4 AND end_us <= :before AND camera = {_CAMERA}",
                {"before": before_us, "camera": camera},
            ).rowcount

    def files_to_remove(self, limit: int, disks: Collection[int] | None = None) -> list[Segment]:
        """Deleted segments whose file is not known to be gone; with `disks` only those on them."""
        which = "" if disks is None else f"AND s.disk IN ({_numbers(disks)}) "
        rows = self._read(f"{_FROM}WHERE s.state = 3 AND s.file_gone = 0 {which}LIMIT ?", (limit,))
        return [read_segment(row) for row in rows]

    def files_removed(self, segment_ids: Sequence[SegmentId]) -> None:
        ids = [(one,) for one in segment_ids]
        with self._writing() as db:
            db.executemany("UPDATE segment SET file_gone = 1 WHERE id = ?", ids)
            db.executemany("DELETE FROM fragment_table WHERE segment = ?", ids)
            db.executemany("DELETE FROM part WHERE segment = ?", ids)

    def bytes_since(self, since_us: int) -> dict[CameraId, tuple[int, int]]:
        rows = self._read(  # the cross join keeps the order: camera by camera along the index by time
            "SELECT c.name, sum(s.size_bytes), sum(s.end_us - s.start_us) FROM camera c CROSS JOIN segment s "
            "ON s.camera = c.id AND s.start_us >= ? WHERE s.state IN (0, 1, 2) GROUP BY c.id",
            (since_us,),
        )
        return {CameraId(row[0]): (int(row[1]), int(row[2])) for row in rows}

    def stored(self) -> tuple[int, int]:
        """Bytes and number of all closed segments."""
        rows = self._read("SELECT coalesce(sum(bytes), 0), coalesce(sum(segments), 0) FROM stored")
        return int(rows[0][0]), int(rows[0][1])

    def oldest_us(self) -> dict[CameraId, int]:
        """For each camera, when its oldest footage that is still there ended."""
        rows = self._read(
            "SELECT c.name, (SELECT s.end_us FROM segment s WHERE s.camera = c.id AND s.state IN (1, 2) "
            "ORDER BY s.end_us LIMIT 1) FROM camera c"
        )
        return {CameraId(row[0]): int(row[1]) for row in rows if row[1] is not None}

    # -- the scrub and `ronda check` -------------------------------------------------------------

    def closed_after(self, segment_id: int, limit: int) -> list[Segment]:
        """Closed segments with a higher number, in order: the scrub's way through all footage."""
        rows = self._read(f"{_FROM}WHERE s.id > ? AND s.state IN (1, 2) ORDER BY s.id LIMIT ?", (segment_id, limit))
        return [read_segment(row) for row in rows]

    def mark_damaged(self, segment_id: SegmentId, note: Note, *, damaged: bool = True) -> None:
        """The segment's bytes are not those that were written, or are again; the note says what is affected."""
        with self._writing() as db:
            db.execute("UPDATE segment SET damaged = ? WHERE id = ?", (int(damaged), segment_id))
            db.execute("INSERT INTO note (at_us, kind, text) VALUES (?, ?, ?)", (note.at_us, note.kind, note.text))

    def damaged(self) -> list[Segment]:
        """Segments that are there and marked as damaged."""
        rows = self._read(f"{_FROM}WHERE s.damaged = 1 AND s.state IN (1, 2) ORDER BY s.id")
        return [read_segment(row) for row in rows]

    def all_segments(self) -> Iterator[Segment]:
        """Every row that should have a file, in order of its id; for `ronda check`."""
        after = 0
        while True:
            rows = self._read(f"{_FROM}WHERE s.id > ? AND s.state IN (0, 1, 2) ORDER BY s.id LIMIT 1000", (after,))
            if not rows:
                return
            yield from (read_segment(row) for row in rows)
            after = rows[-1][0]

    # -- gaps that are named better later --------------------------------------------------------

    def restate_gap(
        self, camera: CameraId, start_us: int, cause: GapCause, evidence: str, *, at_us: int = 0
    ) -> bool:
        """Name another cause when better evidence comes; what was said before stays as history, dated `at_us`.

        False: there is no gap of this camera that begins then; nothing was changed.
        """
        key = {"camera": camera, "start": start_us, "at": at_us, "cause": cause.value, "evidence": evidence}
        where = f"WHERE camera = {_CAMERA} AND start_us = :start"
        with self._writing() as db:
            kept = db.execute(
                "INSERT OR IGNORE INTO gap_before (camera, start_us, at_us, cause, evidence) "
                f"SELECT camera, start_us, :at, cause, evidence FROM gap {where}",
                key,
            ).rowcount
            changed = db.execute(f"UPDATE gap SET cause = :cause, evidence = :evidence {where}", key)
            return kept >= 0 and changed.rowcount == 1

    def gap_history(self, camera: CameraId, span: TimeSpan) -> list[GapBefore]:
        """What gaps that begin within `span` were said to be before, oldest statement first."""
        rows = self._read(
            "SELECT b.start_us, b.at_us, b.cause, b.evidence FROM gap_before b JOIN camera c ON c.id = b.camera "
            "WHERE c.name = ? AND b.start_us >= ? AND b.start_us < ? ORDER BY b.start_us, b.at_us",
            (camera, span.start_us, span.end_us),
        )
        return [
            GapBefore(camera=camera, start_us=row[0], until_us=row[1], cause=CAUSES[row[2]], evidence=row[3])
            for row in rows
        ]


def _mark_deleted(db: sqlite3.Connection, rows: Sequence[Sequence[int]]) -> None:
    db.executemany("UPDATE segment SET state = 3 WHERE id = ?", [(row[0],) for row in rows])


def _numbers(disks: Collection[int]) -> str:
    return ",".join(str(int(disk)) for disk in disks) or "NULL"
