# ruff: noqa: E501  (tables read best as they are)
"""Every route and socket message, by every role, for objects of another area: no byte of them.

The far office's camera, case, person, change and look back carry the word "kanari"; passwords of cameras another one.
A new route is in this matrix by being there.
"""

import json
import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from tests.http_kit import CAMERA, Town, town

from ronda.access.look_back import LookBack
from ronda.access.model import Role
from ronda.access.service import new_person
from ronda.access.two_people import Change, ChangeKind
from ronda.app.http.server import ROUTERS
from ronda.core.ids import AreaCode, CameraId, PersonId, SiteId, camera_id
from ronda.registry.model import Camera, Site, SiteKind
from ronda.store.sql.changes import SqlChanges

FAR = AreaCode("64.09.01")
FAR_CAMERA = "jauh-1"
SECRET = "kenari-rahasia"
# What the law wants everybody to see of every camera: its place, purpose and retention; and public checkpoints.
PUBLIC = re.compile(r"/(publik|desa|public|api/public|api/demo).*")
ROLES = ["nobody", *(role.value for role in Role)]
WORD = "kanari"
_FAR_CASE: list[str] = []


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Town:
    place = town(tmp_path_factory.mktemp("town"))
    wiring = place.wiring
    site = Site(
        site_id=SiteId("s-kanari"), name="Kanari Lokasi", kind=SiteKind.JUNCTION, area=FAR, lat_deg=0.9, lon_deg=116.9
    )  # fmt: skip
    wiring.register.add_camera(
        Camera(
            camera=camera_id(FAR_CAMERA), name="Kanari Kamera", site=site, purpose="Kanari tujuan jauh", legal_basis="UU",
            retention_days=9, url=f"rtsp://admin:{SECRET}@192.0.2.99/kanari", sub_url=None, direction_deg=None, owner="Kanari",
        )
    )  # fmt: skip
    far = new_person(
        "kanari", "Kanari Orang", "4711", "Kanari Kantor", frozenset({Role.OPERATOR}), AreaCode("64.09")
    )
    wiring.people.add(far, "x")
    place.people["far"] = far
    body = {
        **place.request_body(), "reason": "Kanari alasan permintaan", "place": "Kanari tempat", "crime_kind": "Kanari dugaan",
        "scope": {"cameras": [FAR_CAMERA], "from_us": place.start_us, "to_us": place.start_us + 10**6},
    }  # fmt: skip
    made = place.client("other-office").post("/api/cases", json=body)
    assert made.status_code == 201, made.text
    _FAR_CASE.append(made.json()["case_id"])
    SqlChanges(wiring.engine).add(
        Change(
            change_id="ch-far", revision=1, kind=ChangeKind.RIGHTS, subject=far.person_id, concerns="4711",
            body={"roles": ["admin"], "area": "64.09"}, areas=(AreaCode("64.09"),), reason="Kanari alasan perubahan",
            asked_by=PersonId("p-x"), asked_official_id="1", asked_name="Kanari Pengaju", asked_us=wiring.clock.now_us(),
        )
    )  # fmt: skip
    wiring.duty.open_look_back(
        LookBack(
            look_back_id="lb-far", person_id=far.person_id, camera=CameraId(FAR_CAMERA), area=FAR, from_us=1, to_us=2, log_index=0
        )
    )  # fmt: skip
    return place


def routes() -> Iterator[APIRoute]:
    for router in ROUTERS:
        yield from (r for r in router.routes if isinstance(r, APIRoute) and not PUBLIC.fullmatch(r.path))


def address(place: Town, path: str) -> str:
    ids = {
        "camera": FAR_CAMERA, "case_id": _FAR_CASE[0], "person_id": place.people["far"].person_id,
        "change_id": "ch-far", "look_back_id": "lb-far",
    }  # fmt: skip
    filled = re.sub(r"{(\w+)(?::\w+)?}", lambda match: str(ids.get(match[1], "apa-saja")), path)
    at_us = place.start_us
    span = f"from_us={at_us}&to_us={at_us + 10**6}&at_us={at_us}&lat_deg=0.9&lon_deg=116.9&month=2025-11&day=2025-11-18"
    return f"{filled}?{span}"


def is_named(path: str) -> bool:
    """Whether the path names one object of the far office."""
    return any(f"{{{name}}}" in path for name in ("camera", "case_id", "change_id"))


