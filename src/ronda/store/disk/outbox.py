"""The outbox of an edge: every change of its recording index, numbered, until the hub's database has it.

Rows are written by triggers of the index itself, so that a segment row and its outbox row are one
transaction (WAL, synchronous FULL): the recorder knows nothing of it and cannot forget one. Shipped are a
segment when it begins and when its state changes, every gap, every note.
Rows are deleted only below the settled cursor, and a week later. A copied folder (another machine, a
restored backup) begins a new epoch with all its rows again; the hub drops what it knows.
"""

# ruff: noqa: S608 - all statements are put together from the fixed texts of this module
import secrets
from dataclasses import dataclass

from ronda.core.time import DAY_US, HOUR_US
from ronda.store.disk.database import IndexFile

KEPT_AFTER_US = 7 * DAY_US
_HELD_UNTIL_US = 2**62
_STATES = (
    "CASE {0}.state WHEN 0 THEN 'open' WHEN 1 THEN 'closed' WHEN 2 THEN 'repaired' "
    "WHEN 3 THEN 'deleted' ELSE 'history' END"
)
_NOW = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000"
_TABLES = """
CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at_us INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS outbox_mark (at_us INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
"""


def _segment_row(row: str) -> str:
    return (
        f"'segment', json_object('camera', (SELECT name FROM camera WHERE id = {row}.camera), "
        f"'start_us', {row}.start_us, 'end_us', {row}.end_us, 'state', {_STATES.format(row)}, "
        f"'path', {row}.path, 'size', {row}.size_bytes, 'frames', {row}.frames, "
        f"'sha256', CASE WHEN {row}.sha256 IS NULL THEN NULL ELSE lower(hex({row}.sha256)) END, "
        f"'codec', {row}.codec, 'width', {row}.width_px, 'height', {row}.height_px, "
        f"'init', {row}.init_bytes, 'training', {row}.training)"
    )


def _gap_row(row: str) -> str:
    return (
        f"'gap', json_object('camera', (SELECT name FROM camera WHERE id = {row}.camera), "
        f"'start_us', {row}.start_us, 'end_us', {row}.end_us, 'cause', {row}.cause, "
        f"'evidence', {row}.evidence, 'training', {row}.training)"
    )


def _note_row(row: str) -> str:
    return f"'note', json_object('at_us', {row}.at_us, 'kind', {row}.kind, 'text', {row}.text)"


def _insert(values: str, rest: str = "") -> str:
    return f"INSERT INTO outbox (at_us, kind, body) SELECT {_NOW}, {values} {rest}"


