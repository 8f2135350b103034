"""Service measures: who measures what under which rule, the numbers, and all that is stored of it."""

import csv
import io
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import LargeBinary

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import area_covers
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.routes.cameras import visible_camera
from ronda.app.jobs.service import EMPTY_SETTING
from ronda.core.days import day_of, day_span
from ronda.core.errors import WrongUsageError
from ronda.core.ids import CameraId
from ronda.core.time import DAY_US, TimeSpan, utc_text
from ronda.service.errors import NoServicePointError
from ronda.service.hours import crosses_midnight, parse_day, text_of
from ronda.service.model import Day, Quarter, ServicePoint, Zone, ZoneKind
from ronda.service.rows import day_of_service
from ronda.service.rules import check_point
from ronda.store.sql.service import service_quarters

router = APIRouter(prefix="/api/service", tags=["service"])
LONGEST_DAYS = 62
LOOK_BACK_DAYS = 15
Days = Annotated[int, Query(ge=1, le=LONGEST_DAYS)]
DayText = Annotated[str | None, Query(pattern=r"^20\d\d-\d\d-\d\d$")]


class ZoneIO(BaseModel):
    """A rectangle in shares of the picture; `capacity`: persons that a full queue zone holds."""

    kind: ZoneKind
    left: float
    top: float
    right: float
    bottom: float
    capacity: int = 1


class ServicePointIn(BaseModel):
    """`hours`: seven texts, Monday first, such as `08.00-12.00, 13.00-15.30`; empty when closed."""

    legal_basis: str = Field(max_length=300)
    purpose: str = Field(max_length=300)
    zones: list[ZoneIO] = Field(max_length=20)
    hours: list[str] = Field(min_length=7, max_length=7)


class ServiceDayOut(BaseModel):
    """Null: not measured, or less than half of the opening hours. Times in UTC microseconds."""

    day: str
    open_min: int
    measured_share: float
    staffed_share: float | None
    queue_mean: float | None
    queue_max: float | None
    wait_s: float | None
    served: int | None
    opens_us: int | None
    opened_us: int | None
    closes_us: int | None
    closed_us: int | None
    methods: list[str]
    training: bool


class ServicePointOut(BaseModel):
    """`across_midnight`: weekdays whose hours end on the next day, said back so that nobody is surprised.

    `today` is null on a closed day; `last` is the newest earlier day that was measured, of two weeks.
    """

    camera: str
    name: str
    site: str
    area: str
    area_name: str
    legal_basis: str
    purpose: str
    zones: list[ZoneIO]
    hours: list[str]
    across_midnight: list[int]
    today: ServiceDayOut | None
    last: ServiceDayOut | None
    training: bool


class QuarterOut(BaseModel):
    """Fifteen minutes: shares and sums; null where the method cannot tell."""

    start_us: int
    method: str
    samples: int
    staffed_share: float | None
    queue_mean: float | None
    queue_max: float | None
    wait_s: float | None
    served: int
    training: bool


class StoredOut(BaseModel):
    """Everything that is kept of this camera's service: rows, their numbers, and pictures, of which there are none.

    `binary_columns` names columns that could hold a picture; `sample` is the newest row as it stands in the store.
    """

    camera: str
    rows: int
    numbers: int
    pictures: int
    columns: list[str]
    binary_columns: list[str]
    oldest_us: int | None
    sample: dict[str, str | int | float | bool | None] | None


@router.get("")
def points(person: SignedIn, context: InContext) -> list[ServicePointOut]:
    """Every service point of the person's area with what today comes to so far."""
    context.allow(person, Action.SEE_SERVICE, None, {})
    return [
        _point_out(context, point)
        for point in context.wiring.service.points()
        if area_covers(person.area, point.area)
    ]


