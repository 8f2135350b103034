"""Cameras with a direction on the desk: options, what a plan says of them, what leaves the planner with them."""

import io
import itertools
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import openpyxl
import pyogrio
import pytest
from tests.plan_aims import ITEMS, MILLION, planned, pole, question, square, thefts

from ronda.app.plan_cameras import enter_cameras
from ronda.app.plan_files import geojson_bytes
from ronda.app.plan_layers import layer_bytes
from ronda.app.plan_workbook import workbook_bytes
from ronda.core.ids import AreaCode, PersonId
from ronda.planning.aiming import Aim, aims_of, seen_by
from ronda.planning.cover import on_plane
from ronda.planning.demand import weights
from ronda.planning.instance import ground_of, instance_of
from ronda.planning.model import Building, Question
from ronda.planning.pricing import Item
from ronda.planning.record import PlanRecord, PlanState
from ronda.planning.solve import Planner
from ronda.planning.solver.problem import Problem, excess, value_of
from ronda.planning.trade import years_of
from ronda.planning.visibility import Obstacles


def test_a_point_may_take_every_camera_of_the_list_in_directions_all_around() -> None:
    options = aims_of([pole("a")], ITEMS)
    wide = [one.direction_deg for one in options if one.item is Item.CAMERA_FIXED]
    narrow = [one.direction_deg for one in options if one.item is Item.CAMERA_LONG]
    assert wide == [0, 45, 90, 135, 180, 225, 270, 315]
    assert len(narrow) == 16  # a narrow view leaves no gap between two directions
    assert narrow[1] == 22.5
    plain = replace(pole("b"), needs=(), reach_m=80.0)
    (around,) = aims_of([plain], ITEMS)
    assert (around.item, around.view_deg, around.range_m, around.build_idr) == (None, 360.0, 80.0, 0)


def test_the_camera_looks_to_where_the_thefts_are_and_a_house_turns_it_away() -> None:
    cells = (thefts(100, 0, 9), thefts(-100, 0, 5))
    _planner, plan = planned(question((pole("a"),), cells, 60, 6))
    (chosen,) = plan.chosen
    assert [(one.item, one.direction_deg, one.year) for one in chosen.cameras] == [(Item.CAMERA_FIXED, 90.0, 2027)]
    house = Building(shape=square(50, 0, 8), height_m=9.0)
    _planner, plan = planned(question((pole("a"),), cells, 60, 6, buildings=(house,)))
    assert [one.direction_deg for one in plan.chosen[0].cameras] == [270.0]


def test_a_far_theft_takes_the_long_lens_and_two_sides_take_two_cameras_on_one_pole() -> None:
    cells = (thefts(0, 200, 9), thefts(100, 0, 7), thefts(-95, 0, 6))
    planner, plan = planned(question((pole("a"),), cells, 120))
    (chosen,) = plan.chosen
    assert {(one.item, one.direction_deg) for one in chosen.cameras} == {
        (Item.CAMERA_LONG, 0.0), (Item.CAMERA_FIXED, 90.0), (Item.CAMERA_FIXED, 270.0)
    }  # fmt: skip
    assert chosen.build_idr(planner.question.candidates[0].build_cost_idr) == (40 + 12 + 10 + 10) * MILLION
    assert plan.accounts[0].building_idr + plan.accounts[1].building_idr == 72 * MILLION
    paid = sum(amount for _source, amount in chosen.paid)
    assert paid == 72 * MILLION


@pytest.mark.parametrize("seed", range(6))
def test_options_that_are_left_out_change_no_best_plan(seed: int) -> None:
    """Against trying every plan of all options, also those that were left out."""
    chance = np.random.default_rng(seed)
    cells = tuple(thefts(*(float(part) for part in chance.uniform(-150, 150, 2)), int(chance.integers(1, 9)))
                  for _ in range(5))  # fmt: skip
    asked = question((pole("a"), pole("b", 60, 40)), cells, int(chance.integers(45, 130)))
    asked = replace(asked, terms=replace(asked.terms, years=(2027,), money=asked.terms.money[:1]))
    ground = ground_of(asked)
    few = instance_of(asked, ground)
    best = max(_values(few.problem))
    planner = Planner(asked)
    found = planner.refined(planner.quick(), longest_s=5, now_s=lambda: 0.0)
    assert found.value == best == found.bound
    # One or two cameras of all there are, wherever: nothing better was thrown away.
    aims = aims_of(asked.candidates, asked.items)
    every = _every_camera(asked, aims)
    for some in itertools.chain(((n,) for n in range(48)), itertools.combinations(range(48), 2)):
        assert len(aims) == 48
        worth, cost = every(some)
        assert cost > asked.terms.money[0].amount_idr or worth <= best


