"""Cases over HTTP: request, decision, looking, sealing, hand-over. Every rule lives in `ronda.cases`."""

import asyncio
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, Field

from ronda.access.duty import DutyKind
from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import area_covers
from ronda.app.http import case_models as models
from ronda.app.http.context import Context, HalfSignedIn, InContext, SignedIn
from ronda.app.http.cookies import COOKIE, read_cookie
from ronda.app.http.in_flight import while_allowed
from ronda.app.http.routes.cameras import HeldOut, Timeline, asked_span, timeline_of
from ronda.app.http.values import Moment
from ronda.app.package_files import package_folder, zip_stream
from ronda.app.roster import names_on_duty
from ronda.cases.errors import NoSuchCaseError, NothingRecordedError
from ronda.cases.model import Case, CaseState
from ronda.cases.rules import may_decide
from ronda.core.errors import WrongUsageError
from ronda.core.ids import CameraId, CaseId
from ronda.core.time import SECOND_US, TimeSpan, utc_text
from ronda.detect.activity import busy_stretches
from ronda.evidence.folder import PackageFolder
from ronda.evidence.verdict import LABELS, VERDICT_WORDS
from ronda.evidence.verify import verify_package
from ronda.registry.model import Camera, CameraState
from ronda.video.model import Fragment
from ronda.video.playback import plan, read_init_bytes, read_part

router = APIRouter(prefix="/api", tags=["cases"])
EARTH_RADIUS_M = 6_371_008.8
LONGEST_CLIP_US = 10 * SECOND_US


class NearCamera(BaseModel):
    """A camera near a place, with what it has of the span; never a picture."""

    camera: str
    name: str
    site: str
    distance_m: float | None
    recorded_us: int
    missing_us: int
    causes: list[str]


class HintOut(BaseModel):
    """What the camera believed: `motion` or `tamper` began (`on`) or ended. A hint, never a finding."""

    at_us: int
    kind: str
    on: bool


class Busy(BaseModel):
    from_us: int
    to_us: int


class CaseTimeline(Timeline):
    """With hints of the approved span, from frame sizes (`busy`) and from the camera; never who or what."""

    busy: list[Busy]
    hints: list[HintOut]


class LockIn(BaseModel):
    cameras: list[str] = Field(min_length=1, max_length=64)
    from_us: Moment
    to_us: Moment
    note: str = Field(max_length=300)


class LockOut(BaseModel):
    holds: list[HeldOut]
    until_us: int


class PackProgress(BaseModel):
    step: str
    done: int
    of: int


class PackageLine(BaseModel):
    name: str
    label: str
    verdict: str
    sentence: str


class PackageCheck(BaseModel):
    """What `ronda verify` says: its exit status and ten lines."""

    status: int
    lines: list[PackageLine]
    broken_files: list[str]


@router.post("/locks", status_code=201)
def lock(body: LockIn, person: SignedIn, context: InContext) -> LockOut:
    """Lock cameras for 7 days without seeing them."""
    span = TimeSpan(body.from_us, body.to_us)
    holds = [
        context.wiring.cases.lock_unseen(person.person_id, CameraId(camera), span, body.note)
        for camera in body.cameras
    ]
    shown = [
        HeldOut(from_us=hold.span.start_us, to_us=hold.span.end_us, hold=hold.hold_id, until_us=hold.until_us)
        for hold in holds
    ]
    return LockOut(holds=shown, until_us=holds[0].until_us or 0)


@router.get("/cases")
def cases(person: SignedIn, context: InContext) -> list[models.CaseRow]:
    """The cases this person may know of, newest first."""
    return [models.case_row(case) for case in context.wiring.cases.all(person.person_id)]


@router.post("/cases", status_code=201)
def request(body: models.RequestIn, person: SignedIn, context: InContext) -> models.CaseOut:
    """Enter a request; its footage is locked from this moment."""
    case = context.wiring.cases.request(person.person_id, models.request(body))
    return case_out_of(context, person, case)


