"""A plan below another one: by RT, the level beneath the village.

The points of the plan above stand: their cameras are in view of nobody's demand but what they see is seen, and
their running cost is owed. What is asked for is that every RT of the list is seen; what may be spent is what the
plan above left. Values only; solving is the desk's.
"""

from dataclasses import replace

from ronda.planning.edition import Edition
from ronda.planning.errors import ContradictoryTermsError
from ronda.planning.model import Candidate, Chosen, Money, Shares, Standing, Terms
from ronda.planning.record import PlanRecord
from ronda.planning.surface import Unit, unit_cells

FULL_DEG = 360.0


def terms_below(record: PlanRecord) -> Terms:
    """Raises ContradictoryTermsError when the plan above leaves no money."""
    left = [(one.year, one.given_idr - one.building_idr - one.upkeep_idr) for one in record.plan.accounts]
    if not any(amount > 0 for _year, amount in left):
        raise ContradictoryTermsError(
            f"{record.name} spends all of its money. Next: raise its budget, or free a point of it"
        )
    return replace(
        record.terms,
        money=tuple(
            Money(source=f"Sisa {record.name}"[:80], year=year, amount_idr=max(amount, 0)) for year, amount in left
        ),
        standing_idr=max(one.running_idr for one in record.plan.accounts),
        standing_first=False,
        phases=(), forced=(), forbidden=(),
        shares=Shares(theft=0.0, traffic=0.0, request=1.0),
        rules=replace(record.terms.rules, every_village_by=None, village_cap=None, parties=()),
        base=record.plan_id,
    )  # fmt: skip


def edition_below(record: PlanRecord, edition: Edition, units: tuple[Unit, ...]) -> Edition:
    """Raises ContradictoryTermsError without a list of RT."""
    if not units:
        raise ContradictoryTermsError("there is no list of RT with places. Next: import one")
    known = {one.point: one for one in edition.candidates}
    above = [camera for one in record.plan.chosen if one.point in known for camera in _standing(one, known)]
    planned = set(record.years)
    return replace(
        edition,
        candidates=tuple(one for one in edition.candidates if one.point not in planned),
        cells=unit_cells(edition.cells, units),
        standing=(*edition.standing, *above),
    )


def _standing(chosen: Chosen, known: dict[str, Candidate]) -> list[Standing]:
    one = known[chosen.point]
    sights = [(aimed.range_m, aimed.direction_deg, aimed.view_deg) for aimed in chosen.cameras]
    return [
        Standing(lat_deg=one.lat_deg, lon_deg=one.lon_deg, reach_m=reach, direction_deg=direction, view_deg=view,
                 height_m=one.height_m)
        for reach, direction, view in sights or [(one.reach_m, 0.0, FULL_DEG)]
    ]  # fmt: skip
