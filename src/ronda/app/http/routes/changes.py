"""Changes that need two people: asked here, decided by somebody else. The rules: `ronda.access.two_people`."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from ronda.access.errors import AlreadyKnownError, IncompleteChangeError
from ronda.access.look_back import MOST_MINUTES
from ronda.access.model import Person, Role
from ronda.access.policy import MAY, Action
from ronda.access.two_people import OPEN_US, Body, Change, ChangeKind, fingerprint, is_waiting
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.routes.cameras import tell_recorder, visible_camera
from ronda.app.http.routes.people import PersonIn, visible_person
from ronda.app.http.values import Moment
from ronda.app.two_people import still_locked
from ronda.core.ids import AreaCode, PersonId
from ronda.video.retain.clock_doubt import read_doubt

router = APIRouter(prefix="/api/changes", tags=["people"])
ChangeId = Annotated[str, Path(max_length=40)]
Reason = Annotated[str, Field(max_length=500)]


class RightsIn(BaseModel):
    """The roles and the area that a person shall have."""

    person_id: str = Field(max_length=40)
    roles: list[Role] = Field(min_length=1)
    area: str = Field(max_length=40)
    reason: Reason


class NewPersonIn(PersonIn):
    reason: Reason


class FactorsIn(BaseModel):
    """Whose second factors are taken away, such as after a lost phone."""

    person_id: str = Field(max_length=40)
    reason: Reason


class DeletionIn(BaseModel):
    """Footage to be deleted before its time: whole files inside the span, none that is locked.

    for_person  somebody who is in it asked for this: what is locked now goes when its lock ends
    """

    camera: str = Field(max_length=63)
    from_us: Moment
    to_us: Moment
    reason: Reason
    for_person: bool = False


class LookBackIn(BaseModel):
    """How many minutes the control room may look back; 0: not at all."""

    minutes: int = Field(ge=0, le=MOST_MINUTES)
    reason: Reason


class ClockIn(BaseModel):
    """Why the clock is right although it jumped; the jump is the one that storage tells now."""

    reason: Reason


class ChangeOut(BaseModel):
    """`read` is sent back with the decision; a change that was altered meanwhile has another one.

    still_locked  of an erasure that a person asked for: files that wait for the end of their lock
    """

    change_id: str
    kind: ChangeKind
    subject: str
    subject_name: str
    body: dict[str, str | int | list[str]]
    areas: list[str]
    reason: str
    asked_name: str
    asked_us: int
    until_us: int
    state: str
    waiting: bool
    decided_name: str
    decided_us: int | None
    note: str
    read: str
    may_decide: bool
    mine: bool
    still_locked: int | None = None


class DecisionIn(BaseModel):
    read: str = Field(max_length=64)
    note: str = Field(default="", max_length=500)


@router.get("")
def changes(person: SignedIn, context: InContext) -> list[ChangeOut]:
    """Changes of the person's area, newest first: to whom asks, decides or inspects."""
    _allow_any(context, person)
    return [_out(context, person, one) for one in context.wiring.changes.seen_by(person)[:200]]


@router.post("/rights", status_code=201)
def ask_rights(body: RightsIn, person: SignedIn, context: InContext) -> ChangeOut:
    """Ask for other roles or another area of a person."""
    someone = visible_person(context, person, body.person_id)
    areas = tuple(dict.fromkeys((someone.area, AreaCode(body.area))))
    asked: Body = {
        "roles": sorted(role.value for role in body.roles), "area": body.area,
        "roles_before": sorted(role.value for role in someone.roles), "area_before": someone.area,
    }  # fmt: skip
    return _asked(context, person, ChangeKind.RIGHTS, someone.person_id, asked, areas, body.reason, someone)


@router.post("/person", status_code=201)
def ask_person(body: NewPersonIn, person: SignedIn, context: InContext) -> ChangeOut:
    """Ask for an account whose role needs a second person."""
    if context.wiring.people.by_login(body.login) is not None:
        raise AlreadyKnownError(body.login)
    asked: Body = {
        "login": body.login, "name": body.name, "official_id": body.official_id, "office": body.office,
        "roles": sorted(role.value for role in body.roles), "area": body.area,
    }  # fmt: skip
    change = context.wiring.changes.ask(
        person, ChangeKind.ADD_PERSON, subject=body.login, body=asked, areas=(AreaCode(body.area),),
        reason=body.reason, concerns=body.official_id,
    )  # fmt: skip
    return _out(context, person, change)


