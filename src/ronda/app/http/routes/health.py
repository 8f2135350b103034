"""`/healthz` for a supervisor and `/metrics` for Prometheus."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel

from ronda.access.policy import Action
from ronda.app.http.context import InContext, context_of, signed_in
from ronda.app.http.routes.cameras import recorder_status
from ronda.video.recorder_client import RecorderStatus

router = APIRouter(tags=["health"])
LOOPBACK = frozenset({"127.0.0.1", "::1", "testclient"})


class Healthz(BaseModel):
    web: str
    recorder: str
    log: str


@router.get("/healthz")
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
    registry = CollectorRegistry()
    Gauge("ronda_log_entries", "Entries of the access log", registry=registry).set(context.wiring.log.size())
    status = await recorder_status(context)
    Gauge("ronda_recorder_up", "1 while the recorder answers", registry=registry).set(status is not None)
    if status is not None:
        _add_recorder(registry, status)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _add_recorder(registry: CollectorRegistry, status: RecorderStatus) -> None:
    recording = Gauge("ronda_camera_recording", "1 while frames arrive", ["camera"], registry=registry)
    rate = Gauge("ronda_camera_kbit_per_second", "Bit rate of the last seconds", ["camera"], registry=registry)
    for camera, now in status.cameras.items():
        recording.labels(camera).set(now.state == "recording")
        rate.labels(camera).set(now.kbit_s or 0.0)
    Gauge("ronda_footage_free_bytes", "Free room on the footage disk", registry=registry).set(
        status.disk.free_bytes or 0
    )
