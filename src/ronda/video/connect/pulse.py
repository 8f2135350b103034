"""One heartbeat for all playing streams: who is silent, who needs a keepalive.

500 keepers that each wake every two seconds cost the event loop more than all their packets; so one
task looks at the engine's counters of all, and wakes only a keeper that has something to do. New
streams are looked at more often, so that the status says early that a picture came.
The rule, `Watch.look`, is pure.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from ronda.video.engine.port import Engine, StreamKey, StreamStats

SILENCE_US = 10_000_000
QUIET_US = SILENCE_US // 3
FIRST_FRAME_US = 15_000_000
LOOK_S = 1.0
OPENING_LOOK_S = 0.2
STRANGE_LOOKS = 5  # so often were packets refused and pictures damaged, with none lost on the way
STRANGE_APART_US = 12_000_000  # cameras with a key frame every ten seconds are common


def monotonic_us() -> int:
    return time.monotonic_ns() // 1000


class Beat(Enum):
    """What a look at one stream found."""

    PLAYS = "pictures come"
    QUIET = "no picture for a few seconds"
    SILENT = "no picture for too long"
    STRANGE = "packets that are not of the codec that was described"
    KEEPALIVE = "the session wants to be kept alive"


@dataclass(slots=True, kw_only=True)
class Watch:
    """One stream. Times are monotonic microseconds."""

    added_us: int
    keepalive_us: int
    tell: Callable[[Beat], None]
    silent_us: int = 0  # how long nothing has come, at the last look
    _asked_us: int = field(init=False)
    _told: Beat | None = None
    refuses: bool = False  # were packets refused since the last picture, at the last look?
    _frame_us: int | None = None
    _refused: int = 0
    _counts: tuple[int, int, int] = (0, 0, 0)  # refused, damaged, lost, at the last look
    _strange: int = 0
    _strange_us: int = 0

    def __post_init__(self) -> None:
        self._asked_us = self.added_us

    @property
    def is_opening(self) -> bool:
        return self._told is None

    def look(self, now_us: int, stats: StreamStats | None) -> list[Beat]:
        """What is new since the last look; a state is told once."""
        last_frame_us = stats.last_frame_us if stats else None
        if stats is not None and last_frame_us != self._frame_us:
            self._frame_us, self._refused = last_frame_us, stats.refused_packets
        self.refuses = stats is not None and stats.refused_packets > self._refused
        self.silent_us = now_us - (last_frame_us or self.added_us)
        beats = []
        if self.silent_us > (SILENCE_US if last_frame_us else FIRST_FRAME_US):
            state: Beat | None = Beat.SILENT
        elif last_frame_us:
            state = Beat.QUIET if self.silent_us > QUIET_US else Beat.PLAYS
        else:
            state = None
        if state is not None and state is not self._told:
            self._told = state
            beats.append(state)
        if self._is_strange(now_us, stats):
            beats.append(Beat.STRANGE)
        if now_us - self._asked_us >= self.keepalive_us:
            self._asked_us = now_us
            beats.append(Beat.KEEPALIVE)
        return beats

    def _is_strange(self, now_us: int, stats: StreamStats | None) -> bool:
        """Whether it has been seen often enough, one after another, that what comes is not what was described."""
        if stats is None:
            return False
        before = self._counts
        refused, damaged, lost = self._counts = (stats.refused_packets, stats.damaged, stats.lost_packets)
        if refused == before[0] or damaged == before[1] or lost != before[2]:
            return False
        self._strange = self._strange + 1 if now_us - self._strange_us < STRANGE_APART_US else 1
        self._strange_us = now_us
        return self._strange == STRANGE_LOOKS


class Pulse:
    """Lives in the recorder's event loop. Starts with the first stream and ends with `stop`."""

    def __init__(self, engine: Engine, now_us: Callable[[], int] = monotonic_us) -> None:
        self._engine, self._now_us = engine, now_us
        self._watches: dict[StreamKey, Watch] = {}
        self._came = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def watch(self, key: StreamKey, watch: Watch) -> None:
        self._watches[key] = watch
        self._came.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="pulse")

    def forget(self, key: StreamKey) -> None:
        self._watches.pop(key, None)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        looked_us = 0
        while True:
            opening = [key for key, watch in self._watches.items() if watch.is_opening]
            self._came.clear()
            if opening:
                await asyncio.sleep(OPENING_LOOK_S)
            else:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._came.wait(), LOOK_S)
            now_us = self._now_us()
            is_due = now_us - looked_us >= LOOK_S * 1e6
            looked_us = now_us if is_due else looked_us
            for key in list(self._watches) if is_due else opening:
                self._look(key, now_us)

    def _look(self, key: StreamKey, now_us: int) -> None:
        watch = self._watches.get(key)
        if watch is None:
            return
        stats = self._engine.stats(key)
        for beat in watch.look(now_us, stats):
            watch.tell(beat)
