"""A village box and a real hub with our own thin line between: nothing lost, nothing doubled, films whole."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from tests.edge_kit import EDGE, Village, joined
from tests.http_kit import CAMERA, LETTER, Town, town
from tests.hub_kit import hub, ronda

from ronda.app.hub_http import HubUnreachableError
from ronda.app.jobs.village_footage import village_footage
from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.fleet.budget import next_day_us
from ronda.sim.relay import Relay
from ronda.video.model import SegmentState


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path / "hub")


def approved_case(place: Town, span: TimeSpan) -> str:
    body = {
        **LETTER,
        "incident_from_us": span.start_us,
        "incident_to_us": span.end_us,
        "scope": {"cameras": [CAMERA], "from_us": span.start_us, "to_us": span.end_us},
    }
    made = place.client("investigator").post("/api/cases", json=body)
    assert made.status_code == 201, made.text
    case = made.json()
    answer = {"scope": case["scope"], "scope_version": 1, "note": "Sesuai surat permintaan"}
    done = place.client("approver").post(f"/api/cases/{case['case_id']}/approval", json=answer)
    assert done.status_code == 200, done.text
    return str(case["case_id"])


def settled(place: Town) -> list[tuple[int, int]]:
    return sorted(place.wiring.fleet.count_rows(EDGE))


def test_rows_arrive_once_each_and_stand_in_the_hubs_timeline(place: Town, tmp_path: Path) -> None:
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        made = village.record(5)
        village.gap(made[-1].span.end_us)
        village.turns()
    assert settled(place) == [(1, seq) for seq in village.rows()]
    span = TimeSpan(made[0].span.start_us, made[-1].span.end_us + 10_000_000)
    rows = [one for one in place.wiring.index.segments(CameraId(CAMERA), span) if one.state is SegmentState.REMOTE]
    assert [(row.span, row.sha256) for row in rows] == [(one.span, one.sha256) for one in made]
    assert [gap.cause.value for gap in place.wiring.index.gaps(CameraId(CAMERA), span)] == ["power"]


def test_a_cut_line_and_a_killed_hub_lose_and_double_nothing(place: Town, tmp_path: Path) -> None:
    """Cut while rows wait, kill the hub, heal, kill again in the middle: each row is there exactly once."""
    with hub(place.wiring.folder.root) as served:
        relay = Relay("127.0.0.1", served.port, bits_s=8_000_000, delay_s=0.005)
        relay.start()
        try:
            village = Village(joined(place, relay.url, tmp_path / "edge"), answer_s=2.0)
            village.record(3)
            village.turns()
            relay.cut()
            village.record(4)
            with pytest.raises(HubUnreachableError):
                village.link.turn()
            served.kill()
            relay.heal()
            with pytest.raises(HubUnreachableError):
                village.link.turn()
            village.record(3)
            served.start()
            village.turns()
        finally:
            relay.stop()
    assert settled(place) == [(1, seq) for seq in village.rows()]
    assert len(village.rows()) == 20


def test_an_answer_that_was_lost_is_a_repeat_that_changes_nothing(place: Town, tmp_path: Path) -> None:
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        village.record(3)
        village.turns()
        village.link.outbox.settle(2, village.link.clock.now_us())  # as if no answer came after row 2
        village.record(1)
        village.turns()
    assert settled(place) == [(1, seq) for seq in village.rows()]


def test_minutes_of_an_approved_case_come_byte_equal_and_the_timeline_tells(place: Town, tmp_path: Path) -> None:
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        made = village.record(4)
        village.turns()
        scope = TimeSpan(made[1].span.start_us, made[2].span.end_us)
        case = approved_case(place, scope)
        before = places(place, case)
        village.link.poll()
        asked = places(place, case)
        village.turns()
        after = places(place, case)
    assert [one["where"] for one in before] == ["village", "village"] or [one["where"] for one in before] == [
        "village"
    ]
    assert {one["where"] for one in asked} == {"coming"}
    assert {one["where"] for one in after} == {"here"}
    found = place.wiring.index.segments(CameraId(CAMERA), scope)
    for segment in found:
        data = (place.wiring.folder.footage / segment.path).read_bytes()
        assert segment.state is SegmentState.CLOSED
        assert data == village.films[segment.span.start_us]
        assert hashlib.sha256(data).hexdigest() == segment.sha256
    assert len(found) == 2
    assert place.wiring.log.entries(0, 1000, case=case, action="desa.rekaman_tiba") != []
    film = place.client("investigator").get(
        f"/api/cases/{case}/footage/{CAMERA}", params={"at_us": scope.start_us + 1_000_000}
    )
    assert film.status_code == 200, film.text
    sealed = place.client("investigator").post(f"/api/cases/{case}/packages", json={})
    assert sealed.status_code in (200, 201), sealed.text
    checked = ronda("check", "--data", str(place.wiring.folder.root), "--full")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_package_waits_until_its_footage_is_here(place: Town, tmp_path: Path) -> None:
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        made = village.record(1)
        village.turns()
        case = approved_case(place, made[0].span)
        early = place.client("investigator").post(f"/api/cases/{case}/packages", json={})
        village.turns()
        late = place.client("investigator").post(f"/api/cases/{case}/packages", json={})
    assert (early.status_code, early.json()["code"]) == (409, "footage_away")
    assert late.status_code in (200, 201), late.text


def test_arrived_footage_goes_when_its_days_are_over_and_stays_while_it_is_held(
    place: Town, tmp_path: Path
) -> None:
    """The hub's recorder does not know the camera; a job of the worker keeps its promise."""
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        village.start_at(place.wiring.clock.now_us() - 600 * 1_000_000)  # else the clock seems to have jumped
        made = village.record(2)
        village.turns()
        case = approved_case(place, TimeSpan(made[0].span.start_us, made[1].span.end_us))
        village.turns()
    files = [place.wiring.folder.footage / one.path for one in made]
    entry = place.wiring.register.camera(CameraId(CAMERA))
    assert entry is not None
    days = {CAMERA: replace(entry, retention_days=0)}
    place.wiring.register.camera = lambda camera: days.get(camera)  # type: ignore[method-assign, assignment]
    village_footage(place.wiring).run()
    assert all(file.exists() for file in files), case
    for hold in place.wiring.index.holds(CameraId(CAMERA), made[0].span):
        place.wiring.index.end_hold(hold.hold_id, 1)
    village_footage(place.wiring).run()
    assert not any(file.exists() for file in files)


