"""Faults by their common cause, and the repair orders that end with proof."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import area_covers
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.routes.cameras import visible_camera
from ronda.app.http.values import Moment
from ronda.cases.rules import common_area
from ronda.core.ids import AreaCode, CameraId
from ronda.core.time import DAY_US, TimeSpan
from ronda.health.desk import Wanted
from ronda.health.errors import NoSuchRepairError
from ronda.health.model import Incident, Proof, Repair, RepairState
from ronda.video.model import GapCause

router = APIRouter(prefix="/api", tags=["health"])
FINISHED_FOR_US = 90 * DAY_US


class CameraName(BaseModel):
    camera: str
    name: str


class IncidentOut(BaseModel):
    """One fault. `reach` says how far its common cause goes; `repair_id` names its unfinished order."""

    incident_id: str
    opened_us: int
    closed_us: int | None
    reach: str
    where: str
    where_name: str
    cause: str
    evidence: str
    cameras: list[CameraName]
    still_down: list[str]
    repair_id: str | None
    training: bool


class ProofOut(BaseModel):
    camera: str
    what: str
    passed: bool
    measured: str


class NoteOut(BaseModel):
    at_us: int
    by: str
    text: str


class RepairOut(BaseModel):
    """An order; `proofs` are those of the moment while it is open, those that closed it afterwards."""

    repair_id: str
    state: str
    area: str
    area_name: str
    place: str
    cameras: list[CameraName]
    cause: str
    what: str
    incident_id: str | None
    opened_us: int
    opened_by: str
    deadline_us: int | None
    late: bool
    assignee: str
    notes: list[NoteOut]
    proofs: list[ProofOut]
    closed_us: int | None
    training: bool


class RepairIn(BaseModel):
    """`cameras` all lie in the person's area."""

    cameras: list[str] = Field(min_length=1, max_length=64)
    what: str = Field(max_length=500)
    cause: GapCause = GapCause.UNKNOWN
    incident_id: str | None = Field(default=None, max_length=40)
    deadline_us: Moment
    assignee: str = Field(max_length=200)


class Acceptance(BaseModel):
    deadline_us: Moment
    assignee: str = Field(max_length=200)


class Words(BaseModel):
    text: str = Field(max_length=500)


@router.get("/incidents")
def incidents(
    person: SignedIn, context: InContext, days: Annotated[int, Query(ge=0, le=400)] = 7
) -> list[IncidentOut]:
    """Faults that last or lasted within the last days, in the person's area, newest first."""
    context.allow(person, Action.SEE_GAPS, None, {})
    now_us = context.wiring.clock.now_us()
    names = _names(context, person)
    ordered = {one.incident_id: one.repair_id for one in context.wiring.repairs.unfinished() if one.incident_id}
    found = context.wiring.health.incidents(TimeSpan(now_us - days * DAY_US, now_us + 1))
    return [_incident_out(one, names, ordered) for one in found if any(camera in names for camera in one.cameras)]


@router.get("/repairs")
def repairs(person: SignedIn, context: InContext) -> list[RepairOut]:
    """Repair orders of the person's area: unfinished ones, and those finished within 90 days."""
    context.allow(person, Action.SEE_GAPS, None, {})
    since_us = context.wiring.clock.now_us() - FINISHED_FOR_US
    return [
        _repair_out(context, one)
        for one in context.wiring.repairs.all()
        if area_covers(person.area, one.area) and (one.closed_us is None or one.closed_us > since_us)
    ]


@router.post("/repairs", status_code=201)
def order(body: RepairIn, person: SignedIn, context: InContext) -> RepairOut:
    """Order a repair with a deadline."""
    entries = [visible_camera(context, person, camera) for camera in dict.fromkeys(body.cameras)]
    area = common_area([entry.site.area for entry in entries])
    context.allow(person, Action.ORDER_REPAIR, area, {"kamera": ",".join(body.cameras)[:200]})
    context.note(person, "perbaikan.dipesan", "berhasil", {"kamera": ",".join(body.cameras)[:400]})
    places = list(dict.fromkeys(entry.site.name for entry in entries))
    wanted = Wanted(
        area=area,
        place="; ".join(places)[:200],
        cameras=tuple(entry.camera for entry in entries),
        cause=body.cause,
        what=body.what,
        incident_id=body.incident_id,
        training=context.wiring.folder.training,
    )
    made = context.wiring.repairs.order(wanted, person.person_id, body.deadline_us, body.assignee)
    return _repair_out(context, made)


