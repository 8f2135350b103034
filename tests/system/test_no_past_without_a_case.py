"""Nobody gets a byte of the past without a case: every route and socket is tried, by every role."""

import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.http_kit import CAMERA, FAR_CAMERA, Town, town

from ronda.access.model import Role
from ronda.app.http.routes import demo
from ronda.app.http.server import ROUTERS

OUTSIDERS = ["nobody", "other-office", *(role.value for role in Role if role is not Role.INVESTIGATOR)]
WINDOW_BYTES = 24


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("town"), training=True)


@pytest.fixture(scope="module")
def case(place: Town) -> str:
    """A case with a still, a package and a redacted draft, so that there is something to steal."""
    case_id = place.approved_case()
    client = place.client("investigator")
    still = client.post(f"/api/cases/{case_id}/stills", json={"camera": CAMERA, "at_us": place.start_us + 10**6})
    assert still.status_code == 201, still.text
    assert client.post(f"/api/cases/{case_id}/packages", json={}).status_code == 201
    span = {"camera": CAMERA, "from_us": place.start_us, "to_us": place.segment.span.end_us}
    assert client.post(f"/api/cases/{case_id}/copies", json=span).status_code == 201
    return case_id


def all_routes() -> Iterator[APIRoute]:
    for router in (*ROUTERS, demo.router):
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield route


def addresses(route: APIRoute, place: Town, case: str) -> list[str]:
    """The route's path with every real id that an outsider might have heard of."""
    found = place.client("investigator").get(f"/api/cases/{case}").json()
    values = {
        "case_id": case,
        "still_id": found["stills"][0]["still_id"],
        "package_id": found["packages"][0]["package_id"],
        "copy_id": place.client("investigator").get(f"/api/cases/{case}/copies").json()[0]["copy_id"],
        "person_id": "p-unknown",
        "start_us": place.start_us,
    }
    at_us = place.start_us
    span = f"from_us={at_us}&to_us={at_us + 10**7}&at_us={at_us + 10**6}&lat_deg=0.5&lon_deg=117"
    return [f"{_filled(route.path, {**values, 'camera': camera})}?{span}" for camera in (CAMERA, FAR_CAMERA)]


def _filled(path: str, values: dict[str, object]) -> str:
    """Names that mean nothing to footage, such as that of a repair order, are filled with any word."""
    return re.sub(r"{(\w+)(?::\w+)?}", lambda match: str(values.get(match[1], "apa-saja")), path)


def holds_footage(body: bytes, place: Town) -> bool:
    """Whether any piece of the film's pictures, or any still, stands in the answer."""
    pictures = place.film[place.segment.init_bytes :]
    pieces = {pictures[at : at + WINDOW_BYTES] for at in range(64, len(pictures) - WINDOW_BYTES, WINDOW_BYTES * 16)}
    return any(piece in body for piece in pieces) or b"\x89PNG" in body or b"mdat" in body


def test_the_search_for_footage_would_find_it(place: Town, case: str) -> None:
    """The other tests prove nothing unless this one holds: who may look does get the film and the picture."""
    client = place.client("investigator")
    clip = client.get(f"/api/cases/{case}/footage/{CAMERA}?at_us={place.start_us + 10**6}")
    assert clip.status_code == 200
    assert holds_footage(clip.content, place)
    copy = client.get(f"/api/cases/{case}/copies").json()[0]["copy_id"]
    assert holds_footage(client.get(f"/api/cases/{case}/copies/{copy}/film").content, place)
    still = client.get(f"/api/cases/{case}").json()["stills"][0]["still_id"]
    assert holds_footage(client.get(f"/api/cases/{case}/stills/{still}").content, place)


@pytest.mark.parametrize("role", OUTSIDERS)
def test_no_route_gives_footage_to_somebody_outside_the_case(place: Town, case: str, role: str) -> None:
    client = place.client(role)
    for route in all_routes():
        for method in sorted(route.methods - {"DELETE"}):
            for address in addresses(route, place, case):
                answer = client.request(method, address, json={} if method in ("POST", "PUT") else None)
                assert answer.status_code < 500 or answer.status_code == 503, (method, address, answer.text)
                assert not holds_footage(answer.content, place), (role, method, address)
        if role != "nobody" and not client.cookies:  # a route may have signed us out
            client = place.client(role)


@pytest.mark.parametrize(
    "path",
    [
        "/../footage/{path}",
        "/footage/{path}",
        "/assets/..%2f..%2f..%2ffootage/{path}",
        "/api/../footage/{path}",
        "/..%5c..%5cfootage%5c{path}",
        "//{path}",
        "/%2e%2e/%2e%2e/footage/{path}",
        "/footage/index.sqlite",
        "/../keys/sealing.key",
        "/../../ronda.json",
    ],
)
def test_no_path_leads_out_of_the_screens(place: Town, path: str) -> None:
    answer = place.client("investigator").get(path.format(path=place.segment.path))
    assert not holds_footage(answer.content, place)
    assert b"PRIVATE KEY" not in answer.content
    assert b"SQLite" not in answer.content


