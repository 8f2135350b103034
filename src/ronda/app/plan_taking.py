"""Store what an accepted planner's file holds: each kind replaces what it said before, whole.

Incidents replace those of the same file name; how thefts spread is learned from the last file that had
dates enough.
"""

from collections.abc import Sequence
from dataclasses import replace

from ronda.app.wiring import Wiring
from ronda.planning.columns import PlanFile
from ronda.planning.imports import PlanDraft
from ronda.planning.model import Money, Terms


def take(wiring: Wiring, made: PlanDraft, file_name: str) -> None:
    """Only drafts without faults."""
    store, inputs = wiring.planning, wiring.plan_inputs
    if made.kind is PlanFile.CANDIDATES:
        store.put_candidates(made.candidates)
    elif made.kind is PlanFile.PRICES:
        store.put_prices(made.prices)
    elif made.kind is PlanFile.ITEMS:
        inputs.put_items(made.items)
    elif made.kind is PlanFile.BUDGET:
        store.put_terms(with_money(store.terms(), made.money))
    elif made.kind is PlanFile.STANDING:
        inputs.put_standing(made.standing)
    elif made.kind is PlanFile.BUILDINGS:
        inputs.put_buildings(made.buildings)
    elif made.kind is PlanFile.ROADS:
        inputs.put_roads(made.roads)
    elif made.kind is PlanFile.HUBS:
        inputs.put_hubs(made.hubs)
    elif made.kind is PlanFile.ZONES:
        inputs.put_zones(made.zones)
    elif made.kind is PlanFile.MARKS:
        inputs.put_marks(made.marks)
    elif made.kind is PlanFile.UNITS:
        inputs.put_units(made.units)
    else:
        store.put_cells(f"import:{file_name}"[:200], made.cells)
        if made.learned is not None:
            inputs.put_density(made.learned.density)
    wiring.plans.forget()


def first_ceiling_idr(wiring: Wiring, made: PlanDraft) -> int | None:
    """The ceiling on running cost that this file would set, so that it can be told; None: it sets none."""
    if made.kind is not PlanFile.BUDGET or made.faults or not made.money or wiring.planning.terms() is not None:
        return None
    return with_money(None, made.money).running_ceiling_idr


def with_money(terms: Terms | None, money: Sequence[Money]) -> Terms:
    """The same terms with these budgets; the years are those that have money."""
    given = tuple(sorted(money, key=lambda one: (one.year, one.source)))
    years = tuple(range(given[0].year, given[-1].year + 1))
    if terms is None:
        ceiling = max(sum(one.amount_idr for one in given if one.year == year) for year in years)
        return Terms(years=years, money=given, running_ceiling_idr=ceiling)
    return replace(terms, years=years, money=given)
