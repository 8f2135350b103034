"""Stills of a case over HTTP: taken, shown, made clearer as a marked copy, set as an A4 sheet."""

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from ronda.app.http import case_models as models
from ronda.app.http.context import InContext, SignedIn
from ronda.cases.enhance import Treatment
from ronda.cases.errors import NoSuchCaseError
from ronda.core.ids import CameraId, CaseId
from ronda.core.time import TimeSpan

router = APIRouter(prefix="/api", tags=["cases"])


@router.post("/cases/{case_id}/stills", status_code=201)
def still(case_id: str, body: models.StillIn, person: SignedIn, context: InContext) -> models.StillOut:
    """Take the picture at or before an instant; keeps its exact time and SHA-256."""
    case, picture = context.wiring.cases.still(person.person_id, CaseId(case_id), CameraId(body.camera), body.at_us)
    record = case.stills[-1]
    context.wiring.still_path(record.still_id).write_bytes(picture.png)
    return models.StillOut.model_validate(record)


@router.get("/cases/{case_id}/stills/sheet", response_class=Response)
def photo_sheet(case_id: str, person: SignedIn, context: InContext) -> Response:
    """All stills of the case as an A4 sheet (PDF): exact frame, time and its uncertainty, camera, SHA-256."""
    wiring = context.wiring
    pdf = wiring.cases.photo_sheet(person.person_id, CaseId(case_id), wiring.still_picture)
    return Response(pdf, media_type="application/pdf")


@router.get("/cases/{case_id}/stills/{still_id}", response_class=FileResponse)
def still_picture(case_id: str, still_id: str, person: SignedIn, context: InContext) -> FileResponse:
    """A picture that was taken, to those who may look inside the case now."""
    wiring = context.wiring
    case = wiring.cases.get(person.person_id, CaseId(case_id))
    record = next((record for record in case.stills if record.still_id == still_id), None)
    if record is None:
        raise NoSuchCaseError(f"{case_id}/{still_id}")
    span = TimeSpan(record.frame_us, record.frame_us + 1)
    wiring.cases.open_past(person.person_id, case.case_id, record.camera, span, "gambar")
    return FileResponse(wiring.still_path(record.still_id), media_type="image/png")


@router.post("/cases/{case_id}/stills/{still_id}/clearer", status_code=201)
def clearer(
    case_id: str, still_id: str, body: models.ClearerIn, person: SignedIn, context: InContext
) -> models.StillOut:
    """Make a clearer copy of a still; the copy is marked in the picture, the original stays as it is."""
    wiring = context.wiring
    case = wiring.cases.get(person.person_id, CaseId(case_id))
    known = still_id in {still.still_id for still in case.stills}
    png = wiring.still_picture(still_id) if known else None
    if png is None:
        raise NoSuchCaseError(f"{case_id}/{still_id[:60]}")
    treatment = Treatment(brightness=body.brightness, contrast=body.contrast, sharpness=body.sharpness)
    case, copy = wiring.cases.enhance(person.person_id, case.case_id, still_id, png, treatment)
    record = case.stills[-1]
    wiring.still_path(record.still_id).write_bytes(copy.png)
    return models.StillOut.model_validate(record)
