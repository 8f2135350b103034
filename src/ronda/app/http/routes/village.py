"""The page of one village, by a signed link: states, this month, who repairs by when, and a report form."""

import io
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qs

import segno
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from ronda.access.policy import Action
from ronda.access.rules import area_covers
from ronda.access.service import SYSTEM
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.problems import PAGE_PROBLEMS
from ronda.app.http.routes.cameras import recorder_status, village_state
from ronda.app.pages import render
from ronda.app.pages.village import (
    CAUSES,
    TEXTS,
    chrome,
    date,
    language,
    lost_text,
    moment,
    month_name,
    share,
    weekday,
)
from ronda.core.days import month_before, month_of, month_span
from ronda.core.ids import AreaCode
from ronda.core.time import DAY_US, SECOND_US
from ronda.evidence.entry import AuditEvent, Phase
from ronda.health.desk import BY_VILLAGE, Wanted
from ronda.health.errors import RepairStateError
from ronda.health.ledger import total
from ronda.health.model import Repair, RepairState
from ronda.health.village_link import DEFAULT_DAYS, MAX_DAYS, VillageLink, VillageLinkError, read_link, write_link
from ronda.registry.model import Camera, CameraState
from ronda.video.model import GapCause

router = APIRouter(tags=["village"])
MOST_FORM_BYTES = 8_000
_SIGNS = {"ok": "●", "fault": "■", "warning": "▲", "quiet": "○"}
Lang = Annotated[str | None, Query(description="`id` or `en`; anything else is Indonesian")]


class LinkIn(BaseModel):
    area: str = Field(max_length=40)
    days: int = Field(default=DEFAULT_DAYS, ge=1, le=MAX_DAYS)


class LinkOut(BaseModel):
    """`path` is to be put behind this installation's address; `qr_svg` holds the whole address."""

    area: str
    name: str
    path: str
    until_us: int
    qr_svg: str


