"""Moves a camera through its life: planned, in service, retired. The only road between the three.

Decides whether an entry may stand and stores it; the caller writes the log's entry before and tells
the recorder after. Invariant: nothing is planned or recorded without purpose and legal basis, and a
planned camera has no stream address.
"""

from dataclasses import replace

from ronda.core.ids import CameraId
from ronda.registry.errors import CameraStandingError
from ronda.registry.model import Camera, CameraState, Site
from ronda.registry.ports import Register
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


def put_in_service(register: Register, entry: Camera, *, url: str, sub_url: str | None, now_us: int) -> Camera:
    """A planned camera is built, or a retired one comes back: it has an address and is recorded.

    Raises CameraStandingError when it serves already, IncompleteEntryError for an unusable address.
    """
    if entry.state is CameraState.IN_SERVICE:
        raise CameraStandingError(entry.camera, entry.state.value, "planned or retired")
    done = replace(
        entry, state=CameraState.IN_SERVICE, url=url, sub_url=sub_url, in_service_us=now_us, retired_us=None
    )
    check_camera(done)
    register.save(done)
    return done


def retire(register: Register, entry: Camera, *, now_us: int) -> Camera:
    """It is recorded no more and closed to the public; footage and locks of its past stay.

    Raises CameraStandingError unless it serves.
    """
    if entry.state is not CameraState.IN_SERVICE:
        raise CameraStandingError(entry.camera, entry.state.value, "in service")
    done = replace(entry, state=CameraState.RETIRED, public=None, retired_us=now_us)
    register.save(done)
    return done
