"""How plans travel: what the plan screen shows. Reasons come as code, figures and a sentence in both languages."""

from pydantic import BaseModel, Field

from ronda.app.http.plan_point_models import PointOut, point_out
from ronda.planning.agreement import Party
from ronda.planning.desk import PlanDesk
from ronda.planning.model import Candidate, Plan, Terms
from ronda.planning.promises import named
from ronda.planning.record import PlanRecord, PlanState
from ronda.planning.telling import trade_sentence
from ronda.planning.trade import Choice, Level, Trade, Work


class MoneyIn(BaseModel):
    source: str = Field(min_length=2, max_length=80)
    year: int = Field(ge=2000, le=2100)
    amount_idr: int = Field(ge=0, le=10**14)
    villages_only: bool = False


class PhaseIn(BaseModel):
    """Every candidate of this kind stands by the end of `by_year`."""

    kind: str = Field(max_length=40)
    by_year: int = Field(ge=2000, le=2100)


class PartyShareIn(BaseModel):
    """Of the points that this party asked for, `least` stand by the end of `by_year`."""

    party: Party
    least: int = Field(ge=1, le=10_000)
    by_year: int = Field(ge=2000, le=2100)


class RulesIn(BaseModel):
    """Promises between areas and parties; any may be absent.

    every_village_by: every village that has a candidate has a point by then; village_cap: most points of a village
    while some village has none; carry_over: a later year may spend what an earlier one left; availability: share
    of the time that a camera works, so that a second one counts too.
    """

    every_village_by: int | None = Field(default=None, ge=2000, le=2100)
    village_cap: int | None = Field(default=None, ge=1, le=1000)
    carry_over: bool = False
    availability: float | None = Field(default=None, ge=0.5, lt=1.0)
    parties: list[PartyShareIn] = Field(default_factory=list, max_length=4)


class TermsIn(BaseModel):
    """`years` in order; money by source and year; what everything standing may cost a year at most.

    `standing_first`: what stands already (`standing_idr` a year) is paid from this money before anything new.
    """

    years: list[int] = Field(min_length=1, max_length=10)
    money: list[MoneyIn] = Field(max_length=100)
    running_ceiling_idr: int = Field(ge=0, le=10**14)
    standing_idr: int = Field(default=0, ge=0, le=10**14)
    standing_first: bool = False
    phases: list[PhaseIn] = Field(default_factory=list, max_length=20)
    rules: RulesIn = Field(default_factory=RulesIn)


class PriceOut(BaseModel):
    kind: str
    build_cost_idr: int
    yearly_cost_idr: int
    reach_m: float
    source: str
    year: int


class InputsOut(BaseModel):
    """What a plan would be made of. `terms` None: nobody has entered a budget yet."""

    candidates: int
    cells: int
    prices: list[PriceOut]
    terms: TermsIn | None


class PlanIn(BaseModel):
    name: str = Field(min_length=3, max_length=120)
    terms: TermsIn | None = None


class BudgetIn(BaseModel):
    """`yearly_idr` is the money of the first year; all years and sources move in the same proportion.

    `further` asks for a better plan and a nearer proof, a few seconds later; it is of no use with `keep`.
    """

    yearly_idr: int = Field(ge=0, le=10**14)
    keep: bool = False
    further: bool = False
    revision: int | None = None


class RevisionIn(BaseModel):
    """The revision that the person saw."""

    revision: int


class AccountOut(BaseModel):
    year: int
    given_idr: int
    building_idr: int
    upkeep_idr: int
    running_idr: int
    points: int
    seen: float


class ReachOut(BaseModel):
    """Two promises side by side, in counts of twelve months: never one "crime reduction"."""

    incidents: int
    incidents_seen: int
    incidents_seen_before: int
    vehicle_thefts: int
    vehicle_thefts_seen: int
    vehicle_thefts_seen_before: int


class TheftsSeenOut(BaseModel):
    """Of the thefts of the back-test: within reach of a camera before, and with the plan."""

    before: int
    after: int
    total: int


class OpenHubOut(BaseModel):
    """A shared uplink that the plan opens; `points` take a port of it."""

    hub: str
    year: int
    build_idr: int
    yearly_idr: int
    points: int


class PlanOut(BaseModel):
    """An answer with its proof. `value`, `bound`: shares of what could be seen; `gap` between them.

    `base`: of a plan by RT, the plan above it. `of_today`: no candidate, incident or camera came or went since.
    """

    plan_id: str
    revision: int
    state: PlanState
    name: str
    area: str
    yearly_idr: int
    entered_yearly_idr: int
    years: list[int]
    running_ceiling_idr: int
    value: float
    bound: float
    gap: float
    points: list[PointOut]
    accounts: list[AccountOut]
    reach: ReachOut
    thefts: TheftsSeenOut
    left_out: int
    forced: list[str]
    forbidden: list[str]
    made_name: str
    made_us: int
    changed_us: int
    data_version: str
    of_today: bool
    hubs: list[OpenHubOut]
    base: str | None
    can_undo: bool
    refining: bool
    fault: str | None
    training: bool


class PlanLine(BaseModel):
    plan_id: str
    name: str
    state: PlanState
    made_name: str
    made_us: int
    yearly_idr: int
    value: float
    gap: float
    points: int


class LevelOut(BaseModel):
    yearly_idr: int
    value: float
    bound: float
    points: int


class CurveOut(BaseModel):
    """`least_idr`: the smallest money a year that keeps the promises; None when no share of it would."""

    least_idr: int | None
    levels: list[LevelOut]


class ChoiceIn(BaseModel):
    """`apply` False only asks what it would cost."""

    choice: Choice
    apply: bool = False
    revision: int


