"""A wall screen stands open to everybody in the room: it shows live pictures and nothing else of its operator."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import update
from starlette.testclient import TestClient
from tests.http_kit import CAMERA, Town, town

from ronda.access.model import Role
from ronda.access.policy import MAY, WALL_MAY, Action
from ronda.access.service import new_person
from ronda.access.sessions import WALL_OPEN_US
from ronda.app.http.context import COOKIE, WALL_ROUTES
from ronda.app.http.server import ROUTERS
from ronda.core.ids import AreaCode
from ronda.store.sql.people import sessions

PASSWORD = "empat kata yang lain"
OWN = re.compile(r"/api/session(/.*)?")  # signing in and out, the own password, the own factors
ROLES = frozenset({Role.OPERATOR, Role.INVESTIGATOR})  # whatever these may at a desk is more than a wall shows


@pytest.fixture
def place(tmp_path: Path) -> Town:
    made = town(tmp_path)
    person = new_person("dinding", "Orang Dinding", "9931", "Kantor", ROLES, AreaCode("64.08"))
    once = made.wiring.access.add_person(None, person)
    made.wiring.access.change_password(person, once, PASSWORD)
    return made


def client_of(place: Town) -> TestClient:
    return TestClient(place.app, base_url="http://127.0.0.1:8080", headers={"x-ronda": "1"})  # type: ignore[arg-type]


def signed_in(place: Town, *, wall: bool) -> tuple[TestClient, dict[str, Any]]:
    client = client_of(place)
    answer = client.post("/api/session", json={"login": "dinding", "password": PASSWORD, "wall": wall})
    assert answer.status_code == 200, answer.text
    return client, answer.json()


def routes() -> Iterator[tuple[str, str, str]]:
    """Method, path, and an address of it."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and not OWN.fullmatch(route.path):
                for method in route.methods:
                    yield method, route.path, re.sub(r"{\w+(:\w+)?}", "apa-saja", route.path)


def test_no_route_of_a_signed_in_person_opens_on_a_wall_screen_but_the_list_of_cameras(place: Town) -> None:
    client, me = signed_in(place, wall=True)
    assert (me["at_wall"], me["may"]) == (True, [action.value for action in WALL_MAY])
    nobody, guarded = client_of(place), 0
    for method, path, address in routes():
        unknown = nobody.request(method, address)
        if unknown.status_code != 401 or unknown.json()["code"] != "not_signed_in":
            continue  # for everybody, or by another right than a session
        answer = client.request(method, address)
        guarded += 1
        if method == "GET" and path in WALL_ROUTES:
            assert answer.status_code == 200, path
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "wall_screen"), (method, path)
    assert guarded > 100
    refused = [entry for entry in place.wiring.log.entries(0, 10_000) if entry.action == "layar_pantau.ditolak"]
    assert len(refused) == guarded - len(WALL_ROUTES)


def test_its_socket_shows_nothing_of_the_past(place: Town) -> None:
    client, _me = signed_in(place, wall=True)
    with client.websocket_connect("/api/video", headers={"cookie": f"{COOKIE}={client.cookies[COOKIE]}"}) as socket:
        past = {"tile": 1, "gen": 1, "camera": CAMERA, "at_us": 1, "until_us": 2}
        for asked in ({"op": "past", "case": "apa-saja", **past}, {"op": "back", **past}):
            socket.send_json(asked)
            said = socket.receive_json()
            assert (said["kind"], said["code"]) == ("refused", "wall_screen")


def test_the_password_opens_it_for_half_an_hour_and_no_touch_makes_that_longer(place: Town) -> None:
    client, _me = signed_in(place, wall=True)
    assert client.get("/api/cases").status_code == 403
    assert client.post("/api/session/vouch", json={"password": "bukan itu"}).status_code == 401
    assert client.get("/api/cases").status_code == 403

    assert client.post("/api/session/vouch", json={"password": PASSWORD}).status_code == 204
    me = client.get("/api/session").json()
    assert (me["at_wall"], me["may"]) == (False, sorted(act.value for act in Action if MAY[act] & ROLES))
    assert client.get("/api/cases").status_code == 200

    with place.wiring.engine.begin() as connection:  # half an hour goes by, with hands on the screen
        given_us = me["wall_until_us"] - 2 * WALL_OPEN_US
        connection.execute(update(sessions).values(started_us=given_us - 1, vouched_us=given_us))
    assert client.post("/api/session/touch").status_code == 204
    assert client.get("/api/cases").json()["code"] == "wall_screen"
    assert client.get("/api/session").json()["at_wall"] is True


def test_a_desk_of_the_same_person_opens_all_of_it(place: Town) -> None:
    client, me = signed_in(place, wall=False)
    assert (me["at_wall"], me["wall_until_us"]) == (False, None)
    assert client.get("/api/cases").status_code == 200
