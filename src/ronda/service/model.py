"""Values of service measures: where to look, when it should be open, and the numbers that are kept.

Nothing here can hold a picture, a face or a name. A camera measures nothing unless it is registered for
it, with a legal basis of its own: the purposes of public cameras do not cover service measures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ronda.core.ids import AreaCode, CameraId


class ZoneKind(StrEnum):
    COUNTER = "counter"  # where staff sit
    VISITOR = "visitor"  # where the one who is served stands or sits
    QUEUE = "queue"  # where people wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A rectangle in shares of the picture's width and height, from the upper left.

    capacity  persons a full queue zone holds: turns a covered share into a number
    """

    kind: ZoneKind
    left: float
    top: float
    right: float
    bottom: float
    capacity: int = 1


class Method(StrEnum):
    """How a row was measured; the strongest first."""

    DETECTOR = "detector"  # boxes of persons, counted and forgotten
    BACKGROUND = "background"  # difference from the empty room
    MOTION = "motion"  # something moves; says nothing about how many


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """From minute to minute of a local day; beyond 1440 it ends on the next day."""

    from_min: int
    to_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePoint:
    """One camera registered for service measures.

    hours  per weekday, Monday is 0; a day that is not there is closed
    """

    camera: CameraId
    name: str
    area: AreaCode
    legal_basis: str
    purpose: str
    zones: tuple[Zone, ...]
    hours: Mapping[int, tuple[Opening, ...]]
    training: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one key frame told: two yes or no, and a number. None: this method cannot tell."""

    at_us: int
    method: Method
    staffed: bool
    visitor: bool | None
    queue: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """Fifteen minutes of one camera: sums only.

    samples          key frames looked at; `open_samples` those within opening hours
    staffed_samples  of the open ones, those with somebody at the counter
    queue_samples    of the open ones, those with a known queue; `queue_sum` their persons, `queue_max`
    waiting_s        person-seconds spent in the queue
    served           visits at the counter that ended
    first_staffed_us, last_staffed_us  also outside opening hours: when it really opened and closed
    """

    camera: CameraId
    start_us: int
    method: Method
    samples: int = 0
    open_samples: int = 0
    staffed_samples: int = 0
    queue_samples: int = 0
    queue_sum: float = 0.0
    queue_max: float = 0.0
    waiting_s: float = 0.0
    served: int = 0
    first_staffed_us: int | None = None
    last_staffed_us: int | None = None
    training: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a local day comes to. None: not measured, or too little of it.

    measured_share  looked-at part of the opening hours so far, 0 to 1
    wait_s          average, by Little's law: waiting time of all, over visits that ended
    """

    day: str
    open_min: int
    measured_share: float
    staffed_share: float | None
    queue_mean: float | None
    queue_max: float | None
    wait_s: float | None
    served: int | None
    opens_us: int | None
    opened_us: int | None
    closes_us: int | None
    closed_us: int | None
    methods: tuple[Method, ...]
    training: bool = False
