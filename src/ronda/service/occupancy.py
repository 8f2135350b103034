"""Tell who is where from key frames, without a detector: difference from the empty room, or motion. Pure.

Pictures come in as small grey fields and are forgotten; only the empty room is held, in memory, by
`Scene`. It is learned while the office is closed, or when somebody says that the room is empty now.
While no empty room is known, motion between key frames tells that somebody is there, not how many.
Light that changes everywhere alike is taken out before anything is compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ronda.detect.grey import Grey, grey_fields
from ronda.service.model import Method, Sample, Zone, ZoneKind

WIDTH_FIELDS, HEIGHT_FIELDS = 160, 90
DIFFERENT_GREY = 14.0
COVERED_SHARE = 0.06  # of a counter or visitor zone: a head above a counter is little
MOVED_GREY = 7.0
MOVED_SHARE = 0.012
MOTION_FOR_US = 60_000_000  # a person moves at least once a minute
LEARN_RATE = 0.2


def room_fields(rgb: NDArray[np.uint8]) -> Grey:
    """A picture in fields of 8 pixels at 1280 x 720: a head above a counter is a few of them."""
    return grey_fields(rgb, HEIGHT_FIELDS, WIDTH_FIELDS)


def part(fields: Grey, zone: Zone) -> Grey:
    """The fields of a zone; at least one."""
    height, width = fields.shape
    top, bottom = int(zone.top * height), max(int(zone.top * height) + 1, round(zone.bottom * height))
    left, right = int(zone.left * width), max(int(zone.left * width) + 1, round(zone.right * width))
    return fields[top:bottom, left:right]


def difference(one: Grey, other: Grey) -> Grey:
    """Where two pictures differ, with a change of light common to the whole picture taken out."""
    apart = one - other
    found: Grey = np.abs(apart - np.median(apart)).astype(np.float32)
    return found


@dataclass(slots=True)
class Scene:
    """What is remembered of one camera between key frames. Lives in memory alone.

    empty    the room without people, or None while nobody has seen it
    before   the last key frame, for motion
    moved_us per zone, when something last moved there
    """

    empty: Grey | None = None
    before: Grey | None = None
    moved_us: dict[int, int] = field(default_factory=dict)

    def learn_empty(self, fields: Grey) -> None:
        """Take this as the empty room; what is known already is followed slowly, as daylight moves."""
        if self.empty is None:
            self.empty = fields.copy()
        else:
            self.empty += LEARN_RATE * (fields - self.empty)

    def forget_empty(self) -> None:
        self.empty = None

    def look(self, fields: Grey, at_us: int, zones: Sequence[Zone]) -> Sample:
        """What this key frame tells about the zones."""
        self._follow_motion(fields, at_us, zones)
        if self.empty is None:
            return Sample(
                at_us=at_us,
                method=Method.MOTION,
                staffed=self._moved(ZoneKind.COUNTER, at_us, zones),
                visitor=self._moved(ZoneKind.VISITOR, at_us, zones),
                queue=None,
            )
        apart = difference(fields, self.empty)
        covered = [float((part(apart, zone) > DIFFERENT_GREY).mean()) for zone in zones]
        counters = [share for zone, share in zip(zones, covered, strict=True) if zone.kind is ZoneKind.COUNTER]
        visitors = [share for zone, share in zip(zones, covered, strict=True) if zone.kind is ZoneKind.VISITOR]
        queues = [
            min(1.0, share / FULL_SHARE) * zone.capacity
            for zone, share in zip(zones, covered, strict=True)
            if zone.kind is ZoneKind.QUEUE
        ]
        return Sample(
            at_us=at_us,
            method=Method.BACKGROUND,
            staffed=any(share >= COVERED_SHARE for share in counters),
            visitor=any(share >= COVERED_SHARE for share in visitors) if visitors else None,
            queue=sum(queues) if queues else None,
        )

    def _follow_motion(self, fields: Grey, at_us: int, zones: Sequence[Zone]) -> None:
        if self.before is not None:
            moved = difference(fields, self.before)
            for number, zone in enumerate(zones):
                if float((part(moved, zone) > MOVED_GREY).mean()) >= MOVED_SHARE:
                    self.moved_us[number] = at_us
        self.before = fields

    def _moved(self, kind: ZoneKind, at_us: int, zones: Sequence[Zone]) -> bool:
        return any(
            zone.kind is kind and number in self.moved_us and at_us - self.moved_us[number] <= MOTION_FOR_US
            for number, zone in enumerate(zones)
        )


FULL_SHARE = 0.35  # of a queue zone that is full of people: chairs and floor stay visible between them
