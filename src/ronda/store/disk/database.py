"""One SQLite file used by several threads and processes (WAL, synchronous FULL).

Each thread has its own connection; a file that was taken away and put back is opened anew. Reads and
transactions turn every fault of the file into a StorageError that says the next step.
A file of an older version is brought up in one transaction; one of a newer version is refused, never changed.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ronda.store.disk import schema
from ronda.video.errors import IndexVersionError, StorageError


class IndexFile:
    """See the module. `path` is the file; with `create` it is made when it is missing."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._generation = 0
        self._create = create
        if not create and not path.exists():
            raise StorageError(
                f"there is no recording index at {path}. Next: start the recorder once, or give the right folder"
            )
        self._prepare()
        self._create = False

    def close(self) -> None:
        """Close the connections of all threads; a later call opens a new one."""
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()
            self._generation += 1

    def _prepare(self) -> None:
        try:
            with self._writing() as db:
                version = db.execute("PRAGMA user_version").fetchone()[0]
                if version == 0 and not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                    for statement in schema.NEW:
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {schema.VERSION}")
                    version = schema.VERSION
                while version in schema.STEPS:
                    for statement in schema.STEPS[version]:
                        db.execute(statement)
                    version += 1
                    db.execute(f"PRAGMA user_version = {version}")
        except sqlite3.DatabaseError as fault:
            raise StorageError(
                f"the recording index {self.path} cannot be used ({fault}); nothing was changed. "
                "Next: check the disk, or put the index back from a copy"
            ) from fault
        if version != schema.VERSION:
            raise IndexVersionError(
                f"the recording index {self.path} has version {version}, this Ronda knows {schema.VERSION}; "
                "nothing was changed. Next: use the Ronda version that made it"
            )

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection; a new one when the disk was taken away and put back."""
        try:
            facts = self.path.stat()
            mark = (self._generation, facts.st_dev, facts.st_ino)
        except FileNotFoundError:
            if not self._create:
                raise sqlite3.OperationalError("the file is gone") from None
            mark = None
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None or mark is None or self._local.mark != mark:
            connection = self._open()
            facts = self.path.stat()
            self._local.connection = connection
            self._local.cameras = {}
            self._local.mark = (self._generation, facts.st_dev, facts.st_ino)
        return connection

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=30, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        with self._lock:
            self._all.append(connection)
        return connection

    def _cameras(self) -> dict[str, int]:
        """Row numbers of cameras that this thread's connection knows; inside a transaction."""
        known: dict[str, int] = self._local.cameras
        return known

    def _read(self, sql: str, arguments: Sequence[object] | Mapping[str, object] = ()) -> list[Any]:
        try:
            return self._connection().execute(sql, arguments).fetchall()
        except sqlite3.DatabaseError as fault:
            raise self._unusable(fault) from fault

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                self._local.cameras.clear()  # what was added went with the transaction
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
        except sqlite3.DatabaseError as fault:
            raise self._unusable(fault) from fault

    def _unusable(self, fault: sqlite3.Error) -> StorageError:
        return StorageError(
            f"the recording index {self.path} cannot be used ({fault}); what it held stays as it was. "
            "Next: check that the disk is there, writable and not full"
        )
