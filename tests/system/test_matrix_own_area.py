"""Inside one area: every address that reads, by every role, for a case of theirs and of a colleague.

`docs/reference/who-reads-what.md` is this matrix as it was last agreed. A route that opens to one role more, or a
new one, is a change of that page: RONDA_WRITE_MATRIX=1 writes it anew, for a human to read in the difference.
"""

import json
import os
import re

import pytest
from fastapi.routing import APIRoute
from tests.http_kit import CAMERA, Town, town
from tests.needs import ROOT
from tests.system.test_no_past_without_a_case import addresses, all_routes, case, holds_footage  # noqa: F401

from ronda.access.model import Role
from ronda.access.service import new_person
from ronda.core.ids import AreaCode

PAGE = ROOT / "docs/reference/who-reads-what.md"
READERS = ["nobody", *(role.value for role in Role), "colleague"]
OUTSIDERS = [one for one in READERS if one != "investigator"]
WITHOUT_CASES = ["nobody", "planner", "service_head", "admin"]  # may not even know that there is one
PART = {"range": "bytes=0-4095"}
WORD = "melati"  # stands in the note of a mark of the case
Asked = dict[tuple[str, str], tuple[int, bool]]  # route, reader: status, and whether the word was told


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Town:
    place = town(tmp_path_factory.mktemp("town"), training=True)
    roles = frozenset({Role.INVESTIGATOR})
    place.people["colleague"] = new_person("rekan", "Orang Rekan", "5511", "Kantor", roles, AreaCode("64.08"))
    place.wiring.people.add(place.people["colleague"], "x")
    return place


@pytest.fixture(scope="module")
def marked(place: Town, case: str) -> str:  # noqa: F811
    span = {"from_us": place.start_us, "to_us": place.start_us + 10**6}
    body = {"camera": CAMERA, "note": f"{WORD} di simpang", **span}
    made = place.client("investigator").post(f"/api/cases/{case}/marks", json=body)
    assert made.status_code == 201, made.text
    return case


@pytest.fixture(scope="module")
def reading(place: Town, marked: str) -> dict[str, str]:
    """Each address that can be fetched, by its route; to start a sign-in or to change the demo's role is not."""
    routes: list[APIRoute] = [one for one in all_routes() if "GET" in one.methods]
    wanted = sorted(
        (one for one in routes if not re.match(r"/api/(oidc|demo)", one.path)), key=lambda route: route.path
    )
    return {route.path: addresses(route, place, marked)[0] for route in wanted}


@pytest.fixture(scope="module")
def asked(place: Town, reading: dict[str, str]) -> Asked:
    found: Asked = {}
    for who in READERS:
        client = place.client(who)
        for path, address in reading.items():
            answer = client.get(address)
            found[path, who] = answer.status_code, WORD in answer.text
    return found


def of_the_case(reading: dict[str, str]) -> dict[str, str]:
    return {path: address for path, address in reading.items() if "{case_id}" in path}


def test_who_may_read_what_is_the_agreed_page(asked: Asked, reading: dict[str, str]) -> None:
    """S2: one line a route, one column a reader; 200 reads, 401 and 403 do not, 404 is told of nothing."""
    lines = [f"| `{path}` | {' | '.join(str(asked[path, who][0]) for who in READERS)} |" for path in reading]
    before, mark, _old = PAGE.read_text().partition(f"|---{'|---' * len(READERS)}|\n")
    assert mark, "the page has another set of readers"
    wanted = before + mark + "\n".join(lines) + "\n"
    if os.environ.get("RONDA_WRITE_MATRIX") == "1":
        PAGE.write_text(wanted)
    assert PAGE.read_text() == wanted


def test_only_who_may_know_of_a_case_is_told_its_words(asked: Asked) -> None:
    """Lists, searches, counts, the ledger, the plan; the log opens its texts to whom the office set over it."""
    told = {(path, who) for (path, who), (_, has_word) in asked.items() if has_word}
    knows = ("investigator", "colleague", "operator", "approver", "inspector")
    may = {("/api/cases/{case_id}", who) for who in knows}
    assert may <= told <= may | {("/api/log", "inspector"), ("/api/log", "admin")}


@pytest.mark.parametrize("who", OUTSIDERS)
def test_no_byte_range_of_a_case_s_pictures_reaches_an_outsider(
    place: Town, reading: dict[str, str], who: str
) -> None:
    """Thumbnails, films, packages, redacted drafts; a colleague of the same rank is outside too."""
    client = place.client(who)
    for path, address in of_the_case(reading).items():
        answer = client.get(address, headers=PART)
        assert answer.status_code not in (206, 304), (who, path)
        assert not holds_footage(answer.content, place), (who, path)


def test_the_one_whose_case_it_is_gets_the_bytes_so_that_the_search_would_find_them(
    place: Town, reading: dict[str, str]
) -> None:
    client = place.client("investigator")
    found = {
        path.removeprefix("/api/cases/{case_id}/")
        for path, address in of_the_case(reading).items()
        if holds_footage(client.get(address, headers=PART).content, place)
    }
    assert {"stills/{still_id}", "footage/{camera}", "copies/{copy_id}/film"} <= found


@pytest.mark.parametrize("who", WITHOUT_CASES)
def test_a_case_that_one_may_not_know_of_answers_as_one_that_is_not_there(
    place: Town, reading: dict[str, str], marked: str, who: str
) -> None:
    """Its number, its pictures and its packages: the same words as for a number that nobody gave."""
    client = place.client(who)
    for path, address in of_the_case(reading).items():
        real, none = client.get(address), client.get(address.replace(marked, "case-0000000000"))
        assert real.status_code == none.status_code in (401, 403, 404), (who, path)
        assert real.text.replace(marked, "") == none.text.replace("case-0000000000", ""), (who, path)


@pytest.mark.parametrize("who", [one for one in OUTSIDERS if one != "nobody"])
def test_no_socket_message_opens_the_past_of_a_case_to_an_outsider(place: Town, marked: str, who: str) -> None:
    until_us = place.start_us + 10**6
    place_in_time = {"camera": CAMERA, "at_us": place.start_us, "until_us": until_us}
    with place.client(who).websocket_connect("/api/video") as socket:
        for number, one in enumerate(({"op": "past", "case": marked}, {"op": "back"})):
            socket.send_text(json.dumps({**one, **place_in_time, "tile": number, "gen": 1}))
            answer = socket.receive_json()
            assert (answer["tile"], answer["kind"]) == (number, "refused"), (who, one)
            assert WORD not in json.dumps(answer)
