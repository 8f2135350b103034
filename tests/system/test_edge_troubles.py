"""Bad input from dataclasses import replace
from an edge: a wrong clock, a cloned disk, a restored backup, a full disk, a strange voice."""

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from tests.edge_kit import EDGE, Village, joined
from tests.http_kit import CAMERA, Town, town
from tests.hub_kit import hub, ronda

from ronda.app.edge.box import open_box
from ronda.core.ids import CameraId, camera_id
from ronda.core.time import SECOND_US, TimeSpan
from ronda.fleet.errors import NotEnrolledError
from ronda.registry.purposes import importance
from ronda.video.cameras_file import read_cameras
from ronda.video.model import SegmentState

ALL_DAY = 2 * 86_400 * SECOND_US


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path / "hub")


class OffClock:
    """A clock that is wrong by so much."""

    def __init__(self, real: object, off_s: float) -> None:
        self._real, self._off_us = real, round(off_s * SECOND_US)

    def now_us(self) -> int:
        return int(self._real.now_us()) + self._off_us  # type: ignore[attr-defined]

    def monotonic_us(self) -> int:
        return int(self._real.monotonic_us())  # type: ignore[attr-defined]


def shown(place: Town) -> dict[str, object]:
    (edge,) = place.client("admin").get("/api/edges").json()
    found: dict[str, object] = edge
    return found


def set_clock(village: Village, off_s: float) -> None:
    clock = OffClock(village.link.clock, off_s)
    village.link.clock = clock
    village.link.carriage._clock = clock  # type: ignore[attr-defined]


def remote(place: Town) -> list[int]:
    now = place.wiring.clock.now_us()
    span = TimeSpan(now - ALL_DAY, now)
    found = place.wiring.index.segments(CameraId(CAMERA), span)
    return [one.span.start_us for one in found if one.state is SegmentState.REMOTE]


@pytest.mark.parametrize(("off_s", "word"), [(0.0, "ok"), (-5.0, "flagged"), (300.0, "quarantine")])
def test_a_wrong_clock_is_measured_and_said(place: Town, tmp_path: Path, off_s: float, word: str) -> None:
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        set_clock(village, off_s)
        village.turns()
        village.turns()  # the offset of the first exchange is told by the next heartbeat
        edge = shown(place)
    assert edge["clock"] == word
    assert abs(int(str(edge["clock_offset_us"])) - off_s * SECOND_US) < SECOND_US


def test_rows_of_a_clock_wrong_by_minutes_are_kept_apart_until_a_person_lets_them_in(
    place: Town, tmp_path: Path
) -> None:
    """Kept with the times they have; recording and the rest go on."""
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        set_clock(village, 400.0)
        made = village.record(2)
        village.turns()
        assert remote(place) == []
        assert shown(place)["quarantined_rows"] == len(village.rows())
        done = ronda("edge", "release", EDGE, "--data", str(place.wiring.folder.root))
        assert done.returncode == 0, done.stderr
    assert remote(place) == [one.span.start_us for one in made]


def test_a_cloned_disk_waits_for_a_person_and_loses_nothing(place: Town, tmp_path: Path) -> None:
    """The copy speaks while the first box lives: frozen, its rows apart, both said on the health screen."""
    with hub(place.wiring.folder.root) as served:
        first = Village(joined(place, served.url, tmp_path / "edge"))
        first.record(2)
        first.turns()
        first.link.index.close()
        shutil.copytree(tmp_path / "edge", tmp_path / "clone")
        clone = Village(open_box(tmp_path / "clone"))
        assert clone.link.outbox.standing().epoch == 2
        clone.record(1)
        clone.turns()
        first.record(1)
        first.turns()
        first.link.poll()
        edge = shown(place)
        assert edge["other_instance"] == clone.link.outbox.standing().instance
        assert edge["apart_rows"] == len(clone.rows())
        assert edge["rows_waiting"] == 0
        assert first.link.outbox.standing().settled == len(first.rows())
        assert clone.link.outbox.standing().settled == 0
        instance = clone.link.outbox.standing().instance
        done = ronda("edge", "accept", EDGE, instance, "--data", str(place.wiring.folder.root))
        assert done.returncode == 0, done.stderr
        clone.turns()
        clone.turns()
    assert clone.link.outbox.standing().settled == len(clone.rows())
    assert shown(place)["other_instance"] is None


def test_a_stolen_box_is_refused_once_it_was_ended_and_another_takes_its_place(place: Town, tmp_path: Path) -> None:
    """What it brought before stays; what it says after is not taken."""
    with hub(place.wiring.folder.root) as served:
        stolen = Village(joined(place, served.url, tmp_path / "edge"))
        made = stolen.record(1)
        stolen.turns()
        done = ronda("edge", "end", EDGE, "--data", str(place.wiring.folder.root))
        assert done.returncode == 0, done.stderr
        stolen.record(1)
        with pytest.raises(NotEnrolledError):
            stolen.turns()
        assert remote(place) == [one.span.start_us for one in made]
        other = Village(joined(place, served.url, tmp_path / "other"))
        later = other.record(2)[1:]  # the first begins when the first of the stolen box began
        other.turns()
        assert remote(place) == [one.span.start_us for one in [*made, *later]]


