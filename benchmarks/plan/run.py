"""The planner in figures: value, proven bound, CPU seconds and memory, one line of JSON a row.

    RONDA_SHARED_DATA=... .venv/bin/python benchmarks/plan/run.py sjc
    ... run.py maximo | cfl --customers 1e7 | towns | regency | rules | slider | desk | against --peer PYTHON

`against` runs spopt with CBC in the interpreter that is named (a separate environment with spopt and pulp)
on the same instance, in a process that is ended after --limit seconds. CPU seconds are those of the process.
"""

import argparse
import json
import resource
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import drawn
import known
import uniform

from ronda.app.demo.planning import INCIDENTS, POINTS, centres
from ronda.planning import virtual
from ronda.planning.demand import cells_of
from ronda.planning.model import Question
from ronda.planning.solve import Planner
from ronda.planning.solver.columns import availability
from ronda.planning.solver.problem import Problem, excess, value_of
from ronda.planning.solver.solve import Solution, solve

PAIRS = ((5.5, 10), (6.25, 10), (4.0, 15), (3.25, 20))


def measured(of: Problem, cpu_s: float, started_s: float, marks: tuple[float, ...] = ()) -> dict[str, object]:
    """Solve and count again; `marks`: CPU seconds at which the gap is noted on the way."""
    gaps: dict[str, float] = {}
    begun = time.process_time()

    def tell(step: Solution) -> None:
        for mark in marks:
            if time.process_time() - begun <= mark:
                gaps[f"gap_percent_at_{mark:g}_cpu_s"] = round(step.gap * 100, 3)

    found = solve(of, cpu_s=cpu_s, tell=tell)
    assert excess(of, found.year, found.links) == []
    assert found.value == value_of(of, found.year)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {
        "columns": of.columns, "value": found.value, "bound": found.bound, "gap_percent": round(found.gap * 100, 3),
        **gaps, "solve_cpu_s": round(time.process_time() - begun, 2),
        "all_cpu_s": round(time.process_time() - started_s, 2), "peak_gb": round(peak, 2),
    }  # fmt: skip


def sjc(_given: argparse.Namespace) -> Iterator[dict[str, object]]:
    rows = known.rows("sjc/proven_values.csv")
    spent, worst, proven = 0.0, 0.0, 0
    for row in rows:
        started = time.process_time()
        of = known.with_sites(known.sjc(row["instance"], float(row["radius_m"])), int(row["p"]))
        found = solve(of, cpu_s=20)
        took = time.process_time() - started
        spent, worst = spent + took, max(worst, took)
        proven += found.value == found.bound == int(row["optimum"])
    yield {"rows": len(rows), "proven": proven, "all_cpu_s": round(spent, 1), "longest_cpu_s": round(worst, 1)}


def maximo(given: argparse.Namespace) -> Iterator[dict[str, object]]:
    for row in known.rows("maximo/published_optima.csv"):
        if given.only and given.only not in row["instance"]:
            continue
        of = known.with_sites(known.maximo(row["instance"], float(row["radius_m"])), int(row["p"]))
        best = int(row["optimum"])
        figures = measured(of, 15.0, time.process_time())
        yield {
            "instance": row["instance"], "p": int(row["p"]), "published": best,
            "short_percent": round((best - int(str(figures["value"]))) / best * 100, 3),
            "bound_above_percent": round((int(str(figures["bound"])) - best) / best * 100, 3), **figures,
        }  # fmt: skip


def cfl(given: argparse.Namespace) -> Iterator[dict[str, object]]:
    for reach, budget in PAIRS:
        started = time.process_time()
        of = uniform.problem(int(given.customers), reach, budget)
        yield {"customers": int(given.customers), "R": reach, "B": budget, **measured(of, 60.0, started)}


def towns(_given: argparse.Namespace) -> Iterator[dict[str, object]]:
    for reach in (3.2, 8.3, 20.5):
        started = time.process_time()
        of, pairs = drawn.towns(reach)
        yield {"reach": reach, "pairs": pairs, **measured(of, 12.0, started)}


def regency(given: argparse.Namespace) -> Iterator[dict[str, object]]:
    for reach in (60.0, 100.0, 150.0):
        started = time.process_time()
        of = drawn.regency(reach)
        yield {"reach_m": reach, **measured(of, given.limit, started, (5.0, 30.0, 60.0))}


def rules(given: argparse.Namespace) -> Iterator[dict[str, object]]:
    """The regency with each further rule."""
    steps = availability(0.9, 2)
    for name, of in (
        ("failing cameras", drawn.regency(100.0, steps=steps)),
        ("privacy zones", drawn.regency(100.0, privacy=0.02)),
        ("shared uplinks", drawn.regency(100.0, hubs=True, budget=4000)),
        ("ceiling and shares", drawn.with_more_rules(drawn.regency(100.0))),
    ):
        if given.only and given.only not in name:
            continue
        yield {"rule": name, **measured(of, given.limit, time.process_time(), (30.0,))}


