"""Unix sockets below paths of any length.

The kernel takes at most 107 bytes of path; a data folder may lie deeper. So the folder is opened
and the socket is named through `/proc/self/fd`.
"""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def _short_name(path: Path) -> Iterator[str]:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listen(path: Path) -> socket.socket:
    """A listening socket, mode 0600, in place of one that was left behind. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        with _short_name(path) as name:
            sock.bind(name)
        sock.listen(64)
    except BaseException:
        sock.close()
        raise
    finally:
        os.umask(before)
    sock.setblocking(False)
    return sock


def connect(path: Path) -> socket.socket:
    """A connected socket. Raises OSError when nobody listens."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short_name(path) as name:
            sock.connect(name)
    except BaseException:
        sock.close()
        raise
    sock.setblocking(False)
    return sock
