"""What a camera option sees: pixels, sectors, buildings and hills, against a slow direct computation."""

import math
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box

from ronda.planning.demand import DEG_M
from ronda.planning.errors import ImpossibleOpticsError
from ronda.planning.instance import ground_of
from ronda.planning.model import Cell, Question, Standing, Terms
from ronda.planning.optics import Optics, Purpose
from ronda.planning.sight import Buildings
from ronda.planning.terrain import Terrain
from ronda.planning.visibility import TARGET_M, CameraOption, Obstacles, fan, sees

STREET = Optics(sensor_mm=5.4, lens_mm=4.0, pixels=2560)


def test_the_range_of_a_lens_is_where_a_metre_has_the_pixels_of_the_purpose() -> None:
    """2560 pixels, 68 degrees: 76 m to detect, 30 to observe, 15 to recognise."""
    assert STREET.view_deg == pytest.approx(68.03, abs=0.01)
    for purpose, range_m in (
        (Purpose.DETECTION, 75.85),
        (Purpose.OBSERVATION, 30.34),
        (Purpose.RECOGNITION, 15.17),
    ):
        assert STREET.range_m(purpose) == pytest.approx(range_m, abs=0.01)
    wide_m = 2 * STREET.range_m(Purpose.RECOGNITION) * math.tan(math.radians(STREET.view_deg) / 2)
    assert STREET.pixels / wide_m == pytest.approx(125.0)


@pytest.mark.parametrize(
    "wrong", [{"lens_mm": 0.0}, {"lens_mm": math.nan}, {"sensor_mm": -5.4}, {"pixels": 0}, {"lens_mm": 0.1}]
)
def test_optics_that_no_camera_has_are_refused_with_the_figure(wrong: dict[str, float]) -> None:
    with pytest.raises(ImpossibleOpticsError, match=next(iter(str(value) for value in wrong.values()))):
        Optics(**{"sensor_mm": 5.4, "lens_mm": 4.0, "pixels": 2560, **wrong})  # type: ignore[arg-type]


def eye(**more: float) -> CameraOption:
    told = {
        "east_m": 0.0,
        "north_m": 0.0,
        "height_m": 6.0,
        "direction_deg": 0.0,
        "view_deg": 360.0,
        "range_m": 100.0,
    }
    return CameraOption(site=0, **{**told, **more})


def seen_of(option: CameraOption, cells: list[tuple[float, float]], around: Obstacles | None = None) -> list[int]:
    return sees([option], _plane(cells), around).row(0).tolist()


