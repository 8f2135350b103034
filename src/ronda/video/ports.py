"""What the running picture needs from a store: one index beside the footage.

Implemented by `ronda.store.disk.index.SqliteIndex`. The recorder writes segments and gaps; the web
reads them and places holds; retention deletes. Each method is one transaction and may be called
from any thread and from several processes.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from ronda.core.ids import CameraId, HoldId, SegmentId
from ronda.core.time import TimeSpan
from ronda.evidence.machine_clock import ClockReading
from ronda.video.model import ClockPair, Fragment, Gap, Hold, Note, Origin, Segment, SegmentGrowth, SegmentWrite


class RecordingReader(Protocol):
    """Questions about what was recorded."""

    def cameras(self) -> list[CameraId]: ...

    def segments(self, camera: CameraId, span: TimeSpan) -> list[Segment]:
        """Segments that overlap `span`, in order, without deleted ones."""
        ...

    def segment(self, segment_id: SegmentId) -> Segment | None: ...

    def fragments(self, segment_id: SegmentId) -> list[Fragment]:
        """All fragments known so far; of an open segment, those already durable."""
        ...

    def gaps(self, camera: CameraId, span: TimeSpan) -> list[Gap]:
        """Gaps that overlap `span`, in order; one that still lasts has no end."""
        ...

    def recorded(self, camera: CameraId, span: TimeSpan) -> list[TimeSpan]:
        """Stretches with footage (or history rows), joined where they touch within 1 s."""
        ...

    def origins(self, camera: CameraId, span: TimeSpan) -> list[tuple[TimeSpan, Origin]]:
        """Footage that was fetched later, and from where; all other was recorded as it came."""

    def clock_readings(self, span: TimeSpan) -> list[ClockReading]:
        """What the machine's kernel said of its own clock in the span and up to twenty minutes before."""
        ...

    def clock_pairs(self, segment_id: SegmentId) -> list[ClockPair]:
        """What the camera's clock said while the segment was recorded."""
        ...


class RecordingIndex(RecordingReader, Protocol):
    """What the recorder needs besides: one writer, one transaction for each sync of the disk."""

    def next_segment_id(self) -> SegmentId: ...

    def write(
        self,
        *,
        segments: Sequence[SegmentWrite] = (),
        grown: Sequence[SegmentGrowth] = (),
        gaps: Sequence[Gap] = (),
        notes: Sequence[Note] = (),
    ) -> None:
        """Insert or replace rows. A gap is known by its camera and start.

        Raises StorageError, and writes nothing, when a segment that has grown is not there.
        """
        ...

    def unfinished(self) -> list[Segment]:
        """Segments still marked open: after a start, what a crash left behind."""
        ...

    def replace_fragments(self, write: SegmentWrite) -> None:
        """Write a repaired segment with all its fragments."""
        ...

    def open_gap(self, camera: CameraId) -> Gap | None: ...

    def last_end_us(self, camera: CameraId | None = None) -> int | None:
        """Where the recorded time, history rows too, ends; of all cameras without a name."""
        ...

    def last_dated_us(self) -> int | None:
        """The last instant that any row of footage or of a gap names: new times begin after it."""
        ...

    def last_frame_us(self, camera: CameraId) -> int | None:
        """When the camera's last recorded frame arrived: where a gap after it begins."""
        ...

    def fact(self, name: str) -> str | None: ...

    def set_fact(self, name: str, value: str) -> None: ...

    def take_due(
        self, *, camera: CameraId | None, before_us: int, now_us: int, limit: int, after_us: int = -1
    ) -> list[Segment]:
        """Mark segments that end after `after_us` and before `before_us` as deleted, oldest first, and give them.

        Held footage and open segments are left out, decided in the same transaction.
        """
        ...

    def take(self, segment_ids: Sequence[SegmentId], now_us: int) -> list[Segment]:
        """Mark these as deleted, but those that are held, open or deleted by now; gives those taken."""
        ...

    def oldest(
        self, *, camera: CameraId | None, disks: Collection[int], after_us: int, now_us: int, limit: int
    ) -> list[Segment]:
        """Closed footage on these disks that is not held and ends after `after_us`, in order of its end."""
        ...

    def unneeded_sub_streams(self, *, disks: Collection[int], now_us: int, limit: int) -> list[Segment]:
        """Sub-stream footage whose whole time the main stream holds too; oldest first."""
        ...

    def files_to_remove(self, limit: int, disks: Collection[int] | None = None) -> list[Segment]:
        """Deleted segments whose file is not known to be gone; with `disks` only those on them."""
        ...

    def files_removed(self, segment_ids: Sequence[SegmentId]) -> None: ...

    def bytes_since(self, since_us: int) -> dict[CameraId, tuple[int, int]]:
        """For each camera: bytes recorded since then, and microseconds they span."""
        ...

    def stored(self) -> tuple[int, int]:
        """Bytes and number of all closed segments."""
        ...

    def oldest_us(self) -> dict[CameraId, int]:
        """For each camera, when its oldest footage that is still there ended."""
        ...

    def closed_after(self, segment_id: int, limit: int) -> list[Segment]:
        """Closed segments with a higher number, in order: the scrub's way through all footage."""
        ...

    def mark_damaged(self, segment_id: SegmentId, note: Note, *, damaged: bool = True) -> None:
        """The segment's bytes are not those that were written, or are again; the note says what is affected."""
        ...

    def damaged(self) -> list[Segment]:
        """Segments that are there and marked as damaged."""
        ...


class Holds(Protocol):
    """Locked evidence. Placed before anything else happens to a case's footage."""

    def place_hold(self, hold: Hold) -> None: ...

    def end_hold(self, hold_id: HoldId, until_us: int) -> None:
        """Let the hold run out at `until_us`; footage stays until then and falls back to retention."""
        ...

    def holds(self, camera: CameraId, span: TimeSpan) -> Sequence[Hold]: ...
