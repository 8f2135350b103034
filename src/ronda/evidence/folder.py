"""The one reader of files in this package: a folder on disk, and the templates we ship.

Never follows a link, never leaves the folder, never changes anything. Everything that is not a plain
file or a folder is named, so that it can be called out as foreign.
"""

import mmap
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from ronda.evidence.errors import UnreadablePackageError

_BLOCK_BYTES = 1 << 20
SMALL_FILE_BYTES = 64 << 20


class PackageFolder:
    """A package on disk, by paths with forward slashes below its folder."""

    def __init__(self, path: Path) -> None:
        """Raises UnreadablePackageError when `path` is no folder that can be listed."""
        self._root = path
        self.files: dict[str, int] = {}  # path -> bytes
        self.foreign: list[str] = []  # links, devices, empty folders
        try:
            if not path.is_dir():
                raise UnreadablePackageError(f"{path} is no folder. Next: give the folder of the package")
            self._walk(path, "")
        except OSError as error:
            raise UnreadablePackageError(f"{path} cannot be read: {error.strerror}") from None

    @property
    def name(self) -> str:
        return self._root.resolve().name

    def _walk(self, folder: Path, prefix: str) -> None:
        names = sorted(os.listdir(folder))
        if not names and prefix:
            self.foreign.append(prefix)
        for name in names:
            found = os.lstat(folder / name)
            if stat.S_ISDIR(found.st_mode):
                self._walk(folder / name, f"{prefix}{name}/")
            elif stat.S_ISREG(found.st_mode):
                self.files[prefix + name] = found.st_size
            else:
                self.foreign.append(prefix + name)

    def read(self, path: str) -> bytes | None:
        """The bytes of a small file; None when it is not there.

        Raises UnreadablePackageError when the disk refuses, or the file is larger than any of ours.
        """
        if path not in self.files:
            return None
        if self.files[path] > SMALL_FILE_BYTES:
            raise UnreadablePackageError(f"{path} has {self.files[path]} bytes; no such file is that large")
        try:
            return (self._root / path).read_bytes()
        except OSError as error:
            raise UnreadablePackageError(f"{path} cannot be read: {error.strerror}") from None

    def sha256(self, path: str) -> str:
        """Digest of a file of any size, in hex. Raises UnreadablePackageError."""
        return file_sha256(self._root / path)

    @contextmanager
    def mapped(self, path: str) -> Iterator[mmap.mmap | bytes]:
        """The file as a read-only map, for films of any size. Raises UnreadablePackageError."""
        with mapped_file(self._root / path) as view:
            yield view


@contextmanager
def mapped_file(path: Path) -> Iterator[mmap.mmap | bytes]:
    """A file as a read-only map. Raises UnreadablePackageError."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                yield b""
                return
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                yield view
    except OSError as error:
        raise UnreadablePackageError(f"{path} cannot be read: {error.strerror}") from None


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hex. Raises UnreadablePackageError."""
    digest = sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError as error:
        raise UnreadablePackageError(f"{path} cannot be read: {error.strerror}") from None
    return digest.hexdigest()


def template(name: str) -> bytes:
    """A file of `evidence/templates`."""
    return (files("ronda.evidence") / "templates" / name).read_bytes()
