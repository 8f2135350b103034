"""The office's own certificate authority: one root, one sealing certificate under it.

Decides what the certificates say; where keys are kept is up to the caller (`ronda.store.keys`).
The root's fingerprint is printed in every hand-over record, so that a copy of it stands outside
the package. An office with a certificate of a public authority uses that one instead.
Why RSA-PSS for the seal: openssl looks at every bit of its algorithm, while it passes over the name
of ECDSA; a seal still stays below 2 kB. The root's own signature is ECDSA P-256.
"""

from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID, ObjectIdentifier

from ronda.core.time import DAY_US, HOUR_US, utc
from ronda.evidence.errors import MalformedError

ROOT_DAYS = 20 * 365
SEALING_DAYS = 398
PERSONAL_DAYS = 10 * 365
RSA_BITS = 3072
# All that reading a hostile certificate was seen to raise.
CERTIFICATE_ERRORS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336


OfficeKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class SealingIdentity:
    """What seals a package: the private key, its certificate, and the root above it."""

    key: OfficeKey
    certificate: x509.Certificate
    root: x509.Certificate

    def root_pem(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.PEM)

    def chain_pem(self) -> bytes:
        """The sealing certificate, then the root."""
        return self.certificate.public_bytes(serialization.Encoding.PEM) + self.root_pem()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalIdentity:
    """What a person signs a hand-over record with. revocations: the issuer's list in DER, where there is one."""

    key: OfficeKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]  # the issuers, up to the root
    revocations: bytes | None = None

    @property
    def name(self) -> str:
        return _subject(self.certificate, NameOID.COMMON_NAME)


@dataclass(frozen=True, slots=True)
class Root:
    """The office's root: its key is used once a year, and can be kept away from the machine."""

    key: OfficeKey
    certificate: x509.Certificate