@router.get("/cases/near")
def near(
    person: SignedIn,
    context: InContext,
    from_us: Moment,
    to_us: Moment,
    lat_deg: Annotated[float | None, Query(ge=-90, le=90)] = None,
    lon_deg: Annotated[float | None, Query(ge=-180, le=180)] = None,
) -> list[NearCamera]:
    """Cameras of the person's area, nearest to the place first."""

    context.allow(person, Action.ENTER_REQUEST, None, {})
    span = asked_span(from_us, to_us)
    context.note(person, "kamera.dicari", "berhasil", {"dari_us": from_us, "sampai_us": to_us})
    entries = [
        entry
        for entry in context.wiring.register.cameras()
        if entry.state is not CameraState.PLANNED and area_covers(person.area, entry.site.area)
    ]
    found = [NearCamera(**_share(context, entry, span, lat_deg, lon_deg)) for entry in entries]
    return sorted(found, key=lambda camera: (camera.distance_m is None, camera.distance_m or 0.0, camera.name))


@router.get("/cases/{case_id}")
def one(case_id: str, person: SignedIn, context: InContext) -> models.CaseOut:
    return case_out_of(context, person, _get(context, person, case_id))


@router.post("/cases/{case_id}/approval")
def approve(
    case_id: str, body: models.Decide, person: SignedIn, standing: HalfSignedIn, context: InContext
) -> models.CaseOut:
    """Allow the request or less of it, as a second person; an urgent one after a second factor shown just now."""
    if _get(context, person, case_id).request.urgent:
        context.wiring.access.require_fresh(standing)
    case = context.wiring.cases.approve(
        person.person_id,
        CaseId(case_id),
        scope_version=body.scope_version,
        scope=models.scope(body.scope),
        note=body.note,
    )
    return case_out_of(context, person, case)


@router.post("/cases/{case_id}/refusal")
def refuse(case_id: str, body: models.Refuse, person: SignedIn, context: InContext) -> models.CaseOut:
    case = context.wiring.cases.refuse(
        person.person_id, CaseId(case_id), scope_version=body.scope_version, reason=body.reason, ground=body.ground
    )
    return case_out_of(context, person, case)


@router.put("/cases/{case_id}/scope")
def change_scope(case_id: str, body: models.ScopeChange, person: SignedIn, context: InContext) -> models.CaseOut:
    """Ask for another scope; any approval ends with it."""
    service = context.wiring.cases
    case = service.change_scope(person.person_id, CaseId(case_id), models.scope(body.scope), body.reason)
    return case_out_of(context, person, case)


@router.get("/cases/{case_id}/timeline")
def timeline(case_id: str, person: SignedIn, context: InContext) -> list[CaseTimeline]:
    """The approved cameras and span; busy stretches only while the past is open to this person."""
    case = _get(context, person, case_id)
    scope = case.approval.scope if case.approval else case.request.scope
    lines = []
    for camera in scope.cameras:
        line = timeline_of(context, camera, scope.span)
        busy, hints = _searched(context, person, case, camera, scope.span)
        lines.append(CaseTimeline(**line.model_dump(), busy=busy, hints=hints))
    return lines


@router.get("/cases/{case_id}/footage/{camera}", response_class=Response)
def footage(
    case_id: str,
    camera: str,
    person: SignedIn,
    context: InContext,
    at_us: Moment,
    until_us: Moment | None = None,
) -> Response:
    """A short playable clip (fMP4) from the key frame at or before `at_us`, at most 10 s."""
    span = TimeSpan(at_us, until_us if until_us is not None else at_us + SECOND_US)
    if span.duration_us > LONGEST_CLIP_US:
        raise WrongUsageError("at most 10 s at once; the video socket plays longer stretches")
    wiring = context.wiring
    wiring.cases.open_past(person.person_id, CaseId(case_id), CameraId(camera), span, "klip")
    parts = plan(wiring.index, CameraId(camera), span)
    if not parts:
        raise NothingRecordedError(f"camera {camera} has no footage at {utc_text(at_us)}; see its gap rows")
    segment, root = parts[0].segment, wiring.folder.footage
    clip = read_init_bytes(root, segment) + read_part(root, segment, parts[0].fragments)
    return Response(clip, media_type="video/mp4")


