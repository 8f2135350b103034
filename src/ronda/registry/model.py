"""The public register: where cameras are, for what purpose, for how long footage stays."""

from dataclasses import dataclass
from enum import StrEnum

from ronda.core.ids import AreaCode, CameraId, SiteId
from ronda.registry.purposes import PurposeKind
from ronda.registry.site_kind import SiteKind as SiteKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place with one or more cameras."""

    site_id: SiteId
    name: str
    kind: SiteKind
    area: AreaCode
    lat_deg: float | None
    lon_deg: float | None


USUAL_ONVIF_PORT = 80


class CameraState(StrEnum):
    """Only a camera in service is recorded; a retired one keeps its past, a planned one has none."""

    PLANNED = "planned"
    IN_SERVICE = "in_service"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """A rectangle painted over a picture, in shares of its width and height from the upper left."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicMark:
    """Why and how everybody may see this camera now: small, masked, never the past.

    viewer_limit  how many different viewers are served at once
    """

    reason: str
    width_px: int
    masks: tuple[Mask, ...]
    viewer_limit: int
    since_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A registered camera. Without a purpose nothing is recorded.

    purpose_kind       one of the closed list: it bounds the days kept, `purpose` describes it in a sentence
    url, sub_url       RTSP, with user and password; never shown, never logged; "" while planned
    off_reason         set when a person switched recording off; becomes the cause of the gap
    owner              the office whose recorder this is a channel of; "" when it is ours
    vendor             who made the camera; "" when nobody said
    record_sub         keep the second stream too, as a camera of its own: the first to go when the disk is full
    direction_deg      where it looks, from north by east; None: nobody said
    view_deg           its horizontal angle of view; None: nobody said, so a plan takes it to look all around
    height_m           of the camera above the ground; None: nobody said
    transport          how the camera sends: `auto` (TCP, UDP where TCP is refused), `tcp` or `udp`
    onvif_port         where its ONVIF service answers, as a search or probe found it; None: nobody said, so 80
    sign_photo_sha256  the picture of the sign on the spot, kept below DATA/signs; None is a to-do
    public             None: closed to the public, as every camera is at first
    origin             where the entry came from: "" typed, "import:<file>", "plan:<plan>/<point>"
    in_service_us      since when it serves; None when that was before we kept it
    retired_us         since when it serves no more
    masks              privacy masks: painted over every picture that Ronda decodes, whatever the camera hides
    """

    camera: CameraId
    name: str
    site: Site
    purpose: str
    legal_basis: str
    retention_days: int
    url: str
    sub_url: str | None
    direction_deg: float | None
    off_reason: str | None = None
    training: bool = False
    state: CameraState = CameraState.IN_SERVICE
    owner: str = ""
    vendor: str = ""
    record_sub: bool = False
    transport: str = "auto"
    purpose_kind: PurposeKind = PurposeKind.PUBLIC_ORDER
    onvif_port: int | None = None
    sign_photo_sha256: str | None = None
    public: PublicMark | None = None
    origin: str = ""
    in_service_us: int | None = None
    retired_us: int | None = None
    masks: tuple[Mask, ...] = ()
    view_deg: float | None = None
    height_m: float | None = None


def onvif_port(entry: Camera) -> int:
    """Where to ask the camera itself: as found, else the port that ONVIF devices come with."""
    return entry.onvif_port or USUAL_ONVIF_PORT


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Something that a target counts, such as a school or a puskesmas, whether a camera stands there or not."""

    place_id: str
    name: str
    kind: SiteKind
    area: AreaCode
    lat_deg: float | None
    lon_deg: float | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """One RT of a village, as the village's own list names it. Its code nests below the village's."""

    code: AreaCode
    village: AreaCode
    rw: str
    rt: str
    name: str
