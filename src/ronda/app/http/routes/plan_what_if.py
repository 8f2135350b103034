"""Questions to a plan that change nothing, and going back or on: what if, compare, undo, renew."""

from typing import Annotated

from fastapi import APIRouter, Query

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.plan_models import PlanOut, RevisionIn
from ronda.app.http.plan_what_if_models import (
    ComparisonOut,
    CutOut,
    DistrictOut,
    OtherPricesOut,
    PointWhyOut,
    comparison_out,
    cut_out,
    district_out,
    other_prices_out,
    why_out,
)
from ronda.app.http.routes.plan import at_revision, shown
from ronda.planning.comparison import by_district, compared
from ronda.planning.point_view import view_of
from ronda.planning.record import PlanRecord
from ronda.planning.what_if import at_prices, cut

router = APIRouter(prefix="/api/plans/{plan_id}", tags=["plan"])


@router.get("/compare/{other_id}")
def compare(plan_id: str, other_id: str, person: SignedIn, context: InContext) -> ComparisonOut:
    """Two plans side by side: points of one alone, of both, and those that move to another year."""
    record = _record(context, person, plan_id)
    other = context.wiring.plans.plan(other_id)
    known = {**context.wiring.plans.places(other), **context.wiring.plans.places(record)}
    return comparison_out(compared(record, other), record, other, known)


@router.get("/points/{point}")
def why(plan_id: str, point: str, person: SignedIn, context: InContext) -> PointWhyOut:
    """Why a point is built or not: what it sees, who sees that too, and a sentence that can be read out."""
    record = _record(context, person, plan_id)
    desk = context.wiring.plans
    planner = desk.planner(record)
    view = view_of(record, planner, point)
    reason = next((one.reason for one in record.plan.chosen if one.point == point), None)
    if reason is None:
        reason = next(one.reason for one in desk.refused(record) if one.point == point)
    names = {one.point: one.name for one in planner.question.candidates}
    items = planner.question.items
    return why_out(view, reason, record, names, items, desk.known_loss(record, point), desk.account(record, point))


@router.get("/districts")
def districts(plan_id: str, person: SignedIn, context: InContext) -> list[DistrictOut]:
    """What each district gets: points, money, share of its incidents within reach, villages served."""
    record = _record(context, person, plan_id)
    return [district_out(one) for one in by_district(record, context.wiring.plans.planner(record))]


@router.get("/prices")
def prices(
    plan_id: str, person: SignedIn, context: InContext, change: Annotated[float, Query(ge=-0.9, le=0.9)] = 0.25
) -> OtherPricesOut:
    """The plan with all prices changed: 0.25 is a quarter dearer. Which points stay, go and come."""
    record = _record(context, person, plan_id)
    edition = context.wiring.plans.edition(record)
    known = {one.point: one for one in edition.candidates}
    return other_prices_out(at_prices(record, edition, change), record, known)


@router.get("/cut")
def budget_cut(
    plan_id: str,
    person: SignedIn,
    context: InContext,
    year: int,
    cut_idr: Annotated[int, Query(ge=0, le=10**14)],
) -> CutOut:
    """The budget of a year is cut: what stops first, what goes on, and what is owed in any case."""
    record = _record(context, person, plan_id)
    known = {one.point: one for one in context.wiring.plans.edition(record).candidates}
    return cut_out(cut(record, known, year=year, cut_idr=cut_idr), record, known)


@router.post("/undo")
def undo(plan_id: str, body: RevisionIn, person: SignedIn, context: InContext) -> PlanOut:
    """Back to what the plan was before its last change."""
    context.allow(person, Action.MAKE_PLAN, None, {"rencana": plan_id[:40]})
    desk = context.wiring.plans
    record = at_revision(desk.plan(plan_id), body.revision)
    objects: dict[str, str | int] = {"rencana": plan_id, "revisi": record.revision}
    back = desk.undo(record, lambda _plan: context.note(person, "rencana.kembali", "berhasil", objects))
    return shown(context, back)


@router.post("/renew")
def renew(plan_id: str, body: RevisionIn, person: SignedIn, context: InContext) -> PlanOut:
    """The same terms and budget with today's data."""
    context.allow(person, Action.MAKE_PLAN, None, {"rencana": plan_id[:40]})
    desk = context.wiring.plans
    record = at_revision(desk.plan(plan_id), body.revision)
    objects: dict[str, str | int] = {"rencana": plan_id, "revisi": record.revision}
    fresh = desk.renew(record, lambda _plan: context.note(person, "rencana.diperbarui", "berhasil", objects))
    return shown(context, fresh)


def _record(context: Context, person: Person, plan_id: str) -> PlanRecord:
    context.allow(person, Action.SEE_PLAN, None, {"rencana": plan_id[:40]})
    return context.wiring.plans.plan(plan_id)
