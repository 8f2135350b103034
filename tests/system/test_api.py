"""The REST API: what it says of itself, what it refuses, and what it keeps to itself."""

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.http_kit import CAMERA, FAR_CAMERA, Town, town
from tests.needs import ROOT

from ronda.access.model import Role
from ronda.app.http.server import describe

SECRET = "kenari-rahasia"  # the password in the cameras' addresses


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("town"))


def test_the_screens_types_are_made_from_the_api_as_it_is() -> None:
    """`make openapi` was run after the last change of a route."""
    stored = json.loads((ROOT / "web" / "src" / "api" / "openapi.json").read_text())
    assert stored == describe()


def test_every_route_has_a_described_answer() -> None:
    for path, methods in describe()["paths"].items():
        for method, route in methods.items():
            codes = [code for code in route["responses"] if code.startswith(("2", "3"))]
            assert codes, (method, path)
            assert path.startswith(("/api/", "/healthz", "/metrics", "/publik", "/desa/"))


@pytest.mark.parametrize("headers", [{}, {"x-ronda": "1", "origin": "http://evil.example"}])
def test_a_foreign_page_cannot_write(place: Town, headers: dict[str, str]) -> None:
    client = place.client("investigator")
    client.headers.pop("x-ronda")
    answer = client.post("/api/locks", json={}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_page")


def test_every_answer_forbids_frames_and_foreign_content(place: Town) -> None:
    for path in ("/", "/api/cameras", "/healthz", "/api/nothing"):
        headers = place.client("nobody").get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_api_answers_are_never_kept_by_a_cache(place: Town) -> None:
    """A shared cache must not hand one person's answer to another."""
    assert place.client("operator").get("/api/cameras").headers["cache-control"] == "no-store"


def test_a_person_sees_only_the_own_area(place: Town) -> None:
    """Lists, single entries and timelines agree: what lies outside does not exist."""
    names = [camera["camera"] for camera in place.client("operator").get("/api/cameras").json()]
    assert names == [CAMERA]
    for path in (f"/api/cameras/{FAR_CAMERA}/timeline", "/api/cameras/no-such-camera/timeline"):
        answer = place.client("operator").get(f"{path}?from_us=0&to_us=1")
        assert answer.status_code == 404
    far = place.client("operator").get(f"/api/cameras/{FAR_CAMERA}/timeline?from_us=0&to_us=1").json()["code"]
    none = place.client("operator").get("/api/cameras/no-such-camera/timeline?from_us=0&to_us=1").json()["code"]
    assert far == none


def test_gaps_are_shown_without_a_case_and_without_a_picture(place: Town) -> None:
    span = f"from_us={place.start_us - 10**7}&to_us={place.start_us + 10**7}"
    line = place.client("planner").get(f"/api/cameras/{CAMERA}/timeline?{span}").json()
    assert line["recorded"][0]["from_us"] == place.start_us
    assert set(line) == {"camera", "recorded", "gaps", "held", "fetched", "places"}


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_no_answer_holds_a_camera_password(place: Town, role: str) -> None:
    client = place.client(role)
    for path in ("/api/cameras", "/api/storage", "/metrics", "/healthz", "/api/log", "/api/people", "/api/cases"):
        assert SECRET not in client.get(path).text, path


def test_metrics_are_for_this_machine_or_who_may_see_them(place: Town) -> None:
    far = TestClient(place.app, client=("203.0.113.9", 5))  # type: ignore[arg-type]
    assert far.get("/metrics").status_code == 401
    assert "ronda_log_entries" in place.client("admin").get("/metrics").text


def test_healthz_names_what_is_not_well(place: Town) -> None:
    answer = place.client("nobody").get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"web": "ok", "recorder": "not running", "log": "ok"}


def test_a_lock_needs_a_reason_and_shows_on_the_timeline(place: Town) -> None:
    client = place.client("operator")
    span = {"from_us": place.start_us, "to_us": place.start_us + 10**6}
    short = client.post("/api/locks", json={"cameras": [CAMERA], **span, "note": "test"})
    assert short.status_code == 422
    done = client.post("/api/locks", json={"cameras": [CAMERA], **span, "note": "Warga melapor kehilangan"})
    assert done.status_code == 201
    line = client.get(f"/api/cameras/{CAMERA}/timeline?from_us={span['from_us']}&to_us={span['to_us']}").json()
    assert done.json()["holds"][0]["hold"] in [held["hold"] for held in line["held"]]


def test_a_search_for_activity_is_in_the_log(place: Town) -> None:
    case = place.approved_case()
    before = place.wiring.log.size()
    assert place.client("investigator").get(f"/api/cases/{case}/timeline").status_code == 200
    actions = [entry.action for entry in place.wiring.log.entries(before, 50)]
    assert "rekaman.cari" in actions


def test_nothing_is_shown_while_the_log_cannot_be_written(tmp_path: Path) -> None:
    """No entry, no look; the recorder does not ask the log."""
    place = town(tmp_path)
    case = place.approved_case()
    client = place.client("investigator")
    at = f"/api/cases/{case}/footage/{CAMERA}?at_us={place.start_us + 10**6}"
    assert client.get(at).status_code == 200
    database = place.wiring.folder.log / "log.sqlite"
    database.write_bytes(b"not a database at all" * 100)
    for leftover in ("log.sqlite-wal", "log.sqlite-shm"):
        (place.wiring.folder.log / leftover).unlink(missing_ok=True)
    answer = client.get(at)
    assert (answer.status_code, answer.json()["code"]) == (503, "log_unavailable")


@pytest.mark.parametrize("token", ["", "constructor", "__proto__", "null", "a" * 5000, "p-1"])
def test_a_made_up_session_is_nobody(place: Town, token: str) -> None:
    client = place.client("nobody")
    client.cookies.set("ronda_session", token)
    assert client.get("/api/cameras").status_code == 401


def test_a_large_or_broken_body_is_refused_in_words(place: Town) -> None:
    client = place.client("operator")
    assert client.post("/api/locks", content=b"x" * 1_100_000).status_code == 413
    assert client.post("/api/locks", content=b"{", headers={"content-type": "application/json"}).status_code == 422
    assert client.post("/api/session", json={"login": "x" * 10**6, "password": "y"}).status_code in (413, 422)