_TRIGGERS = (
    f"CREATE TRIGGER IF NOT EXISTS ship_segment AFTER INSERT ON segment BEGIN {_insert(_segment_row('NEW'))}; END",
    "CREATE TRIGGER IF NOT EXISTS ship_state AFTER UPDATE ON segment WHEN NEW.state IS NOT OLD.state "
    f"BEGIN {_insert(_segment_row('NEW'))}; END",
    f"CREATE TRIGGER IF NOT EXISTS ship_gap AFTER INSERT ON gap BEGIN {_insert(_gap_row('NEW'))}; END",
    f"CREATE TRIGGER IF NOT EXISTS ship_gap_change AFTER UPDATE ON gap BEGIN {_insert(_gap_row('NEW'))}; END",
    f"CREATE TRIGGER IF NOT EXISTS ship_note AFTER INSERT ON note BEGIN {_insert(_note_row('NEW'))}; END",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an edge's outbox stands."""

    epoch: int
    instance: str
    settled: int
    moved: bool  # this start found the folder on another machine, or restored


class Outbox(IndexFile):
    """See the module. The file is the recording index of the edge."""

    def prepare(self, identity: str) -> Standing:
        """Make tables and triggers; a folder whose `identity` changed begins a new epoch.

        identity  what a copy of the disk does not share: the machine and the file itself
        """
        with self._writing() as db:
            for statement in (*_TABLES.split(";")[:-1], *_TRIGGERS):
                db.execute(statement)
        known = self.fact("edge_identity")
        if known == identity:
            return self.standing(moved=False)
        self.renew(identity)
        return self.standing(moved=known is not None)

    def standing(self, *, moved: bool = False) -> Standing:
        return Standing(
            epoch=int(self.fact("edge_epoch") or 0),
            instance=self.fact("edge_instance") or "",
            settled=int(self.fact("edge_settled") or 0),
            moved=moved,
        )

    def renew(self, identity: str) -> None:
        """A new epoch under a new instance id: every row of the index once more, numbered from 1."""
        with self._writing() as db:
            epoch = int((db.execute("SELECT value FROM fact WHERE name='edge_epoch'").fetchone() or ("0",))[0]) + 1
            db.execute("DELETE FROM outbox")
            db.execute("DELETE FROM outbox_mark")
            db.execute("DELETE FROM sqlite_sequence WHERE name='outbox'")
            db.execute(_insert(_segment_row("s"), "FROM segment s WHERE s.file_gone = 0 ORDER BY s.id"))
            db.execute(_insert(_gap_row("g"), "FROM gap g ORDER BY g.start_us"))
            db.execute(_insert(_note_row("n"), "FROM note n ORDER BY n.at_us"))
            facts = {
                "edge_identity": identity,
                "edge_epoch": str(epoch),
                "edge_instance": secrets.token_hex(8),
                "edge_settled": "0",
            }
            db.executemany("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", list(facts.items()))

    # ---- shipping

    def rows(self, above: int, limit: int) -> list[tuple[int, int, str, str]]:
        """(seq, at_us, kind, body) in order."""
        query = "SELECT seq, at_us, kind, body FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?"
        return [(row[0], row[1], row[2], row[3]) for row in self._read(query, (above, limit))]

    def oldest(self) -> int:
        """The lowest row still here, or the next one to come."""
        row = self._read(
            "SELECT coalesce((SELECT min(seq) FROM outbox), "
            "(SELECT seq + 1 FROM sqlite_sequence WHERE name='outbox'), 1)"
        )
        return int(row[0][0])

    def depth(self) -> tuple[int, int | None]:
        """How many rows wait, and since when."""
        row = self._read("SELECT count(*), min(at_us) FROM outbox WHERE seq > ?", (self.standing().settled,))
        return int(row[0][0]), row[0][1]

    def settle(self, seq: int, now_us: int) -> None:
        """The hub's database has everything up to `seq`, or says it has less; old rows go after a week."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO fact (name, value) VALUES ('edge_settled', ?)", (str(seq),))
            last = db.execute("SELECT max(at_us), max(seq) FROM outbox_mark").fetchone()
            if last[0] is None or (now_us - last[0] > HOUR_US and seq > last[1]):
                db.execute("INSERT OR REPLACE INTO outbox_mark (at_us, seq) VALUES (?, ?)", (now_us, seq))
            query = "SELECT max(seq) FROM outbox_mark WHERE at_us < ?"
            done = db.execute(query, (now_us - KEPT_AFTER_US,)).fetchone()[0]
            if done is not None:
                db.execute("DELETE FROM outbox WHERE seq <= ?", (min(done, seq),))
                db.execute("DELETE FROM outbox_mark WHERE seq < ?", (done,))

    # ---- what retention must leave

    def guard_unsettled(self) -> None:
        """Hold footage whose rows the hub does not have yet; let go of what it has."""
        settled = self.standing().settled
        with self._writing() as db:
            waiting = dict(
                db.execute(
                    "SELECT json_extract(body, '$.camera'), min(json_extract(body, '$.start_us')) FROM outbox "
                    "WHERE seq > ? AND kind = 'segment' GROUP BY 1",
                    (settled,),
                ).fetchall()
            )
            for number, name in db.execute("SELECT id, name FROM camera").fetchall():
                hold = f"unsettled-{name}"
                if name in waiting:
                    db.execute(
                        "INSERT OR REPLACE INTO hold (id, camera, start_us, end_us, until_us, reason) "
                        "VALUES (?, ?, ?, ?, NULL, 'the hub does not have its rows yet')",
                        (hold, number, waiting[name], _HELD_UNTIL_US),
                    )
                else:
                    db.execute("DELETE FROM hold WHERE id = ?", (hold,))

    def give_way(self, for_us: int) -> tuple[str, int, int] | None:
        """Let the oldest unsettled footage go, `for_us` of it: the disk leaves no choice.

        Gives camera, from, to; None when nothing is held for this reason alone.
        """
        with self._writing() as db:
            row = db.execute(
                "SELECT h.id, c.name, h.start_us FROM hold h JOIN camera c ON c.id = h.camera "
                "WHERE h.id LIKE 'unsettled-%' ORDER BY h.start_us LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            hold, camera, start_us = row
            db.execute("UPDATE hold SET start_us = ? WHERE id = ?", (start_us + for_us, hold))
            return str(camera), int(start_us), int(start_us) + for_us

    def sync_holds(self, wanted: list[tuple[str, str, int, int, int | None, str]]) -> None:
        """Make the hub's holds here what it says: (id, camera, from, to, until, reason); ids begin with `hub-`."""
        with self._writing() as db:
            ids = {row[0] for row in wanted}
            for (hold,) in db.execute("SELECT id FROM hold WHERE id LIKE 'hub-%'").fetchall():
                if hold not in ids:
                    db.execute("DELETE FROM hold WHERE id = ?", (hold,))
            numbers = dict(db.execute("SELECT name, id FROM camera").fetchall())
            for hold, camera, from_us, to_us, until_us, reason in wanted:
                if camera not in numbers:
                    cursor = db.execute("INSERT INTO camera (name) VALUES (?)", (camera,))
                    numbers[camera] = cursor.lastrowid
                db.execute(
                    "INSERT OR REPLACE INTO hold (id, camera, start_us, end_us, until_us, reason) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (hold, numbers[camera], from_us, to_us, until_us, reason),
                )

    def segment_file(self, camera: str, start_us: int) -> tuple[str, int, str, bytes, bytes] | None:
        """Path, size, SHA-256 and the packed fragments and clock of a closed segment that is still there."""
        rows = self._read(
            "SELECT s.path, s.size_bytes, lower(hex(s.sha256)), t.fragments, t.clock FROM segment s "
            "JOIN camera c ON c.id = s.camera LEFT JOIN fragment_table t ON t.segment = s.id "  # closed: no parts
            "WHERE c.name = ? AND s.start_us = ? AND s.state IN (1, 2)",
            (camera, start_us),
        )
        if not rows:
            return None
        path, size, sha256, fragments, clock = rows[0]
        return str(path), int(size), str(sha256), bytes(fragments or b""), bytes(clock or b"")

    def set_fact(self, name: str, value: str) -> None:
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)", (name, value))

    def fact(self, name: str) -> str | None:
        rows = self._read("SELECT value FROM fact WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None
