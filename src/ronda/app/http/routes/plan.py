"""Plans: inputs, the first answer, the slider, the curve, decisions on points."""

from typing import Annotated

from fastapi import APIRouter, Query

from ronda.access.policy import Action
from ronda.app.http.context import Context, InContext, SignedIn
from ronda.app.http.plan_models import (
    BudgetIn,
    ChoiceIn,
    CurveOut,
    InputsOut,
    PlanIn,
    PlanLine,
    PlanOut,
    PriceOut,
    TermsIn,
    TheftsSeenOut,
    TradeOut,
    curve_out,
    plan_line,
    plan_out,
    terms_in,
    trade_out,
)
from ronda.app.http.plan_point_models import LeftOutOut, left_out
from ronda.app.http.plan_review_models import CandidateOut
from ronda.cases.backtest import with_points
from ronda.planning.errors import ContradictoryTermsError, PlanChangedError
from ronda.planning.model import Money, PartyShare, Phase, Plan, Rules, Terms
from ronda.planning.record import PlanRecord
from ronda.registry.model import SiteKind

router = APIRouter(prefix="/api/plans", tags=["plan"])
MOST_FOUND = 40


@router.get("")
def plans(person: SignedIn, context: InContext) -> list[PlanLine]:
    """Every plan, newest first."""
    context.allow(person, Action.SEE_PLAN, None, {})
    return [plan_line(record) for record in context.wiring.plans.plans()]


@router.get("/inputs")
def inputs(person: SignedIn, context: InContext) -> InputsOut:
    """What the next plan would be made of: how many points and cells, which prices and budgets."""
    context.allow(person, Action.SEE_PLAN, None, {})
    store = context.wiring.planning
    terms = store.terms()
    return InputsOut(
        candidates=len(store.candidates()),
        cells=len(store.cells()),
        prices=[
            PriceOut(
                kind=one.kind.value,
                build_cost_idr=one.build_cost_idr,
                yearly_cost_idr=one.yearly_cost_idr,
                reach_m=one.reach_m,
                source=one.source,
                year=one.year,
            )
            for one in store.prices()
        ],
        terms=terms_in(terms) if terms else None,
    )


@router.put("/terms", status_code=204)
def put_terms(body: TermsIn, person: SignedIn, context: InContext) -> None:
    """Budgets, ceiling and promises that new plans begin with."""
    context.allow(person, Action.MAKE_PLAN, None, {})
    terms = terms_of(body)
    context.note(person, "rencana.ketentuan", "berhasil", {"tahun": terms.years[0]})
    context.wiring.planning.put_terms(terms)


@router.get("/candidates")
def candidates(
    person: SignedIn, context: InContext, q: Annotated[str, Query(max_length=80)] = ""
) -> list[CandidateOut]:
    """Points whose name or number holds the words; at most forty."""
    context.allow(person, Action.SEE_PLAN, None, {})
    words = q.casefold().split()
    found = [
        one
        for one in context.wiring.plans.candidates().values()
        if all(word in f"{one.name} {one.point}".casefold() for word in words)
    ]
    return [
        CandidateOut(
            point=one.point, name=one.name, kind=one.kind.value, area=one.area,
            lat_deg=one.lat_deg, lon_deg=one.lon_deg,
        )
        for one in found[:MOST_FOUND]
    ]  # fmt: skip


@router.post("", status_code=201)
def make(body: PlanIn, person: SignedIn, context: InContext) -> PlanOut:
    """Make a plan: answered at once with its proof, then refined behind."""
    context.allow(person, Action.MAKE_PLAN, None, {})
    terms = terms_of(body.terms) if body.terms else context.wiring.planning.terms()
    if terms is None:
        raise ContradictoryTermsError("no budget was entered yet. Next: enter years, money and ceiling")
    record = context.wiring.plans.make(
        body.name, terms, person, lambda made: context.note(person, "rencana.dibuat", "berhasil", {"rencana": made})
    )
    return shown(context, record)


@router.get("/{plan_id}")
def plan(plan_id: str, person: SignedIn, context: InContext) -> PlanOut:
    """One plan as it stands; `refining` while a better one is still looked for."""
    context.allow(person, Action.SEE_PLAN, None, {"rencana": plan_id[:40]})
    desk = context.wiring.plans
    work = desk.work(plan_id)
    if work is None or not work.running:  # a screen asks again and again while it runs
        desk.forget()
    return shown(context, desk.plan(plan_id))


@router.get("/{plan_id}/left-out")
def refused(plan_id: str, person: SignedIn, context: InContext) -> list[LeftOutOut]:
    """Every point that the plan leaves out, and why; those that would add most come first."""
    context.allow(person, Action.SEE_PLAN, None, {"rencana": plan_id[:40]})
    desk = context.wiring.plans
    record = desk.plan(plan_id)
    known = desk.places(record)
    names = {point: one.name for point, one in known.items()}
    rows = sorted(desk.refused(record), key=lambda one: (-one.alone, one.point))
    return [left_out(one, known[one.point], record.plan.total, names) for one in rows if one.point in known]


@router.get("/{plan_id}/curve")
def curve(plan_id: str, person: SignedIn, context: InContext) -> CurveOut:
    """Value and bound by money, as far as it is drawn; and the smallest money that keeps the promises."""
    context.allow(person, Action.SEE_PLAN, None, {"rencana": plan_id[:40]})
    desk = context.wiring.plans
    record = desk.plan(plan_id)
    return curve_out(record, desk.curve(record), desk.least_scale(record))


