"""Files that edges send in parts, until each is whole and proven.

A part is appended only where the stored part ends, under a lock of that file, and synced before the
answer. A whole file is believed by its SHA-256 alone (that of the edge's index row), moved into the
footage folder under the path that camera and start give, and only then a row like any other.
Invariant: nothing half or unproven ever stands in the footage folder.
"""

import base64
import fcntl
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path

from ronda.fleet.errors import NotThisFileError, OffsetError
from ronda.fleet.model import FileEnd
from ronda.store.disk.packing import unpack_fragments
from ronda.store.sql.fleet import Fetch
from ronda.store.synced import sync_folder

LARGEST_PART_BYTES = 512 * 1024


class Incoming:
    """Parts below `root`; whole files go below `footage`."""

    def __init__(self, root: Path, footage: Path) -> None:
        self._root, self._footage = root, footage

    def have(self, fetch: Fetch) -> int:
        try:
            return self._part(fetch).stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, fetch: Fetch, offset: int, data: bytes) -> int:
        """Gives how many bytes are there. Raises OffsetError, NotThisFileError for more than was asked."""
        if not 0 < len(data) <= LARGEST_PART_BYTES or offset + len(data) > fetch.size_bytes:
            raise NotThisFileError(
                f"a part of {len(data)} bytes at {offset} does not fit a file of {fetch.size_bytes}; "
                "nothing was written"
            )
        with self._locked(fetch) as path, path.open("ab") as file:
            have = file.tell()
            if have != offset:
                raise OffsetError(have, offset)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            return have + len(data)

    def take_up(self, fetch: Fetch, relative: str, end: FileEnd) -> tuple[bytes, bytes]:
        """Prove the file and move it to its place; gives the fragments and clock for its row.

        Raises NotThisFileError; a file with another hash is thrown away, to be sent again.
        """
        target = self._footage / relative
        with self._locked(fetch) as path:
            if not path.exists() and target.exists() and _sha256(target) == fetch.sha256:
                return self._tables(target, end)  # moved already: only the answer was lost
            if self.have(fetch) != fetch.size_bytes:
                raise NotThisFileError(
                    f"{self.have(fetch)} of {fetch.size_bytes} bytes are here; the rest is missing, "
                    "nothing was taken up"
                )
            found = _sha256(path)
            if found != fetch.sha256 or end.sha256 != fetch.sha256:
                path.unlink()
                raise NotThisFileError(
                    f"the file has SHA-256 {found[:16]}, the village recorded {fetch.sha256[:16]}; "
                    "it was thrown away"
                )
            tables = self._tables(path, end)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            sync_folder(target.parent)
            return tables

    def _tables(self, path: Path, end: FileEnd) -> tuple[bytes, bytes]:
        """The packed tables, each fragment checked against the file's own bytes."""
        try:
            fragments, clock = (base64.b64decode(text, validate=True) for text in (end.fragments, end.clock))
            parts = unpack_fragments(fragments)
        except ValueError as error:
            raise NotThisFileError(f"the file's table cannot be read ({type(error).__name__})") from None
        with path.open("rb") as file:
            for part in parts:
                file.seek(part.offset)
                if zlib.crc32(file.read(part.size_bytes)) != part.crc32:
                    raise NotThisFileError(f"the file's table does not fit its bytes at {part.offset}")
        return fragments, clock

    @contextmanager
    def _locked(self, fetch: Fetch) -> Iterator[Path]:
        """One writer for each file, across threads and processes."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._root / f"{fetch.camera}-{fetch.start_us}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self._part(fetch)

    def _part(self, fetch: Fetch) -> Path:
        return self._root / f"{fetch.camera}-{fetch.start_us}.part"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