@pytest.mark.parametrize("role", ROLES)
def test_no_route_tells_a_word_of_another_area_or_a_camera_s_password(place: Town, role: str) -> None:
    """N1, N2, S2, S4: lists, counts, searches, timelines, error texts; reading and writing."""
    client, leaks, named = place.client(role), [], []
    for route in routes():
        for method in sorted(route.methods):
            if role != "nobody" and not client.cookies:  # a route may have signed us out
                client = place.client(role)
            body = {"camera": FAR_CAMERA, "reason": "Alasan yang panjang"} if method in ("POST", "PUT") else None
            answer = client.request(method, address(place, route.path), json=body)
            said = answer.text.casefold().replace(str(place.people["far"].person_id), "")
            if WORD in said or SECRET in said:
                leaks.append((method, route.path, answer.text[:300]))
            if is_named(route.path) and method == "GET" and answer.status_code == 200:
                named.append((method, route.path))
    assert leaks == []
    assert named == [], "an object of another area answers 404, or 403 where the role may see none at all"


def test_the_far_office_itself_sees_its_words_so_that_the_search_would_find_them(place: Town) -> None:
    client = place.client("other-office")
    assert WORD in client.get("/api/cameras").text.casefold()
    assert WORD in client.get(f"/api/cases/{_FAR_CASE[0]}").text.casefold()


@pytest.mark.parametrize("role", ["operator", "investigator", "approver", "inspector"])
def test_a_case_of_another_area_answers_as_one_that_is_not_there(place: Town, role: str) -> None:
    """Nobody learns from an answer that something exists."""
    client = place.client(role)
    far, none = client.get(f"/api/cases/{_FAR_CASE[0]}"), client.get("/api/cases/case-0000000000")
    assert far.status_code == none.status_code == 404
    assert far.text.replace(_FAR_CASE[0], "") == none.text.replace("case-0000000000", "")


@pytest.mark.parametrize("role", ["operator", "investigator"])
def test_no_socket_message_opens_a_camera_of_another_area(place: Town, role: str) -> None:
    at_us = place.start_us
    asked = [
        {"op": "live", "camera": FAR_CAMERA}, {"op": "live", "camera": f"{CAMERA}~sub"}, {"op": "live", "camera": "../x"},
        {"op": "past", "camera": FAR_CAMERA, "case": _FAR_CASE[0], "at_us": at_us, "until_us": at_us + 1},
        {"op": "back", "camera": FAR_CAMERA, "at_us": at_us, "until_us": at_us + 1},
    ]  # fmt: skip
    with place.client(role).websocket_connect("/api/video") as socket:
        for number, one in enumerate(asked):
            socket.send_text(json.dumps({**one, "tile": number, "gen": 1}))
            answer = socket.receive_json()
            assert (answer["tile"], answer["kind"]) == (number, "refused")
            assert WORD not in json.dumps(answer).casefold()


LIES = [
    {"x-forwarded-for": "127.0.0.1"}, {"x-forwarded-user": "admin"}, {"x-real-ip": "127.0.0.1"}, {"cookie": "uid=admin"},
    {"cookie": "role=admin; login_type=admin"}, {"x-role": "admin"}, {"remote-user": "sinta"}, {"x-original-url": "/api/people"},
    {"x-http-method-override": "GET"}, {"forwarded": "for=127.0.0.1;proto=https"}, {"authorization": "Basic YWRtaW46YWRtaW4="},
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: "+".join(lie))
def test_what_a_client_says_of_itself_is_ignored(place: Town, lie: dict[str, str]) -> None:
    """N11."""
    for path in ("/api/people", "/api/log", "/api/cases", "/api/tokens", "/api/duty"):
        assert place.client("nobody").get(path, headers=lie).status_code == 401
        if "cookie" not in lie and path != "/api/cases":  # an empty list to whom no case concerns
            assert place.client("planner").get(path, headers=lie).status_code == 403


def test_every_writing_route_refuses_a_foreign_page_and_every_answer_forbids_frames(place: Town) -> None:
    """N14: without our own header, or from another origin; plain forms of signed addresses alone are free."""
    foreign = place.client("admin")
    for route in routes():
        for method in sorted(route.methods - {"GET", "HEAD"}):
            path = address(place, route.path)
            other = foreign.request(method, path, json={}, headers={"origin": "https://evil.example"})
            assert (other.status_code, other.json()["code"]) == (403, "foreign_page"), (method, route.path)
            assert "frame-ancestors 'none'" in other.headers["content-security-policy"]
    shown = foreign.get("/api/session")
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]
    assert "connect-src 'self'" in shown.headers["content-security-policy"]
    assert shown.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "CONNECT", "PATCH"])
def test_methods_that_no_screen_uses_open_nothing_for_anybody(place: Town, method: str) -> None:
    """No header tells by HEAD what GET would refuse, and nothing is mirrored; roles make no difference."""
    for role in ("nobody", "investigator", "admin"):
        client = place.client(role)
        for route in routes():
            answer = client.request(method, address(place, route.path))
            assert answer.status_code in (401, 403, 404, 405), (method, route.path, answer.status_code)
            said = answer.text.casefold() + str(dict(answer.headers)).casefold()
            assert WORD not in said, (method, route.path)
            assert SECRET not in said, (method, route.path)
