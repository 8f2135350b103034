"""Moves a camera through its life: planned, in service, retired. The only road between the three.

Decides whether an entry may stand. `plan_camera` also stores it; for the other steps the caller writes
the log's entry, saves the entry that comes back and tells the recorder, in this order.
Invariant: nothing is planned or recorded without purpose and legal basis, and a planned camera has no
stream address.
"""

from dataclasses import replace

from ronda.core.ids import CameraId
from ronda.registry.errors import CameraStandingError
from ronda.registry.model import Camera, CameraState, Site
from ronda.registry.ports import Register
from ronda.registry.purposes import usual_purpose
from ronda.registry.rules import check_camera


def plan_camera(
    register: Register,
    *,
    camera: CameraId,
    name: str,
    site: Site,
    purpose: str,
    legal_basis: str,
    origin: str,
    retention_days: int = 30,
    direction_deg: float | None = None,
    training: bool = False,
) -> Camera:
    """Enter a camera that is decided but not yet there, such as an accepted point of a plan.

    origin  where the decision stands, such as "plan:<plan>/<point>"
    Raises IncompleteEntryError without purpose or basis, AlreadyThereError for a taken name.
    """
    entry = Camera(
        camera=camera,
        name=name,
        site=site,
        purpose=purpose,
        purpose_kind=usual_purpose(site.kind),
        legal_basis=legal_basis,
        retention_days=retention_days,
        url="",
        sub_url=None,
        direction_deg=direction_deg,
        training=training,
        state=CameraState.PLANNED,
        origin=origin,
    )
    check_camera(entry)
    register.add_camera(entry)
    return entry


def in_service(entry: Camera, *, url: str, sub_url: str | None, now_us: int) -> Camera:
    """A planned camera is built, or a retired one comes back: it has an address and is recorded.

    Raises CameraStandingError when it serves already, IncompleteEntryError for an unusable address.
    """
    if entry.state is CameraState.IN_SERVICE:
        raise CameraStandingError(entry.camera, entry.state.value, "planned or retired")
    done = replace(
        entry, state=CameraState.IN_SERVICE, url=url, sub_url=sub_url, in_service_us=now_us, retired_us=None
    )
    check_camera(done)
    return done


def retired(entry: Camera, *, now_us: int) -> Camera:
    """It is recorded no more and closed to the public; footage and locks of its past stay.

    Raises CameraStandingError unless it serves.
    """
    if entry.state is not CameraState.IN_SERVICE:
        raise CameraStandingError(entry.camera, entry.state.value, "in service")
    return replace(entry, state=CameraState.RETIRED, public=None, retired_us=now_us)
