"""One MP4 file while it is written: append fragments, hash them on the way, close.

The SHA-256 runs over each byte as it is written, while it is in the cache. A write that fails is
undone by cutting the file back, so that the file on disk is always whole up to `size_bytes` and
matches the running hash.
"""

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from ronda.media.codec import AudioFormat, PictureSets
from ronda.media.fmp4_write import init_segment, random_access_box
from ronda.video.record.disk_calls import SYSTEM_CALLS, DiskCalls
from ronda.video.record.muxer import FragmentHead

Samples = bytes | memoryview
Crc32 = Callable[[Samples, int], int]


class SegmentFile:
    """Raises OSError when the disk does not take it; the file then still is whole."""

    def __init__(
        self,
        path: Path,
        sets: PictureSets,
        audio: AudioFormat | None,
        *,
        crc32: Crc32,
        hashed: bool = True,
        calls: DiskCalls = SYSTEM_CALLS,
    ) -> None:
        init = init_segment(sets, audio)
        self._calls = calls
        self._crc32 = crc32
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.init_bytes = len(init)
        self.size_bytes = 0
        self._sequence = 0
        self._keys: list[tuple[int, int]] = []
        self._hash = hashlib.sha256() if hashed else None
        self._fd = calls.create(path)
        try:
            self._append([init])
        except OSError:
            calls.close(self._fd)
            with contextlib.suppress(OSError):
                calls.remove(path)
            raise

    @property
    def fd(self) -> int:
        return self._fd

    @property
    def sequence(self) -> int:
        """The number of the next fragment."""
        return self._sequence + 1

    def add(self, head: FragmentHead, data: Samples, sound: bytes, *, key: bool) -> tuple[int, int, int]:
        """Append one fragment; gives its offset, size and CRC-32."""
        offset = self.size_bytes
        parts: list[Samples] = [head.header, data, sound] if sound else [head.header, data]
        self._append(parts)
        self._sequence += 1
        if key:
            self._keys.append((head.first_pts_90k, offset))
        crc32 = 0
        for part in parts:
            crc32 = self._crc32(part, crc32)
        return offset, self.size_bytes - offset, crc32

    def finish(self) -> str | None:
        """Write the random-access box; gives the SHA-256 of the whole file in hex."""
        self._append([random_access_box(self._keys)])
        return self.sha256()

    def sha256(self) -> str | None:
        """Of what is written so far; None when nothing is hashed."""
        return self._hash.hexdigest() if self._hash is not None else None

    def sync(self) -> None:
        """Make the bytes and the file's name durable."""
        self._calls.sync(self._fd)
        self._calls.sync_folder(self.path.parent)

    def give_up(self, kept_bytes: int) -> None:
        """Cut back to what is known to be durable, and close; without any, remove it. The hash is void then."""
        with contextlib.suppress(OSError):
            if kept_bytes:
                self._calls.cut(self._fd, kept_bytes)
            else:
                self._calls.remove(self.path)
        self.close()

    def close(self) -> None:
        self._calls.close(self._fd)

    def _append(self, parts: Sequence[Samples]) -> None:
        total = sum(map(len, parts))
        try:
            written = self._calls.writev(self._fd, parts)
            if written < total:
                self._write_rest(b"".join(parts), written)
        except OSError:
            with contextlib.suppress(OSError):
                self._calls.cut(self._fd, self.size_bytes)
            raise
        if self._hash is not None:
            for part in parts:
                self._hash.update(part)
        self.size_bytes += total

    def _write_rest(self, whole: bytes, written: int) -> None:
        view = memoryview(whole)
        while written < len(whole):
            written += self._calls.write(self._fd, view[written:])
