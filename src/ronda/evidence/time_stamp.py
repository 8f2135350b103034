"""RFC 3161 time stamps over the seal: the question, and what an answer proves. Alone in knowing rfc3161-client.

The facts (imprint, time, who signed) are read by our own DER reader; the signature and the chain are checked
by rfc3161-client at the stamp's own time, so that a stamp does not expire. That library refuses a token whose
certificates do not stand in DER order, as `openssl ts -reply` writes them from a chain file: there `second`
judges, which the caller takes from elsewhere (`openssl ts -verify`).
An answer is kept as it came but for its status, which is brought to the one form `granted`, without free text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from ronda.evidence.authority import CERTIFICATE_ERRORS, fingerprint, read_chain
from ronda.evidence.der import INTEGER, OCTETS, OID, SEQUENCE, SET, Element, der, read_der
from ronda.evidence.errors import EvidenceError, MalformedError, ProofError

# answer, stamped bytes, PEM of the authority, time of the stamp in seconds since 1970: does it hold?
Second = Callable[[bytes, bytes, bytes, int], bool]

_GENERALIZED_TIME, _GROUP = 0x18, 0xA0
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_TST_INFO = bytes.fromhex("2a864886f70d0109100104")
_SHA256 = bytes.fromhex("608648016503040201")
_GRANTED = der(SEQUENCE, der(INTEGER, b"\x00"))
_WHAT = "the time stamp"


class UncheckedStampError(EvidenceError):
    """A token that the first library cannot read, and no second one is at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who stamps: where it is asked, and its certificates as PEM, the root first."""

    address: str
    pem: bytes

    @property
    def root_sha256(self) -> str:
        return fingerprint(read_chain(self.pem, "the authority's certificates")[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is sent to the authority, and the nonce that its answer must bear."""

    der: bytes
    nonce: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StampFacts:
    """What a good stamp proves: these bytes were there at `at`.

    second  True when openssl judged it, because the first library cannot read this token
    """

    at: datetime
    signer: str
    authority_sha256: str
    second: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    """What stands in an answer; nothing of it is believed yet."""

    raw: bytes
    imprint: bytes
    at: datetime
    nonce: int | None
    certificates: tuple[x509.Certificate, ...]
    signer: x509.Certificate


def make_query(data: bytes) -> Query:
    """Ask for a stamp over `data`, with the authority's certificate and a nonce."""
    request = (
        TimestampRequestBuilder()
        .data(data)
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    if request.nonce is None:
        raise EvidenceError("the request for a time stamp has no nonce")
    return Query(der=request.as_bytes(), nonce=request.nonce)


def kept_form(answer: bytes, query: Query) -> bytes:
    """The answer with its status in the one form. Raises ProofError for a refusal or an old answer."""
    parts = read_der(answer, _WHAT).expect(SEQUENCE, _WHAT).children()
    status = parts[0].expect(SEQUENCE, _WHAT).children() if parts else []
    if not status or status[0].raw not in (der(INTEGER, b"\x00"), der(INTEGER, b"\x01")) or len(parts) != 2:
        code = int.from_bytes(status[0].value, "big") if status else -1
        raise ProofError(f"the authority gave no time stamp (status {code})")
    kept = der(SEQUENCE, _GRANTED, parts[1].raw)
    if _read(kept).nonce != query.nonce:
        raise ProofError("the time stamp answers another question than ours")
    return kept


def check_stamp(answer: bytes, data: bytes, authority_pem: bytes, second: Second | None = None) -> StampFacts:
    """What the stamp over `data` proves, if an authority of `authority_pem` (root first) made it.

    Raises MalformedError, ProofError; UncheckedStampError when only a second library could tell.
    """
    roots = read_chain(authority_pem, "the authority's certificates")
    token = _read(answer)
    if token.imprint != sha256(data).digest():
        raise ProofError("the time stamp is over other data than this seal")
    _check_use(token.signer)
    _check_all_known(token.certificates, roots)
    judged = _judge(token, data, authority_pem, roots, second)
    name = token.signer.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return StampFacts(
        at=token.at,
        signer=str(name[0].value) if name else token.signer.subject.rfc4514_string(),
        authority_sha256=fingerprint(roots[0]),
        second=judged,
    )


def _judge(
    token: _Token, data: bytes, authority_pem: bytes, roots: Sequence[x509.Certificate], second: Second | None
) -> bool:
    """Signature and chain; True when the second library had to."""
    try:
        response = decode_timestamp_response(token.raw)
    except (ValueError, TypeError):
        return _ask_second(token, data, authority_pem, second)
    verifier = VerifierBuilder(roots=list(roots)).build()
    try:
        verifier.verify_message(response, data)
    except (VerificationError, *CERTIFICATE_ERRORS) as error:
        raise ProofError(f"the time stamp is not by the stated authority: {str(error)[:160]}") from None
    return False


def _ask_second(token: _Token, data: bytes, authority_pem: bytes, second: Second | None) -> bool:
    if second is None:
        raise UncheckedStampError(
            "the certificates in the time stamp do not stand in DER order; only openssl can check it. "
            "Next: install openssl and verify again"
        )
    if not second(token.raw, data, authority_pem, int(token.at.timestamp())):
        raise ProofError("the time stamp is not by the stated authority (openssl)")
    return True


def _check_use(signer: x509.Certificate) -> None:
    """RFC 3161, 2.3: the certificate is for time stamping alone, and says so as critical."""
    try:
        use = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (*CERTIFICATE_ERRORS, x509.ExtensionNotFound):
        use = None
    wanted = x509.oid.ExtendedKeyUsageOID.TIME_STAMPING
    if use is None or not use.critical or list(use.value) != [wanted]:
        raise ProofError("the certificate that made the time stamp is not for time stamping")


def _check_all_known(certificates: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]) -> None:
    """No certificate rides along that leads nowhere: each is of the authority, or issued by one beside it."""
    known = [*roots, *certificates]
    for certificate in certificates:
        if certificate not in roots and not any(_issued(certificate, one) for one in known):
            raise ProofError("the time stamp carries a certificate of another authority")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *CERTIFICATE_ERRORS):
        return False
    return True