@router.get("/repairs/{repair_id}")
def repair(repair_id: str, person: SignedIn, context: InContext) -> RepairOut:
    """One order with the proofs of this moment."""
    context.allow(person, Action.SEE_GAPS, None, {})
    return _repair_out(context, _visible(context, person, repair_id))


@router.post("/repairs/{repair_id}/accept")
def accept(repair_id: str, body: Acceptance, person: SignedIn, context: InContext) -> RepairOut:
    """A village's report becomes an order with a deadline."""
    _act(context, person, repair_id, "perbaikan.diterima")
    return _repair_out(
        context, context.wiring.repairs.accept(repair_id, person.person_id, body.deadline_us, body.assignee)
    )


@router.post("/repairs/{repair_id}/decline")
def decline(repair_id: str, body: Words, person: SignedIn, context: InContext) -> RepairOut:
    """End an order or a report that is no fault, with a reason."""
    _act(context, person, repair_id, "perbaikan.ditolak_alasan")
    return _repair_out(context, context.wiring.repairs.decline(repair_id, person.person_id, body.text))


@router.post("/repairs/{repair_id}/notes")
def add_note(repair_id: str, body: Words, person: SignedIn, context: InContext) -> RepairOut:
    """Add a note, such as what the visit found."""
    _act(context, person, repair_id, "perbaikan.dicatat")
    return _repair_out(context, context.wiring.repairs.note(repair_id, person.person_id, body.text))


@router.post("/repairs/{repair_id}/close")
def close(repair_id: str, person: SignedIn, context: InContext) -> RepairOut:
    """Close the order if picture and recording of every camera pass now; else it stays open (409)."""
    _act(context, person, repair_id, "perbaikan.ditutup")
    return _repair_out(context, context.wiring.repairs.close(repair_id, person.person_id))


def _act(context: Context, person: Person, repair_id: str, action: str) -> None:
    known = _visible(context, person, repair_id)
    context.allow(person, Action.ORDER_REPAIR, known.area, {"perbaikan": repair_id})
    context.note(person, action, "boleh", {"perbaikan": repair_id})


def _visible(context: Context, person: Person, repair_id: str) -> Repair:
    """Raises NoSuchRepairError for an order outside the person's area, as if it were not there."""
    known = context.wiring.repairs.get(repair_id)
    if not area_covers(person.area, known.area):
        raise NoSuchRepairError(repair_id)
    return known


def _names(context: Context, person: Person) -> dict[CameraId, str]:
    return {
        entry.camera: entry.name
        for entry in context.wiring.register.cameras()
        if area_covers(person.area, entry.site.area)
    }


def _incident_out(one: Incident, names: dict[CameraId, str], ordered: dict[str, str]) -> IncidentOut:
    return IncidentOut(
        incident_id=one.incident_id,
        opened_us=one.opened_us,
        closed_us=one.closed_us,
        reach=one.reach.value,
        where=one.where,
        where_name=one.where_name,
        cause=one.cause.value,
        evidence=one.evidence,
        cameras=[CameraName(camera=camera, name=names.get(camera, camera)) for camera in one.cameras],
        still_down=list(one.still_down),
        repair_id=ordered.get(one.incident_id),
        training=one.training,
    )


def _repair_out(context: Context, one: Repair) -> RepairOut:
    desk = context.wiring.repairs
    unfinished = one.state in (RepairState.REPORTED, RepairState.OPEN)
    shown = desk.proofs(one) if one.state is RepairState.OPEN else one.proofs
    people: dict[str, str] = {person.person_id: person.name for person in context.wiring.people.all()}
    names = {entry.camera: entry.name for entry in context.wiring.register.cameras()}
    now_us = context.wiring.clock.now_us()
    return RepairOut(
        repair_id=one.repair_id,
        state=one.state.value,
        area=one.area,
        area_name=context.wiring.area_name(AreaCode(one.area)),
        place=one.place,
        cameras=[CameraName(camera=camera, name=names.get(camera, camera)) for camera in one.cameras],
        cause=one.cause.value,
        what=one.what,
        incident_id=one.incident_id,
        opened_us=one.opened_us,
        opened_by=people.get(one.opened_by, one.opened_by),
        deadline_us=one.deadline_us,
        late=unfinished and one.deadline_us is not None and one.deadline_us < now_us,
        assignee=one.assignee,
        notes=[NoteOut(at_us=note.at_us, by=people.get(note.by, note.by), text=note.text) for note in one.notes],
        proofs=[_proof_out(proof) for proof in shown],
        closed_us=one.closed_us,
        training=one.training,
    )


def _proof_out(proof: Proof) -> ProofOut:
    return ProofOut(camera=proof.camera, what=proof.what, passed=proof.passed, measured=proof.measured)
