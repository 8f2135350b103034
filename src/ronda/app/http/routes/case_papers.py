"""The police's papers over HTTP: numbers, the letter as PDF, their list of cases read into a form."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from ronda.access.policy import Action
from ronda.app.http import case_models as models
from ronda.app.http.context import InContext, SignedIn
from ronda.app.http.paper_models import PaperIn, PapersIn
from ronda.app.http.routes.areas import RowFaultOut
from ronda.app.http.routes.cases import case_out_of
from ronda.cases.case_list import listed_cases
from ronda.cases.police_papers import Paper, PolicePapers
from ronda.core.ids import CaseId

router = APIRouter(prefix="/api/cases", tags=["cases"])


class ListedOut(BaseModel):
    """A row of the police's list, by the names of the request form; "" where the list has none."""

    row: int
    values: dict[str, str]


class CaseListOut(BaseModel):
    """What was read; nothing of it is kept."""

    cases: list[ListedOut]
    faults: list[RowFaultOut]


@router.post("/list")
async def read_list(request: Request, person: SignedIn, context: InContext) -> CaseListOut:
    """Read the police's list of cases (CSV) to fill in the form with a row of it; stores nothing."""
    context.allow(person, Action.ENTER_REQUEST, None, {})
    cases, faults = listed_cases(await request.body())
    return CaseListOut(
        cases=[ListedOut(row=one.row, values=one.values) for one in cases],
        faults=[
            RowFaultOut(row=one.row, column=one.column, value=one.value, code=one.code, hint=one.hint)
            for one in faults[:100]
        ],
    )


@router.put("/{case_id}/papers")
def file_papers(case_id: str, body: PapersIn, person: SignedIn, context: InContext) -> models.CaseOut:
    """File the numbers and dates of the police's papers, in place of those before."""
    papers = PolicePapers(
        article=" ".join(body.article.split()),
        lidik=_paper(body.lidik),
        sidik=_paper(body.sidik),
        receipt=_paper(body.receipt),
        seizure=_paper(body.seizure),
        court_permit=_paper(body.court_permit),
        seizure_urgent=body.seizure_urgent,
    )
    case = context.wiring.cases.file_papers(person.person_id, CaseId(case_id), papers)
    return case_out_of(context, person, case)


@router.put("/{case_id}/letter")
async def file_letter(case_id: str, request: Request, person: SignedIn, context: InContext) -> models.CaseOut:
    """File the letter of request as PDF, at most 10 MB; it goes into the package."""
    case = context.wiring.cases.file_letter(person.person_id, CaseId(case_id), await request.body())
    return case_out_of(context, person, case)


@router.get("/{case_id}/letter", response_class=Response)
def letter(case_id: str, person: SignedIn, context: InContext) -> Response:
    """The letter of request as it was filed."""
    data = context.wiring.cases.letter(person.person_id, CaseId(case_id))
    headers = {"cache-control": "no-store", "content-disposition": 'inline; filename="surat-permintaan.pdf"'}
    return Response(data, media_type="application/pdf", headers=headers)


def _paper(body: PaperIn | None) -> Paper | None:
    return Paper(number=body.number.strip(), date=body.date) if body else None
