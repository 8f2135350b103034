"""Proposed points: from offices, junctions, places and incidents, never two in one place, never one household."""

import numpy as np
import pytest
from shapely.geometry import LineString

from ronda.core.ids import AreaCode
from ronda.planning.demand import DEG_M
from ronda.planning.errors import PriceMissingError
from ronda.planning.model import Cell, Price
from ronda.planning.propose import Origin, Spot, busy_squares, junctions, proposed
from ronda.registry.model import SiteKind

VILLAGE = AreaCode("64.08.04.2001")
PRICES = {
    kind: Price(kind=kind, build_cost_idr=cost, yearly_cost_idr=1, reach_m=80, source="uji", year=2026)
    for kind, cost in (
        (SiteKind.VILLAGE_OFFICE, 23), (SiteKind.JUNCTION, 71), (SiteKind.SCHOOL, 42), (SiteKind.VILLAGE_ROAD, 38),
    )
}  # fmt: skip


def spot(origin: Origin, kind: SiteKind, east_m: float) -> Spot:
    return Spot(
        origin=origin, name=kind.value, kind=kind, area=VILLAGE, lat_deg=0.5, lon_deg=117.5 + east_m / DEG_M
    )


def test_a_junction_is_where_three_roads_meet_even_without_a_node() -> None:
    crossing = [LineString([(-100, 0), (100, 0)]), LineString([(0, -100), (0, 100)])]
    side = LineString([(50, 0), (50, 80)])
    bend = LineString([(0, 100), (80, 100)])
    assert junctions([*crossing, side, bend]) == [(0, 0), (50, 0)]


def test_what_ranks_higher_keeps_its_place_and_neighbours_are_left_out() -> None:
    spots = [
        spot(Origin.INCIDENTS, SiteKind.VILLAGE_ROAD, 130),
        spot(Origin.PLACE, SiteKind.SCHOOL, 50),
        spot(Origin.JUNCTION, SiteKind.JUNCTION, 100),
        spot(Origin.OFFICE, SiteKind.VILLAGE_OFFICE, 0),
        spot(Origin.INCIDENTS, SiteKind.VILLAGE_ROAD, 161),
    ]
    made = proposed(spots, PRICES, apart_m=60)
    assert [(one.kind, one.build_cost_idr) for one in made] == [
        (SiteKind.VILLAGE_OFFICE, 23),
        (SiteKind.JUNCTION, 71),
        (SiteKind.VILLAGE_ROAD, 38),
    ]
    beside = proposed(spots, PRICES, keep_clear=[(0.5, 117.5 + 10 / DEG_M)])
    assert [one.kind for one in beside] == [SiteKind.JUNCTION, SiteKind.VILLAGE_ROAD]
    assert len({one.point for one in made}) == 3


def test_no_two_proposals_stand_closer_than_asked() -> None:
    chance = np.random.default_rng(5)
    spots = [spot(Origin.INCIDENTS, SiteKind.VILLAGE_ROAD, float(east)) for east in chance.uniform(0, 2000, 300)]
    east = np.sort([(one.lon_deg - 117.5) * DEG_M for one in proposed(spots, PRICES)])
    assert len(east) > 15
    assert np.diff(east).min() >= 60 * np.cos(np.radians(0.5)) - 1e-6


def test_squares_that_could_point_at_one_household_are_not_used() -> None:
    cells = [
        Cell(lat_deg=0.50, lon_deg=117.5, thefts=2),
        Cell(lat_deg=0.51, lon_deg=117.5, thefts=2, requests=1),
        Cell(lat_deg=0.52, lon_deg=117.5, traffic=9),
        Cell(lat_deg=9.00, lon_deg=117.5, thefts=99),
    ]
    found = busy_squares(cells, lambda lat, _lon: VILLAGE if lat < 1 else None, most=5)
    assert [one.lat_deg for one in found] == [0.52, 0.51]
    assert len(busy_squares(cells, lambda _lat, _lon: VILLAGE, most=1)) == 1


def test_a_kind_without_a_price_is_refused_by_name() -> None:
    with pytest.raises(PriceMissingError, match="market"):
        proposed([spot(Origin.PLACE, SiteKind.MARKET, 0)], PRICES)
