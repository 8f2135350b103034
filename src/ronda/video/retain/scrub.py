"""Hash all closed footage again, slowly, so that flipped bits are found by us and not in court.

One round takes about a week, or longer where the disks hold more than `LARGEST_RATE` reads in that time. It
waits while the writer is behind. What differs is read a second time; if it still differs the segment is marked
as damaged, a note in the index names camera, span, fragments and the holds that touch it, and the status warns
until it is gone.
A file that is there but whole again (another disk put back) loses its mark. Nothing here changes footage.
Invariant: a mark is only set for bytes that were read; a disk that is absent proves nothing.
"""

import hashlib
import logging
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ronda.core.ids import SegmentId
from ronda.core.time import DAY_US, TimeSpan, utc_text
from ronda.video.errors import StorageError
from ronda.video.model import Fragment, Note, Segment, disk_of
from ronda.video.ports import Holds, RecordingIndex
from ronda.video.record.disks import DiskSet

ROUND_S = 7 * 24 * 3600.0
LEAST_RATE, LARGEST_RATE = 1_000_000, 64_000_000  # bytes a second
PAUSE_S = 5.0
NOTE_DAMAGED, NOTE_WHOLE, NOTE_ROUND = "footage-damaged", "footage-whole", "scrub-round"
_CURSOR, _ROUND = "scrub_after", "scrub_round_us"
_BATCH = 100
_BLOCK = 1 << 20
_log = logging.getLogger(__name__)


class ScrubIndex(RecordingIndex, Holds, Protocol):
    """Rows and holds: a finding names who is affected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What is wrong with a segment's file. spans: of the fragments that differ; empty when the file is gone."""

    segment: Segment
    what: str
    spans: tuple[TimeSpan, ...]
    fragments: int


def rate_bytes_s(stored_bytes: int) -> int:
    """How fast to read so that a round takes a week."""
    return max(LEAST_RATE, min(LARGEST_RATE, round(stored_bytes / ROUND_S * 1.1)))


def look_at(
    folder: Path, segment: Segment, fragments: list[Fragment], paced: Callable[[int], None]
) -> Damage | None:
    """Read a segment's file whole; None when it is what was written. `paced` is told of each block."""
    try:
        digest, size_bytes = hashlib.sha256(), 0
        with (folder / segment.path).open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                size_bytes += len(block)
                paced(len(block))
    except FileNotFoundError:
        return Damage(segment=segment, what="the file is gone", spans=(), fragments=0)
    except OSError as fault:
        return _locate(folder, segment, fragments, f"the file cannot be read ({fault.strerror})")
    if segment.sha256 is None and size_bytes == segment.size_bytes:  # recorded without hash: fragments only
        found = _locate(folder, segment, fragments, "a checksum differs")
        return found if found.spans else None
    if digest.hexdigest() == segment.sha256 and size_bytes == segment.size_bytes:
        return None
    if size_bytes < segment.size_bytes:
        return _locate(folder, segment, fragments, f"{size_bytes} of {segment.size_bytes} bytes are left")
    return _locate(
        folder, segment, fragments, f"SHA-256 {digest.hexdigest()[:16]} instead of {str(segment.sha256)[:16]}"
    )


