"""The register as screens see it, what each camera does now, and its timeline without a picture."""

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import area_covers
from ronda.app.camera_place import check_places
from ronda.app.fleet.wanting import NOT_CONNECTED_AFTER_US
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.values import Moment
from ronda.app.identities import change_identities, read_identities
from ronda.app.recorder_file import write_cameras
from ronda.core.errors import WrongUsageError
from ronda.core.ids import AreaCode, CameraId, SiteId, camera_id, new_id
from ronda.core.time import DAY_US, TimeSpan
from ronda.health.watch import blind
from ronda.media.rtsp_transport import Transport
from ronda.registry.model import Camera, Site, SiteKind
from ronda.registry.model import CameraState as Standing
from ronda.registry.purposes import PurposeKind, usual_purpose
from ronda.registry.rules import check_camera
from ronda.video.errors import RecorderNotRunningError
from ronda.video.model import Gap
from ronda.video.onvif.identity import Identity
from ronda.video.recorder_client import CameraStatus, DiskStatus, RecorderStatus
from ronda.video.retain.clock_doubt import read_doubt

router = APIRouter(prefix="/api", tags=["cameras"])
LONGEST_TIMELINE_US = 400 * DAY_US


class GapOut(BaseModel):
    """`to_us` None: it still lasts."""

    from_us: int
    to_us: int | None
    cause: str
    evidence: str
    training: bool


class CameraState(BaseModel):
    """What the recorder says of a camera now; `state` is `unknown` while the recorder is away.

    `gap` is the interruption that lasts, if one does: since when, and why. `picture` is `black` or `frozen`
    when the newest key frames are, else null: of that nothing was found.
    """

    state: str
    since_us: int | None = None
    last_frame_us: int | None = None
    kbit_s: float | None = None
    fps: float | None = None
    codec: str | None = None
    size_px: tuple[int, int] | None = None
    error: str | None = None
    gap: GapOut | None = None
    picture: str | None = None
    picture_since_us: int | None = None


class CameraOut(BaseModel):
    """One entry of the register; stream addresses are never shown."""

    camera: str
    name: str
    site: str
    kind: str
    area: str
    area_name: str
    purpose: str
    legal_basis: str
    retention_days: int
    lat_deg: float | None
    lon_deg: float | None
    direction_deg: float | None
    off_reason: str | None
    has_sub: bool
    training: bool
    standing: Standing
    owner: str
    now: CameraState


class CameraIn(BaseModel):
    """An entry to be made.

    purpose_kind  of the closed list, bounds the days kept; null: by the kind of site
    serial        of the device, as a probe told it; another device at its address is then recognised
    onvif_port    where the probe reached it; null: 80
    """

    camera: str = Field(max_length=63)
    name: str = Field(max_length=200)
    site: str = Field(max_length=200)
    kind: SiteKind = SiteKind.MAIN_ROAD
    area: str = Field(max_length=40)
    purpose: str = Field(max_length=200)
    purpose_kind: PurposeKind | None = None
    legal_basis: str = Field(max_length=200)
    retention_days: int
    url: str = Field(max_length=500)
    sub_url: str | None = Field(default=None, max_length=500)
    record_sub: bool = False
    transport: Transport = Transport.AUTO
    vendor: str = Field(default="", max_length=100)
    lat_deg: float | None = None
    lon_deg: float | None = None
    direction_deg: float | None = None
    serial: str = Field(default="", max_length=120)
    onvif_port: int | None = None


class Switch(BaseModel):
    """`off_reason` None switches recording on."""

    off_reason: str | None = Field(default=None, max_length=200)


class Stretch(BaseModel):
    from_us: int
    to_us: int


class HeldOut(Stretch):
    hold: str
    until_us: int | None


class PlaceOut(Stretch):
    """Where the film of a village camera is: `here`, `village`, `coming` or `gone`.

    `percent` and `expected_us` of what is coming; `expected_us` None: the line is down, or nobody can say yet.
    """

    where: str
    percent: int | None = None
    expected_us: int | None = None