@router.put("/{camera}")
def register(camera: str, body: ServicePointIn, person: SignedIn, context: InContext) -> ServicePointOut:
    """Register a camera for service measures, under a legal basis of its own; replaces zones and hours."""
    entry = visible_camera(context, person, camera)
    context.allow(person, Action.MANAGE_SERVICE, entry.site.area, {"kamera": camera})
    point = ServicePoint(
        camera=entry.camera,
        name=entry.name,
        area=entry.site.area,
        legal_basis=body.legal_basis,
        purpose=body.purpose,
        zones=tuple(Zone(**zone.model_dump()) for zone in body.zones),
        hours={day: spans for day, text in enumerate(body.hours) if (spans := parse_day(text))},
        training=context.wiring.folder.training,
    )
    check_point(point)
    context.note(person, "layanan.didaftarkan", "berhasil", {"kamera": entry.camera, "zona": len(point.zones)})
    context.wiring.service.put_point(point)
    return _point_out(context, point)


@router.delete("/{camera}", status_code=204)
def drop(camera: str, person: SignedIn, context: InContext) -> None:
    """Stop measuring; the numbers so far stay."""
    point = _point(context, person, camera, Action.MANAGE_SERVICE)
    context.note(person, "layanan.dihentikan", "berhasil", {"kamera": camera})
    context.wiring.service.drop_point(point.camera)


@router.post("/{camera}/empty", status_code=204)
def empty_now(camera: str, person: SignedIn, context: InContext) -> None:
    """The room is empty now: the next key frames are what later ones are compared with, in memory alone."""
    point = _point(context, person, camera, Action.MANAGE_SERVICE)
    context.note(person, "layanan.ruang_kosong", "berhasil", {"kamera": camera})
    context.wiring.settings.put(EMPTY_SETTING + point.camera, context.wiring.clock.now_us())


@router.get("/{camera}/days")
def days(camera: str, person: SignedIn, context: InContext, count: Days = 14) -> list[ServiceDayOut]:
    """The last days, newest first; days without opening hours are left out."""
    point = _point(context, person, camera, Action.SEE_SERVICE)
    found = [_day(context, point, day) for day in _days_back(context, count)]
    return [_day_out(one) for one in found if one is not None]


@router.get("/{camera}/quarters")
def quarters(camera: str, person: SignedIn, context: InContext, day: DayText = None) -> list[QuarterOut]:
    """The quarters of an hour of one local day."""
    point = _point(context, person, camera, Action.SEE_SERVICE)
    return [_quarter_out(row) for row in _rows(context, point.camera, _span(context, day))]


@router.get("/{camera}/quarters.csv", response_class=Response)
def quarters_csv(camera: str, person: SignedIn, context: InContext, day: DayText = None) -> Response:
    """The same as CSV, as they are stored."""
    point = _point(context, person, camera, Action.SEE_SERVICE)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["start_utc", *QuarterOut.model_fields])
    for row in _rows(context, point.camera, _span(context, day)):
        shown = _quarter_out(row)
        values = ["" if value is None else value for value in shown.model_dump().values()]
        writer.writerow([utc_text(row.start_us), *values])
    head = {"content-disposition": f'attachment; filename="ronda-layanan-{point.camera}.csv"'}
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=head)


@router.get("/{camera}/stored")
def stored(camera: str, person: SignedIn, context: InContext) -> StoredOut:
    """All that is kept of this camera's service, for anybody who doubts it."""
    point = _point(context, person, camera, Action.SEE_SERVICE)
    rows = context.wiring.service.quarters(point.camera, TimeSpan(0, context.wiring.clock.now_us() + DAY_US))
    columns = list(service_quarters.columns)
    binary = [column.name for column in columns if isinstance(column.type, LargeBinary)]
    kept = [_kept(row) for row in rows]
    numbers = sum(isinstance(value, int | float) for row in kept for value in row.values())
    return StoredOut(
        camera=point.camera,
        rows=len(rows),
        numbers=numbers,
        pictures=sum(row.get(name) is not None for row in kept for name in binary),
        columns=[column.name for column in columns],
        binary_columns=binary,
        oldest_us=rows[0].start_us if rows else None,
        sample=kept[-1] if kept else None,
    )


