"""Turn our errors into answers: a status, a stable code and the sentence for people."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ronda.access import errors as access
from ronda.cases import errors as cases
from ronda.core.errors import RondaError, WrongUsageError
from ronda.evidence.errors import MalformedError, ProofError
from ronda.health import errors as health
from ronda.planning import errors as planning
from ronda.registry.errors import (
    IncompleteEntryError,
    KeptTooLongError,
    NoSignPictureError,
    NotRegisteredError,
    RegisterImportError,
)
from ronda.service import errors as service
from ronda.video.onvif.errors import ForbiddenPlaceError


class Problem(BaseModel):
    """Why a request was refused. Nothing was changed.

    code     stable name of the refusal, which screens translate
    message  what, where, measured against what, and what to do next; English
    fields   names of the values that are wrong, as the API calls them
    figures  what would do, where a plan is refused
    """

    code: str
    message: str
    fields: list[str] = []
    figures: dict[str, str | int | float] = {}


# One document of refusals for every route: the same shape whoever refuses, guard, policy or rule.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "model": Problem,
        "description": "Refused: 401 not signed in, 403 not allowed, 404 not there, 409 against a rule or state, "
        "413 too large, 422 a value is wrong, 429 too often",
    },
    "5XX": {
        "model": Problem,
        "description": "Not possible now: 503 the log cannot be written or the recorder does not answer, "
        "507 no room on the disk",
    },
}
# What a page answers instead: a page, with the reason in words.
PAGE_PROBLEMS: dict[int | str, dict[str, Any]] = {
    kind: {
        "description": "A page that says why; JSON for a request that no browser sends",
        "content": {
            "text/html": {"schema": {"type": "string"}},
            "application/json": {"schema": {"$ref": "#/components/schemas/Problem"}},
        },
    }
    for kind in ("4XX", "5XX")
}
STATUS: dict[type[RondaError], int] = {
    access.NotSignedInError: 401,
    access.WrongPasswordError: 401,
    access.OneTimeExpiredError: 401,
    access.WrongCodeError: 401,
    access.NoSuchFactorError: 404,
    access.ProviderAwayError: 503,
    access.ProviderRefusedError: 401,
    access.NobodyLinkedError: 401,
    access.StepUpNeededError: 403,
    access.PasswordNeededError: 403,
    access.NoSuchSessionError: 404,
    access.ChangeRefusedError: 403,
    access.NoSuchChangeError: 404,
    access.NoSuchPersonError: 404,
    access.NoSuchTileError: 404,
    access.TwoPeopleNeededError: 409,
    access.UnfitValueError: 422,
    access.LookBackRefusedError: 403,
    access.NoSuchLookBackError: 404,
    access.NotAllowedError: 403,
    access.WallScreenError: 403,
    access.HeldUpError: 429,
    access.LogUnavailableError: 503,
    access.WeakPasswordError: 422,
    access.PasswordListError: 503,
    access.AlreadyKnownError: 409,
    cases.NoSuchCaseError: 404,
    cases.NothingRecordedError: 404,
    cases.RedactionError: 409,
    cases.NotYourStepError: 403,
    cases.IncompleteRequestError: 422,
    cases.NoRoomError: 507,
    health.NoSuchRepairError: 404,
    health.RepairStateError: 422,
    health.ChannelError: 422,
    health.CauseRefusedError: 409,
    health.NoSuchGapError: 404,
    planning.NoSuchPlanError: 404,
    planning.UnknownPointError: 404,
    planning.BudgetTooSmallError: 422,
    planning.RunningCostTooHighError: 422,
    planning.ContradictoryTermsError: 422,
    planning.ReviewRefusedError: 422,
    planning.AskedPointError: 422,
    service.BadHoursError: 422,
    service.BadServicePointError: 422,
    service.NoServicePointError: 404,
    NotRegisteredError: 404,
    IncompleteEntryError: 422,
    RegisterImportError: 422,
    NoSignPictureError: 422,
    WrongUsageError: 422,
    ForbiddenPlaceError: 422,
    MalformedError: 422,
    ProofError: 422,
}


def status_of(error: RondaError) -> int:
    """The nearest class in STATUS; 409 for any other refusal of ours."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 409


def code_of(error: RondaError) -> str:
    """`NotSignedInError` becomes `not_signed_in`: stable, and translated by the screens."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name).lstrip("_")


def add_problem_answers(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> JSONResponse:
        """What the framework refuses by itself: no such route or method, a body that is no JSON."""
        code = "not_found" if error.status_code in (404, 405) else "invalid"
        return JSONResponse({"code": code, "message": error.detail}, error.status_code, error.headers)

    @app.exception_handler(RequestValidationError)
    async def wrong_values(_request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [(".".join(map(str, fault["loc"][1:])), fault["msg"]) for fault in error.errors()]
        said = "; ".join(f"{place}: {why}" if place else why for place, why in faults)
        fields = list(dict.fromkeys(place for place, _why in faults if place))
        return JSONResponse({"code": "invalid", "message": said[:2000], "fields": fields[:50]}, 422)

    @app.exception_handler(RondaError)
    async def answer(_request: Request, error: RondaError) -> JSONResponse:
        headers = {"Retry-After": f"{error.wait_s:.0f}"} if isinstance(error, access.HeldUpError) else None
        said: dict[str, object] = {"code": code_of(error), "message": str(error)}
        if isinstance(error, cases.IncompleteRequestError):
            said["fields"] = [field for field, _sentence in error.problems]
        if isinstance(error, access.UnfitValueError):
            said["fields"] = [error.field]
        if isinstance(error, planning.BudgetTooSmallError | planning.RunningCostTooHighError | KeptTooLongError):
            said["figures"] = error.figures
        return JSONResponse(said, status_of(error), headers)