class FetchedOut(Stretch):
    """Footage that was not recorded as it came: `origin` such as camera-card; its times may be wrong by so much."""

    origin: str
    uncertainty_s: float


class Timeline(BaseModel):
    """What is there, what is missing and why, what is locked, what was fetched later. Never a picture.

    `places` is null for a camera that the hub records itself.
    """

    camera: str
    recorded: list[Stretch]
    gaps: list[GapOut]
    held: list[HeldOut]
    fetched: list[FetchedOut] = []
    places: list[PlaceOut] | None = None


class ClockJumpOut(BaseModel):
    """The machine's clock went from one time to the other at once."""

    from_us: int
    to_us: int


class StorageOut(BaseModel):
    """`days_kept`: days of footage that the disk holds at the rates of now; `promised_days`: the longest promise.
    `first_loss_us`: when footage goes before its time, by the rates of now; null: not by these. `damaged`: stored
    segments that are not what was written.

    `fault`: why nothing can be written, in the recorder's words. `clock_jump`: nobody vouched for the clock's
    jump yet, so what lies before is not deleted by age. `power_lost`:
    the recorder runs on battery; null: no supply and no UPS tells.
    """

    free_bytes: int | None
    used_bytes: int | None
    days_left: float | None
    days_kept: float | None
    first_loss_us: int | None
    damaged: int
    promised_days: int
    warnings: list[str]
    fault: str | None
    clock_jump: ClockJumpOut | None
    power_lost: bool | None
    recorder_running: bool


@router.get("/cameras")
async def cameras(person: SignedIn, context: InContext) -> list[CameraOut]:
    """The cameras in service inside the person's area; planned and retired ones are in `/api/register`."""
    status = await recorder_status(context)
    return [
        camera_out(context, entry, status)
        for entry in context.wiring.register.cameras()
        if entry.state is Standing.IN_SERVICE and area_covers(person.area, entry.site.area)
    ]


@router.post("/cameras", status_code=201)
async def add_camera(body: CameraIn, person: SignedIn, context: InContext, request: Request) -> CameraOut:
    """Register a camera; its address is judged before anything is asked or stored."""
    name = camera_id(body.camera)
    context.allow(person, Action.MANAGE_CAMERAS, AreaCode(body.area), {"kamera": name})
    entry = camera_entry(name, body, context)
    check_camera(entry)
    await asyncio.to_thread(check_places, context.wiring, (entry.url, entry.sub_url), own_port=own_port(request))
    context.note(person, "kamera.didaftarkan", "berhasil", {"kamera": name})
    context.wiring.register.add_camera(entry)
    if body.serial.strip():
        known = Identity(serial=body.serial.strip())
        change_identities(context.wiring.folder, lambda rows: rows.update({name: known}))
    await tell_recorder(context)
    return camera_out(context, entry, None)


@router.put("/cameras/{camera}/recording", status_code=204)
async def switch(camera: str, body: Switch, person: SignedIn, context: InContext) -> None:
    """Switch recording off with a reason, or on; on after another device answered there confirms that device."""
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.MANAGE_CAMERAS, entry.site.area, {"kamera": camera})
    reason = body.off_reason
    if reason is not None and len(reason.strip()) < 10:
        raise WrongUsageError("say in at least 10 characters why recording is switched off: it becomes the cause")
    context.note(person, "kamera.dimatikan" if reason else "kamera.dinyalakan", "berhasil", {"kamera": camera})
    if reason is None:
        _confirm_device(context, person, entry.camera)
    context.wiring.register.set_off(entry.camera, reason)
    await tell_recorder(context)


def own_port(request: Request) -> int | None:
    """Where this installation answers: no camera stands there."""
    server = request.scope.get("server")
    return int(server[1]) if server and server[1] else None


