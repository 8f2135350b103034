"""A simulated disk: real files in a folder in memory, and what a power cut may take of them.

Pessimistic where systems differ: bytes are durable after a sync of their file, names (new ones, and that removed
ones are gone) after a sync of their folder. A sync that failed loses what it should have written: later syncs
succeed, and the bytes still do not reach the disk, as Linux does it.
"""

import errno
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ronda.store.disk.index import SqliteIndex
from ronda.video.errors import FootageFolderError, StorageError
from ronda.video.record.disk_calls import DiskCalls
from ronda.video.record.footage_folder import DiskSpace, FootageFolder, explain

TOTAL_BYTES = 1 << 33


@dataclass(slots=True)
class _File:
    durable_bytes: int = 0
    named: bool = False
    lost: bool = False  # a sync failed: what came after `durable_bytes` never reaches the disk


class SimDisk(DiskCalls):
    def __init__(self, chance: random.Random) -> None:
        self.root = Path()
        self._chance = chance
        self._files: dict[Path, _File] = {}
        self._open: dict[int, Path] = {}
        self._removed: dict[Path, tuple[bytes, _File]] = {}
        self.failing = 0  # errno of every write while it lasts
        self.bad_syncs = 0  # so many syncs fail
        self.index_fails = False
        self.room_bytes: int | None = None  # for footage; None: as much as one likes
        self.away = False
        self.written_elsewhere: list[str] = []  # on a disk that is not the recorder's

    # -- the calls -------------------------------------------------------------------------------

    def create(self, path: Path) -> int:
        self._may()
        fd = super().create(path)
        self._files[path] = _File()
        self._open[fd] = path
        return fd

    def reopen(self, path: Path) -> int:
        self._may()
        fd = super().reopen(path)
        self._open[fd] = path
        return fd

    def writev(self, fd: int, parts: Sequence[Any]) -> int:
        if self.failing and self._chance.random() < 0.5:
            os.write(fd, b"".join(parts)[:7])  # some of it is written, as a full disk does
        self._may()
        return os.writev(fd, parts)

    def write(self, fd: int, data: Any) -> int:
        self._may()
        return os.write(fd, data)

    def close(self, fd: int) -> None:
        self._open.pop(fd, None)
        os.close(fd)

    def cut(self, fd: int, size_bytes: int) -> None:
        super().cut(fd, size_bytes)
        file = self._file(self._open[fd])
        file.durable_bytes = min(file.durable_bytes, size_bytes)

    def sync(self, fd: int) -> None:
        path = self._open[fd]
        if self.bad_syncs:
            self.bad_syncs -= 1
            self._file(path).lost = True
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        self._durable(path)

    def sync_folder(self, path: Path) -> None:
        for name, file in self._files.items():
            if name.parent == path:
                file.named = True
        self._removed = {name: kept for name, kept in self._removed.items() if name.parent != path}

    def sync_all(self, fd: int) -> None:
        for path in self._files:
            self._durable(path)
            self._files[path].named = True
        self._removed.clear()

    def remove(self, path: Path) -> None:
        if path.exists():
            file = self._files.pop(path, _File(path.stat().st_size, True))
            if file.named:
                self._removed[path] = (path.read_bytes()[: file.durable_bytes], file)
        super().remove(path)

    def _may(self) -> None:
        if self.failing:
            raise OSError(self.failing, os.strerror(self.failing))

    def _file(self, path: Path) -> _File:
        """A file of an earlier run was durable when the world knows no better."""
        return self._files.setdefault(path, _File(path.stat().st_size, True))

    def _durable(self, path: Path) -> None:
        file = self._file(path)
        if not file.lost and path.exists():
            file.durable_bytes = path.stat().st_size

    # -- the end of a process, or of the power ----------------------------------------------------

    def killed(self) -> None:
        """What was written stays with the system; it is not durable by that."""
        for fd in list(self._open):
            self.close(fd)

    def power_cut(self) -> None:
        self.killed()
        for path, file in list(self._files.items()):
            self._cut_file(path, file)
        for path, (data, _) in self._removed.items():
            if self._chance.random() < 0.5:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        self._removed.clear()
        self._files.clear()

    def _cut_file(self, path: Path, file: _File) -> None:
        if not path.exists():
            return
        if not file.named and self._chance.random() < 0.5:
            path.unlink()
            return
        size = path.stat().st_size
        if size <= file.durable_bytes:
            return
        kept = file.durable_bytes if file.lost else self._chance.randint(file.durable_bytes, size)
        with path.open("r+b") as content:
            content.truncate(kept)
            if kept > file.durable_bytes and self._chance.random() < 0.5:
                content.seek(max(file.durable_bytes, kept - 100))
                content.write(bytes(kept - max(file.durable_bytes, kept - 100)))  # a torn last block

    # -- the folder as a whole ---------------------------------------------------------------------

    def take_away(self, *, another: bool) -> None:
        self.root.rename(self.root.with_suffix(".away"))
        self.away = True
        if another:
            FootageFolder(self.root).prepare()

    def put_back(self) -> None:
        if self.away:
            if self.root.exists():
                self.written_elsewhere += [str(path) for path in self.root.glob("*/*/*/*.mp4")]
                shutil.rmtree(self.root)
            self.root.with_suffix(".away").rename(self.root)
            self.away = False

    def heal(self) -> None:
        self.put_back()
        self.failing, self.bad_syncs, self.index_fails = 0, 0, False


class SimFolder(FootageFolder):
    def __init__(self, root: Path, disk: SimDisk) -> None:
        super().__init__(root)
        self._disk = disk

    def probe(self) -> None:
        self.check()
        if self._disk.failing:
            raise FootageFolderError(explain(self.root, OSError(self._disk.failing, "")))

    def space(self) -> DiskSpace | None:
        if self._disk.away:
            return None
        if self._disk.room_bytes is None:
            return DiskSpace(total_bytes=TOTAL_BYTES, free_bytes=TOTAL_BYTES // 2)
        used = sum(path.stat().st_size for path in self.root.glob("*/*/*/*.mp4"))
        reserve = TOTAL_BYTES * 3 // 100
        return DiskSpace(total_bytes=TOTAL_BYTES, free_bytes=reserve + self._disk.room_bytes - used)


class SimIndex(SqliteIndex):
    """The real one, on a file system in memory: each commit is durable, or the disk refuses it."""

    def __init__(self, path: Path, disk: SimDisk) -> None:
        self._disk = disk
        super().__init__(path, create=True)

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        if self._disk.index_fails or self._disk.failing:
            raise StorageError("the recording index cannot be used (simulated); what it held stays as it was")
        with super()._writing() as db:
            yield db
