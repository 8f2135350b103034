"""How comparisons and what-ifs of a plan travel."""

import math
from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel

from ronda.app.http.plan_models import NamedPoint
from ronda.app.http.plan_point_models import AimedOut, aimed_out
from ronda.planning.comparison import Comparison, DistrictShare
from ronda.planning.demand import shown_count
from ronda.planning.model import Candidate, Reason
from ronda.planning.point_view import PointView, read_out
from ronda.planning.pricing import Item, PriceItem
from ronda.planning.record import PlanRecord
from ronda.planning.what_if import Cut, OtherPrices
from ronda.registry.areas import area_name


class PlacedPoint(NamedPoint):
    """A point with its place; `other_year`: in the other plan."""

    lat_deg: float
    lon_deg: float
    other_year: int | None = None


class SeerOut(BaseModel):
    point: str
    name: str
    year: int
    incidents: str


class CostPartOut(BaseModel):
    """One line of what a point costs; the sums are for all of `number`."""

    item: Item
    number: int
    build_idr: int
    low_idr: int
    high_idr: int
    yearly_idr: int
    source: str
    year: int


class PointWhyOut(BaseModel):
    """One point: built or not and why, what it sees, who sees it too; `id`, `en` can be read out.

    `parts`: the sum behind its cost, empty where the cost was given whole. `worth_for_cost`: what it would see for
    what it costs, at the prices that prove the plan: 1 and more is worth its money; None: money has no price there,
    since all of it suffices.
    """

    point: str
    name: str
    year: int | None
    build_cost_idr: int
    parts: list[CostPartOut]
    cameras: list[AimedOut]
    incidents: str
    by_standing: str
    only_here: str
    seers: list[SeerOut]
    enters_at_idr: int | None
    force_loss: float | None
    worth_for_cost: float | None
    id: str
    en: str


class ComparisonOut(BaseModel):
    """Two plans: what each has alone, what both have, and what moves to another year."""

    name: str
    other_name: str
    value: float
    other_value: float
    money_idr: int
    other_money_idr: int
    only: list[PlacedPoint]
    only_other: list[PlacedPoint]
    moved: list[PlacedPoint]
    both: list[PlacedPoint]


class DistrictOut(BaseModel):
    """What a district gets; `seen_share` None: nothing was counted there."""

    area: str
    name: str
    points: int
    build_cost_idr: int
    seen_share: float | None
    villages: int
    villages_served: int


class OtherPricesOut(BaseModel):
    """The plan at other prices: `change` 0.25 is a quarter dearer; values as shares of what could be seen."""

    change: float
    value: float
    bound: float
    kept: list[NamedPoint]
    lost: list[NamedPoint]
    gained: list[NamedPoint]


class CutOut(BaseModel):
    """A cut in the middle of a year: what stops first, what goes on, what is owed whatever is cut."""

    year: int
    cut_idr: int
    stops: list[NamedPoint]
    goes_on: list[NamedPoint]
    saved_idr: int
    owed_idr: int
    short_idr: int


def comparison_out(
    found: Comparison, record: PlanRecord, other: PlanRecord, known: Mapping[str, Candidate]
) -> ComparisonOut:
    mine, theirs = record.years, other.years

    def placed(points: Iterable[str]) -> list[PlacedPoint]:
        return [
            PlacedPoint(
                point=point,
                name=known[point].name,
                year=mine.get(point),
                other_year=theirs.get(point),
                lat_deg=known[point].lat_deg,
                lon_deg=known[point].lon_deg,
            )
            for point in points
            if point in known
        ]

    return ComparisonOut(
        name=record.name,
        other_name=other.name,
        value=record.plan.value / max(record.plan.total, 1),
        other_value=other.plan.value / max(other.plan.total, 1),
        money_idr=_spent_idr(record),
        other_money_idr=_spent_idr(other),
        only=placed(found.only),
        only_other=placed(found.only_other),
        moved=placed(one.point for one in found.moved),
        both=placed(found.both),
    )


def _spent_idr(record: PlanRecord) -> int:
    return sum(one.building_idr + one.upkeep_idr for one in record.plan.accounts)


def district_out(share: DistrictShare) -> DistrictOut:
    return DistrictOut(
        area=share.area,
        name=area_name(share.area),
        points=share.points,
        build_cost_idr=share.build_cost_idr,
        seen_share=share.incidents_seen / share.incidents if share.incidents else None,
        villages=share.villages,
        villages_served=share.villages_served,
    )


def other_prices_out(found: OtherPrices, record: PlanRecord, known: Mapping[str, Candidate]) -> OtherPricesOut:
    total = max(record.plan.total, 1)
    return OtherPricesOut(
        change=found.change,
        value=found.value / total,
        bound=found.bound / total,
        kept=_named(found.kept, record, known),
        lost=_named(found.lost, record, known),
        gained=_named(found.gained, record, known),
    )


def cut_out(found: Cut, record: PlanRecord, known: Mapping[str, Candidate]) -> CutOut:
    return CutOut(
        year=found.year,
        cut_idr=found.cut_idr,
        stops=_named(found.stops, record, known),
        goes_on=_named(found.goes_on, record, known),
        saved_idr=found.saved_idr,
        owed_idr=found.owed_idr,
        short_idr=found.short_idr,
    )


def _named(points: Iterable[str], record: PlanRecord, known: Mapping[str, Candidate]) -> list[NamedPoint]:
    years = record.years
    return [
        NamedPoint(point=point, name=known[point].name if point in known else point, year=years.get(point))
        for point in points
    ]


def parts_out(view: PointView, items: Sequence[PriceItem]) -> list[CostPartOut]:
    """What the point is put together from, its cameras among it."""
    wanted = {need.item: need.number for need in view.candidate.needs}
    for one in view.chosen.cameras if view.chosen else ():
        wanted[one.item] = wanted.get(one.item, 0) + 1
    prices = {one.item: one for one in items}
    return [
        CostPartOut(
            item=item, number=number, build_idr=price.each_idr * number, low_idr=price.low_idr * number,
            high_idr=price.high_idr * number, yearly_idr=price.yearly_idr * number, source=price.source,
            year=price.year,
        )
        for item, number in wanted.items()
        if (price := prices.get(item)) is not None
    ]  # fmt: skip


def why_out(
    view: PointView,
    reason: Reason,
    record: PlanRecord,
    names: dict[str, str],
    items: Sequence[PriceItem],
    loss: float | None,
    ratio: float,
) -> PointWhyOut:
    point = view.candidate.point
    year = record.years.get(point)
    site_idr = view.candidate.build_cost_idr
    cost_idr = view.chosen.build_idr(site_idr) if view.chosen else site_idr
    return PointWhyOut(
        point=point,
        name=view.candidate.name,
        year=year,
        build_cost_idr=cost_idr,
        parts=parts_out(view, items),
        cameras=[aimed_out(one) for one in view.chosen.cameras] if view.chosen else [],
        incidents=shown_count(view.incidents),
        by_standing=shown_count(view.by_standing),
        only_here=shown_count(view.only_here),
        seers=[
            SeerOut(
                point=one.point,
                name=names.get(one.point, one.point),
                year=one.year,
                incidents=shown_count(one.incidents),
            )
            for one in view.seers
        ],
        enters_at_idr=reason.enters_at_idr,
        force_loss=loss,
        worth_for_cost=ratio if math.isfinite(ratio) else None,
        id=read_out(view, reason, year, names, loss, "id"),
        en=read_out(view, reason, year, names, loss, "en"),
    )
