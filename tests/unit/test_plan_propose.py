"""Proposed points: from offices, junctions, places and incidents, never two in one place, never one household."""

import numpy as np
from shapely.geometry import LineString

from ronda.core.ids import AreaCode
from ronda.planning import virtual
from ronda.planning.demand import DEG_M
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
    made = proposed(spots, PRICES, apart_m=60).candidates
    assert [(one.kind, one.build_cost_idr) for one in made] == [
        (SiteKind.VILLAGE_OFFICE, 23),
        (SiteKind.JUNCTION, 71),
        (SiteKind.VILLAGE_ROAD, 38),
    ]
    beside = proposed(spots, PRICES, keep_clear=[(0.5, 117.5 + 10 / DEG_M)]).candidates
    assert [one.kind for one in beside] == [SiteKind.JUNCTION, SiteKind.VILLAGE_ROAD]
    assert len({one.point for one in made}) == 3


def test_no_two_proposals_stand_closer_than_asked() -> None:
    chance = np.random.default_rng(5)
    spots = [spot(Origin.INCIDENTS, SiteKind.VILLAGE_ROAD, float(east)) for east in chance.uniform(0, 2000, 300)]
    east = np.sort([(one.lon_deg - 117.5) * DEG_M for one in proposed(spots, PRICES).candidates])
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


def test_a_kind_without_a_price_is_left_out_by_name_and_the_others_are_proposed() -> None:
    found = proposed([spot(Origin.PLACE, SiteKind.MARKET, 0), spot(Origin.OFFICE, SiteKind.SCHOOL, 100)], PRICES)
    assert found.unpriced == ("market",)
    assert [one.kind for one in found.candidates] == [SiteKind.SCHOOL]


def test_proposals_of_another_day_have_other_names_and_a_price_list_puts_them_together() -> None:
    first = proposed([spot(Origin.PLACE, SiteKind.SCHOOL, 0)], PRICES).candidates
    clear = [(one.lat_deg, one.lon_deg) for one in first]
    second = proposed([spot(Origin.PLACE, SiteKind.SCHOOL, east) for east in (10, 90)], PRICES, keep_clear=clear)
    assert len({one.point for one in (*first, *second.candidates)}) == 2
    (made,) = proposed([spot(Origin.JUNCTION, SiteKind.JUNCTION, 0)], {}, virtual.items()).candidates
    listed = {one.item: one for one in virtual.items()}
    assert made.build_cost_idr == sum(listed[need.item].each_idr * need.number for need in made.needs) > 20_000_000
