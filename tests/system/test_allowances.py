"""Far more than hands can do is answered with 429; what does not say its length is not read at all."""

from pathlib import Path

import pytest
from tests.http_kit import Town, town

from ronda.access.allowance import Allowance, Allowances


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path)


def allow(place: Town, **allowed: Allowance) -> None:
    """In the web's own wiring."""
    wiring = place.app._app.state.context.wiring
    wiring.allowances = Allowances(wiring.clock, **allowed)


def test_a_person_who_reads_too_much_is_told_how_long_to_wait_and_nobody_else_is(place: Town) -> None:
    allow(place, reads=Allowance(size=3, per_s=0.001))
    operator, inspector = place.client("operator"), place.client("inspector")
    assert [operator.get("/api/cameras").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = operator.get("/api/cases")
    assert (refused.status_code, refused.json()["code"]) == (429, "asked_too_often")
    assert int(refused.headers["retry-after"]) > 900
    assert inspector.get("/api/cameras").status_code == 200


def test_files_of_a_day_have_a_sum(place: Town) -> None:
    allow(place, sent=Allowance(size=1000, per_s=0.001))
    admin, query = place.client("admin"), "/api/register/import?file_name=kamera.csv"
    assert admin.post(query, content=b"nama\n" + b"x" * 700).status_code != 429
    refused = admin.post(query, content=b"nama\n" + b"x" * 700)
    assert (refused.status_code, refused.json()["code"]) == (429, "sent_too_much")


def test_a_body_that_does_not_say_its_length_is_refused_before_it_is_read(place: Town) -> None:
    read = []

    def endless():
        for number in range(100):
            read.append(number)
            yield b"x" * 100_000

    for role in ("nobody", "admin"):
        refused = place.client(role).post("/api/session", content=endless())
        assert (refused.status_code, refused.json()["code"]) == (411, "length_required")
