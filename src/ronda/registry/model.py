"""The public register: where cameras are, for what purpose, for how long footage stays."""

from dataclasses import dataclass
from enum import StrEnum

from ronda.core.ids import AreaCode, CameraId, SiteId


class SiteKind(StrEnum):
    MAIN_ROAD = "main_road"
    JUNCTION = "junction"
    DISTRICT_OFFICE = "district_office"
    VILLAGE_OFFICE = "village_office"
    LIBRARY = "library"
    HELP_CENTRE = "help_centre"
    PUSKESMAS = "puskesmas"
    SCHOOL = "school"
    MARKET = "market"
    VILLAGE_ROAD = "village_road"
    PATROL_POST = "patrol_post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place with one or more cameras."""

    site_id: SiteId
    name: str
    kind: SiteKind
    area: AreaCode
    lat_deg: float | None
    lon_deg: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A registered camera. Without a purpose nothing is recorded.

    url, sub_url   RTSP, with user and password; never shown, never logged
    off_reason     set when a person switched recording off; becomes the cause of the gap
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
