"""Motion and tamper as the camera believes them: one PullPoint subscription, pulled now and then.

Decides the time of a hint: the camera's, less its measured offset, while that lies near the present; else the
moment at which it was heard. Keeps nothing: whoever pulls stores.
"""

import time

from ronda.core.time import MINUTE_US
from ronda.media.onvif import events
from ronda.video.model import CameraHint
from ronda.video.onvif.camera import OnvifCamera
from ronda.video.onvif.errors import NotOfferedError, OnvifError
from ronda.video.onvif.where import moved

RENEW_S = 60.0
MOST = 100
NEAR_US = 10 * MINUTE_US


class HintWatch:
    """One camera's subscription. Used by one thread; `close` ends it at the camera."""

    def __init__(self, camera: OnvifCamera) -> None:
        self._camera = camera
        self._address = ""
        self._renewed_s = 0.0
        self._offset_us = 0

    def subscribe(self) -> None:
        """Raises OnvifError; NotOfferedError where the camera has no events."""
        clock = self._camera.clock()
        self._offset_us = clock.offset_us if clock is not None else 0
        answer = events.read_subscription(self._camera.ask(self._camera.service("events"), events.SUBSCRIBE))
        address = moved(answer.address, self._camera.place) if answer is not None else ""
        if not address.startswith("http"):
            raise NotOfferedError(f"the camera at {self._camera.place.host} gives no address to pull events from")
        self._address, self._renewed_s = address, time.monotonic()

    def pull(self, *, wait_s: int = 1) -> list[CameraHint]:
        """What has come since; waits up to `wait_s` for something. Raises OnvifError."""
        if time.monotonic() - self._renewed_s > RENEW_S:
            self._renew()
        answer = self._camera.ask(self._address, events.pull_request(wait_s=wait_s, at_most=MOST))
        now_us = time.time_ns() // 1000
        return [
            CameraHint(kind=hint.kind.value, on=hint.on, at_us=self._when(hint.at_us, now_us), topic=hint.topic)
            for hint in events.read_hints(answer)
        ]

    def close(self) -> None:
        """Tell the camera, if it hears; it forgets by itself after two minutes."""
        if self._address:
            try:
                self._camera.ask(self._address, events.UNSUBSCRIBE)
            except OnvifError:
                return

    def _renew(self) -> None:
        try:
            self._camera.ask(self._address, events.RENEW)
            self._renewed_s = time.monotonic()
        except NotOfferedError:
            self.subscribe()  # some only ever subscribe anew

    def _when(self, said_us: int | None, now_us: int) -> int:
        if said_us is None:
            return now_us
        at_us = said_us - self._offset_us
        return at_us if abs(at_us - now_us) < NEAR_US else now_us
