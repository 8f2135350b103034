"""A citizen asks for footage of themselves: three days, a redacted copy or a reason, no number of a card."""

from pathlib import Path
from typing import Any

import pytest
from tests.http_kit import CAMERA, Town, town

from ronda.access.model import Role
from ronda.access.service import new_person
from ronda.app.jobs.urgent import remind
from ronda.cases.answer_letter import letter_data
from ronda.cases.citizen import REMIND_AT_US
from ronda.core.ids import AreaCode
from ronda.core.time import DAY_US, HOUR_US
from ronda.redaction.model import CopyState

WHO = {
    "name": "Siti Aminah",
    "contact": "0812 5555 1234",
    "identity": "card_seen",
    "appearance": "Jaket merah, motor biru",
}
WHY = "Motor saya terserempet, untuk klaim asuransi"


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path)


def wish(place: Town, **other: Any) -> dict[str, Any]:
    scope = {"cameras": [CAMERA], "from_us": place.start_us, "to_us": place.segment.span.end_us}
    return {"citizen": WHO, "place": "Simpang Jl. Yos Sudarso", "scope": scope, "reason": WHY, **other}


def asked(place: Town) -> dict[str, Any]:
    made = place.client("operator").post("/api/cases/citizen", json=wish(place))
    assert made.status_code == 201, made.text
    case: dict[str, Any] = made.json()
    return case


def approved(place: Town) -> dict[str, Any]:
    case = asked(place)
    body = {"scope": case["scope"], "scope_version": 1, "note": "Identitas sudah dilihat petugas"}
    done = place.client("approver").post(f"/api/cases/{case['case_id']}/approval", json=body)
    assert done.status_code == 200, done.text
    return case


def later(place: Town, monkeypatch: pytest.MonkeyPatch, by_us: int) -> None:
    context = place.app._app.state.context  # type: ignore[attr-defined]
    for clock in (context.wiring.clock, place.wiring.clock):
        at_us = clock.now_us() + by_us
        monkeypatch.setattr(clock, "now_us", lambda at_us=at_us: at_us, raising=False)


def test_it_locks_at_once_and_the_clock_of_three_days_runs(place: Town) -> None:
    case = asked(place)
    assert case["answer"] == {"due_us": case["requested_us"] + 3 * DAY_US, "answered_us": None}
    assert case["cameras"][0]["held"]
    assert (case["purpose"], case["lp_number"], case["clocks"]) == ("own_footage", "", None)
    row = place.client("operator").get("/api/cases").json()[0]
    assert row["answer"] == case["answer"]
    assert "citizen" not in row, "a list names nobody"


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("citizen.contact", {"citizen": {**WHO, "contact": "NIK 6408041212900001"}}),
        ("citizen.name", {"citizen": {**WHO, "name": "Siti 6408-0412-1290-0001"}}),
        ("citizen.appearance", {"citizen": {**WHO, "appearance": "KTP 6408 0412 1290 0001"}}),
        ("reason", {"reason": "Klaim asuransi atas nama 6408041212900001"}),
        ("citizen.contact", {"citizen": {**WHO, "contact": ""}}),
        ("reason", {"reason": "test"}),
    ],
)
def test_the_number_of_an_identity_card_is_refused_not_kept(place: Town, field: str, body: dict[str, Any]) -> None:
    answer = place.client("operator").post("/api/cases/citizen", json=wish(place, **body))
    assert (answer.status_code, answer.json()["fields"]) == (422, [field])
    assert place.wiring.case_store.all() == []


def test_the_police_neither_enter_nor_see_it_and_who_took_it_down_does_not_decide(place: Town) -> None:
    case = asked(place)
    police = place.client("investigator")
    assert police.post("/api/cases/citizen", json=wish(place)).status_code == 403
    assert police.get(f"/api/cases/{case['case_id']}").status_code == 404
    assert police.get("/api/cases").json() == []
    body = {"scope": case["scope"], "scope_version": 1, "note": "Identitas sudah dilihat petugas"}
    assert place.client("operator").post(f"/api/cases/{case['case_id']}/approval", json=body).status_code == 403


def test_no_original_no_still_and_no_sheet_leaves_the_house(place: Town) -> None:
    case = approved(place)
    operator, path = place.client("operator"), f"/api/cases/{case['case_id']}"
    assert operator.get(f"{path}/footage/{CAMERA}?at_us={place.start_us}").status_code == 200, "to find the person"
    assert operator.post(f"{path}/packages", json={}).status_code == 403
    assert operator.post(f"{path}/stills", json={"camera": CAMERA, "at_us": place.start_us}).status_code == 403
    assert operator.get(f"{path}/stills/sheet").status_code in (403, 404)
    found = place.wiring.case_store.get(case["case_id"])
    assert found is not None
    assert (found.packages, found.stills) == ((), ())
    refused = [e.action for e in place.wiring.log.entries(0, 300) if e.fields["hasil"] == "ditolak"]
    assert {"bukti.ekspor_ditolak", "rekaman.gambar"} <= set(refused)


