"""Role change, new accounts of trust, keeping and early deletion over the API: asked by one, done by another."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.http_kit import CAMERA, Town, town

from ronda.access.model import Role
from ronda.app.two_people import erase_what_was_locked
from ronda.core.ids import AreaCode, camera_id
from ronda.core.time import TimeSpan
from ronda.video.retain.clock_doubt import BELIEVED, DOUBT

REASON = "Pindah tugas mulai hari Senin"


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path)


def ask(place: Town, what: str, body: dict[str, Any], role: str = "admin") -> dict[str, Any]:
    answer = place.client(role).post(f"/api/changes/{what}", json={**body, "reason": REASON})
    assert answer.status_code == 201, answer.text
    asked: dict[str, Any] = answer.json()
    return asked


def decide(place: Town, asked: dict[str, Any], role: str = "approver", how: str = "approval") -> Any:
    body = {"read": asked["read"], "note": "Sesuai surat tugas"}
    return place.client(role).post(f"/api/changes/{asked['change_id']}/{how}", json=body)


def acts(place: Town) -> list[str]:
    return [entry.action for entry in place.wiring.log.entries(0, 500)]


def test_other_roles_come_with_the_second_person_and_end_every_session(place: Town) -> None:
    operator = place.people["operator"]
    working = place.client("operator")
    asked = ask(place, "rights", {"person_id": operator.person_id, "roles": ["planner"], "area": "64.08.04"})
    assert working.get("/api/session").json()["roles"] == ["operator"]
    assert decide(place, asked, "admin").status_code == 403
    assert decide(place, asked).json()["state"] == "done"
    assert working.get("/api/session").status_code == 401
    now = place.wiring.people.by_id(operator.person_id)
    assert now == replace(operator, roles=frozenset({Role.PLANNER}), area=AreaCode("64.08.04"))
    assert decide(place, asked).status_code == 403, "a decision is not replayed"
    assert acts(place).count("perubahan.ditolak_aturan") == 2


def test_an_account_of_trust_is_not_made_by_one_person_once_there_are_two(place: Town) -> None:
    body = {"login": "baru", "name": "Orang Baru", "official_id": "2001", "office": "Kantor", "area": "64.08"}
    alone = place.client("admin").post("/api/people", json={**body, "roles": ["approver"]})
    assert (alone.status_code, alone.json()["code"]) == (409, "two_people_needed")
    assert place.client("admin").post("/api/people", json={**body, "roles": ["operator"]}).status_code == 201
    asked = ask(place, "person", {**body, "login": "baru-2", "roles": ["approver"]})
    assert place.wiring.people.by_login("baru-2") is None
    assert decide(place, asked).status_code == 200
    made = place.wiring.people.by_login("baru-2")
    assert made is not None
    assert made[0].roles == {Role.APPROVER}
    once = place.client("admin").post(f"/api/people/{made[0].person_id}/password")
    assert once.json()["login"] == "baru-2"


def test_a_lost_phone_is_taken_off_by_two_people(place: Town) -> None:
    inspector = place.people["inspector"]
    standing = place.wiring.access.standing(place.wiring.access.start_session(inspector))
    place.wiring.factors.begin_totp(standing, "Telepon hilang")
    asked = ask(place, "factors", {"person_id": inspector.person_id})
    assert place.wiring.factors.factors.of(inspector.person_id)
    assert decide(place, asked).status_code == 200
    assert place.wiring.factors.factors.of(inspector.person_id) == []


def test_early_deletion_takes_two_people_and_leaves_what_is_locked(place: Town) -> None:
    span = {"from_us": place.start_us - 1, "to_us": place.segment.span.end_us + 1}
    case = place.approved_case()
    asked = ask(place, "deletion", {"camera": CAMERA, **span})
    assert decide(place, asked).status_code == 200
    whole = TimeSpan(span["from_us"], span["to_us"])
    assert place.wiring.index.segments(camera_id(CAMERA), whole), "evidence is never deleted early"
    assert place.wiring.case_store.get(case) is not None  # type: ignore[arg-type]
    for hold in place.wiring.index.holds(camera_id(CAMERA), whole):
        place.wiring.index.end_hold(hold.hold_id, 0)
    assert decide(place, ask(place, "deletion", {"camera": CAMERA, **span})).status_code == 200
    assert place.wiring.index.segments(camera_id(CAMERA), whole) == []
    assert acts(place).count("rekaman.dihapus_awal") == 2


def test_the_look_back_is_widened_by_two_people_to_ten_minutes_at_most(place: Town) -> None:
    assert place.wiring.look_back_minutes == 0
    wide = place.client("admin").post("/api/changes/look-back", json={"minutes": 11, "reason": REASON})
    assert wide.status_code == 422
    asked = ask(place, "look-back", {"minutes": 5})
    assert place.wiring.look_back_minutes == 0
    assert decide(place, asked).status_code == 200
    assert place.wiring.look_back_minutes == 5
    place.wiring.settings.put("look_back_minutes", 9999)
    assert place.wiring.look_back_minutes == 10, "nothing odd in the database widens it"


def test_a_clock_that_jumped_is_believed_by_two_people(place: Town) -> None:
    """N53: what two people read is one jump; the recorder then deletes by age again."""
    none = place.client("admin").post("/api/changes/clock", json={"reason": REASON})
    assert (none.status_code, none.json()["code"]) == (422, "incomplete_change")
    assert place.client("admin").get("/api/storage").json()["clock_jump"] is None
    place.wiring.index.set_fact(DOUBT, "1000 2000")
    assert place.client("admin").get("/api/storage").json()["clock_jump"] == {"from_us": 1000, "to_us": 2000}
    asked = ask(place, "clock", {})
    assert place.wiring.index.fact(BELIEVED) is None
    assert decide(place, asked, "admin").status_code == 403
    assert decide(place, asked).json()["state"] == "done"
    assert place.wiring.index.fact(BELIEVED) == "1000 2000"


def test_more_or_fewer_days_wait_for_a_second_person_and_never_pass_the_purpose(place: Town) -> None:
    """N53: below as well as above; what its purpose does not allow is refused before anybody is asked."""
    path = f"/api/register/{CAMERA}/purpose"
    wish = {"purpose_kind": "public_order", "purpose": "Keamanan jalan umum", "reason": REASON}
    for days in (7, 60):
        answer = place.client("admin").put(path, json={**wish, "retention_days": days})
        assert answer.status_code == 202
        assert answer.json()["retention_days"] == 30, "nothing changes before a second person allows it"
    refused = place.client("admin").put(path, json={**wish, "retention_days": 91})
    assert (refused.status_code, refused.json()["code"]) == (422, "kept_too_long")
    assert "90" in refused.json()["message"]
    waiting = place.client("approver").get("/api/changes").json()
    assert [one["body"]["retention_days"] for one in waiting] == [60, 7]
    assert decide(place, waiting[1]).status_code == 200
    entry = place.wiring.register.camera(camera_id(CAMERA))
    assert entry is not None
    assert entry.retention_days == 7


def test_a_refusal_or_a_withdrawal_does_nothing(place: Town) -> None:
    person_id = place.people["operator"].person_id
    wish = {"person_id": person_id, "roles": ["admin"], "area": "64.08"}
    first, second = ask(place, "rights", wish), ask(place, "rights", wish)
    assert decide(place, first, how="refusal").json()["state"] == "refused"
    gone = place.client("admin").delete(f"/api/changes/{second['change_id']}")
    assert gone.json()["state"] == "withdrawn"
    assert decide(place, first).status_code == decide(place, second).status_code == 403
    now = place.wiring.people.by_id(person_id)
    assert now is not None
    assert now.roles == {Role.OPERATOR}


@pytest.mark.parametrize("role", ["operator", "investigator", "planner", "service_head", "inspector", "approver"])
def test_only_the_admin_asks_and_only_who_is_concerned_sees(place: Town, role: str) -> None:
    body = {"person_id": place.people["operator"].person_id, "roles": ["admin"], "area": "64.08", "reason": REASON}
    assert place.client(role).post("/api/changes/rights", json=body).status_code == 403
    seen = place.client(role).get("/api/changes").status_code
    assert seen == (200 if role in ("inspector", "approver") else 403)


def test_what_a_person_asked_to_erase_is_kept_while_locked_and_goes_when_the_lock_ends(place: Town) -> None:
    """N54: kept, with the reason; after the lock erased, without anybody asking again."""
    span = {"from_us": place.start_us - 1, "to_us": place.segment.span.end_us + 1}
    place.approved_case()
    done = decide(place, ask(place, "deletion", {"camera": CAMERA, **span, "for_person": True})).json()
    assert (done["state"], done["still_locked"]) == ("done", 1)
    whole = TimeSpan(span["from_us"], span["to_us"])
    assert erase_what_was_locked(place.wiring) == 0
    assert place.wiring.index.segments(camera_id(CAMERA), whole)
    for hold in place.wiring.index.holds(camera_id(CAMERA), whole):
        place.wiring.index.end_hold(hold.hold_id, 0)
    assert erase_what_was_locked(place.wiring) == 1
    assert place.wiring.index.segments(camera_id(CAMERA), whole) == []
    assert place.client("admin").get("/api/changes").json()[0]["still_locked"] == 0
    assert acts(place).count("rekaman.dihapus_setelah_kunci") == 1
    assert erase_what_was_locked(place.wiring) == 0


def test_a_deletion_that_nobody_in_it_asked_for_leaves_locked_footage_to_its_time(place: Town) -> None:
    span = {"from_us": place.start_us - 1, "to_us": place.segment.span.end_us + 1}
    place.approved_case()
    assert decide(place, ask(place, "deletion", {"camera": CAMERA, **span})).json()["still_locked"] is None
    whole = TimeSpan(span["from_us"], span["to_us"])
    for hold in place.wiring.index.holds(camera_id(CAMERA), whole):
        place.wiring.index.end_hold(hold.hold_id, 0)
    assert erase_what_was_locked(place.wiring) == 0
    assert place.wiring.index.segments(camera_id(CAMERA), whole)


def test_who_asked_sees_whom_to_assign_and_others_see_only_who_helps(place: Town) -> None:
    """The screen offers what the rules allow, by name; an inspector is offered nobody."""
    case = place.approved_case()
    mine = place.client("investigator").get(f"/api/cases/{case}/members").json()
    operator = place.people["operator"]
    assert (mine["may_assign"], mine["may_change_scope"]) == (True, True)
    assert [one["person_id"] for one in mine["candidates"]] == [operator.person_id]
    body = {"person_id": operator.person_id}
    assert place.client("inspector").post(f"/api/cases/{case}/members", json=body).status_code == 403
    given = place.client("approver").post(f"/api/cases/{case}/members", json=body).json()
    assert [one["name"] for one in given["members"]] == [operator.name]
    assert given["candidates"] == []
    helper = place.client("operator")
    assert helper.get(f"/api/cases/{case}").json()["past_open"]
    seen = helper.get(f"/api/cases/{case}/members").json()
    assert (seen["may_assign"], seen["may_change_scope"], seen["candidates"]) == (False, False, [])
    gone = place.client("investigator").delete(f"/api/cases/{case}/members/{operator.person_id}")
    assert gone.json()["members"] == []
    assert not helper.get(f"/api/cases/{case}").json()["past_open"]
    assert {"kasus.petugas", "kasus.petugas_dilepas", "kasus.petugas_ditolak"} <= set(acts(place))
