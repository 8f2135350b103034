"""How the joint review of a plan travels: opinions, the table of results, the closing."""

from pydantic import BaseModel, Field

from ronda.app.http.plan_point_models import ReasonOut, reason_out
from ronda.planning.agreement import Opinion, Party, Row, Stance
from ronda.planning.model import Reason
from ronda.planning.record import PlanState
from ronda.registry.model import SiteKind


class CandidateOut(BaseModel):
    point: str
    name: str
    kind: str
    area: str
    lat_deg: float
    lon_deg: float


class OpinionIn(BaseModel):
    """`name`, `office`: who spoke, when the planner takes the minutes; else the signed-in person's own."""

    party: Party
    stance: Stance
    point: str = Field(default="", max_length=63)
    reason: str = Field(max_length=300)
    name: str | None = Field(default=None, max_length=200)
    office: str | None = Field(default=None, max_length=200)
    revision: int


class NewPointIn(BaseModel):
    """A point that is no candidate yet; it is asked for with the same words as any other."""

    point_name: str = Field(max_length=80)
    kind: SiteKind
    lat_deg: float = Field(ge=-90, le=90)
    lon_deg: float = Field(ge=-180, le=180)
    party: Party
    reason: str = Field(max_length=300)
    name: str | None = Field(default=None, max_length=200)
    office: str | None = Field(default=None, max_length=200)
    revision: int


class OpinionOut(BaseModel):
    opinion_id: str
    party: Party
    stance: Stance
    point: str
    point_name: str
    name: str
    office: str
    reason: str
    at_us: int
    by_minutes: bool


class ResultRow(BaseModel):
    """Asked, planned, refused, why. `force_loss`: share of the value that forcing it in costs; None until asked."""

    point: str
    name: str
    asked: list[Party]
    accepted: list[Party]
    objected: list[Party]
    year: int | None
    agreed: bool
    why: ReasonOut | None
    force_loss: float | None


class ReviewOut(BaseModel):
    """`own_party` None: this person's office speaks for none; `missing`: parties that said nothing yet."""

    revision: int
    state: PlanState
    own_party: Party | None
    takes_minutes: bool
    opinions: list[OpinionOut]
    rows: list[ResultRow]
    missing: list[Party]
    agreed: list[str]
    agreed_us: int | None


class CloseIn(BaseModel):
    """Purpose and legal basis of every camera that the agreement puts into the register."""

    purpose: str = Field(max_length=200)
    legal_basis: str = Field(max_length=200)
    revision: int


def opinion_out(opinion: Opinion, names: dict[str, str], makers: set[str]) -> OpinionOut:
    return OpinionOut(
        opinion_id=opinion.opinion_id,
        party=opinion.party,
        stance=opinion.stance,
        point=opinion.point,
        point_name=names.get(opinion.point, opinion.point),
        name=opinion.name,
        office=opinion.office,
        reason=opinion.reason,
        at_us=opinion.at_us,
        by_minutes=opinion.recorded_by in makers,
    )


def result_row(row: Row, names: dict[str, str], why: Reason | None, force_loss: float | None) -> ResultRow:
    return ResultRow(
        point=row.point,
        name=names.get(row.point, row.point),
        asked=list(row.asked),
        accepted=list(row.accepted),
        objected=list(row.objected),
        year=row.year,
        agreed=row.agreed,
        why=reason_out(why, names) if why else None,
        force_loss=force_loss,
    )
