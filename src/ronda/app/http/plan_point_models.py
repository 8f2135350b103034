"""How points of a plan travel: chosen or left out, with the reason in figures and a sentence in both languages."""

from pydantic import BaseModel

from ronda.app.plan_files import paid_by
from ronda.planning.demand import shown_count
from ronda.planning.model import Aimed, Candidate, Chosen, Reason, Refused, Why
from ronda.planning.pricing import Item
from ronda.planning.telling import aim, sentence


class ReasonOut(BaseModel):
    why: Why
    thefts: str
    traffic: str
    requests: str
    others: list[str]
    by_year: int | None
    enters_at_idr: int | None
    id: str
    en: str


class AimedOut(BaseModel):
    """A camera of a chosen point: clockwise from north; `id`, `en` say it in words."""

    item: Item
    direction_deg: float
    view_deg: float
    range_m: float
    year: int
    build_idr: int
    yearly_idr: int
    id: str
    en: str


class PointOut(BaseModel):
    """A chosen point in buying order; `gain` is the share of everything that could be seen (0 to 1).

    Costs are with its cameras; `cameras` empty: one that looks all around.
    """

    point: str
    name: str
    kind: str
    area: str
    lat_deg: float
    lon_deg: float
    year: int
    order: int
    gain: float
    build_cost_idr: int
    yearly_cost_idr: int
    sources: list[tuple[str, int]]
    reason: ReasonOut
    cameras: list[AimedOut]
    hub: str


class LeftOutOut(BaseModel):
    """A point that is left out; `alone`: what it would add if it stood from the first year on."""

    point: str
    name: str
    kind: str
    area: str
    lat_deg: float
    lon_deg: float
    alone: float
    build_cost_idr: int
    reason: ReasonOut


def reason_out(reason: Reason, names: dict[str, str]) -> ReasonOut:
    return ReasonOut(
        why=reason.why,
        thefts=shown_count(reason.thefts),
        traffic=shown_count(reason.traffic),
        requests=shown_count(reason.requests),
        others=[names.get(other, other) for other in reason.others],
        by_year=reason.by_year,
        enters_at_idr=reason.enters_at_idr,
        id=sentence(reason, names, "id"),
        en=sentence(reason, names, "en"),
    )


def aimed_out(one: Aimed) -> AimedOut:
    return AimedOut(
        item=one.item,
        direction_deg=one.direction_deg,
        view_deg=one.view_deg,
        range_m=one.range_m,
        year=one.year,
        build_idr=one.build_idr,
        yearly_idr=one.yearly_idr,
        id=aim(one, "id"),
        en=aim(one, "en"),
    )


def point_out(chosen: Chosen, candidate: Candidate, total: int, names: dict[str, str]) -> PointOut:
    return PointOut(
        point=chosen.point,
        name=candidate.name,
        kind=candidate.kind.value,
        area=candidate.area,
        lat_deg=candidate.lat_deg,
        lon_deg=candidate.lon_deg,
        year=chosen.year,
        order=chosen.order,
        gain=chosen.gain / max(total, 1),
        build_cost_idr=chosen.build_idr(candidate.build_cost_idr),
        yearly_cost_idr=chosen.yearly_idr(candidate.yearly_cost_idr),
        sources=list(paid_by(chosen).items()),
        reason=reason_out(chosen.reason, names),
        cameras=[aimed_out(one) for one in chosen.cameras],
        hub=chosen.hub,
    )


def left_out(refused: Refused, candidate: Candidate, total: int, names: dict[str, str]) -> LeftOutOut:
    return LeftOutOut(
        point=refused.point,
        name=candidate.name,
        kind=candidate.kind.value,
        area=candidate.area,
        lat_deg=candidate.lat_deg,
        lon_deg=candidate.lon_deg,
        alone=refused.alone / max(total, 1),
        build_cost_idr=candidate.build_cost_idr,
        reason=reason_out(refused.reason, names),
    )