def _plane(cells: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([c[0] for c in cells], dtype=float), np.array([c[1] for c in cells], dtype=float)


def test_a_camera_sees_to_both_sides_of_its_direction_and_not_behind_itself() -> None:
    cells = [(0, 50), (45, 50), (50, 0), (0, -50), (-45, 50), (-50, 45)]
    assert seen_of(eye(view_deg=90), cells) == [0, 1, 4]
    assert seen_of(eye(view_deg=90, direction_deg=315), cells) == [0, 4, 5]


def test_a_low_house_hides_what_stands_close_behind_it_and_not_what_is_farther() -> None:
    """Camera at 6 m, house of 4 m at 10 to 20 m: the shadow on 1.6 m ends at 44 m."""
    around = Obstacles(buildings=Buildings(shapes=[box(-5, 10, 5, 20)], heights_m=np.array([4.0])))
    assert seen_of(eye(), [(0, 5), (0, 15), (0, 25), (0, 43), (0, 45), (30, 25)], around) == [0, 4, 5]


def test_a_camera_on_a_wall_looks_out_and_one_inside_a_house_sees_nothing() -> None:
    house = Obstacles(buildings=Buildings(shapes=[box(-5, -10, 5, 0)], heights_m=np.array([8.0])))
    assert seen_of(eye(), [(0, 5), (30, 1), (0, -15), (0, -5)], house) == [0, 1]
    assert seen_of(eye(north_m=-4.0), [(0, 5), (30, 1)], house) == []
    assert seen_of(eye(north_m=-4.0, height_m=9.0), [(0, 60), (0, -5)], house) == [0]


def test_a_courtyard_is_no_building() -> None:
    ring = Polygon(box(-20, -20, 20, 20).exterior.coords, [box(-10, -10, 10, 10).exterior.coords])
    around = Obstacles(buildings=Buildings(shapes=[ring], heights_m=np.array([9.0])))
    assert seen_of(eye(), [(0, 8), (15, 0), (0, 25)], around) == [0]


def test_a_hill_hides_the_valley_behind_it_and_a_camera_on_the_hill_sees_it() -> None:
    heights = np.zeros((21, 21))
    heights[:, 10] = 12.0
    around = Obstacles(terrain=Terrain(east0_m=-100, north0_m=-100, step_m=10, heights_m=heights))
    assert seen_of(eye(east_m=-50.0), [(-20, 0), (0, 0), (40, 0)], around) == [0, 1]
    assert seen_of(eye(), [(-20, 0), (40, 0)], around) == [0, 1]


def test_directions_stand_evenly_around_one_pole() -> None:
    options = fan(3, (0.0, 0.0), 6.0, STREET, Purpose.DETECTION, 4)
    assert [option.direction_deg for option in options] == [0, 90, 180, 270]
    found = sees(options, _plane([(0, 40), (40, 0), (0, -40), (-40, 0)]))
    assert [found.row(number).tolist() for number in range(4)] == [[0], [1], [2], [3]]


def test_a_standing_camera_with_a_direction_leaves_what_is_behind_it_to_the_plan() -> None:
    """Four cells 50 m around; a camera to the east, one that nobody said where it looks, and none."""
    step = 50 / DEG_M
    at = [(0.5 + step, 117.5), (0.5, 117.5 + step), (0.5 - step, 117.5), (0.5, 117.5 - step)]
    cells = tuple(Cell(lat_deg=lat, lon_deg=lon, thefts=1) for lat, lon in at)
    terms = Terms(years=(2027,), money=(), running_ceiling_idr=0)
    east = Standing(lat_deg=0.5, lon_deg=117.5, reach_m=60.0, direction_deg=90.0, view_deg=70.0)
    for standing, seen in (
        ((east,), [False, True, False, False]),
        ((replace(east, view_deg=360.0),), [True] * 4),
        ((), [False] * 4),
    ):
        ground = ground_of(Question(candidates=(), cells=cells, standing=standing, terms=terms))
        assert ground.standing.tolist() == seen


AXIS = st.integers(min_value=-60, max_value=60)
CORNER = st.tuples(AXIS, AXIS, st.integers(3, 30), st.integers(3, 30), st.integers(0, 3), st.floats(2, 15))
OPTIONS = st.tuples(AXIS, AXIS, st.floats(2.5, 12), st.floats(0, 360), st.floats(20, 360), st.floats(10, 90))


@settings(max_examples=120, deadline=None)
@given(
    st.lists(OPTIONS, max_size=4),
    st.lists(st.tuples(AXIS, AXIS), max_size=25),
    st.lists(CORNER, max_size=6),
    st.booleans(),
    st.integers(0, 2**31),
)
def test_every_pair_agrees_with_the_slow_direct_computation(
    drawn: list[tuple[float, ...]],
    places: list[tuple[int, int]],
    houses: list[tuple[float, ...]],
    hilly: bool,
    seed: int,
) -> None:
    chance = np.random.default_rng(seed)
    options = [
        CameraOption(site=n, east_m=o[0] + 0.37, north_m=o[1] + 0.41, height_m=o[2], direction_deg=o[3],
                     view_deg=o[4], range_m=o[5])
        for n, o in enumerate(drawn)
    ]  # fmt: skip
    cells = [(e + 0.13, n + 0.17) for e, n in places]
    shapes = [shapely.affinity.rotate(box(e, n, e + w, n + h), 23.0 * turn) for e, n, w, h, turn, _ in houses]
    grid = Terrain(east0_m=-100, north0_m=-100, step_m=20, heights_m=chance.random((11, 11)) * 8)
    around = Obstacles(
        buildings=Buildings(shapes=shapes, heights_m=np.array([house[5] for house in houses])) if shapes else None,
        terrain=grid if hilly else None,
    )
    found = sees(options, _plane(cells), around)
    for number, option in enumerate(options):
        slow = [n for n, cell in enumerate(cells) if _slowly(option, cell, shapes, houses, grid if hilly else None)]
        assert found.row(number).tolist() == slow


@pytest.mark.parametrize("seed", range(3))
def test_hills_cut_the_same_lines_as_looking_along_each_line_does(seed: int) -> None:
    chance = np.random.default_rng(seed)
    grid = Terrain(east0_m=-100, north0_m=-100, step_m=20, heights_m=chance.random((11, 11)) * 15)
    cells = [(float(e), float(n)) for e, n in chance.uniform(-90, 90, (150, 2))]
    option = eye(height_m=4.0, range_m=150.0)
    slow = [n for n, cell in enumerate(cells) if _slowly(option, cell, [], [], grid)]
    assert 10 < len(slow) < 140
    assert seen_of(option, cells, Obstacles(terrain=grid)) == slow


def _up(grid: Terrain | None, east: float, north: float) -> float:
    """Bilinear, written out again."""
    if grid is None:
        return 0.0
    x, y = (east - grid.east0_m) / grid.step_m, (north - grid.north0_m) / grid.step_m
    x, y = min(max(x, 0.0), 10.0), min(max(y, 0.0), 10.0)
    c, r = min(int(x), 9), min(int(y), 9)
    a, b = grid.heights_m[r][c : c + 2], grid.heights_m[r + 1][c : c + 2]
    low, high = a[0] + (a[1] - a[0]) * (x - c), b[0] + (b[1] - b[0]) * (x - c)
    return float(low + (high - low) * (y - r))


def _slowly(
    option: CameraOption,
    cell: tuple[float, float],
    shapes: list[Polygon],
    houses: list[tuple[float, ...]],
    grid: Terrain | None,
) -> bool:
    """One pair with shapely: cut the line by each footprint and look at its lowest point inside."""
    start = _up(grid, option.east_m, option.north_m) + option.height_m
    end = _up(grid, *cell) + TARGET_M
    dx, dy = cell[0] - option.east_m, cell[1] - option.north_m
    if math.sqrt(dx * dx + dy * dy + (end - start) ** 2) > option.range_m:
        return False
    off = (math.degrees(math.atan2(dx, dy)) - option.direction_deg) % 360
    if min(off, 360 - off) > option.view_deg / 2:
        return False
    line = LineString([(option.east_m, option.north_m), cell])
    for shape, house in zip(shapes, houses, strict=True):
        top = house[5] + _up(grid, shape.centroid.x, shape.centroid.y)
        inside = line.intersection(shape)
        if inside.is_empty or inside.length == 0:
            continue
        ends = [line.project(Point(p)) / line.length for p in shapely.get_coordinates(inside)]
        if min(start + (end - start) * share for share in ends) < top:
            return False
    if grid is not None:
        steps = math.ceil(line.length / (grid.step_m / 2))
        for number in range(steps):
            share = number / steps
            at = _up(grid, option.east_m + share * dx, option.north_m + share * dy)
            if at > start + share * (end - start):
                return False
    return True
