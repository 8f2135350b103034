"""The register whole: planned, serving and retired cameras, signs, the public mark, imports, channels."""

import asyncio
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from PIL import Image, UnidentifiedImageError
from pydantic import BaseModel, Field

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import area_covers
from ronda.access.two_people import ChangeKind
from ronda.app.camera_place import check_places
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.routes.areas import RAW_BODY, RowFaultOut, faults_out
from ronda.app.http.routes.cameras import CameraIn, camera_entry, own_port, tell_recorder, visible_camera
from ronda.app.register_import import IMPORTED, read_import, take_in
from ronda.app.signing_states import read_signing
from ronda.core.errors import WrongUsageError
from ronda.core.ids import AreaCode, camera_id
from ronda.evidence.camera_signing.intake import Seen
from ronda.registry import lens
from ronda.registry.areas import REGENCY, area_name
from ronda.registry.channels import channel_cameras
from ronda.registry.errors import AlreadyThereError, NoSignPictureError, NotRegisteredError, RegisterImportError
from ronda.registry.import_rules import FileKind
from ronda.registry.model import Camera, CameraState, Mask, PublicMark, SiteKind
from ronda.registry.purposes import PurposeKind
from ronda.registry.rules import (
    MAX_HEIGHT_M,
    MIN_HEIGHT_M,
    MIN_PURPOSE_CHARACTERS,
    MIN_VIEW_DEG,
    check_camera,
    check_public_mark,
)
from ronda.registry.service import in_service, retired

router = APIRouter(prefix="/api", tags=["register"])
MAX_SIGN_PX = 60_000_000
SIGN_KINDS = {"JPEG": "image/jpeg", "PNG": "image/png"}


class MaskIn(BaseModel):
    """In shares of width and height, from the upper left."""

    left: float = Field(ge=0, le=1)
    top: float = Field(ge=0, le=1)
    right: float = Field(ge=0, le=1)
    bottom: float = Field(ge=0, le=1)


class PublicIn(BaseModel):
    reason: str = Field(max_length=200)
    width_px: int = 480
    masks: list[MaskIn] = Field(default_factory=list, max_length=20)
    viewer_limit: int = 50


class PublicOut(PublicIn):
    since_us: int


class SigningOut(BaseModel):
    """Whether the camera signs its stream: `signs`, `none` or `stopped`, and since which recorded moment."""

    state: str
    since_us: int


class RegisterOut(BaseModel):
    """One entry of the register. `sign` False is a to-do: nobody has shown yet that a sign hangs there."""

    camera: str
    name: str
    site: str
    kind: SiteKind
    area: str
    area_name: str
    purpose: str
    purpose_kind: PurposeKind
    legal_basis: str
    retention_days: int
    state: CameraState
    owner: str
    origin: str
    sign: bool
    public: PublicOut | None
    signing: SigningOut | None
    off_reason: str | None
    lat_deg: float | None
    lon_deg: float | None
    direction_deg: float | None
    view_deg: float | None
    height_m: float | None
    in_service_us: int | None
    retired_us: int | None
    training: bool


class StateIn(BaseModel):
    """`in_service` needs the stream address; `retired` needs a reason."""

    state: CameraState
    url: str = Field(default="", max_length=500)
    sub_url: str | None = Field(default=None, max_length=500)
    reason: str = Field(default="", max_length=200)


class PurposeIn(BaseModel):
    """The purpose of the closed list, its sentence, and the days kept; fewer days delete what is older at once.

    `legal_basis` empty: as it stands. A purpose by a rule of the region needs one that names the rule.
    """

    purpose_kind: PurposeKind
    purpose: str = Field(max_length=200)
    retention_days: int
    legal_basis: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=200)


class SightIn(BaseModel):
    """Where a camera looks: direction, angle of view (or lens and width of the sensor, mm), height in metres.

    What is null nobody knows; without direction or angle a plan takes the camera to look all around.
    """

    direction_deg: float | None = Field(default=None, ge=0, le=360)
    view_deg: float | None = Field(default=None, ge=MIN_VIEW_DEG, le=360)
    lens_mm: float | None = Field(default=None, ge=0.1, le=1000)
    sensor_mm: float | None = Field(default=None, ge=0.1, le=100)
    height_m: float | None = Field(default=None, ge=MIN_HEIGHT_M, le=MAX_HEIGHT_M)


class ReasonIn(BaseModel):
    reason: str = Field(max_length=200)


class SignOut(BaseModel):
    sha256: str


