"""The own sessions: where one is signed in, and ending one or all others. The rules: `ronda.access.sessions`."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from ronda.access.sessions import ends_us
from ronda.app.http.context import HalfSignedIn, InContext, SignedIn
from ronda.app.http.routes.people import EndedOut

router = APIRouter(prefix="/api/sessions", tags=["session"])
SessionId = Annotated[str, Path(max_length=40)]


class SessionOut(BaseModel):
    """A session that stands. `device`: what its browser said it is; `here`: the one that asks."""

    session_id: str
    device: str
    started_us: int
    used_us: int
    ends_us: int
    wall: bool
    here: bool


@router.get("")
def mine(person: SignedIn, standing: HalfSignedIn, context: InContext) -> list[SessionOut]:
    """Where the person is signed in, newest first."""
    now_us = context.wiring.clock.now_us()
    return [
        SessionOut(
            session_id=one.session_id,
            device=one.device,
            started_us=one.started_us,
            used_us=min(one.used_us, now_us),
            ends_us=ends_us(one),
            wall=one.wall,
            here=one.token_sha256 == standing.session.token_sha256,
        )
        for one in context.wiring.sessions.mine(person)
    ]


@router.delete("")
def end_others(person: SignedIn, standing: HalfSignedIn, context: InContext) -> EndedOut:
    """End every own session but this one; the password is asked for again."""
    context.wiring.access.require_password(standing)
    return EndedOut(ended=context.wiring.sessions.end_others(person, standing.session))


@router.delete("/{session_id}", status_code=204)
def end(session_id: SessionId, person: SignedIn, standing: HalfSignedIn, context: InContext) -> None:
    """End one own session; the password is asked for again."""
    context.wiring.access.require_password(standing)
    context.wiring.sessions.end(person, session_id)