@router.post("/cases/{case_id}/marks", status_code=201)
def mark(case_id: str, body: models.MarkIn, person: SignedIn, context: InContext) -> models.CaseOut:
    span = TimeSpan(body.from_us, body.to_us)
    case = context.wiring.cases.mark(person.person_id, CaseId(case_id), CameraId(body.camera), span, body.note)
    return case_out_of(context, person, case)


@router.post("/cases/{case_id}/packages", status_code=201)
async def pack(case_id: str, person: SignedIn, context: InContext) -> models.PackageOut:
    """Seal a package of the approved scope; answers when it is sealed."""
    steps = context.wiring.pack_progress

    def told(step: str, done: int, of: int) -> None:
        steps[case_id] = (step, done, of)

    try:
        _case, record = await context.wiring.cases.pack(person.person_id, CaseId(case_id), told)
    finally:
        steps.pop(case_id, None)
    return models.package_out(record)


@router.get("/cases/{case_id}/packages/progress")
def progress(case_id: str, person: SignedIn, context: InContext) -> PackProgress:
    _get(context, person, case_id)
    step, done, of = context.wiring.pack_progress.get(case_id, ("", 0, 0))
    return PackProgress(step=step, done=done, of=of)


@router.get("/cases/{case_id}/packages/{package_id}/check")
async def check(
    case_id: str, package_id: str, person: SignedIn, context: InContext, lang: str = "id"
) -> PackageCheck:
    """Verify a package as `ronda verify` does."""
    folder = await asyncio.to_thread(_opened_package, context, person, case_id, package_id, "paket.diperiksa")
    report = await asyncio.to_thread(lambda: verify_package(PackageFolder(folder)))
    lines = [
        PackageLine(
            name=line.check.value,
            label=f"{LABELS[line.check].get(lang)}: {VERDICT_WORDS[line.verdict].get(lang)}",
            verdict=line.verdict.value,
            sentence="; ".join(finding.words.get(lang) for finding in line.findings),
        )
        for line in report.lines
    ]
    return PackageCheck(status=report.exit_status, lines=lines, broken_files=report.broken_files)


@router.get("/cases/{case_id}/packages/{package_id}/bast", response_class=FileResponse)
def bast(case_id: str, package_id: str, person: SignedIn, context: InContext) -> FileResponse:
    """The hand-over record as PDF."""
    folder = _opened_package(context, person, case_id, package_id, "paket.bast")
    return FileResponse(folder / "BAST.pdf", media_type="application/pdf")


@router.get("/cases/{case_id}/packages/{package_id}/zip", response_class=StreamingResponse)
def download(
    case_id: str, package_id: str, person: SignedIn, context: InContext, request: Request
) -> StreamingResponse:
    """The package as one ZIP, files stored unchanged; ends with the session."""
    folder = _opened_package(context, person, case_id, package_id, "paket.diunduh")
    headers = {"content-disposition": f'attachment; filename="{folder.name}.zip"'}
    token = read_cookie(request, COOKIE)
    chunks = while_allowed(zip_stream(folder), lambda: context.person(token))
    return StreamingResponse(chunks, media_type="application/zip", headers=headers)


@router.post("/cases/{case_id}/hand-over")
def hand_over(case_id: str, body: models.HandOverIn, person: SignedIn, context: InContext) -> models.CaseOut:
    case = context.wiring.cases.hand_over(
        person.person_id, CaseId(case_id), body.package_id, models.officer(body.receiver), body.medium
    )
    return case_out_of(context, person, case)


@router.post("/cases/{case_id}/outcome")
def outcome(case_id: str, body: models.OutcomeIn, person: SignedIn, context: InContext) -> models.CaseOut:
    case = context.wiring.cases.close(person.person_id, CaseId(case_id), body.kind, body.note)
    return case_out_of(context, person, case)


def _awaited(context: Context, case: Case) -> list[str]:
    """The approvers on duty, while an urgent request waits for one."""
    if not case.request.urgent or case.state is not CaseState.WAITING:
        return []
    return names_on_duty(context.wiring, DutyKind.APPROVER, context.wiring.clock.now_us())


