"""Who signed the hand-over record? Alone in knowing pyHanko for checking.

Only signatures of the two parties may follow the record, each in its own place, by the person whom the statement
names: a page, a text or a picture added before or between them is BROKEN, and so is a signature from elsewhere.
Certificates are judged at the signature's own time, so that a signature does not expire.
"""

import io
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    PdfSignatureStatus,
    SignatureCoverageLevel,
    validate_pdf_signature,
)
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

from ronda.core.time import SECOND_US, wita_text
from ronda.evidence import layout
from ronda.evidence.authority import CERTIFICATE_ERRORS, person_of, read_certificate, read_chain
from ronda.evidence.bast import parties
from ronda.evidence.bast_signature import BOXES, SigningParty
from ronda.evidence.errors import EvidenceError, MalformedError, ProofError
from ronda.evidence.folder import PackageFolder
from ronda.evidence.statement import Statement
from ronda.evidence.verdict import Finding, Verdict, Words
from ronda.evidence.verify_stamp import stated_authorities

_PARTY_WORDS = {
    SigningParty.FIRST: Words("Pihak Pertama", "first party"),
    SigningParty.SECOND: Words("Pihak Kedua", "second party"),
}
# All that reading a hostile PDF was seen to raise.
_PDF_ERRORS = (PdfError, SignatureValidationError, ValueError, TypeError, KeyError, IndexError, AttributeError,
               RecursionError, NotImplementedError, OverflowError, AssertionError)  # fmt: skip


def signature_findings(
    folder: PackageFolder, statement: Statement, pdf: bytes, authorities: frozenset[str]
) -> Iterator[Finding]:
    noise = logging.getLogger("pyhanko")
    level, noise.level = noise.level, logging.CRITICAL
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=True)
        signatures = list(reader.embedded_signatures)
        _check_whole(reader, signatures)
        for signature in signatures:
            yield _one(folder, statement, signature, authorities)
    except (EvidenceError, *CERTIFICATE_ERRORS) as error:
        yield _broken(str(error), str(error))
        return
    except _PDF_ERRORS as error:
        told = f"{type(error).__name__}: {str(error)[:160]}"
        yield _broken(f"tanda tangan tidak sah ({told})", f"not a valid signature ({told})")
        return
    finally:
        noise.level = level
    for party in SigningParty:
        if party not in [signature.field_name for signature in signatures]:
            words = _PARTY_WORDS[party]
            text = f"{words.id} belum menandatangani", f"{words.en} has not signed"
            yield Finding(Verdict.UNPROVEN, Words(*text))


def _check_whole(reader: PdfFileReader, signatures: Sequence[EmbeddedPdfSignature]) -> None:
    """Only the parties' signatures and their proofs were added, each in its place. Raises ProofError."""
    names = [signature.field_name for signature in signatures]
    if len(set(names)) != len(names) or not {*names} <= {*SigningParty}:
        raise ProofError("the record bears a signature that is not of one of the two parties")
    _check_added(reader, signatures)
    if signatures and signatures[-1].evaluate_signature_coverage() < SignatureCoverageLevel.ENTIRE_REVISION:
        raise ProofError("the last signature does not cover the record")
    for signature in signatures:
        box = tuple(float(side) for side in signature.sig_field["/Rect"])
        if box != tuple(float(side) for side in BOXES[SigningParty(signature.field_name)]):
            raise ProofError("a signature does not stand in its place on the page")


def _check_added(reader: PdfFileReader, signatures: Sequence[EmbeddedPdfSignature]) -> None:
    """Between the record and its last revision nothing came but the signatures' own objects.

    pyHanko's difference analysis begins at the first signature; what came with that one is looked at here. Of the
    record's own objects only its catalogue, its page, its dates and its description may be written again, and of
    these nothing that is seen may differ.
    """
    first = reader.get_historical_resolver(0)
    size = int(first.trailer_view["/Size"])
    trailer, pages = first.trailer_view, first.root["/Pages"]["/Kids"]
    again = [pages.raw_get(0), trailer.raw_get("/Root"), trailer.raw_get("/Info"), first.root.raw_get("/Metadata")]
    numbers = {_number(one) for one in again}
    for revision in range(1, reader.xrefs.total_revisions):
        written = {ref.idnum for ref in reader.xrefs.explicit_refs_in_revision(revision)}
        written |= {ref.idnum for ref in reader.xrefs.refs_freed_in_revision(revision)}
        if {number for number in written if number < size} - numbers:
            raise ProofError("something beside signatures was added to the record")
    new_page = reader.root["/Pages"]["/Kids"][0]
    same_page = _raw(first.root["/Pages"]["/Kids"][0]) == _raw(new_page, "/Annots")
    same_root = _raw(first.root) == _raw(reader.root, "/AcroForm", "/DSS", "/Extensions", "/Version")
    form, fields = reader.root["/AcroForm"], {_number(one.sig_field.container_ref) for one in signatures}
    listed = form["/Fields"]
    only_fields = fields == {_number(listed.raw_get(at)) for at in range(len(listed))}
    notes = new_page["/Annots"]
    only_notes = fields == {_number(notes.raw_get(at)) for at in range(len(notes))}
    only_keys = set(form) <= {"/Fields", "/SigFlags"}
    if not (same_page and same_root and only_fields and only_notes and only_keys):
        raise ProofError("something beside signatures was added to the record")


