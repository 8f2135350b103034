"""The hand-over record: does it say what statement and seal say?

The record is set again from the statement; the file must begin with exactly those bytes. What follows may only be
signatures (`verify_bast_signatures`). Without any it is a record for signing on paper: NOT PROVEN, never broken.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256

from ronda.evidence import layout
from ronda.evidence.errors import EvidenceError
from ronda.evidence.folder import PackageFolder
from ronda.evidence.statement import Statement
from ronda.evidence.verdict import Finding, Verdict, Words


def bast_findings(
    folder: PackageFolder, statement: Statement, manifest: bytes | None, authorities: frozenset[str]
) -> Iterator[Finding]:
    """First the words, then the signatures."""
    pdf, seal = folder.read(layout.BAST), folder.read(layout.SEAL)
    if pdf is None:
        yield Finding(Verdict.BROKEN, Words("hilang", "is missing"), layout.BAST)
    if pdf is None or seal is None or manifest is None:
        return
    again = _again(statement, manifest, seal)
    if isinstance(again, Finding):
        yield again
    elif not pdf.startswith(again):
        words = "bukan BAST dari pernyataan dan segel ini", "is not the record of this statement"
        yield Finding(Verdict.BROKEN, Words(*words), layout.BAST)
        return
    else:
        words = "isi BAST sama dengan pernyataan dan segel", "the record says what statement and seal say"
        yield Finding(Verdict.PROVEN, Words(*words))
    if pdf == again or b"/ByteRange" not in pdf:
        if isinstance(again, bytes) and pdf != again:
            words = "ada tambahan tanpa tanda tangan", "something was added without a signature"
            yield Finding(Verdict.BROKEN, Words(*words), layout.BAST)
        words = "belum ditandatangani secara elektronik", "not signed electronically yet"
        yield Finding(Verdict.UNPROVEN, Words(*words))
        return
    try:
        from ronda.evidence.verify_bast_signatures import signature_findings  # the one check that needs pyHanko
    except ImportError:
        words = (
            "pyHanko tidak terpasang; tidak diperiksa",
            "pyHanko is not installed; not checked",
        )
        yield Finding(Verdict.UNCHECKED, Words(*words), layout.BAST)
        return
    yield from signature_findings(folder, statement, pdf, authorities)


def _again(statement: Statement, manifest: bytes, seal: bytes) -> bytes | Finding:
    stated = statement.document.get("bast")
    made_with = stated.get("typst") if isinstance(stated, Mapping) else None
    try:
        from ronda.evidence import bast  # the one check that needs the typesetter
    except ImportError:
        words = "penyusun BAST tidak terpasang", "the typesetter of the record is not installed"
        return Finding(Verdict.UNPROVEN, Words(*words))
    if made_with != bast.typst_version():
        here = f"typst {bast.typst_version()}"
        words = (
            f"dibuat dengan typst {made_with}, di sini {here}; bandingkan sidik digital di kertas",
            f"made with typst {made_with}, here is {here}; compare the digests on paper",
        )
        return Finding(Verdict.UNPROVEN, Words(*words))
    digests = sha256(manifest).hexdigest(), sha256(seal).hexdigest()
    try:
        return bast.render(statement, manifest_sha256=digests[0], seal_sha256=digests[1])
    except EvidenceError as error:
        return Finding(Verdict.UNPROVEN, Words(str(error), str(error)))
