"""Turn our errors into answers: a status, a stable code and the sentence for people."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from ronda.access import errors as access
from ronda.cases import errors as cases
from ronda.core.errors import RondaError, WrongUsageError
from ronda.evidence.errors import MalformedError, ProofError
from ronda.health import errors as health
from ronda.planning import errors as planning
from ronda.registry.errors import (
    IncompleteEntryError,
    NoSignPictureError,
    NotRegisteredError,
    RegisterImportError,
)
from ronda.service import errors as service

STATUS: dict[type[RondaError], int] = {
    access.NotSignedInError: 401,
    access.WrongPasswordError: 401,
    access.NotAllowedError: 403,
    access.TooManyTriesError: 429,
    access.LogUnavailableError: 503,
    access.WeakPasswordError: 422,
    access.AlreadyKnownError: 409,
    cases.NoSuchCaseError: 404,
    cases.NothingRecordedError: 404,
    cases.NotYourStepError: 403,
    cases.IncompleteRequestError: 422,
    cases.NoRoomError: 507,
    health.NoSuchRepairError: 404,
    health.RepairStateError: 422,
    health.ChannelError: 422,
    planning.NoSuchPlanError: 404,
    planning.UnknownPointError: 404,
    planning.BudgetTooSmallError: 422,
    planning.RunningCostTooHighError: 422,
    planning.ContradictoryTermsError: 422,
    planning.ReviewRefusedError: 422,
    service.BadHoursError: 422,
    service.BadServicePointError: 422,
    service.NoServicePointError: 404,
    NotRegisteredError: 404,
    IncompleteEntryError: 422,
    RegisterImportError: 422,
    NoSignPictureError: 422,
    WrongUsageError: 422,
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
    @app.exception_handler(RondaError)
    async def answer(_request: Request, error: RondaError) -> JSONResponse:
        headers = {"Retry-After": f"{error.wait_s:.0f}"} if isinstance(error, access.TooManyTriesError) else None
        said: dict[str, object] = {"code": code_of(error), "message": str(error)}
        if isinstance(error, cases.IncompleteRequestError):
            said["fields"] = [field for field, _sentence in error.problems]
        if isinstance(error, planning.BudgetTooSmallError | planning.RunningCostTooHighError):
            said["figures"] = error.figures
        return JSONResponse(said, status_of(error), headers)
