"""A camera that is down tells somebody, once: over MQTT, by webhook, by mail, whoever is away meanwhile."""

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path

from tests.http_kit import CAMERA, Town, town
from tests.peers_kit import Subscriber, free_port, mail_server, mosquitto, wait_for, web_hook

from ronda.app.jobs.health import health_jobs, send_due
from ronda.core.ids import CameraId, camera_id
from ronda.core.time import MINUTE_US, SECOND_US
from ronda.health.model import Delivery, PictureCheck, Verdict
from ronda.video.model import Gap, GapCause
from ronda.video.recorder_status import DiskStatus, RecorderStatus

ADDRESS = {"host": "127.0.0.1"}


def falls(here: Town, *, minutes_ago: float = 6, cause: GapCause = GapCause.POWER) -> None:
    """The camera's recorder row: since then, nothing."""
    start_us = here.wiring.clock.now_us() - int(minutes_ago * MINUTE_US)
    gap = Gap(camera=camera_id(CAMERA), start_us=start_us, end_us=None, cause=cause, evidence="UPS melapor baterai")
    here.wiring.index.write(gaps=[gap])


def recovers(here: Town) -> None:
    gap = here.wiring.index.open_gap(camera_id(CAMERA))
    assert gap is not None
    here.wiring.index.write(
        gaps=[
            Gap(
                camera=gap.camera, start_us=gap.start_us, end_us=gap.start_us + SECOND_US, cause=gap.cause,
                evidence=gap.evidence,
            )
        ]
    )  # fmt: skip


def add_channel(here: Town, kind: str, settings: dict[str, str]) -> str:
    made = here.client("admin").post(
        "/api/alerts/channels", json={"kind": kind, "name": kind, "settings": settings}
    )
    assert made.status_code == 201, made.text
    return str(made.json()["channel_id"])


class RecorderUp:
    """A recorder that answers: what is down is told by its gap rows."""

    async def status(self) -> RecorderStatus:
        return RecorderStatus(engine="python", started_us=0, clock_ahead_us=0, dropped_frames=0, disk=DiskStatus())


def watched_town(root: Path) -> Town:
    here = town(root)
    here.wiring.__dict__["recorder"] = RecorderUp()
    return here


def turns(here: Town, count: int = 3) -> None:
    """Some turns of the worker's jobs, without waiting for its clock."""
    jobs = {job.name: job for job in health_jobs(here.wiring)}
    for _ in range(count):
        jobs["faults"].run()
        jobs["messages"].run()


def test_one_alert_when_a_camera_is_down_for_five_minutes_and_one_when_it_is_back(tmp_path: Path) -> None:
    here = watched_town(tmp_path / "data")
    with web_hook() as hook:
        add_channel(here, "webhook", {"url": hook.url, "secret": "kenari"})
        falls(here, minutes_ago=4)
        turns(here)
        assert hook.got == []
        recovers(here)
        falls(here, minutes_ago=6)
        turns(here, 5)
        (first,) = hook.got
        told = json.loads(first[1])
        assert (told["event"], told["cameras"], told["cause"]) == ("opened", [CAMERA], "power")
        assert "1 kamera tidak merekam" in told["text"]
        assert (
            first[0]["x-ronda-signature"] == "sha256=" + hmac.new(b"kenari", first[1], hashlib.sha256).hexdigest()
        )
        recovers(here)
        turns(here)
        assert [json.loads(body)["event"] for _head, body in hook.got] == ["opened", "closed"]


def test_a_receiver_that_fails_gets_the_message_later_and_can_drop_a_repeat(tmp_path: Path) -> None:
    here = watched_town(tmp_path / "data")
    with web_hook() as hook:
        add_channel(here, "webhook", {"url": hook.url})
        hook.status = 503
        falls(here)
        turns(here, 1)
        assert len(hook.got) == 1
        turns(here, 3)
        assert len(hook.got) == 1, "it waits before it tries again"
        (waiting,) = here.wiring.health.due(1 << 60, 10)
        assert "503" in str(waiting.last_fault)
        hook.status = 200
        here.wiring.health.told(_due_now(waiting))
        assert send_due(here.wiring) == 1
        assert send_due(here.wiring) == 0
        ids = {head["x-ronda-delivery"] for head, _body in hook.got}
        assert ids == {waiting.delivery_id}


def test_a_broker_that_was_away_gets_every_alert_once(tmp_path: Path) -> None:
    here = watched_town(tmp_path / "data")
    port = free_port()
    add_channel(here, "mqtt", {**ADDRESS, "port": str(port)})
    falls(here)
    turns(here)
    assert here.wiring.health.waiting() == 1
    with mosquitto(tmp_path, port), Subscriber(port) as heard:
        for waiting in here.wiring.health.due(1 << 60, 10):
            here.wiring.health.told(_due_now(waiting))
        turns(here)
        wait_for("the alert", lambda: heard.topics("/alert/"))
        assert here.wiring.health.waiting() == 0
        assert len(heard.topics("/alert/")) == 1
        wait_for("the state", lambda: heard.topics(f"/camera/{CAMERA}/state"))


