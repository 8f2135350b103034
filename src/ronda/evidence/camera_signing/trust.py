"""Follow a camera's key to a root that the reader trusts, for the time when the film was recorded.

Unknown root: not proven. A certificate that ran out later but was good at recording time: proven for that time.
Revoked: broken. A bare key is proven when it is one of those the reader brought. Whoever holds a camera's key can
write any time into its film: the recording time is as good as the key, or comes from the reader.
"""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from ronda.evidence.camera_signing.claim import Claim, KeyMaterial
from ronda.evidence.errors import MalformedError
from ronda.evidence.verdict import Verdict, Words

MAX_CHAIN = 8
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
_HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What the reader brought: roots, single cameras' keys, revocation lists."""

    roots: tuple[x509.Certificate, ...] = ()
    keys: tuple[bytes, ...] = ()  # DER, of certificates and bare keys
    revocations: tuple[x509.CertificateRevocationList, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.roots or self.keys)


NOBODY = Trust()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    verdict: Verdict
    words: Words


def read_trust(pem: bytes, name: str) -> Trust:
    """Certificates, public keys and revocation lists of one PEM text. Raises MalformedError for anything else."""
    roots, keys, lists = [], [], []
    for block in pem.split(b"-----BEGIN ")[1:]:
        text = b"-----BEGIN " + block
        try:
            if block.startswith(b"CERTIFICATE"):
                roots.append(x509.load_pem_x509_certificate(text))
            elif block.startswith(b"X509 CRL"):
                lists.append(x509.load_pem_x509_crl(text))
            elif block.startswith(b"PUBLIC KEY"):
                keys.append(key_der(load_key(text)))
            else:
                raise ValueError("neither certificate, public key nor revocation list")
        except (ValueError, UnsupportedAlgorithm, MalformedError) as fault:
            raise MalformedError(f"{name} cannot be read: {fault}") from None
    if not roots and not keys:
        raise MalformedError(f"{name} holds no certificate and no public key in PEM")
    keys += [der for root in roots if (der := _certificate_key(root)) is not None]
    return Trust(roots=tuple(roots), keys=tuple(keys), revocations=tuple(lists))


def chain_of(material: KeyMaterial) -> list[x509.Certificate]:
    """Leaf first; empty for a bare key. Raises MalformedError."""
    if not material.chain_pem:
        return []
    try:
        found = x509.load_pem_x509_certificates(material.chain_pem.rstrip(b"\x00"))
    except ValueError as fault:
        raise MalformedError(f"the certificates in the film cannot be read: {fault}") from None
    if len(found) > MAX_CHAIN:
        raise MalformedError(f"the film brings {len(found)} certificates, more than {MAX_CHAIN}")
    return found


def public_key(material: KeyMaterial) -> PublicKey:
    """Raises MalformedError when there is none that can be read."""
    if material.key_pem:
        return load_key(material.key_pem)
    chain = chain_of(material)
    der = _certificate_key(chain[0]) if chain else None
    if der is None:
        raise MalformedError("the camera's certificate holds no key of a kind that is read")
    return load_key(der)


def load_key(data: bytes) -> PublicKey:
    """From PEM or DER. Raises MalformedError."""
    try:
        is_pem = data.startswith(b"-----")
        key = (
            serialization.load_pem_public_key(data.rstrip(b"\x00"))
            if is_pem
            else serialization.load_der_public_key(data)
        )
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise MalformedError(f"the camera's key cannot be read: {fault}") from None
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise MalformedError("the camera's key is neither EC nor RSA")
    return key


def key_der(key: PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _certificate_key(certificate: x509.Certificate) -> bytes | None:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key_der(key) if isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) else None


def signature_fits(claim: Claim, key: PublicKey) -> bool:
    """Is the claim signed by this key?"""
    algorithm = Prehashed(_HASHES[claim.algorithm])
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(claim.signature or b"", claim.document, ec.ECDSA(algorithm))
        else:
            key.verify(claim.signature or b"", claim.document, padding.PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError):
        return False
    return True


