"""Plan a made-up regency of 141 villages and 1,500 points: ours, and HiGHS alone on the whole model.

The peer gets every cell and every year as they are, without merging, prices or a start, under the same
time limit, in a process that is ended when it does not keep the limit. Prints value, bound, difference,
wall and CPU seconds, and the ratios; with --checks also N small cases against trying everything.

    .venv/bin/python benchmarks/plan/run.py
    .venv/bin/python benchmarks/plan/run.py --incidents 60000 --limit 20 --checks 1000
"""

import argparse
import json
import multiprocessing
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.plan_kit import every_plan, regency_question, small_question

from ronda.planning.cover import turned
from ronda.planning.errors import PlanningError
from ronda.planning.exact import allowed, solve_exact
from ronda.planning.explain import described
from ronda.planning.instance import Instance, excess, ground_of, instance_of, value_of
from ronda.planning.model import Question
from ronda.planning.solve import Planner, Solved

SLIDER = (0.5, 0.55, 0.62, 0.7, 0.78, 0.85, 0.93, 1.07, 1.15, 1.25, 1.4, 1.6, 1.8, 1.95, 2.0)


def clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def since(start: tuple[float, float]) -> dict[str, float]:
    now = clocks()
    return {"wall_s": round(now[0] - start[0], 2), "cpu_s": round(now[1] - start[1], 2)}


def told(solved: Solved) -> dict[str, float]:
    assert excess(solved.instance, solved.year) == []
    assert solved.value == value_of(solved.instance, solved.year)
    return {"value": solved.value, "bound": solved.bound, "difference_percent": round(solved.gap * 100, 3)}


def ours(question: Question, limit_s: float) -> tuple[dict[str, object], Planner]:
    start = clocks()
    planner = Planner(question)
    quick = planner.quick()
    described(planner, quick, question.terms)
    first = {**told(quick), **since(start)}
    refined = planner.refined(quick, longest_s=limit_s - first["wall_s"], now_s=time.perf_counter)
    return {"first answer, with its reasons": first, "refined": {**told(refined), **since(start)}}, planner


def slider(planner: Planner) -> dict[str, object]:
    """Every position as the screen asks it: solved and described."""
    rows = []
    for scale in SLIDER:
        start = clocks()
        solved = planner.quick(scale)
        if solved.gap > 0.01:
            solved = planner.refined(solved, longest_s=0.4, now_s=time.perf_counter)
        described(planner, solved, planner.question.terms)
        rows.append({"scale": scale, **told(solved), **since(start)})
    walls, cpus = [row["wall_s"] for row in rows], [row["cpu_s"] for row in rows]
    return {"longest_wall_s": max(walls), "mean_cpu_s": round(sum(cpus) / len(cpus), 3), "positions": rows}


def whole(question: Question) -> Instance:
    """The same question without merging: every cell is a column of its own."""
    ground = ground_of(question)
    of = instance_of(question, ground)
    weight = np.where(ground.standing, 0, ground.weight)
    return replace(
        of, own=np.zeros(of.points, dtype=np.int64), shared=ground.sees, weight=weight,
        by_column=turned(ground.sees, len(weight)),
    )  # fmt: skip


def peer_process(question: Question, limit_s: float, out: "multiprocessing.Queue[dict[str, object]]") -> None:
    start = clocks()
    of = whole(question)
    answer = solve_exact(of, kept=allowed(of), start=None, longest_s=limit_s)
    value = value_of(of, answer.year) if answer.year is not None and not excess(of, answer.year) else None
    gap = round((answer.bound - value) / answer.bound * 100, 3) if value is not None else None
    out.put({"value": value, "bound": int(answer.bound), "difference_percent": gap, **since(start)})


def peer(question: Question, limit_s: float) -> dict[str, object]:
    context = multiprocessing.get_context("spawn")
    out: multiprocessing.Queue[dict[str, object]] = context.Queue()
    process = context.Process(target=peer_process, args=(question, limit_s, out))
    process.start()
    process.join(limit_s * 4 + 10)
    if process.is_alive():
        process.kill()
        return {
            "value": None,
            "told": f"did not keep its limit of {limit_s:g} s; ended after {limit_s * 4 + 10:g} s",
        }
    return out.get(timeout=5)


def checks(number: int) -> dict[str, int]:
    """Small cases against enumeration: wrong bounds, broken rows, and plans below the best."""
    found = {"cases": 0, "with_a_plan": 0, "bound_below_optimum": 0, "rows_broken": 0, "refined_below_optimum": 0}
    for seed in range(number):
        planner = Planner(small_question(seed))
        plans = every_plan(planner.instance)
        found["cases"] += 1
        try:
            quick = planner.quick()
        except PlanningError:
            assert not plans, seed
            continue
        best = max(value for value, _year in plans)
        refined = planner.refined(quick, longest_s=20, now_s=time.perf_counter)
        found["with_a_plan"] += 1
        found["bound_below_optimum"] += min(quick.bound, refined.bound) < best
        found["rows_broken"] += bool(excess(planner.instance, quick.year) or excess(planner.instance, refined.year))
        found["refined_below_optimum"] += refined.value < best * 0.999 - 1
    return found


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--incidents", type=int, default=6000)
    arguments.add_argument("--limit", type=float, default=10.0)
    arguments.add_argument("--checks", type=int, default=0)
    given = arguments.parse_args()
    question = regency_question(given.incidents)
    answer, planner = ours(question, given.limit)
    report: dict[str, object] = {
        "points": len(question.candidates),
        "villages": sum(one.kind.value == "village_office" for one in question.candidates),
        "years": len(question.terms.years),
        "cells": len(question.cells),
        "columns after merging": len(planner.instance.weight),
        "ours": answer,
        "slider": slider(planner),
    }
    theirs = peer(question, given.limit)
    report["HiGHS alone on the whole model"] = theirs
    first = answer["first answer, with its reasons"]
    assert isinstance(first, dict)
    if theirs.get("value"):
        report["ratio"] = {
            "CPU, peer to first answer": round(float(theirs["cpu_s"]) / first["cpu_s"], 1),  # type: ignore[arg-type]
            "value, first answer to peer": round(first["value"] / float(theirs["value"]), 3),  # type: ignore[arg-type]
        }
    if given.checks:
        report["checks"] = checks(given.checks)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
