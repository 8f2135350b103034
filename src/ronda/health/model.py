"""Values of health: what is down, why probably, who is told, and what must be proven before a repair ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ronda.core.ids import AreaCode, CameraId, PersonId, SiteId
from ronda.video.model import GapCause


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A camera that should be recording now."""

    camera: CameraId
    name: str
    site: SiteId
    site_name: str
    area: AreaCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """A watched camera without recording: since when, and what the evidence says."""

    camera: CameraId
    since_us: int
    cause: GapCause
    evidence: str


class Reach(StrEnum):
    """How far a common cause reaches: the smallest circle in which every camera is down."""

    CAMERA = "camera"
    SITE = "site"
    VILLAGE = "village"
    DISTRICT = "district"
    EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One fault, however many cameras it takes down. Raises one alert, and one more when it is over.

    where      id of the camera or site, or the area code; "" for everywhere
    cause      the cause that all cameras share, else unknown
    cameras    all that were ever part of it; `still_down` those that are now
    """

    incident_id: str
    opened_us: int
    reach: Reach
    where: str
    where_name: str
    cause: GapCause
    evidence: str
    cameras: tuple[CameraId, ...]
    still_down: tuple[CameraId, ...]
    closed_us: int | None = None
    training: bool = False


class Verdict(StrEnum):
    """What a look at key frames found."""

    GOOD = "good"
    BLACK = "black"
    FROZEN = "frozen"
    NO_PICTURE = "no_picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureCheck:
    """The latest look at a camera's key frames. The picture itself is not kept.

    brightness, contrast   mean and standard deviation of grey values, 0 to 255
    change                 largest mean difference between neighbouring key frames, grey values
    since_us               since when this verdict holds
    """

    camera: CameraId
    at_us: int
    verdict: Verdict
    since_us: int
    brightness: float | None
    contrast: float | None
    change: float | None


class RepairState(StrEnum):
    REPORTED = "reported"  # somebody in the village says so; not yet accepted
    OPEN = "open"  # ordered, with a deadline
    CLOSED = "closed"  # proven by picture and recording
    DECLINED = "declined"  # not a fault, with a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairNote:
    at_us: int
    by: str  # person id, `desa` for the village page, `sistem`
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One thing that must hold before a repair order closes, and what was measured."""

    camera: CameraId
    what: str  # recording, picture
    passed: bool
    measured: str  # code and figures, such as `60 s of 60 s`


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One order: which cameras, what is wrong, who comes by when, and the proof that ended it.

    revision     grows with each stored change; a change built on an older one is refused
    deadline_us  None while it is only reported
    """

    repair_id: str
    revision: int
    state: RepairState
    area: AreaCode
    place: str
    cameras: tuple[CameraId, ...]
    cause: GapCause
    what: str
    incident_id: str | None
    opened_us: int
    opened_by: PersonId | str
    deadline_us: int | None = None
    assignee: str = ""
    notes: tuple[RepairNote, ...] = ()
    proofs: tuple[Proof, ...] = ()
    closed_us: int | None = None
    training: bool = False


class ChannelKind(StrEnum):
    WEBHOOK = "webhook"
    EMAIL = "email"
    MQTT = "mqtt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where alerts go. `settings` may hold passwords: sealed in the store, never shown."""

    channel_id: str
    kind: ChannelKind
    name: str
    settings: Mapping[str, str]
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one channel, kept until it is taken. The id lets a receiver drop a repeat."""

    delivery_id: str  # <message id>:<channel id>
    channel_id: str
    topic: str
    body: str  # JSON
    made_us: int
    tries: int = 0
    next_us: int = 0
    done_us: int | None = None
    last_fault: str | None = None
