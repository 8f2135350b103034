"""Add to a sealed package that a witness has seen its sealing, once one has.

The sealed part does not change: a second proof of the same entry, under a cosigned checkpoint, is laid
beside it (`later`).
"""

from pathlib import Path

from ronda.cases.later import Write, add_later
from ronda.cases.ports import LogWitnesses, ProvingLog
from ronda.evidence import layout
from ronda.evidence.checkpoint import read_checkpoint, read_note
from ronda.evidence.cosignature import good_cosignatures
from ronda.evidence.tlog_proof import read_proof, write_proof


def add_witness_proof(package: Path, log: ProvingLog, witnesses: LogWitnesses, write: Write) -> bool:
    """True when the package has a witnessed proof now that it had not.

    Raises OSError, and EvidenceError for a package whose own proof cannot be read.
    """
    first = read_proof((package / layout.LOG_PROOF).read_text(encoding="utf-8"))
    target = package / layout.WITNESS_PROOF
    if good_cosignatures(first.checkpoint, [key for key, _ in witnesses.trusted()]):
        return False
    if target.exists():
        return add_later(package, {}, write)
    note = witnesses.wait_cosigned(first.index, 0.0)
    if note is None:
        return False
    size = read_checkpoint(read_note(note).text).size
    proof = write_proof(first.leaf, first.index, log.inclusion(first.index, size), note)
    return add_later(package, {layout.WITNESS_PROOF: proof.encode()}, write)
