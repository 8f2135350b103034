"""A plan as it is kept: terms, answer, opinions, and where it stands. Values only."""

from dataclasses import dataclass
from enum import StrEnum

from ronda.core.ids import AreaCode, PersonId
from ronda.planning.agreement import Opinion
from ronda.planning.model import Plan, Terms

MOST_STEPS = 12  # that can be undone


class PlanState(StrEnum):
    DRAFT = "draft"
    AGREED = "agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """What a plan was before a change: enough to go back."""

    terms: Terms
    scale: float
    data_version: str
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord:
    """One plan from its making to the agreement.

    revision      grows with each stored change; a change built on an older one is refused
    terms         with the money as entered; `scale` is where the slider stands
    data_version  the edition (`edition.Edition`) that it was made from
    plan          without its refused points: they are explained afresh when asked for
    agreed        points that became planned cameras
    past          what it was before its last changes, the newest last
    """

    plan_id: str
    revision: int
    state: PlanState
    name: str
    area: AreaCode
    terms: Terms
    scale: float
    data_version: str
    plan: Plan
    made_by: PersonId
    made_name: str
    made_us: int
    changed_us: int
    opinions: tuple[Opinion, ...] = ()
    agreed: tuple[str, ...] = ()
    agreed_us: int | None = None
    training: bool = False
    past: tuple[PlanStep, ...] = ()

    @property
    def step(self) -> PlanStep:
        """As it stands."""
        return PlanStep(terms=self.terms, scale=self.scale, data_version=self.data_version, plan=self.plan)

    @property
    def years(self) -> dict[str, int]:
        """Planned points with their year."""
        return {chosen.point: chosen.year for chosen in self.plan.chosen}
