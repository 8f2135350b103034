"""The seal: a detached CMS signature (RFC 5652, DER) over the manifest.

`openssl cms -verify -binary -inform DER` accepts what `make_seal` writes, and notices nearly every
flipped bit: the signer is named by its key identifier, which openssl compares byte for byte where it
is lenient with names, algorithms carry no idle parameters, and no attribute is unsigned. What openssl
passes over by design are the two version numbers and the name of the content type.
`check_seal` is the other half, written from the standard and not on top of the first: one signer,
SHA-256, RSA-PSS or ECDSA, every element in the one form that `make_seal` gives it. Anything else is
refused rather than guessed at. The certificate inside must be the one given, byte for byte.
Validity is judged at the signing time, so that an old seal does not expire.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from ronda.core.time import utc
from ronda.evidence.authority import CERTIFICATE_ERRORS, OfficeKey, SealingIdentity
from ronda.evidence.der import INTEGER, OCTETS, OID, SEQUENCE, SET, UTC_TIME, Element, der, read_der
from ronda.evidence.errors import MalformedError, ProofError

_WHAT = "segel/manifest.p7s"
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_CONTENT_TYPE = bytes.fromhex("2a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_SIGNING_TIME = bytes.fromhex("2a864886f70d010905")
_GROUP, _KEY_ID = 0xA0, 0x80  # the context tag 0, around elements and around bytes
_VERSION = der(INTEGER, b"\x03")
_SHA256 = der(SEQUENCE, der(OID, bytes.fromhex("608648016503040201")))
_ECDSA = der(SEQUENCE, der(OID, bytes.fromhex("2a8648ce3d040302")))
_MGF1 = der(SEQUENCE, der(OID, bytes.fromhex("2a864886f70d010108")), _SHA256)
_SALT_BYTES = 32
_PSS = der(
    SEQUENCE,
    der(OID, bytes.fromhex("2a864886f70d01010a")),
    der(SEQUENCE, der(0xA0, _SHA256), der(0xA1, _MGF1), der(0xA2, der(INTEGER, bytes([_SALT_BYTES])))),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealFacts:
    """What a good seal proves: who sealed, and when by the sealing machine's own clock."""

    certificate: x509.Certificate
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signer:
    certificate: x509.Certificate
    attributes: dict[bytes, Element]
    attributes_der: bytes  # as the SET OF that was signed
    algorithm: bytes  # as it stands there, with its parameters
    signature: bytes


def make_seal(manifest: bytes, identity: SealingIdentity, at_us: int) -> bytes:
    """The detached signature in DER, with the sealing certificate inside. `at_us`: the signing time it states."""
    attributes = sorted(
        [
            _attribute(_CONTENT_TYPE, der(OID, _DATA)),
            _attribute(_SIGNING_TIME, der(UTC_TIME, utc(at_us).strftime("%y%m%d%H%M%SZ").encode())),
            _attribute(_MESSAGE_DIGEST, der(OCTETS, sha256(manifest).digest())),
        ]
    )
    algorithm, signature = _sign(identity.key, der(SET, *attributes))
    signer = der(
        SEQUENCE,
        _VERSION,
        der(_KEY_ID, _key_identifier(identity.certificate)),
        _SHA256,
        der(_GROUP, *attributes),
        algorithm,
        der(OCTETS, signature),
    )
    signed_data = der(
        SEQUENCE,
        _VERSION,
        der(SET, _SHA256),
        der(SEQUENCE, der(OID, _DATA)),
        der(_GROUP, identity.certificate.public_bytes(Encoding.DER)),
        der(SET, signer),
    )
    return der(SEQUENCE, der(OID, _SIGNED_DATA), der(_GROUP, signed_data))


def _attribute(name: bytes, value: bytes) -> bytes:
    return der(SEQUENCE, der(OID, name), der(SET, value))


def _sign(key: OfficeKey, data: bytes) -> tuple[bytes, bytes]:
    """The algorithm as DER, and the signature."""
    if isinstance(key, rsa.RSAPrivateKey):
        return _PSS, key.sign(data, _pss(), hashes.SHA256())
    return _ECDSA, key.sign(data, ec.ECDSA(hashes.SHA256()))


def _pss() -> padding.PSS:
    return padding.PSS(padding.MGF1(hashes.SHA256()), _SALT_BYTES)


def _key_identifier(certificate: x509.Certificate) -> bytes:
    """What the certificate calls its key. Raises ProofError when it does not say."""
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except (*CERTIFICATE_ERRORS, x509.ExtensionNotFound):
        raise ProofError("the sealing certificate has no key identifier") from None


def check_seal(seal: bytes, manifest: bytes, certificate: x509.Certificate, root: x509.Certificate) -> SealFacts:
    """When `certificate`, issued by `root`, sealed `manifest`. Raises MalformedError or ProofError."""
    signer = _read(seal, certificate)
    digest = _single(signer.attributes, _MESSAGE_DIGEST).expect(OCTETS, _WHAT).value
    if _single(signer.attributes, _CONTENT_TYPE).expect(OID, _WHAT).value != _DATA:
        raise MalformedError(f"{_WHAT} signs another kind of content")
    if digest != sha256(manifest).digest():
        raise ProofError(f"{_WHAT} seals another manifest than the one in the package")
    _check_signature(signer)
    signed_at = _time(_single(signer.attributes, _SIGNING_TIME))
    _check_certificate(signer.certificate, root, signed_at)
    return SealFacts(certificate=signer.certificate, signed_at=signed_at)


