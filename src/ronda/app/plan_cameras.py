"""Agreed points become planned cameras of the register: decided, not yet there, without an address."""

from hashlib import sha256

from ronda.core.ids import SiteId, camera_id
from ronda.planning.model import Candidate
from ronda.planning.record import PlanRecord
from ronda.registry.model import Camera, CameraState, Site
from ronda.registry.ports import Register
from ronda.registry.purposes import LONGEST_DAYS, usual_purpose
from ronda.registry.rules import check_camera

RETENTION_DAYS = 30
LONGEST_ID = 40


def _site_id(point: str) -> SiteId:
    """From the point's name; a long one is shortened by its digest, so that two never meet."""
    whole = f"s-{point}"
    return SiteId(whole if len(whole) <= LONGEST_ID else f"s-{sha256(point.encode()).hexdigest()[:30]}")


def enter_cameras(
    register: Register, record: PlanRecord, points: list[Candidate], purpose: str, legal_basis: str
) -> list[Camera]:
    """The entries to add, checked; points that the register has already are left as they are.

    Raises IncompleteEntryError without purpose or basis.
    """
    known = {entry.camera for entry in register.cameras()}
    entries = []
    for point in points:
        name = camera_id(point.point)
        if name in known:
            continue
        site = Site(
            site_id=_site_id(point.point),
            name=point.name,
            kind=point.kind,
            area=point.area,
            lat_deg=point.lat_deg,
            lon_deg=point.lon_deg,
        )
        kind = usual_purpose(point.kind)
        entry = Camera(
            camera=name,
            name=point.name,
            site=site,
            purpose=purpose,
            purpose_kind=kind,
            legal_basis=legal_basis,
            retention_days=min(RETENTION_DAYS, LONGEST_DAYS[kind]),
            url="",
            sub_url=None,
            direction_deg=None,
            training=record.training,
            state=CameraState.PLANNED,
            origin=f"plan:{record.plan_id}/{point.point}",
        )
        check_camera(entry)
        entries.append(entry)
    return entries
