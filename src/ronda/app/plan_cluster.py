"""Many solves at once on Ray, started for the job and ended with it (the extra `cluster`).

Without Ray the same tasks run one after another and give the same plans; see `planning.solver.sweep`.
"""

import logging
from collections.abc import Sequence
from typing import Any

from ronda.core.errors import RondaError
from ronda.planning.errors import PlanningError
from ronda.planning.solver.solve import Solution
from ronda.planning.solver.sweep import Task, run_task

_STARTS = 3  # a busy machine may miss Ray's own limit of 30 s for a start


class NoClusterError(RondaError):
    """Ray is not installed."""

    exit_status = 69

    def __init__(self) -> None:
        super().__init__("Ray is not installed here. Next: install the extra `cluster`, or leave out --ray")


def solved_on_ray(
    tasks: Sequence[Task], workers: int, address: str | None = None
) -> list[Solution | PlanningError]:
    """In the order of the tasks. `address`: of a cluster that runs already; else one is started on this machine."""
    try:
        import ray
    except ImportError as missing:
        raise NoClusterError from missing
    mine: dict[str, Any] = {"num_cpus": workers, "include_dashboard": False}
    _started(ray, mine if address is None else {"address": address})
    try:
        remote: Any = ray.remote(num_cpus=1)(run_task)
        return list(ray.get([remote.remote(task) for task in tasks]))
    finally:
        ray.shutdown()


def _started(ray: Any, how: dict[str, Any]) -> None:
    for number in range(_STARTS):
        try:
            ray.init(log_to_driver=False, logging_level=logging.ERROR, configure_logging=False, **how)
        except Exception:  # Ray raises the bare class when a start takes too long
            ray.shutdown()
            if number + 1 < _STARTS:
                continue
            raise
        return