def _read(answer: bytes) -> _Token:
    """Raises MalformedError for anything but one granted token with one signer."""
    status, wrapped = _exactly(read_der(answer, _WHAT).expect(SEQUENCE, _WHAT), 2)
    if status.raw != _GRANTED:
        raise MalformedError(f"{_WHAT} is not plainly granted")
    kind, content = _exactly(wrapped.expect(SEQUENCE, _WHAT), 2)
    if kind.expect(OID, _WHAT).value != _SIGNED_DATA:
        raise MalformedError(f"{_WHAT} is no CMS signature")
    (signed,) = _exactly(content.expect(_GROUP, _WHAT), 1)
    parts = signed.expect(SEQUENCE, _WHAT).children()
    if len(parts) != 5:
        raise MalformedError(f"{_WHAT} carries no certificates, or lists of revoked ones")
    _version, _digests, encapsulated, certificates, signers = parts
    kind, inner = _exactly(encapsulated.expect(SEQUENCE, _WHAT), 2)
    if kind.expect(OID, _WHAT).value != _TST_INFO:
        raise MalformedError(f"{_WHAT} signs something else than a time stamp")
    (octets,) = _exactly(inner.expect(_GROUP, _WHAT), 1)
    (signer,) = _exactly(signers.expect(SET, _WHAT), 1)
    found = tuple(_certificate(one) for one in certificates.expect(_GROUP, _WHAT).children())
    info = read_der(octets.expect(OCTETS, _WHAT).value, _WHAT).expect(SEQUENCE, _WHAT).children()
    return _token(answer, info, found, _signer(signer, found))


def _token(
    answer: bytes, info: list[Element], certificates: tuple[x509.Certificate, ...], signer: x509.Certificate
) -> _Token:
    if len(info) < 5:
        raise MalformedError(f"{_WHAT} lacks its imprint or its time")
    algorithm, digest = _exactly(info[2].expect(SEQUENCE, _WHAT), 2)
    if algorithm.expect(SEQUENCE, _WHAT).children()[0].value != _SHA256:
        raise ProofError("the time stamp is not over a SHA-256")
    nonces = [int.from_bytes(one.value, "big") for one in info[5:] if one.tag == INTEGER]
    return _Token(
        raw=answer,
        imprint=digest.expect(OCTETS, _WHAT).value,
        at=_time(info[4].expect(_GENERALIZED_TIME, _WHAT)),
        nonce=nonces[0] if nonces else None,
        certificates=certificates,
        signer=signer,
    )


def _signer(info: Element, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate that the signer names by issuer and serial number."""
    parts = info.expect(SEQUENCE, _WHAT).children()
    named = parts[1].expect(SEQUENCE, _WHAT).children() if len(parts) > 1 else []
    for certificate in certificates:
        issuer, serial = certificate.issuer.public_bytes(), certificate.serial_number
        if len(named) == 2 and named[0].raw == issuer and int.from_bytes(named[1].value, "big") == serial:
            return certificate
    raise ProofError("the time stamp does not carry the certificate that made it")


def _certificate(element: Element) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(element.raw)
        certificate.public_key()
        repr((certificate.subject, certificate.issuer, certificate.extensions))
    except CERTIFICATE_ERRORS:
        raise MalformedError(f"{_WHAT} holds a certificate that cannot be read") from None
    return certificate


def _time(element: Element) -> datetime:
    """GeneralizedTime in UTC, with or without a fraction of a second."""
    try:
        text = element.value.decode("ascii")
        whole, _, fraction = text.removesuffix("Z").partition(".")
        at = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    except ValueError:
        raise MalformedError(f"{_WHAT} has no time that can be read") from None
    if not text.endswith("Z"):
        raise MalformedError(f"{_WHAT} has a time that is not UTC")
    return at + timedelta(microseconds=micros)


def _exactly(element: Element, count: int) -> list[Element]:
    children = element.children()
    if len(children) != count:
        raise MalformedError(f"{_WHAT} has {len(children)} parts where {count} belong")
    return children
