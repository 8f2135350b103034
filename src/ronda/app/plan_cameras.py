"""Agreed points become planned cameras of the register: decided, not yet there, without an address."""

from collections.abc import Sequence
from hashlib import sha256

from ronda.core.ids import CameraId, SiteId, camera_id
from ronda.planning.model import Aimed, Candidate
from ronda.planning.record import PlanRecord
from ronda.planning.telling import aim
from ronda.planning.visibility import FULL_DEG
from ronda.registry.model import Camera, CameraState, Site
from ronda.registry.ports import Register
from ronda.registry.purposes import LONGEST_DAYS, usual_purpose
from ronda.registry.rules import check_camera

RETENTION_DAYS = 30
LONGEST_ID = 40


def _site_id(point: str) -> SiteId:
    """From the point's name; a long one is shortened by its digest, so that two never meet."""
    return SiteId(_short(f"s-{point}", point, "s-", LONGEST_ID))


def _short(whole: str, point: str, head: str, longest: int) -> str:
    return whole if len(whole) <= longest else f"{head}{sha256(point.encode()).hexdigest()[:30]}"


def enter_cameras(
    register: Register, record: PlanRecord, points: list[Candidate], purpose: str, legal_basis: str
) -> list[Camera]:
    """The entries to add, checked; those that the register has already are left as they are.

    A point with cameras that have a direction becomes as many entries, numbered where there are several.
    Raises IncompleteEntryError without purpose or basis.
    """
    known = {entry.camera for entry in register.cameras()}
    aimed = {chosen.point: chosen.cameras for chosen in record.plan.chosen}
    entries = [
        _entry(record, point, named, purpose, legal_basis)
        for point in points
        for named in _cameras(point, aimed.get(point.point, ()))
        if named[0] not in known
    ]
    for entry in entries:
        check_camera(entry)
    return entries


def _entry(
    record: PlanRecord, point: Candidate, named: tuple[CameraId, str, Aimed | None], purpose: str, legal_basis: str
) -> Camera:
    name, text, aimed = named
    sector = None if aimed is None or aimed.view_deg >= FULL_DEG else aimed
    kind = usual_purpose(point.kind)
    return Camera(
        camera=name,
        name=text,
        site=Site(
            site_id=_site_id(point.point),
            name=point.name,
            kind=point.kind,
            area=point.area,
            lat_deg=point.lat_deg,
            lon_deg=point.lon_deg,
        ),
        purpose=purpose,
        purpose_kind=kind,
        legal_basis=legal_basis,
        retention_days=min(RETENTION_DAYS, LONGEST_DAYS[kind]),
        url="",
        sub_url=None,
        direction_deg=None if sector is None else sector.direction_deg,
        view_deg=None if sector is None else sector.view_deg,
        height_m=point.height_m,
        training=record.training,
        state=CameraState.PLANNED,
        origin=f"plan:{record.plan_id}/{point.point}",
    )


def _cameras(point: Candidate, aimed: Sequence[Aimed]) -> list[tuple[CameraId, str, Aimed | None]]:
    """Id, name and where it looks."""
    if len(aimed) <= 1:
        return [(camera_id(point.point), point.name, aimed[0] if aimed else None)]
    return [
        (camera_id(_short(f"{point.point}-k{number}", point.point, f"k{number}-", 63)),
         f"{point.name}, {aim(one, 'id')}", one)
        for number, one in enumerate(aimed, 1)
    ]  # fmt: skip