def new_root(office: str, now_us: int) -> Root:
    """A root certificate for `office`, valid for 20 years from an hour ago."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(office, "Akar Ronda")
    builder = (
        _builder(name, name, key.public_key(), now_us, ROOT_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(certify=True), critical=True)
    )
    return Root(key, builder.sign(key, hashes.SHA256()))


def new_sealing_identity(root: Root, office: str, now_us: int) -> SealingIdentity:
    """A fresh sealing key and its certificate under `root`, valid for 13 months."""
    key = rsa.generate_private_key(65537, RSA_BITS)
    subject = _name(office, "Segel Ronda")
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key())
    builder = (
        _builder(subject, root.certificate.subject, key.public_key(), now_us, SEALING_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(certify=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([_DOCUMENT_SIGNING]), critical=False)
        .add_extension(identifier, critical=False)
    )
    return SealingIdentity(key, _signed(builder, root.key), root.certificate)


def new_personal_identity(root: Root, office: str, name: str, number: str, now_us: int) -> PersonalIdentity:
    """A key for one signature of one person, its certificate under `root`, and the root's list of the revoked.

    The caller lets go of the key after that signature: nothing of it is ever stored, so it cannot be misused later,
    and the certificate may be valid for long without harm (docs/decisions/0014-one-signature-keys.md).
    """
    key = rsa.generate_private_key(65537, RSA_BITS)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, office[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, number[:64]),
        ]
    )
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key())
    builder = (
        _builder(subject, root.certificate.subject, key.public_key(), now_us, PERSONAL_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(certify=False), critical=True)
        .add_extension(identifier, critical=False)
    )
    revoked = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.certificate.subject)
        .last_update(utc((now_us - HOUR_US) // 1_000_000 * 1_000_000))
        .next_update(utc((now_us + PERSONAL_DAYS * DAY_US) // 1_000_000 * 1_000_000))
        .add_extension(x509.CRLNumber(now_us // 1_000_000), critical=False)
        .add_extension(identifier, critical=False)
        .sign(root.key, hashes.SHA256())
    )
    return PersonalIdentity(
        key=key,
        certificate=_signed(builder, root.key),
        chain=(root.certificate,),
        revocations=revoked.public_bytes(serialization.Encoding.DER),
    )


def read_pkcs12(data: bytes, passphrase: str) -> PersonalIdentity:
    """A person's own key and certificates, as of a public authority. Raises MalformedError, shows no key bytes."""
    try:
        key, certificate, chain = pkcs12.load_key_and_certificates(data, passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise MalformedError("the PKCS#12 file cannot be opened: wrong passphrase, or no such file") from None
    if certificate is None or not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise MalformedError("the PKCS#12 file holds no RSA or ECDSA key with its certificate")
    return PersonalIdentity(key=key, certificate=certificate, chain=tuple(chain))


def person_of(certificate: x509.Certificate) -> tuple[str, str]:
    """Name and number (NIP or NRP) as the certificate has them; empty where it does not."""
    return _subject(certificate, NameOID.COMMON_NAME), _subject(certificate, NameOID.SERIAL_NUMBER)


def _subject(certificate: x509.Certificate, kind: ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(kind)
    return str(found[0].value) if found else ""


def _signed(builder: x509.CertificateBuilder, key: OfficeKey) -> x509.Certificate:
    """Signed until the signature's last bit is set: openssl drops low bits that are 0 unnoticed.

    The byte before an X.509 signature says how many of its last bits do not count.
    """
    while True:
        certificate = builder.sign(key, hashes.SHA256())
        if certificate.signature[-1] & 1 or isinstance(key, rsa.RSAPrivateKey):  # RSA gives the same again
            return certificate


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate in hex: what is printed and compared."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def printed_fingerprint(hex_digest: str) -> str:
    """`AB12 CD34 ...`: groups of four, for reading aloud."""
    text = hex_digest.upper()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def read_certificate(pem: bytes, what: str) -> x509.Certificate:
    """The one certificate in `pem`, written in exactly one way. Raises MalformedError."""
    certificates = read_chain(pem, what)
    if len(certificates) != 1:
        raise MalformedError(f"{what} holds {len(certificates)} certificates instead of one")
    return certificates[0]


def read_chain(pem: bytes, what: str) -> list[x509.Certificate]:
    """All certificates in `pem`. Raises MalformedError, also for text beside them."""
    try:
        certificates = x509.load_pem_x509_certificates(pem)
        again = b"".join(c.public_bytes(serialization.Encoding.PEM) for c in certificates)
        for certificate in certificates:
            _read_through(certificate)
    except CERTIFICATE_ERRORS as error:
        raise MalformedError(f"{what} holds no certificate: {str(error)[:120]}") from None
    if again != pem:
        raise MalformedError(f"{what} holds something beside its certificates")
    return certificates


def _read_through(certificate: x509.Certificate) -> None:
    """Parse every part now: the library does so late, and would fail in the middle of a check."""
    certificate.public_key()
    for part in (certificate.issuer, certificate.subject, certificate.extensions, certificate.version):
        repr(part)
    repr((certificate.not_valid_before_utc, certificate.not_valid_after_utc))


def key_pem(key: OfficeKey) -> bytes:
    """The private key as PKCS#8 PEM; the caller keeps it unreadable for others."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def read_key(pem: bytes, what: str) -> OfficeKey:
    """The inverse of `key_pem`. Raises MalformedError; the message never shows key bytes."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise MalformedError(f"{what} holds no private key that can be read") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise MalformedError(f"{what} holds a key of another kind than RSA or ECDSA")
    return key


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    now_us: int,
    days: int,
) -> x509.CertificateBuilder:
    start = utc((now_us - HOUR_US) // 1_000_000 * 1_000_000)
    end = utc((now_us + days * DAY_US) // 1_000_000 * 1_000_000)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(office: str, role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "ID"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, office[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{role} {office}"[:64]),
        ]
    )


def _key_usage(*, certify: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certify,
        content_commitment=not certify,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certify,
        crl_sign=certify,
        encipher_only=False,
        decipher_only=False,
    )
