"""The log as plain files (C2SP tlog-tiles): what witnesses and monitors copy.

    log/checkpoint              the signed state
    log/tile/0/000              256 leaf hashes; tile/0/001.p/7 holds the first 7 of a tile still growing
    log/tile/umum/000           what is public of each entry, after its length in 2 bytes; length 0: nothing
    log/tile/entries/000        the entries whole, the same way: a copy for restoring, never published

Invariant: whatever a checkpoint on disk speaks of is on disk, and synced, before the checkpoint.
A full tile never changes; partial ones are removed once a checkpoint with newer ones stands.
"""

import fcntl
import os
import re
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ronda.evidence.leaf import public_part
from ronda.evidence.log_tree import NodeReader
from ronda.evidence.tiles import PUBLIC_KIND, WIDTH, tile_path

_PUBLISHED = re.compile(r"[a-z0-9]{1,8}(/x\d{3})*/\d{3}(\.p/\d{1,3})?")
_TILE_LEVELS = 8  # one tile level is eight levels of the tree


class LogFolder:
    """Reads and writes the files of one log below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one process writes tiles and checkpoints at a time."""
        with (self._root / "checkpoint.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def checkpoint(self) -> str | None:
        """The last signed note, or None before the first."""
        try:
            return (self._root / "checkpoint").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def write_checkpoint(self, note: str) -> None:
        _write_synced(self._root / "checkpoint", note.encode())

    def write_tiles(self, size: int, node: NodeReader, leaf: Callable[[int], bytes]) -> None:
        """Bring all tiles up to a log of `size` entries; those already whole are left alone."""
        level, count = 0, size
        while count:
            for number, width in self._unfinished(str(level), count):
                at = number * WIDTH
                hashes = [node(level * _TILE_LEVELS, at + offset) for offset in range(width)]
                self._write(str(level), number, width, b"".join(hashes))
            level, count = level + 1, count // WIDTH
        self._write_bundles("entries", size, leaf)
        self._write_bundles(PUBLIC_KIND, size, lambda index: public_part(leaf(index)) or b"")

    def _write_bundles(self, kind: str, size: int, entry: Callable[[int], bytes]) -> None:
        for number, width in self._unfinished(kind, size):
            entries = [entry(number * WIDTH + offset) for offset in range(width)]
            self._write(kind, number, width, b"".join(struct.pack(">H", len(one)) + one for one in entries))

    def published(self, path: str) -> bytes | None:
        """A tile of hashes or of public parts, by its path below `tile/`; None when it is private or absent."""
        kind = path.partition("/")[0]
        if not _PUBLISHED.fullmatch(path) or not (kind.isdigit() or kind == PUBLIC_KIND):
            return None
        file = self._root / "tile" / path
        return file.read_bytes() if file.is_file() else None

    def leaf_hash(self, index: int) -> bytes | None:
        """The hash of entry `index` as published in its tile, or None when none holds it."""
        number, offset = divmod(index, WIDTH)
        for path in self._versions("0", number):
            data = path.read_bytes()
            if len(data) >= (offset + 1) * 32:
                return data[offset * 32 : (offset + 1) * 32]
        return None

    def _unfinished(self, kind: str, count: int) -> Iterator[tuple[int, int]]:
        """The tiles (number, width) of `count` items that are not on disk yet, last ones first."""
        for number in range((count - 1) // WIDTH, -1, -1):
            width = min(WIDTH, count - number * WIDTH)
            if (self._root / tile_path(kind, number, width)).exists():
                if width == WIDTH:
                    return  # full tiles are written in order: all before it are there
                continue
            yield number, width

    def _versions(self, kind: str, number: int) -> list[Path]:
        """Every file of this tile, the whole one first, then the widest."""
        whole = self._root / tile_path(kind, number, WIDTH)
        partial = whole.with_name(whole.name + ".p")
        found = partial.iterdir() if partial.is_dir() else ()
        # Beside them may lie `169.new`: a tile that is being written now, or was when the power went.
        parts = sorted((path for path in found if path.name.isdigit()), key=lambda path: -int(path.name))
        return ([whole] if whole.exists() else []) + parts

    def _write(self, kind: str, number: int, width: int, data: bytes) -> None:
        old = self._versions(kind, number)
        path = self._root / tile_path(kind, number, width)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_synced(path, data)
        for stale in old[1:]:  # the newest stays: the checkpoint still on disk speaks of it
            stale.unlink()


def _write_synced(path: Path, data: bytes) -> None:
    """Replace `path` in one step that survives a power cut."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
