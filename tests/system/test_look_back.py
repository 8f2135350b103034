"""The control room's look back on the real socket: what it opens, what it never opens, what it leaves behind."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.http_kit import CAMERA, FAR_CAMERA, Town, town

from ronda.access.duty import Duty, DutyKind
from ronda.access.look_back import REASON_WITHIN_US
from ronda.core.time import HOUR_US, MINUTE_US, SECOND_US, TimeSpan

AGO_US = 90 * SECOND_US
LIVE = {"op": "live", "tile": 7, "gen": 1, "camera": CAMERA}


@pytest.fixture
def place(tmp_path: Path) -> Town:
    """A film of a minute and a half ago, five minutes of look back, the operator on duty."""
    place = town(tmp_path, ago_us=AGO_US)
    place.wiring.settings.put("look_back_minutes", 5)
    on_duty(place, "operator")
    return place


def on_duty(place: Town, role: str) -> None:
    now_us = place.wiring.clock.now_us()
    place.wiring.duty.add(
        Duty(
            duty_id=f"du-{role}", kind=DutyKind.CONTROL_ROOM, person_id=place.people[role].person_id,
            span=TimeSpan(now_us - HOUR_US, now_us + HOUR_US), made_by=place.people["admin"].person_id,
        )
    )  # fmt: skip


def back(place: Town, camera: str = CAMERA, at_us: int | None = None) -> dict[str, Any]:
    at_us = place.start_us if at_us is None else at_us
    return {"op": "back", "tile": 1, "gen": 1, "camera": camera, "at_us": at_us, "until_us": at_us + MINUTE_US}


def answer_of(client: TestClient, *asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What tile 1 gets: its last message, and the media before it."""
    media = b""
    with client.websocket_connect("/api/video") as socket:
        for one in asked:
            socket.send_text(json.dumps(one))
        while True:
            message = socket.receive()
            if message.get("bytes"):
                media += message["bytes"][28:]
            elif message.get("text"):
                said = json.loads(message["text"])
                if said["tile"] == 1 and said["kind"] in ("end", "refused"):
                    return said, media


def entries(place: Town) -> list[tuple[str, str]]:
    return [
        (str(entry.fields["tahap"]), str(entry.fields["hasil"]))
        for entry in place.wiring.log.entries(0, 500)
        if entry.action == "pantauan.mundur"
    ]


def test_a_camera_in_view_is_rewound_and_opens_an_incident(place: Town) -> None:
    said, media = answer_of(place.client("operator"), LIVE, back(place))
    assert said["kind"] == "end"
    assert media[place.segment.init_bytes :] in place.film
    assert len(media) > place.segment.init_bytes
    (incident,) = place.wiring.duty.unexplained_of(place.people["operator"].person_id)
    assert (incident.camera, incident.from_us) == (CAMERA, place.start_us)
    assert entries(place) == [("niat", "boleh"), ("hasil", "berhasil")]


def test_seeking_within_the_same_look_is_the_same_incident_and_each_is_an_entry(place: Town) -> None:
    answer_of(place.client("operator"), LIVE, back(place))
    answer_of(place.client("operator"), LIVE, back(place, at_us=place.start_us + SECOND_US))
    assert len(place.wiring.duty.look_backs()) == 1
    assert entries(place).count(("niat", "boleh")) == 2


@pytest.mark.parametrize("role", ["investigator", "approver", "planner", "service_head", "inspector", "admin"])
def test_nobody_else_looks_back_not_even_on_duty(place: Town, role: str) -> None:
    on_duty(place, role)
    said, media = answer_of(place.client(role), LIVE, back(place))
    assert (said["code"], media) == ("look_back_refused", b"")


def refused(place: Town, *asked: dict[str, Any]) -> None:
    said, media = answer_of(place.client("operator"), *asked)
    assert (said["kind"], media) == ("refused", b"")
    assert place.wiring.duty.look_backs() == []


