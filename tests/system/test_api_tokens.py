"""Tokens of programs: shown once, bound to a list and an area, never a picture, a case, a person or an approval."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.http_kit import CAMERA, FAR_CAMERA, Town, town

from ronda.access.policy import Action
from ronda.access.tokens import TOKEN_MAY
from ronda.app.http.server import ROUTERS
from ronda.app.http.token_routes import TOKEN_ROUTES
from ronda.core.time import DAY_US

NEVER = {
    Action.WATCH_LIVE, Action.LOOK_BACK, Action.REVIEW_FOOTAGE, Action.EXPORT_PACKAGE, Action.APPROVE_REQUEST,
    Action.APPROVE_CHANGE, Action.ENTER_REQUEST, Action.SEE_CASES, Action.MANAGE_PEOPLE, Action.READ_LOG,
    Action.LOCK_UNSEEN, Action.CLOSE_CASE, Action.MANAGE_CAMERAS, Action.MANAGE_REGISTER, Action.SET_DUTY,
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("town"))


def make(place: Town, *actions: str, days: int = 30, area: str = "64.08") -> dict[str, Any]:
    body = {"name": "Dasbor Bappeda", "actions": actions or ["see_gaps"], "area": area, "days": days}
    answer = place.client("admin").post("/api/tokens", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def program(place: Town, token: str) -> TestClient:
    head = {"authorization": f"Bearer {token}", "x-ronda": "1"}
    return TestClient(place.app, base_url="http://127.0.0.1:8080", headers=head)  # type: ignore[arg-type]


def test_a_token_reads_what_it_was_made_for_within_its_area(place: Town) -> None:
    client = program(place, make(place)["token"])
    assert [one["camera"] for one in client.get("/api/cameras").json()] == [CAMERA]
    assert client.get("/api/register").status_code == 403
    assert client.get(f"/api/cameras/{FAR_CAMERA}/timeline?from_us=0&to_us=1").status_code == 404


def test_a_token_is_shown_once_and_kept_as_a_digest(place: Town) -> None:
    """S4: neither the list nor the database nor the log has it."""
    shown = make(place)["token"]
    assert shown not in place.client("admin").get("/api/tokens").text
    for path in place.wiring.folder.root.rglob("*"):
        if path.is_file():
            assert shown.encode() not in path.read_bytes(), path


def test_no_token_is_ever_made_for_the_past_a_picture_or_an_approval(place: Town) -> None:
    assert not TOKEN_MAY & NEVER
    for action in NEVER:
        body = {"name": "Apa saja", "actions": [action.value, "see_gaps"], "area": "64.08", "days": 1}
        answer = place.client("admin").post("/api/tokens", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong_token_request")


def test_a_row_of_the_database_that_says_more_gives_no_more(place: Town) -> None:
    """Even who writes into the database by hand makes no token that sees a case."""
    made = make(place)
    with place.wiring.engine.begin() as connection:
        from sqlalchemy import update

        from ronda.store.sql.tokens import api_tokens

        connection.execute(
            update(api_tokens)
            .where(api_tokens.c.token_id == made["token_id"])
            .values(actions=[action.value for action in Action])
        )
    client = program(place, made["token"])
    assert client.get("/api/cameras").status_code == 200
    assert client.get("/api/cases").status_code == 403
    assert client.get("/api/log").status_code == 403
    place.wiring.tokens.revoke(made["token_id"], 1)


def test_a_token_opens_the_listed_routes_and_no_other(place: Town) -> None:
    client = program(place, make(place, *[action.value for action in TOKEN_MAY])["token"])
    stranger = TestClient(place.app, base_url="http://127.0.0.1:8080", headers={"x-ronda": "1"})  # type: ignore[arg-type]
    opened = set()
    for router in ROUTERS:
        for route in router.routes:
            if not isinstance(route, APIRoute):
                continue
            path = re.sub(r"{camera}", CAMERA, route.path)
            path = re.sub(r"{\w+(:\w+)?}", "apa-saja", path)
            for method in route.methods:
                body = {} if method in ("POST", "PUT") else None
                mine, theirs = client.request(method, path, json=body), stranger.request(method, path, json=body)
                if mine.status_code != theirs.status_code and mine.status_code not in (401, 403):
                    opened.add((method, route.path))
    assert opened <= {("GET", path) for path in TOKEN_ROUTES}
    assert len(opened) > 10


def test_a_token_opens_no_socket(place: Town) -> None:
    client = program(place, make(place)["token"])
    with client.websocket_connect("/api/video") as socket, pytest.raises(WebSocketDisconnect):
        socket.receive_text()


@pytest.mark.parametrize(
    "token",
    [
        "", "constructor", "__proto__", "[]", "null", "undefined", "0", "true", "{}", "ronda_", "a" * 5000,
        "ronda_" + "A" * 43,
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.AAAA",
        "not.json.at-all", "..", "' OR 1=1 --", "%00", "*", "ronda_*", "\u00e9\u00e8",
    ],
)  # fmt: skip
def test_what_is_no_token_is_nobody(place: Town, token: str) -> None:
    """N9, N10: there is nothing inside a token to believe; it is known or it is not."""
    head = {"authorization": b"Bearer " + token.encode(), "x-ronda": b"1"}
    client = TestClient(place.app, base_url="http://127.0.0.1:8080")  # type: ignore[arg-type]
    answer = client.get("/api/cameras", headers=head)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_a_token_ends_by_itself_or_when_it_is_taken_back(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(place, days=1)
    client = program(place, made["token"])
    assert client.get("/api/cameras").status_code == 200
    assert place.client("admin").delete(f"/api/tokens/{made['token_id']}").status_code == 204
    assert client.get("/api/cameras").status_code == 401
    other = make(place, days=1)
    later = place.wiring.clock.now_us() + DAY_US
    context = place.app._app.state.context  # type: ignore[attr-defined]
    monkeypatch.setattr(context.wiring.clock, "now_us", lambda: later, raising=False)
    assert program(place, other["token"]).get("/api/cameras").status_code == 401


def test_a_cookie_beside_a_wrong_token_does_not_help(place: Town) -> None:
    """Who shows a token is judged by it."""
    client = place.client("admin")
    assert client.get("/api/cameras", headers={"authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize("days", [0, -1, 366, 10**9])
def test_no_token_lives_longer_than_a_year(place: Town, days: int) -> None:
    body = {"name": "Dasbor", "actions": ["see_gaps"], "area": "64.08", "days": days}
    assert place.client("admin").post("/api/tokens", json=body).status_code == 422


@pytest.mark.parametrize("role", ["operator", "investigator", "approver", "planner", "service_head", "inspector"])
def test_only_the_admin_makes_lists_and_ends_tokens(place: Town, role: str) -> None:
    client, token_id = place.client(role), make(place)["token_id"]
    body = {"name": "Dasbor", "actions": ["see_gaps"], "area": "64.08", "days": 1}
    assert client.post("/api/tokens", json=body).status_code == 403
    assert client.get("/api/tokens").status_code == 403
    assert client.delete(f"/api/tokens/{token_id}").status_code == 403


def test_making_ending_and_refusing_stand_in_the_log(tmp_path: Path) -> None:
    place = town(tmp_path)
    made = make(place)
    program(place, made["token"]).get("/api/cases")
    place.client("admin").delete(f"/api/tokens/{made['token_id']}")
    actions = [entry.action for entry in place.wiring.log.entries(0, 100)]
    assert [one for one in actions if one.startswith("token.")] == [
        "token.dibuat",
        "token.ditolak",
        "token.dicabut",
    ]
