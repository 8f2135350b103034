"""Fill gaps from the cameras' own cards without being asked, where the office wants that: $RONDA_CAMERA_CARDS.

`all`, or names of cameras; without it no camera is asked. Each gap of the last day is tried three times, the first
time two minutes after its end: a camera that was just away writes its card and answers its cameras first.
"""

import asyncio
import logging
import os
from collections import Counter

from ronda.app.card import fill_from_card
from ronda.app.wiring import Wiring
from ronda.app.worker import Job
from ronda.core.errors import RondaError
from ronda.core.time import DAY_US, MINUTE_US, TimeSpan
from ronda.registry.model import Camera, CameraState

SETTING = "RONDA_CAMERA_CARDS"
EVERY_S = 300.0
REST_US = 2 * MINUTE_US
TRIES = 3
_log = logging.getLogger(__name__)


def card_filling(wiring: Wiring) -> Job:
    """The job; idle without the setting."""
    return Job(name="card_filling", every_s=EVERY_S, run=CardRound(wiring).run)


class CardRound:
    """Remembers from turn to turn how often a gap was tried."""

    def __init__(self, wiring: Wiring, device: str | None = None) -> None:
        self._wiring, self._device = wiring, device
        self._tried: Counter[tuple[str, int]] = Counter()

    def run(self) -> None:
        """One turn: one camera after the other, so that replays never take the line from live streams."""
        names = os.environ.get(SETTING, "").replace(",", " ").split()
        for entry in self._wiring.register.cameras() if names else ():
            if entry.state is CameraState.IN_SERVICE and entry.url and ("all" in names or entry.camera in names):
                self._fill(entry)

    def _fill(self, entry: Camera) -> None:
        now_us = self._wiring.clock.now_us()
        for gap in self._wiring.index.gaps(entry.camera, TimeSpan(now_us - DAY_US, now_us)):
            key = (str(gap.camera), gap.start_us)
            if gap.end_us is None or gap.end_us > now_us - REST_US or self._tried[key] >= TRIES:
                continue
            self._tried[key] += 1
            try:
                done = asyncio.run(fill_from_card(self._wiring, entry, gap, self._device))
            except (RondaError, OSError) as fault:
                _log.info("a gap of camera %s stays: %s", entry.camera, fault)
                continue
            self._wiring.note("rekaman.dilengkapi", {"kamera": entry.camera, "gambar": done.frames})
