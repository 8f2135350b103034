"""`ronda plan`: files in, JSON out; what is wrong is said once; many budgets on a local Ray give the same plans."""

import json
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from tests import plan_truth

from ronda.app.commands import plan, plan_explain
from ronda.app.plan_cluster import solved_on_ray
from ronda.planning.errors import NoPlanError, ProblemFileError, UnknownPointError
from ronda.planning.solver.document import read
from ronda.planning.solver.solve import Solution
from ronda.planning.solver.sweep import Task, at_scale, run_task

EXAMPLE = json.loads(
    (Path(__file__).parents[2] / "docs/reference/planning-files.md").read_text().split("```json")[1].split("```")[0]
)


def written(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path


def test_the_example_of_the_page_is_solved_and_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, answer = written(tmp_path / "problem.json", EXAMPLE), tmp_path / "plan.json"
    plan.solve_file(problem, cpu_s=5, out=answer)
    found = json.loads(answer.read_text())
    assert (found["value"], found["bound"], found["proven_optimal"]) == (8 + 8 + 8, 24, True)
    assert {one["id"]: one["year"] for one in found["cameras"]} == {"kantor": 2027, "utara": 2028}
    assert "gap" in capsys.readouterr().err
    assert plan.score(problem, answer) == 0
    assert json.loads(capsys.readouterr().out) == {"value": 24, "broken": [], "said": 24}


def test_ctrl_c_ends_the_search_and_writes_the_best_so_far(tmp_path: Path) -> None:
    """As a person does it: the program runs, SIGINT comes, the answer is there and keeps every rule."""
    document = plan_truth.drawn(3)
    chance = random.Random(5)
    cells = 4000
    document |= {
        "years": [2027], "year_worth": [1], "villages": [], "shares": [], "hubs": [], "cap": None, "carry": False,
        "weights": [chance.randrange(1, 40) for _ in range(cells)], "standing": [0] * cells,
        "running_ceiling": None, "money": [{"source": "APBD", "amounts": [3_000]}], "one_camera": False,
        "sites": [
            {"id": f"s{n}", "build": chance.randrange(20, 60), "sees": chance.sample(range(cells), 90)}
            for n in range(600)
        ],
    }  # fmt: skip
    problem, answer = written(tmp_path / "problem.json", document), tmp_path / "plan.json"
    command = [sys.executable, "-m", "ronda", "plan", "solve", str(problem), "--cpu-s", "300", "--out", str(answer)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        first = running.stderr.readline()  # a first plan is told
        running.send_signal(signal.SIGINT)
        running.stderr.read()
        assert running.wait(timeout=120) == 0
    assert "gap" in first
    found = json.loads(answer.read_text())
    assert not found["proven_optimal"]
    assert 0 < found["value"] < found["bound"]
    assert plan.score(problem, answer) == 0


def test_a_plan_by_rt_below_another_one_counts_what_that_one_sees_already(tmp_path: Path) -> None:
    """Beneath the village, in a file: RT are cells, the plan above is `standing`, its sites are left out."""
    above = {**EXAMPLE, "weights": [1, 1, 1, 1], "money": [{"source": "APBD", "amounts": [45, 5]}]}
    first, answer = written(tmp_path / "above.json", above), tmp_path / "plan.json"
    plan.solve_file(first, cpu_s=5, out=answer)
    bought = {one["id"] for one in json.loads(answer.read_text())["cameras"]}
    seen = {
        cell
        for site in EXAMPLE["sites"]
        for camera in site.get("cameras", [site])
        if camera["id"] in bought
        for cell in camera["sees"]
    }
    left = [site for site in EXAMPLE["sites"] if site["id"] not in bought]
    below = {
        **above, "standing": [int(cell in seen) for cell in range(4)], "sites": left,
        "money": [{"source": "APBD", "amounts": [0, 90]}],
    }  # fmt: skip
    second = written(tmp_path / "below.json", below)
    plan.solve_file(second, cpu_s=5, out=answer)
    found = json.loads(answer.read_text())
    assert seen == {0, 1}
    assert found["value"] == 2  # the two RT that nobody saw, in the last year; none of the others again


def test_a_plan_that_breaks_a_rule_is_told_by_status_and_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = written(tmp_path / "problem.json", EXAMPLE)
    dear = written(tmp_path / "dear.json", {"value": 99, "cameras": [{"id": "utara", "year": 2027}]})
    assert plan.score(problem, dear) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["value"], said["said"]) == (22, 99)
    assert any("late" in rule for rule in said["broken"])
    plan.compare(problem, dear, written(tmp_path / "none.json", {"cameras": []}))
    both = json.loads(capsys.readouterr().out)
    assert both["only_first"] == ["utara"]
    assert both["second"]["value"] == 0


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"format": "other"}, "format"),
        ({"sites": []}, "sites"),
        ({"weights": []}, "weights"),
        ({"weights": [1, 2, float("nan"), 4]}, "weights[2]"),
        ({"money": [{"source": "APBD", "amounts": [1]}]}, "money[0].amounts"),
        ({"money": []}, "money"),
        ({"years": [2027, 2029]}, "years"),
        ({"sites": [{"id": "a", "build": 1, "sees": [9]}]}, "sees"),
        ({"sites": [{"id": "a", "build": -1, "sees": [0]}]}, "sites[0].build"),
        ({"sites": [{"id": "a", "build": 1, "sees": [0]}, {"id": "a", "build": 1, "sees": [0]}]}, "sites[1].id"),
        ({"sites": [{"id": "a", "build": 1, "sees": [0], "banned": True, "must_by": 2027}]}, "'a'"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_named_with_its_place(change: dict[str, Any], where: str) -> None:
    with pytest.raises(ProblemFileError) as refused:
        read(EXAMPLE | change)
    assert where in refused.value.where
    assert "Next:" in str(refused.value)


def test_money_that_cannot_keep_what_must_stand_is_told_with_what_would_do() -> None:
    poor = EXAMPLE | {"money": [{"source": "APBD", "amounts": [14, 14]}]}
    refused = run_task(Task(problem=read(poor).problem, seed=1, cpu_s=5, gap=0))
    assert isinstance(refused, NoPlanError)
    assert refused.smallest == pytest.approx(2.0)  # 28 of 14


def test_many_budgets_on_a_local_ray_of_two_workers_give_the_same_plans() -> None:
    pytest.importorskip("ray")
    problem = read(plan_truth.drawn(3)).problem
    tasks = [Task(problem=at_scale(problem, scale), seed=4, cpu_s=5, gap=0.0) for scale in (0.2, 0.8, 1.0, 1.6)]
    here, there = [run_task(task) for task in tasks], solved_on_ray(tasks, 2)
    assert any(isinstance(one, Solution) for one in here)
    for one, other in zip(here, there, strict=True):
        assert type(one) is type(other)
        if isinstance(one, Solution) and isinstance(other, Solution):
            assert one.year.tolist() == other.year.tolist()
            assert (one.value, one.bound) == (other.value, other.bound)
        else:
            assert str(one) == str(other)
    assert threading.active_count() < 50


def test_a_site_is_explained_by_what_it_sees_who_sees_it_too_and_what_the_other_choice_costs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two sites share a cell and the money pays for one: the better is built, the other says what it would cost."""
    document = {
        "format": "ronda-plan-problem-1",
        "years": [2027],
        "money": [{"source": "APBD", "amounts": [10]}],
        "weights": [5, 3, 1],
        "sites": [{"id": "pasar", "build": 10, "sees": [0, 1]}, {"id": "jalan", "build": 10, "sees": [1, 2]}],
    }
    problem, answer = written(tmp_path / "problem.json", document), tmp_path / "plan.json"
    plan.solve_file(problem, cpu_s=5, out=answer)
    capsys.readouterr()
    plan_explain.explain(problem, answer, "jalan")
    said = json.loads(capsys.readouterr().out)
    assert (said["year"], said["rules"]) == (None, [])
    assert said["sees"] == {"worth": 4, "seen_by_others": 3, "others": [{"site": "pasar", "worth": 3}]}
    assert said["otherwise"] == {
        "choice": "forced", "value_before": 8, "value_after": 4, "leaves": ["pasar"], "enters": [],
    }  # fmt: skip
    plan_explain.explain(problem, answer, "pasar")
    said = json.loads(capsys.readouterr().out)
    assert (said["year"], said["otherwise"]["choice"], said["otherwise"]["enters"]) == (2027, "banned", ["jalan"])
    with pytest.raises(UnknownPointError):
        plan_explain.explain(problem, answer, "tidak-ada")
