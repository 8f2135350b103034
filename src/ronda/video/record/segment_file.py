"""One MP4 file while it is written: append fragments, hash them on the way, close.

The SHA-256 runs over each byte as it is written, while it is in the cache. A write that fails is
undone by cutting the file back, so that the file on disk is always whole up to `size_bytes` and
matches the running hash.
"""

import contextlib
import hashlib
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

from ronda.media.codec import PictureSets
from ronda.media.fmp4_write import FrameTable, fragment_header, init_segment, random_access_box


class SegmentFile:
    """Raises OSError when the disk does not take it; the file then still is whole."""

    def __init__(self, path: Path, sets: PictureSets) -> None:
        init = init_segment(sets)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.init_bytes = len(init)
        self.size_bytes = 0
        self._sequence = 0
        self._keys: list[tuple[int, int]] = []
        self._hash = hashlib.sha256()
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        try:
            self._append([init])
        except OSError:
            os.close(self._fd)
            with contextlib.suppress(OSError):
                path.unlink()
            raise

    @property
    def fd(self) -> int:
        return self._fd

    def add(self, table: FrameTable, data: bytes) -> tuple[int, int, int]:
        """Append one fragment; gives its offset, size and CRC-32."""
        header = fragment_header(self._sequence + 1, table)
        offset = self.size_bytes
        self._append([header, data])
        self._sequence += 1
        if table.keys[0]:
            self._keys.append((table.pts_90k[0], offset))
        return offset, self.size_bytes - offset, zlib.crc32(data, zlib.crc32(header))

    def finish(self) -> str:
        """Write the random-access box; gives the SHA-256 of the whole file in hex."""
        self._append([random_access_box(self._keys)])
        return self._hash.hexdigest()

    def sha256(self) -> str:
        """Of what is written so far."""
        return self._hash.hexdigest()

    def sync(self) -> None:
        """Make the bytes and the file's name durable."""
        os.fdatasync(self._fd)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def close(self) -> None:
        os.close(self._fd)

    def _append(self, parts: Sequence[bytes]) -> None:
        total = sum(len(part) for part in parts)
        try:
            written = os.writev(self._fd, parts)
            if written < total:
                self._write_rest(b"".join(parts), written)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self.size_bytes)
                os.lseek(self._fd, self.size_bytes, os.SEEK_SET)
            raise
        for part in parts:
            self._hash.update(part)
        self.size_bytes += total

    def _write_rest(self, whole: bytes, written: int) -> None:
        view = memoryview(whole)
        while written < len(whole):
            written += os.write(self._fd, view[written:])
