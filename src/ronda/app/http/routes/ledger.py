"""The camera-minute ledger: recorded, planned off, or lost to a cause, by camera, place, maker and month."""

import csv
import io
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import area_covers
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.routes.cameras import visible_camera
from ronda.app.http.values import Moment
from ronda.core.days import day_of, month_of, month_span
from ronda.core.errors import WrongUsageError
from ronda.core.ids import AreaCode, CameraId
from ronda.core.time import MINUTE_US, TimeSpan
from ronda.health.errors import NoSuchGapError
from ronda.health.ledger import Account, total
from ronda.health.reclassify import restated_evidence
from ronda.registry.areas import district_code, village_code
from ronda.registry.model import Camera
from ronda.video.model import Gap, GapCause

router = APIRouter(prefix="/api/ledger", tags=["health"])
Month = Annotated[
    str | None, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", description="Local month, such as 2026-11")
]


class By(StrEnum):
    CAMERA = "camera"
    SITE = "site"
    VILLAGE = "village"
    DISTRICT = "district"
    VENDOR = "vendor"


class Minutes(BaseModel):
    """Camera-minutes. `availability` None: nothing was promised. `missing` by cause, planned time among it."""

    span_min: float
    recorded_min: float
    missing_min: dict[str, float]
    availability: float | None


class LedgerRow(Minutes):
    key: str
    name: str
    cameras: int


class LedgerOut(BaseModel):
    """`promised` is the office's promise as a share; `to_us` where the account ends for now."""

    month: str
    by: str
    from_us: int
    to_us: int
    promised: float
    whole: Minutes
    rows: list[LedgerRow]
    training: bool


class DayOut(Minutes):
    day: str


class SaidBefore(BaseModel):
    """What a gap was said to be until then."""

    until_us: int
    cause: str
    evidence: str


class LedgerGap(BaseModel):
    """One interruption. `to_us` None: it still lasts. `before`: what it was said to be before, oldest first."""

    from_us: int
    to_us: int | None
    cause: str
    evidence: str
    before: list[SaidBefore]


class GapKey(BaseModel):
    """A gap is known by its camera and its start."""

    camera: str = Field(max_length=63)
    from_us: Moment


class CauseIn(BaseModel):
    """One cause and reason for gaps that fell together, such as all cameras of a place."""

    gaps: list[GapKey] = Field(min_length=1, max_length=200)
    cause: GapCause
    reason: str = Field(max_length=300)


@router.get("")
def ledger(person: SignedIn, context: InContext, month: Month = None, by: By = By.CAMERA) -> LedgerOut:
    """The account of one month in the person's area."""
    context.allow(person, Action.SEE_GAPS, None, {})
    return ledger_of(context, _cameras(context, person), month, by)


@router.get(".csv", response_class=Response)
def ledger_csv(person: SignedIn, context: InContext, month: Month = None, by: By = By.CAMERA) -> Response:
    """The same as CSV, minutes with one digit."""
    context.allow(person, Action.SEE_GAPS, None, {})
    found = ledger_of(context, _cameras(context, person), month, by)
    head = {"content-disposition": f'attachment; filename="ronda-menit-kamera-{found.month}-{by.value}.csv"'}
    return Response(as_csv(found), media_type="text/csv; charset=utf-8", headers=head)


@router.get("/{camera}/days")
def days(camera: str, person: SignedIn, context: InContext, month: Month = None) -> list[DayOut]:
    """One camera's calendar: the account of each local day of the month up to now."""
    entry = visible_camera(context, person, camera)
    now_us = context.wiring.clock.now_us()
    found = context.wiring.ledger.days(entry.camera, _span(month, now_us), now_us)
    return [DayOut(day=day, **_minutes(one)) for day, one in found.items()]


@router.get("/{camera}/gaps")
def gaps(camera: str, person: SignedIn, context: InContext, month: Month = None) -> list[LedgerGap]:
    """One camera's interruptions of the month, newest first, with what each was said to be before."""
    entry = visible_camera(context, person, camera)
    now_us = context.wiring.clock.now_us()
    return _gaps(context, entry.camera, _span(month, now_us))