def _every_camera(asked: Question, aims: list[Aim]) -> Callable[[tuple[int, ...]], tuple[int, int]]:
    """What some single cameras see, and what they cost with their poles: without the solver."""
    lat0 = float(np.mean([cell.lat_deg for cell in asked.cells]))
    lat, lon = (np.array([getattr(cell, name) for cell in asked.cells]) for name in ("lat_deg", "lon_deg"))
    cover = seen_by(aims, asked.candidates, on_plane(lat, lon, lat0), lat0, Obstacles())
    weight = weights(asked.cells, asked.terms.shares)

    def told(some: tuple[int, ...]) -> tuple[int, int]:
        cells = np.unique(np.concatenate([cover.row(n) for n in some]))
        poles = {aims[n].site for n in some}
        cost = sum(asked.candidates[s].build_cost_idr + asked.candidates[s].yearly_cost_idr for s in poles)
        return int(weight[cells].sum()), cost + sum(aims[n].build_idr + aims[n].yearly_idr for n in some)

    return told


def _values(problem: Problem) -> list[int]:
    """Of every plan of one year that takes at most one mount of a pole."""
    ways = [range(int(problem.first_camera[s]) - 1, int(problem.first_camera[s + 1])) for s in range(problem.sites)]
    found = []
    for some in itertools.product(*ways):
        year = np.full(problem.cameras, 1, dtype=np.int64)
        year[[k for s, k in enumerate(some) if k >= problem.first_camera[s]]] = 0
        if not excess(problem, year):
            found.append(value_of(problem, year))
    return found


class NoRegister:
    """A register without an entry."""

    def cameras(self) -> list[object]:
        return []


@pytest.fixture
def record() -> tuple[PlanRecord, Planner]:
    cells = (thefts(0, 200, 9), thefts(100, 0, 7), thefts(-95, 0, 6), thefts(400, 0, 5))
    asked = question((pole("a"), pole("b", 400, 60)), cells, 90)
    planner, plan = planned(asked)
    made = PlanRecord(
        plan_id="plan-uji", revision=1, state=PlanState.DRAFT, name="Uji", area=AreaCode("64.08"),
        terms=asked.terms, scale=1.0, data_version="x" * 64,
        plan=replace(plan, refused=()), made_by=PersonId("p"), made_name="P",
        made_us=0, changed_us=0,
    )  # fmt: skip
    return made, planner


def test_a_stored_plan_gives_back_the_years_of_its_cameras_and_its_gains_add_up(
    record: tuple[PlanRecord, Planner],
) -> None:
    made, planner = record
    year = years_of(planner, made)
    assert value_of(planner.instance.problem, year) == made.plan.value
    assert not excess(planner.instance.problem, year)
    assert sum(one.gain for one in made.plan.chosen) == made.plan.value
    assert (year < 2).sum() == len(made.plan.chosen) < sum(len(one.cameras) for one in made.plan.chosen)


def test_agreed_points_become_planned_cameras_that_look_where_the_plan_says(
    record: tuple[PlanRecord, Planner],
) -> None:
    made, planner = record
    points = [one for one in planner.question.candidates if one.point in made.years]
    entries = enter_cameras(NoRegister(), made, points, "Ketertiban jalan umum", "UU 27/2022")  # type: ignore[arg-type]
    told = {(entry.site.name, entry.direction_deg) for entry in entries}
    assert told == {
        (f"Titik {one.point}", camera.direction_deg) for one in made.plan.chosen for camera in one.cameras
    }
    assert len({entry.camera for entry in entries}) == len(entries)
    assert len({entry.site.site_id for entry in entries}) == len(made.plan.chosen)


def test_layers_and_workbook_carry_the_cameras_with_azimuth_and_price(record: tuple[PlanRecord, Planner]) -> None:
    made, planner = record
    known = {one.point: one for one in planner.question.candidates}
    cameras = [camera for one in made.plan.chosen for camera in one.cameras]
    shapes = json.loads(geojson_bytes(made, known))["features"]
    assert sorted(one["properties"]["azimut"] for one in shapes if "azimut" in one["properties"]) == sorted(
        camera.direction_deg for camera in cameras
    )
    with zipfile.ZipFile(io.BytesIO(layer_bytes(made, known, "shp"))) as archive:
        assert {"rencana.shp", "kamera.shp"} <= set(archive.namelist())
    package = layer_bytes(made, known, "gpkg")
    assert pyogrio.read_info(package, layer="kamera")["features"] == len(cameras)
    assert pyogrio.read_info(package, layer="rencana")["features"] == len(made.plan.chosen)
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(made, known, ITEMS)), data_only=True)
    rows = [row for row in book["Titik"].iter_rows(values_only=True) if row[0] and row[0] != "urutan"]
    assert len(rows) == len(made.plan.chosen) + len(cameras)
    assert sum(row[9] for row in rows) == sum(one.building_idr for one in made.plan.accounts)
    formulas = openpyxl.load_workbook(io.BytesIO(workbook_bytes(made, known, ITEMS)))
    assert str(formulas["Titik"]["J2"].value).startswith("=SUMIFS(Rincian!")
    parts = list(book["Rincian"].iter_rows(min_row=2, values_only=True))
    assert len(parts) == 5 * len(made.plan.chosen)  # pole, cabinet, switch, radio, power
    assert parts[0][9:] == ("uji", 2026)