class ImportOut(BaseModel):
    """`faults` empty: the file can be taken in whole. `shown` are the first rows as they were understood."""

    kind: FileKind
    rows: int
    ready: int
    committed: bool
    shown: list[list[str]]
    faults: list[RowFaultOut]


class ChannelsIn(CameraIn):
    """`url` and `sub_url` hold `{channel}`; `camera` is the beginning of each name."""

    owner: str = Field(max_length=200)
    first: int = Field(ge=0, le=9999)
    last: int = Field(ge=0, le=9999)
    names: dict[int, str] = Field(default_factory=dict, max_length=256)


@router.get("/register")
def register(person: SignedIn, context: InContext) -> list[RegisterOut]:
    """Every entry inside the person's area, whatever its state."""
    context.allow(person, Action.SEE_REGISTER, None, {})
    entries = context.wiring.register.cameras()
    signing = read_signing(context.wiring.folder)
    return [_out(entry, signing) for entry in entries if area_covers(person.area, entry.site.area)]


@router.put("/register/{camera}/state")
async def set_state(
    camera: str, body: StateIn, person: SignedIn, context: InContext, request: Request
) -> RegisterOut:
    """Put a planned or retired camera in service, or retire one that serves; its past stays."""
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.MANAGE_REGISTER, entry.site.area, {"kamera": camera})
    now_us = context.wiring.clock.now_us()
    if body.state is CameraState.IN_SERVICE:
        await asyncio.to_thread(check_places, context.wiring, (body.url, body.sub_url), own_port=own_port(request))
        done = in_service(entry, url=body.url, sub_url=body.sub_url or None, now_us=now_us)
        context.note(person, "kamera.dipakai", "berhasil", {"kamera": camera})
    elif body.state is CameraState.RETIRED:
        _need_reason(body.reason)
        done = retired(entry, now_us=now_us)
        context.note(person, "kamera.dipensiunkan", "berhasil", {"kamera": camera}, private={"alasan": body.reason})
    else:
        raise WrongUsageError("a camera that is there cannot be made planned again; retire it instead")
    context.wiring.register.save(done)
    await tell_recorder(context)
    return _out(done, read_signing(context.wiring.folder))


@router.put("/register/{camera}/purpose")
async def set_purpose(
    camera: str, body: PurposeIn, person: SignedIn, context: InContext, response: Response
) -> RegisterOut:
    """Name another purpose, with the reason, within what it allows.

    Another kind or number of days waits for a second person (202): fewer days delete what is older at once.
    """
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.MANAGE_REGISTER, entry.site.area, {"kamera": camera})
    _need_reason(body.reason)
    done = replace(
        entry,
        purpose_kind=body.purpose_kind,
        purpose=body.purpose,
        retention_days=body.retention_days,
        legal_basis=body.legal_basis.strip() or entry.legal_basis,
    )
    check_camera(done)
    if (done.retention_days, done.purpose_kind) != (entry.retention_days, entry.purpose_kind):
        _ask_retention(context, person, entry, body)
        response.status_code = 202
        return _out(entry, read_signing(context.wiring.folder))
    objects: dict[str, str | int] = {
        "kamera": camera, "golongan": body.purpose_kind.value, "hari": body.retention_days,
        "hari_sebelumnya": entry.retention_days,
    }  # fmt: skip
    context.note(person, "kamera.tujuan", "berhasil", objects, private={"alasan": body.reason})
    context.wiring.register.save(done)
    await tell_recorder(context)
    return _out(done, read_signing(context.wiring.folder))


@router.put("/register/{camera}/sight")
def set_sight(camera: str, body: SightIn, person: SignedIn, context: InContext) -> RegisterOut:
    """Say where a camera looks, with which lens and from how high; the next plan counts what it sees."""
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.MANAGE_REGISTER, entry.site.area, {"kamera": camera})
    if (body.lens_mm is None) != (body.sensor_mm is None):
        raise WrongUsageError("a lens says the angle only with the width of its sensor. Next: give both, in mm")
    view = body.view_deg
    if view is None and body.lens_mm is not None and body.sensor_mm is not None:
        view = lens.view_deg(body.sensor_mm, body.lens_mm)
    done = replace(entry, direction_deg=body.direction_deg, view_deg=view, height_m=body.height_m)
    check_camera(done)
    said = {"arah_derajat": done.direction_deg, "sudut_derajat": done.view_deg, "tinggi_m": done.height_m}
    known = {name: str(round(value, 1)) for name, value in said.items() if value is not None}
    context.note(person, "kamera.pandangan", "berhasil", {"kamera": camera, **known})
    context.wiring.register.save(done)
    return _out(done, read_signing(context.wiring.folder))


