"""The public page, its open data and the few open pictures: no login, no script, no cookie."""

import secrets
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, BeforeValidator, Field

from ronda.access.policy import Action
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.problems import PAGE_PROBLEMS
from ronda.app.log_counts import LogCounts
from ronda.app.pages import render
from ronda.app.pages.public import TEXTS
from ronda.app.public_facts import CONTACT_SETTING, PublicFacts, public_facts
from ronda.app.public_view import cameras_csv, clock, figures_csv, public_page
from ronda.app.wiring import Wiring
from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US
from ronda.evidence.log_figures import csv_text
from ronda.registry.areas import REGENCY, area_name
from ronda.registry.model import Camera, CameraState, PublicMark
from ronda.registry.public_viewers import PublicViewers

router = APIRouter(tags=["public"])
FRESH_S = 60
STALE_US = 30 * SECOND_US
RENEW_S = 5
CACHED = {"cache-control": f"public, max-age={FRESH_S}"}
NOT_KEPT = {"cache-control": "no-store"}
Lang = Annotated[
    str,
    Query(description="`id` or `en`; anything else is Indonesian"),
    BeforeValidator(lambda asked: "en" if asked == "en" else "id"),
]
NO_PICTURE: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Closed (404), or as many viewers as its mark allows (429); no body"},
    "5XX": {"description": "The picture is not that of now; no body"},
}


class ContactIn(BaseModel):
    contact: str = Field(min_length=5, max_length=300)


class Recent:
    """Facts for at most a minute: many readers cost one reading."""

    def __init__(self) -> None:
        self._facts: WeakKeyDictionary[Wiring, PublicFacts] = WeakKeyDictionary()
        self.viewers = PublicViewers(secrets.token_bytes(16))

    def facts(self, context: Context) -> PublicFacts:
        found = self._facts.get(context.wiring)
        if found is None or not 0 <= context.wiring.clock.now_us() - found.now_us < FRESH_S * SECOND_US:
            found = self._facts[context.wiring] = public_facts(context.wiring)
        return found

    def forget(self) -> None:
        self._facts.clear()


recent = Recent()
log_counts = LogCounts()


@router.get("/publik", response_class=HTMLResponse, responses=PAGE_PROBLEMS)
def page(request: Request, context: InContext, lang: Lang = "id") -> HTMLResponse:
    """Where cameras are by area, what for, how often the past was opened, and how to check it."""
    address = str(request.base_url).rstrip("/")
    text = public_page(recent.facts(context), context.wiring.areas.now(), lang, address)
    return HTMLResponse(text, headers=CACHED)


@router.get("/publik/kamera.csv", response_class=Response)
def cameras(context: InContext) -> Response:
    """Open data: cameras by area and rule."""
    return Response(cameras_csv(recent.facts(context)), media_type="text/csv; charset=utf-8", headers=CACHED)


@router.get("/publik/angka.csv", response_class=Response)
def figures(context: InContext) -> Response:
    """Open data: uptime, requests and targets, one figure a row."""
    return Response(figures_csv(recent.facts(context)), media_type="text/csv; charset=utf-8", headers=CACHED)


@router.get("/publik/jejak.csv", response_class=Response)
def log_figures(context: InContext) -> Response:
    """Open data: figures that anybody can count again from the published log (`ronda log figures`)."""
    text = csv_text(log_counts.upto(context.wiring))
    return Response(text, media_type="text/csv; charset=utf-8", headers=CACHED)


@router.get("/publik/kamera/{camera}", response_class=HTMLResponse, responses=PAGE_PROBLEMS)
def camera_page(camera: str, request: Request, context: InContext, lang: Lang = "id") -> HTMLResponse:
    """The picture of now of a camera marked for the public; 404 for every other one."""
    entry, mark = _marked(context, camera)
    if entry is None or mark is None:
        return _camera_html(lang, camera, TEXTS[lang]["closed_how"], status=404)
    if not _admitted(request, context, entry, mark):
        told = TEXTS[lang]["full"].format(limit=mark.viewer_limit)
        return _camera_html(lang, camera, told, entry=entry, mark=mark, status=429)
    taken_us = _taken_us(context, entry)
    if taken_us is None:
        return _camera_html(lang, camera, TEXTS[lang]["stale"], entry=entry, mark=mark)
    return _camera_html(lang, camera, "", entry=entry, mark=mark, taken_us=taken_us)


