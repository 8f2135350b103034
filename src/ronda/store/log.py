"""The access log on SQLite: one row for each entry, a hash tree over them, a signed checkpoint.

Order of a write: BEGIN IMMEDIATE, read the size, make the leaf with the hash of the one before,
insert entry, nodes and openings, COMMIT with synchronous=FULL; only then does `append` return. So
several processes may append, and an index that was returned survives a power cut. Threads that append
at the same time share one commit.
Order of a checkpoint: tiles, fsync, checkpoint beside it, fsync, rename, fsync of the folder.
Invariant: `node(level, position)` is the hash over exactly the leaves it stands above.
A log that is smaller than its last checkpoint, has another root there, or lacks an entry in its middle
takes no more entries.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ronda.access.errors import LogUnavailableError
from ronda.core.errors import RondaError
from ronda.core.time import Clock
from ronda.evidence.canonical import Json
from ronda.evidence.checkpoint import Checkpoint, NoteSigner, read_checkpoint, read_note
from ronda.evidence.entry import AuditEvent
from ronda.evidence.errors import MalformedError
from ronda.evidence.leaf import FIRST_PREV, Opening, entry_hash, make_leaf, read_leaf
from ronda.evidence.log_tree import consistency_proof, inclusion_proof, new_nodes, root
from ronda.store.errors import LogRolledBackError, WrongVersionError
from ronda.store.group_commit import GroupCommit, Wanted
from ronda.store.log_check import troubles
from ronda.store.log_schema import SCHEMA, SCHEMA_VERSION
from ronda.store.log_tiles import LogFolder

_PRAGMAS = ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
_ENTRY_COLUMNS = "SELECT seq, at_us, actor, action, case_id, leaf FROM entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One entry as stored. `fields` is the leaf, parsed; `leaf` its exact bytes."""

    index: int
    at_us: int
    actor: str
    action: str
    case: str | None
    leaf: bytes
    fields: Mapping[str, Json]