def _ask_retention(context: Context, person: Person, entry: Camera, body: PurposeIn) -> None:
    context.wiring.changes.ask(
        person,
        ChangeKind.RETENTION,
        subject=entry.camera,
        body={
            "purpose_kind": body.purpose_kind.value,
            "purpose": body.purpose,
            "retention_days": body.retention_days,
            "retention_days_before": entry.retention_days,
            "legal_basis": body.legal_basis.strip() or entry.legal_basis,
        },
        areas=(entry.site.area,),
        reason=body.reason,
    )


@router.put("/register/{camera}/sign", openapi_extra=RAW_BODY)
async def put_sign(camera: str, request: Request, person: SignedIn, context: InContext) -> SignOut:
    """Keep a photograph (JPEG or PNG, at most 12 MB) of the sign that hangs at the camera."""
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.MANAGE_REGISTER, entry.site.area, {"kamera": camera})
    data = await request.body()
    _sign_kind(data)
    digest = sha256(data).hexdigest()
    context.note(person, "kamera.papan", "berhasil", {"kamera": camera, "foto_sha256": digest})
    context.wiring.folder.signs.mkdir(mode=0o700, exist_ok=True)
    (context.wiring.folder.signs / digest).write_bytes(data)
    context.wiring.register.save(replace(entry, sign_photo_sha256=digest))
    return SignOut(sha256=digest)


@router.get("/register/{camera}/sign", response_class=Response)
def sign(camera: str, person: SignedIn, context: InContext) -> Response:
    """The photograph of the sign."""
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.SEE_REGISTER, entry.site.area, {"kamera": camera})
    path = context.wiring.folder.signs / (entry.sign_photo_sha256 or "-")
    if entry.sign_photo_sha256 is None or not path.is_file():
        raise NotRegisteredError(f"{camera}: sign")
    data = path.read_bytes()
    return Response(data, media_type=_sign_kind(data))


@router.put("/register/{camera}/public")
def open_to_public(camera: str, body: PublicIn, person: SignedIn, context: InContext) -> RegisterOut:
    """Mark a camera for the public: a small masked picture of now, never the past."""
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.MANAGE_REGISTER, entry.site.area, {"kamera": camera})
    mark = PublicMark(
        reason=body.reason.strip(),
        width_px=body.width_px,
        masks=tuple(Mask(**mask.model_dump()) for mask in body.masks),
        viewer_limit=body.viewer_limit,
        since_us=context.wiring.clock.now_us(),
    )
    check_public_mark(entry, mark)
    context.note(
        person, "kamera.dibuka_publik", "berhasil",
        {"kamera": camera, "lebar_px": mark.width_px, "bidang_tertutup": len(mark.masks)},
        private={"alasan": mark.reason},
    )  # fmt: skip
    done = replace(entry, public=mark)
    context.wiring.register.save(done)
    return _out(done, read_signing(context.wiring.folder))


@router.post("/register/{camera}/public/end")
def close_to_public(camera: str, body: ReasonIn, person: SignedIn, context: InContext) -> RegisterOut:
    """End the mark: the picture is closed at once and its file removed."""
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.MANAGE_REGISTER, entry.site.area, {"kamera": camera})
    _need_reason(body.reason)
    context.note(person, "kamera.ditutup_publik", "berhasil", {"kamera": camera}, private={"alasan": body.reason})
    done = replace(entry, public=None)
    context.wiring.register.save(done)
    (context.wiring.folder.public_pictures / f"{entry.camera}.jpg").unlink(missing_ok=True)
    return _out(done, read_signing(context.wiring.folder))


