"""Measure service from key frames: look, count, forget. Numbers are all that is kept.

The empty room of each camera lives in this process's memory: learned outside opening hours while nobody
is there, or when a person says "the room is empty now" (a setting with a time, taken once).
"""

import logging
from dataclasses import dataclass, field

from ronda.app.detector import NamedDetector
from ronda.app.key_frames import KeyFrame, key_frames
from ronda.app.wiring import Wiring
from ronda.app.worker import Job
from ronda.core.ids import CameraId
from ronda.core.time import MINUTE_US, SECOND_US, TimeSpan
from ronda.detect.grey import Grey
from ronda.service.boxes import sample_of
from ronda.service.hours import is_open
from ronda.service.model import Quarter, Sample, ServicePoint
from ronda.service.occupancy import Scene, room_fields
from ronda.service.rows import Following, add_sample, empty_quarter, quarter_start

EVERY_S = 5.0
LOOK_BACK_US = 2 * MINUTE_US
APART_US = 3 * SECOND_US  # one look in three seconds tells as much as every key frame
EMPTY_FOR_US = 8 * SECOND_US  # how long "the room is empty now" holds
QUIET_US = 10 * MINUTE_US  # without motion after hours, the room is taken to be empty
EMPTY_SETTING = "service_empty_us:"
_log = logging.getLogger(__name__)


def service_jobs(wiring: Wiring) -> list[Job]:
    measure = Measure(wiring)
    return [Job(name="service", every_s=EVERY_S, run=measure.turn)]


@dataclass(slots=True)
class _Eye:
    """What is remembered of one camera."""

    scene: Scene = field(default_factory=Scene)
    following: Following = field(default_factory=Following)
    seen_us: int = 0
    quiet_since_us: int | None = None
    told_us: int = 0  # the last "the room is empty now" that was taken


class Measure:
    """The turns of the worker. Holds the empty rooms; nothing else outlives a turn."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._eyes: dict[CameraId, _Eye] = {}
        self._detector = NamedDetector(wiring.settings)

    def turn(self) -> None:
        """Look at what came since the last turn, for every registered camera."""
        points = self._wiring.service.points()
        for camera in set(self._eyes) - {point.camera for point in points}:
            del self._eyes[camera]  # no longer registered: nothing of it is remembered
        for point in points:
            self._measure(point)

    def _measure(self, point: ServicePoint) -> None:
        wiring = self._wiring
        eye = self._eyes.setdefault(point.camera, _Eye())
        now_us = wiring.clock.now_us()
        since_us = max(eye.seen_us + APART_US, now_us - LOOK_BACK_US)
        if since_us >= now_us:
            return
        rows: dict[int, Quarter] = {}
        entry, span = wiring.register.camera(point.camera), TimeSpan(since_us, now_us)
        masks = entry.masks if entry else ()
        for frame in key_frames(wiring.index, wiring.footage, point.camera, span, masks=masks):
            if frame.at_us < eye.seen_us + APART_US:
                continue
            eye.seen_us = frame.at_us
            sample = self._look(point, eye, frame)
            start_us = quarter_start(frame.at_us)
            row = rows.get(start_us) or self._stored(point, start_us)
            rows[start_us] = add_sample(row, sample, point.hours, eye.following)
        wiring.service.put_quarters(list(rows.values()))

    def _look(self, point: ServicePoint, eye: _Eye, frame: KeyFrame) -> Sample:
        fields = room_fields(frame.rgb)
        self._learn(point, eye, frame.at_us, fields)
        sample = eye.scene.look(fields, frame.at_us, point.zones)
        detector = self._detector.now()
        if detector is not None:
            height, width = frame.rgb.shape[:2]
            sample = sample_of(detector.persons(frame.rgb), (width, height), point.zones, frame.at_us)
        quiet = not any(frame.at_us - moved <= APART_US for moved in eye.scene.moved_us.values())
        if not quiet:
            eye.quiet_since_us = None
        elif eye.quiet_since_us is None:
            eye.quiet_since_us = frame.at_us
        return sample

    def _learn(self, point: ServicePoint, eye: _Eye, at_us: int, fields: Grey) -> None:
        told = self._wiring.settings.get(EMPTY_SETTING + point.camera)
        if isinstance(told, int) and 0 <= at_us - told < EMPTY_FOR_US:
            if told != eye.told_us:
                eye.told_us = told
                eye.scene.forget_empty()
            eye.scene.learn_empty(fields)
        elif (
            not is_open(point.hours, at_us)
            and eye.quiet_since_us is not None
            and at_us - eye.quiet_since_us >= QUIET_US
        ):
            eye.scene.learn_empty(fields)

    def _stored(self, point: ServicePoint, start_us: int) -> Quarter:
        found = self._wiring.service.quarters(point.camera, TimeSpan(start_us, start_us + 1))
        return found[0] if found else empty_quarter(point.camera, start_us, training=point.training)
