"""What the running picture needs from a store: one index beside the footage.

Implemented by `ronda.store.disk.index.SqliteIndex`. The recorder writes segments and gaps; the web
reads them and places holds; retention deletes. Each method is one transaction and may be called
from any thread and from several processes.
"""

from collections.abc import Sequence
from typing import Protocol

from ronda.core.ids import CameraId, HoldId, SegmentId
from ronda.core.time import TimeSpan
from ronda.video.model import Fragment, Gap, Hold, Segment


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


class Holds(Protocol):
    """Locked evidence. Placed before anything else happens to a case's footage."""

    def place_hold(self, hold: Hold) -> None: ...

    def end_hold(self, hold_id: HoldId, until_us: int) -> None:
        """Let the hold run out at `until_us`; footage stays until then and falls back to retention."""
        ...

    def holds(self, camera: CameraId, span: TimeSpan) -> Sequence[Hold]: ...
