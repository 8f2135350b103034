"""A collector reads figures that move with what happens, in Prometheus' own format."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.http_kit import CAMERA, Town, town
from tests.peers_kit import free_port
from tests.system.test_alerts import add_channel, falls, recovers, turns, watched_town

from ronda.app.jobs.health import health_jobs
from ronda.app.worker import Worker
from ronda.core.time import DAY_US, SECOND_US
from ronda.service.model import Method, Quarter

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"
UNITS = ("_total", "_bytes", "_seconds", "_per_second", "_entries", "_rows")
# Counts of things and states of 0 or 1 are named after what they count.
COUNTS = re.compile(r"(_up|_recording|_failing|_connected|_open|_unfinished|_late|_waiting|_missing)$")


def read(here: Town, name: str) -> dict[str, float]:
    """Every sample of one name by its label's value."""
    answer = here.client("admin").get("/metrics")
    assert answer.status_code == 200, answer.text
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            if sample.name == name:
                found["".join(sample.labels.values())] = sample.value
    return found


@pytest.fixture
def here(tmp_path: Path) -> Town:
    return town(tmp_path / "data")


def test_the_page_lists_every_metric_and_no_other(here: Town) -> None:
    listed = set(re.findall(r"^\| `(ronda_\w+)`", PAGE.read_text(), re.MULTILINE))
    text = here.client("admin").get("/metrics").text
    told = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(text)
    }
    # While no recorder answers its own three figures are absent.
    absent = {"ronda_camera_recording", "ronda_camera_kbit_per_second", "ronda_footage_free_bytes"}
    assert listed - absent == told
    assert absent <= listed
    assert [name for name in listed if not name.endswith(UNITS) and not COUNTS.search(name)] == []


def test_what_nobody_measured_has_no_series(here: Town) -> None:
    for name in ("ronda_job_turns_total", "ronda_edge_rows_waiting", "ronda_witness_cosignature_age_seconds"):
        assert read(here, name) == {}
    assert read(here, "ronda_recorder_up") == {"": 0.0}


def test_turns_and_failures_of_the_workers_jobs_are_told(here: Town) -> None:
    said = {"faults": {"turns": 7, "failures": 2, "last_fault": "OSError: x", "last_s": 0.25}}
    here.wiring.folder.run.mkdir(exist_ok=True)
    state = Worker(jobs=health_jobs(here.wiring), state_path=here.wiring.folder.run / "worker.json").state_path
    state.write_text(json.dumps(said))
    assert read(here, "ronda_job_turns_total") == {"faults": 7.0}
    assert read(here, "ronda_job_failures_total") == {"faults": 2.0}
    assert read(here, "ronda_job_last_turn_seconds") == {"faults": 0.25}
    assert read(here, "ronda_job_failing") == {"faults": 1.0}
    state.write_text("{ half a fi")
    assert read(here, "ronda_job_turns_total") == {}


def test_a_fault_its_order_and_its_message_move_the_figures(tmp_path: Path) -> None:
    here = watched_town(tmp_path / "data")
    add_channel(here, "webhook", {"url": f"http://127.0.0.1:{free_port()}/"})
    assert read(here, "ronda_incidents_open") == {"": 0.0}
    falls(here)
    turns(here)
    assert read(here, "ronda_incidents_open") == {"": 1.0}
    assert read(here, "ronda_messages_waiting") == {"": 1.0}
    body = {"cameras": [CAMERA], "what": "Listrik padam", "assignee": "Teknisi"}
    deadline_us = here.wiring.clock.now_us() + DAY_US
    made = here.client("operator").post("/api/repairs", json={**body, "deadline_us": deadline_us})
    assert made.status_code == 201, made.text
    assert read(here, "ronda_repairs_unfinished") == {"reported": 0.0, "open": 1.0}
    assert read(here, "ronda_repairs_late") == {"": 0.0}
    recovers(here)
    turns(here)
    assert read(here, "ronda_incidents_open") == {"": 0.0}
    assert read(here, "ronda_messages_waiting") == {"": 2.0}


def test_rows_of_a_service_point_are_counted(here: Town) -> None:
    zone = {"kind": "counter", "left": 0.1, "top": 0.1, "right": 0.5, "bottom": 0.5}
    body = {
        "legal_basis": "SK Bupati 1/2026",
        "purpose": "Mutu layanan",
        "zones": [zone],
        "hours": ["08.00-12.00"] * 7,
    }
    assert here.client("operator").put(f"/api/service/{CAMERA}", json=body).status_code == 200
    assert read(here, "ronda_service_rows") == {CAMERA: 0.0}
    (point,) = here.wiring.service.points()
    start_us = here.start_us // (900 * SECOND_US) * 900 * SECOND_US
    here.wiring.service.put_quarters(
        [
            Quarter(
                camera=point.camera, start_us=start_us, method=Method.MOTION, samples=90, open_samples=90,
                staffed_samples=45, queue_sum=0.0, queue_samples=0, queue_max=0.0, waiting_s=0.0, served=0,
                training=False,
            )
        ]
    )  # fmt: skip
    assert read(here, "ronda_service_rows") == {CAMERA: 1.0}
