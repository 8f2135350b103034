"""Where village boxes speak to the hub, and the panel that shows how they are.

`/api/fleet/...` is for machines: no session, every request signed by the edge's own key
(`ronda.fleet.signing`). Refusals carry what the edge needs to go on: the cursor, the offset, the number.
"""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect

from ronda.access.policy import Action
from ronda.access.rules import area_covers
from ronda.app.fleet.desk import Voice
from ronda.app.fleet.incoming import LARGEST_PART_BYTES
from ronda.app.fleet.wanting import NOT_CONNECTED_AFTER_US
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.problems import code_of
from ronda.core.ids import AreaCode
from ronda.fleet.budget import budget_spent
from ronda.fleet.errors import (
    FleetError,
    MissingBeforeError,
    NotEnrolledError,
    OffsetError,
    PoisonBatchError,
    UsedNumberError,
)
from ronda.fleet.model import FileEnd, Heartbeat
from ronda.fleet.settle import clock_is_flagged, goes_to_quarantine
from ronda.store.sql.fleet import EdgeRecord

router = APIRouter(prefix="/api", tags=["fleet"])
_STATUS: dict[type[FleetError], int] = {NotEnrolledError: 401, PoisonBatchError: 422}
_HEARTBEAT = TypeAdapter(Heartbeat)
_END = TypeAdapter(FileEnd)


class EnrolIn(BaseModel):
    """The one-time token, and the public key that the box made for itself (hex)."""

    token: str = Field(max_length=80)
    public_key: str = Field(max_length=64)


class EnrolOut(BaseModel):
    edge: str
    training: bool
    hub_us: int


class SettledOut(BaseModel):
    """`dead`: the single row could not be read and was put aside with its bytes."""

    epoch: int
    settled: int
    hub_us: int
    dead: bool


class PartOut(BaseModel):
    have: int


class Cannot(BaseModel):
    why: str = Field(max_length=200)


class EdgeOut(BaseModel):
    """How a village box is. `link`: `invited`, `connected` or `not_connected`; never "camera down".

    `clock`: `ok`, `flagged` (off by more than 2 s), `quarantine` (more than 60 s: its rows are kept apart)
    or `unknown`; `other_instance`: a second box speaks for this edge and waits for a person.
    """

    edge: str
    area: str
    cameras: list[str]
    link: str
    last_contact_us: int | None
    rows_waiting: int | None
    rows_waiting_since_us: int | None
    clock: str
    clock_offset_us: int | None
    clock_error_us: int | None
    budget_bytes: int
    used_today_bytes: int | None
    rate_bytes_s: float | None
    budget_spent: bool
    files_waiting: int
    bytes_waiting: int
    expected_us: int | None
    missing_rows: int
    quarantined_rows: int
    apart_rows: int
    dead_batches: int
    other_instance: str | None
    recorder_running: bool | None
    free_bytes: int | None
    camera_states: dict[str, str]


@router.post("/fleet/enrol", status_code=201)
async def enrol(body: EnrolIn, context: InContext) -> EnrolOut:
    """Join with a one-time token; the key is this edge's from now on."""
    desk = context.wiring.fleet_desk
    record = await asyncio.to_thread(desk.enrol, body.token, body.public_key)
    return EnrolOut(edge=record.edge, training=desk.training, hub_us=desk.clock.now_us())


@router.post("/fleet/batch", response_model=SettledOut)
async def batch(request: Request, context: InContext) -> Any:
    """Take a compressed batch of rows; answers up to where everything is in the database."""

    def work(voice: Voice, body: bytes) -> SettledOut:
        done = context.wiring.fleet_desk.batch(voice, body)
        return SettledOut(epoch=done.cursor.epoch, settled=done.cursor.settled, hub_us=done.hub_us, dead=done.dead)

    return await _answer(request, context, work)


@router.post("/fleet/poll")
async def poll(request: Request, context: InContext) -> Any:
    """Hear how it goes at the edge; answer holds, files wanted, cameras and the cursor, all of them."""

    def work(voice: Voice, body: bytes) -> Any:
        return context.wiring.fleet_desk.poll(voice, _HEARTBEAT.validate_json(body))

    return await _answer(request, context, work)


@router.put("/fleet/footage/{camera}/{start_us}", response_model=PartOut)
async def part(
    camera: str, start_us: int, offset: Annotated[int, Query(ge=0)], request: Request, context: InContext
) -> Any:
    """Append a part of a file that was asked for, at most 512 KB; 409 names where it must begin."""

    def work(voice: Voice, body: bytes) -> PartOut:
        return PartOut(have=context.wiring.fleet_desk.part(voice, camera, start_us, offset, body))

    return await _answer(request, context, work)


