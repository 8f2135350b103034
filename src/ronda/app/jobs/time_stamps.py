"""Ask again for the time stamps that packages wait for, sealed while an authority did not answer."""

import logging
from pathlib import Path

from ronda.app.wiring import Wiring
from ronda.app.worker import Job
from ronda.cases.stamping import add_stamps
from ronda.evidence.errors import EvidenceError
from ronda.store.synced import write_synced

EVERY_S = 60.0
_log = logging.getLogger(__name__)


def time_stamps(wiring: Wiring) -> Job:
    """The job; a package that cannot be read is told and left as it is. Complete ones are looked at once."""
    complete: set[Path] = set()

    def run() -> None:
        for package in sorted(wiring.folder.packages.glob("BUKTI_*")):
            if package in complete:
                continue
            try:
                came, waiting = add_stamps(package, wiring.time_stamps, write_synced)
            except (OSError, EvidenceError) as error:
                _log.warning("%s gets no time stamp: %s", package.name, error)
                continue
            if came:
                _log.info("%s: %d time stamps added", package.name, came)
            if not waiting:
                complete.add(package)

    return Job(name="time_stamps", every_s=EVERY_S, run=run)
