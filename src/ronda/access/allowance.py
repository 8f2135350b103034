"""How much one person, or one program, reads and sends in: far more than hands can do is held up, never locked.

An allowance fills up evenly: what was not used is there, up to its size. Kept in the memory of one web process: a
restart fills it, which costs more than it gives. Decides nothing about who may do what.
"""

from dataclasses import dataclass

from ronda.access.errors import AskedTooOftenError, SentTooMuchError
from ronda.core.time import SECOND_US, Clock

DAY_S = 86_400
MOST_KEPT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """So much at once, and so much more each second."""

    size: float
    per_s: float

    def left(self, left: float, elapsed_s: float) -> float:
        """What is there after some time."""
        return min(self.size, left + max(0.0, elapsed_s) * self.per_s)

    def wait_s(self, left: float, wanted: float) -> float:
        """Until it is enough; what is larger than the whole waits for the whole."""
        return max(0.0, (min(wanted, self.size) - left) / self.per_s)


READS = Allowance(size=5000, per_s=50)  # the health page asks for the time line of each of 500 cameras at once
SENT_BYTES = Allowance(size=1_000_000_000, per_s=1_000_000_000 / DAY_S)  # six of the largest imports a day


class Allowances:
    """Of everybody who is signed in."""

    def __init__(self, clock: Clock, reads: Allowance = READS, sent: Allowance = SENT_BYTES) -> None:
        self._clock, self._reads, self._sent = clock, reads, sent
        self._kept: dict[tuple[str, Allowance], tuple[float, int]] = {}  # what is left, and when that was

    def read(self, who: str) -> None:
        """One more reading request. Raises AskedTooOftenError."""
        wait_s = self._take(who, self._reads, 1)
        if wait_s > 0:
            raise AskedTooOftenError(wait_s)

    def sent(self, who: str, size_bytes: int) -> None:
        """A writing request of this size. Raises SentTooMuchError; it is not counted then."""
        wait_s = self._take(who, self._sent, size_bytes)
        if wait_s > 0:
            raise SentTooMuchError(wait_s)

    def _take(self, who: str, allowance: Allowance, wanted: float) -> float:
        now_us = self._clock.monotonic_us()
        before, at_us = self._kept.get((who, allowance), (allowance.size, now_us))
        left = allowance.left(before, (now_us - at_us) / SECOND_US)
        wait_s = allowance.wait_s(left, wanted)
        self._keep((who, allowance), left if wait_s > 0 else left - wanted, now_us)
        return wait_s

    def _keep(self, key: tuple[str, Allowance], left: float, now_us: int) -> None:
        if key not in self._kept and len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]  # the one that was seen first
        self._kept[key] = (left, now_us)
