"""The joint review: who accepts, objects or asks, what stands, and the agreement; and the back-test."""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from ronda.access.model import Person, Role
from ronda.access.policy import Action
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.plan_review_models import (
    CloseIn,
    NewPointIn,
    OpinionIn,
    ReviewOut,
    opinion_out,
    result_row,
)
from ronda.app.http.routes.areas import RAW_BODY, RowFaultOut, faults_out
from ronda.app.plan_cameras import enter_cameras
from ronda.cases.backtest import Seen, counts, unseen_cells
from ronda.cases.report_import import report_draft
from ronda.planning.agreement import Party, Stance, party_of, result
from ronda.planning.asked_point import asked_candidate
from ronda.planning.demand import HIDDEN_BELOW, shown_count
from ronda.planning.errors import PlanChangedError
from ronda.planning.model import Candidate
from ronda.planning.record import PlanRecord
from ronda.registry.errors import RegisterImportError

router = APIRouter(prefix="/api", tags=["plan"])


class DownOut(BaseModel):
    """A camera that was down when thefts happened within its reach."""

    camera: str
    name: str
    cause: str
    count: int


class CellOut(BaseModel):
    """Unseen thefts of one cell; `count` as shown: small ones only as "<3"."""

    lat_deg: float
    lon_deg: float
    count: str
    few: bool


class BacktestOut(BaseModel):
    """What became of each theft of the last twelve months; `seen` counts recorded and useful."""

    from_us: int
    to_us: int
    total: int
    not_reached: int
    down: int
    recorded: int
    useful: int
    from_cases: int
    from_list: int
    downs: list[DownOut]
    unseen: list[CellOut]
    training: bool


class ReportImportOut(BaseModel):
    rows: int
    ready: int
    committed: bool
    faults: list[RowFaultOut]


@router.get("/plans/{plan_id}/review")
def review(plan_id: str, person: SignedIn, context: InContext) -> ReviewOut:
    """Opinions in order, and the table "asked, planned, refused, why"."""
    context.allow(person, Action.SEE_PLAN, None, {"rencana": plan_id[:40]})
    return review_out(context, context.wiring.plans.plan(plan_id), person)


@router.post("/plans/{plan_id}/opinions", status_code=201)
def say(plan_id: str, body: OpinionIn, person: SignedIn, context: InContext) -> ReviewOut:
    """Accept, object or ask: by name, for an office, with a reason. The planner may take the minutes for others."""
    context.allow(person, Action.REVIEW_PLAN, None, {"rencana": plan_id[:40]})
    return review_out(context, _said(context, person, plan_id, body), person)


@router.post("/plans/{plan_id}/new-points", status_code=201)
def ask_for_new(plan_id: str, body: NewPointIn, person: SignedIn, context: InContext) -> ReviewOut:
    """Ask for a point that nobody listed: it becomes a candidate, and the plan answers when it is renewed."""
    context.allow(person, Action.REVIEW_PLAN, None, {"rencana": plan_id[:40]})
    desk = context.wiring.plans
    _at(desk.plan(plan_id), body.revision)
    candidate = asked_candidate(
        name=body.point_name,
        kind=body.kind,
        area=context.wiring.areas.village_at(body.lat_deg, body.lon_deg),
        lat_deg=body.lat_deg,
        lon_deg=body.lon_deg,
        party=body.party,
        prices=context.wiring.planning.prices(),
        items=context.wiring.plan_inputs.items(),
        known=desk.candidates(),
    )
    opinion = OpinionIn(
        party=body.party, stance=Stance.ASK, point=candidate.point, reason=body.reason, name=body.name,
        office=body.office, revision=body.revision,
    )  # fmt: skip
    record = _said(context, person, plan_id, opinion, candidate)
    return review_out(context, record, person)


@router.post("/plans/{plan_id}/agreement")
def close(plan_id: str, body: CloseIn, person: SignedIn, context: InContext) -> ReviewOut:
    """Close the review: points without an objection become planned cameras of the register."""
    context.allow(person, Action.MAKE_PLAN, None, {"rencana": plan_id[:40]})
    desk = context.wiring.plans
    record = _at(desk.plan(plan_id), body.revision)
    points = desk.to_agree(record)
    entries = enter_cameras(context.wiring.register, record, points, body.purpose, body.legal_basis)
    context.note(person, "rencana.disepakati", "berhasil", {"rencana": plan_id, "titik": len(points)})
    # Cameras first: if the plan changed meanwhile, closing it again finds them and adds none twice.
    context.wiring.register.add_cameras(entries)
    stored = desk.close(record, [one.point for one in points])
    return review_out(context, stored, person)


