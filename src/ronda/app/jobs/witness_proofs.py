"""Lay a witnessed proof beside packages that were sealed while no witness was at work."""

import logging

from ronda.app.wiring import Wiring
from ronda.app.worker import Job
from ronda.cases.witnessing import add_witness_proof
from ronda.evidence.errors import EvidenceError
from ronda.store.synced import write_synced

EVERY_S = 60.0
_log = logging.getLogger(__name__)


def witness_proofs(wiring: Wiring) -> Job:
    """The job; a package that cannot be read is told and left as it is."""

    def run() -> None:
        if not wiring.witnesses.trusted():
            return
        for package in sorted(wiring.folder.packages.glob("BUKTI_*")):
            try:
                if add_witness_proof(package, wiring.log, wiring.witnesses, write_synced):
                    _log.info("%s: a witness has seen its sealing", package.name)
            except (OSError, EvidenceError) as error:
                _log.warning("%s has no witnessed proof: %s", package.name, error)

    return Job(name="witness_proofs", every_s=EVERY_S, run=run)
