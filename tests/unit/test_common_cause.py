"""Four dead tiles with one cause raise one alert; two faults stay two."""

from hypothesis import given
from hypothesis import strategies as st

from ronda.core.ids import AreaCode, SiteId, camera_id
from ronda.core.time import MINUTE_US
from ronda.health.common_cause import WINDOW_US, groups
from ronda.health.model import Down, Reach, Watched
from ronda.video.model import GapCause

LINGGA, UTARA = AreaCode("64.08.04.1010"), AreaCode("64.08.04.2001")
NOW_US = 100 * MINUTE_US


def watched(name: str, area: AreaCode, site: str | None = None) -> Watched:
    return Watched(
        camera=camera_id(name), name=name, site=SiteId(site or f"s-{name}"), site_name=f"Titik {name}", area=area
    )


def down(name: str, minutes_ago: float, cause: GapCause = GapCause.LINK) -> Down:
    return Down(
        camera=camera_id(name),
        since_us=NOW_US - int(minutes_ago * MINUTE_US),
        cause=cause,
        evidence=f"bukti {cause}",
    )


TOWN = [
    watched("puskesmas", LINGGA),
    watched("perpustakaan", LINGGA),
    watched("dukcapil", LINGGA),
    watched("utara", LINGGA),
    watched("simpang-3", UTARA),
    watched("pasar", UTARA),
]


def found(*fallen: Down, after_min: float = 5) -> list[tuple[Reach, str, tuple[str, ...], GapCause]]:
    rows = groups(TOWN, fallen, now_us=NOW_US, after_us=int(after_min * MINUTE_US))
    return [(one.reach, one.where, one.cameras, one.cause) for one in rows]


def test_a_village_whose_cameras_all_fell_together_is_one_fault() -> None:
    names = ("dukcapil", "perpustakaan", "puskesmas", "utara")
    assert found(*(down(name, 6) for name in names)) == [(Reach.VILLAGE, LINGGA, names, GapCause.LINK)]


def test_cameras_that_fell_with_the_first_belong_to_its_alert_before_their_own_five_minutes() -> None:
    fallen = [down("puskesmas", 5.1), down("perpustakaan", 4.9), down("dukcapil", 4.5), down("utara", 3.4)]
    assert [len(cameras) for _reach, _where, cameras, _cause in found(*fallen)] == [4]


def test_a_village_with_one_camera_still_recording_has_single_faults() -> None:
    names = ("dukcapil", "perpustakaan", "puskesmas")
    rows = found(*(down(name, 6) for name in names))
    assert [(reach, cameras) for reach, _where, cameras, _cause in rows] == [
        (Reach.CAMERA, (name,)) for name in names
    ]


def test_two_cameras_that_fell_at_different_times_are_two_faults() -> None:
    apart = 6 + WINDOW_US / MINUTE_US + 1
    assert [reach for reach, *_rest in found(down("simpang-3", 6), down("pasar", apart))] == [Reach.CAMERA] * 2


def test_a_camera_down_for_four_minutes_raises_nothing() -> None:
    assert found(down("pasar", 4)) == []


def test_cameras_that_disagree_about_the_cause_leave_it_unknown() -> None:
    rows = found(down("simpang-3", 6, GapCause.POWER), down("pasar", 6, GapCause.LINK))
    assert [(reach, cause) for reach, _where, _cameras, cause in rows] == [(Reach.VILLAGE, GapCause.UNKNOWN)]


def test_cameras_that_break_together_share_something_that_is_not_a_camera() -> None:
    rows = found(down("simpang-3", 6, GapCause.CAMERA), down("pasar", 6, GapCause.CAMERA))
    assert [cause for _reach, _where, _cameras, cause in rows] == [GapCause.UNKNOWN]
    assert [cause for *_rest, cause in found(down("pasar", 6, GapCause.CAMERA))] == [GapCause.CAMERA]


def test_time_off_as_planned_is_no_fault() -> None:
    assert found(down("pasar", 60, GapCause.PLANNED_OFF)) == []


def test_everything_at_once_is_one_fault_of_the_whole_network() -> None:
    rows = found(*(down(one.camera, 6, GapCause.MACHINE) for one in TOWN))
    assert [(reach, len(cameras)) for reach, _where, cameras, _cause in rows] == [(Reach.EVERYWHERE, 6)]


def test_two_cameras_of_one_site_are_the_sites_fault() -> None:
    town = [*TOWN, watched("pasar-2", UTARA, site="s-pasar")]
    rows = groups(town, [down("pasar", 6), down("pasar-2", 6)], now_us=NOW_US, after_us=5 * MINUTE_US)
    assert [(one.reach, one.where) for one in rows] == [(Reach.SITE, "s-pasar")]


@given(st.dictionaries(st.sampled_from([one.camera for one in TOWN]), st.floats(0, 30)))
def test_each_camera_that_is_down_long_enough_is_in_exactly_one_group(ages: dict[str, float]) -> None:
    rows = found(*(down(name, age) for name, age in ages.items()))
    named = [camera for _reach, _where, cameras, _cause in rows for camera in cameras]
    assert len(named) == len(set(named))
    due = {name for name, age in ages.items() if int(age * MINUTE_US) >= 5 * MINUTE_US}
    assert due <= set(named)
