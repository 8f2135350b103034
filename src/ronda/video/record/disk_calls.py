"""The calls that change footage on a disk, in one object: another disk, one that fails for instance, can stand in.

What is decided here: nothing but which call of the system is made. The order of writes and syncs, on which all
durability rests, is the callers'. Bytes are read the usual way.
"""

import ctypes
import os
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_KEEP_SIZE = 1  # FALLOC_FL_KEEP_SIZE: bytes that were not written cannot be read


class DiskCalls:
    """The system's own. All raise OSError."""

    writev = staticmethod(os.writev)  # no call in between: this is the hot path
    write = staticmethod(os.write)
    close = staticmethod(os.close)

    @property
    def writes_plainly(self) -> bool:
        """Bytes go to the system as they are: who writes by itself, in C, does the same."""
        return self.writev is os.writev

    def create(self, path: Path) -> int:
        """A new file for writing; FileExistsError when there is one."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)

    def reopen(self, path: Path) -> int:
        """A file that is there, for writing."""
        return os.open(path, os.O_WRONLY | os.O_CLOEXEC)

    def reserve(self, fd: int, from_bytes: int, room_bytes: int) -> bool:
        """Room behind the end of a file, its size stays; False where the disk or its file system gives none.

        File systems without a block device of their own (in memory, over a network, in layers) are not asked: some
        would write zeros now.
        """
        if os.major(os.fstat(fd).st_dev) == 0:
            return False
        place = (ctypes.c_int64(from_bytes), ctypes.c_int64(room_bytes))
        return bool(_LIBC.fallocate64(fd, _KEEP_SIZE, *place) == 0)

    def cut(self, fd: int, size_bytes: int) -> None:
        """End the file there, give back what was reserved beyond, and go on writing there."""
        os.ftruncate(fd, size_bytes)
        os.lseek(fd, size_bytes, os.SEEK_SET)

    def sync(self, fd: int) -> None:
        """Make the bytes of one file durable."""
        os.fdatasync(fd)

    def sync_folder(self, path: Path) -> None:
        """Make the names in a folder durable: new ones, and that removed ones are gone."""
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def sync_all(self, fd: int) -> None:
        """Make everything on the file system of this file durable."""
        if _LIBC.syncfs(fd) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def remove(self, path: Path) -> None:
        """A file that is gone already is no fault."""
        path.unlink(missing_ok=True)


SYSTEM_CALLS = DiskCalls()
