"""Make written files durable: one by one while they are few, else their whole file system with one call."""

import ctypes
import os
from collections.abc import Sequence

from ronda.video.record.segment_file import SegmentFile

FEW_FILES = 8  # up to here each file is synced, above the whole file system at once
_LIBC = ctypes.CDLL(None, use_errno=True)


def sync_files(files: Sequence[SegmentFile]) -> None:
    """Files of one disk, with their names. Raises OSError."""
    if len(files) <= FEW_FILES:
        for file in files:
            file.sync()
    elif _LIBC.syncfs(files[0].fd) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