def _get(context: Context, person: Person, case_id: str) -> Case:
    """Raises NoSuchCaseError, also for a case that this person may not know of."""
    return context.wiring.cases.get(person.person_id, CaseId(case_id))


def _opened_package(context: Context, person: Person, case_id: str, package_id: str, action: str) -> Path:
    """The folder of a package; it holds footage, so the past must be open to this person."""
    case = _get(context, person, case_id)
    package = next((package for package in case.packages if package.package_id == package_id), None)
    if package is None:
        raise NoSuchCaseError(f"{case_id}/{package_id}")
    span, camera = package.scope.span, package.scope.cameras[0]
    how = action.split(".", 1)[1]
    context.wiring.cases.open_past(person.person_id, case.case_id, camera, span, f"paket_{how}")
    return package_folder(context.wiring.folder.packages, package.folder)


def case_out_of(context: Context, person: Person, case: Case) -> models.CaseOut:
    """A case as the screens show it, with what this person may do now."""
    service, asked = context.wiring.cases, case.request
    entries = [(camera, context.wiring.register.camera(camera)) for camera in asked.scope.cameras]
    scope = case.approval.scope if case.approval else asked.scope
    decision = service.may_open_past(person.person_id, case.case_id, scope.cameras[0], scope.span)
    areas = [entry.site.area for _camera, entry in entries if entry is not None]
    cameras = [
        models.CaseCamera(
            **_share(context, entry, asked.scope.span, asked.lat_deg, asked.lon_deg),
            held=bool(context.wiring.index.holds(camera, asked.scope.span)),
        )
        for camera, entry in entries
        if entry is not None
    ]
    return models.case_out(
        case,
        cameras,
        past_open=decision.allowed,
        past_reason=decision.reason,
        may_decide=may_decide(case, person, areas, case.scope_version).allowed,
        on_duty=_awaited(context, case),
    )


def _share(
    context: Context, entry: Camera, span: TimeSpan, lat_deg: float | None, lon_deg: float | None
) -> dict[str, Any]:
    """What a camera has of a span: recorded and missing time with causes, and its distance."""
    parts = [part.cut_to(span) for part in context.wiring.index.recorded(entry.camera, span)]
    recorded_us = sum(part.duration_us for part in parts if part)
    gaps = context.wiring.index.gaps(entry.camera, span)
    return {
        "camera": entry.camera,
        "name": entry.name,
        "site": entry.site.name,
        "distance_m": _distance_m(lat_deg, lon_deg, entry.site.lat_deg, entry.site.lon_deg),
        "recorded_us": recorded_us,
        "missing_us": span.duration_us - recorded_us,
        "causes": sorted({gap.cause.value for gap in gaps}),
    }


def _distance_m(
    lat_deg: float | None, lon_deg: float | None, site_lat: float | None, site_lon: float | None
) -> float | None:
    """Great-circle distance in metres; None when a coordinate is missing."""
    if lat_deg is None or lon_deg is None or site_lat is None or site_lon is None:
        return None
    one, other = math.radians(lat_deg), math.radians(site_lat)
    half_lat, half_lon = (other - one) / 2, math.radians(site_lon - lon_deg) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(one) * math.cos(other) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(chord))


def _searched(
    context: Context, person: Person, case: Case, camera: CameraId, span: TimeSpan
) -> tuple[list[Busy], list[HintOut]]:
    """A search of the past, so it is decided and logged as one; nothing for who may not look."""
    service = context.wiring.cases
    if not service.may_open_past(person.person_id, case.case_id, camera, span).allowed:
        return [], []
    service.open_past(person.person_id, case.case_id, camera, span, "cari")
    found = busy_stretches(_fragments(context, camera, span), span)
    hints = context.wiring.index.hints(camera, span)
    return (
        [Busy(from_us=part.start_us, to_us=part.end_us) for part in found],
        [HintOut(at_us=one.at_us, kind=one.kind, on=one.on) for one in hints],
    )


def _fragments(context: Context, camera: CameraId, span: TimeSpan) -> Iterable[Fragment]:
    for segment in context.wiring.index.segments(camera, span):
        yield from context.wiring.index.fragments(segment.segment_id)