def _locate(folder: Path, segment: Segment, fragments: list[Fragment], what: str) -> Damage:
    spans = []
    for one in fragments:
        try:
            with (folder / segment.path).open("rb") as file:
                file.seek(one.offset)
                whole = zlib.crc32(file.read(one.size_bytes)) == one.crc32
        except OSError:
            whole = False
        if not whole:
            spans.append(TimeSpan(one.start_us, one.start_us + max(1, one.duration_90k * 100 // 9)))
    return Damage(segment=segment, what=what, spans=tuple(spans), fragments=len(fragments))


class Scrub:
    """A thread of its own, at low speed. `step` looks at one segment and may be called without the thread."""

    def __init__(
        self,
        index: ScrubIndex,
        disks: DiskSet,
        *,
        now_us: Callable[[], int],
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._index, self._disks, self._now_us, self._busy = index, disks, now_us, busy
        self._queue: list[Segment] = []
        self._rate = LEAST_RATE
        self._stopped = threading.Event()
        self.warnings: tuple[str, ...] = ()
        self.damaged = 0
        self._thread = threading.Thread(target=self._run, name="ronda-scrub", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def step(self) -> bool:
        """Look at the next segment; False when a round is over and nothing is due."""
        if not self._queue:
            self._queue = self._index.closed_after(int(self._index.fact(_CURSOR) or 0), _BATCH)
            self._rate = rate_bytes_s(self._index.stored()[0])
        if not self._queue:
            return self._next_round()
        segment = self._queue.pop(0)
        if disk_of(segment.path) in self._disks.present():
            self._prove(segment)
        if not self._queue or segment.damaged:
            self._index.set_fact(_CURSOR, str(segment.segment_id))
        return True

    def refresh(self) -> None:
        """What the status warns of."""
        damaged = self._index.damaged()
        self.damaged = len(damaged)
        if not damaged:
            self.warnings = ()
            return
        cameras = sorted({one.camera for one in damaged})
        some = ", ".join(f"{one.camera} {utc_text(one.span.start_us)[:16]}" for one in damaged[:3])
        self.warnings = (
            f"{len(damaged)} segments of {len(cameras)} cameras are not what was written ({some}); they are not "
            "handed over as whole. Next: look after the disk, and read the notes with `ronda check`",
        )

    # -- inside ----------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self.refresh()
                more = self.step()
                while more and not self._stopped.is_set():
                    more = self.step()
            except (StorageError, OSError, ValueError) as fault:
                _log.warning("the scrub waits: %s", fault)
            self._stopped.wait(PAUSE_S)

    def _next_round(self) -> bool:
        """Begin again from the oldest footage, a week after the last round began."""
        now_us, began_us = self._now_us(), int(self._index.fact(_ROUND) or 0)
        if now_us - began_us < 7 * DAY_US:
            return False
        self._index.set_fact(_ROUND, str(now_us))
        self._index.set_fact(_CURSOR, "0")
        return bool(self._index.closed_after(0, 1))

    def _prove(self, segment: Segment) -> None:
        root = self._disks.home.root
        fragments = self._index.fragments(segment.segment_id)
        damage = look_at(root, segment, fragments, self._paced)
        if damage is not None:
            damage = look_at(root, segment, fragments, self._paced)  # a passing fault of a cable is no damage
        if damage is None:
            if segment.damaged:
                text = f"{segment.path} is what was written again"
                self._index.mark_damaged(segment.segment_id, self._note(NOTE_WHOLE, text), damaged=False)
                self.refresh()
            return
        current = self._index.segment(SegmentId(segment.segment_id))
        gone = current is None or current.state is not segment.state  # retention was faster
        if gone or segment.damaged or disk_of(segment.path) not in self._disks.present():
            return
        text = self._affected(damage)
        self._index.mark_damaged(segment.segment_id, self._note(NOTE_DAMAGED, text))
        _log.error("%s", text)
        self.refresh()

    def _affected(self, damage: Damage) -> str:
        """Camera, span, which seconds, and the cases whose holds touch it."""
        segment = damage.segment
        span = f"{utc_text(segment.span.start_us)} to {utc_text(segment.span.end_us)}"
        if damage.spans:
            seconds = ", ".join(utc_text(one.start_us)[11:23] for one in damage.spans[:5])
            more = f" and {len(damage.spans) - 5} more" if len(damage.spans) > 5 else ""
            where = f"{len(damage.spans)} of {damage.fragments} fragments differ, from {seconds}{more}"
        else:
            where = "no fragment is left" if damage.what == "the file is gone" else "every fragment is as written"
        holds = self._index.holds(segment.camera, segment.span)
        cases = ", ".join(sorted({one.reason for one in holds})) or "none"
        return (
            f"camera {segment.camera}, {span}: {segment.path} is damaged: {damage.what}; {where}; "
            f"locked for: {cases}. Next: look after the disk; packages of this span are refused until it is whole"
        )

    def _note(self, kind: str, text: str) -> Note:
        return Note(at_us=self._now_us(), kind=kind, text=text)

    def _paced(self, size_bytes: int) -> None:
        """Spread the reading; stand still while the writer is behind."""
        self._stopped.wait(size_bytes / self._rate)
        while self._busy() and not self._stopped.is_set():
            self._stopped.wait(1.0)
        if self._stopped.is_set():
            raise StorageError("the recorder ends; the scrub goes on at its next start")
