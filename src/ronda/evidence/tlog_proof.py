"""One text that proves, offline, that an entry stands in the log (C2SP tlog-proof).

Carries the entry itself as `extra`, the index, the inclusion proof and the signed checkpoint.
Invariant: `open_proof` returns an entry only after its hash led to a root that the log signed.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ronda.evidence.checkpoint import Checkpoint, NoteVerifier, open_checkpoint
from ronda.evidence.errors import MalformedError
from ronda.evidence.leaf import entry_hash
from ronda.evidence.log_tree import check_inclusion

_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProof:
    """A parsed proof; nothing in it is believed yet."""

    leaf: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: str


def write_proof(leaf: bytes, index: int, path: Sequence[bytes], checkpoint: str) -> str:
    """The text of `segel.tlog-proof`; `checkpoint` is the signed note."""
    lines = [_HEADER, f"extra {_b64(leaf)}", f"index {index}", *map(_b64, path)]
    return "\n".join(lines) + "\n\n" + checkpoint


def read_proof(text: str) -> LogProof:
    """Parse a proof that carries its entry. Raises MalformedError unless it is exactly that."""
    head, separator, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or len(lines) < 3 or lines[0] != _HEADER or not lines[1].startswith("extra "):
        raise MalformedError("the log proof lacks its header, entry or checkpoint")
    index = re.fullmatch(r"index (0|[1-9][0-9]{0,18})", lines[2])
    if index is None or len(lines) > 3 + 64:
        raise MalformedError("the log proof has no index, or more than 64 steps")
    path = tuple(_unb64(line) for line in lines[3:])
    if any(len(step) != 32 for step in path):
        raise MalformedError("a step of the log proof is not 32 bytes")
    return LogProof(leaf=_unb64(lines[1][6:]), index=int(index[1]), path=path, checkpoint=checkpoint)


def open_proof(proof: LogProof, verifier: NoteVerifier) -> Checkpoint:
    """Check everything: signature, origin, path. Raises ProofError or MalformedError."""
    checkpoint = open_checkpoint(proof.checkpoint, verifier)
    check_inclusion(entry_hash(proof.leaf), proof.index, checkpoint.size, proof.path, checkpoint.root)
    return checkpoint


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unb64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if not data or _b64(data) != text:
        raise MalformedError(f"{text[:60]!r} in the log proof is no base64")
    return data
