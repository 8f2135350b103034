"""One MP4 file while it is written: append fragments, hash them on the way, close.

The SHA-256 runs over each byte soon after it is written (`hashing`). A write that fails is
undone by cutting the file back, so that the file on disk is always whole up to `size_bytes` and
matches the running hash.
"""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from ronda.media.codec import AudioFormat, PictureSets
from ronda.media.fmp4_write import init_segment, random_access_box
from ronda.video.model import Fragment
from ronda.video.record.disk_calls import SYSTEM_CALLS, DiskCalls
from ronda.video.record.hashing import RunningHash, Samples

# A file that grows by such steps lies in few pieces, and ext4 spends a fifth less on each write.
RESERVE_BYTES = 2 << 20


class SegmentFile:
    """Raises OSError when the disk does not take it; the file then still is whole."""

    def __init__(
        self,
        path: Path,
        sets: PictureSets,
        audio: AudioFormat | None,
        *,
        running: RunningHash | None = None,
        calls: DiskCalls = SYSTEM_CALLS,
    ) -> None:
        init = init_segment(sets, audio)
        self._calls = calls
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.init_bytes = len(init)
        self.size_bytes = 0
        self._reserved_bytes: int | None = 0  # None: there is nothing to be had
        self._sequence = 0
        self._keys: list[tuple[int, int]] = []
        self._hash = running
        self._fd = calls.create(path)
        try:
            self._append([init], len(init))
        except OSError:
            calls.close(self._fd)
            with contextlib.suppress(OSError):
                calls.remove(path)
            raise

    @property
    def fd(self) -> int:
        return self._fd

    @property
    def standing(self) -> tuple[int, int, int, int]:
        """Its bytes, up to where there is room, by how much more is reserved (0: none), the next number."""
        if self._reserved_bytes is None:
            return self.size_bytes, 0, 0, self.sequence
        return self.size_bytes, self._reserved_bytes, RESERVE_BYTES, self.sequence

    @property
    def sequence(self) -> int:
        """The number of the next fragment."""
        return self._sequence + 1

    def add(self, parts: Sequence[Samples], size_bytes: int, key_90k: int | None) -> int:
        """Append one fragment; gives where it begins. key_90k: when its first frame is shown, if that is a key."""
        offset = self.size_bytes
        self._append(parts, size_bytes)
        self._sequence += 1
        if key_90k is not None:
            self._keys.append((key_90k, offset))
        return offset

    def hash_appended(self, parts: Sequence[Samples]) -> None:
        """Of bytes that somebody else appended (`take_over`)."""
        if self._hash is not None:
            self._hash.take(parts)

    def take_over(self, fragments: Sequence[Fragment], reserved_bytes: int) -> None:
        """These fragments were appended without `add`, and room was reserved up to there."""
        last = fragments[-1]
        self.size_bytes = last.offset + last.size_bytes
        self._sequence += len(fragments)
        if self._reserved_bytes is not None:
            self._reserved_bytes = reserved_bytes
        self._keys += [(one.start_90k + one.shift_90k, one.offset) for one in fragments if one.key]

    def finish(self) -> str | None:
        """Write the random-access box; gives the SHA-256 of the whole file in hex."""
        box = random_access_box(self._keys)
        self._append([box], len(box))
        self.release()
        return self.sha256()

    def release(self) -> None:
        """Nothing more will come: give back what was reserved. A crash before leaves that to the next repair."""
        if self._reserved_bytes:
            with contextlib.suppress(OSError):
                self._calls.cut(self._fd, self.size_bytes)
        self._reserved_bytes = None

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

    def _append(self, parts: Sequence[Samples], total: int) -> None:
        if self._reserved_bytes is not None and self.size_bytes + total > self._reserved_bytes:
            self._reserve(self._reserved_bytes, total)
        try:
            written = self._calls.writev(self._fd, parts)
            if written < total:
                self._write_rest(b"".join(parts), written)
        except OSError:
            with contextlib.suppress(OSError):
                self._calls.cut(self._fd, self.size_bytes)
            self._reserved_bytes = None
            raise
        self.hash_appended(parts)
        self.size_bytes += total

    def _reserve(self, reserved_bytes: int, wanted_bytes: int) -> None:
        step = max(RESERVE_BYTES, wanted_bytes)
        given = self._calls.reserve(self._fd, reserved_bytes, step)
        self._reserved_bytes = reserved_bytes + step if given else None

    def _write_rest(self, whole: bytes, written: int) -> None:
        view = memoryview(whole)
        while written < len(whole):
            written += self._calls.write(self._fd, view[written:])
