"""Add to a sealed package that a witness has seen its sealing, once one has.

The sealed part does not change: a second proof of the same entry, under a cosigned checkpoint, is laid
beside it, and the tag list (a copy check without authority) is written again. A crash between the two
leaves a package whose tag list lacks one file; the next call mends that.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from ronda.cases.ports import LogWitnesses, ProvingLog
from ronda.evidence import layout, manifest
from ronda.evidence.checkpoint import read_checkpoint, read_note
from ronda.evidence.cosignature import good_cosignatures
from ronda.evidence.tlog_proof import read_proof, write_proof

Write = Callable[[Path, bytes], None]  # replaces a file in one synced step


def add_witness_proof(package: Path, log: ProvingLog, witnesses: LogWitnesses, write: Write) -> bool:
    """True when the package has a witnessed proof now that it had not.

    Raises OSError, and EvidenceError for a package whose own proof cannot be read.
    """
    first = read_proof((package / layout.LOG_PROOF).read_text(encoding="utf-8"))
    target = package / layout.WITNESS_PROOF
    if good_cosignatures(first.checkpoint, [key for key, _ in witnesses.trusted()]):
        return False
    if target.exists():
        return _list(package, write)
    note = witnesses.wait_cosigned(first.index, 0.0)
    if note is None:
        return False
    size = read_checkpoint(read_note(note).text).size
    proof = write_proof(first.leaf, first.index, log.inclusion(first.index, size), note)
    write(target, proof.encode())
    return _list(package, write)


def _list(package: Path, write: Write) -> bool:
    """Bring the tag list up to date; True when it was not."""
    path = package / layout.TAG_MANIFEST
    listed = manifest.read(path.read_bytes(), layout.TAG_MANIFEST)
    if layout.WITNESS_PROOF in listed:
        return False
    listed[layout.WITNESS_PROOF] = sha256((package / layout.WITNESS_PROOF).read_bytes()).hexdigest()
    write(path, manifest.write(listed))
    return True
