"""Did a witness see the log with this sealing in it?

Which witnesses count is said by the sealed statement (`log.penjaga`), so that nobody adds one later.
The proof of the sealing leads to a checkpoint; either that one is cosigned, or a later proof in
`segel/saksi.tlog-proof` of the same entry is. A cosigned checkpoint that is not of this entry is BROKEN.
"""

from collections.abc import Mapping, Sequence

from ronda.core.time import SECOND_US, wita_text
from ronda.evidence import layout
from ronda.evidence.checkpoint import read_vkey
from ronda.evidence.cosignature import CosignerKey, good_cosignatures, read_cosigner_key
from ronda.evidence.errors import EvidenceError, MalformedError, ProofError
from ronda.evidence.folder import PackageFolder
from ronda.evidence.statement import Statement
from ronda.evidence.tlog_proof import LogProof, open_proof, read_proof
from ronda.evidence.verdict import Finding, Verdict, Words

AHEAD_S = 600  # so far may the reader's clock be behind a witness's


def witness_findings(folder: PackageFolder, statement: Statement | None, now_us: int) -> list[Finding]:
    """One finding for each witness that signed; else why none counts yet."""
    if statement is None:
        return [Finding(Verdict.UNPROVEN, Words("pernyataan tidak terbaca", "the statement cannot be read"))]
    try:
        witnesses = stated_witnesses(statement)
        found = _signed(folder, statement, witnesses)
    except (EvidenceError, UnicodeDecodeError) as error:
        return [Finding(Verdict.BROKEN, Words(str(error), str(error)), layout.WITNESS_PROOF)]
    early = [key for key, at_s in found.items() if at_s > now_us // SECOND_US + AHEAD_S]
    if early:
        words = (
            f"{early[0].name} menandatangani di masa depan: tidak dihitung",
            "cosigned in the future: not counted",
        )
        return [Finding(Verdict.BROKEN, Words(*words), layout.LOG_PROOF)]
    if not found:
        return [Finding(Verdict.UNPROVEN, _none(witnesses))]
    return [
        Finding(
            Verdict.PROVEN,
            Words(
                f"{key.name} ikut menandatangani {wita_text(at_s * SECOND_US)}",
                f"{key.name} cosigned {wita_text(at_s * SECOND_US)}",
            ),
        )
        for key, at_s in found.items()
    ]


def stated_witnesses(statement: Statement) -> list[CosignerKey]:
    """The witnesses that the sealed statement names; none in packages made before there were any."""
    log = statement.document.get("log")
    keys = log.get("penjaga", []) if isinstance(log, Mapping) else []
    if not isinstance(keys, Sequence) or isinstance(keys, str):
        raise MalformedError(f"{layout.STATEMENT}: 'penjaga' is no list")
    return [read_cosigner_key(str(key)) for key in keys]


def _signed(
    folder: PackageFolder, statement: Statement, witnesses: Sequence[CosignerKey]
) -> Mapping[CosignerKey, int]:
    first = folder.read(layout.LOG_PROOF)
    later = folder.read(layout.WITNESS_PROOF)
    if first is None:
        return {}
    try:
        proof = read_proof(first.decode("utf-8"))
    except (EvidenceError, UnicodeDecodeError):
        return {}  # the line about the log says so
    found = good_cosignatures(proof.checkpoint, witnesses)
    if later is None:
        return found
    second = read_proof(later.decode("utf-8"))
    _same_entry(proof, second)
    open_proof(second, read_vkey(statement.log_vkey))
    return {**good_cosignatures(second.checkpoint, witnesses), **found}


def _same_entry(first: LogProof, second: LogProof) -> None:
    if (first.index, first.leaf) != (second.index, second.leaf):
        raise ProofError("the witnessed proof speaks of another entry than the sealing")


def _none(witnesses: Sequence[CosignerKey]) -> Words:
    if witnesses:
        return Words(
            "menunggu: titik periksa ini belum ditandatangani penjaga log",
            "waiting: no witness has signed this checkpoint yet",
        )
    return Words("belum ada penjaga log yang ikut menandatangani", "no witness has signed the log's state yet")