@router.post("/{plan_id}/budget")
def budget(plan_id: str, body: BudgetIn, person: SignedIn, context: InContext) -> PlanOut:
    """The slider: the plan at another budget, at once; with `keep` it is stored and refined."""
    context.allow(person, Action.MAKE_PLAN if body.keep else Action.SEE_PLAN, None, {"rencana": plan_id[:40]})
    desk = context.wiring.plans
    record = desk.plan(plan_id)
    first = record.terms.given_idr(record.terms.years[0])
    scale = body.yearly_idr / first if first else 0.0
    if body.keep:
        objects: dict[str, str | int] = {"rencana": plan_id, "rupiah": body.yearly_idr}
        stored = desk.move(
            at_revision(record, body.revision),
            scale,
            lambda _plan: context.note(person, "rencana.anggaran", "berhasil", objects),
        )
        return shown(context, stored)
    return shown(context, record, desk.preview(record, scale, further=body.further), scale)


@router.post("/{plan_id}/points/{point}")
def decide(plan_id: str, point: str, body: ChoiceIn, person: SignedIn, context: InContext) -> TradeOut:
    """Force a point in, keep it out, or free it: what that costs; with `apply` it is done."""
    context.allow(person, Action.MAKE_PLAN if body.apply else Action.SEE_PLAN, None, {"rencana": plan_id[:40]})
    desk = context.wiring.plans
    record = at_revision(desk.plan(plan_id), body.revision)
    trade, act = desk.decide(record, point, body.choice)
    known = desk.places(record)
    shown_trade = trade_out(trade, known, record, applied=body.apply)
    if not body.apply:
        return shown_trade
    objects: dict[str, str | int] = {"rencana": plan_id, "titik": point, "pilihan": body.choice.value}
    context.note(person, "rencana.titik", "berhasil", objects)
    return shown_trade.model_copy(update={"revision": act().revision})


@router.post("/{plan_id}/rt", status_code=201)
def make_below(plan_id: str, body: PlanIn, person: SignedIn, context: InContext) -> PlanOut:
    """A plan by RT below this one: its points stand, and what it leaves is spent so that every RT is in view."""
    context.allow(person, Action.MAKE_PLAN, None, {"rencana": plan_id[:40]})
    desk = context.wiring.plans
    units = context.wiring.plan_inputs.units()
    record = desk.make_below(
        body.name, desk.plan(plan_id), units, person,
        lambda made: context.note(person, "rencana.dibuat", "berhasil", {"rencana": made, "di_bawah": plan_id}),
    )  # fmt: skip
    return shown(context, record)


@router.post("/{plan_id}/stop", status_code=204)
def stop(plan_id: str, person: SignedIn, context: InContext) -> None:
    """End the refinement; the best so far is kept."""
    context.allow(person, Action.MAKE_PLAN, None, {"rencana": plan_id[:40]})
    context.wiring.plans.stop(context.wiring.plans.plan(plan_id).plan_id)


def shown(context: Context, record: PlanRecord, plan: Plan | None = None, scale: float | None = None) -> PlanOut:
    """The record, or a preview of it."""
    desk = context.wiring.plans
    plan = plan or record.plan
    known = desk.places(record)
    places = [
        (one.lat_deg, one.lon_deg, *sight)
        for chosen in plan.chosen
        if (one := known.get(chosen.point)) is not None
        for sight in [(aimed.range_m, aimed.direction_deg, aimed.view_deg) for aimed in chosen.cameras]
        or [(one.reach_m, 0.0, 360.0)]
    ]
    change = with_points(context.wiring.looking_back.verdicts(), places)
    thefts = TheftsSeenOut(before=change.before, after=change.after, total=change.total)
    return plan_out(desk, record, plan, record.scale if scale is None else scale, thefts, desk.work(record.plan_id))


def at_revision(record: PlanRecord, revision: int | None) -> PlanRecord:
    """The record if the person saw its newest revision. Raises PlanChangedError."""
    if revision is not None and revision != record.revision:
        raise PlanChangedError(record.plan_id)
    return record


def terms_of(body: TermsIn) -> Terms:
    kinds = {kind.value for kind in SiteKind}
    for phase in body.phases:
        if phase.kind not in kinds:
            raise ContradictoryTermsError(
                f"no such kind of place: {phase.kind}. Next: one of {', '.join(sorted(kinds))}"
            )
    for money in body.money:
        if money.year not in body.years:
            raise ContradictoryTermsError(
                f"{money.source} has money for {money.year}, which is no year of the plan"
            )
    return Terms(
        years=tuple(body.years),
        money=tuple(
            Money(source=m.source, year=m.year, amount_idr=m.amount_idr, villages_only=m.villages_only)
            for m in body.money
        ),
        running_ceiling_idr=body.running_ceiling_idr,
        standing_idr=body.standing_idr,
        standing_first=body.standing_first,
        phases=tuple(Phase(kind=SiteKind(phase.kind), by_year=phase.by_year) for phase in body.phases),
        rules=Rules(
            every_village_by=body.rules.every_village_by,
            village_cap=body.rules.village_cap,
            carry_over=body.rules.carry_over,
            availability=body.rules.availability,
            parties=tuple(
                PartyShare(party=one.party.value, least=one.least, by_year=one.by_year)
                for one in body.rules.parties
            ),
        ),
    )