def judge(material: KeyMaterial, trust: Trust, span_us: tuple[int, int] | None, now_us: int) -> Judged:
    """Is this the key of a camera that the reader trusts, at the time of recording?

    span_us  when the film was recorded; None when nothing says it: then now is taken, and that is said
    """
    try:
        chain = chain_of(material)
        own = key_der(public_key(material))
    except MalformedError as fault:
        return Judged(verdict=Verdict.BROKEN, words=Words(str(fault), str(fault)))
    if own in trust.keys:
        return _judged(
            Verdict.PROVEN, "kunci kamera ini diberikan dari luar", "this camera's key was given from outside"
        )
    if material.key_pem and (not chain or _certificate_key(chain[0]) != own):
        return _judged(
            Verdict.UNPROVEN,
            "film membawa kunci tanpa sertifikat; berikan kunci kamera lewat --trust",
            "the film brings a key without a certificate; give the camera's key with --trust",
        )
    path = _path(chain, trust.roots)
    if path is None:
        issuer = chain[-1].issuer.rfc4514_string()[:120]
        return _judged(
            Verdict.UNPROVEN,
            f"penerbit sertifikat kamera tidak dikenal: {issuer}",
            f"the issuer of the camera's certificate is not known: {issuer}",
        )
    return _revoked(path, trust) or _dated(path, span_us, now_us)


def _path(chain: list[x509.Certificate], roots: tuple[x509.Certificate, ...]) -> list[x509.Certificate] | None:
    """Leaf to trusted root, each signed by the next; None where it does not end at a trusted one."""
    path = [chain[0]]
    while len(path) <= MAX_CHAIN:
        issuer = next((root for root in roots if _issued(path[-1], root)), None)
        if issuer is not None:
            return [*path, issuer]
        issuer = next((one for one in chain[1:] if one not in path and _issued(path[-1], one)), None)
        if issuer is None:
            return None
        path.append(issuer)
    return None


def _issued(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        child.verify_directly_issued_by(issuer)
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False


def _revoked(path: list[x509.Certificate], trust: Trust) -> Judged | None:
    for certificate, issuer in itertools.pairwise(path):
        for found in trust.revocations:
            if found.issuer != issuer.subject or not _signed_list(found, issuer):
                continue
            row = found.get_revoked_certificate_by_serial_number(certificate.serial_number)
            if row is not None:
                day = f"{row.revocation_date_utc:%Y-%m-%d}"
                return _judged(
                    Verdict.BROKEN,
                    f"sertifikat kamera dicabut pada {day}",
                    f"the camera's certificate was revoked on {day}",
                )
    return None


def _signed_list(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    return isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) and found.is_signature_valid(key)


def _dated(path: list[x509.Certificate], span_us: tuple[int, int] | None, now_us: int) -> Judged:
    start, end = (datetime.fromtimestamp(at / 1e6, UTC) for at in span_us or (now_us, now_us))
    bad = next(
        (one for one in path if not one.not_valid_before_utc <= start <= end <= one.not_valid_after_utc), None
    )
    root = path[-1].subject.rfc4514_string()[:120]
    if bad is not None:
        ran = f"{bad.not_valid_before_utc:%Y-%m-%d} .. {bad.not_valid_after_utc:%Y-%m-%d}"
        if span_us is None:
            return _judged(
                Verdict.UNPROVEN,
                f"sertifikat berlaku {ran}; film tidak menyebut waktunya, berikan dengan --at",
                f"the certificate ran {ran}; the film states no time, give it with --at",
            )
        return _judged(
            Verdict.UNPROVEN,
            f"sertifikat berlaku {ran}, tidak pada waktu rekaman {start:%Y-%m-%d}",
            f"the certificate ran {ran}, not at the time of recording {start:%Y-%m-%d}",
        )
    expired = datetime.fromtimestamp(now_us / 1e6, UTC) > min(one.not_valid_after_utc for one in path)
    when = f"{start:%Y-%m-%d}"
    if expired:
        return _judged(
            Verdict.PROVEN,
            f"terbukti untuk waktu rekaman {when} (sertifikat kini habis masa berlaku), akar {root}",
            f"proven for the recording time {when} (the certificate has expired since), root {root}",
        )
    return _judged(
        Verdict.PROVEN, f"kunci kamera sampai ke akar {root}", f"the camera's key leads to the root {root}"
    )


def _judged(verdict: Verdict, indonesian: str, english: str) -> Judged:
    return Judged(verdict=verdict, words=Words(indonesian, english))