def _kept(row: Quarter) -> dict[str, str | int | float | bool | None]:
    return {name: getattr(row, name) for name in Quarter.__dataclass_fields__}


def _point(context: Context, person: Person, camera: str, action: Action) -> ServicePoint:
    """Raises NoServicePointError, also for one outside the person's area."""
    point = context.wiring.service.point(CameraId(camera))
    if point is None or not area_covers(person.area, point.area):
        raise NoServicePointError(camera)
    context.allow(person, action, point.area, {"kamera": camera})
    return point


def _span(context: Context, day: str | None) -> TimeSpan:
    try:
        return day_span(day or day_of(context.wiring.clock.now_us()))
    except ValueError:
        raise WrongUsageError(f"{day} is no day of the calendar") from None


def _rows(context: Context, camera: CameraId, span: TimeSpan) -> list[Quarter]:
    return context.wiring.service.quarters(camera, span)


def _day(context: Context, point: ServicePoint, day: str) -> Day | None:
    whole = day_span(day)
    # The hours of a day may end on the next one.
    rows = _rows(context, point.camera, TimeSpan(whole.start_us - DAY_US // 24, whole.end_us + DAY_US))
    return day_of_service(day, rows, point.hours, context.wiring.clock.now_us())


def _days_back(context: Context, count: int) -> list[str]:
    """Today and the days before it, newest first."""
    today_us = day_span(day_of(context.wiring.clock.now_us())).start_us
    return [day_of(today_us - back * DAY_US) for back in range(count)]


def _point_out(context: Context, point: ServicePoint) -> ServicePointOut:
    entry = context.wiring.register.camera(point.camera)
    today, *earlier = [_day(context, point, day) for day in _days_back(context, LOOK_BACK_DAYS)]
    last = next((day for day in earlier if day is not None and day.staffed_share is not None), None)
    return ServicePointOut(
        camera=point.camera,
        name=point.name,
        site=entry.site.name if entry else "",
        area=point.area,
        area_name=context.wiring.area_name(point.area),
        legal_basis=point.legal_basis,
        purpose=point.purpose,
        zones=[
            ZoneIO(
                kind=zone.kind, left=zone.left, top=zone.top, right=zone.right, bottom=zone.bottom,
                capacity=zone.capacity,
            )
            for zone in point.zones
        ],
        hours=[text_of(point.hours.get(day, ())) for day in range(7)],
        across_midnight=crosses_midnight(point.hours),
        today=_day_out(today) if today else None,
        last=_day_out(last) if last else None,
        training=point.training,
    )  # fmt: skip


def _day_out(day: Day) -> ServiceDayOut:
    return ServiceDayOut(
        day=day.day,
        open_min=day.open_min,
        measured_share=round(day.measured_share, 3),
        staffed_share=day.staffed_share,
        queue_mean=day.queue_mean,
        queue_max=day.queue_max,
        wait_s=day.wait_s,
        served=day.served,
        opens_us=day.opens_us,
        opened_us=day.opened_us,
        closes_us=day.closes_us,
        closed_us=day.closed_us,
        methods=[method.value for method in day.methods],
        training=day.training,
    )


def _quarter_out(row: Quarter) -> QuarterOut:
    return QuarterOut(
        start_us=row.start_us,
        method=row.method.value,
        samples=row.samples,
        staffed_share=row.staffed_samples / row.open_samples if row.open_samples else None,
        queue_mean=row.queue_sum / row.queue_samples if row.queue_samples else None,
        queue_max=row.queue_max if row.queue_samples else None,
        wait_s=row.waiting_s / row.served if row.served and row.queue_samples else None,
        served=row.served,
        training=row.training,
    )
