"""What if: prices change, or the budget is cut in the middle of a year. Nothing is stored.

Prices: the same question with every price higher or lower is solved anew; a point that both plans buy is
safe against the change. A cut: what stops first is what was bought last for least, never what a rule
promises or what stands already, because its yearly cost is owed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ronda.planning.edition import Edition
from ronda.planning.errors import ContradictoryTermsError
from ronda.planning.model import Candidate, Chosen, Why
from ronda.planning.pricing import PriceItem
from ronda.planning.record import PlanRecord
from ronda.planning.solve import Planner

LARGEST_CHANGE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPrices:
    """The plan at prices changed by `change` (0.25: a quarter higher).

    value, bound  as of a plan; lost, gained: points against the stored plan
    """

    change: float
    value: int
    bound: int
    kept: tuple[str, ...]
    lost: tuple[str, ...]
    gained: tuple[str, ...]


def at_prices(record: PlanRecord, edition: Edition, change: float) -> OtherPrices:
    """Raises BudgetTooSmallError when the promises cannot be paid at those prices."""
    if not -LARGEST_CHANGE <= change <= LARGEST_CHANGE:
        raise ContradictoryTermsError(f"prices may be changed by {LARGEST_CHANGE * 100:.0f} % at most")
    dearer = replace(
        edition,
        candidates=tuple(_priced(one, 1.0 + change) for one in edition.candidates),
        items=tuple(_item(one, 1.0 + change) for one in edition.items),
    )
    planner = Planner(dearer.question(record.terms))
    solved = planner.quick(record.scale)
    bought = {
        one.point
        for one, year in zip(edition.candidates, solved.built, strict=True)
        if year < len(record.terms.years)
    }
    return OtherPrices(
        change=change,
        value=solved.value,
        bound=solved.bound,
        kept=tuple(point for point in record.years if point in bought),
        lost=tuple(point for point in record.years if point not in bought),
        gained=tuple(sorted(bought - set(record.years))),
    )


def _priced(one: Candidate, factor: float) -> Candidate:
    return replace(
        one,
        build_cost_idr=round(one.build_cost_idr * factor),
        yearly_cost_idr=round(one.yearly_cost_idr * factor),
    )


def _item(one: PriceItem, factor: float) -> PriceItem:
    return replace(one, each_idr=round(one.each_idr * factor), yearly_idr=round(one.yearly_idr * factor))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A budget cut in one year.

    stops         points not built, the first to stop first
    goes_on       points of that year that are built all the same
    saved_idr     building and this year's running cost of what stops
    owed_idr      running cost of the year that goes on whatever is cut
    short_idr     what the cut asks beyond all that may stop; 0 when it can be met
    """

    year: int
    cut_idr: int
    stops: tuple[str, ...]
    goes_on: tuple[str, ...]
    saved_idr: int
    owed_idr: int
    short_idr: int


def cut(record: PlanRecord, known: Mapping[str, Candidate], *, year: int, cut_idr: int) -> Cut:
    """Raises ContradictoryTermsError for a year outside the plan or a cut below zero."""
    if year not in record.terms.years or cut_idr < 0:
        raise ContradictoryTermsError(f"a cut names a year of the plan and a sum: {year}, {cut_idr} rupiah")
    mine = [one for one in record.plan.chosen if one.year == year and one.point in known]
    free = [one for one in mine if one.reason.why not in (Why.PROMISED, Why.FORCED)]
    stops: list[str] = []
    saved_idr = 0
    for one in sorted(free, key=lambda chosen: (chosen.gain / max(1, cost_idr(known, chosen)), -chosen.order)):
        if saved_idr >= cut_idr:
            break
        stops.append(one.point)
        saved_idr += cost_idr(known, one)
    account = next(one for one in record.plan.accounts if one.year == year)
    stopped = set(stops)
    spared = sum(
        one.yearly_idr(known[one.point].yearly_cost_idr) for one in _in_year(mine, year) if one.point in stopped
    )
    return Cut(
        year=year,
        cut_idr=cut_idr,
        stops=tuple(stops),
        goes_on=tuple(one.point for one in mine if one.point not in stopped),
        saved_idr=saved_idr,
        owed_idr=account.running_idr - spared,
        short_idr=max(0, cut_idr - saved_idr),
    )


def cost_idr(known: Mapping[str, Candidate], one: Chosen) -> int:
    """What the point costs in its first year, with the cameras of that year."""
    site = known[one.point]
    (first,) = _in_year([one], one.year)
    return first.build_idr(site.build_cost_idr) + first.yearly_idr(site.yearly_cost_idr)


def _in_year(chosen: Iterable[Chosen], year: int) -> list[Chosen]:
    """The same points with the cameras of that year alone."""
    return [replace(one, cameras=tuple(aimed for aimed in one.cameras if aimed.year == year)) for one in chosen]
