"""What cameras say of being tampered with, for whoever looks after them: no picture, no movement of anybody."""

from fastapi import APIRouter
from pydantic import BaseModel

from ronda.access.policy import Action
from ronda.access.rules import area_covers
from ronda.app.http.context import InContext, SignedIn
from ronda.app.jobs.camera_hints import wanted
from ronda.core.time import DAY_US
from ronda.health.tampering import KIND, tamperings

router = APIRouter(prefix="/api", tags=["health"])
SPAN_US = 7 * DAY_US
MOST = 100


class TamperingOut(BaseModel):
    """A hint of the camera itself, no finding; `until_us` null: it has not said that it is over."""

    camera: str
    name: str
    site: str
    since_us: int
    until_us: int | None


class TamperingsOut(BaseModel):
    """`asked` 0: no camera is asked for its hints here ($RONDA_CAMERA_HINTS)."""

    asked: int
    found: list[TamperingOut]


@router.get("/tampering")
def tampering(person: SignedIn, context: InContext) -> TamperingsOut:
    """Tamper hints of the last seven days, what lasts first; of the cameras in service within the person's area."""
    context.allow(person, Action.SEE_METRICS, None, {})
    wiring = context.wiring
    serving = {one.camera: one for one in wanted(wiring) if area_covers(person.area, one.site.area)}
    told = tamperings(wiring.index.hints_of(KIND, wiring.clock.now_us() - SPAN_US))
    return TamperingsOut(
        asked=len(serving),
        found=[
            TamperingOut(
                camera=one.camera,
                name=serving[one.camera].name,
                site=serving[one.camera].site.name,
                since_us=one.since_us,
                until_us=one.until_us,
            )
            for one in told
            if one.camera in serving
        ][:MOST],
    )
