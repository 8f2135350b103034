"""Plans: what is meant is done, what cannot be meant is refused in one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from ronda.core.time import SECOND_US, parse_utc
from ronda.sim.errors import BadPlanError
from ronda.sim.plan import FaultKind, cameras_of, load_plan
from ronda.sim.regency import CAMERAS, REACHING, distance_m, theft_showings, virtual_cameras
from ronda.sim.scenes.looks import LOOKS

START = parse_utc("2026-11-18T02:00:00+08:00")
CAMERAS_HERE = cameras_of([("simpang-3", "simpang-3"), ("pasar", "pasar-induk")])


def plan_file(folder: Path, facts: Any) -> Path:
    path = folder / "plan.json"
    path.write_text(facts if isinstance(facts, str) else json.dumps(facts))
    return path


def test_times_are_after_the_start_or_of_the_clock(tmp_path: Path) -> None:
    """A demo counts from its start, a replay names the hour."""
    path = plan_file(
        tmp_path,
        {
            "showings": [{"camera": "pasar", "clip": "rideby", "at": "+1.5"}],
            "faults": [
                {"camera": "simpang-3", "kind": "drop", "at": "2026-11-18T02:10:00+08:00", "for_s": 41},
            ],
        },
    )
    plan = load_plan(path, start_us=START, cameras=CAMERAS_HERE)
    assert plan.cameras == CAMERAS_HERE
    assert plan.showings[0].at_us == START + 3 * SECOND_US // 2
    assert plan.faults[0].at_us == START + 600 * SECOND_US
    assert plan.faults[0].kind is FaultKind.DROP


@pytest.mark.parametrize(
    "facts",
    [
        "no JSON",
        "[]",
        {"faults": [{"camera": "pasar", "kind": "explode", "at": "+1", "for_s": 1}]},
        {"faults": [{"camera": "pasar", "kind": "drop", "at": "soon", "for_s": 1}]},
        {"faults": [{"camera": "nobody", "kind": "drop", "at": "+1", "for_s": 1}]},
        {"showings": [{"camera": "pasar", "at": "+1"}]},
        {"cameras": [{"name": "a", "look": "street"}, {"name": "a", "look": "street"}]},
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused(tmp_path: Path, facts: Any) -> None:
    """One sentence, exit status 64, and no simulator that does something else."""
    with pytest.raises(BadPlanError) as caught:
        load_plan(plan_file(tmp_path, facts), start_us=START, cameras=CAMERAS_HERE)
    assert caught.value.exit_status == 64


def test_the_regency_has_its_cameras_and_each_has_a_look() -> None:
    """The story needs at least twelve, and every one must have pictures."""
    assert len(CAMERAS) >= 12
    assert all(row.look in LOOKS for row in CAMERAS)
    assert [camera.number for camera in virtual_cameras()] == list(range(1, len(CAMERAS) + 1))


def test_distances_to_the_theft_are_those_of_the_story() -> None:
    """Screens show them; they are reckoned from the table, so the table must be right."""
    by_name = {row.camera: round(distance_m(row)) for row in CAMERAS}
    assert abs(by_name["bank-yos-sudarso"] - 90) <= 5
    assert abs(by_name["simpang-3"] - 120) <= 5
    assert abs(by_name["pasar-induk"] - 310) <= 5
    assert abs(by_name["jalan-swarga-bara"] - 1300) <= 20
    assert len(REACHING) == 5


def test_the_stolen_motorcycle_reaches_the_village_after_two_minutes_and_ten_seconds() -> None:
    """The investigator follows it from camera to camera; the times are part of the story."""
    showings = {showing.camera: showing for showing in theft_showings(START) if showing.clip == "rideby"}
    leaves_us = START + 36 * SECOND_US
    assert showings["jalan-swarga-bara"].at_us - leaves_us == 130 * SECOND_US
    assert showings["simpang-3"].at_us < showings["yos-sudarso-utara"].at_us