def test_a_camera_that_is_not_in_view_or_not_in_the_area_is_refused(place: Town) -> None:
    refused(place, back(place))
    refused(place, {**LIVE, "camera": FAR_CAMERA}, back(place, FAR_CAMERA))
    refused(place, LIVE, {"op": "stop", "tile": 7, "gen": 1}, back(place))


def test_what_is_older_than_the_limit_is_refused(place: Town) -> None:
    place.wiring.settings.put("look_back_minutes", 1)
    refused(place, LIVE, back(place))
    place.wiring.settings.put("look_back_minutes", 0)
    refused(place, LIVE, back(place, at_us=place.wiring.clock.now_us()))


def test_off_duty_it_is_refused_and_the_attempt_stands_in_the_log(place: Town) -> None:
    place.wiring.duty.remove("du-operator")
    refused(place, LIVE, back(place))
    assert entries(place) == [("fakta", "ditolak")]


def test_the_reason_is_given_once_by_who_looked_and_the_inspector_sees_it(place: Town) -> None:
    answer_of(place.client("operator"), LIVE, back(place))
    mine = place.client("operator").get("/api/look-backs/mine").json()
    (waiting,) = mine["unexplained"]
    path = f"/api/look-backs/{waiting['look_back_id']}/reason"
    assert place.client("operator").post(path, json={"reason": "cek"}).status_code == 422
    assert place.client("investigator").post(path, json={"reason": "Tabrakan dua motor"}).status_code == 403
    done = place.client("operator").post(path, json={"reason": "Tabrakan dua motor di simpang"})
    assert done.json()["unexplained"] == []
    again = place.client("operator").post(path, json={"reason": "Alasan yang lain lagi"})
    assert again.json()["code"] == "no_such_look_back"
    (row,) = place.client("inspector").get("/api/look-backs").json()
    assert (row["reason"], row["overdue"]) == ("Tabrakan dua motor di simpang", False)


def test_without_a_reason_it_stands_as_unexplained_and_its_operator_looks_back_no_further(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_of(place.client("operator"), LIVE, back(place))
    clock = place.app._app.state.context.wiring.clock  # type: ignore[attr-defined]
    later = clock.now_us() + REASON_WITHIN_US
    monkeypatch.setattr(clock, "now_us", lambda: later, raising=False)
    (row,) = place.client("inspector").get("/api/look-backs").json()
    assert (row["overdue"], row["reason"]) == (True, None)
    said, _ = answer_of(place.client("operator"), LIVE, back(place, at_us=later - 1))
    assert said["kind"] == "refused"
    assert "reason" in said["message"]


def test_a_look_back_gives_no_export_no_still_and_no_case(place: Town) -> None:
    answer_of(place.client("operator"), LIVE, back(place))
    client = place.client("operator")
    for path in ("cases/none/stills", "cases/none/packages", "cases/none/marks"):
        body = {"camera": CAMERA, "at_us": place.start_us, "from_us": 0, "to_us": 1, "note": "x"}
        assert client.post(f"/api/{path}", json=body).status_code == 404
    assert client.get(f"/api/cases/none/footage/{CAMERA}?at_us={place.start_us}").status_code in (403, 404)


def test_only_approver_and_admin_set_the_roster(place: Town) -> None:
    now_us = place.wiring.clock.now_us()
    body = {
        "kind": "control_room", "person_id": place.people["operator"].person_id,
        "from_us": now_us, "to_us": now_us + 8 * HOUR_US,
    }  # fmt: skip
    for role in ("operator", "investigator", "planner", "service_head", "inspector"):
        assert place.client(role).post("/api/duty", json=body).status_code == 403
    made = place.client("approver").post("/api/duty", json=body)
    assert made.status_code == 201
    planner = {**body, "person_id": place.people["planner"].person_id}
    assert place.client("admin").post("/api/duty", json=planner).status_code == 422
    far = {**body, "person_id": place.people["other-office"].person_id}
    assert place.client("admin").post("/api/duty", json=far).status_code == 404