def _confirm_device(context: Context, person: Person, camera: CameraId) -> None:
    """Whoever switches on again what was stopped for another device says that it is the right one now."""
    known = read_identities(context.wiring.folder).get(camera)
    if known is None or not known.other:
        return
    context.note(person, "kamera.dikenali", "berhasil", {"kamera": camera, "seri": known.other[:60]})
    confirmed = Identity(serial=known.other)
    change_identities(context.wiring.folder, lambda rows: rows.update({camera: confirmed}))


@router.get("/cameras/{camera}/timeline")
def timeline(
    camera: str,
    person: SignedIn,
    context: InContext,
    from_us: Moment,
    to_us: Moment,
) -> Timeline:
    """Recorded, missing and locked time; asked without a case, answered without a picture."""
    entry = visible_camera(context, person, camera)
    return timeline_of(context, entry.camera, asked_span(from_us, to_us))


@router.get("/storage")
async def storage(person: SignedIn, context: InContext) -> StorageOut:
    """Room on the footage disk and whether the promised days can be kept."""
    context.allow(person, Action.SEE_METRICS, None, {})
    status = await recorder_status(context)
    disk = status.disk if status else DiskStatus()
    doubt = read_doubt(context.wiring.index)
    return StorageOut(
        free_bytes=disk.free_bytes,
        used_bytes=disk.used_bytes,
        days_left=disk.days_left,
        days_kept=disk.days_kept,
        first_loss_us=disk.first_loss_us,
        damaged=disk.damaged,
        promised_days=max((entry.retention_days for entry in context.wiring.register.cameras()), default=0),
        warnings=list(disk.warnings),
        fault=disk.fault,
        clock_jump=ClockJumpOut(from_us=doubt.from_us, to_us=doubt.to_us) if doubt else None,
        power_lost=status.power_lost if status else None,
        recorder_running=status is not None,
    )


def visible_camera(context: Context, person: Person, camera: str) -> Camera:
    """The entry if it lies in the person's area; else as if it were not there (404)."""
    entry = context.camera(camera)
    context_area = area_covers(person.area, entry.site.area)
    if not context_area:
        context.note(person, "kamera.ditolak", "ditolak", {"kamera": entry.camera})
        return context.camera("-")  # raises: what lies outside does not exist for this person
    return entry


def asked_span(from_us: int, to_us: int) -> TimeSpan:
    span = TimeSpan(from_us, to_us)
    if span.duration_us > LONGEST_TIMELINE_US:
        raise WrongUsageError("at most 400 days can be asked at once")
    return span


def timeline_of(context: Context, camera: CameraId, span: TimeSpan) -> Timeline:
    index = context.wiring.index
    return Timeline(
        camera=camera,
        recorded=[Stretch(from_us=part.start_us, to_us=part.end_us) for part in index.recorded(camera, span)],
        gaps=[_gap_out(gap) for gap in index.gaps(camera, span)],
        held=[
            HeldOut(from_us=hold.span.start_us, to_us=hold.span.end_us, hold=hold.hold_id, until_us=hold.until_us)
            for hold in index.holds(camera, span)
        ],
        fetched=[
            FetchedOut(
                from_us=part.start_us,
                to_us=part.end_us,
                origin=origin.kind,
                uncertainty_s=origin.uncertainty_us / 1e6,
            )
            for part, origin in index.origins(camera, span)
        ],
        places=_places(context, camera, span),
    )


def _places(context: Context, camera: CameraId, span: TimeSpan) -> list[PlaceOut] | None:
    found = context.wiring.fleet_desk.wanting.places(camera, span)
    if found is None:
        return None
    return [
        PlaceOut(
            from_us=one.span.start_us,
            to_us=one.span.end_us,
            where=one.where.value,
            percent=one.percent,
            expected_us=one.expected_us,
        )
        for one in found
    ]


async def recorder_status(context: Context) -> RecorderStatus | None:
    """None while the recorder is away: the rest of the screen still works."""
    try:
        return await context.recorder.status()
    except RecorderNotRunningError:
        return None


