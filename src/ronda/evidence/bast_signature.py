"""How the two electronic signatures on the hand-over record (PAdES) are made. Alone in knowing pyHanko for it.

A signature is an incremental update: what was there before stays byte for byte, so the record that the verifier
sets again is always the beginning of the file. Each party has one field at the place of its handwritten signature.
The level follows from what is at hand: B-LT with a time stamp and proof that the certificate was not revoked, B-T
with a time stamp alone, else B-B.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from asn1crypto import crl as asn1_crl
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ronda.evidence.authority import PersonalIdentity, read_chain
from ronda.evidence.errors import EvidenceError

Ask = Callable[[bytes], bytes]  # a question to a time-stamp authority; raises OSError without an answer


class SigningParty(StrEnum):
    """Who signs: the field's name in the PDF."""

    FIRST = "PIHAK_PERTAMA"
    SECOND = "PIHAK_KEDUA"


# left, bottom, right, top in points: above the printed names at the foot of the page
BOXES = {SigningParty.SECOND: (80, 50, 260, 92), SigningParty.FIRST: (335, 50, 515, 92)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamping:
    """A time-stamp authority: how it is asked, and its certificates as PEM."""

    ask: Ask
    pem: bytes


class _Asked(TimeStamper):
    def __init__(self, ask: Ask) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._ask = ask

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self._ask(req.dump()))


def sign(
    pdf: bytes, party: SigningParty, who: PersonalIdentity, stamping: Stamping | None = None
) -> tuple[bytes, str]:
    """The PDF with one more signature, and its level: `B-B`, `B-T` or `B-LT`.

    Raises EvidenceError when the field is signed already or the file cannot be added to; OSError when the
    time-stamp authority does not answer.
    """
    store = SimpleCertificateStore.from_certs([_asn1(one) for one in (who.certificate, *who.chain)])  # type: ignore[no-untyped-call]
    signer = SimpleSigner(
        signing_cert=_asn1(who.certificate), signing_key=_key(who), cert_registry=store, prefer_pss=False
    )
    is_lasting = stamping is not None and who.revocations is not None
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=True)
        append_signature_field(writer, SigFieldSpec(sig_field_name=party.value, box=BOXES[party], on_page=0))
        about = PdfSignatureMetadata(
            field_name=party.value,
            subfilter=SigSeedSubFilter.PADES,
            md_algorithm="sha256",
            name=who.name,
            reason="Serah terima paket rekaman tersegel",
            embed_validation_info=is_lasting,
            validation_context=_context(who, stamping) if is_lasting else None,
        )
        pen = PdfSigner(
            about,
            signer=signer,
            timestamper=_Asked(stamping.ask) if stamping else None,
            stamp_style=TextStampStyle(
                stamp_text=f"Ditandatangani secara elektronik\n{_plain(who.name)}\n%(ts)s", border_width=0
            ),
        )
        out = pen.sign_pdf(writer)
    except (SigningError, PdfError, ValueError) as error:
        raise EvidenceError(f"the record could not be signed: {str(error)[:200]}") from None
    return out.getvalue(), "B-LT" if is_lasting else "B-T" if stamping else "B-B"


def _plain(name: str) -> str:
    """As printed: the stamp's font knows no more, and a percent sign would be a place holder."""
    return name.encode("latin-1", "replace").decode("latin-1").replace("%", "")[:60]


def _context(who: PersonalIdentity, stamping: Stamping | None) -> ValidationContext:
    roots = [_asn1(one) for one in who.chain]
    roots += [_asn1(one) for one in read_chain(stamping.pem, "the authority")] if stamping else []
    lists = [asn1_crl.CertificateList.load(who.revocations)] if who.revocations else []
    return ValidationContext(trust_roots=roots, crls=lists, allow_fetching=False, revocation_mode="soft-fail")


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _key(who: PersonalIdentity) -> asn1_keys.PrivateKeyInfo:
    return asn1_keys.PrivateKeyInfo.load(who.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
