"""`ronda plan`: solve, score and compare planning files, without a data folder (docs/reference/planning-files.md).

Answers go to standard output as JSON, progress to standard error. Ctrl-C ends the search; the best plan so far is
printed. Decides nothing about plans: that is `planning.solver`.
"""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

from cyclopts import Parameter

from ronda.app.plan_cluster import solved_on_ray
from ronda.planning.errors import ProblemFileError
from ronda.planning.solver.document import Named, plan_years, read, told
from ronda.planning.solver.problem import Problem, excess, value_of
from ronda.planning.solver.solve import SEED, Solution, solve
from ronda.planning.solver.sweep import Task, at_scale, run_task

Seconds = Annotated[float, Parameter(name="--cpu-s", help="CPU seconds that a search may take.")]
Gap = Annotated[
    float, Parameter(name="--gap", help="A proven difference that is good enough: 0.005 is half a percent.")
]
Seed = Annotated[int, Parameter(name="--seed", help="The same seed gives the same plan.")]


def solve_file(
    problem: Annotated[Path, Parameter(help="A problem as JSON.")],
    *,
    cpu_s: Seconds = 30.0,
    gap: Gap = 0.0,
    seed: Seed = SEED,
    out: Annotated[
        Path | None, Parameter(name="--out", help="Write the answer here instead of printing it.")
    ] = None,
) -> int:
    """Find a plan and prove how good it is."""
    named = read(document_of(problem))
    with _ended_by_signal() as ended:
        found = solve(named.problem, cpu_s=cpu_s, gap=gap, seed=seed, stop=ended, tell=_progress())
    give(_answer(named, found), out)
    return 0


def score(
    problem: Annotated[Path, Parameter(help="A problem as JSON.")],
    plan: Annotated[Path, Parameter(help="A plan as JSON: what is built in which year.")],
) -> int:
    """Count what a plan of any origin is worth, and list the rules that it breaks; status 1 when it breaks one."""
    named = read(document_of(problem))
    counted = _scored(named, document_of(plan))
    give(counted, None)
    return 0 if not counted["broken"] else 1


def compare(
    problem: Annotated[Path, Parameter(help="A problem as JSON.")],
    first: Annotated[Path, Parameter(help="A plan.")],
    second: Annotated[Path, Parameter(help="Another plan for the same problem.")],
) -> int:
    """Two plans side by side: value, broken rules, and the cameras in which they differ."""
    named = read(document_of(problem))
    plans = [document_of(file) for file in (first, second)]
    years = [{one["id"]: one["year"] for one in plan.get("cameras", [])} for plan in plans]
    give(
        {
            "first": _scored(named, plans[0]),
            "second": _scored(named, plans[1]),
            "only_first": sorted(set(years[0]) - set(years[1])),
            "only_second": sorted(set(years[1]) - set(years[0])),
            "other_year": {
                name: [years[0][name], years[1][name]]
                for name in sorted(set(years[0]) & set(years[1]))
                if years[0][name] != years[1][name]
            },
        },
        None,
    )
    return 0


def benchmark(
    problems: Annotated[list[Path], Parameter(help="Problems as JSON.")],
    *,
    cpu_s: Seconds = 30.0,
    seed: Seed = SEED,
) -> int:
    """Solve each file and print a line of JSON: value, bound, difference and CPU seconds."""
    for file in problems:
        named = read(document_of(file))
        started = time.process_time()
        found = solve(named.problem, cpu_s=cpu_s, seed=seed)
        row = {"problem": file.name, "sites": named.problem.sites, "columns": named.problem.columns}
        row |= {"value": found.value, "bound": found.bound, "gap": round(found.gap, 6)}
        print(json.dumps(row | {"cpu_s": round(time.process_time() - started, 2)}), flush=True)
    return 0


def sweep(
    problem: Annotated[Path, Parameter(help="A problem as JSON.")],
    scales: Annotated[list[float], Parameter(help="Shares of the given money, such as 0.8 1 1.2.")],
    *,
    cpu_s: Seconds = 10.0,
    gap: Gap = 0.005,
    seed: Seed = SEED,
    workers: Annotated[
        int,
        Parameter(name="--ray", help="Solve on Ray with so many workers, started for this run."),
    ] = 0,
) -> int:
    """The same problem at many budgets: the curve of value and bound."""
    named = read(document_of(problem))
    tasks = [Task(problem=at_scale(named.problem, scale), seed=seed, cpu_s=cpu_s, gap=gap) for scale in scales]
    found = solved_on_ray(tasks, workers) if workers else [run_task(task) for task in tasks]
    for scale, one in zip(scales, found, strict=True):
        row: dict[str, Any] = {"scale": scale}
        if isinstance(one, Solution):
            row |= _answer(replace(named, problem=at_scale(named.problem, scale)), one)
        else:
            row["error"] = str(one)
        print(json.dumps(row), flush=True)
    return 0


def document_of(file: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as fault:
        raise ProblemFileError(str(file), f"cannot be read as JSON: {fault}") from fault
    if not isinstance(document, dict):
        raise ProblemFileError(str(file), "is not a JSON object")
    return document


def _answer(named: Named, found: Solution) -> dict[str, Any]:
    return {
        "format": "ronda-plan-answer-1",
        "value": found.value,
        "bound": found.bound,
        "gap": round(found.gap, 6),
        "proven_optimal": found.value == found.bound,
        **told(named, found.year, found.links),
    }


def _scored(named: Named, plan: Mapping[str, Any]) -> dict[str, Any]:
    year, links = plan_years(named, plan)
    of: Problem = named.problem
    return {"value": value_of(of, year), "broken": excess(of, year, links), "said": plan.get("value")}


def give(answer: Mapping[str, Any], out: Path | None) -> None:
    text = json.dumps(answer, indent=1, ensure_ascii=False)
    if out is None:
        print(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")


def _progress() -> Callable[[Solution], None]:
    started = time.monotonic()

    def tell(step: Solution) -> None:
        print(
            f"{time.monotonic() - started:7.1f} s  value {step.value}  bound {step.bound}  "
            f"gap {step.gap * 100:.3f} %",
            file=sys.stderr,
            flush=True,
        )

    return tell


@contextmanager
def _ended_by_signal() -> Iterator[Callable[[], bool]]:
    """Ctrl-C is remembered, so that the search ends by itself with its best plan; a second one ends the process."""
    asked = False

    def remember(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