def _number(reference: object) -> int:
    """Of an object in the file. Raises ProofError for one that stands there directly."""
    number = getattr(reference, "idnum", None)
    if not isinstance(number, int):
        raise ProofError("something beside signatures was added to the record")
    return number


def _raw(value: generic.DictionaryObject, *without: str) -> dict[str, str]:
    """The entries as they stand there, references not followed."""
    return {key: repr(value.raw_get(key)) for key in value if key not in without}


def _one(
    folder: PackageFolder, statement: Statement, signature: EmbeddedPdfSignature, authorities: frozenset[str]
) -> Finding:
    party, own = SigningParty(signature.field_name), x509.load_der_x509_certificate(signature.signer_cert.dump())
    roots, is_office = _roots(folder, own, signature.other_embedded_certs, authorities)
    _check_padding(signature.pkcs7_content)
    status = _status(folder, statement, signature, roots)
    if not (status.intact and status.valid and status.docmdp_ok):
        raise ProofError(f"the signature of {person_of(own)[0]!r} does not hold")
    if status.modification_level not in (
        ModificationLevel.NONE, ModificationLevel.LTA_UPDATES, ModificationLevel.FORM_FILLING,
    ):  # fmt: skip
        raise ProofError("the record was changed after it was signed")
    who, words = person_of(own), _PARTY_WORDS[party]
    wanted = _wanted(statement, party)
    when, by = _when(status)
    if is_office and who[1] != wanted[1]:  # NIP or NRP; a name may be written in more ways than one
        raise ProofError(f"{words.en} is {wanted[0]}, but {who[0]} signed")
    if is_office and not status.trusted:
        raise ProofError(f"the certificate of {who[0]} was not issued by the office's root")
    if is_office or (status.trusted and _same_name(who[0], wanted[0])):
        text = f"{words.id} {who[0]} menandatangani {when}{by[0]}", f"{words.en} {who[0]} signed {when}{by[1]}"
        return Finding(Verdict.PROVEN, Words(*text), layout.BAST)
    text = (
        f"{words.id} ditandatangani {who[0]} {when}; penerbit sertifikatnya belum Anda percayai (--authority)",
        f"{words.en}: signed by {who[0]} {when}; you do not trust the certificate's issuer yet (--authority)",
    )
    return Finding(Verdict.UNPROVEN, Words(*text), layout.BAST)


def _check_padding(content: bytes) -> None:
    """The room that a signature leaves in its place is empty. Raises ProofError."""
    head = 2 + (content[1] & 0x7F if content[1] & 0x80 else 0)
    length = int.from_bytes(content[2:head], "big") if content[1] & 0x80 else content[1]
    if content[head + length :].strip(b"\0"):
        raise ProofError("something stands in the room behind a signature of the record")


def _status(
    folder: PackageFolder, statement: Statement, signature: EmbeddedPdfSignature, roots: list[asn1_x509.Certificate]
) -> PdfSignatureStatus:
    """Certificates are judged at the time the signature states; its time stamp by the stated authorities."""
    moment = signature.self_reported_timestamp
    if moment is None:
        raise MalformedError("a signature of the record states no time")
    stampers = []
    for authority in stated_authorities(statement):
        pem = folder.read(authority.path)
        stampers += [_asn1(one) for one in read_chain(pem, authority.path)] if pem is not None else []
    return validate_pdf_signature(
        signature, _context(roots, moment), _context(stampers, moment), diff_policy=DEFAULT_DIFF_POLICY
    )


def _context(roots: list[asn1_x509.Certificate], moment: datetime) -> ValidationContext:
    return ValidationContext(trust_roots=roots, moment=moment, allow_fetching=False, revocation_mode="soft-fail")


def _roots(
    folder: PackageFolder, own: x509.Certificate, others: list[asn1_x509.Certificate], authorities: frozenset[str]
) -> tuple[list[asn1_x509.Certificate], bool]:
    """Whom this certificate may lead to; True when the office's own root issued it."""
    office = read_certificate(folder.read(layout.ROOT) or b"", layout.ROOT)
    if own.issuer == office.subject:
        return [_asn1(office)], True
    known = [one for one in others if sha256(one.dump()).hexdigest() in authorities]
    return known, False


def _wanted(statement: Statement, party: SigningParty) -> tuple[str, str]:
    first, second = parties(statement)
    return first if party is SigningParty.FIRST else second


def _when(status: PdfSignatureStatus) -> tuple[str, tuple[str, str]]:
    stamp = status.timestamp_validity
    at = stamp.timestamp if stamp is not None else status.signer_reported_dt
    text = wita_text(round(at.timestamp() * SECOND_US)) if at is not None else "–"
    if stamp is None:
        return text, (" (menurut jam sendiri)", " (by its own clock)")
    if not (stamp.intact and stamp.valid):
        raise ProofError("the time stamp in a signature of the record does not hold")
    return text, (", bercap waktu", ", time-stamped")


def _same_name(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _broken(indonesian: str, english: str) -> Finding:
    return Finding(Verdict.BROKEN, Words(indonesian, english), layout.BAST)
