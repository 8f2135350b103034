"""A point that a party brings to the review: a candidate like any other, put together from the price list, or with
the listed price of its kind.

Decides whether it may join the candidates; what the plan says of it comes when the plan is renewed.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ronda.core.ids import AreaCode
from ronda.planning.agreement import Party
from ronda.planning.aiming import ON_BUILDING, needs_of, priced
from ronda.planning.demand import DEG_M
from ronda.planning.errors import AskedPointError
from ronda.planning.model import Candidate, Price
from ronda.planning.pricing import PriceItem, is_complete, usual_needs
from ronda.registry.model import SiteKind

NEAR_M: Final = 10.0  # nearer than this it is the same place
MOST_NAME: Final = 80


def asked_candidate(
    *,
    name: str,
    kind: SiteKind,
    area: AreaCode | None,
    lat_deg: float,
    lon_deg: float,
    party: Party,
    prices: Iterable[Price],
    items: Sequence[PriceItem] = (),
    known: Mapping[str, Candidate],
) -> Candidate:
    """area: the village there; None outside of the regency. Raises AskedPointError."""
    name = " ".join(name.split())
    if not 3 <= len(name) <= MOST_NAME:
        raise AskedPointError(f"a point has a name of 3 to {MOST_NAME} letters; this one has {len(name)}")
    if area is None:
        raise AskedPointError(
            f"{lat_deg:.5f}, {lon_deg:.5f} lies outside of the regency. Next: latitude first, such as 0.51, 117.53"
        )
    listed = {price.kind: price for price in prices}
    together = is_complete(items)
    if kind not in listed and not together:
        raise AskedPointError(f"the price list has no price for {kind.value}. Next: import one with its source")
    for one in known.values():
        far_m = distance_m(one, lat_deg, lon_deg)
        if far_m < NEAR_M:
            raise AskedPointError(
                f"{one.name} ({one.point}) is a candidate already, {far_m:.0f} m away. Next: ask for that one"
            )
    price = listed.get(kind)
    made = Candidate(
        point=_free_name(name, known),
        name=name,
        kind=kind,
        area=area,
        lat_deg=round(lat_deg, 6),
        lon_deg=round(lon_deg, 6),
        build_cost_idr=price.build_cost_idr if price else 0,
        yearly_cost_idr=price.yearly_cost_idr if price else 0,
        reach_m=price.reach_m if price else 0.0,
        requested_by=(party.value,),
        needs=needs_of(usual_needs(items, on_building=kind in ON_BUILDING)) if together else (),
    )
    return priced(made, items)


def distance_m(one: Candidate, lat_deg: float, lon_deg: float) -> float:
    """On the local plane; good to a metre over some kilometres here."""
    east = (one.lon_deg - lon_deg) * math.cos(math.radians(lat_deg))
    return math.hypot(east, one.lat_deg - lat_deg) * DEG_M


def _free_name(name: str, known: Mapping[str, Candidate]) -> str:
    stem = "usul-" + (re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "titik")
    number, free = 1, stem
    while free in known:
        number += 1
        free = f"{stem}-{number}"
    return free