def slider(_given: argparse.Namespace) -> Iterator[dict[str, object]]:
    """A changed budget on the regency, from the prices of the last one: the first plan and the gap it has."""
    of = drawn.regency(100.0)
    first = solve(of, cpu_s=5, deep=False)
    for scale in (0.9, 0.95, 1.05, 1.1, 1.25, 1.5):
        rows = tuple(replace(row, given=int(row.given * scale)) for row in of.rows)
        begun, heard = time.process_time(), list[tuple[float, float]]()
        solve(
            replace(of, rows=rows), cpu_s=5, gap=0.005, deep=False, prices=first.prices, start=first.year,
            tell=lambda step, b=begun, h=heard: h.append((round(time.process_time() - b, 2), round(step.gap, 4))),
        )  # fmt: skip
        yield {"scale": scale, "first_plan_cpu_s": heard[0][0], "first_gap": heard[0][1], "last": heard[-1]}


def desk(_given: argparse.Namespace) -> Iterator[dict[str, object]]:
    """The same on the demo's desk, two lenses by the price list: what the slider shows first, and further."""
    made = virtual.regency(centres(), points=POINTS, incidents=INCIDENTS)
    question = Question(
        candidates=virtual.put_together(made.candidates), cells=cells_of(made.incidents), standing=(),
        terms=virtual.terms(), items=virtual.items(),
    )  # fmt: skip
    planner = Planner(question)
    begun = time.process_time()
    first = planner.quick()
    took = round(time.process_time() - begun, 2)
    yield {"mounts": planner.instance.problem.cameras, "first_cpu_s": took, "first_gap": round(first.gap, 4)}
    for scale in (0.8, 0.85, 0.9, 0.95, 1.05, 1.1, 1.25, 1.5, 2.0):
        begun = time.process_time()
        at_once = planner.at_once(scale)
        took = round(time.process_time() - begun, 2)
        further = planner.refined(at_once, longest_s=3.0, now_s=time.monotonic)
        yield {
            "scale": scale, "shown_cpu_s": took, "shown_gap": round(at_once.gap, 4),
            "further_cpu_s": round(time.process_time() - begun, 2), "further_gap": round(further.gap, 4),
        }  # fmt: skip


PEER = """
import sys, time, json
import numpy as np, pulp
from spopt.locate import MCLP
d = np.load(sys.argv[1])
t = time.process_time()
c = np.hypot(d["E"][:, None] - d["e"][None, :], d["N"][:, None] - d["n"][None, :])
m = MCLP.from_cost_matrix(c, d["w"], float(sys.argv[2]), p_facilities=int(sys.argv[3]))
b = time.process_time() - t
import resource
m = m.solve(pulp.PULP_CBC_CMD(msg=False))
own = time.process_time() - t
child = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"value": round(m.problem.objective.value()), "build_cpu_s": round(b, 1),
                  "cpu_s": round(own + child.ru_utime + child.ru_stime, 1)}))
"""


def against(given: argparse.Namespace) -> Iterator[dict[str, object]]:
    import numpy as np

    for reach, budget in ((5.5, 10), (3.25, 20)):
        customers, sites = int(given.customers), 100
        east, north = uniform.places(uniform.Stream(1).take(2 * sites))
        parts = list(uniform.portions(customers, sites, 1))
        x, y, w = (np.concatenate([part[i] for part in parts]) for i in range(3))
        uniform.problem(1000, reach, budget)  # compiled loops are loaded before the clock starts
        begun = time.process_time()
        of = uniform.problem(customers, reach, budget)
        ours = measured(of, 60.0, begun)
        file = Path(given.scratch) / "customers.npz"
        np.savez(file, E=x, N=y, e=east, n=north, w=w)
        row: dict[str, object] = {"customers": customers, "R": reach, "B": budget, "ours": ours}
        try:
            done = subprocess.run(
                [given.peer, "-c", PEER, str(file), str(reach), str(budget)],
                capture_output=True, text=True, timeout=given.limit, check=True,
            )  # fmt: skip
            peer = json.loads(done.stdout.strip().split("\n")[-1])
            row |= {"spopt": peer, "ratio": round(peer["cpu_s"] / float(str(ours["all_cpu_s"])), 1)}
        except subprocess.TimeoutExpired:
            row |= {"spopt": f"not done in {given.limit:g} s"}
        yield row


def main() -> None:
    parts = {f.__name__: f for f in (sjc, maximo, cfl, towns, regency, rules, slider, desk, against)}
    arguments = argparse.ArgumentParser()
    arguments.add_argument("part", choices=sorted(parts))
    arguments.add_argument("--customers", type=float, default=1e7)
    arguments.add_argument("--limit", type=float, default=60.0)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--peer", default="python3")
    arguments.add_argument("--scratch", default=".")
    given = arguments.parse_args()
    for row in parts[given.part](given):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
