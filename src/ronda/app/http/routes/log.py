"""The access log: entries for the inspector, checkpoint and proofs for anybody who verifies."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from ronda.access.errors import NoSuchTileError
from ronda.access.policy import Action
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.values import Count
from ronda.core.ids import PersonId
from ronda.store.log import LogEntry

router = APIRouter(prefix="/api/log", tags=["log"])
PAGE = 100
LONGEST_SEARCH = 20_000


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


class LogCheck(BaseModel):
    """`faults` names every entry that does not fit; empty for a whole log."""

    size: int
    root: str
    faults: list[str]


@router.get("")
def entries(
    person: SignedIn,
    context: InContext,
    before: Count | None = None,
    outcome: Annotated[str | None, Query(max_length=20)] = None,
) -> LogPage:
    """Newest first, a hundred at a time; reading the log is itself an entry."""
    context.allow(person, Action.READ_LOG, None, {})
    objects: dict[str, str | int] = {"sebelum": before} if before is not None else {}
    context.note(person, "jejak.dibaca", "berhasil", objects)
    size = context.wiring.log.size()
    found = _newest(context, size if before is None else before, outcome)
    return LogPage(size=size, lines=[_line(context, entry) for entry in found])


@router.get("/check")
def check(person: SignedIn, context: InContext) -> LogCheck:
    """Read the whole log and name what does not fit."""
    context.allow(person, Action.READ_LOG, None, {})
    context.note(person, "jejak.diperiksa", "berhasil", {})
    log = context.wiring.log
    faults = log.verify_all()
    return LogCheck(size=log.size(), root=log.root().hex(), faults=faults)


@router.get("/checkpoint", response_class=Response)
def checkpoint(context: InContext) -> Response:
    """The signed checkpoint of the whole log, for anybody; says nothing of what is in it."""
    return Response(context.wiring.signed_checkpoint(), media_type="text/plain; charset=utf-8")


@router.get("/tile/{path:path}", response_class=Response)
def tile(path: str, context: InContext) -> Response:
    """A published tile, for anybody: `0/000` and up (hashes), `umum/000` (what is public of each entry)."""
    found = context.wiring.log.published_tile(path)
    if found is None:
        raise NoSuchTileError(path)
    return Response(found, media_type="application/octet-stream", headers={"cache-control": "public, max-age=60"})


def _newest(context: Context, before: int, outcome: str | None) -> list[LogEntry]:
    """At most a page of entries below `before`, of one outcome when asked."""
    found: list[LogEntry] = []
    lowest = max(0, before - LONGEST_SEARCH)
    while len(found) < PAGE and before > lowest:
        batch = context.wiring.log.entries(before - 1, 10 * PAGE if outcome else PAGE, newest_first=True)
        if not batch:
            break
        found += [entry for entry in batch if outcome is None or entry.fields.get("hasil") == outcome]
        before = batch[-1].index
    return found[:PAGE]


def _line(context: Context, entry: LogEntry) -> LogLine:
    fields = entry.fields
    objects = fields.get("objek")
    actor = context.wiring.people.by_id(PersonId(entry.actor))
    return LogLine(
        index=entry.index,
        at_us=entry.at_us,
        action=entry.action,
        actor=entry.actor,
        actor_name=actor.name if actor else None,
        role=str(fields.get("peran", "")),
        phase=str(fields.get("tahap", "")),
        outcome=str(fields.get("hasil", "")),
        case=entry.case,
        objects={name: value for name, value in objects.items() if isinstance(value, str | int)}
        if isinstance(objects, Mapping)
        else {},
        opened={opening.name: opening.value for opening in context.wiring.log.openings(entry.index)},
    )