@router.get("/publik/gambar/{camera}.jpg", response_class=Response, responses=NO_PICTURE)
def picture(camera: str, request: Request, context: InContext) -> Response:
    """The newest picture of a marked camera as JPEG; 404 when it is closed, 503 when it has stopped."""
    entry, mark = _marked(context, camera)
    if entry is None or mark is None:
        return Response(status_code=404, headers=NOT_KEPT)
    if not _admitted(request, context, entry, mark):
        return Response(status_code=429, headers=NOT_KEPT)
    if _taken_us(context, entry) is None:
        return Response(status_code=503, headers=NOT_KEPT)
    data = (context.wiring.folder.public_pictures / f"{entry.camera}.jpg").read_bytes()
    return Response(data, media_type="image/jpeg", headers=NOT_KEPT)


@router.put("/api/public/contact", status_code=204)
def set_contact(body: ContactIn, person: SignedIn, context: InContext) -> None:
    """Whom the public may ask: the office's address and telephone, as they stand on the page."""
    context.allow(person, Action.MANAGE_REGISTER, REGENCY, {})
    context.note(person, "publik.kontak", "berhasil", {}, private={"kontak": body.contact})
    context.wiring.settings.put(CONTACT_SETTING, body.contact.strip())
    recent.forget()


def _marked(context: Context, camera: str) -> tuple[Camera | None, PublicMark | None]:
    """The entry if it serves and is marked now; asked anew each time, so that closing holds at once."""
    entry = context.wiring.register.camera(CameraId(camera))
    if entry is None or entry.state is not CameraState.IN_SERVICE or entry.off_reason is not None:
        return None, None
    return entry, entry.public


def _admitted(request: Request, context: Context, entry: Camera, mark: PublicMark) -> bool:
    client = request.client.host if request.client else ""
    return recent.viewers.admit(entry.camera, client, context.wiring.clock.now_us(), mark.viewer_limit)


def _taken_us(context: Context, entry: Camera) -> int | None:
    """When the picture was taken; None when there is none, or it is no longer that of now."""
    try:
        at_us = (context.wiring.folder.public_pictures / f"{entry.camera}.jpg").stat().st_mtime_ns // 1000
    except OSError:
        return None
    return at_us if 0 <= context.wiring.clock.now_us() - at_us < STALE_US else None


def _camera_html(
    lang: str,
    camera: str,
    told: str,
    *,
    entry: Camera | None = None,
    mark: PublicMark | None = None,
    taken_us: int | None = None,
    status: int = 200,
) -> HTMLResponse:
    texts = TEXTS[lang]
    other = "en" if lang == "id" else "id"
    rules = {"width": mark.width_px, "masks": len(mark.masks), "limit": mark.viewer_limit} if mark else {}
    shown = {**texts, "picture_rules": texts["picture_rules"].format(**rules) if rules else ""}
    body = render(
        "public_camera.html",
        lang=lang,
        t=shown,
        other_lang=other,
        other_name=texts["other"],
        other_url=f"/publik/kamera/{camera}?lang={other}" if entry else f"/publik?lang={other}",
        training=entry.training if entry else False,
        name=entry.name if entry and mark else texts["closed"],
        area=area_name(entry.site.area) if entry and mark else "",
        picture=f"/publik/gambar/{camera}.jpg?t={taken_us}" if taken_us else "",
        width=mark.width_px if mark else 0,
        taken=texts["taken"].format(time=clock(taken_us, lang)) if taken_us else "",
        told=told,
        reason=mark.reason if mark else "",
    )
    renew = {"refresh": str(RENEW_S)} if entry and mark else {}
    return HTMLResponse(body, status, headers={**NOT_KEPT, **renew})
