"""Is the sealing in the access log, and is the case's history what was logged?

The log's key stands in the sealed statement. The entry `bukti.disegel` must commit to this manifest
and lead to a root that the log signed; each line of the history must do the same for its own
checkpoint, and each opened text must be the one the entry committed to.
"""

import json
from collections.abc import Mapping
from hashlib import sha256

from ronda.evidence import canonical, layout
from ronda.evidence.canonical import Json
from ronda.evidence.checkpoint import NoteVerifier, open_checkpoint, read_vkey
from ronda.evidence.errors import EvidenceError, MalformedError, ProofError
from ronda.evidence.folder import PackageFolder
from ronda.evidence.leaf import Opening, entry_hash, opens, read_leaf
from ronda.evidence.log_tree import check_inclusion
from ronda.evidence.statement import Statement
from ronda.evidence.tlog_proof import open_proof, read_proof
from ronda.evidence.verdict import Finding, Verdict, Words

SEALED_ACTION = "bukti.disegel"


def log_findings(folder: PackageFolder, statement: Statement, manifest: bytes | None) -> list[Finding]:
    """The proof that this manifest's sealing stands in the log."""
    data, seal = folder.read(layout.LOG_PROOF), folder.read(layout.SEAL)
    if data is None or manifest is None or seal is None:
        return [Finding(Verdict.BROKEN, Words("hilang", "is missing"), layout.LOG_PROOF)]
    try:
        proof = read_proof(data.decode("utf-8"))
        checkpoint = open_proof(proof, read_vkey(statement.log_vkey))
        fields = read_leaf(proof.leaf)
        objects = fields.get("objek")
        said = (fields.get("aksi"), objects if isinstance(objects, Mapping) else {})
        digests = (sha256(manifest).hexdigest(), sha256(seal).hexdigest())
        if said[0] != SEALED_ACTION or (said[1].get("manifest"), said[1].get("segel")) != digests:
            raise ProofError("the entry in the log speaks of another manifest or seal")
        if fields.get("nomor") != proof.index or said[1].get("paket") != statement.package_id:
            raise ProofError("the entry in the log speaks of another package or index")
    except (EvidenceError, UnicodeDecodeError) as error:
        return [Finding(Verdict.BROKEN, Words(str(error), str(error)), layout.LOG_PROOF)]
    words = Words(
        f"entri {proof.index} dari {checkpoint.size} dalam {checkpoint.origin}",
        f"entry {proof.index} of {checkpoint.size} in {checkpoint.origin}",
    )
    return [Finding(Verdict.PROVEN, words)]


def history_findings(folder: PackageFolder, statement: Statement) -> list[Finding]:
    """Every line of `data/riwayat.jsonl` against the checkpoint in its first line."""
    data = folder.read(layout.HISTORY)
    if data is None:
        return []  # the file check has named it
    try:
        count = _read_history(data, read_vkey(statement.log_vkey))
    except EvidenceError as error:
        return [Finding(Verdict.BROKEN, Words(str(error), str(error)), layout.HISTORY)]
    words = f"{count} entri kasus ini terbukti ada dalam log", f"{count} entries of this case proven in the log"
    return [Finding(Verdict.PROVEN, Words(*words))]


def history_line(leaf: bytes, path: list[bytes], openings: list[Opening]) -> bytes:
    """One line of the history: the entry, its proof, and what it committed to."""
    return canonical.write(
        {
            "daun": leaf.decode("utf-8"),
            "bukti": [step.hex() for step in path],
            "pembukaan": {o.name: {"garam": o.salt.hex(), "nilai": o.value} for o in openings},
        }
    )


def history_head(checkpoint: str) -> bytes:
    """The first line: the signed state that all lines below are proven against."""
    return canonical.write({"titik_periksa": checkpoint})


def _read_history(data: bytes, verifier: NoteVerifier) -> int:
    lines = data.split(b"\n")
    if len(lines) < 2 or lines[-1]:
        raise MalformedError(f"{layout.HISTORY} is empty or does not end with a newline")
    head = canonical.read_object(lines[0], f"{layout.HISTORY}, line 1").get("titik_periksa")
    if not isinstance(head, str):
        raise MalformedError(f"{layout.HISTORY}, line 1 holds no checkpoint")
    state = open_checkpoint(head, verifier)
    for number, line in enumerate(lines[1:-1], 2):
        item = canonical.read_object(line, f"{layout.HISTORY}, line {number}")
        _check_line(item, state.size, state.root, f"{layout.HISTORY}, line {number}")
    return len(lines) - 2


def _check_line(item: Mapping[str, Json], size: int, root: bytes, what: str) -> None:
    text, steps, opened = item.get("daun"), item.get("bukti"), item.get("pembukaan")
    if not isinstance(text, str) or not isinstance(steps, list) or not isinstance(opened, Mapping):
        raise MalformedError(f"{what} lacks entry, proof or openings")
    leaf = text.encode("utf-8", "surrogatepass")
    fields = read_leaf(leaf)
    index = fields["nomor"]
    try:
        path = [bytes.fromhex(str(step)) for step in steps]
        openings = [
            Opening(name=name, salt=bytes.fromhex(str(one["garam"])), value=str(one["nilai"]))  # type: ignore[index,call-overload]
            for name, one in opened.items()
        ]
    except (ValueError, TypeError, KeyError):
        raise MalformedError(f"{what}: a step or an opening cannot be read") from None
    if not isinstance(index, int):
        raise MalformedError(f"{what}: the entry has no number")
    check_inclusion(entry_hash(leaf), index, size, path, root)
    for opening in openings:
        if not opens(fields, opening):
            raise ProofError(f"{what}: {json.dumps(opening.name)} is not what the entry committed to")