class NamedPoint(BaseModel):
    point: str
    name: str
    year: int | None


class TradeOut(BaseModel):
    """What a decision costs. `loss`: share of the value; `revision`: of the plan now."""

    point: str
    choice: Choice
    year: int | None
    cost_idr: int
    leaves: list[NamedPoint]
    enters: list[NamedPoint]
    loss: float
    id: str
    en: str
    applied: bool
    revision: int


def plan_out(
    desk: PlanDesk, record: PlanRecord, plan: Plan, scale: float, thefts: TheftsSeenOut, work: Work | None
) -> PlanOut:
    """`plan` may be a preview at another `scale` than the record's."""
    known = desk.places(record)
    names = {point: one.name for point, one in known.items()}
    total = max(plan.total, 1)
    first = record.terms.given_idr(record.terms.years[0])
    return PlanOut(
        plan_id=record.plan_id,
        revision=record.revision,
        state=record.state,
        name=record.name,
        area=record.area,
        yearly_idr=int(first * scale),
        entered_yearly_idr=first,
        years=list(record.terms.years),
        running_ceiling_idr=record.terms.running_ceiling_idr,
        value=plan.value / total,
        bound=plan.bound / total,
        gap=plan.gap,
        points=[point_out(one, known[one.point], total, names) for one in plan.chosen if one.point in known],
        accounts=[
            AccountOut(
                year=one.year,
                given_idr=one.given_idr,
                building_idr=one.building_idr,
                upkeep_idr=one.upkeep_idr,
                running_idr=one.running_idr,
                points=one.points,
                seen=one.seen / 1_000_000,
            )
            for one in plan.accounts
        ],
        reach=ReachOut(
            incidents=plan.reach.incidents,
            incidents_seen=plan.reach.incidents_seen,
            incidents_seen_before=plan.reach.incidents_seen_before,
            vehicle_thefts=plan.reach.vehicle_thefts,
            vehicle_thefts_seen=plan.reach.vehicle_thefts_seen,
            vehicle_thefts_seen_before=plan.reach.vehicle_thefts_seen_before,
        ),
        thefts=thefts,
        left_out=len(known) - len(plan.chosen),
        forced=list(record.terms.forced),
        forbidden=list(record.terms.forbidden),
        made_name=record.made_name,
        made_us=record.made_us,
        changed_us=record.changed_us,
        data_version=record.data_version,
        of_today=desk.is_of_today(record),
        hubs=[
            OpenHubOut(
                hub=one.hub, year=one.year, build_idr=one.build_idr, yearly_idr=one.yearly_idr, points=one.points
            )
            for one in plan.hubs
        ],
        base=record.terms.base or None,
        can_undo=bool(record.past),
        refining=bool(work and work.running),
        fault=work.fault if work else None,
        training=record.training,
    )


def plan_line(record: PlanRecord) -> PlanLine:
    first = record.terms.given_idr(record.terms.years[0])
    return PlanLine(
        plan_id=record.plan_id,
        name=record.name,
        state=record.state,
        made_name=record.made_name,
        made_us=record.made_us,
        yearly_idr=int(first * record.scale),
        value=record.plan.value / max(record.plan.total, 1),
        gap=record.plan.gap,
        points=len(record.plan.chosen),
    )


def curve_out(record: PlanRecord, levels: list[Level], least: float) -> CurveOut:
    first, total = record.terms.given_idr(record.terms.years[0]), max(record.plan.total, 1)
    return CurveOut(
        least_idr=named(first * least) if least < 1e6 else None,
        levels=[
            LevelOut(
                yearly_idr=int(first * one.scale),
                value=one.value / total,
                bound=one.bound / total,
                points=len(one.points),
            )
            for one in levels
        ],
    )


def trade_out(trade: Trade, known: dict[str, Candidate], record: PlanRecord, *, applied: bool) -> TradeOut:
    names = {point: one.name for point, one in known.items()}

    def named(points: tuple[str, ...], years: dict[str, int]) -> list[NamedPoint]:
        return [NamedPoint(point=one, name=names.get(one, one), year=years.get(one)) for one in points]

    return TradeOut(
        point=trade.point,
        choice=trade.choice,
        year=trade.year,
        cost_idr=trade.cost_idr,
        leaves=named(trade.leaves, record.years),
        enters=named(trade.enters, {}),
        loss=trade.loss,
        id=trade_sentence(
            names.get(trade.point, trade.point), trade.year, trade.cost_idr, [names[p] for p in trade.leaves],
            trade.loss, "id",
        ),
        en=trade_sentence(
            names.get(trade.point, trade.point), trade.year, trade.cost_idr, [names[p] for p in trade.leaves],
            trade.loss, "en",
        ),
        applied=applied,
        revision=record.revision,
    )  # fmt: skip


def terms_in(terms: Terms) -> TermsIn:
    return TermsIn(
        years=list(terms.years),
        money=[
            MoneyIn(source=m.source, year=m.year, amount_idr=m.amount_idr, villages_only=m.villages_only)
            for m in terms.money
        ],
        running_ceiling_idr=terms.running_ceiling_idr,
        standing_idr=terms.standing_idr,
        standing_first=terms.standing_first,
        phases=[PhaseIn(kind=phase.kind.value, by_year=phase.by_year) for phase in terms.phases],
        rules=RulesIn(
            every_village_by=terms.rules.every_village_by,
            village_cap=terms.rules.village_cap,
            carry_over=terms.rules.carry_over,
            availability=terms.rules.availability,
            parties=[
                PartyShareIn(party=Party(one.party), least=one.least, by_year=one.by_year)
                for one in terms.rules.parties
            ],
        ),
    )
