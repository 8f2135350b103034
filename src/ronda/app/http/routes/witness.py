"""For witnesses of the access log, and for whoever wants to know what they signed. Open to anybody.

Nothing here shows an entry: leaf hashes, proofs, signatures and times alone. The hash of an entry is
worked out from its bytes as they lie on the disk now, so that a change by hand shows at once.
"""

import base64
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from ronda.access.errors import LogUnavailableError
from ronda.access.service import SYSTEM
from ronda.app.http.context import InContext
from ronda.app.http.values import Count
from ronda.core.time import DAY_US, HOUR_US
from ronda.evidence.entry import AuditEvent, Phase
from ronda.evidence.leaf import entry_hash
from ronda.store.log import SqliteLog
from ronda.store.witnesses import WitnessReport

router = APIRouter(prefix="/api/log", tags=["log"])
MOST_HASHES = 4096
LATE_US = 25 * HOUR_US  # a witness that looks once a day is not late


class LeafHashes(BaseModel):
    """`hashes[i]` belongs to entry `start + i`: hex, or null where the entry is gone."""

    size: int
    start: int
    hashes: list[str | None]


class Consistency(BaseModel):
    """Why the log of `new` entries continues that of `old`; hex, as RFC 6962 orders it."""

    old: int
    new: int
    proof: list[str]


class CosignedNote(BaseModel):
    """A checkpoint with the log's signature and the witness's own line."""

    note: str = Field(max_length=4000)


class SignedReport(BaseModel):
    """A witness's alarm: canonical JSON, and its signature (base64)."""

    report: str = Field(max_length=60_000)
    signature: str = Field(max_length=100)


class WitnessLine(BaseModel):
    """`late`: it has not signed for more than 25 hours, or never."""

    name: str
    key: str
    trusted_us: int
    cosigned_us: int | None
    cosigned_size: int | None
    late: bool
    days_ago: int | None


class ReportLine(BaseModel):
    """An alarm: what kind, which entry, since when it may have happened.

    `open`: the witness has not signed since; once all is as it was, it signs again and the alarm is over.
    """

    witness: str
    received_us: int
    kind: str
    index: int
    kept: str | None
    now: str | None
    good_us: int | None
    more: int
    open: bool


class Witnesses(BaseModel):
    witnesses: list[WitnessLine]
    cosigned: str | None
    reports: list[ReportLine]


@router.get("/key", response_class=Response)
def key(context: InContext) -> Response:
    """The log's public key, for a witness's first round; compare it with the printed one."""
    return Response(context.wiring.log_signer.verifier.vkey(), media_type="text/plain; charset=utf-8")


@router.get("/hashes")
def hashes(
    context: InContext,
    start: Count = 0,
    count: Annotated[int, Query(ge=1, le=MOST_HASHES)] = MOST_HASHES,
) -> LeafHashes:
    """Leaf hashes, worked out from the entries' bytes as they are now."""
    log = context.wiring.log
    size = log.size()
    return LeafHashes(size=size, start=start, hashes=_hashes(log, start, min(count, max(0, size - start))))


@router.get("/consistency")
def consistency(context: InContext, old: Count, new: Count) -> Consistency:
    """The proof that the log only grew between two sizes."""
    found = context.wiring.log.consistency(old, new)
    return Consistency(old=old, new=new, proof=[step.hex() for step in found])


@router.post("/cosignatures")
def cosign(body: CosignedNote, context: InContext) -> WitnessLine:
    """Take a cosignature; only of a witness that is trusted here, over a checkpoint of this log."""
    wiring = context.wiring
    key, _size = wiring.witnesses.accept(body.note)
    return next(line for line in witnesses(context).witnesses if line.name == key.name)


@router.post("/witness-reports")
def report(body: SignedReport, context: InContext) -> dict[str, str]:
    """Take an alarm of a witness; it stays until somebody has dealt with it."""
    wiring = context.wiring
    try:
        signature = base64.b64decode(body.signature, validate=True)
    except ValueError:
        signature = b""
    kept = wiring.witnesses.accept_report(body.report.encode(), signature, wiring.clock.now_us())
    changes = kept.document.get("perubahan")
    count = len(changes) if isinstance(changes, list) else 0
    try:
        wiring.log.append(
            AuditEvent(
                action="jejak.peringatan_penjaga",
                actor=SYSTEM,
                role="",
                phase=Phase.FACT,
                outcome="gagal",
                objects={"penjaga": kept.witness, "perubahan": count},
            )
        )
    except LogUnavailableError:  # the very log the alarm is about; the report itself is kept
        return {"kept": "without an entry: the log takes none"}
    return {"kept": "ok"}


@router.get("/witnesses")
def witnesses(context: InContext) -> Witnesses:
    """Who watches this log, what each signed last, and what they had to tell."""
    folder, now = context.wiring.witnesses, context.wiring.clock.now_us()
    lines = [
        WitnessLine(
            name=one.key.name,
            key=one.key.vkey(),
            trusted_us=one.trusted_us,
            cosigned_us=one.cosigned_us,
            cosigned_size=one.cosigned_size,
            late=now - (one.trusted_us if one.cosigned_us is None else one.cosigned_us) > LATE_US,
            days_ago=None if one.cosigned_us is None else max(0, now - one.cosigned_us) // DAY_US,
        )
        for one in folder.witnesses()
    ]
    signed = {line.name: line.cosigned_us or 0 for line in lines}
    told = [
        line
        for one in folder.reports()
        for line in _report_lines(one, is_open=one.received_us > signed.get(one.witness, 0))
    ]
    return Witnesses(witnesses=lines, cosigned=folder.cosigned(), reports=told)


def _report_lines(report: WitnessReport, *, is_open: bool) -> list[ReportLine]:
    """The first change of a report stands for it; `more` says how many follow."""
    document = report.document
    changes = document.get("perubahan")
    if not isinstance(changes, list) or not changes or not isinstance(changes[0], Mapping):
        return []
    first, good = changes[0], document.get("terakhir_cocok_us")
    return [
        ReportLine(
            witness=report.witness,
            received_us=report.received_us,
            kind=str(first.get("jenis", "")),
            index=int(str(first.get("entri", 0))),
            kept=None if first.get("dulu") is None else str(first["dulu"]),
            now=None if first.get("sekarang") is None else str(first["sekarang"]),
            good_us=None if good is None else int(str(good)),
            more=len(changes) - 1,
            open=is_open,
        )
    ]


def _hashes(log: SqliteLog, start: int, count: int) -> list[str | None]:
    found = {entry_index: entry_hash(leaf).hex() for entry_index, leaf in log.leaves(start, count)}
    return [found.get(index) for index in range(start, start + count)]
