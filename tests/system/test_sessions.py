"""A session that is not whole opens nothing, and one that ended ends everywhere: routes, sockets, downloads."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import update
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.http_kit import CAMERA, Town, town

from ronda.access.errors import NotSignedInError
from ronda.access.model import Person, Role
from ronda.access.service import new_person
from ronda.access.sessions import IDLE_US, PASSWORD_AGAIN_US
from ronda.app.http import in_flight, video_socket
from ronda.app.http.context import COOKIE
from ronda.app.http.in_flight import while_allowed
from ronda.app.http.routes import session as session_routes
from ronda.app.http.server import ROUTERS
from ronda.core.ids import AreaCode
from ronda.store.sql.people import sessions

PASSWORD = "empat kata yang lain"
OWN = re.compile(r"/api/session(/.*)?")  # signing in and out, the own password, the own factors


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("town"))


def client_of(place: Town) -> TestClient:
    return TestClient(place.app, base_url="http://127.0.0.1:8080", headers={"x-ronda": "1"})  # type: ignore[arg-type]


def enrolled(place: Town, login: str, role: Role) -> Person:
    person = new_person(login, f"Orang {login}", f"99{login}", "Kantor", frozenset({role}), AreaCode("64.08"))
    once = place.wiring.access.add_person(None, person)
    place.wiring.access.change_password(person, once, PASSWORD)
    return person


def routes() -> Iterator[tuple[str, str]]:
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and not OWN.fullmatch(route.path):
                for method in route.methods:
                    yield method, re.sub(r"{\w+(:\w+)?}", "apa-saja", route.path)


@pytest.mark.parametrize("role", [Role.APPROVER, Role.INSPECTOR, Role.ADMIN])
def test_a_password_alone_opens_no_route_and_no_socket_for_a_role_that_needs_a_factor(
    place: Town, role: Role
) -> None:
    enrolled(place, f"baru-{role.value}", role)
    client = client_of(place)
    signed = client.post("/api/session", json={"login": f"baru-{role.value}", "password": PASSWORD})
    assert (signed.status_code, signed.json()["needs"]) == (200, "enrol")
    stranger, refused = client_of(place), 0
    for method, path in routes():
        body = {} if method in ("POST", "PUT") else None
        mine, theirs = client.request(method, path, json=body), stranger.request(method, path, json=body)
        assert mine.status_code == theirs.status_code, (method, path, mine.text)
        assert mine.status_code != 200 or mine.content == theirs.content or path == "/metrics", (method, path)
        refused += mine.status_code == 401 and mine.json()["code"] == "factor_needed"
    assert refused > 50
    with client.websocket_connect("/api/video") as socket, pytest.raises(WebSocketDisconnect):
        socket.receive_text()


def test_a_one_time_password_opens_no_socket(place: Town) -> None:
    person = new_person("sekali", "Orang Sekali", "991", "Kantor", frozenset({Role.OPERATOR}), AreaCode("64.08"))
    once = place.wiring.access.add_person(None, person)
    client = client_of(place)
    assert client.post("/api/session", json={"login": "sekali", "password": once}).json()["needs"] == "password"
    with client.websocket_connect("/api/video") as socket, pytest.raises(WebSocketDisconnect):
        socket.receive_text()


def test_an_authenticator_app_is_set_up_and_shown_over_the_api(place: Town) -> None:
    enrolled(place, "telepon", Role.ADMIN)
    client = client_of(place)
    client.post("/api/session", json={"login": "telepon", "password": PASSWORD})
    made = client.post("/api/session/factors/totp", json={"name": "Telepon"}).json()
    code = pyotp.TOTP(made["secret"]).now()
    done = client.post(f"/api/session/factors/totp/{made['factor_id']}", json={"code": code})
    assert len(done.json()["codes"]) == 10
    assert client.get("/api/people").status_code == 200
    assert "qr_svg" not in client.get("/api/session/factors").text
    again = client_of(place)
    assert again.post("/api/session", json={"login": "telepon", "password": PASSWORD}).json()["needs"] == "factor"
    assert again.get("/api/people").json()["code"] == "factor_needed"
    used = again.post("/api/session/factors/show", json={"code": code})
    assert (used.status_code, used.json()["code"]) == (401, "wrong_code")
    shown = again.post("/api/session/factors/show", json={"code": done.json()["codes"][0]})
    assert shown.json()["needs"] == "nothing"
    assert again.get("/api/people").status_code == 200


def test_no_secret_of_a_factor_stands_in_the_database_or_in_the_log(place: Town) -> None:
    """S4: a stolen copy of the database shows no code."""
    enrolled(place, "rahasia", Role.ADMIN)
    client = client_of(place)
    client.post("/api/session", json={"login": "rahasia", "password": PASSWORD})
    made = client.post("/api/session/factors/totp", json={"name": "Telepon"}).json()
    code = pyotp.TOTP(made["secret"]).now()
    codes = client.post(f"/api/session/factors/totp/{made['factor_id']}", json={"code": code}).json()["codes"]
    root = place.wiring.folder.root
    for path in root.rglob("*"):
        if path.is_file() and path.parent.name != "keys":
            kept = path.read_bytes()
            assert made["secret"].encode() not in kept, path
            assert not any(one.encode() in kept for one in codes), path


def left_alone(place: Town) -> None:
    """As if half an hour had gone by without a hand."""
    with place.wiring.engine.begin() as connection:
        connection.execute(update(sessions).values(used_us=sessions.c.used_us - IDLE_US))


ENDS: dict[str, Callable[[Town, TestClient, Person], object]] = {
    "signed out": lambda _place, client, _person: client.delete("/api/session"),
    "disabled": lambda place, _client, person: place.wiring.people.set_disabled(person.person_id, True),
    "other roles": lambda place, _client, person: place.wiring.people.set_rights(
        person.person_id, frozenset({Role.PLANNER}), person.area
    ),
    "other area": lambda place, _client, person: place.wiring.people.set_rights(
        person.person_id, person.roles, AreaCode("64.08.04")
    ),
    "new password": lambda place, _client, person: place.wiring.access.reset_password(None, person),
    "every session ended by an admin": lambda place, _client, person: place.client("admin").delete(
        f"/api/people/{person.person_id}/sessions"
    ),
    "ended from another browser": lambda place, _client, _person: place.client("investigator").delete(
        "/api/sessions"
    ),
    "left standing still": lambda place, _client, _person: left_alone(place),
    "every session ended": lambda place, _client, person: place.wiring.people.end_sessions(person.person_id),
}


@pytest.mark.parametrize("how", list(ENDS))
def test_a_session_that_ended_closes_its_sockets_and_routes_everywhere(tmp_path: Path, how: str) -> None:
    """S7: within two seconds: the socket looks each second, and a request looks at once."""
    place = town(tmp_path)
    case = place.approved_case()
    person, client, at_us = place.people["investigator"], place.client("investigator"), place.start_us
    asked = {"op": "past", "tile": 1, "gen": 1, "case": case, "camera": CAMERA}
    assert video_socket.RECHECK_S <= 1.0
    with client.websocket_connect("/api/video") as socket:
        socket.send_text(json.dumps({**asked, "at_us": at_us, "until_us": at_us + 1}))
        assert socket.receive_json()["kind"] == "init"
        ENDS[how](place, client, person)
        while (message := socket.receive())["type"] != "websocket.close":
            assert message["type"] == "websocket.send"
        assert message["code"] == video_socket.SIGNED_OUT
    assert client.get("/api/cases").status_code == 401


def test_a_download_in_flight_ends_with_its_session(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """S7: forty gigabytes under way are no reason to go on."""
    monkeypatch.setattr(in_flight, "RECHECK_S", 0.0)
    token = place.wiring.access.start_session(place.people["investigator"])
    sent = while_allowed(iter([b"1", b"2", b"3"]), lambda: place.wiring.access.who(token))
    assert next(sent) == b"1"
    place.wiring.access.sign_out(token)
    with pytest.raises(NotSignedInError):
        next(sent)


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(place: Town) -> None:
    enrolled(place, "kue", Role.OPERATOR)
    answer = client_of(place).post("/api/session", json={"login": "kue", "password": PASSWORD})
    cookies = answer.headers.get_list("set-cookie")
    assert {cookie.split("=")[0] for cookie in cookies} == {COOKIE, session_routes.DEVICE_COOKIE}
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie


def test_a_person_sees_where_they_are_signed_in_and_reading_alone_keeps_nothing_alive(place: Town) -> None:
    enrolled(place, "dua-meja", Role.OPERATOR)
    phone, desk = client_of(place), client_of(place)
    phone.headers["user-agent"] = "Mozilla/5.0 (Linux; Android 14) Chrome/142.0 Mobile Safari/537.36"
    for client, wall in ((phone, False), (desk, True)):
        signed = client.post("/api/session", json={"login": "dua-meja", "password": PASSWORD, "wall": wall})
        assert signed.status_code == 200
    found = phone.get("/api/sessions").json()
    assert [(one["device"], one["here"], one["wall"]) for one in found] == [
        ("", False, True), ("Chrome, Android", True, False),
    ]  # fmt: skip
    left_alone(place)
    assert phone.get("/api/session").status_code == 401
    assert desk.get("/api/session").status_code == 200, "a wall screen stands"


def test_factors_and_sessions_change_only_after_the_password_again(place: Town) -> None:
    enrolled(place, "lama", Role.OPERATOR)
    client = client_of(place)
    client.post("/api/session", json={"login": "lama", "password": PASSWORD})
    old = sessions.c.vouched_us - PASSWORD_AGAIN_US - 1_000_000
    with place.wiring.engine.begin() as connection:
        connection.execute(update(sessions).values(vouched_us=old))
    for method, path in (
        ("POST", "/api/session/factors/totp"), ("POST", "/api/session/factors/passkey/options"),
        ("POST", "/api/session/factors/recovery"), ("DELETE", "/api/session/factors/apa-saja"),
        ("DELETE", "/api/sessions"), ("DELETE", "/api/sessions/apa-saja"),
    ):  # fmt: skip
        refused = client.request(method, path, json={"name": "Telepon"} if method == "POST" else None)
        assert (refused.status_code, refused.json()["code"]) == (403, "password_needed"), path
    assert client.post("/api/session/vouch", json={"password": "salah"}).status_code == 401
    assert client.post("/api/session/vouch", json={"password": PASSWORD}).status_code == 204
    assert client.post("/api/session/factors/totp", json={"name": "Telepon"}).status_code == 201
    assert client.delete("/api/sessions").json() == {"ended": 0}


def test_over_https_cookies_are_this_host_s_alone_and_a_bare_one_does_not_count(place: Town) -> None:
    """ASVS 3.3.3: a neighbour below the same domain can set a bare cookie, never one with this prefix."""
    enrolled(place, "aman", Role.OPERATOR)
    client = TestClient(place.app, base_url="https://ronda.example", headers={"x-ronda": "1"})  # type: ignore[arg-type]
    answer = client.post("/api/session", json={"login": "aman", "password": PASSWORD})
    cookies = answer.headers.get_list("set-cookie")
    names = {f"__Host-{COOKIE}", f"__Host-{session_routes.DEVICE_COOKIE}"}
    assert {cookie.split("=")[0] for cookie in cookies} == names
    assert all("Secure" in one and "Path=/;" in one and "Domain" not in one for one in cookies)
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert client.get("/api/session").status_code == 200
    other = TestClient(place.app, base_url="https://ronda.example", headers={"x-ronda": "1"})  # type: ignore[arg-type]
    other.cookies.set(COOKIE, client.cookies[f"__Host-{COOKIE}"])
    assert other.get("/api/session").status_code == 401
    left = client.delete("/api/session")
    assert left.headers["clear-site-data"] == '"cache"'
    assert len(left.headers.get_list("set-cookie")) == 2
    assert "strict-transport-security" not in client_of(place).get("/api/session").headers