@router.get("/backtest")
def backtest(person: SignedIn, context: InContext) -> BacktestOut:
    """Would each theft have been seen? Counts, cameras that were down, and cells that nobody sees."""
    context.allow(person, Action.SEE_PLAN, None, {})
    back = context.wiring.looking_back
    verdicts, span = back.verdicts(), back.span()
    found = counts(verdicts)
    names = {entry.camera: entry.name for entry in context.wiring.register.cameras()}
    from_cases = sum(verdict.report.case_id is not None for verdict in verdicts)
    return BacktestOut(
        from_us=span.start_us,
        to_us=span.end_us,
        total=len(verdicts),
        not_reached=found[Seen.NOT_REACHED],
        down=found[Seen.DOWN],
        recorded=found[Seen.RECORDED],
        useful=found[Seen.USEFUL],
        from_cases=from_cases,
        from_list=len(verdicts) - from_cases,
        downs=[
            DownOut(
                camera=row.camera, name=names.get(row.camera, row.camera), cause=row.cause.value, count=row.count
            )
            for row in back.down_at_thefts()
        ],
        unseen=[
            CellOut(
                lat_deg=cell.lat_deg,
                lon_deg=cell.lon_deg,
                count=shown_count(cell.thefts),
                few=cell.thefts < HIDDEN_BELOW,
            )
            for cell in unseen_cells(verdicts, wide=True)
        ],
        training=any(verdict.report.training for verdict in verdicts),
    )


@router.post("/backtest/import", openapi_extra=RAW_BODY)
async def import_reports(
    request: Request,
    person: SignedIn,
    context: InContext,
    file_name: Annotated[str, Query(max_length=200)],
    commit: bool = False,
) -> ReportImportOut:
    """A list of police reports (number, kind, place, start, coordinates); with `commit`, whole or not at all."""
    context.allow(person, Action.MAKE_PLAN, None, {})
    data = await request.body()
    reports, faults, rows = report_draft(data, source=file_name, training=context.wiring.folder.training)
    if commit:
        if faults:
            raise RegisterImportError(file_name, faults)
        objects: dict[str, str | int] = {"berkas_sha256": sha256(data).hexdigest(), "baris": rows}
        context.note(person, "uji_balik.impor", "berhasil", objects)
        context.wiring.theft_reports.put(reports)
        context.wiring.looking_back.forget()
        context.wiring.plans.forget()
    return ReportImportOut(rows=rows, ready=len(reports), committed=commit, faults=faults_out(list(faults)))


def _said(
    context: Context, person: Person, plan_id: str, body: OpinionIn, candidate: Candidate | None = None
) -> PlanRecord:
    """Record an opinion, with the new point that it asks for if there is one. The log's entry comes first."""
    desk = context.wiring.plans
    record = _at(desk.plan(plan_id), body.revision)
    minutes = Role.PLANNER in person.roles
    objects: dict[str, str | int] = {
        "rencana": plan_id,
        "pihak": body.party.value,
        "pendapat": body.stance.value,
        "titik": body.point,
    }
    private = {"alasan": body.reason, "nama": (body.name or person.name) if minutes else person.name}

    def noted(_plan: str) -> None:
        context.note(person, "rencana.pendapat", "berhasil", objects, private=private)
        if candidate is not None:
            context.wiring.planning.put_candidates([candidate])
            desk.forget()

    return desk.say(
        record,
        person,
        party=body.party,
        stance=body.stance,
        point=body.point,
        reason=body.reason,
        name=(body.name or person.name) if minutes else person.name,
        office=(body.office or person.office) if minutes else person.office,
        takes_minutes=minutes,
        is_new=candidate is not None,
        noted=noted,
    )


def review_out(context: Context, record: PlanRecord, person: Person) -> ReviewOut:
    desk = context.wiring.plans
    names = {point: one.name for point, one in desk.candidates().items()}
    rows = result(record.opinions, record.years)
    open_points = {row.point for row in rows if row.year is None}
    why = {one.point: one.reason for one in desk.refused(record) if one.point in open_points} if open_points else {}
    makers = {one.person_id for one in context.wiring.people.all() if Role.PLANNER in one.roles}
    spoke = {opinion.party for opinion in record.opinions}
    return ReviewOut(
        revision=record.revision,
        state=record.state,
        own_party=party_of(person.office),
        takes_minutes=Role.PLANNER in person.roles,
        opinions=[opinion_out(one, names, set(makers)) for one in record.opinions],
        rows=[result_row(row, names, why.get(row.point), desk.known_loss(record, row.point)) for row in rows],
        missing=[party for party in Party if party not in spoke],
        agreed=list(record.agreed),
        agreed_us=record.agreed_us,
    )


def _at(record: PlanRecord, revision: int) -> PlanRecord:
    if revision != record.revision:
        raise PlanChangedError(record.plan_id)
    return record
