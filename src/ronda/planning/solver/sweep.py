"""One solve as a task: what goes in and what comes out can travel to another process or machine.

Decides nothing about where a task runs. The same task gives the same plan everywhere, unless the time ends it.
"""

from dataclasses import dataclass, replace

from ronda.planning.errors import PlanningError
from ronda.planning.solver.problem import Problem
from ronda.planning.solver.solve import Solution, solve


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A problem with what ends its search."""

    problem: Problem
    seed: int
    cpu_s: float
    gap: float


def run_task(task: Task) -> Solution | PlanningError:
    """The solution, or why there is none: an error is an answer here, not the end of the others."""
    try:
        return solve(task.problem, seed=task.seed, cpu_s=task.cpu_s, gap=task.gap)
    except PlanningError as refused:
        return refused


def at_scale(of: Problem, scale: float) -> Problem:
    """All rows of money in the same proportion, rounded down; ceilings on running cost stay."""
    return replace(
        of, rows=tuple(replace(row, given=int(row.given * scale)) if row.builds.any() else row for row in of.rows)
    )
