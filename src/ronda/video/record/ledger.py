"""Keep account of one camera's time: what is recorded, what is missing, and why. Pure.

Invariant: from the first frame ever recorded, each instant lies in footage or in a gap row.
A gap begins at the arrival of the last frame before it and ends at the arrival of the first after
it, so that every frame lost lies inside. A stream that stalls and then catches up has lost nothing:
such a hole is only declared once the frames after it stay late.
"""

from collections.abc import Sequence

from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US
from ronda.video.gap_cause import Evidence, Finding, stronger
from ronda.video.model import Gap, GapCause

HOLE_US = 3 * SECOND_US // 2
CATCH_UP_US = 2 * SECOND_US
_DECISIONS = frozenset(
    {
        Finding.SWITCHED_OFF_AS_PLANNED,
        Finding.SWITCHED_OFF_BY_PERSON,
        Finding.RECORDER_STOPPED,
        Finding.DISK_FAULT,
    }
)  # these begin a gap of their own, whatever was missing before


class Ledger:
    """The account of one camera. `changed` holds gap rows to be written."""

    def __init__(self, camera: CameraId, *, last_us: int | None, open_gap: Gap | None) -> None:
        self.camera = camera
        self.changed: list[Gap] = []
        self._last_us = last_us  # arrival of the last frame recorded
        self._last_90k: int | None = None
        self._gap = open_gap
        self._evidence: Evidence | None = None
        self._stepped = False
        self._usual_us = 0  # distance of pictures, averaged
        self._hole: tuple[int, int, int] | None = None  # (from, to, presentation time before it)

    @property
    def last_us(self) -> int | None:
        return self._last_us

    @property
    def open_gap(self) -> Gap | None:
        return self._gap

    @property
    def is_steady(self) -> bool:
        """Recording goes on, and nothing waits to be settled."""
        return not (self._gap or self._stepped or self._hole or self._last_us is None or self._last_90k is None)

    def begin(self, evidence: Evidence) -> None:
        """Recording begins, or begins again: what is missing since the last frame has this cause.

        A gap that is open already keeps its own. What is found from now on is judged anew.
        """
        if self._gap is None and self._last_us is not None:
            self._set_gap(self._last_us, evidence)
        self._evidence = None

    def lost(self, now_us: int, evidence: Evidence) -> None:
        """Recording stopped, or still fails: open a gap at the last frame, or name its cause better."""
        self._settle_hole()
        self._last_90k = None
        gap = self._gap
        if gap is None:
            self._set_gap(self._last_us if self._last_us is not None else now_us, evidence)
        elif gap.cause is evidence.cause:
            if self._evidence is not None and stronger(self._evidence, evidence) is evidence:
                self._set_gap(gap.start_us, evidence)
        elif gap.cause is GapCause.UNKNOWN:
            self._set_gap(gap.start_us, evidence)
        elif self._evidence is None or evidence.finding in _DECISIONS:
            self._close_gap(max(now_us, gap.start_us + 1))
            self._set_gap(max(now_us, gap.start_us + 1), evidence)
        elif stronger(self._evidence, evidence) is evidence:
            self._set_gap(gap.start_us, evidence)
        else:
            return
        self._evidence = evidence

    def clock_stepped(self) -> None:
        """The machine's clock was set forward: the times between exist for no camera."""
        self._stepped = True

    def recorded(self, arrivals_us: Sequence[int], pts_90k: Sequence[int], damaged: Sequence[bool]) -> None:
        """Frames were written. Arrivals are wall time and never fall."""
        if self._gap is not None:
            self._close_gap(arrivals_us[0])
        elif self._stepped and self._last_us is not None:
            self.hole(self._last_us, arrivals_us[0], Evidence(finding=Finding.CLOCK_STEPPED))
            self._last_90k = None
        self._stepped = False
        for arrival_us, pts, is_damaged in zip(arrivals_us, pts_90k, damaged, strict=True):
            before_us, before_90k = self._last_us, self._last_90k
            if before_us is not None and before_90k is not None:
                self._compare(before_us, before_90k, arrival_us, pts, is_damaged)
            self._last_us, self._last_90k = arrival_us, pts
        self._watch_hole(arrivals_us[-1], pts_90k[-1])

    def went_on(self, first_us: int, last_us: int, first_90k: int, last_90k: int, frames: int) -> bool:
        """Take a block without a damaged frame as a whole, if no hole can lie before or in it.

        False: look at each frame with `recorded`.
        """
        before_us, before_90k = self._last_us, self._last_90k
        if before_us is None or before_90k is None or self._gap or self._stepped or self._hole:
            return False
        if first_us - before_us >= HOLE_US or last_us - first_us >= HOLE_US:
            return False
        step_us = min(abs(last_90k - before_90k) * 100 // 9 // frames, 10 * SECOND_US)
        self._usual_us += (step_us - self._usual_us) * min(frames, 8) // 8
        self._last_us, self._last_90k = last_us, last_90k
        return True

    def hole(self, start_us: int, end_us: int, evidence: Evidence) -> None:
        """Something is missing inside what goes on: a gap that is over already."""
        self.changed.append(
            Gap(
                camera=self.camera,
                start_us=start_us,
                end_us=max(end_us, start_us),
                cause=evidence.cause,
                evidence=evidence.sentence(),
            )
        )

    def _compare(self, before_us: int, before_90k: int, arrival_us: int, pts: int, is_damaged: bool) -> None:
        media_us = (pts - before_90k) * 100 // 9
        hole_us = max(HOLE_US, 3 * self._usual_us)  # some cameras send a picture every few seconds
        self._usual_us += (min(abs(media_us), 10 * SECOND_US) - self._usual_us) // 8
        if media_us >= hole_us and arrival_us - before_us >= hole_us:
            detail = f"{(arrival_us - before_us) / SECOND_US:.1f} s between two pictures"
            self.hole(before_us, arrival_us, Evidence(finding=Finding.NO_FRAMES, detail=detail))
        elif is_damaged:
            detail = "a picture is incomplete or left out here"
            self.hole(before_us, arrival_us, Evidence(finding=Finding.PACKETS_MISSING, detail=detail))
        elif arrival_us - before_us >= hole_us and self._hole is None:
            self._hole = (before_us, arrival_us, before_90k)

    def _watch_hole(self, arrival_us: int, pts: int) -> None:
        if self._hole is None:
            return
        from_us, to_us, from_90k = self._hole
        late_us = arrival_us - from_us - (pts - from_90k) * 100 // 9
        if late_us < HOLE_US:
            self._hole = None  # the frames caught up: they were late, not lost
        elif arrival_us - to_us >= CATCH_UP_US:
            self._settle_hole()

    def _settle_hole(self) -> None:
        if self._hole is not None:
            from_us, to_us, _ = self._hole
            self._hole = None
            detail = f"{(to_us - from_us) / SECOND_US:.1f} s between two pictures"
            self.hole(from_us, to_us, Evidence(finding=Finding.NO_FRAMES, detail=detail))

    def _set_gap(self, start_us: int, evidence: Evidence) -> None:
        self._gap = Gap(
            camera=self.camera, start_us=start_us, end_us=None, cause=evidence.cause, evidence=evidence.sentence()
        )
        self.changed.append(self._gap)

    def _close_gap(self, end_us: int) -> None:
        gap = self._gap
        if gap is None:
            return
        self.changed.append(
            Gap(
                camera=gap.camera,
                start_us=gap.start_us,
                end_us=max(end_us, gap.start_us),
                cause=gap.cause,
                evidence=gap.evidence,
                training=gap.training,
            )
        )
        self._gap = self._evidence = None