@router.post("/causes")
def name_cause(body: CauseIn, person: SignedIn, context: InContext) -> list[LedgerGap]:
    """Name the cause of gaps better than the measurements could; all of them or none, logged with the reason.

    Lost time cannot become planned time afterwards. What was said before stays visible as history. Whoever may
    order repairs may name causes.
    """
    index, now_us = context.wiring.index, context.wiring.clock.now_us()
    found: list[tuple[Gap, str]] = []
    for key in body.gaps:
        entry = visible_camera(context, person, key.camera)
        context.allow(person, Action.ORDER_REPAIR, entry.site.area, {"kamera": entry.camera})
        rows = index.gaps(entry.camera, TimeSpan(key.from_us, key.from_us + 1))
        gap = next((one for one in rows if one.start_us == key.from_us), None)
        if gap is None:
            raise NoSuchGapError(entry.camera, key.from_us)
        found.append((gap, restated_evidence(gap, body.cause, body.reason, person.name)))
    for gap, evidence in found:
        objects: dict[str, str | int] = {
            "kamera": gap.camera, "dari_us": gap.start_us, "sebab": body.cause.value, "sebelumnya": gap.cause.value,
        }  # fmt: skip
        context.note(person, "gangguan.sebab_dinamai", "berhasil", objects, private={"alasan": body.reason})
        index.restate_gap(gap.camera, gap.start_us, body.cause, evidence, at_us=now_us)
    context.wiring.health.unsettle(day_of(min(gap.start_us for gap, _ in found)))
    spans = [(gap.camera, TimeSpan(gap.start_us, gap.start_us + 1)) for gap, _ in found]
    return [one for camera, span in spans for one in _gaps(context, camera, span) if one.from_us == span.start_us]


def _gaps(context: Context, camera: CameraId, span: TimeSpan) -> list[LedgerGap]:
    index = context.wiring.index
    rows = index.gaps(camera, span)
    first_us = min((gap.start_us for gap in rows), default=span.start_us)
    before: dict[int, list[SaidBefore]] = {}
    for one in index.gap_history(camera, TimeSpan(min(first_us, span.start_us), span.end_us)):
        said = SaidBefore(until_us=one.until_us, cause=one.cause.value, evidence=one.evidence)
        before.setdefault(one.start_us, []).append(said)
    return [
        LedgerGap(
            from_us=gap.start_us,
            to_us=gap.end_us,
            cause=gap.cause.value,
            evidence=gap.evidence,
            before=before.get(gap.start_us, []),
        )
        for gap in reversed(rows)
    ]


def ledger_of(context: Context, cameras: Iterable[Camera], month: str | None, by: By) -> LedgerOut:
    """The account of a month, grouped."""
    now_us = context.wiring.clock.now_us()
    span = _span(month, now_us)
    entries = {entry.camera: entry for entry in cameras}
    accounts = context.wiring.ledger.accounts(entries, span, now_us)
    rows: dict[str, tuple[str, list[Account]]] = {}
    for camera, one in accounts.items():
        key, name = _key(context, entries[camera], by)
        rows.setdefault(key, (name, []))[1].append(one)
    return LedgerOut(
        month=month or month_of(now_us),
        by=by.value,
        from_us=span.start_us,
        to_us=max(span.start_us, min(span.end_us, now_us)),
        promised=context.wiring.promised_availability,
        whole=Minutes(**_minutes(total(accounts.values()))),
        rows=[
            LedgerRow(key=key, name=name, cameras=len(parts), **_minutes(total(parts)))
            for key, (name, parts) in sorted(rows.items(), key=lambda item: item[1][0])
        ],
        training=context.wiring.folder.training,
    )


def as_csv(found: LedgerOut) -> str:
    """One row a group, one column a cause; the causes in the order of their enumeration."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    causes = [cause.value for cause in GapCause]
    missing = [f"missing_{cause}_min" for cause in causes]  # a cause is called `camera` too
    writer.writerow(["month", found.by, "name", "cameras", "span_min", "recorded_min", "availability", *missing])
    for row in found.rows:
        share = "" if row.availability is None else f"{row.availability:.5f}"
        minutes = [f"{row.missing_min.get(cause, 0.0):.1f}" for cause in causes]
        writer.writerow(
            [found.month, row.key, _safe(row.name), row.cameras, f"{row.span_min:.1f}", f"{row.recorded_min:.1f}",
             share, *minutes]
        )  # fmt: skip
    return out.getvalue()


def _safe(text: str) -> str:
    """A name that a spreadsheet takes for a formula gets an apostrophe before it."""
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


def _cameras(context: Context, person: Person) -> list[Camera]:
    return [entry for entry in context.wiring.register.cameras() if area_covers(person.area, entry.site.area)]


def _span(month: str | None, now_us: int) -> TimeSpan:
    span = month_span(month or month_of(now_us))
    if span.start_us > now_us:
        raise WrongUsageError(f"{month} lies ahead; there is nothing to account for yet")
    return span


def _key(context: Context, entry: Camera, by: By) -> tuple[str, str]:
    area = entry.site.area
    match by:
        case By.CAMERA:
            return entry.camera, entry.name
        case By.SITE:
            return entry.site.site_id, entry.site.name
        case By.VENDOR:
            return entry.vendor.casefold(), entry.vendor
        case By.VILLAGE:
            code = village_code(area) or area
        case By.DISTRICT:
            code = district_code(area) or area
    return code, context.wiring.area_name(AreaCode(code))


def _minutes(one: Account) -> dict[str, Any]:
    return {
        "span_min": round(one.span_us / MINUTE_US, 2),
        "recorded_min": round(one.recorded_us / MINUTE_US, 2),
        "missing_min": {cause.value: round(us / MINUTE_US, 2) for cause, us in one.missing_us.items()},
        "availability": one.availability,
    }