def _read(seal: bytes, certificate: x509.Certificate) -> _Signer:
    content_type, wrapped = _exactly(read_der(seal, _WHAT).expect(SEQUENCE, _WHAT).children(), 2)
    if content_type.expect(OID, _WHAT).value != _SIGNED_DATA:
        raise MalformedError(f"{_WHAT} is no CMS signature")
    signed_data = read_der(wrapped.expect(_GROUP, _WHAT).value, _WHAT).expect(SEQUENCE, _WHAT)
    version, digests, content, certificates, signers = _exactly(signed_data.children(), 5)
    (content_oid,) = _exactly(content.expect(SEQUENCE, _WHAT).children(), 1)
    if version.raw != _VERSION or content_oid.expect(OID, _WHAT).value != _DATA:
        raise MalformedError(f"{_WHAT} is not a detached signature of version 3")
    (digest,) = _exactly(digests.expect(SET, _WHAT).children(), 1)
    _check_algorithm(digest, (_SHA256,))
    (signer,) = _exactly(signers.expect(SET, _WHAT).children(), 1)
    own = certificate.public_bytes(Encoding.DER)
    if certificates.expect(_GROUP, _WHAT).value != own:
        raise ProofError(f"{_WHAT} carries another certificate than segel/sertifikat/rantai.pem")
    return _read_signer(signer, certificate)


def _read_signer(signer: Element, certificate: x509.Certificate) -> _Signer:
    version, key_id, digest, attributes, algorithm, signature = _exactly(
        signer.expect(SEQUENCE, _WHAT).children(), 6
    )
    if version.raw != _VERSION or key_id.expect(_KEY_ID, _WHAT).value != _key_identifier(certificate):
        raise MalformedError(f"{_WHAT} does not name the key of the certificate it carries")
    _check_algorithm(digest, (_SHA256,))
    attributes.expect(_GROUP, _WHAT)
    return _Signer(
        certificate=certificate,
        attributes=_attributes(attributes),
        attributes_der=bytes([SET]) + attributes.raw[1:],
        algorithm=_check_algorithm(algorithm, (_PSS, _ECDSA)),
        signature=signature.expect(OCTETS, _WHAT).value,
    )


def _check_algorithm(element: Element, known: tuple[bytes, ...]) -> bytes:
    """The element as it stands there, if it is one of `known`, byte for byte."""
    if element.raw not in known:
        raise MalformedError(f"{_WHAT} uses an algorithm that this verifier does not know")
    return element.raw


def _attributes(attributes: Element) -> dict[bytes, Element]:
    found: dict[bytes, Element] = {}
    for attribute in attributes.children():
        name, values = _exactly(attribute.expect(SEQUENCE, _WHAT).children(), 2)
        if name.expect(OID, _WHAT).value in found:
            raise MalformedError(f"{_WHAT} has a signed attribute twice")
        found[name.value] = values.expect(SET, _WHAT)
    return found


def _check_signature(signer: _Signer) -> None:
    try:
        key = signer.certificate.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey) and signer.algorithm == _ECDSA:
            key.verify(signer.signature, signer.attributes_der, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey) and signer.algorithm == _PSS:
            key.verify(signer.signature, signer.attributes_der, _pss(), hashes.SHA256())
        else:
            raise MalformedError(f"{_WHAT} uses an algorithm that this verifier does not know")
    except InvalidSignature:
        raise ProofError(f"{_WHAT}: the signature is not by the key of its certificate") from None
    except ValueError:
        raise MalformedError(f"{_WHAT}: the signer's key or signature cannot be read") from None


def _check_certificate(certificate: x509.Certificate, root: x509.Certificate, at: datetime) -> None:
    try:
        certificate.verify_directly_issued_by(root)
        root.verify_directly_issued_by(root)
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        root_rule = root.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (*CERTIFICATE_ERRORS, InvalidSignature, x509.ExtensionNotFound):
        raise ProofError("the sealing certificate was not issued by segel/sertifikat/akar.pem") from None
    if not (usage.digital_signature and root_rule.ca):
        raise ProofError("the sealing certificate may not sign, or its root may not certify")
    for name, one in (("sealing", certificate), ("root", root)):
        if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
            raise ProofError(f"the {name} certificate was not valid when the seal was made ({at:%Y-%m-%d})")


def _single(attributes: dict[bytes, Element], name: bytes) -> Element:
    if name not in attributes:
        raise MalformedError(f"{_WHAT} lacks a signed attribute (type, digest or time)")
    return _exactly(attributes[name].children(), 1)[0]


def _exactly(elements: list[Element], count: int) -> list[Element]:
    if len(elements) != count:
        raise MalformedError(f"{_WHAT} has {len(elements)} parts where {count} belong")
    return elements


def _time(element: Element) -> datetime:
    form = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}.get(element.tag)
    try:
        return datetime.strptime(element.value.decode("ascii"), form or "").replace(tzinfo=UTC)
    except ValueError:
        raise MalformedError(f"{_WHAT} has no signing time that can be read") from None