def test_a_restored_hub_gets_everything_again(place: Town, tmp_path: Path) -> None:
    """The hub's database of yesterday says an older cursor; the edge sends from there."""
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        village.record(2)
        village.turns()
        saved = place.wiring.folder.root / "config.sqlite"
        with sqlite3.connect(saved) as live, sqlite3.connect(tmp_path / "yesterday.sqlite") as copy:
            live.backup(copy)
        village.record(3)
        village.turns()
        assert village.link.outbox.standing().settled == len(village.rows())
        served.kill()
        with sqlite3.connect(saved) as live, sqlite3.connect(tmp_path / "yesterday.sqlite") as copy:
            copy.backup(live)
        served.start()
        village.turns()
    assert sorted(place.wiring.fleet.count_rows(EDGE)) == [(1, seq) for seq in village.rows()]


def test_rows_that_an_edge_lost_before_sending_are_counted(place: Town, tmp_path: Path) -> None:
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        village.record(1)
        village.turns()
        village.record(2)
        with village.link.outbox._writing() as db:
            db.execute("DELETE FROM outbox WHERE seq <= 4")
        village.turns()
    assert shown(place)["missing_rows"] == 2


def test_a_full_disk_gives_up_the_oldest_and_says_so_in_a_row_of_its_own(place: Town, tmp_path: Path) -> None:
    """Unsettled footage stays as long as the disk lets it; what may go then is a shipped note."""
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        village.turns()
        village.record(2)
        village.link.outbox.guard_unsettled()
        now = village.link.clock.now_us()
        assert village.link.index.take_due(camera=None, before_us=2**62, now_us=now, limit=9) == []
        village.link.give_way(free_bytes=1_000)
        due = village.link.index.take_due(camera=None, before_us=2**62, now_us=now, limit=9)
        assert len(due) > 0
        village.turns()
    notes = [json.loads(body) for _seq, _at, kind, body in village.link.outbox.rows(0, 100) if kind == "note"]
    assert [one["kind"] for one in notes] == ["loss"]
    assert CAMERA in notes[0]["text"]


def test_settled_rows_stay_a_week_and_then_go(place: Town, tmp_path: Path) -> None:
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        village.record(2)
        village.turns()
    outbox, now = village.link.outbox, village.link.clock.now_us()
    settled, day = outbox.standing().settled, 86_400 * SECOND_US
    outbox.settle(settled, now + 6 * day)
    assert len(outbox.rows(0, 100)) == settled
    outbox.settle(settled, now + 8 * day)
    assert outbox.rows(0, 100) == []
    village.record(1)
    assert min(village.rows()) == settled + 1


@pytest.mark.parametrize("change", ["signature", "edge", "nothing signed"])
def test_a_strange_voice_is_refused_before_anything_is_read(place: Town, tmp_path: Path, change: str) -> None:
    with hub(place.wiring.folder.root) as served:
        joined(place, served.url, tmp_path / "edge")
        headers = {
            "x-ronda": "1",
            "x-ronda-edge": "somebody" if change == "edge" else EDGE,
            "x-ronda-instance": "i",
            "x-ronda-time": "1",
            "x-ronda-number": "1",
            "x-ronda-signature": "00" * 64,
        }
        client = place.client("nobody")
        answer = client.post("/api/fleet/batch", content=b"x", headers={} if "nothing" in change else headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_enrolled"
    assert place.wiring.fleet.count_rows(EDGE) == []


def test_a_token_is_used_up(place: Town, tmp_path: Path) -> None:
    with hub(place.wiring.folder.root) as served:
        made = ronda(
            "edge", "invite", "desa-lain", "--camera", CAMERA, "--area", "64.08",
            "--data", str(place.wiring.folder.root),
        )  # fmt: skip
        token = made.stdout.strip()
        first = ronda("edge", "enrol", "--hub", served.url, "--token", token, "--data", str(tmp_path / "a"))
        second = ronda("edge", "enrol", "--hub", served.url, "--token", token, "--data", str(tmp_path / "b"))
    assert first.returncode == 0, first.stderr
    assert second.returncode != 0
    assert "used up" in second.stderr
    assert not (tmp_path / "b" / "ronda.json").exists()


def test_the_hubs_own_recorder_leaves_the_camera_alone(place: Town, tmp_path: Path) -> None:
    with hub(place.wiring.folder.root) as served:
        joined(place, served.url, tmp_path / "edge")
    listed = json.loads(place.wiring.folder.recorder_cameras.read_text())
    assert CAMERA not in [one["camera"] for one in listed]


def test_the_box_records_as_the_register_asks(place: Town, tmp_path: Path) -> None:
    """Second stream, way of sending and what gives way first reach a village like the hub's own recorder."""
    entry = place.wiring.register.camera(camera_id(CAMERA))
    assert entry is not None
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        asked = replace(entry, sub_url="rtsp://127.0.0.1:1/sub", record_sub=True, transport="udp")
        place.wiring.register.save(asked)
        village.turns()
    (told,), refused = read_cameras(village.box.folder.recorder_cameras)
    assert refused == []
    assert (told.record_sub, told.sub_url, told.transport.value) == (True, "rtsp://127.0.0.1:1/sub", "udp")
    assert told.priority == importance(entry.purpose_kind)
