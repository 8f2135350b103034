"""The duty roster, and the look backs of the control room: their reasons, and the inspector's list."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from ronda.access.duty import Duty, DutyKind, check_duty, on_duty
from ronda.access.errors import IncompleteDutyError, NoSuchLookBackError, UnfitValueError
from ronda.access.look_back import REASON_WITHIN_US, LookBack, is_overdue
from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import area_covers, decide
from ronda.access.two_people import reason_problem
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.routes.people import visible_person
from ronda.app.http.values import Moment
from ronda.core.ids import PersonId, new_id
from ronda.core.time import TimeSpan

router = APIRouter(prefix="/api", tags=["duty"])


class DutyIn(BaseModel):
    kind: DutyKind
    person_id: str = Field(max_length=40)
    from_us: Moment
    to_us: Moment


class DutyOut(BaseModel):
    duty_id: str
    kind: DutyKind
    person_id: str
    name: str
    from_us: int
    to_us: int
    now: bool


class Candidate(BaseModel):
    """Somebody who may stand a kind of duty."""

    person_id: str
    name: str
    kinds: list[DutyKind]


class RosterOut(BaseModel):
    duties: list[DutyOut]
    candidates: list[Candidate]


class LookBackOut(BaseModel):
    """One look back. `overdue`: no reason came within a quarter of an hour."""

    look_back_id: str
    name: str
    camera: str
    from_us: int
    opened_us: int
    reason_due_us: int
    reason: str | None
    reason_us: int | None
    overdue: bool
    log_index: int


class MyLookBacks(BaseModel):
    """What the control room may do now: minutes back (0: not at all), whether on duty, and what wants a reason."""

    minutes: int
    on_duty: bool
    unexplained: list[LookBackOut]


class ReasonIn(BaseModel):
    reason: str = Field(max_length=500)


@router.get("/duty")
def roster(person: SignedIn, context: InContext) -> RosterOut:
    """The roster from now on, and who may stand it."""
    context.allow(person, Action.SET_DUTY, None, {})
    now_us = context.wiring.clock.now_us()
    people = {one.person_id: one for one in context.wiring.people.all() if area_covers(person.area, one.area)}
    duties = [
        DutyOut(
            duty_id=one.duty_id, kind=one.kind, person_id=one.person_id, name=people[one.person_id].name,
            from_us=one.span.start_us, to_us=one.span.end_us, now=one.span.contains(now_us),
        )
        for one in context.wiring.duty.after(now_us)
        if one.person_id in people
    ]  # fmt: skip
    candidates = [
        Candidate(person_id=one.person_id, name=one.name, kinds=kinds)
        for one in people.values()
        if (kinds := [kind for kind in DutyKind if _may_stand(one, kind)])
    ]
    return RosterOut(duties=duties, candidates=candidates)


@router.post("/duty", status_code=201)
def add_duty(body: DutyIn, person: SignedIn, context: InContext) -> RosterOut:
    """Put somebody on the roster; nobody puts themselves on duty in the control room."""
    context.allow(person, Action.SET_DUTY, None, {})
    someone = visible_person(context, person, body.person_id)
    if body.to_us <= body.from_us:
        raise IncompleteDutyError("to_us", "a turn ends after it begins")
    span = TimeSpan(body.from_us, body.to_us)
    check_duty(body.kind, someone, span, context.wiring.clock.now_us())
    duty = Duty(
        duty_id=new_id("du"), kind=body.kind, person_id=someone.person_id, span=span, made_by=person.person_id
    )
    objects: dict[str, str | int] = {
        "jaga": duty.duty_id, "jenis": body.kind.value, "petugas": someone.person_id,
        "dari_us": span.start_us, "sampai_us": span.end_us,
    }  # fmt: skip
    context.note(person, "jaga.disusun", "berhasil", objects)
    context.wiring.duty.add(duty)
    return roster(person, context)


@router.delete("/duty/{duty_id}")
def remove_duty(duty_id: Annotated[str, Path(max_length=40)], person: SignedIn, context: InContext) -> RosterOut:
    """Take a turn off the roster."""
    context.allow(person, Action.SET_DUTY, None, {})
    context.note(person, "jaga.dihapus", "berhasil", {"jaga": duty_id})
    context.wiring.duty.remove(duty_id)
    return roster(person, context)


@router.get("/look-backs/mine")
def mine(person: SignedIn, context: InContext) -> MyLookBacks:
    """Whether this operator may look back now, and which looks still want a reason."""
    context.allow(person, Action.LOOK_BACK, None, {})
    wiring = context.wiring
    now_us = wiring.clock.now_us()
    return MyLookBacks(
        minutes=wiring.look_back_minutes,
        on_duty=person.person_id in on_duty(wiring.duty.after(now_us), DutyKind.CONTROL_ROOM, now_us),
        unexplained=[_out(context, one) for one in wiring.duty.unexplained_of(person.person_id)],
    )


@router.post("/look-backs/{look_back_id}/reason")
def explain(
    look_back_id: Annotated[str, Path(max_length=40)], body: ReasonIn, person: SignedIn, context: InContext
) -> MyLookBacks:
    """Give the reason of an own look back, once; a late one is kept as late."""
    context.allow(person, Action.LOOK_BACK, None, {})
    if problem := reason_problem(body.reason):
        raise UnfitValueError("reason", problem)
    store, wiring = context.wiring.duty, context.wiring
    waiting = [one for one in store.unexplained_of(person.person_id) if one.look_back_id == look_back_id]
    if not waiting:
        raise NoSuchLookBackError("no such look back waits for a reason of yours")
    objects: dict[str, str | int] = {"kejadian": look_back_id, "kamera": waiting[0].camera}
    context.note(person, "pantauan.mundur_alasan", "berhasil", objects, private={"alasan": body.reason.strip()})
    store.explain(look_back_id, person.person_id, body.reason.strip(), wiring.clock.now_us())
    return mine(person, context)


@router.get("/look-backs")
def look_backs(person: SignedIn, context: InContext) -> list[LookBackOut]:
    """For the inspector: every look back of the control room, newest first, explained or not."""
    context.allow(person, Action.READ_LOG, None, {})
    context.note(person, "pantauan.mundur_dibaca", "berhasil", {})
    found = context.wiring.duty.look_backs()
    return [_out(context, one) for one in found if area_covers(person.area, one.area)]


def _may_stand(person: Person, kind: DutyKind) -> bool:
    needed = {DutyKind.CONTROL_ROOM: Action.LOOK_BACK, DutyKind.APPROVER: Action.APPROVE_REQUEST}[kind]
    return decide(person, needed).allowed


def _out(context: Context, one: LookBack) -> LookBackOut:
    someone = context.wiring.people.by_id(PersonId(one.person_id))
    return LookBackOut(
        look_back_id=one.look_back_id,
        name=someone.name if someone else one.person_id,
        camera=one.camera,
        from_us=one.from_us,
        opened_us=one.to_us,
        reason_due_us=one.to_us + REASON_WITHIN_US,
        reason=one.reason,
        reason_us=one.reason_us,
        overdue=is_overdue(one, context.wiring.clock.now_us()),
        log_index=one.log_index,
    )
