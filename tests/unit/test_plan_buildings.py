"""Buildings in the way of the plan on the desk: what is behind a wall counts for no candidate."""

import zlib
from dataclasses import replace
from typing import Final

import numpy as np
from shapely.geometry import box
from tests.plan_kit import regency_question

from ronda.core.ids import AreaCode
from ronda.planning.demand import DEG_M
from ronda.planning.edition import Edition, packed, unpacked
from ronda.planning.instance import ground_of
from ronda.planning.model import Building, Candidate, Cell, Money, Question, Standing, Terms
from ronda.planning.obstacles import within_reach
from ronda.planning.solve import Planner
from ronda.registry.model import SiteKind

LAT, LON = 0.5, 117.5
COST: Final = 40_000_000


def at(east_m: float, north_m: float) -> tuple[float, float]:
    return LAT + north_m / DEG_M, LON + east_m / DEG_M / float(np.cos(np.radians(LAT)))


def point(name: str, east_m: float, north_m: float) -> Candidate:
    lat, lon = at(east_m, north_m)
    return Candidate(
        point=name, name=name, kind=SiteKind.MARKET, area=AreaCode("64.08.04.2001"), lat_deg=lat, lon_deg=lon,
        build_cost_idr=COST, yearly_cost_idr=0, reach_m=60.0,
    )  # fmt: skip


def cell(east_m: float, north_m: float, thefts: int) -> Cell:
    lat, lon = at(east_m, north_m)
    return Cell(lat_deg=lat, lon_deg=lon, thefts=thefts)


def house(west_m: float, south_m: float, east_m: float, north_m: float, height_m: float = 8.0) -> Building:
    (south, west), (north, east) = at(west_m, south_m), at(east_m, north_m)
    return Building(shape=box(west, south, east, north).wkt, height_m=height_m)


TERMS = Terms(years=(2027,), money=(Money(source="APBD", year=2027, amount_idr=COST),), running_ceiling_idr=COST)
# "dekat" has nine thefts around it, "jauh" has six; there is money for one.
TWO = Question(
    candidates=(point("dekat", 0, 0), point("jauh", 500, 0)),
    cells=(cell(30, 0, 5), cell(30, 5, 4), cell(520, 0, 6)),
    standing=(),
    terms=TERMS,
)
WALL = house(10, -20, 12, 20)


def chosen(question: Question) -> list[str]:
    years = Planner(question).quick().year
    return [one.point for one, year in zip(question.candidates, years, strict=True) if year == 0]


def seen_by(question: Question, number: int = 0) -> list[int]:
    return ground_of(question).sees.row(number).tolist()


def test_a_wall_between_a_candidate_and_the_incidents_makes_the_plan_choose_another() -> None:
    assert chosen(TWO) == ["dekat"]
    assert chosen(replace(TWO, buildings=(WALL,))) == ["jauh"]
    low = house(10, -20, 12, 20, height_m=3.0)  # the line is at 4.5 m there
    assert chosen(replace(TWO, buildings=(low,))) == ["dekat"]


def test_an_office_given_by_its_middle_sees_from_its_nearest_wall_and_not_through_its_house() -> None:
    office = house(-10, -10, 4, 10)  # the eastern wall is nearest
    round_about = replace(TWO, cells=(cell(30, 0, 5), cell(-30, 0, 5)), buildings=(office,))
    assert seen_by(round_about) == [0]
    lower = replace(round_about, buildings=(house(-10, -10, 4, 10, height_m=2.0),))
    assert seen_by(lower) == [0, 1]


def test_a_square_whose_middle_lies_in_a_house_is_looked_for_at_its_nearest_wall() -> None:
    in_house = replace(TWO, cells=(cell(30, 0, 5),))
    assert seen_by(replace(in_house, buildings=(house(28, -10, 50, 10),))) == [0]
    assert seen_by(replace(in_house, buildings=(house(10, -10, 32, 10),))) == []


def test_a_standing_camera_leaves_what_is_behind_a_wall_to_the_plan() -> None:
    lat, lon = at(0, 0)
    for view_deg in (360.0, 90.0):
        camera = Standing(lat_deg=lat, lon_deg=lon, reach_m=60.0, direction_deg=90.0, view_deg=view_deg)
        question = replace(TWO, standing=(camera,))
        assert ground_of(question).standing.tolist() == [True, True, False]
        assert ground_of(replace(question, buildings=(WALL,))).standing.tolist() == [False] * 3


def test_houses_out_of_reach_leave_the_circles_of_a_regency_as_they_are() -> None:
    question = regency_question()
    far = replace(question, buildings=(house(90_000, 0, 90_010, 10),))
    plain, around = ground_of(question), ground_of(far)
    assert np.array_equal(plain.sees.start, around.sees.start)
    assert np.array_equal(plain.sees.cols, around.sees.cols)


def test_a_plan_keeps_only_the_houses_that_a_camera_of_its_data_could_look_at() -> None:
    lat, lon = at(1000, 0)
    camera = Standing(lat_deg=lat, lon_deg=lon, reach_m=30.0)
    far, by_camera = house(300, 0, 310, 10), house(1010, 0, 1020, 10)
    assert within_reach((far, WALL, by_camera), TWO.candidates, (camera,)) == (WALL, by_camera)
    assert within_reach((far, WALL, by_camera), TWO.candidates, ()) == (WALL,)
    assert within_reach((WALL,), (), ()) == ()


def test_an_edition_made_before_there_were_buildings_is_read_and_keeps_its_name() -> None:
    bare = Edition(candidates=TWO.candidates, cells=TWO.cells, standing=())
    assert b"buildings" not in zlib.decompress(packed(bare))
    assert unpacked(packed(bare), bare.name).buildings == ()
    built = replace(bare, buildings=(WALL,))
    assert built.name != bare.name
    assert unpacked(packed(built), built.name) == built
