"""Bytes from people without an account: links of village pages, the form on them, opening hours.

A spoiled link opens nothing; any form gets an answer that is no fault of ours; any text is opening hours
or is refused in one sentence. What ever broke one of them lies in crashers/ and is tried first.
"""

import random
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient
from tests.fuzz.test_fleet_fuzz import spoiled
from tests.fuzz_kit import times
from tests.http_kit import Town, town

from ronda.core.ids import AreaCode
from ronda.core.time import DAY_US, SECOND_US
from ronda.health.village_link import VillageLink, VillageLinkError, read_link, write_link
from ronda.service.errors import BadHoursError
from ronda.service.hours import parse_day, text_of

TURNS = times(3000)
CRASHERS = Path(__file__).parent / "crashers"
KEY = bytes(range(32))
LINK = VillageLink(area=AreaCode("64.08.04"), until_s=2_000_000_000)
SIGNS = "0123456789.,-:;–— \t\nabcjam²٣٠\x00\ud800'"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("fuzz") / "data")


def crashers(kind: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(CRASHERS.glob(f"{kind}-*"))]


def test_a_spoiled_link_opens_nothing() -> None:
    chance, good = random.Random(7), write_link(KEY, LINK)
    assert read_link(KEY, good, 1) == LINK
    refused = 0
    for turn in range(TURNS):
        token = spoiled(good.encode(), chance).decode("utf-8" if turn % 2 else "latin-1", "replace")
        if token == good:
            continue
        with pytest.raises(VillageLinkError):
            read_link(KEY, token, 1)
        refused += 1
    assert refused > TURNS * 0.9


def test_a_link_for_one_village_cannot_be_turned_into_one_for_another_or_for_longer() -> None:
    area, until, mark = write_link(KEY, LINK).split("-", 2)
    for front in (f"64.09.01-{until}", f"{area}-2000000001", f"64-08.04{until}", f"64-{until}"):
        with pytest.raises(VillageLinkError):
            read_link(KEY, f"{front}-{mark}", 1)


def test_any_address_of_a_village_page_gets_the_page_that_says_so(here: Town) -> None:
    chance, client = random.Random(9), here.client("nobody")
    good = write_link(here.wiring.village_key, _link_of(here))
    for _ in range(min(TURNS, 150)):
        token = quote(spoiled(good.encode(), chance), safe="")
        answer = client.get(f"/desa/{token}")
        assert answer.status_code in (200, 404, 410, 422), (token, answer.status_code)


def test_any_form_gets_an_answer_and_only_a_whole_one_makes_an_order(here: Town) -> None:
    chance, client = random.Random(11), here.client("nobody")
    token = write_link(here.wiring.village_key, _link_of(here))
    good = b"camera=simpang-3&what=Tiang+miring+sejak+hujan&lang=id"
    before = len(here.wiring.repairs.all())
    bodies = [*crashers("form"), *(spoiled(good, chance) for _ in range(min(TURNS, 250)))]
    for body in bodies:
        answer = _sent(client, token, body)
        assert answer in (200, 413, 422), (body, answer)
    made = here.wiring.repairs.all()[: len(here.wiring.repairs.all()) - before]
    assert 0 < len(made) <= 10, "a village's reports are bounded by the day"
    assert not any("\0" in one.what for one in made), "PostgreSQL keeps no such text"
    assert all(one.cameras == ("simpang-3",) and 5 <= len(one.what) <= 500 for one in made)


def test_any_text_is_opening_hours_or_refused() -> None:
    chance, taken = random.Random(13), 0
    for turn in range(TURNS):
        text = "".join(chance.choice(SIGNS) for _ in range(chance.randrange(14)))
        if turn % 3 == 0:
            text = spoiled(b"08.00-12.00, 13.00-15.30", chance).decode("latin-1")
        try:
            spans = parse_day(text)
        except BadHoursError:
            continue
        taken += 1
        assert parse_day(text_of(spans)) == spans, text
    assert taken > 10


def _link_of(here: Town) -> VillageLink:
    now_us = here.wiring.clock.now_us()
    return VillageLink(area=AreaCode("64.08.04"), until_s=(now_us + DAY_US) // SECOND_US)


def _sent(client: TestClient, token: str, body: bytes) -> int:
    head = {"content-type": "application/x-www-form-urlencoded"}
    return client.post(f"/desa/{token}", content=body, headers=head).status_code
