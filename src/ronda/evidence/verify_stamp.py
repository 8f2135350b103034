"""Were the seals of this package seen by somebody outside, and when?

Which authorities count is said by the sealed statement (`cap_waktu`), so that nobody chooses one later. A stamp
over another seal, of another authority, by a certificate of another use, or from before the recording ended is
BROKEN. A good stamp is PROVEN only where the reader brought the authority's root from outside; the copy inside
the package proves no more than the package. A stamp that is not there yet is waiting, never broken.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ronda.core.time import SECOND_US, wita_text
from ronda.evidence import layout
from ronda.evidence.authority import printed_fingerprint
from ronda.evidence.errors import EvidenceError, MalformedError, ProofError
from ronda.evidence.folder import PackageFolder
from ronda.evidence.statement import ORIGINAL, Statement
from ronda.evidence.time_stamp import Second, StampFacts, UncheckedStampError, check_stamp
from ronda.evidence.verdict import Finding, Verdict, Words

TOLERANCE_US = 5 * SECOND_US  # the authority's clock against the recorder's


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """An authority as the sealed statement names it."""

    address: str
    path: str  # of its certificates in the package
    root_sha256: str


def stamp_findings(
    folder: PackageFolder, statement: Statement | None, known_roots: frozenset[str], second: Second | None
) -> list[Finding]:
    """One finding for each authority that was stated; what nobody stated is broken.

    known_roots  SHA-256 of roots that the reader brought, in hex
    """
    present = [path for path in layout.STAMPS if path in folder.files]
    if statement is None:
        return [Finding(Verdict.UNPROVEN, Words("pernyataan tidak terbaca", "the statement cannot be read"))]
    try:
        stated = stated_authorities(statement)
    except MalformedError as error:
        return [_broken(error, layout.STATEMENT)]
    pairs = dict(zip(layout.STAMPS, stated, strict=False))
    found = [
        Finding(Verdict.BROKEN, Words("dari otoritas yang tidak dinyatakan", "by an authority not stated"), path)
        for path in present
        if path not in pairs
    ]
    for path, authority in pairs.items():
        found += _one(folder, statement, path, authority, known_roots, second)
    if not stated and not found:
        words = "tidak ada otoritas cap waktu yang diatur", "no time-stamp authority was set when it was sealed"
        found.append(Finding(Verdict.UNPROVEN, Words(*words)))
    return found


def stated_authorities(statement: Statement) -> list[Stated]:
    """None in packages sealed while none was set. Raises MalformedError."""
    listed = statement.document.get("cap_waktu", [])
    if not isinstance(listed, Sequence) or isinstance(listed, str) or len(listed) > len(layout.STAMPS):
        raise MalformedError(f"{layout.STATEMENT}: 'cap_waktu' is no list of at most two")
    found = []
    for item in listed:
        texts = (
            [item.get(key) for key in ("alamat", "sertifikat", "akar_sha256")] if isinstance(item, Mapping) else []
        )
        if len(texts) != 3 or not all(isinstance(text, str) for text in texts):
            raise MalformedError(f"{layout.STATEMENT}: an item of 'cap_waktu' lacks a text")
        address, path, root = (str(text) for text in texts)
        found.append(Stated(address=address, path=path, root_sha256=root))
    return found


def _one(
    folder: PackageFolder,
    statement: Statement,
    path: str,
    authority: Stated,
    known_roots: frozenset[str],
    second: Second | None,
) -> Iterator[Finding]:
    answer, seal, pem = folder.read(path), folder.read(layout.SEAL), folder.read(authority.path)
    if answer is None:
        words = (
            f"menunggu: belum ada cap dari {authority.address}",
            f"waiting: no stamp from {authority.address} yet",
        )
        yield Finding(Verdict.UNPROVEN, Words(*words))
        return
    if seal is None or pem is None:
        return  # the file check has named it
    try:
        facts = check_stamp(answer, seal, pem, second)
        if facts.authority_sha256 != authority.root_sha256:
            raise ProofError(f"{authority.path} is not the stated authority")
        _check_order(facts, statement)
    except UncheckedStampError as error:
        words = "urutan sertifikat bukan DER: pasang openssl, lalu periksa lagi", str(error)
        yield Finding(Verdict.UNCHECKED, Words(*words), path)
        return
    except EvidenceError as error:
        yield _broken(error, path)
        return
    yield _good(facts, authority, path, is_known=facts.authority_sha256 in known_roots)


def _check_order(facts: StampFacts, statement: Statement) -> None:
    """Nobody can stamp what was not recorded yet."""
    ends = [film.span.end_us for film in statement.files if film.role == ORIGINAL]
    at_us = round(facts.at.timestamp() * SECOND_US)
    if ends and at_us + TOLERANCE_US < max(ends):
        raise ProofError(f"the time stamp ({wita_text(at_us)}) is older than the recording's end")


def _good(facts: StampFacts, authority: Stated, path: str, *, is_known: bool) -> Finding:
    at = wita_text(round(facts.at.timestamp() * SECOND_US))
    by = (" (diperiksa openssl)", " (checked by openssl)") if facts.second else ("", "")
    told = f"{facts.signer}: {at}{by[0]}", f"{facts.signer}: {at}{by[1]}"
    if is_known:
        return Finding(Verdict.PROVEN, Words(*told), path)
    root = printed_fingerprint(authority.root_sha256)
    words = Words(
        f"{told[0]}; cap cocok dengan segel, tetapi cocokkan dulu akar otoritasnya (--authority): {root}",
        f"{told[1]}; it fits the seal, but first compare the authority's root (--authority): {root}",
    )
    return Finding(Verdict.UNPROVEN, words, path)


def _broken(error: EvidenceError, path: str) -> Finding:
    return Finding(Verdict.BROKEN, Words(str(error), str(error)), path)
