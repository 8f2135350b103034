"""Estimate when each frame arrived, although the reads are batched. Pure.

A frame may have waited in the socket for up to a sweep. The newest frame of a read came just before
it; the others came earlier by their distance in media time, but after the read before, which had
emptied the socket. The estimate follows the frames that waited least, with 500 ppm of leeway for a
camera's slow clock.
Invariant: arrivals never fall and never lie after the read.
"""

from collections.abc import Sequence

from ronda.video.engine.port import IntArray

_LEEWAY = 2000  # one part in so many


class ArrivalEstimate:
    """Of one stream. Times are monotonic microseconds."""

    def __init__(self) -> None:
        self._read_us = -1  # the read before
        self._newest: tuple[int, int] | None = None  # (presentation time, arrival)

    def read(self, now_us: int) -> None:
        """The socket was emptied: what comes next comes after this."""
        self._read_us = now_us

    def date(self, fresh: Sequence[tuple[IntArray, IntArray]], now_us: int) -> int:
        """Append to each (presentation times, arrivals) what is missing; gives the last arrival."""
        newest_90k = fresh[-1][0][-1]
        after_us = self._read_us if self._read_us >= 0 else now_us
        for stamps, arrivals in fresh:
            for pts in stamps[len(arrivals) :]:
                arrivals.append(self._arrival(pts, newest_90k, after_us, now_us))
        return fresh[-1][1][-1]

    def _arrival(self, pts: int, newest_90k: int, after_us: int, now_us: int) -> int:
        arrival = now_us - (newest_90k - pts) * 100 // 9
        floor = after_us
        if self._newest is not None:
            elapsed = (pts - self._newest[0]) * 100 // 9
            arrival = min(arrival, self._newest[1] + elapsed + abs(elapsed) // _LEEWAY)
            floor = max(after_us, self._newest[1])
        arrival = max(min(arrival, now_us), floor) if floor <= now_us else now_us
        self._newest = (pts, arrival)
        return arrival
