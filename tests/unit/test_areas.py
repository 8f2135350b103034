"""The table of areas, the cells drawn from it, and in which village a point lies."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point
from shapely.geometry.base import BaseGeometry
from tests.needs import require_shared

from ronda.core.ids import AreaCode
from ronda.registry.areas import (
    AreaKind,
    all_areas,
    area_name,
    district_code,
    districts,
    nearest_names,
    village_code,
    villages,
)
from ronda.registry.cells import cell_finder, joined_by_district, outline, village_cells


def test_kutai_timur_has_18_districts_139_desa_and_2_kelurahan() -> None:
    kinds = [area.kind for area in villages()]
    assert len(districts()) == 18
    assert (kinds.count(AreaKind.VILLAGE), kinds.count(AreaKind.URBAN_VILLAGE)) == (139, 2)


def test_every_village_lies_in_a_district_of_the_table_and_names_differ_within_it() -> None:
    for area in villages():
        assert district_code(area.code) in {district.code for district in districts()}
    names = [(district_code(area.code), area.name) for area in villages()]
    assert len(set(names)) == len(names)


def test_codes_and_names_are_those_of_the_published_list() -> None:
    """Compares with a published list where the shared data is there."""
    rows = csv.DictReader(require_shared("areas/kutai-timur-areas.csv").read_text().splitlines())
    theirs = {row["code"]: row["name"].removeprefix("Kabupaten ") for row in rows}
    assert {area.code: area.name for area in all_areas().values()} == theirs


def test_a_name_says_its_district_and_an_unknown_code_stays_a_code() -> None:
    assert area_name(AreaCode("64.08.04.2012")) == "Swarga Bara, Sangatta Utara"
    assert area_name(AreaCode("64.08.04.2012.001.007")) == "Swarga Bara, Sangatta Utara"
    assert area_name(AreaCode("64.08.04")) == "Sangatta Utara"
    assert area_name(AreaCode("64.08")) == "Kutai Timur"
    assert area_name(AreaCode("99.01")) == "99.01"
    assert village_code(AreaCode("64.08.04")) is None


def test_a_mistyped_name_finds_what_was_meant() -> None:
    assert [area.code for area in nearest_names("Swarga Barra")] == ["64.08.04.2012"]
    assert nearest_names("zzzzzz") == []


def test_each_centre_lies_in_its_own_cell_and_no_two_cells_overlap() -> None:
    cells = village_cells()
    assert set(cells) == {area.code for area in villages()}
    for area in villages():
        assert cells[area.code].contains(Point(area.lon_deg, area.lat_deg)), area.name
    assert sum(cell.area for cell in cells.values()) == pytest.approx(outline().area, rel=1e-6)


def test_districts_are_what_their_villages_cover() -> None:
    whole = joined_by_district(village_cells())
    assert len(whole) == 18
    assert sum(shape.area for shape in whole.values()) == pytest.approx(outline().area, rel=1e-6)


@given(lat=st.floats(0.02, 1.87), lon=st.floats(115.97, 118.99))
def test_a_point_belongs_to_the_village_whose_centre_is_nearest(lat: float, lon: float) -> None:
    """Inside the outline, the answer of the cells is the nearest centre (to the width of a border)."""
    found = cell_finder().village_at(lat, lon)
    if not outline().contains(Point(lon, lat)):
        return
    assert found is not None
    distances = {area.code: _distance(area.lat_deg, area.lon_deg, lat, lon) for area in villages()}
    assert distances[found] <= min(distances.values()) + 1e-6


def _distance(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    return float(((lat - other_lat) ** 2 + (lon - other_lon) ** 2) ** 0.5)


def test_a_point_far_outside_lies_in_no_village_and_one_at_the_shore_in_the_nearest() -> None:
    assert cell_finder().village_at(-6.2, 106.8) is None
    lon, lat = _just_outside(outline())
    assert not outline().contains(Point(lon, lat))
    assert cell_finder().village_at(lat, lon) is not None


def _just_outside(shape: BaseGeometry) -> tuple[float, float]:
    west, _south, _east, north = shape.bounds
    corner = next(point for point in shape.exterior.coords if point[1] == north)
    assert west < corner[0]
    return corner[0], corner[1] + 0.01
