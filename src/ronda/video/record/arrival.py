"""Date arrivals: monotonic time plus an offset that never lets footage overlap.

The machine's clock may be stepped while cameras are recorded. A step forward is followed at once
(the hole it makes in the timeline becomes a gap row); a step back is not followed, since footage
would be written over times that are taken already: the clock keeps its own pace and drifts back by
500 ppm at most. Both are noted. After a start, times begin where the recorded ones end.
"""

from dataclasses import dataclass

from ronda.core.time import SECOND_US, Clock, utc_text
from ronda.video.model import Note

STEP_US = SECOND_US // 2
SLEW_PER_S_US = 500
START_NOTE = "clock-behind"
FORWARD_NOTE = "clock-forward"
BACK_NOTE = "clock-back"


@dataclass(slots=True)
class ArrivalClock:
    """Wall time of monotonic instants. `check` is called about every second."""

    clock: Clock
    _offset_us: int = 0
    _checked_us: int = 0
    _behind_noted: bool = False

    @staticmethod
    def start(clock: Clock, last_end_us: int | None) -> "tuple[ArrivalClock, Note | None]":
        """A clock that begins after everything recorded so far."""
        monotonic_us, now_us = clock.monotonic_us(), clock.now_us()
        arrival = ArrivalClock(clock, now_us - monotonic_us, monotonic_us)
        if last_end_us is None or now_us > last_end_us:
            return arrival, None
        arrival._offset_us = last_end_us + 1 - monotonic_us
        arrival._behind_noted = True
        text = (
            f"the machine's clock shows {utc_text(now_us)}, before the end of what is recorded "
            f"({utc_text(last_end_us)}); times go on from there so that nothing overlaps"
        )
        return arrival, Note(at_us=last_end_us + 1, kind=START_NOTE, text=text)

    def wall_us(self, monotonic_us: int) -> int:
        return monotonic_us + self._offset_us

    def now_us(self) -> int:
        return self.wall_us(self.clock.monotonic_us())

    @property
    def ahead_us(self) -> int:
        """How far arrival times are ahead of the machine's clock."""
        return self._offset_us - (self.clock.now_us() - self.clock.monotonic_us())

    def check(self) -> Note | None:
        """Follow the machine's clock within the rules; a note when it was stepped."""
        monotonic_us = self.clock.monotonic_us()
        elapsed_us, self._checked_us = monotonic_us - self._checked_us, monotonic_us
        off_us = self.clock.now_us() - monotonic_us - self._offset_us
        if off_us > STEP_US:
            before_us = self.wall_us(monotonic_us)
            self._offset_us += off_us
            self._behind_noted = False
            text = f"the machine's clock was set forward by {off_us / SECOND_US:.1f} s; times follow it"
            return Note(at_us=before_us, kind=FORWARD_NOTE, text=text)
        leeway_us = max(1, elapsed_us * SLEW_PER_S_US // SECOND_US)
        self._offset_us += max(-leeway_us, min(leeway_us, off_us))
        if off_us < -STEP_US and not self._behind_noted:
            self._behind_noted = True
            text = (
                f"the machine's clock was set back by {-off_us / SECOND_US:.1f} s; "
                "times go on at their own pace so that nothing overlaps"
            )
            return Note(at_us=self.wall_us(monotonic_us), kind=BACK_NOTE, text=text)
        self._behind_noted = off_us < -STEP_US
        return None