def asks(case: str, at_us: int) -> list[dict[str, object]]:
    past = {"op": "past", "tile": 1, "gen": 1, "camera": CAMERA, "at_us": at_us, "until_us": at_us + 10**7}
    return [{**past, "case": case}, {**past, "case": "none"}, {**past, "case": case, "camera": FAR_CAMERA}]


@pytest.mark.parametrize("role", [role for role in OUTSIDERS if role != "nobody"])
def test_the_socket_gives_no_past_outside_the_case_and_the_log_holds_each_attempt(
    place: Town, case: str, role: str
) -> None:
    before = place.wiring.log.size()
    for asked in asks(case, place.start_us + 10**6):
        with place.client(role).websocket_connect("/api/video") as socket:
            socket.send_text(json.dumps(asked))
            answer = socket.receive_json()
            assert answer["kind"] == "refused", answer
    refusals = [
        entry
        for entry in place.wiring.log.entries(before, 200)
        if entry.action == "rekaman.putar" and entry.fields["hasil"] == "ditolak"
    ]
    assert len(refusals) == 3
    assert {entry.actor for entry in refusals} == {place.people[role].person_id}


ROLES = [role for role in OUTSIDERS if role != "nobody"]


@pytest.mark.parametrize("role", [*ROLES, "investigator"])
def test_the_one_exception_is_shut_unless_two_people_opened_it_and_then_for_the_operator_on_duty_alone(
    place: Town, role: str
) -> None:
    """The look back: at most ten minutes of a camera in view. This film is a day old, so it never reaches it.

    What it opens, and for whom, is in `test_look_back.py`.
    """
    at_us = place.start_us + 10**6
    live = {"op": "live", "tile": 2, "gen": 1, "camera": CAMERA}
    back = {"op": "back", "tile": 1, "gen": 1, "camera": CAMERA, "at_us": at_us, "until_us": at_us + 10**7}
    assert place.wiring.look_back_minutes == 0
    with place.client(role).websocket_connect("/api/video") as socket:
        socket.send_text(json.dumps(live))
        for minutes in (0, 10):
            place.wiring.settings.put("look_back_minutes", minutes)
            socket.send_text(json.dumps(back))
            while (answer := socket.receive_json())["tile"] != 1:
                assert answer["kind"] in ("note", "refused")
            assert answer["kind"] == "refused"
            assert answer["code"] in ("look_back_refused", "not_registered", "not_allowed")
    place.wiring.settings.put("look_back_minutes", 0)
    assert place.wiring.duty.look_backs() == []


def test_the_socket_plays_the_film_to_the_investigator_of_the_case(place: Town, case: str) -> None:
    """Otherwise the refusals above would prove nothing."""
    with place.client("investigator").websocket_connect("/api/video") as socket:
        socket.send_text(json.dumps(asks(case, place.start_us)[0]))
        kinds, media = [], b""
        while not kinds or kinds[-1] != "end":
            message = socket.receive()
            if message.get("text"):
                kinds.append(json.loads(message["text"])["kind"])
            else:
                tile, gen, *_ = struct.unpack_from(">IIBBHqq", message["bytes"])
                assert (tile, gen) == (1, 1)
                media += message["bytes"][28:]
    assert kinds[0] == "init"
    assert media[place.segment.init_bytes :] in place.film


def test_a_socket_without_a_session_is_closed(place: Town, case: str) -> None:
    with place.client("nobody").websocket_connect("/api/video") as socket:
        socket.send_text(json.dumps(asks(case, place.start_us)[0]))
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


def test_a_socket_opened_from_a_foreign_page_is_refused(place: Town) -> None:
    client = place.client("investigator")
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/api/video", headers={"origin": "http://evil.example"}),
    ):
        pass


def test_every_socket_of_the_application_is_tried_here() -> None:
    """A new socket must be added to these tests before it can land."""
    sockets = [r.path for router in ROUTERS for r in router.routes if isinstance(r, APIWebSocketRoute)]
    assert sockets == ["/api/video"]


def test_access_ends_with_the_case(tmp_path: Path) -> None:
    place = town(tmp_path)
    case = place.approved_case()
    client = place.client("investigator")
    address = f"/api/cases/{case}/footage/{CAMERA}?at_us={place.start_us + 10**6}"
    assert client.get(address).status_code == 200
    closed = client.post(f"/api/cases/{case}/outcome", json={"kind": "useful", "note": "Kasus selesai diperiksa"})
    assert closed.status_code == 200, closed.text
    after: TestClient = place.client("investigator")
    assert after.get(address).status_code == 403
