"""What the worker does beside recorder and web; one module a job.

A new job: a module with a function of `Wiring` that gives a `Job`, and its line in `all_jobs`.
"""

<<<<<<< HEAD
from ronda.app.jobs.witness_proofs import witness_proofs
=======
from ronda.app.jobs.health import health_jobs
>>>>>>> a24928d (wip)
from ronda.app.wiring import Wiring
from ronda.app.worker import Job


def all_jobs(wiring: Wiring) -> list[Job]:
    """Every job of this installation."""
<<<<<<< HEAD
    return [witness_proofs(wiring)]
=======
    return [*health_jobs(wiring)]
>>>>>>> a24928d (wip)
