"""Slow down who guesses: a wait that grows with failures, never a lock.

Failures are counted by what was tried (a login, a person's codes) and by the address it came from. A browser
that the person used before counts by itself, so that a stranger who guesses at the same login does not hold up
its owner. Kept in the memory of one web process: a restart forgets, which costs a guesser more than it gives.
"""

from ronda.access.errors import TooManyTriesError
from ronda.core.time import MINUTE_US, SECOND_US, Clock

FREE_TRIES = 5
FREE_TRIES_OF_AN_ADDRESS = 20  # a whole office may stand behind one address
LONGEST_WAIT_S = 30.0
FORGET_AFTER_US = 15 * MINUTE_US
MOST_KEPT = 20_000


def wait_before_try_s(failures: int, since_last_s: float, free: int = FREE_TRIES) -> float:
    """Seconds to wait before the next try: none for the first failures, then doubling up to 30 s."""
    if failures < free:
        return 0.0
    return max(0.0, min(LONGEST_WAIT_S, 2.0 ** min(failures - free, 10)) - since_last_s)


class Slowing:
    """Failures by key; a key that begins with `address ` has more free tries."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[int, int]] = {}  # failures, when the last was

    def check(self, *keys: str) -> None:
        """Raise TooManyTriesError while any of the keys has to wait."""
        now_us = self._clock.now_us()
        for key in keys:
            failures, last_us = self._kept.get(key, (0, 0))
            if now_us - last_us > FORGET_AFTER_US:
                self._kept.pop(key, None)
                continue
            free = FREE_TRIES_OF_AN_ADDRESS if key.startswith("address ") else FREE_TRIES
            wait_s = wait_before_try_s(failures, (now_us - last_us) / SECOND_US, free)
            if wait_s > 0:
                raise TooManyTriesError(wait_s)

    def failed(self, *keys: str) -> None:
        now_us = self._clock.now_us()
        if len(self._kept) >= MOST_KEPT:
            self._kept = {key: one for key, one in self._kept.items() if now_us - one[1] <= FORGET_AFTER_US}
        for key in keys:
            if key in self._kept or len(self._kept) < MOST_KEPT:
                self._kept[key] = (self._kept.get(key, (0, 0))[0] + 1, now_us)

    def forget(self, *keys: str) -> None:
        for key in keys:
            self._kept.pop(key, None)
