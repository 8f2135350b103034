"""A counter is measured from real footage of a drawn office, and nothing but numbers is left."""

from pathlib import Path

import pytest
from tests.http_kit import Town, town

from ronda.app.jobs.service import Measure
from ronda.core.ids import AreaCode, SiteId
from ronda.core.time import SECOND_US, TimeSpan
from ronda.registry.model import Camera, Site, SiteKind
from ronda.sim.builder import build_look, load_reels
from ronda.sim.past import PastCamera, build_past
from ronda.sim.regency import OFFICE_ZONES, SERVICE, virtual_cameras
from ronda.sim.scenes.looks import look_named
from ronda.sim.schedule import Schedule

ZONES = [
    {"kind": kind, "left": left, "top": top, "right": right, "bottom": bottom, "capacity": capacity}
    for kind, left, top, right, bottom, capacity in OFFICE_ZONES
]
ALWAYS = ["00.00-24.00"] * 7
BODY = {
    "legal_basis": "Perbup Kutai Timur tentang standar pelayanan",
    "purpose": "Loket terlayani dan waktu tunggu warga",
    "zones": ZONES,
    "hours": ALWAYS,
}


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes")
    build_look(folder, look_named(SERVICE))
    return folder


@pytest.fixture
def here(tmp_path: Path) -> Town:
    found = town(tmp_path / "data")
    site = Site(
        site_id=SiteId("s-camat"), name="Kantor Camat", kind=SiteKind.DISTRICT_OFFICE,
        area=AreaCode("64.08.04.2001"), lat_deg=0.5, lon_deg=117.5,
    )  # fmt: skip
    found.wiring.register.add_camera(
        Camera(
            camera=SERVICE, name="Loket Kantor Camat", site=site, purpose="Ketertiban ruang pelayanan",
            legal_basis="UU 27/2022", retention_days=7, url="rtsp://127.0.0.1:1/x", sub_url=None,
            direction_deg=None,
        )
    )  # fmt: skip
    return found


def record(here: Town, scenes: Path, clips: list[tuple[str, int]]) -> int:
    """Footage that ends now: each clip for so many seconds; gives when it began."""
    now_us = here.wiring.clock.now_us()
    start_us = now_us - sum(seconds for _clip, seconds in clips) * SECOND_US
    virtual = next(one for one in virtual_cameras() if one.name == SERVICE)
    reel = load_reels(scenes, look_named(SERVICE))[0]
    schedule = Schedule(epoch_us=start_us, seed=SERVICE, clip_gops=reel.clip_gops)
    at_us = start_us
    for clip, seconds in clips:
        schedule = schedule.with_clip(clip, at_us, for_us=seconds * SECOND_US)
        at_us += seconds * SECOND_US
    camera = PastCamera(camera=virtual, reel=reel, schedule=schedule, spans=[TimeSpan(start_us, now_us)], gaps=[])
    build_past([camera], here.wiring.folder.footage, here.wiring.index, training=False)
    return start_us


def registered(here: Town) -> None:
    done = here.client("operator").put(f"/api/service/{SERVICE}", json=BODY)
    assert done.status_code == 200, done.text


def test_staffed_and_unstaffed_time_of_a_filmed_counter_is_told_apart(here: Town, scenes: Path) -> None:
    registered(here)
    start_us = record(here, scenes, [("closed", 14), ("quiet", 54), ("unstaffed", 20)])
    here.wiring.settings.put(f"service_empty_us:{SERVICE}", start_us + 2 * SECOND_US)
    Measure(here.wiring).turn()
    rows = here.client("service_head").get(f"/api/service/{SERVICE}/quarters").json()
    rows_all = here.wiring.service.quarters(SERVICE, TimeSpan(0, 1 << 62))
    assert 1 <= len(rows) <= len(rows_all) <= 2
    assert all(row.queue_samples for row in rows_all)
    samples = sum(row.open_samples for row in rows_all)
    staffed = sum(row.staffed_samples for row in rows_all)
    assert samples >= 20
    assert staffed / samples == pytest.approx(54 / 88, abs=0.07)
    assert max(row.queue_max for row in rows_all) >= 3