async def tell_recorder(context: Context) -> None:
    write_cameras(context.wiring.folder, context.wiring.register.cameras())
    try:
        await context.recorder.reload()
    except RecorderNotRunningError:
        return  # it reads the file when it starts


def camera_entry(name: CameraId, body: CameraIn, context: Context) -> Camera:
    site = context.wiring.register.site_named(body.site) or Site(
        site_id=SiteId(new_id("s")),
        name=body.site,
        kind=body.kind,
        area=AreaCode(body.area),
        lat_deg=body.lat_deg,
        lon_deg=body.lon_deg,
    )
    return Camera(
        camera=name,
        name=body.name,
        site=site,
        purpose=body.purpose,
        legal_basis=body.legal_basis,
        retention_days=body.retention_days,
        url=body.url,
        sub_url=body.sub_url,
        record_sub=body.record_sub,
        transport=body.transport.value,
        vendor=body.vendor,
        purpose_kind=body.purpose_kind or usual_purpose(site.kind),
        onvif_port=body.onvif_port,
        direction_deg=body.direction_deg,
        training=context.wiring.folder.training,
    )


def camera_out(context: Context, entry: Camera, status: RecorderStatus | None) -> CameraOut:
    site = entry.site
    return CameraOut(
        camera=entry.camera,
        name=entry.name,
        site=site.name,
        kind=site.kind.value,
        area=site.area,
        area_name=context.wiring.area_name(site.area),
        purpose=entry.purpose,
        legal_basis=entry.legal_basis,
        retention_days=entry.retention_days,
        lat_deg=site.lat_deg,
        lon_deg=site.lon_deg,
        direction_deg=entry.direction_deg,
        off_reason=entry.off_reason,
        has_sub=entry.sub_url is not None,
        training=entry.training,
        standing=entry.state,
        owner=entry.owner,
        now=_state(context, entry.camera, status.cameras.get(entry.camera) if status else None),
    )


def _state(context: Context, camera: CameraId, now: CameraStatus | None) -> CameraState:
    if now is None:
        return village_state(context, camera)
    check = context.wiring.health.pictures().get(camera) if now.state == "recording" else None
    fault = blind(check, context.wiring.clock.now_us())
    return CameraState(
        state=now.state,
        picture=check.verdict.value if check and fault else None,
        picture_since_us=fault.since_us if fault else None,
        since_us=now.since_us,
        last_frame_us=now.last_frame_us,
        kbit_s=now.kbit_s,
        fps=now.fps,
        codec=now.codec,
        size_px=(now.width_px, now.height_px) if now.width_px and now.height_px else None,
        error=now.last_error,
        gap=None if now.state == "recording" else _lasting_gap(context, camera),
    )


def village_state(context: Context, camera: CameraId) -> CameraState:
    """Of a camera in a village, what its box said last; a box without a line is no camera that failed."""
    edge = context.wiring.fleet.cameras().get(camera)
    record = context.wiring.fleet.edge(edge) if edge else None
    if record is None:
        return CameraState(state="unknown")
    heard_us = record.last_contact_us
    if heard_us is None or context.wiring.clock.now_us() - heard_us > NOT_CONNECTED_AFTER_US:
        return CameraState(state="not_connected", since_us=heard_us)
    states = (record.heartbeat or {}).get("cameras") or {}
    return CameraState(state=str(states.get(camera, "unknown")), gap=_lasting_gap(context, camera))


def _lasting_gap(context: Context, camera: CameraId) -> GapOut | None:
    now_us = context.wiring.clock.now_us()
    gaps = context.wiring.index.gaps(camera, TimeSpan(now_us, now_us + 1))
    return _gap_out(gaps[-1]) if gaps else None


def _gap_out(gap: Gap) -> GapOut:
    return GapOut(
        from_us=gap.start_us, to_us=gap.end_us, cause=gap.cause.value, evidence=gap.evidence, training=gap.training
    )
