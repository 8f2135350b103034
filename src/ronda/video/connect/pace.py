"""How fast the recorder may open connections. Pure: the clock comes in.

After faults of cameras or of the network at most 20 new connections a second: 500 cameras behind one
switch must not be its next fault. After our own start 150 a second: then nothing is broken, and each
second waited is lost. Slots are spaced evenly instead of given in bursts, so that no window of a
second, wherever it begins, holds more.
Invariant: slots are given in the order they were asked for, and never two in one distance.
"""

from dataclasses import dataclass

AGAIN_PER_S = 20
FIRST_PER_S = 150
_SECOND_US = 1_000_000


@dataclass(slots=True)
class OpeningPace:
    """`slot` gives the instant at which a connection may be opened; each slot is given once."""

    again_us: int = _SECOND_US // AGAIN_PER_S * 103 // 100  # what leaves evenly arrives less evenly
    first_us: int = -(-_SECOND_US // FIRST_PER_S)
    _next_us: int = 0

    def slot(self, now_us: int, *, first: bool) -> int:
        """first: the first attempt of this camera since the recorder was started."""
        at_us = max(now_us, self._next_us)
        self._next_us = at_us + (self.first_us if first else self.again_us)
        return at_us
