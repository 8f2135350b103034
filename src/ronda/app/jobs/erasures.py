"""Finish erasures that people in the footage asked for, once the lock that stood in their way has ended."""

from ronda.app.two_people import erase_what_was_locked
from ronda.app.wiring import Wiring
from ronda.app.worker import Job

EVERY_S = 600.0


def erasures(wiring: Wiring) -> Job:
    """The job; what is still locked waits for the next round."""
    return Job(name="erasures", every_s=EVERY_S, run=lambda: erase_what_was_locked(wiring))