@router.post("/api/village-links", status_code=201)
def share_link(body: LinkIn, person: SignedIn, context: InContext, request: Request) -> LinkOut:
    """Sign a link to the page of one village; whoever holds it may see states and report a fault."""
    area = AreaCode(body.area)
    context.allow(person, Action.SHARE_VILLAGE_PAGE, area, {"wilayah": body.area})
    until_us = context.wiring.clock.now_us() + body.days * DAY_US
    context.note(person, "halaman_desa.dibagikan", "berhasil", {"wilayah": body.area, "sampai_us": until_us})
    token = write_link(context.wiring.village_key, VillageLink(area=area, until_s=until_us // SECOND_US))
    path = f"/desa/{token}"
    return LinkOut(
        area=area,
        name=context.wiring.area_name(area),
        path=path,
        until_us=until_us,
        qr_svg=_qr(f"{str(request.base_url).rstrip('/')}{path}"),
    )


@router.get("/desa/{token}", response_class=HTMLResponse, responses=PAGE_PROBLEMS)
async def page(token: str, context: InContext, request: Request, lang: Lang = None) -> Response:
    """The village's page; 410 for a link that is not ours or has run out."""
    chosen = language(lang)
    link = _link(context, token)
    if link is None:
        return _gone(chosen, token)
    return HTMLResponse(await _page(context, request, link, token, chosen))


@router.post("/desa/{token}", response_class=HTMLResponse, responses=PAGE_PROBLEMS)
async def report(token: str, context: InContext, request: Request) -> Response:
    """Report a fault from the village's page; becomes a repair order that waits for a date."""
    form = parse_qs((await request.body())[:MOST_FORM_BYTES].decode("utf-8", "replace"), max_num_fields=8)
    # NUL comes from no keyboard, and PostgreSQL keeps no text that holds it.
    said = {name: values[0].replace("\0", "") for name, values in form.items()}
    chosen = language(said.get("lang"))
    link = _link(context, token)
    if link is None:
        return _gone(chosen, token)
    problem = _take(context, link, said)
    text = TEXTS[chosen][problem or "done"]
    body = await _page(context, request, link, token, chosen, told=text, told_ok=problem is None, asked=said)
    return HTMLResponse(body, 200 if problem is None else 422)


def _take(context: Context, link: VillageLink, said: Mapping[str, str]) -> str | None:
    """File the report; gives the key of the sentence that says what is wrong with it, or None."""
    desk = context.wiring.repairs
    entry = next((one for one in _cameras(context, link) if one.camera == said.get("camera")), None)
    if entry is None:
        return "bad_camera"
    if desk.too_many_reports(entry.site.area):
        return "too_many"
    wanted = Wanted(
        area=entry.site.area,
        place=entry.site.name,
        cameras=(entry.camera,),
        cause=GapCause.UNKNOWN,
        what=said.get("what", ""),
        training=context.wiring.folder.training,
    )
    try:
        made = desk.report(wanted)
    except RepairStateError:
        return "too_short"
    context.wiring.log.append(
        AuditEvent(
            action="perbaikan.dilaporkan",
            actor=SYSTEM,
            role=BY_VILLAGE,
            phase=Phase.FACT,
            outcome="berhasil",
            objects={"perbaikan": made.repair_id, "kamera": entry.camera, "wilayah": link.area},
        )
    )
    return None


def _link(context: Context, token: str) -> VillageLink | None:
    try:
        return read_link(context.wiring.village_key, token, context.wiring.clock.now_us() // SECOND_US)
    except VillageLinkError:
        return None


def _gone(lang: str, token: str) -> HTMLResponse:
    other = "en" if lang == "id" else "id"
    body = render("gone.html", training=False, **chrome(lang, f"/desa/{token}?lang={other}"))
    return HTMLResponse(body, 410)


def _cameras(context: Context, link: VillageLink) -> list[Camera]:
    return [
        entry
        for entry in context.wiring.register.cameras()
        if area_covers(link.area, entry.site.area) and entry.state is CameraState.IN_SERVICE
    ]


async def _page(
    context: Context,
    request: Request,
    link: VillageLink,
    token: str,
    lang: str,
    *,
    told: str = "",
    told_ok: bool = True,
    asked: Mapping[str, str] | None = None,
) -> str:
    now_us = context.wiring.clock.now_us()
    entries = _cameras(context, link)
    status = await recorder_status(context)
    states = {camera: now.state for camera, now in status.cameras.items()} if status else {}
    orders = [one for one in context.wiring.repairs.unfinished() if area_covers(link.area, one.area)]
    away = {
        entry.camera: village_state(context, entry.camera).state for entry in entries if entry.camera not in states
    }
    shown = [_camera(context, entry, {**away, **states}[entry.camera], orders, lang, now_us) for entry in entries]
    up = sum(one["tone"] == "ok" for one in shown)
    other = "en" if lang == "id" else "id"
    return render(
        "village.html",
        **chrome(lang, f"/desa/{token}?lang={other}"),
        training=context.wiring.folder.training,
        name=context.wiring.area_name(link.area),
        as_of=f"{weekday(now_us, lang)}, {moment(now_us, lang, now_us).rsplit(' ', 1)[1]} WITA",
        told=told,
        told_ok=told_ok,
        cameras=shown,
        tone="ok" if up == len(shown) else "fault" if any(one["tone"] == "fault" for one in shown) else "warning",
        signs=_SIGNS,
        up=up,
        summary=TEXTS[lang]["summary"].format(up=up, all=len(shown)),
        months=_months(context, entries, lang, now_us),
        promised=share(context.wiring.promised_availability, lang),
        orders=[_order(one, lang, now_us) for one in orders],
        until=date(link.until_s * SECOND_US, lang),
        asked_camera=(asked or {}).get("camera", "") if not told_ok else "",
        asked_what=(asked or {}).get("what", "") if not told_ok else "",
        qr=_qr(f"{str(request.base_url).rstrip('/')}/desa/{token}"),
    )


def _camera(
    context: Context, entry: Camera, state: str, orders: list[Repair], lang: str, now_us: int
) -> dict[str, Any]:
    gap = context.wiring.index.open_gap(entry.camera)
    words = TEXTS[lang]
    since = ""
    if entry.off_reason is not None:
        tone, word = "warning", "off"
    elif state == "not_connected":  # a box without a line is no camera that failed
        tone, word = "quiet", "unlinked"
    elif gap is not None:
        tone, word = "fault", "down"
        since = words["since"].format(time=moment(gap.start_us, lang, now_us), cause=CAUSES[lang][gap.cause.value])
    elif state == "recording":
        tone, word = "ok", "up"
    else:
        tone, word = "quiet", "unknown"
    order = next((one for one in orders if entry.camera in one.cameras), None)
    return {
        "id": entry.camera,
        "name": entry.name,
        "tone": tone,
        "sign": _SIGNS[tone],
        "state": words[word],
        "since": since,
        "repair": _order(order, lang, now_us)["state"] if order else "",
    }


def _order(order: Repair, lang: str, now_us: int) -> dict[str, str]:
    words = TEXTS[lang]
    if order.state is RepairState.REPORTED or order.deadline_us is None:
        text = words["reported"]
    else:
        line = words["late" if order.deadline_us < now_us else "technician"]
        text = line.format(who=order.assignee, day=weekday(order.deadline_us, lang))
    return {"place": order.place, "what": order.what, "state": text}


def _months(context: Context, entries: list[Camera], lang: str, now_us: int) -> list[dict[str, str]]:
    this = month_of(now_us)
    lines = []
    for month in (this, month_before(this)):
        found = total(
            context.wiring.ledger.accounts([entry.camera for entry in entries], month_span(month), now_us).values()
        )
        lines.append(
            {
                "name": month_name(month, lang),
                "share": share(found.availability, lang),
                "lost": lost_text(found.lost_us, lang),
            }
        )
    return lines


def _qr(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", border=2, xmldecl=False, svgns=True, omitsize=True, title=None
    )
    return out.getvalue().decode()
