"""Accounts: for the admin."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from ronda.access.errors import NoSuchPersonError, NotAllowedError, TwoPeopleNeededError
from ronda.access.model import Person, Role
from ronda.access.policy import Action
from ronda.access.rules import area_covers, decide, same_official
from ronda.access.service import new_person
from ronda.access.two_people import OF_TRUST
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.core.ids import AreaCode, PersonId

router = APIRouter(prefix="/api/people", tags=["people"])


class PersonOut(BaseModel):
    person_id: str
    login: str
    name: str
    office: str
    roles: list[str]
    area: str
    area_name: str
    disabled: bool
    one_time_password_unused: bool


class PersonIn(BaseModel):
    login: str = Field(min_length=2, max_length=60, pattern=r"^[a-z0-9][a-z0-9.-]*$")
    name: str = Field(min_length=2, max_length=200)
    official_id: str = Field(min_length=1, max_length=40)
    office: str = Field(max_length=200)
    roles: list[Role] = Field(min_length=1)
    area: str = Field(max_length=40)


class OneTimePassword(BaseModel):
    """Shown once; the person replaces it at the first sign-in."""

    login: str
    password: str


class EndedOut(BaseModel):
    """How many sessions ended."""

    ended: int


class Disable(BaseModel):
    disabled: bool


@router.get("")
def everybody(person: SignedIn, context: InContext) -> list[PersonOut]:
    context.allow(person, Action.MANAGE_PEOPLE, None, {})
    return [
        PersonOut(
            person_id=someone.person_id,
            login=someone.login,
            name=someone.name,
            office=someone.office,
            roles=sorted(role.value for role in someone.roles),
            area=someone.area,
            area_name=context.wiring.area_name(someone.area),
            disabled=someone.disabled,
            one_time_password_unused=someone.must_change_password,
        )
        for someone in context.wiring.people.all()
        if area_covers(person.area, someone.area)
    ]


@router.post("", status_code=201)
def add(body: PersonIn, person: SignedIn, context: InContext) -> OneTimePassword:
    """Make an account; one with a role of trust needs a second person, once there is one (`/api/changes`)."""
    context.allow(person, Action.MANAGE_PEOPLE, AreaCode(body.area), {})
    if frozenset(body.roles) & OF_TRUST and _second_person(context, person, AreaCode(body.area)):
        raise TwoPeopleNeededError("an account with this role")
    someone = new_person(
        body.login, body.name, body.official_id, body.office, frozenset(body.roles), AreaCode(body.area)
    )
    return OneTimePassword(login=body.login, password=context.wiring.access.add_person(person, someone))


@router.post("/{person_id}/password")
def reset_password(person_id: str, person: SignedIn, context: InContext) -> OneTimePassword:
    """A new one-time password; every session of the person ends, second factors stay."""
    context.allow(person, Action.MANAGE_PEOPLE, None, {"akun": person_id})
    someone = visible_person(context, person, person_id)
    if person_id == person.person_id:
        raise NotAllowedError("the own password is changed by oneself. Next: use your account page")
    return OneTimePassword(login=someone.login, password=context.wiring.access.reset_password(person, someone))


@router.delete("/{person_id}/sessions")
def end_sessions(person_id: str, person: SignedIn, context: InContext) -> EndedOut:
    """End every session of somebody, wherever it is open; the account stays."""
    context.allow(person, Action.MANAGE_PEOPLE, None, {"akun": person_id})
    someone = visible_person(context, person, person_id)
    return EndedOut(ended=context.wiring.sessions.end_all_of(person, someone))


@router.put("/{person_id}", status_code=204)
def disable(person_id: str, body: Disable, person: SignedIn, context: InContext) -> None:
    """Disable or enable an account; nobody does so to the own one."""
    context.allow(person, Action.MANAGE_PEOPLE, None, {"akun": person_id})
    visible_person(context, person, person_id)
    if person_id == person.person_id:
        raise NotAllowedError("nobody disables the own account. Next: ask another admin")
    action = "akun.dinonaktifkan" if body.disabled else "akun.diaktifkan"
    context.note(person, action, "berhasil", {"akun": person_id})
    context.wiring.people.set_disabled(PersonId(person_id), body.disabled)


def visible_person(context: Context, person: Person, person_id: str) -> Person:
    """Somebody within the own area. Raises NoSuchPersonError, also for one outside it."""
    someone = context.wiring.people.by_id(PersonId(person_id))
    if someone is None or not area_covers(person.area, someone.area):
        raise NoSuchPersonError(person_id)
    return someone


def _second_person(context: Context, asking: Person, area: AreaCode) -> bool:
    """Whether somebody else could decide; a new installation has nobody yet."""
    return any(
        decide(one, Action.APPROVE_CHANGE, area).allowed and not same_official(one.official_id, asking.official_id)
        for one in context.wiring.people.all()
    )
