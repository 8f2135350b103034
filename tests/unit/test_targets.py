"""Targets count what is there; an unknown whole stays unknown."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ronda.core.ids import AreaCode, SiteId, camera_id
from ronda.registry.areas import villages
from ronda.registry.model import Camera, CameraState, Neighbourhood, Place, Site, SiteKind
from ronda.registry.targets import Lists, Target, TargetState, area_states, target_states

SWARGA = AreaCode("64.08.04.2012")


def camera(
    kind: SiteKind, area: str = SWARGA, state: CameraState = CameraState.IN_SERVICE, **site: object
) -> Camera:
    place = Site(
        site_id=SiteId("s"), name=str(site.get("name", "Titik")), kind=kind, area=AreaCode(area),
        lat_deg=site.get("lat"), lon_deg=site.get("lon"),  # type: ignore[arg-type]
    )  # fmt: skip
    return Camera(
        camera=camera_id("a"), name="a", site=place, purpose="Keamanan umum", legal_basis="UU", retention_days=30,
        url="", sub_url=None, direction_deg=None, state=state,
    )  # fmt: skip


def school(name: str = "SD 1", lat: float | None = 0.5, area: str = SWARGA) -> Place:
    return Place(
        place_id=name, name=name, kind=SiteKind.SCHOOL, area=AreaCode(area), lat_deg=lat,
        lon_deg=None if lat is None else 117.5, source="s.csv",
    )  # fmt: skip


def state(target: Target, cameras: list[Camera], lists: Lists | None = None) -> TargetState:
    return next(one for one in target_states(cameras, lists or Lists()) if one.target is target)


def test_offices_and_roads_are_counted_against_the_table_of_areas() -> None:
    cameras = [
        camera(SiteKind.DISTRICT_OFFICE, "64.08.04"),
        camera(SiteKind.DISTRICT_OFFICE, SWARGA),
        camera(SiteKind.VILLAGE_OFFICE),
        camera(SiteKind.VILLAGE_ROAD),
    ]
    found = {one.target: (one.covered, one.total) for one in target_states(cameras, Lists())}
    assert found[Target.DISTRICT_OFFICE] == (1, 18)
    assert found[Target.VILLAGE_OFFICE] == (1, 141)
    assert found[Target.VILLAGE_ROAD] == (1, 141)


def test_without_a_list_the_whole_is_unknown_and_with_one_it_is_its_length() -> None:
    assert state(Target.SCHOOL, []).total is None
    assert state(Target.NEIGHBOURHOOD, []).total is None
    assert state(Target.SCHOOL, [], Lists(places=[school(), school("SD 2")])).total == 2


@pytest.mark.parametrize(
    ("site", "covered"),
    [
        ({"lat": 0.5, "lon": 117.5}, 1),
        ({"lat": 0.5013, "lon": 117.5}, 1),  # 145 m
        ({"lat": 0.5014, "lon": 117.5}, 0),  # 156 m
        ({"name": "sd 1"}, 1),
        ({"name": "SD 2"}, 0),
    ],
)
def test_a_place_is_covered_by_a_camera_of_its_kind_that_is_near_or_bears_its_name(
    site: dict[str, object], covered: int
) -> None:
    lists = Lists(places=[school()])
    assert state(Target.SCHOOL, [camera(SiteKind.SCHOOL, **site)], lists).covered == covered  # type: ignore[arg-type]
    assert state(Target.SCHOOL, [camera(SiteKind.MARKET, **site)], lists).covered == 0  # type: ignore[arg-type]


def test_planned_cameras_cover_nothing_yet_and_retired_ones_nothing_any_more() -> None:
    planned = state(Target.VILLAGE_OFFICE, [camera(SiteKind.VILLAGE_OFFICE, state=CameraState.PLANNED)])
    assert (planned.covered, planned.planned) == (0, 1)
    retired = state(Target.VILLAGE_OFFICE, [camera(SiteKind.VILLAGE_OFFICE, state=CameraState.RETIRED)])
    assert (retired.covered, retired.planned) == (0, 0)


def test_an_rt_is_covered_by_a_camera_registered_for_it_alone() -> None:
    rt = Neighbourhood(code=AreaCode(f"{SWARGA}.001.007"), village=SWARGA, rw="1", rt="7", name="")
    lists = Lists(neighbourhoods=[rt])
    assert state(Target.NEIGHBOURHOOD, [camera(SiteKind.PATROL_POST)], lists).covered == 0
    assert state(Target.NEIGHBOURHOOD, [camera(SiteKind.PATROL_POST, rt.code)], lists).covered == 1


def test_an_area_counts_what_lies_in_it_and_its_district_all_of_it() -> None:
    found = area_states([camera(SiteKind.VILLAGE_OFFICE)], Lists(places=[school()]))
    assert (found[SWARGA].covered, found[SWARGA].total) == (1, 3)  # office, road, school
    in_district = sum(one.code.startswith("64.08.04.") for one in villages())
    assert found[AreaCode("64.08.04")].total == 2 * in_district + 1 + 1
    assert found[AreaCode("64.08")].total == 18 + 2 * 141 + 1
    assert found[AreaCode("64.08.01.2001")].in_service == 0


AREAS = st.sampled_from(
    [SWARGA, AreaCode("64.08.04"), AreaCode("64.08"), AreaCode("64.09.01"), AreaCode("64.08.01.2001")]
)
CAMERAS = st.lists(
    st.builds(camera, st.sampled_from(list(SiteKind)), AREAS, st.sampled_from(list(CameraState))), max_size=12
)


@given(cameras=CAMERAS)
def test_never_more_is_covered_than_there_is_and_one_more_camera_never_covers_less(cameras: list[Camera]) -> None:
    lists = Lists(places=[school()])
    before = target_states(cameras, lists)
    assert all(one.total is None or one.covered + one.planned <= one.total for one in before)
    more = [*cameras, camera(SiteKind.VILLAGE_OFFICE, "64.08.01.2001")]
    for old, new in zip(before, target_states(more, lists), strict=True):
        assert new.covered >= old.covered
    serving = [dataclasses.replace(one, state=CameraState.IN_SERVICE) for one in cameras]
    assert sum(one.covered for one in target_states(serving, lists)) >= sum(one.covered for one in before)