@router.post("/fleet/footage/{camera}/{start_us}/end", response_model=PartOut)
async def end(camera: str, start_us: int, request: Request, context: InContext) -> Any:
    """The file is whole: its SHA-256 is checked, then it is footage like any other."""

    def work(voice: Voice, body: bytes) -> PartOut:
        context.wiring.fleet_desk.finish(voice, camera, start_us, _END.validate_json(body))
        return PartOut(have=0)

    return await _answer(request, context, work)


@router.post("/fleet/footage/{camera}/{start_us}/cannot", response_model=PartOut)
async def cannot(camera: str, start_us: int, request: Request, context: InContext) -> Any:
    """The edge has this file no more, or cannot read it."""

    def work(voice: Voice, body: bytes) -> PartOut:
        context.wiring.fleet_desk.cannot(voice, camera, start_us, Cannot.model_validate_json(body).why)
        return PartOut(have=0)

    return await _answer(request, context, work)


@router.get("/edges")
def edges(person: SignedIn, context: InContext) -> list[EdgeOut]:
    """The village boxes of the own area: link, rows waiting, clock, budget, what is on its way."""
    context.allow(person, Action.SEE_METRICS, None, {})
    found = context.wiring.fleet.edges()
    return [_edge_out(context, one) for one in found if area_covers(person.area, AreaCode(one.area))]


async def _answer(request: Request, context: Context, work: Callable[[Voice, bytes], Any]) -> Any:
    """Prove who speaks, then work in a thread; every refusal says what the edge needs."""
    try:
        body = await request.body()
    except ClientDisconnect:
        return JSONResponse({"code": "unreachable", "message": "the line was cut in the middle"}, 400)
    if len(body) > LARGEST_PART_BYTES:
        return JSONResponse({"code": "too_large", "message": "at most 512 KB at once"}, 413)
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    headers = {name.lower(): value for name, value in request.headers.items()}

    def all_of_it() -> Any:
        voice = context.wiring.fleet_desk.hear(request.method, path, headers, body)
        return work(voice, body)

    try:
        return await asyncio.to_thread(all_of_it)
    except ValidationError:
        return JSONResponse({"code": "invalid", "message": "the body has not the form of this request"}, 422)
    except FleetError as error:
        return _refusal(error)


def _refusal(error: FleetError) -> JSONResponse:
    said: dict[str, object] = {"code": code_of(error), "message": str(error)}
    if isinstance(error, OffsetError):
        said["have"] = error.have
    if isinstance(error, MissingBeforeError):
        said["settled"] = error.settled
    if isinstance(error, UsedNumberError):
        said["last"] = error.last
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 409)
    return JSONResponse(said, status)


def _edge_out(context: Context, record: EdgeRecord) -> EdgeOut:
    told, now = record.heartbeat or {}, context.wiring.clock.now_us()
    waiting = context.wiring.fleet.fetches(record.edge, waiting=True)
    expected = list(context.wiring.fleet_desk.wanting.expected(record).values())
    offset = told.get("clock_offset_us")
    fresh = record.last_contact_us is not None and now - record.last_contact_us < NOT_CONNECTED_AFTER_US
    link = "invited" if record.enrolled_us is None else "connected" if fresh else "not_connected"
    return EdgeOut(
        edge=record.edge,
        area=record.area,
        cameras=list(record.cameras),
        link=link,
        last_contact_us=record.last_contact_us,
        rows_waiting=told.get("depth"),
        rows_waiting_since_us=told.get("oldest_us"),
        clock=_clock_word(offset),
        clock_offset_us=offset,
        clock_error_us=told.get("clock_error_us"),
        budget_bytes=record.budget_bytes,
        used_today_bytes=told.get("budget_used_bytes"),
        rate_bytes_s=told.get("rate_bytes_s"),
        budget_spent=bool(waiting) and budget_spent(record.budget_bytes, int(told.get("budget_used_bytes") or 0)),
        files_waiting=len(waiting),
        bytes_waiting=sum(one.size_bytes - one.have_bytes for one in waiting),
        expected_us=None if not expected or None in expected else max(at for at in expected if at is not None),
        missing_rows=record.missing_rows,
        quarantined_rows=record.quarantined_rows,
        apart_rows=record.apart_rows,
        dead_batches=record.dead_batches,
        other_instance=record.frozen_instance,
        recorder_running=told.get("recorder_running"),
        free_bytes=told.get("free_bytes"),
        camera_states=told.get("cameras") or {},
    )


def _clock_word(offset_us: int | None) -> str:
    if offset_us is None:
        return "unknown"
    if goes_to_quarantine(offset_us):
        return "quarantine"
    return "flagged" if clock_is_flagged(offset_us) else "ok"