@router.post("/register/import", openapi_extra=RAW_BODY)
async def import_file(
    request: Request,
    person: SignedIn,
    context: InContext,
    file_name: Annotated[str, Query(max_length=200)],
    kind: FileKind | None = None,
    every_place: SiteKind | None = None,
    commit: bool = False,
) -> ImportOut:
    """Read a CSV or GeoJSON of cameras, places or RTs; with `commit`, take it in whole, or nothing of it."""
    context.allow(person, Action.MANAGE_REGISTER, REGENCY, {})
    data = await request.body()
    made = read_import(context.wiring, data, file_name, kind, every_place)
    if commit:
        if made.faults:
            raise RegisterImportError(file_name, made.faults)
        objects: dict[str, str | int] = {"berkas_sha256": sha256(data).hexdigest(), "baris": made.rows}
        context.note(person, IMPORTED[made.kind], "berhasil", objects)
        addresses = [url for one in made.cameras for url in (one.url, one.sub_url)]
        await asyncio.to_thread(check_places, context.wiring, addresses, own_port=own_port(request))
        take_in(context.wiring, made)
        await tell_recorder(context)
    ready = len(made.cameras) + len(made.places) + len(made.neighbourhoods)
    shown = [[entry.camera, entry.name, entry.site.name, area_name(entry.site.area)] for entry in made.cameras[:8]]
    shown += [[place.place_id, place.name, place.kind.value, area_name(place.area)] for place in made.places[:8]]
    shown += [[one.code, f"RT {one.rt}", one.name, area_name(one.village)] for one in made.neighbourhoods[:8]]
    return ImportOut(
        kind=made.kind,
        rows=made.rows,
        ready=ready,
        committed=commit,
        shown=shown,
        faults=faults_out(list(made.faults)),
    )


@router.post("/register/channels", status_code=201)
async def add_channels(body: ChannelsIn, person: SignedIn, context: InContext) -> list[RegisterOut]:
    """Take in the channels of another office's recorder as cameras, all or none."""
    context.allow(person, Action.MANAGE_REGISTER, AreaCode(body.area), {"kamera": body.camera[:63]})
    common = camera_entry(camera_id(body.camera), body, context)
    model = replace(
        common, owner=body.owner, sub_url=None, origin="channels", in_service_us=context.wiring.clock.now_us()
    )
    made = channel_cameras(
        model, first=body.first, last=body.last, names=body.names, sub_pattern=body.sub_url or None
    )
    taken = {entry.camera for entry in context.wiring.register.cameras()} & {entry.camera for entry in made}
    if taken:
        raise AlreadyThereError(f"camera {min(taken)} is already there; no channel was taken in")
    context.note(person, "kamera.saluran", "berhasil", {"kamera": made[0].camera, "saluran": len(made)})
    context.wiring.register.add_cameras(made)
    await tell_recorder(context)
    return [_out(entry, {}) for entry in made]


def _need_reason(reason: str) -> None:
    if len(reason.strip()) < MIN_PURPOSE_CHARACTERS:
        raise WrongUsageError(f"say why in at least {MIN_PURPOSE_CHARACTERS} characters: it goes into the log")


def _sign_kind(data: bytes) -> str:
    """The media type of a JPEG or PNG. Raises NoSignPictureError for anything else."""
    try:
        with Image.open(io.BytesIO(data), formats=list(SIGN_KINDS)) as picture:
            if picture.width * picture.height > MAX_SIGN_PX:
                raise NoSignPictureError(
                    f"the picture has {picture.width}x{picture.height} px; the most is 60 million"
                )
            kind = SIGN_KINDS[str(picture.format)]
            picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise NoSignPictureError(
            "this is no JPEG or PNG that can be read; nothing was kept. "
            "Next: send the photograph as it came from the camera"
        ) from None
    return kind


def _out(entry: Camera, signing: Mapping[str, Sequence[Seen]]) -> RegisterOut:
    mark = entry.public
    seen = signing.get(entry.camera)
    return RegisterOut(
        camera=entry.camera,
        name=entry.name,
        site=entry.site.name,
        kind=entry.site.kind,
        area=entry.site.area,
        area_name=area_name(entry.site.area),
        purpose=entry.purpose,
        purpose_kind=entry.purpose_kind,
        legal_basis=entry.legal_basis,
        retention_days=entry.retention_days,
        state=entry.state,
        owner=entry.owner,
        origin=entry.origin,
        sign=entry.sign_photo_sha256 is not None,
        public=PublicOut(
            reason=mark.reason,
            width_px=mark.width_px,
            masks=[MaskIn(left=one.left, top=one.top, right=one.right, bottom=one.bottom) for one in mark.masks],
            viewer_limit=mark.viewer_limit,
            since_us=mark.since_us,
        )
        if mark
        else None,
        signing=SigningOut(state=seen[-1].state.name.lower(), since_us=seen[-1].at_us) if seen else None,
        off_reason=entry.off_reason,
        lat_deg=entry.site.lat_deg,
        lon_deg=entry.site.lon_deg,
        direction_deg=entry.direction_deg,
        view_deg=entry.view_deg,
        height_m=entry.height_m,
        in_service_us=entry.in_service_us,
        retired_us=entry.retired_us,
        training=entry.training,
    )
