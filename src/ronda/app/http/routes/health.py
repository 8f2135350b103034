"""`/healthz` for a supervisor and `/metrics` for Prometheus."""

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from ronda.access.policy import Action
from ronda.app.http.context import InContext, context_of, signed_in
from ronda.app.http.routes.cameras import recorder_status
from ronda.app.metrics import registry_of

router = APIRouter(tags=["health"])
LOOPBACK = frozenset({"127.0.0.1", "::1", "testclient"})


class Healthz(BaseModel):
    web: str
    recorder: str
    log: str


@router.get("/healthz", responses={503: {"model": Healthz}})
async def healthz(context: InContext, response: Response) -> Healthz:
    """200 while everything works, 503 when the recorder or the log does not; names which."""
    recorder = "ok" if await recorder_status(context) else "not running"
    log = context.wiring.log_fault or "ok"
    response.status_code = 200 if recorder == log == "ok" else 503
    return Healthz(web="ok", recorder=recorder, log=log)


@router.get("/metrics", response_class=Response)
async def metrics(request: Request, context: InContext) -> Response:
    """For a collector on this machine, or a signed-in person who may see them."""
    if not (request.client and request.client.host in LOOPBACK):
        context_of(request).allow(signed_in(request), Action.SEE_METRICS, None, {})
    status = await recorder_status(context)
    text = await asyncio.to_thread(lambda: generate_latest(registry_of(context.wiring, status)))
    return Response(text, media_type=CONTENT_TYPE_LATEST)