def test_a_copy_is_given_only_once_a_second_person_released_it_and_answers_the_request(place: Town) -> None:
    case = approved(place)
    operator, path = place.client("operator"), f"/api/cases/{case['case_id']}"
    assert operator.get(f"{path}/answer").status_code == 409
    span = {"from_us": case["scope"]["from_us"], "to_us": case["scope"]["to_us"]}
    draft = operator.post(f"{path}/copies", json={"camera": CAMERA, **span}).json()["copy_id"]
    early = operator.post(f"{path}/given", json={"copy_id": draft, "medium": "USB warga"})
    assert early.status_code == 403
    second = _second_approver(place)
    assert operator.post(f"{path}/copies/{draft}/review", json={"version": 1}).status_code == 200
    done = second.post(f"{path}/copies/{draft}/release", json={"version": 1})
    assert done.status_code == 200, done.text
    given = operator.post(f"{path}/given", json={"copy_id": draft, "medium": "USB warga"})
    assert given.status_code == 200, given.text
    assert given.json()["state"] == "handed_over"
    assert given.json()["answer"]["answered_us"] is not None
    letter = operator.get(f"{path}/answer")
    assert letter.content.startswith(b"%PDF")
    kept = place.wiring.case_store.get(case["case_id"])
    assert kept is not None
    assert kept.copies[0].state is CopyState.RELEASED
    said = str(letter_data(kept, place.wiring.office, training=False))
    assert all(word in said for word in ("Siti Aminah", kept.copies[0].sha256, "tidak disalin", "disamarkan"))
    closed = place.client("approver").post(f"{path}/outcome", json={"kind": "answered", "note": ""})
    assert closed.json()["state"] == "closed"


def test_a_refusal_names_a_ground_of_the_list_and_a_reason_and_its_letter_says_where_to_object(place: Town) -> None:
    case = asked(place)
    approver, path = place.client("approver"), f"/api/cases/{case['case_id']}"
    bare = approver.post(f"{path}/refusal", json={"scope_version": 1, "reason": "Tidak terlihat di rekaman"})
    assert (bare.status_code, bare.json()["fields"]) == (422, ["ground"])
    body = {"scope_version": 1, "reason": "Tidak ada jaket merah pada menit itu", "ground": "not_found"}
    done = approver.post(f"{path}/refusal", json=body)
    assert (done.json()["state"], done.json()["refusal"]["ground"]) == ("refused", "not_found")
    assert approver.get(f"{path}/answer").content.startswith(b"%PDF")
    kept = place.wiring.case_store.get(case["case_id"])
    assert kept is not None
    said = str(letter_data(kept, place.wiring.office, training=False))
    assert all(word in said for word in ("tidak ditemukan dalam rekaman", "Tidak ada jaket merah", "keberatan"))


def test_the_office_is_reminded_until_the_answer_is_given(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    case = asked(place)
    assert remind(place.wiring) == 0, "a day is left alone"
    later(place, monkeypatch, 25 * HOUR_US)
    assert (remind(place.wiring), remind(place.wiring)) == (1, 0)
    later(place, monkeypatch, 50 * HOUR_US)
    assert remind(place.wiring) == 1
    kept = place.wiring.case_store.get(case["case_id"])
    assert kept is not None
    assert kept.reminders == len(REMIND_AT_US)
    body = {"scope_version": 1, "reason": "Tidak ada jaket merah pada menit itu", "ground": "not_found"}
    place.client("approver").post(f"/api/cases/{case['case_id']}/refusal", json=body)
    later(place, monkeypatch, 90 * HOUR_US)
    assert remind(place.wiring) == 0


def test_a_police_form_asks_for_no_footage_of_oneself(place: Town) -> None:
    body = {**place.request_body(), "purpose": "own_footage"}
    answer = place.client("investigator").post("/api/cases", json=body)
    assert (answer.status_code, answer.json()["fields"]) == (422, ["purpose"])


def _second_approver(place: Town) -> Any:
    person = new_person(
        "approver-2", "Orang kedua", "7777", "Kantor", frozenset({Role.APPROVER}), AreaCode("64.08")
    )
    place.wiring.people.add(person, "no digest: signed in by the test")
    place.people["approver-2"] = person
    return place.client("approver-2")