def test_what_was_looked_at_is_not_looked_at_again(here: Town, scenes: Path) -> None:
    registered(here)
    record(here, scenes, [("quiet", 40)])
    measure = Measure(here.wiring)
    measure.turn()
    before = here.wiring.service.quarters(SERVICE, TimeSpan(0, 1 << 62))
    measure.turn()
    assert here.wiring.service.quarters(SERVICE, TimeSpan(0, 1 << 62)) == before
    assert sum(row.samples for row in before) <= 14


def test_all_that_is_stored_is_a_few_numbers_and_no_picture(here: Town, scenes: Path) -> None:
    registered(here)
    files_before = {path for path in here.wiring.folder.root.rglob("*") if path.is_file()}
    record(here, scenes, [("quiet", 40)])
    filmed = {path for path in here.wiring.folder.root.rglob("*") if path.is_file()}
    Measure(here.wiring).turn()
    told = here.client("inspector").get(f"/api/service/{SERVICE}/stored").json()
    assert told["pictures"] == 0
    assert told["binary_columns"] == []
    assert told["rows"] == here.wiring.service.stored(SERVICE) >= 1
    assert 0 < told["numbers"] <= 14 * told["rows"]
    after = {path for path in here.wiring.folder.root.rglob("*") if path.is_file()}
    assert {path.suffix for path in after - filmed} <= {".sqlite-wal", ".sqlite-shm"}
    assert files_before <= after


def test_a_camera_that_is_not_registered_measures_nothing(here: Town, scenes: Path) -> None:
    record(here, scenes, [("quiet", 40)])
    Measure(here.wiring).turn()
    assert here.wiring.service.stored(SERVICE) == 0
    refused = here.client("service_head").get(f"/api/service/{SERVICE}/days")
    assert (refused.status_code, refused.json()["code"]) == (404, "no_service_point")


def test_a_point_without_a_basis_of_its_own_or_with_impossible_hours_is_refused(here: Town) -> None:
    operator = here.client("operator")
    for change, code in (
        ({"legal_basis": "-"}, "bad_service_point"),
        ({"zones": []}, "bad_service_point"),
        ({"hours": ["08.00-25.00"] + [""] * 6}, "bad_hours"),
        ({"hours": [""] * 7}, "bad_service_point"),
        ({"hours": ["20.00-09.00", "08.00-15.00", "", "", "", "", ""]}, "bad_hours"),
    ):
        refused = operator.put(f"/api/service/{SERVICE}", json={**BODY, **change})
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert here.wiring.service.points() == []


def test_hours_across_midnight_are_taken_and_said_back(here: Town) -> None:
    night = {**BODY, "hours": ["22.00-06.00"] + [""] * 6}
    told = here.client("operator").put(f"/api/service/{SERVICE}", json=night).json()
    assert told["across_midnight"] == [0]
    assert told["hours"][0] == "22.00-06.00"


def test_who_may_register_and_who_may_read_stands_in_the_log(here: Town) -> None:
    assert here.client("service_head").put(f"/api/service/{SERVICE}", json=BODY).status_code == 403
    assert here.client("investigator").get("/api/service").status_code == 403
    registered(here)
    assert [one["camera"] for one in here.client("service_head").get("/api/service").json()] == [SERVICE]
    assert here.client("operator").post(f"/api/service/{SERVICE}/empty").status_code == 204
    assert here.client("operator").delete(f"/api/service/{SERVICE}").status_code == 204
    actions = [line["action"] for line in here.client("inspector").get("/api/log").json()["lines"]]
    assert {"layanan.didaftarkan", "layanan.ruang_kosong", "layanan.dihentikan", "manage_service.ditolak"} <= set(
        actions
    )
