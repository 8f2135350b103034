"""The joint review of a plan as use cases: an opinion is recorded, points are agreed, the review is closed.

Who may say what is `agreement`. Invariant: an opinion is stored on the revision it was read at.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace

from ronda.access.model import Person
from ronda.core.ids import new_id
from ronda.core.time import Clock
from ronda.planning import agreement
from ronda.planning.agreement import Opinion, Party, Stance, party_of
from ronda.planning.model import Candidate
from ronda.planning.ports import PlanStore
from ronda.planning.record import PlanRecord, PlanState

Noted = Callable[[str], object]  # writes the log's entry for the plan of this number


class ReviewDesk(ABC):
    """What the desk of plans does with opinions."""

    def __init__(self, store: PlanStore, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def candidates(self) -> dict[str, Candidate]:
        return {one.point: one for one in self._store.candidates()}

    @abstractmethod
    def stop(self, plan_id: str) -> None:
        """End the refinement; the best so far is kept."""

    def say(
        self,
        record: PlanRecord,
        person: Person,
        *,
        party: Party,
        stance: Stance,
        point: str,
        reason: str,
        name: str,
        office: str,
        takes_minutes: bool,
        noted: Noted,
        is_new: bool = False,
    ) -> PlanRecord:
        """Record an opinion; `is_new`: of a point that becomes a candidate with it.

        Raises ReviewRefusedError, PlanChangedError.
        """
        opinion = Opinion(
            opinion_id=new_id("op"),
            party=party,
            stance=stance,
            point=point,
            name=name.strip(),
            office=office.strip(),
            reason=reason.strip(),
            recorded_by=person.person_id,
            at_us=self._clock.now_us(),
        )
        agreement.check(
            opinion,
            own_party=party_of(person.office),
            takes_minutes=takes_minutes,
            known=is_new or point == agreement.WHOLE_PLAN or point in self.candidates(),
            closed=record.state is PlanState.AGREED,
        )
        noted(record.plan_id)
        return self._store.save_plan(
            replace(record, opinions=(*record.opinions, opinion), changed_us=opinion.at_us)
        )

    def to_agree(self, record: PlanRecord) -> list[Candidate]:
        """The points that become planned cameras when the review is closed now. Raises ReviewRefusedError."""
        agreement.check_closing(record.opinions, closed=record.state is PlanState.AGREED)
        known = self.candidates()
        points = agreement.agreed_points(record.opinions, [chosen.point for chosen in record.plan.chosen])
        return [known[point] for point in points if point in known]

    def close(self, record: PlanRecord, points: Sequence[str]) -> PlanRecord:
        """The plan is agreed, with these points. Raises PlanChangedError."""
        self.stop(record.plan_id)
        now_us = self._clock.now_us()
        return self._store.save_plan(
            replace(record, state=PlanState.AGREED, agreed=tuple(points), agreed_us=now_us, changed_us=now_us)
        )