def places(place: Town, case: str) -> list[dict[str, object]]:
    lines = place.client("investigator").get(f"/api/cases/{case}/timeline").json()
    found: list[dict[str, object]] = lines[0]["places"]
    return found


def test_a_film_goes_on_where_the_cut_was(place: Town, tmp_path: Path) -> None:
    """Resumed by the hub's own offset: what was there is not sent again."""
    with hub(place.wiring.folder.root) as served:
        relay = Relay("127.0.0.1", served.port, bits_s=20_000_000, delay_s=0.0)
        relay.start()
        try:
            village = Village(joined(place, relay.url, tmp_path / "edge"), answer_s=2.0)
            (made,) = village.record(1, seconds=40)
            village.turns()
            approved_case(place, made.span)
            village.link.poll()
            village.link.part_bytes = made.size_bytes // 5
            village.link.send_footage()
            village.link.send_footage()
            relay.cut()
            with pytest.raises(HubUnreachableError):
                village.link.send_footage()
            relay.heal()
            before = relay.count().up_bytes
            village.turns()
            sent = relay.count().up_bytes - before
        finally:
            relay.stop()
    (segment,) = place.wiring.index.segments(CameraId(CAMERA), made.span)
    assert segment.state is SegmentState.CLOSED
    assert (place.wiring.folder.footage / segment.path).read_bytes() == village.films[made.span.start_us]
    assert sent < made.size_bytes * 0.9


def test_the_days_bytes_are_kept_as_counted_on_the_line(place: Town, tmp_path: Path) -> None:
    """A film larger than what is left waits for tomorrow; the relay saw no byte above the budget."""
    with hub(place.wiring.folder.root) as served:
        relay = Relay("127.0.0.1", served.port, bits_s=50_000_000, delay_s=0.0)
        relay.start()
        try:
            village = Village(joined(place, served.url, tmp_path / "edge", budget_bytes=10**9), relay.url)
            made = village.record(6, seconds=20)
            village.turns()
            budget = relay.count().up_bytes + relay.count().down_bytes + made[0].size_bytes * 3
            place.wiring.fleet.invite(EDGE, "64.08", [CAMERA], "-", until_us=0, now_us=0, budget_bytes=budget)
            approved_case(place, TimeSpan(made[0].span.start_us, made[-1].span.end_us))
            village.turns()
            village.link.rate_bytes_s = village.link.rate_bytes_s or 1000.0
            village.turns()
            village.turns()
            count = relay.count()
        finally:
            relay.stop()
    arrived = [one for one in place.wiring.fleet.fetches(EDGE) if one.arrived_us is not None]
    assert 0 < len(arrived) < 6
    assert count.up_bytes + count.down_bytes <= budget
    assert village.link.budget.used_bytes >= count.up_bytes + count.down_bytes
    (edge,) = place.client("admin").get("/api/edges").json()
    assert edge["files_waiting"] == 6 - len(arrived)
    assert edge["budget_spent"] is True
    assert edge["expected_us"] > next_day_us(place.wiring.clock.now_us())
    assert len(place.wiring.log.entries(0, 1000, action="desa.jatah_habis")) == 1


def test_a_lock_at_the_hub_keeps_the_film_at_the_village(place: Town, tmp_path: Path) -> None:
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        made = village.record(3)
        village.turns()
        approved_case(place, made[1].span)
        village.link.poll()
    due = village.link.index.take_due(
        camera=CameraId(CAMERA), before_us=2**62, now_us=village.link.clock.now_us(), limit=50
    )
    assert [one.span for one in due] == [made[0].span, made[2].span]


def test_footage_whose_rows_the_hub_does_not_have_stays(place: Town, tmp_path: Path) -> None:
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        village.turns()
    village.record(2)
    village.link.outbox.guard_unsettled()
    now = village.link.clock.now_us()
    assert village.link.index.take_due(camera=None, before_us=2**62, now_us=now, limit=50) == []
