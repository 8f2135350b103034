"""Poles that are put together from a small price list, and thefts around them."""

from ronda.core.ids import AreaCode
from ronda.planning.aiming import needs_of, priced
from ronda.planning.demand import DEG_M
from ronda.planning.explain import described
from ronda.planning.model import Candidate, Cell, Money, Plan, Question, Terms
from ronda.planning.pricing import Item, PriceItem, usual_needs
from ronda.planning.solve import Planner
from ronda.registry.model import SiteKind

MILLION = 1_000_000


def item(what: Item, millions: float, **sight: float) -> PriceItem:
    each = round(millions * MILLION)
    return PriceItem(
        item=what,
        each_idr=each,
        low_idr=each,
        high_idr=each * 2,
        yearly_idr=MILLION,
        source="uji",
        year=2026,
        **sight,
    )  # type: ignore[arg-type]


ITEMS = (
    item(Item.POLE, 14), item(Item.CABINET, 6), item(Item.SWITCH, 4), item(Item.UPLINK_RADIO, 12),
    item(Item.POWER_GRID, 4), item(Item.CAMERA_FIXED, 10, view_deg=70.0, range_m=120.0),
    item(Item.CAMERA_LONG, 12, view_deg=30.0, range_m=220.0),
)  # fmt: skip


def pole(point: str, east_m: float = 0.0, north_m: float = 0.0) -> Candidate:
    """A pole that is put together from the list."""
    bare = Candidate(
        point=point, name=f"Titik {point}", kind=SiteKind.VILLAGE_ROAD, area=AreaCode("64.08.04.2001"),
        lat_deg=0.5 + north_m / DEG_M, lon_deg=117.5 + east_m / DEG_M, build_cost_idr=0, yearly_cost_idr=0,
        reach_m=0.0, needs=needs_of(usual_needs(ITEMS, on_building=False)),
    )  # fmt: skip
    return priced(bare, ITEMS)


def thefts(east_m: float, north_m: float, number: int) -> Cell:
    return Cell(lat_deg=0.5 + north_m / DEG_M, lon_deg=117.5 + east_m / DEG_M, thefts=number)


def question(
    points: tuple[Candidate, ...], cells: tuple[Cell, ...], millions: int, then: int | None = None, **more: object
) -> Question:
    """`then`: millions of the second year, the same unless told."""
    years = (2027, 2028)
    terms = Terms(
        years=years, running_ceiling_idr=500 * MILLION,
        money=tuple(
            Money(source="APBD", year=year, amount_idr=amount * MILLION)
            for year, amount in zip(years, (millions, millions if then is None else then), strict=True)
        ),
    )  # fmt: skip
    return Question(candidates=points, cells=cells, standing=(), terms=terms, items=ITEMS, **more)  # type: ignore[arg-type]


def planned(asked: Question) -> tuple[Planner, Plan]:
    planner = Planner(asked)
    return planner, described(planner, planner.quick(), asked.terms)


def square(east_m: float, north_m: float, half_m: float) -> str:
    corners = [
        (east_m + x * half_m, north_m + y * half_m) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    ]
    return "POLYGON((" + ", ".join(f"{117.5 + e / DEG_M} {0.5 + n / DEG_M}" for e, n in corners) + "))"
