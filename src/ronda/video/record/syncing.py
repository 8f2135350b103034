"""Make written files durable: one by one while they are few, else their whole file system with one call."""

from collections.abc import Sequence

from ronda.video.record.disk_calls import SYSTEM_CALLS, DiskCalls
from ronda.video.record.segment_file import SegmentFile

FEW_FILES = 8  # up to here each file is synced, above the whole file system at once


def sync_files(files: Sequence[SegmentFile], calls: DiskCalls = SYSTEM_CALLS) -> None:
    """Files of one disk, with their names. Raises OSError."""
    if len(files) <= FEW_FILES:
        for file in files:
            file.sync()
    else:
        calls.sync_all(files[0].fd)
