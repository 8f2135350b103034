"""Ask cameras for motion and tamper hints, where the office wants that: $RONDA_CAMERA_HINTS.

`all`, or names of cameras; without it no camera is asked. Hints are kept as long as the camera's footage. Motion is
seen only inside an approved case, tampering also by whoever looks after the cameras. A camera that does not answer,
or has no events, is left alone for ten minutes.
"""

import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

from ronda.app.camera_place import allowed_networks
from ronda.app.card import device_of
from ronda.app.wiring import Wiring
from ronda.app.worker import Job
from ronda.core.time import DAY_US
from ronda.media.rtsp_url import WrongUrlError
from ronda.registry.model import Camera, CameraState, onvif_port
from ronda.video.model import CameraHint
from ronda.video.onvif.camera import OnvifCamera
from ronda.video.onvif.errors import OnvifError
from ronda.video.onvif.hints import HintWatch
from ronda.video.onvif.transport import Line
from ronda.video.onvif.where import Network, place_of

SETTING = "RONDA_CAMERA_HINTS"
EVERY_S = 10.0
LEFT_ALONE_S = 600.0
AT_ONCE = 8
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Watched:
    url: str
    port: int
    watch: HintWatch | None = None
    line: ExitStack = field(default_factory=ExitStack)
    not_before_s: float = 0.0

    def close(self) -> None:
        if self.watch is not None:
            self.watch.close()
        self.watch = None
        self.line.close()


def camera_hints(wiring: Wiring) -> Job:
    """The job; idle without the setting."""
    return Job(name="camera_hints", every_s=EVERY_S, run=HintRound(wiring).run)


def wanted(wiring: Wiring) -> list[Camera]:
    """The cameras that are asked for their hints here."""
    names = os.environ.get(SETTING, "").replace(",", " ").split()
    if not names:
        return []
    serving = [one for one in wiring.register.cameras() if one.state is CameraState.IN_SERVICE and one.url]
    return [one for one in serving if not one.off_reason and ("all" in names or one.camera in names)]


class HintRound:
    """Subscriptions that last from turn to turn."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._watched: dict[str, _Watched] = {}

    def run(self) -> None:
        """One turn for all cameras that are wanted."""
        asked = {entry.camera: entry for entry in wanted(self._wiring)}
        for gone in self._watched.keys() - asked.keys():
            self._watched.pop(gone).close()
        if not asked:
            return
        allowed = allowed_networks(self._wiring)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for entry, hints in pool.map(lambda entry: (entry, self._pull(entry, allowed)), asked.values()):
                if hints:
                    keep_from_us = self._wiring.clock.now_us() - entry.retention_days * DAY_US
                    self._wiring.index.write_hints(entry.camera, hints, keep_from_us)

    def _pull(self, entry: Camera, allowed: tuple[Network, ...]) -> list[CameraHint]:
        kept = self._watched.get(entry.camera)
        if kept is None or (kept.url, kept.port) != (entry.url, onvif_port(entry)):
            if kept is not None:
                kept.close()
            kept = self._watched[entry.camera] = _Watched(url=entry.url, port=onvif_port(entry))
        if time.monotonic() < kept.not_before_s:
            return []
        try:
            if kept.watch is None:
                kept.watch = self._begin(entry, kept, allowed)
            return kept.watch.pull()
        except (OnvifError, WrongUrlError) as fault:
            _log.info("camera %s gives no hints: %s", entry.camera, fault)
            kept.close()
            kept.not_before_s = time.monotonic() + LEFT_ALONE_S
            return []

    def _begin(self, entry: Camera, kept: _Watched, allowed: tuple[Network, ...]) -> HintWatch:
        url, name, port, login = device_of(entry)
        kept.line = ExitStack()
        line = kept.line.enter_context(Line(place_of(name, port, allowed=allowed), login))
        watch = HintWatch(OnvifCamera(line, url, login))
        watch.subscribe()
        return watch