def test_the_state_of_each_camera_is_retained_on_the_broker(tmp_path: Path) -> None:
    here = watched_town(tmp_path / "data")
    port = free_port()
    with mosquitto(tmp_path, port):
        add_channel(here, "mqtt", {**ADDRESS, "port": str(port)})
        falls(here)
        turns(here, 1)
        with Subscriber(port) as late:
            wait_for("retained states", lambda: len(late.topics("/camera/")) >= 2)
            states = {topic.split("/")[-2]: json.loads(payload) for topic, payload, _kept in late.got}
            assert states[CAMERA]["state"] == "missing"
            assert states[CAMERA]["cause"] == "power"
            assert all(kept for _topic, _payload, kept in late.got)


def test_a_mail_is_sent_by_the_offices_server(tmp_path: Path) -> None:
    here = watched_town(tmp_path / "data")
    port = free_port()
    channel = add_channel(
        here, "email", {**ADDRESS, "port": str(port), "from": "ronda@kutim.example", "to": "posko@kutim.example"}
    )
    assert not here.client("admin").post(f"/api/alerts/channels/{channel}/try").json()["taken"]
    with mail_server(port) as mails:
        assert here.client("admin").post(f"/api/alerts/channels/{channel}/try").json()["taken"]
        falls(here)
        turns(here)
        assert len(mails) == 2
        assert "1 kamera tidak merekam" in str(mails[1]["subject"])
        assert mails[1]["to"] == "posko@kutim.example"


def test_one_receiver_that_is_away_does_not_hold_up_the_others(tmp_path: Path) -> None:
    here = watched_town(tmp_path / "data")
    with web_hook() as hook:
        add_channel(here, "mqtt", {**ADDRESS, "port": str(free_port())})
        add_channel(here, "webhook", {"url": hook.url})
        falls(here)
        turns(here, 2)
        assert len(hook.got) == 1


def test_settings_that_cannot_work_are_refused_and_secrets_are_never_shown(tmp_path: Path) -> None:
    here = watched_town(tmp_path / "data")
    admin = here.client("admin")
    for kind, settings, says in (
        ("webhook", {}, "needs 'url'"),
        ("webhook", {"url": "ftp://x/"}, "http:// or https://"),
        ("email", {"host": "x", "from": "a"}, "needs 'to'"),
        ("mqtt", {"host": "x", "port": "99999"}, "port '99999'"),
        ("mqtt", {"host": "x", "colour": "red"}, "'colour' is no setting"),
    ):
        refused = admin.post("/api/alerts/channels", json={"kind": kind, "name": "uji", "settings": settings})
        assert refused.status_code == 422
        assert says in refused.json()["message"]
    add_channel(here, "mqtt", {**ADDRESS, "user": "ronda", "password": "kenari-rahasia"})
    shown = admin.get("/api/alerts/channels")
    assert "kenari" not in shown.text
    assert shown.json()["channels"][0]["secrets"] == ["password"]
    assert here.client("operator").get("/api/alerts/channels").status_code == 403


def test_a_black_picture_is_a_fault_although_the_camera_records(tmp_path: Path) -> None:
    here = watched_town(tmp_path / "data")
    now_us = here.wiring.clock.now_us()
    black = PictureCheck(
        camera=camera_id(CAMERA), at_us=now_us, verdict=Verdict.BLACK, since_us=now_us - 6 * MINUTE_US,
        brightness=3.0, contrast=1.0, change=0.1,
    )  # fmt: skip
    here.wiring.health.put_picture(black)
    turns(here)
    (incident,) = here.wiring.health.open_incidents()
    assert (incident.cause, incident.cameras) == (GapCause.CAMERA, (CameraId(CAMERA),))
    assert incident.evidence == "the picture is black (brightness 3, contrast 1 of 255)"
    here.wiring.health.put_picture(replace(black, verdict=Verdict.GOOD, since_us=now_us))
    turns(here)
    assert here.wiring.health.open_incidents() == []


def test_an_old_verdict_says_nothing_of_now(tmp_path: Path) -> None:
    here = watched_town(tmp_path / "data")
    old_us = here.wiring.clock.now_us() - 10 * MINUTE_US
    here.wiring.health.put_picture(
        PictureCheck(
            camera=camera_id(CAMERA), at_us=old_us, verdict=Verdict.FROZEN, since_us=old_us, brightness=80.0,
            contrast=30.0, change=0.0,
        )
    )  # fmt: skip
    turns(here)
    assert here.wiring.health.open_incidents() == []


def test_a_recorder_that_is_away_is_one_fault_of_everything(tmp_path: Path) -> None:
    """Nobody writes gap rows then; what has no newer footage counts as down."""
    here = town(tmp_path / "data")
    turns(here, 1)
    (incident,) = here.wiring.health.open_incidents()
    assert (incident.cause, incident.cameras) == (GapCause.MACHINE, (CameraId(CAMERA),))


def _due_now(waiting: Delivery) -> Delivery:
    return replace(waiting, next_us=0)
