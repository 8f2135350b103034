"""The API keeps what its own description says, whatever it is asked: schemathesis writes the requests.

Every operation is asked by nobody and by a person who may do everything, with values that keep the
description and values that break it. An answer may refuse; it may never be a fault of ours (5xx), nor
have a status, a media type or a shape that the description does not know. The seed is fixed.
"""

from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.http_kit import CAMERA, Town, town

from ronda.access.model import Role
from ronda.access.service import new_person
from ronda.app.http.context import COOKIE
from ronda.app.http.server import describe
from ronda.core.ids import AreaCode
from ronda.core.time import DAY_US

EXAMPLES = 10
# 503 and 507 tell of a recorder or a disk that is away, as it is here; every other 5xx is a fault of ours.
AWAY = {503, 507}
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = sorted(
    f"{method.upper()} {path}" for path, methods in describe()["paths"].items() for method in methods
)


@dataclass
class Asked:
    """The town, its description as schemathesis reads it, and who asks."""

    here: Town
    schema: Any
    known: dict[str, str]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    here = town(tmp_path_factory.mktemp("openapi") / "data", training=True)
    roles = frozenset(Role)
    everything = new_person("semua", "Orang semua", "77", "Kantor", roles, AreaCode("64"))
    here.wiring.people.add(everything, "no digest: signed in by the test")
    here.people["everything"] = everything
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", here.app)
    return Asked(here=here, schema=schema, known=known_names(here))


def known_names(here: Town) -> dict[str, str]:
    """Values for path parameters that name something real, so that rules behind the 404 are reached."""
    admin = here.client("everything")
    case = here.approved_case()
    hook = {"kind": "webhook", "name": "kait", "settings": {"url": "http://127.0.0.1:9/"}}
    channel = admin.post("/api/alerts/channels", json=hook).json()["channel_id"]
    order = {
        "cameras": [CAMERA],
        "what": "Kamera mati",
        "deadline_us": here.start_us + 9 * DAY_US,
        "assignee": "Teknisi",
    }
    made = admin.post("/api/repairs", json=order)
    assert made.status_code == 201, made.text
    repair = made.json()["repair_id"]
    link = admin.post("/api/village-links", json={"area": "64.08.04"}).json()["path"]
    zone = {"kind": "counter", "left": 0.1, "top": 0.1, "right": 0.5, "bottom": 0.5}
    body = {
        "legal_basis": "SK Bupati 1/2026",
        "purpose": "Mutu layanan",
        "zones": [zone],
        "hours": ["08.00-12.00"] * 7,
    }
    assert admin.put(f"/api/service/{CAMERA}", json=body).status_code == 200
    person = here.people["planner"].person_id
    return {
        "camera": CAMERA, "case_id": case, "channel_id": channel, "repair_id": repair,
        "token": link.removeprefix("/desa/"), "person_id": person,
    }  # fmt: skip


@pytest.mark.parametrize("who", ["nobody", "everything"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_answer_keeps_the_description(asked: Asked, operation: str, who: str) -> None:
    method, path = operation.split(" ", 1)
    described = asked.schema[path][method]
    modes = [st_of(described, GenerationMode.POSITIVE), st_of(described, GenerationMode.NEGATIVE)]

    @seed(20261126)
    @settings(
        max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=st.one_of(*modes), real=st.booleans())
    def asks(case: Any, real: bool) -> None:
        if real:
            case.path_parameters.update({k: v for k, v in asked.known.items() if k in case.path_parameters})
        answer = case.call(headers={"x-ronda": "1"}, cookies=cookies(asked.here, who))
        ours = [] if answer.status_code in AWAY else [not_a_server_error]
        case.validate_response(answer, checks=[*CHECKS, *ours])

    asks()


def st_of(described: Any, mode: GenerationMode) -> Any:
    return described.as_strategy(generation_mode=mode)


def cookies(here: Town, who: str) -> dict[str, str]:
    """A session of its own for each question: some of them sign out."""
    return {} if who == "nobody" else {COOKIE: here.wiring.access.start_session(here.people[who])}
