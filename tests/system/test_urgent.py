"""The urgent path: who is on duty is told and approves with a factor shown just now; silence opens nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.http_kit import CAMERA, Town, town

from ronda.access.duty import Duty, DutyKind
from ronda.access.service import token_digest
from ronda.app.http.context import COOKIE
from ronda.app.jobs.urgent import remind
from ronda.cases.urgent import REMIND_AT_US
from ronda.core.time import DAY_US, HOUR_US, MINUTE_US, TimeSpan
from ronda.health.model import Channel, ChannelKind


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path)


def urgent(place: Town) -> dict[str, Any]:
    made = place.client("investigator").post("/api/cases", json={**place.request_body(), "urgent": True})
    assert made.status_code == 201, made.text
    case: dict[str, Any] = made.json()
    return case


def roster(place: Town) -> None:
    now_us = place.wiring.clock.now_us()
    place.wiring.duty.add(
        Duty(
            duty_id="du-1", kind=DutyKind.APPROVER, person_id=place.people["approver"].person_id,
            span=TimeSpan(now_us - HOUR_US, now_us + DAY_US), made_by=place.people["admin"].person_id,
        )
    )  # fmt: skip


def later(place: Town, monkeypatch: pytest.MonkeyPatch, by_us: int) -> None:
    context = place.app._app.state.context  # type: ignore[attr-defined]
    for clock in (context.wiring.clock, place.wiring.clock):
        at_us = clock.now_us() + by_us
        monkeypatch.setattr(clock, "now_us", lambda at_us=at_us: at_us, raising=False)


def approve(place: Town, case: dict[str, Any], client: Any) -> Any:
    body = {"scope": case["scope"], "scope_version": 1, "note": "Sesuai surat permintaan"}
    return client.post(f"/api/cases/{case['case_id']}/approval", json=body)


def test_both_clocks_run_from_the_request_and_stop_at_the_first_view_and_the_package(place: Town) -> None:
    case = urgent(place)
    clocks = case["clocks"]
    assert clocks["view_due_us"] - case["requested_us"] == 15 * MINUTE_US
    assert clocks["package_due_us"] - case["requested_us"] == 60 * MINUTE_US
    assert clocks["viewed_us"] is clocks["packaged_us"] is None
    assert approve(place, case, place.client("approver")).status_code == 200
    client, path = place.client("investigator"), f"/api/cases/{case['case_id']}"
    client.get(f"{path}/timeline")
    assert client.get(path).json()["clocks"]["viewed_us"] is None, "reading where footage is shows no picture"
    client.get(f"{path}/footage/{CAMERA}?at_us={place.start_us}")
    seen = client.get(path).json()["clocks"]["viewed_us"]
    assert seen >= case["requested_us"]
    assert client.post(f"{path}/packages", json={}).status_code == 201
    after = client.get(path).json()["clocks"]
    assert after["viewed_us"] == seen
    assert after["packaged_us"] >= seen


def test_an_urgent_request_is_approved_after_a_second_factor_shown_just_now(place: Town) -> None:
    """A phone left on the table for ten minutes approves nothing."""
    case, client = urgent(place), place.client("approver")
    with place.wiring.engine.begin() as connection:
        from sqlalchemy import update

        from ronda.store.sql.people import sessions

        mine = sessions.c.token_sha256 == token_digest(client.cookies[COOKIE])
        old_us = place.wiring.clock.now_us() - 6 * MINUTE_US
        connection.execute(update(sessions).where(mine).values(proved_us=old_us))
    refused = approve(place, case, client)
    assert (refused.status_code, refused.json()["code"]) == (403, "step_up_needed")
    standing = place.wiring.access.standing(client.cookies[COOKIE])
    factor = place.wiring.factors.begin_totp(standing, "Telepon")
    import pyotp

    place.wiring.factors.confirm_totp(standing, factor.factor_id, pyotp.TOTP(factor.secret).now())
    assert approve(place, case, client).status_code == 200


def test_nobody_answers_and_the_lock_stays_and_nothing_is_seen(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = urgent(place)
    later(place, monkeypatch, 3 * HOUR_US)
    client, path = place.client("investigator"), f"/api/cases/{case['case_id']}"
    assert client.get(f"{path}/footage/{CAMERA}?at_us={place.start_us}").status_code == 403
    found = client.get(path).json()
    assert (found["state"], found["past_open"], found["cameras"][0]["held"]) == ("waiting", False, True)


def test_the_approver_on_duty_is_told_again_and_again_and_no_reminder_twice(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster(place)
    channel = Channel(
        channel_id="c-1", kind=ChannelKind.WEBHOOK, name="Telepon jaga", settings={"url": "http://127.0.0.1:9/"},
        enabled=True,
    )  # fmt: skip
    place.wiring.health.put_channel(channel)
    case = urgent(place)
    assert place.client("investigator").get(f"/api/cases/{case['case_id']}").json()["on_duty"] == ["Orang approver"]
    assert (remind(place.wiring), remind(place.wiring)) == (1, 0)
    (first,) = place.wiring.health.due(place.wiring.clock.now_us(), 10)
    text = json.loads(first.body)["text"]
    assert "Orang approver" in text
    assert case["case_id"] in text
    assert case["place"] not in text, "a message over a foreign network tells no place"
    later(place, monkeypatch, 6 * MINUTE_US)
    assert (remind(place.wiring), remind(place.wiring)) == (1, 0)
    later(place, monkeypatch, 24 * HOUR_US)
    remind(place.wiring)
    kept = place.wiring.case_store.get(case["case_id"])
    assert kept is not None
    assert kept.reminders == len(REMIND_AT_US)
    noted = [entry for entry in place.wiring.log.entries(0, 200) if entry.action == "permintaan.diingatkan"]
    assert [entry.fields["objek"]["ke"] for entry in noted] == [1, 2, len(REMIND_AT_US)]  # type: ignore[index,call-overload]


def test_a_decided_or_an_ordinary_request_reminds_nobody(place: Town) -> None:
    case = urgent(place)
    approve(place, case, place.client("approver"))
    ordinary = place.client("investigator").post("/api/cases", json=place.request_body()).json()
    assert ordinary["clocks"] is None
    assert remind(place.wiring) == 0
