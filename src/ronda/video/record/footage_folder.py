"""The folder that holds the footage: is it there, is it the right one, does it take data?

`ronda-footage.json` inside holds a random id; a copy of the id lies outside, on the system's disk.
So a disk that was not mounted, or another disk at the same place, is noticed before a byte is
written to it. Nothing here deletes.
"""

import errno
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from ronda.video.errors import FootageFolderError

MARKER = "ronda-footage.json"
INDEX = "index.sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskSpace:
    total_bytes: int
    free_bytes: int


class FootageFolder:
    """`outside` is where the id is kept besides; None for a folder that stands alone."""

    def __init__(self, root: Path, *, outside: Path | None = None) -> None:
        self.root, self._outside = root, outside
        self.storage_id = ""

    @property
    def index_path(self) -> Path:
        return self.root / INDEX

    def prepare(self) -> None:
        """Find or make the folder and its id. Raises FootageFolderError."""
        known = _read_id(self._outside) if self._outside is not None else None
        try:
            if known is None:
                self.root.mkdir(parents=True, exist_ok=True)
                self.storage_id = _read_id(self.root / MARKER) or self._mark()
                if self._outside is not None:
                    self._outside.parent.mkdir(parents=True, exist_ok=True)
                    _write_id(self._outside, self.storage_id)
            else:
                self.storage_id = known
        except OSError as fault:
            raise FootageFolderError(explain(self.root, fault)) from fault
        self.check()

    def check(self) -> None:
        """Raise FootageFolderError unless the folder is there and is the right one."""
        found = _read_id(self.root / MARKER)
        if found == self.storage_id:
            return
        if found is None:
            raise FootageFolderError(self._why_unmarked())
        raise FootageFolderError(
            f"{self.root} holds the footage of another recorder (id {found}, expected {self.storage_id}); "
            "nothing is written to it. Next: put the right disk in its place"
        )

    def _why_unmarked(self) -> str:
        try:
            (self.root / MARKER).read_bytes()
        except FileNotFoundError:
            return (
                f"the footage folder {self.root} is gone or empty; nothing is written to it. "
                "Next: mount the footage disk again; recording then goes on by itself"
            )
        except OSError as fault:
            return explain(self.root, fault)
        return (
            f"the mark {MARKER} in {self.root} cannot be read; nothing is written to the folder. "
            "Next: put the file back from a copy; recording then goes on by itself"
        )

    def probe(self) -> None:
        """Check, and write and remove a little. Raises FootageFolderError."""
        self.check()
        path = self.root / f".probe-{os.getpid()}"
        try:
            try:
                with path.open("wb") as file:
                    file.write(bytes(256 * 1024))
                    file.flush()
                    os.fsync(file.fileno())
            finally:
                path.unlink(missing_ok=True)
        except OSError as fault:
            raise FootageFolderError(explain(self.root, fault)) from fault

    def space(self) -> DiskSpace | None:
        """None while the folder cannot be asked."""
        try:
            facts = os.statvfs(self.root)
        except OSError:
            return None
        return DiskSpace(total_bytes=facts.f_blocks * facts.f_frsize, free_bytes=facts.f_bavail * facts.f_frsize)

    def _mark(self) -> str:
        storage_id = secrets.token_hex(8)
        _write_id(self.root / MARKER, storage_id)
        return storage_id


def explain(root: Path, fault: OSError) -> str:
    """One sentence about a fault of the footage disk."""
    reasons = {
        "ENOSPC": ("is full", "free some space, or shorten how long footage is kept"),
        "EDQUOT": ("has used up its quota", "raise the quota, or shorten how long footage is kept"),
        "EFBIG": ("may not hold files this large", "raise the limit on file sizes"),
        "EROFS": ("is read-only", "mount it writable"),
        "EACCES": ("may not be written by this user", "give the user of Ronda the right to write there"),
        "EPERM": ("may not be written by this user", "give the user of Ronda the right to write there"),
        "ENOENT": ("is gone", "mount the footage disk again"),
        "ENOTDIR": ("is no folder", "put the folder back in its place"),
        "EMFILE": ("cannot be used: too many files are open", "raise the limit on open files (`ulimit -n`)"),
        "EIO": ("reports read or write errors", "replace the disk soon and check the footage with `ronda check`"),
    }
    name = errno_name(fault)
    what, step = reasons.get(name, (f"does not take data ({fault.strerror or fault})", "check the disk"))
    return (
        f"the footage folder {root} {what}; what is stored stays as it is, new footage is missing as long. "
        f"Next: {step}; recording then goes on by itself"
    )


def errno_name(fault: OSError) -> str:
    return errno.errorcode.get(fault.errno or 0, "")


def _read_id(path: Path) -> str | None:
    try:
        found = json.loads(path.read_text())["storage_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(found)


def _write_id(path: Path, storage_id: str) -> None:
    with path.open("w") as file:
        json.dump({"storage_id": storage_id, "format": "ronda-footage", "version": 1}, file)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