@router.post("/factors", status_code=201)
def ask_factors(body: FactorsIn, person: SignedIn, context: InContext) -> ChangeOut:
    """Ask for a person's second factors to be taken away."""
    someone = visible_person(context, person, body.person_id)
    asked: Body = {"factors": len(context.wiring.factors.mine(someone))}
    return _asked(
        context, person, ChangeKind.FACTORS, someone.person_id, asked, (someone.area,), body.reason, someone
    )


@router.post("/deletion", status_code=201)
def ask_deletion(body: DeletionIn, person: SignedIn, context: InContext) -> ChangeOut:
    """Ask for footage to be deleted before its time."""
    entry = visible_camera(context, person, body.camera)
    if not body.from_us < body.to_us <= context.wiring.clock.now_us():
        raise IncompleteChangeError("to_us", "the span ends after it begins, and not in the future")
    asked: Body = {"from_us": body.from_us, "to_us": body.to_us, "for_person": int(body.for_person)}
    areas = (entry.site.area,)
    return _asked(context, person, ChangeKind.EARLY_DELETION, entry.camera, asked, areas, body.reason)


@router.post("/look-back", status_code=201)
def ask_look_back(body: LookBackIn, person: SignedIn, context: InContext) -> ChangeOut:
    """Ask for another limit of the control room's look back."""
    asked: Body = {"minutes": body.minutes, "minutes_before": context.wiring.look_back_minutes}
    areas = (AreaCode(context.wiring.region),)
    return _asked(context, person, ChangeKind.LOOK_BACK, "", asked, areas, body.reason)


@router.post("/clock", status_code=201)
def ask_clock(body: ClockIn, person: SignedIn, context: InContext) -> ChangeOut:
    """Ask for a jump of the machine's clock to be believed: footage that is old by the new time is then deleted."""
    doubt = read_doubt(context.wiring.index)
    if doubt is None:
        raise IncompleteChangeError("clock", "no jump of the clock is in doubt")
    asked: Body = {"from_us": doubt.from_us, "to_us": doubt.to_us}
    areas = (AreaCode(context.wiring.region),)
    return _asked(context, person, ChangeKind.CLOCK, "", asked, areas, body.reason)


@router.post("/{change_id}/approval")
async def approve(change_id: ChangeId, body: DecisionIn, person: SignedIn, context: InContext) -> ChangeOut:
    """Allow a change as the second person; it is done at once."""
    change = context.wiring.changes.allow(person, change_id, body.read, body.note)
    if change.kind is ChangeKind.RETENTION:
        await tell_recorder(context)
    return _out(context, person, change)


@router.post("/{change_id}/refusal")
def refuse(change_id: ChangeId, body: DecisionIn, person: SignedIn, context: InContext) -> ChangeOut:
    """Refuse a change as the second person."""
    return _out(context, person, context.wiring.changes.refuse(person, change_id, body.read, body.note))


@router.delete("/{change_id}")
def withdraw(change_id: ChangeId, person: SignedIn, context: InContext) -> ChangeOut:
    """Take back what one asked for."""
    return _out(context, person, context.wiring.changes.withdraw(person, change_id))


def _asked(
    context: Context,
    person: Person,
    kind: ChangeKind,
    subject: str,
    body: Body,
    areas: tuple[AreaCode, ...],
    reason: str,
    someone: Person | None = None,
) -> ChangeOut:
    change = context.wiring.changes.ask(
        person, kind, subject=subject, body=body, areas=areas, reason=reason,
        concerns=someone.official_id if someone else "",
    )  # fmt: skip
    return _out(context, person, change)


def _allow_any(context: Context, person: Person) -> None:
    """Who asks, decides or inspects sees the list."""
    for action in (Action.APPROVE_CHANGE, Action.MANAGE_PEOPLE, Action.READ_LOG):
        if person.only is None and person.roles & MAY[action]:
            return
    context.allow(person, Action.APPROVE_CHANGE, None, {})


def _out(context: Context, person: Person, change: Change) -> ChangeOut:
    about = context.wiring.people.by_id(PersonId(change.subject)) if change.subject else None
    return ChangeOut(
        change_id=change.change_id,
        kind=change.kind,
        subject=change.subject,
        subject_name=about.name if about else str(change.body.get("name", change.subject)),
        body=change.body,
        areas=list(change.areas),
        reason=change.reason,
        asked_name=change.asked_name,
        asked_us=change.asked_us,
        until_us=change.asked_us + OPEN_US,
        state=change.state.value,
        waiting=is_waiting(change, context.wiring.clock.now_us()),
        decided_name=change.decided_name,
        decided_us=change.decided_us,
        note=change.note,
        read=fingerprint(change),
        may_decide=context.wiring.changes.may_decide(person, change),
        mine=change.asked_by == person.person_id,
        still_locked=still_locked(context.wiring, change),
    )
