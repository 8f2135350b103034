"""A plan as files: table, map layer, workbook, and the record of agreement."""

from fastapi import APIRouter, Response

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.plan_files import csv_bytes, geojson_bytes
from ronda.app.plan_layers import layer_bytes
from ronda.app.plan_workbook import workbook_bytes
from ronda.planning.comparison import by_district
from ronda.planning.paper import agreement_pdf
from ronda.planning.proposal import proposal_pdf
from ronda.planning.record import PlanRecord

router = APIRouter(prefix="/api/plans/{plan_id}", tags=["plan"])
MOST_FORCED = 12  # points whose forcing is computed for one paper: a second or two each
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/points.csv", response_class=Response)
def points_csv(plan_id: str, person: SignedIn, context: InContext) -> Response:
    """The chosen points in buying order."""
    record = _record(context, person, plan_id)
    return _file(
        csv_bytes(record, context.wiring.plans.places(record)), "text/csv; charset=utf-8", f"{plan_id}.csv"
    )


@router.get("/points.geojson", response_class=Response)
def points_geojson(plan_id: str, person: SignedIn, context: InContext) -> Response:
    """The chosen points for a map."""
    record = _record(context, person, plan_id)
    data = geojson_bytes(record, context.wiring.plans.places(record))
    return _file(data, "application/geo+json", f"{plan_id}.geojson")


@router.get("/points.shp.zip", response_class=Response)
def points_shapefile(plan_id: str, person: SignedIn, context: InContext) -> Response:
    """The chosen points as a Shapefile, its parts in one zip."""
    return _layer(context, person, plan_id, "shp", "application/zip", "shp.zip")


@router.get("/points.kml", response_class=Response)
def points_kml(plan_id: str, person: SignedIn, context: InContext) -> Response:
    """The chosen points as KML."""
    return _layer(context, person, plan_id, "kml", "application/vnd.google-earth.kml+xml", "kml")


@router.get("/points.gpkg", response_class=Response)
def points_geopackage(plan_id: str, person: SignedIn, context: InContext) -> Response:
    """The chosen points as a GeoPackage."""
    return _layer(context, person, plan_id, "gpkg", "application/geopackage+sqlite3", "gpkg")


@router.get("/plan.xlsx", response_class=Response)
def workbook(plan_id: str, person: SignedIn, context: InContext) -> Response:
    """The cost plan (RAB) by year, district and account code, points and years; its sums are formulas."""
    record = _record(context, person, plan_id)
    plans = context.wiring.plans
    return _file(workbook_bytes(record, plans.places(record), plans.items(record)), XLSX, f"{plan_id}.xlsx")


@router.get("/proposal.pdf", response_class=Response)
def proposal(plan_id: str, person: SignedIn, context: InContext) -> Response:
    """The proposal for the budget hearing: money, map, districts, and a reason for each point."""
    record = _record(context, person, plan_id)
    context.note(person, "rencana.usulan", "berhasil", {"rencana": plan_id, "revisi": record.revision})
    wiring = context.wiring
    edition = wiring.plans.edition(record)
    shapes = wiring.areas.now().district_geometry
    pdf = proposal_pdf(
        record, edition, by_district(record, wiring.plans.planner(record)), shapes, wiring.planning.prices(),
        office=wiring.office.name, regency=wiring.office.regency,
    )  # fmt: skip
    return _file(pdf, "application/pdf", f"usulan-{plan_id}.pdf")


@router.get("/agreement.pdf", response_class=Response)
def agreement(plan_id: str, person: SignedIn, context: InContext) -> Response:
    """The record of agreement; marked as a draft until the review is closed."""
    record = _record(context, person, plan_id)
    context.note(person, "rencana.berita_acara", "berhasil", {"rencana": plan_id, "revisi": record.revision})
    desk = context.wiring.plans
    spoken = {opinion.point for opinion in record.opinions} - set(record.years)
    why = {one.point: one.reason for one in desk.refused(record) if one.point in spoken} if spoken else {}
    losses = {point: desk.loss(record, point) for point in sorted(why)[:MOST_FORCED]}
    office = context.wiring.office
    pdf = agreement_pdf(record, desk.places(record), why, losses, office=office.name, regency=office.regency)
    return _file(pdf, "application/pdf", f"berita-acara-{plan_id}.pdf")


def _layer(context: Context, person: Person, plan_id: str, kind: str, media_type: str, ending: str) -> Response:
    record = _record(context, person, plan_id)
    data = layer_bytes(record, context.wiring.plans.places(record), kind)
    return _file(data, media_type, f"{plan_id}.{ending}")


def _record(context: Context, person: Person, plan_id: str) -> PlanRecord:
    context.allow(person, Action.SEE_PLAN, None, {"rencana": plan_id[:40]})
    return context.wiring.plans.plan(plan_id)


def _file(data: bytes, kind: str, name: str) -> Response:
    return Response(data, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})
