"""The access log: entries for the inspector, checkpoint and proofs for anybody who verifies."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from ronda.access.policy import Action
from ronda.app.http.context import InContext, SignedIn

router = APIRouter(prefix="/api/log", tags=["log"])
PAGE = 100


class LogLine(BaseModel):
    """One entry as it stands in the tree; `opened` are names and texts not yet erased."""

    index: int
    at_us: int
    action: str
    actor: str
    actor_name: str | None
    role: str
    phase: str
    outcome: str
    case: str | None
    objects: dict[str, str | int]
    opened: dict[str, str]


class LogPage(BaseModel):
    size: int
    lines: list[LogLine]


@router.get("")
def entries(
    person: SignedIn,
    context: InContext,
    before: Annotated[int | None, Query(ge=0)] = None,
    action: Annotated[str | None, Query(max_length=60)] = None,
    actor: Annotated[str | None, Query(max_length=40)] = None,
) -> LogPage:
    """Newest first, a hundred at a time; reading the log is itself an entry."""
    context.allow(person, Action.READ_LOG, None, {})
    objects: dict[str, str | int] = {"sebelum": before} if before is not None else {}
    context.note(person, "jejak.dibaca", "berhasil", objects)
    log = context.wiring.log
    names = {someone.person_id: someone.name for someone in context.wiring.people.all()}
    found = log.newest(PAGE, before=before, action=action, actor=actor)
    lines = [
        LogLine(
            index=entry.index,
            at_us=entry.at_us,
            action=entry.event.action,
            actor=entry.event.actor,
            actor_name=names.get(entry.event.actor),  # type: ignore[call-overload]
            role=entry.event.role,
            phase=entry.event.phase.value,
            outcome=entry.event.outcome,
            case=entry.event.case,
            objects=dict(entry.event.objects),
            opened=dict(entry.event.private),
        )
        for entry in found
    ]
    return LogPage(size=log.size(), lines=lines)


@router.get("/checkpoint", response_class=Response)
def checkpoint(context: InContext) -> Response:
    """The signed checkpoint of the whole log, for anybody; says nothing of what is in it."""
    return Response(context.wiring.signed_checkpoint(), media_type="text/plain; charset=utf-8")
