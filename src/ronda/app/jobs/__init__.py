"""What the worker does beside recorder and web; one module a job.

A new job: a module with a function of `Wiring` that gives a `Job`, and its line in `all_jobs`.
"""

from ronda.app.jobs.camera_hints import camera_hints
from ronda.app.jobs.camera_identity import camera_identity
from ronda.app.jobs.camera_signing import camera_signing
from ronda.app.jobs.card_filling import card_filling
from ronda.app.jobs.erasures import erasures
from ronda.app.jobs.health import health_jobs
from ronda.app.jobs.public_pictures import public_pictures
from ronda.app.jobs.service import service_jobs
from ronda.app.jobs.time_stamps import time_stamps
from ronda.app.jobs.urgent import urgent_reminders
from ronda.app.jobs.village_footage import village_footage
from ronda.app.jobs.witness_proofs import witness_proofs
from ronda.app.wiring import Wiring
from ronda.app.worker import Job


def all_jobs(wiring: Wiring) -> list[Job]:
    """Every job of this installation."""
    return [
        *health_jobs(wiring),
        *service_jobs(wiring),
        witness_proofs(wiring),
        urgent_reminders(wiring),
        erasures(wiring),
        time_stamps(wiring),
        village_footage(wiring),
        public_pictures(wiring),
        camera_hints(wiring),
        camera_identity(wiring),
        camera_signing(wiring),
        card_filling(wiring),
    ]