class SqliteLog:
    """`ronda.access.ports.AuditLog` on one SQLite file, with its tiles beside it in `log/`.

    Readers open a connection for each call. The one for writing is kept, because closing the last one makes SQLite
    write the whole log back; it is opened anew when another file lies in the place of the one it holds.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Open or make the log in `folder` (DATA/log).

        Raises LogUnavailableError when the folder cannot be written, WrongVersionError for a log
        of another version. A rolled-back log opens, for reading; `append` then refuses.
        """
        self._path = folder / "log.sqlite"
        self._files = LogFolder(folder)
        self._clock = clock
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise LogUnavailableError(_cannot(self._path, error)) from error
        self._writer: sqlite3.Connection | None = None
        self._held: tuple[int, ...] = ()
        self._turns = GroupCommit(self._write)
        self._rolled_back = self._removed_by_hand() or self._compare_with_checkpoint()

    def _prepare(self) -> None:
        with closing(self._connect()) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, SCHEMA_VERSION):
                raise WrongVersionError(str(self._path), version, SCHEMA_VERSION)
            if version == 0:
                db.executescript("BEGIN IMMEDIATE;" + SCHEMA + "COMMIT;")

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
        return db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one read transaction, so that several questions see one state."""
        try:
            with closing(self._connect()) as db:
                db.execute("BEGIN")
                yield db
        except sqlite3.Error as error:
            raise LogUnavailableError(_cannot(self._path, error)) from error

    # ---- writing

    def append(self, event: AuditEvent) -> int:
        """Write `event` and return its index once it is durable.

        Raises LogUnavailableError when it cannot be written (full disk, read-only, rolled back),
        TooLargeError for an entry above its limit.
        """
        if self._rolled_back:
            raise LogRolledBackError(self._rolled_back)
        return self._turns.append(event)

    def _write(self, wanted: Sequence[Wanted]) -> None:
        """All of them in one commit; each gets its index, or why it has none."""
        try:
            db = self._kept()
            db.execute("BEGIN IMMEDIATE")
            size = _size(db)
            indices: list[int] = []
            for one in wanted:
                try:
                    indices.append(self._insert(db, size + len(indices), one.event))
                except RondaError as error:  # too large, or without a form: nothing of it was inserted
                    one.error = error
            db.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            self._let_go()
            for one in wanted:
                one.error = LogUnavailableError(_cannot(self._path, error))
                one.error.__cause__ = error
            return
        for one, index in zip((one for one in wanted if one.error is None), indices, strict=True):
            one.index = index

    def _kept(self) -> sqlite3.Connection:
        if self._writer is None or not self._held or self._held != self._files_held():
            self._let_go()
            self._writer = self._connect()
            self._writer.execute("SELECT count(*) FROM sqlite_schema")  # now its write-ahead file is there
            self._held = self._files_held()
        return self._writer

    def _let_go(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer, self._held = None, ()

    def _files_held(self) -> tuple[int, ...]:
        """Which files lie there now; () while one is missing."""
        try:
            found = [os.stat(f"{self._path}{end}") for end in ("", "-wal")]
        except OSError:
            return ()
        return tuple(number for one in found for number in (one.st_dev, one.st_ino))

    def _insert(self, db: sqlite3.Connection, size: int, event: AuditEvent) -> int:
        prev = _node(db, 0, size - 1) if size else FIRST_PREV
        at_us = self._clock.now_us()
        leaf, openings = make_leaf(event, sequence=size, at_us=at_us, prev=prev, random_bytes=secrets.token_bytes)
        row = (size, at_us, event.actor, event.action, event.case, leaf)
        db.execute("INSERT INTO entry (seq, at_us, actor, action, case_id, leaf) VALUES (?,?,?,?,?,?)", row)
        nodes = new_nodes(size, entry_hash(leaf), lambda level, position: _node(db, level, position))
        db.executemany("INSERT INTO node (level, position, hash) VALUES (?,?,?)", nodes)
        db.executemany(
            "INSERT INTO opening (seq, name, salt, value) VALUES (?,?,?,?)",
            [(size, opening.name, opening.salt, opening.value) for opening in openings],
        )
        return size

    def erase_opening(self, index: int, name: str | None = None) -> int:
        """Destroy what entry `index` committed to (all of it, or `name`); return how many were there."""
        try:
            with closing(self._connect()) as db:
                db.execute("PRAGMA secure_delete=ON")
                db.execute("BEGIN IMMEDIATE")
                query = "DELETE FROM opening WHERE seq=? AND name=coalesce(?, name)"
                gone = db.execute(query, (index, name))
                db.execute("COMMIT")
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                return gone.rowcount
        except sqlite3.Error as error:
            raise LogUnavailableError(_cannot(self._path, error)) from error

    # ---- reading

    def size(self) -> int:
        with self._reading() as db:
            return _size(db)

    def entries(
        self,
        start: int = 0,
        count: int = 100,
        *,
        actor: str | None = None,
        case: str | None = None,
        action: str | None = None,
        newest_first: bool = False,
    ) -> list[LogEntry]:
        """At most `count` entries from index `start` on (or down from it), of that actor, case, action."""
        wanted = {"actor": actor, "case_id": case, "action": action}
        chosen = {column: value for column, value in wanted.items() if value is not None}
        where = "".join(f" AND {column}=?" for column in chosen)
        way = "seq<=? {} ORDER BY seq DESC" if newest_first else "seq>=? {} ORDER BY seq"
        query = f"{_ENTRY_COLUMNS} WHERE {way.format(where)} LIMIT ?"
        with self._reading() as db:
            return [_entry(row) for row in db.execute(query, (start, *chosen.values(), count))]

    def leaves(self, start: int, count: int) -> list[tuple[int, bytes]]:
        """(index, exact bytes) of the entries from `start` to before `start + count` that are there."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT seq, leaf FROM entry WHERE seq>=? AND seq<? ORDER BY seq", (start, start + count)
            )
            return [(int(index), bytes(leaf)) for index, leaf in rows]

    def entry(self, index: int) -> LogEntry | None:
        found = self.entries(index, 1)
        return found[0] if found and found[0].index == index else None

    def openings(self, index: int) -> list[Opening]:
        """What entry `index` committed to, as far as it was not erased."""
        with self._reading() as db:
            rows = db.execute("SELECT name, salt, value FROM opening WHERE seq=? ORDER BY name", (index,))
            return [Opening(name=name, salt=salt, value=value) for name, salt, value in rows]

    def root(self, size: int | None = None) -> bytes:
        with self._reading() as db:
            return root(_size(db) if size is None else size, lambda level, at: _node(db, level, at))

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The audit path of entry `index` in the log of `size` entries. Raises ProofError."""
        with self._reading() as db:
            return inclusion_proof(index, min(size, _size(db)), lambda level, at: _node(db, level, at))

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Why the log of `old` entries is a beginning of that of `new`. Raises ProofError."""
        with self._reading() as db:
            return consistency_proof(old, min(new, _size(db)), lambda level, at: _node(db, level, at))

    def published_tile(self, path: str) -> bytes | None:
        """A tile that anybody may have: hashes, or what is public of entries; None for any other path."""
        return self._files.published(path)

    # ---- checkpoints

    def checkpoint(self, signer: NoteSigner) -> str:
        """Sign the present state; write tiles, then the checkpoint. Returns the signed note.

        Raises LogUnavailableError when it cannot be written or was rolled back.
        """
        if self._rolled_back:
            raise LogRolledBackError(self._rolled_back)
        try:
            with self._files.locked(), self._reading() as db:
                return self._checkpoint(db, signer)
        except OSError as error:
            raise LogUnavailableError(_cannot(self._path, error)) from error

    def _checkpoint(self, db: sqlite3.Connection, signer: NoteSigner) -> str:
        size = _size(db)
        last = self._files.checkpoint()
        if last is not None and read_checkpoint(read_note(last).text).size > size:
            raise LogRolledBackError(f"the log shrank to {size} entries while it was in use")
        self._files.write_tiles(
            size,
            lambda level, at: _node(db, level, at),
            lambda index: db.execute("SELECT leaf FROM entry WHERE seq=?", (index,)).fetchone()[0],
        )
        state = Checkpoint(
            origin=signer.verifier.name,
            size=size,
            root=root(size, lambda level, at: _node(db, level, at)),
        )
        note = signer.sign(state.text())
        self._files.write_checkpoint(note)
        return note

    def _compare_with_checkpoint(self) -> str | None:
        """A sentence when the log does not continue its last checkpoint; None when it does."""
        try:
            note = self._files.checkpoint()
            if note is None:
                return None
            last = read_checkpoint(read_note(note).text)
        except (OSError, MalformedError) as error:
            return f"the log's checkpoint cannot be read ({error}); no entry is written. {_RESTORE}"
        size = self.size()
        if size < last.size:
            return f"the log has {size} entries, its checkpoint {last.size}: an old copy. {_RESTORE}"
        if self.root(last.size) != last.root:
            return f"the first {last.size} entries are not those of the checkpoint. {_RESTORE}"
        return None

    def _removed_by_hand(self) -> str | None:
        """A sentence when entries or their hashes were taken out: asked at each start, so it only counts."""
        with self._reading() as db:
            counts = "SELECT (SELECT count(*) FROM entry), (SELECT count(*) FROM node WHERE level=0)"
            entries, hashes = db.execute(counts).fetchone()
            if entries == hashes == _size(db):
                return None
            named = ", ".join(islice(troubles(db, self._files), _NAMED_AT_START))
        return f"the access log was changed by hand: {named}; no entry is written. {_RESTORE}"

    # ---- proving

    def verify_all(self) -> list[str]:
        """One sentence for each thing that does not fit, changed entries by number; [] for a whole log."""
        rolled_back = None if self._removed_by_hand() else self._compare_with_checkpoint()
        with self._reading() as db:
            return [*([rolled_back] if rolled_back else []), *troubles(db, self._files)]


_NAMED_AT_START = 3
_RESTORE = "Next: put the newest copy of the log folder back, then start again"


def _cannot(path: Path, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return (
        f"the access log {path} cannot be written or read ({reason}); "
        "what needs an entry is refused, recording goes on. Next: free the disk or its permissions"
    )


def _size(db: sqlite3.Connection) -> int:
    last = db.execute("SELECT max(seq) FROM entry").fetchone()[0]
    return 0 if last is None else int(last) + 1


def _node(db: sqlite3.Connection, level: int, position: int) -> bytes:
    row = db.execute("SELECT hash FROM node WHERE level=? AND position=?", (level, position)).fetchone()
    if row is None:
        raise sqlite3.DatabaseError(f"the log's tree lacks node {level}/{position}")
    return bytes(row[0])


def _entry(row: tuple[int, int, str, str, str | None, bytes]) -> LogEntry:
    index, at_us, actor, action, case, leaf = row
    return LogEntry(
        index=index, at_us=at_us, actor=actor, action=action, case=case, leaf=leaf, fields=read_leaf(leaf)
    )
