"""Delete what is due: by age for each camera, then in the order of sacrifice while every disk is too full.

1. The index marks segments as deleted, in the transaction that also looks at the holds.
2. Their files are removed. 3. The index notes that they are gone.
A crash in between leaves rows that say "deleted" with a file; the next run removes it. Held footage
and open segments are never chosen. Files on a disk that is absent are removed when it is back.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from ronda.core.ids import CameraId
from ronda.core.time import Clock
from ronda.video.errors import StorageError
from ronda.video.model import Segment, disk_of
from ronda.video.ports import RecordingIndex
from ronda.video.record.disk_calls import SYSTEM_CALLS, DiskCalls
from ronda.video.record.disks import DiskSet
from ronda.video.retain.clock_doubt import ClockDoubt, Doubt
from ronda.video.retain.quiet import QuietFootage
from ronda.video.retain.rules import due_before_us

PAUSE_S = 15.0
_STEP = 50
_log = logging.getLogger(__name__)


class Retention:
    """A thread of its own, since removing large files may take long."""

    def __init__(
        self,
        index: RecordingIndex,
        disks: DiskSet,
        clock: Clock,
        *,
        now_us: Callable[[], int],
        days: Callable[[], Mapping[CameraId, int]],
        calls: DiskCalls = SYSTEM_CALLS,
        synchronised: Callable[[int], bool] = lambda _: False,
        importance: Callable[[], Mapping[CameraId, int]] = dict,
    ) -> None:
        """synchronised: whether the kernel names a source of its clock, at this time.

        importance: of each camera's purpose; what is lower gives way first.
        """
        self._calls, self._synchronised = calls, synchronised
        self._index, self._disks, self._clock = index, disks, clock
        self._now_us, self._days, self._importance = now_us, days, importance
        self._clock_doubt = ClockDoubt(index)
        self.doubt: Doubt | None = None
        self.warning: str | None = None
        self._quiet = QuietFootage(index)
        self._wake = threading.Event()
        self._running = True
        self._thread = threading.Thread(target=self._run, name="ronda-retention", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._running = False
        self._wake.set()
        self._thread.join()

    def wake(self) -> None:
        """Look at the disk now: it is full."""
        self._wake.set()

    def _run(self) -> None:
        while self._running:
            try:
                self.run_once()
            except (StorageError, OSError) as fault:
                _log.warning("retention waits: %s", fault)
            self._wake.wait(PAUSE_S)
            self._wake.clear()

    def run_once(self) -> int:
        """One round; gives how many segments were deleted."""
        self._disks.home.check()
        remove_files(self._index, self._disks.home.root, self._disks.present(), self._calls)
        deleted = self._by_age()
        return deleted + self._by_space()

    def _by_age(self) -> int:
        now_us = self._now_us()
        self.doubt = self._clock_doubt.look(
            now_us=now_us,
            newest_us=self._index.last_end_us(),
            monotonic_us=self._clock.monotonic_us(),
            synchronised=self._synchronised(now_us),
        )
        after_us = -1 if self.doubt is None else self.doubt.from_us
        deleted = 0
        for camera, days in self._days().items():
            before_us = due_before_us(now_us, days)
            while due := self._index.take_due(
                camera=camera, before_us=before_us, after_us=after_us, now_us=now_us, limit=_STEP
            ):
                deleted += self._remove(due)
        return deleted

    def _by_space(self) -> int:
        deleted = 0
        self.warning = None
        while self._disks.needs_room():
            due = self._index.take([one.segment_id for one in self._next_to_go()], self._now_us())
            if not due:
                self.warning = self._nothing_left()
                break
            deleted += self._remove(due)
        return deleted

    def _next_to_go(self) -> list[Segment]:
        """Some segments of the first step of the order that has any."""
        now_us, disks, importance = self._now_us(), self._disks.present(), self._importance()
        if found := self._index.unneeded_sub_streams(disks=disks, now_us=now_us, limit=_STEP // 5):
            return found
        ranks = {camera: (importance.get(camera, 0), days) for camera, days in self._days().items()}
        if found := self._quiet.next(ranks, disks, now_us):
            return found
        return self._index.oldest(camera=None, disks=disks, after_us=0, now_us=now_us, limit=_STEP // 5)

    def _nothing_left(self) -> str:
        space = self._disks.space()
        left = "no known room" if space is None else f"{space.free_bytes / 1e6:.0f} MB"
        return (
            f"the disk of {self._disks.home.root} has {left} left and nothing on it "
            "may be deleted: what is left is locked as evidence, or not footage. "
            "Next: free some space, or add a larger disk"
        )

    def _remove(self, due: list[Segment]) -> int:
        root, present = self._disks.home.root, self._disks.present()
        here = [segment for segment in due if disk_of(segment.path) in present]
        _unlink(root, here, self._calls)
        self._index.files_removed([segment.segment_id for segment in here])
        _log.info("retention: %d segments deleted, up to %s", len(due), due[-1].path)
        return len(due)


def remove_files(
    index: RecordingIndex, folder: Path, disks: Collection[int] | None = None, calls: DiskCalls = SYSTEM_CALLS
) -> None:
    """Remove files whose rows say "deleted": what a crash left of the last run."""
    while left := index.files_to_remove(200, disks):
        _unlink(folder, left, calls)
        index.files_removed([segment.segment_id for segment in left])


def _unlink(folder: Path, segments: list[Segment], calls: DiskCalls) -> None:
    """Removed for good: a name that a power cut brings back would have no row any more."""
    paths = [folder / segment.path for segment in segments]
    for path in paths:
        calls.remove(path)
    for parent in sorted({path.parent for path in paths}):
        with contextlib.suppress(FileNotFoundError):
            calls.sync_folder(parent)
        for empty in (parent, parent.parent):
            with contextlib.suppress(OSError):
                empty.rmdir()  # only when it is empty
