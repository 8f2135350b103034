"""A citizen's request for footage of themselves: taken down, given, answered. Rules: `ronda.cases.citizen`."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from ronda.app.http import case_models as models
from ronda.app.http.citizen_models import CitizenIn
from ronda.app.http.context import InContext, SignedIn
from ronda.app.http.routes.cases import case_out_of
from ronda.cases.answer_letter import render
from ronda.cases.model import Citizen, LegalGround, Officer, Purpose, Request
from ronda.core.ids import CaseId
from ronda.core.time import TimeSpan

router = APIRouter(prefix="/api/cases", tags=["cases"])


class CitizenRequestIn(BaseModel):
    """A citizen's request for footage of themselves, as staff takes it down."""

    citizen: CitizenIn
    place: str = Field(max_length=200)
    lat_deg: float | None = None
    lon_deg: float | None = None
    scope: models.ScopeIn
    reason: str = Field(max_length=500)


class GivenIn(BaseModel):
    """A redacted copy that the citizen took along."""

    copy_id: str = Field(max_length=40)
    medium: str = Field(max_length=200)


@router.post("/citizen", status_code=201)
def request(body: CitizenRequestIn, person: SignedIn, context: InContext) -> models.CaseOut:
    """Take down a citizen's request for footage of themselves; it is locked, and the clock of 3 x 24 hours runs."""
    case = context.wiring.cases.request(person.person_id, _request(body))
    return case_out_of(context, person, case)


@router.post("/{case_id}/given")
def give(case_id: str, body: GivenIn, person: SignedIn, context: InContext) -> models.CaseOut:
    """Record that the citizen took a released redacted copy along."""
    case = context.wiring.cases.give_copy(person.person_id, CaseId(case_id), body.copy_id, body.medium)
    return case_out_of(context, person, case)


@router.get("/{case_id}/answer", response_class=Response)
def answer(case_id: str, person: SignedIn, context: InContext) -> Response:
    """The letter of answer (PDF): what was given, or why not, and where to object."""
    case = context.wiring.cases.answered(person.person_id, CaseId(case_id))
    letter = render(case, context.wiring.office, training=context.wiring.folder.training or case.training)
    return Response(letter, media_type="application/pdf", headers={"cache-control": "no-store"})


def _request(body: CitizenRequestIn) -> Request:
    span, said = TimeSpan(body.scope.from_us, body.scope.to_us), body.citizen
    return Request(
        lp_number="", lp_date="", letter_number="", letter_date="",
        requester=Officer(name=said.name.strip(), rank="", nrp="", unit=""),
        crime_kind="",
        place=body.place.strip(),
        lat_deg=body.lat_deg,
        lon_deg=body.lon_deg,
        incident=span,
        scope=models.scope(body.scope),
        purpose=Purpose.OWN_FOOTAGE,
        ground=LegalGround.OWN_DATA,
        reason=body.reason.strip(),
        citizen=Citizen(
            name=said.name.strip(), contact=said.contact.strip(), identity=said.identity,
            appearance=said.appearance.strip(),
        ),
    )  # fmt: skip
