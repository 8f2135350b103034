"""The story's figures are worked out from what happened: another input, another figure."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.peers_kit import free_port, wait_for

from ronda.access.model import Role
from ronda.app.data_folder import create
from ronda.app.demo.people import enrol, played_by
from ronda.app.demo.planning import build_planning
from ronda.app.demo.setup import register_cameras
from ronda.app.demo.stage import Stage
from ronda.app.demo.story_plan import LARGEST_GAP, Money
from ronda.app.demo.story_trust import Trust
from ronda.app.demo.wider import build_counter, counter_day
from ronda.app.http.context import COOKIE
from ronda.app.wiring import Wiring
from ronda.core.time import HOUR_US, TimeSpan, utc_text
from ronda.sim.regency import CAMERAS, SERVICE

STEPS = set(range(1, 11))
PLACE = CAMERAS[0]


@dataclass
class Office:
    """A training installation whose web runs; no camera does."""

    wiring: Wiring
    address: str

    def step(self, play: Any) -> dict[str, Any]:
        figures: dict[str, Any] = asyncio.run(play())
        return figures


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("office") / "data"
    wiring = Wiring(create(root, training=True))
    enrol(wiring.people, wiring.access)
    register_cameras(wiring, {row.camera: f"rtsp://127.0.0.1:1/{row.camera}" for row in CAMERAS}, {})
    build_planning(wiring)
    now_us = wiring.clock.now_us()
    for row in CAMERAS:
        wiring.index.add_history(row.camera, [TimeSpan(now_us - 20 * HOUR_US, now_us - HOUR_US)])
    port = free_port()
    web = subprocess.Popen(
        [sys.executable, "-m", "ronda", "web", "--data", root, "--host", "127.0.0.1", "--port", str(port)],
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for("the web", lambda: _answers(address), 60)
        yield Office(wiring=wiring, address=address)
    finally:
        os.killpg(web.pid, signal.SIGTERM)
        web.wait(20)


def _answers(address: str) -> bool:
    """Up, whether or not a recorder stands behind it."""
    try:
        urllib.request.urlopen(f"{address}/publik", timeout=5).close()
    except (OSError, urllib.error.URLError):
        return False
    return True


def listed(office: Office, *rows: tuple[int, int, float]) -> dict[str, Any]:
    """The step's figures after the planner has put in a list of thefts: (number, start, degrees away)."""
    lines = [
        f"uji-{number},Pencurian sepeda motor,Ruko,{utc_text(at_us)},{PLACE.lat + away},{PLACE.lon}"
        for number, at_us, away in rows
    ]
    data = "\n".join(["nomor,jenis,tempat,mulai,lat,lon", *lines]) + "\n"
    request = urllib.request.Request(
        f"{office.address}/api/backtest/import?file_name=uji.csv&commit=true",
        data=data.encode(),
        headers={"x-ronda": "1", "content-type": "text/csv", "cookie": f"{COOKIE}={_session(office)}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.loads(answer.read())["committed"]
    return office.step(Money(office.wiring, office.address).learn)


def _session(office: Office) -> str:
    planner = played_by(office.wiring.people, Role.PLANNER)
    return office.wiring.access.start_session(planner)


def test_a_theft_more_and_a_camera_that_was_down_move_the_back_test(office: Office) -> None:
    now_us = office.wiring.clock.now_us()
    recorded_us, dark_us = now_us - 10 * HOUR_US, now_us - 30 * HOUR_US
    first = listed(office, (1, recorded_us, 0.0))
    assert (first["thefts"], first["recorded"], first["not_reached"], first["down"]) == (1, 1, 0, 0)
    more = listed(office, (1, recorded_us, 0.0), (2, recorded_us, 0.3), (3, dark_us, 0.0))
    assert (more["thefts"], more["recorded"], more["not_reached"], more["down"]) == (3, 1, 1, 1)
    assert len(more["repair_first"]) == 1


def test_half_the_budget_is_worth_less_and_a_smaller_one_buys_fewer_points(office: Office) -> None:
    whole = office.step(Money(office.wiring, office.address).budget)
    assert whole["at_half_percent"] < whole["value_percent"] <= whole["best_possible_percent"]
    assert whole["difference_percent"] <= LARGEST_GAP * 100
    planner = Stage(office.wiring, office.address).plays(Role.PLANNER)
    terms = planner.get("/api/plans/inputs")["terms"]
    less = [{**one, "amount_idr": one["amount_idr"] * 85 // 100} for one in terms["money"]]
    planner.put("/api/plans/terms", {**terms, "money": less})
    again = office.step(Money(office.wiring, office.address).budget)
    assert again["yearly_idr"] < whole["yearly_idr"]
    assert again["points"] < whole["points"]
    assert again["value_percent"] < whole["value_percent"]


def test_the_citizens_page_counts_the_cameras_that_there_are(office: Office) -> None:
    before = office.step(Trust(office.wiring, office.address).citizen_reads)
    assert before["cameras"] == len(office.wiring.register.cameras())


def test_a_counter_that_was_left_longer_is_staffed_less(office: Office) -> None:
    build_counter(office.wiring, office.wiring.clock.now_us())
    client = Stage(office.wiring, office.address).plays(Role.SERVICE_HEAD)
    days = client.get(f"/api/service/{SERVICE}/days?count=14")
    assert days
    day = next(one for one in days if one["staffed_share"] is not None)
    rows = counter_day(SERVICE, day["day"])
    office.wiring.service.put_quarters([replace(row, staffed_samples=row.staffed_samples // 2) for row in rows])
    again = client.get(f"/api/service/{SERVICE}/days?count=14")
    changed = next(one for one in again if one["day"] == day["day"])
    assert changed["staffed_share"] == pytest.approx(day["staffed_share"] / 2, abs=0.02)


def test_the_whole_story_plays_and_every_step_is_in_the_report(tmp_path: Path) -> None:
    """All ten steps, unattended, from nothing; the report is the only thing on the standard output."""
    played = subprocess.run(
        [sys.executable, "-m", "ronda", "demo", "--once", "--json", "--data", tmp_path / "demo"],
        capture_output=True,
        text=True,
        timeout=900,
    )
    report = json.loads(played.stdout)
    assert report["ok"], report.get("failed", played.stderr[-2000:])
    assert played.returncode == 0
    assert {step["of_story"] for step in report["steps"]} - {0} == STEPS
    figures = {step["step"]: step for step in report["steps"]}
    assert figures["account of time"]["frames_missing_outside_gaps"] == 0
    assert figures["line heals"]["lost"] == figures["line heals"]["doubled"] == 0
    assert figures["from the village"]["equal_sha256"] == figures["from the village"]["films"] > 0
    assert figures["counter"]["stored"]["pictures"] == 0
    assert str(figures["tampering"]["deleted_entry"]) in figures["tampering"]["witness_says"].replace(".", "")
    assert (tmp_path / "demo" / "packages").is_dir()
