"""Who helps in a case: assigned operators, and whom else one could assign. The rules: `ronda.cases.rules`."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import decide
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.cases.model import Case
from ronda.cases.rules import belongs, may_assign, may_change_scope
from ronda.core.ids import CaseId, PersonId

router = APIRouter(prefix="/api/cases", tags=["cases"])
MemberId = Annotated[str, Path(max_length=40)]


class MemberIn(BaseModel):
    """An operator who shall help in the case."""

    person_id: str = Field(max_length=40)


class MemberOut(BaseModel):
    person_id: str
    name: str
    office: str


class MembersOut(BaseModel):
    """Who helps, whom this person may assign besides (empty: nobody, or not this person's matter).

    may_change_scope  whether this person may ask for another scope now
    """

    members: list[MemberOut]
    candidates: list[MemberOut]
    may_assign: bool
    may_change_scope: bool


@router.get("/{case_id}/members")
def members(case_id: str, person: SignedIn, context: InContext) -> MembersOut:
    """Assigned operators, and for who asked or approved those that could be."""
    return _out(context, person, context.wiring.cases.get(person.person_id, CaseId(case_id)))


@router.post("/{case_id}/members")
def assign(case_id: str, body: MemberIn, person: SignedIn, context: InContext) -> MembersOut:
    """Let an operator help in the case; by who asked or who approved."""
    case = context.wiring.cases.assign(person.person_id, CaseId(case_id), PersonId(body.person_id))
    return _out(context, person, case)


@router.delete("/{case_id}/members/{person_id}")
def release(case_id: str, person_id: MemberId, person: SignedIn, context: InContext) -> MembersOut:
    """An operator helps no longer; what they have open in the case closes."""
    case = context.wiring.cases.release(person.person_id, CaseId(case_id), PersonId(person_id))
    return _out(context, person, case)


def _out(context: Context, person: Person, case: Case) -> MembersOut:
    everybody, assigns = context.wiring.people.all(), may_assign(case, person).allowed
    could = [
        one
        for one in everybody
        if assigns and not belongs(case, one) and decide(one, Action.REVIEW_FOOTAGE, case.area).allowed
    ]
    return MembersOut(
        members=[_member(one) for one in everybody if one.person_id in case.members],
        candidates=[_member(one) for one in could],
        may_assign=assigns,
        may_change_scope=may_change_scope(case, person).allowed,
    )


def _member(one: Person) -> MemberOut:
    return MemberOut(person_id=one.person_id, name=one.name, office=one.office)
