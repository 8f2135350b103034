"""The use cases of the planner: make a plan, move its budget, decide on points, hear the parties, close.

Solving never runs in the caller's event loop: quick answers are computed in the calling thread (a
fraction of a second), refinement in a thread of its own that keeps the best and stops when told.
Invariants: what is stored keeps every row of the model; a stored plan changes only from the revision it
was read at; a plan that is agreed changes no more.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from ronda.access.model import Person
from ronda.core.ids import AreaCode, new_id
from ronda.core.time import Clock
from ronda.planning.below import edition_below, terms_below
from ronda.planning.curve import Curves
from ronda.planning.edition import Edition
from ronda.planning.errors import (
    BudgetTooSmallError,
    ContradictoryTermsError,
    EditionError,
    NoSuchPlanError,
    NothingToUndoError,
    PlanChangedError,
    RunningCostTooHighError,
)
from ronda.planning.explain import described
from ronda.planning.model import Candidate, Plan, Refused, Terms
from ronda.planning.planners import Planners
from ronda.planning.ports import PlanStore, Surroundings
from ronda.planning.pricing import PriceItem
from ronda.planning.record import MOST_STEPS, PlanRecord, PlanState
from ronda.planning.review_desk import Noted, ReviewDesk
from ronda.planning.solve import Planner, Solved, scaled_terms
from ronda.planning.surface import Unit
from ronda.planning.trade import (
    Choice,
    Level,
    Trade,
    Work,
    as_solved,
    checked_scale,
    number_of,
    trade_of,
    with_choice,
    years_of,
)

REFINE_S: Final = 6.0
_TRADE_S: Final = 1.0
_FURTHER_S: Final = 3.0


class PlanDesk(ReviewDesk):
    """One for the whole process."""

    def __init__(
        self, store: PlanStore, around: Surroundings, clock: Clock, *, region: AreaCode, training: bool
    ) -> None:
        super().__init__(store, clock)
        self._region, self._training = region, training
        self._planners = Planners(store, around)
        self._curves = Curves()
        self._work: dict[str, Work] = {}
        self._losses: dict[tuple[str, int, str], float] = {}
        self._lock = threading.Lock()

    # -- reading ---------------------------------------------------------------------------------

    def plans(self) -> Sequence[PlanRecord]:
        return self._store.plans()

    def plan(self, plan_id: str) -> PlanRecord:
        """Raises NoSuchPlanError."""
        record = self._store.plan(plan_id)
        if record is None:
            raise NoSuchPlanError(plan_id)
        return record

    def work(self, plan_id: str) -> Work | None:
        return self._work.get(plan_id)

    def edition(self, record: PlanRecord) -> Edition:
        """The data that the plan was made from. Raises EditionError."""
        return self._planners.edition(record.data_version)

    def planner(self, record: PlanRecord) -> Planner:
        """The question of a stored plan, compiled. Raises EditionError."""
        return self._planners.at(record)

    def account(self, record: PlanRecord, point: str) -> float:
        """What the point would see for what it costs, at the prices of the bound; 1 and more: worth its money."""
        planner = self._planners.at(record)
        return float(planner.accounts(record.scale).ratio[number_of(planner, point)])

    def places(self, record: PlanRecord) -> dict[str, Candidate]:
        """Its candidates; those of today where its own data were not kept."""
        try:
            return {one.point: one for one in self.edition(record).candidates}
        except EditionError:
            return self.candidates()

    def items(self, record: PlanRecord) -> tuple[PriceItem, ...]:
        """The price list of things that it was made from; none where its own data were not kept."""
        try:
            return self.edition(record).items
        except EditionError:
            return ()

    def is_of_today(self, record: PlanRecord) -> bool:
        """Was it made from the data as they were when last read (`forget`)?"""
        if record.terms.base:  # its data are those of the plan above it
            return True
        return self._planners.today(record.terms.shares).name == record.data_version

    def refused(self, record: PlanRecord) -> tuple[Refused, ...]:
        """Every point left out, with its reason; from the curve, the money from which it would be in."""
        self.curve(record)
        planner = self._planners.at(record)
        plan = described(planner, as_solved(planner, record), scaled_terms(record.terms, record.scale))
        return self._curves.with_entry(plan.refused, record)

    def curve(self, record: PlanRecord) -> list[Level]:
        """What is computed so far, by money. Filled behind the first answer; here, when that ended unfilled."""
        work = self._work.get(record.plan_id)
        if work is None or not work.running:
            self._draw_curve(record, self._planners.at(record), Work())
        return self._curves.levels(record)

    def least_scale(self, record: PlanRecord) -> float:
        return self._planners.at(record).least_scale

    # -- making ----------------------------------------------------------------------------------

    def make(self, name: str, terms: Terms, person: Person, noted: Noted) -> PlanRecord:
        """A new plan, answered at once and refined behind. `noted` writes the log's entry before it is stored.

        Raises BudgetTooSmallError, RunningCostTooHighError, ContradictoryTermsError, UnknownPointError.
        """
        self._planners.forget()
        planner = self._planners.of(terms)
        if not planner.question.candidates:
            raise ContradictoryTermsError("there is no candidate point. Next: import a list of points")
        return self._made(name, terms, planner, self._kept_edition(terms), person, noted)

    def make_below(
        self, name: str, record: PlanRecord, units: tuple[Unit, ...], person: Person, noted: Noted
    ) -> PlanRecord:
        """A plan by RT with what another plan leaves. Raises ContradictoryTermsError."""
        terms = terms_below(record)
        edition = edition_below(record, self.edition(record), units)
        if not edition.candidates:
            raise ContradictoryTermsError("every candidate point is planned already. Next: import more of them")
        self._planners.keep(edition)
        return self._made(name, terms, self._planners.with_data(terms, edition), edition.name, person, noted)

    def _made(
        self, name: str, terms: Terms, planner: Planner, edition: str, person: Person, noted: Noted
    ) -> PlanRecord:
        solved = planner.quick()
        now_us = self._clock.now_us()
        record = PlanRecord(
            plan_id=new_id("plan"),
            revision=1,
            state=PlanState.DRAFT,
            name=name,
            area=self._region,
            terms=terms,
            scale=1.0,
            data_version=edition,
            plan=replace(described(planner, solved, terms), refused=()),
            made_by=person.person_id,
            made_name=person.name,
            made_us=now_us,
            changed_us=now_us,
            training=self._training,
        )
        noted(record.plan_id)
        self._store.add_plan(record)
        self._refine_behind(record, planner, solved)
        return record

    def preview(self, record: PlanRecord, scale: float, *, further: bool = False) -> Plan:
        """The slider: the plan at another budget, at once and not stored. Raises BudgetTooSmallError.

        further  asked again when the slider rests: a better plan and a nearer proof, a moment later
        """
        planner = self._planners.at(record)
        scale = checked_scale(scale)
        solved = planner.at_once(scale)
        if further:
            solved = planner.refined(solved, longest_s=_FURTHER_S, now_s=self._now_s)
        self._curves.remember(record, scale, planner, solved)
        plan = described(planner, solved, scaled_terms(record.terms, scale))
        return replace(plan, refused=self._curves.with_entry(plan.refused, record))

    def move(self, record: PlanRecord, scale: float, noted: Noted) -> PlanRecord:
        """Keep another budget. Raises PlanChangedError, BudgetTooSmallError."""
        self._open(record)
        planner = self._planners.at(record)
        scale = checked_scale(scale)
        solved = planner.quick(scale)
        noted(record.plan_id)
        return self._store_answer(record, record.terms, scale, planner, solved)

    def renew(self, record: PlanRecord, noted: Noted) -> PlanRecord:
        """The same terms and budget with today's data. Raises PlanChangedError, BudgetTooSmallError."""
        self._open(record)
        if record.terms.base:
            raise ContradictoryTermsError("a plan by RT is made anew from the plan above it")
        self._planners.forget()
        planner = self._planners.of(record.terms)
        solved = planner.quick(record.scale)
        noted(record.plan_id)
        edition = self._kept_edition(record.terms)
        return self._store_answer(record, record.terms, record.scale, planner, solved, edition)

    def undo(self, record: PlanRecord, noted: Noted) -> PlanRecord:
        """Back to what the plan was before its last change. Raises PlanChangedError, NothingToUndoError."""
        self._open(record)
        if not record.past:
            raise NothingToUndoError(record.plan_id)
        noted(record.plan_id)
        self.stop(record.plan_id)
        before = record.past[-1]
        return self._store.save_plan(
            replace(
                record,
                terms=before.terms,
                scale=before.scale,
                data_version=before.data_version,
                plan=before.plan,
                past=record.past[:-1],
                changed_us=self._clock.now_us(),
            )
        )

    def decide(self, record: PlanRecord, point: str, choice: Choice) -> tuple[Trade, Callable[[], PlanRecord]]:
        """What forcing a point in, or keeping it out, costs; and the act itself, to be called or not."""
        self._open(record)
        terms = with_choice(record.terms, point, choice)
        before = self._planners.at(record)
        planner = self._planners.at(record, terms)
        number = number_of(planner, point)
        old = years_of(before, record)
        solved = planner.quick(record.scale)
        if choice is Choice.FORCE:
            solved = planner.beside(solved, old, number)
        solved = planner.refined(solved, longest_s=_TRADE_S, now_s=self._now_s)
        trade = trade_of(record, planner, solved, old, number, choice)
        if choice is Choice.FORCE:
            self._losses[record.plan_id, record.revision, point] = trade.loss
        return trade, lambda: self._store_answer(record, terms, record.scale, planner, solved)

    def known_loss(self, record: PlanRecord, point: str) -> float | None:
        """What forcing this point in would cost this plan, if somebody asked already."""
        return self._losses.get((record.plan_id, record.revision, point))

    def loss(self, record: PlanRecord, point: str) -> float | None:
        """The same, found now if need be; None when the promises leave no room for it."""
        known = self.known_loss(record, point)
        if known is not None or record.state is PlanState.AGREED:
            return known
        try:
            trade, _act = self.decide(record, point, Choice.FORCE)
        except (BudgetTooSmallError, ContradictoryTermsError, RunningCostTooHighError):
            return None
        return trade.loss

    def stop(self, plan_id: str) -> None:
        """End the refinement; the best so far is kept."""
        work = self._work.get(plan_id)
        if work is not None:
            work.stop.set()

    def stop_all(self) -> None:
        """End every refinement; the process can go as soon as their last steps are done."""
        for work in list(self._work.values()):
            work.stop.set()

    # -- inside ----------------------------------------------------------------------------------

    def _now_s(self) -> float:
        return self._clock.monotonic_us() / 1e6

    def _open(self, record: PlanRecord) -> None:
        if record.state is PlanState.AGREED:
            raise PlanChangedError(record.plan_id)

    def forget(self) -> None:
        """Data changed: read them anew when next asked."""
        self._planners.forget()

    def _kept_edition(self, terms: Terms) -> str:
        edition = self._planners.today(terms.shares)
        self._planners.keep(edition)
        return edition.name

    def _store_answer(
        self,
        record: PlanRecord,
        terms: Terms,
        scale: float,
        planner: Planner,
        solved: Solved,
        edition: str | None = None,
    ) -> PlanRecord:
        self.stop(record.plan_id)
        plan = described(planner, solved, scaled_terms(terms, scale))
        stored = self._store.save_plan(
            replace(
                record,
                terms=terms,
                scale=scale,
                plan=replace(plan, refused=()),
                past=(*record.past, record.step)[-MOST_STEPS:],
                data_version=edition or record.data_version,
                changed_us=self._clock.now_us(),
            )
        )
        self._refine_behind(stored, planner, solved)
        return stored

    def _refine_behind(self, record: PlanRecord, planner: Planner, solved: Solved) -> None:
        work = Work(value=solved.value, bound=solved.bound)
        self._work[record.plan_id] = work
        self._curves.remember(record, record.scale, planner, solved)
        threading.Thread(
            target=self._refine, args=(record, planner, solved, work), name="plan-refine", daemon=False
        ).start()  # a solver torn down in mid-step takes the process with it

    def _refine(self, record: PlanRecord, planner: Planner, solved: Solved, work: Work) -> None:
        def tell(step: Solved) -> None:
            work.value, work.bound = step.value, step.bound

        try:
            better = planner.refined(
                solved, longest_s=REFINE_S, now_s=self._now_s, stop=work.stop.is_set, tell=tell
            )
            if (better.value, better.bound) != (solved.value, solved.bound):
                self._keep_better(record, planner, better)
            self._draw_curve(record, planner, work)
        except Exception as fault:  # a thread's boundary: told with the plan, which stays as it was
            work.fault = f"{type(fault).__name__}: {fault}"
            raise
        finally:
            work.running = False

    def _keep_better(self, record: PlanRecord, planner: Planner, better: Solved) -> None:
        """Onto the newest revision, if only opinions came in since."""
        for _ in range(3):
            now = self._store.plan(record.plan_id)
            same = now is not None and (now.terms, now.scale) == (record.terms, record.scale)
            if now is None or not same or now.state is PlanState.AGREED:
                return
            plan = described(planner, better, scaled_terms(record.terms, record.scale))
            try:
                self._store.save_plan(replace(now, plan=replace(plan, refused=())))
            except PlanChangedError:
                continue
            self._curves.remember(record, record.scale, planner, better)
            return

    def _draw_curve(self, record: PlanRecord, planner: Planner, work: Work) -> None:
        for scale in self._curves.missing(record, planner):
            if work.stop.is_set():
                return
            self._curves.remember(record, scale, planner, planner.quick(scale))
