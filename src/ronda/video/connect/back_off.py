"""How long to wait before a camera is tried again. Pure: the random number comes in.

Doubles from half a second, spread over half of it, so that a hundred cameras behind one broken switch
do not come back in one instant; up to 5 s for a camera that was seen in the last day, half a minute
for others. A camera that played a moment ago is looked for every second or two at first: each second
waited is a second of footage lost. A refused password waits longer from the start: trying on quickly
would only lock the account. How many connections a second all cameras together may open is the
business of `pace`.
"""

from dataclasses import dataclass

from ronda.video.gap_cause import Finding

FIRST_S = 0.5
SOON_LONGEST_S = 1.5  # for the first tries after a stream that played
SOON_TRIES = 20
SEEN_LONGEST_S = 5.0  # for a camera seen in the last day; no chance makes it more
LONGEST_S = 30.0
SEEN_LATELY_US = 24 * 3600 * 1_000_000
LOCK_OUT_FIRST_S = 20.0
LOCK_OUT_LONGEST_S = 300.0
STEADY_S = 10.0  # a connection that played this long starts the count anew


@dataclass(slots=True)
class BackOff:
    failures: int = 0
    played_before: bool = False

    def failed(self, finding: Finding, chance: float, *, seen_lately: bool = False) -> float:
        """Seconds to wait after a failure; chance is from 0 to 1."""
        careful = finding is Finding.WRONG_PASSWORD
        first, longest = (LOCK_OUT_FIRST_S, LOCK_OUT_LONGEST_S) if careful else (FIRST_S, LONGEST_S)
        doublings = self.failures
        if self.played_before and not careful:
            if self.failures < SOON_TRIES:
                longest = SOON_LONGEST_S
            else:
                doublings -= SOON_TRIES
        wait_s = min(first * 2.0 ** min(doublings, 12), longest) * (0.5 + chance)
        self.failures += 1
        return min(wait_s, SEEN_LONGEST_S) if seen_lately and not careful else wait_s

    def played(self, for_s: float) -> None:
        if for_s >= STEADY_S:
            self.failures = 0
            self.played_before = True
