"""Lay proofs beside a sealed package that come later, and bring its tag list up to date.

The sealed part never changes: only files of `layout.MAY_COME_LATER` and the BAST's added signatures. The tag list
is a copy check without authority. One writer at a time holds the folder's lock. A crash between a file and the list
leaves a list that lacks it; the next call mends that.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from ronda.evidence import layout, manifest

Write = Callable[[Path, bytes], None]  # replaces a file in one synced step


@contextmanager
def only_writer(package: Path) -> Iterator[None]:
    """Hold the package's folder while something is laid beside what is sealed; waits for its turn."""
    handle = os.open(package, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def add_later(package: Path, files: Mapping[str, bytes], write: Write) -> bool:
    """Write `files` and list what came later; True when the list had to change. Raises OSError, MalformedError."""
    with only_writer(package):
        for path, data in files.items():
            write(package / path, data)
        return _list(package, write)


def _list(package: Path, write: Write) -> bool:
    path = package / layout.TAG_MANIFEST
    listed = manifest.read(path.read_bytes(), layout.TAG_MANIFEST)
    before = dict(listed)
    for name in (*layout.MAY_COME_LATER, layout.BAST):
        if (package / name).exists():
            listed[name] = sha256((package / name).read_bytes()).hexdigest()
    if listed == before:
        return False
    write(path, manifest.write(listed))
    return True
