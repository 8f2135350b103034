"""Sign in by an outside provider: there and back. Every failure leads to the sign-in screen with its reason."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from ronda.access.errors import AccessError, NobodyLinkedError, ProviderRefusedError
from ronda.access.sessions import device_words
from ronda.app.http.context import Context, InContext
from ronda.app.http.cookies import drop_cookie, read_cookie, set_cookie
from ronda.app.http.problems import code_of
from ronda.app.http.routes.session import remember_device, set_session_cookie

router = APIRouter(prefix="/api/oidc", tags=["session"])
STATE_COOKIE = "ronda_oidc"
STATE_S = 600


class ProviderOut(BaseModel):
    """`name` of the provider on the sign-in screen; null: there is none."""

    name: str | None


@router.get("")
def provider(context: InContext) -> ProviderOut:
    """Whether people may sign in by a provider here."""
    found = context.wiring.provider
    return ProviderOut(name=found.settings.name if found else None)


@router.get("/start", response_class=RedirectResponse, status_code=302)
def start(request: Request, context: InContext) -> Response:
    """Send the browser to the provider."""
    found = context.wiring.provider
    if found is None:
        return _back("provider_refused")
    try:
        address, state = found.begin()
    except AccessError as error:
        return _back(code_of(error))
    answer = RedirectResponse(address, 302)
    # Lax: the provider's own page sends the browser back here.
    set_cookie(request, answer, STATE_COOKIE, state, max_age_s=STATE_S, same_site="lax")
    return answer


@router.get("/callback", response_class=RedirectResponse, status_code=302)
def callback(
    request: Request,
    context: InContext,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The way back: a session for the person whom the provider's subject belongs to; the second factor follows."""
    try:
        token = _signed_in(request, context, code, state)
    except AccessError as error:
        context.wiring.access.provider_failed(code_of(error))
        return _back(code_of(error))
    answer = RedirectResponse("/", 302)
    drop_cookie(answer, STATE_COOKIE)
    set_session_cookie(request, answer, token)
    remember_device(request, answer, context, context.standing(token))
    return answer


def _signed_in(request: Request, context: Context, code: str, state: str) -> str:
    found = context.wiring.provider
    if found is None:
        raise ProviderRefusedError("there is no provider here")
    subject = found.finish(code, state, read_cookie(request, STATE_COOKIE))
    person = context.wiring.subjects.person(found.settings.issuer, subject)
    if person is None or person.disabled:
        raise NobodyLinkedError
    words = device_words(request.headers.get("user-agent", ""))
    return context.wiring.access.start_session(person, proved=False, words=words)


def _back(reason: str) -> Response:
    return RedirectResponse(f"/?masuk={reason}", 302)
