"""The keys of one installation, made on first use under DATA/keys, mode 0600.

Three keys with three jobs: the office's root and sealing key sign packages, the log key signs
checkpoints. An expired sealing certificate is replaced here; it never stops recording.
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ronda.app.data_folder import write_private
from ronda.app.errors import UnusableFolderError
from ronda.core.time import DAY_US, Clock, utc
from ronda.evidence.authority import Root, SealingIdentity, new_root, new_sealing_identity
from ronda.evidence.checkpoint import NoteSigner

RENEW_BEFORE_US = 30 * DAY_US


@dataclass(frozen=True, slots=True)
class Keys:
    """Where keys lie, for which office."""

    folder: Path
    office: str
    origin: str  # name of the log, such as ronda.kutim/log
    clock: Clock

    def log_signer(self) -> NoteSigner:
        path = self.folder / "log.pem"
        if not path.exists():
            _write_key(path, Ed25519PrivateKey.generate())
        key = _read_key(path)
        if not isinstance(key, Ed25519PrivateKey):
            raise _unusable(path)
        return NoteSigner(self.origin, key)

    def sealing_identity(self) -> SealingIdentity:
        """The sealing key with its certificate; a new one 30 days before the old one ends."""
        key_path, certificate_path = self.folder / "sealing.pem", self.folder / "sealing-certificate.pem"
        root = self._root()
        if certificate_path.exists():
            certificate, key = _read_certificate(certificate_path), _read_key(key_path)
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise _unusable(key_path)
            if certificate.not_valid_after_utc > utc(self.clock.now_us() + RENEW_BEFORE_US):
                return SealingIdentity(key, certificate, root.certificate)
        identity = new_sealing_identity(root, self.office, self.clock.now_us())
        _write_key(key_path, identity.key)
        write_private(certificate_path, identity.certificate.public_bytes(Encoding.PEM).decode())
        return identity

    def _root(self) -> Root:
        key_path, certificate_path = self.folder / "root.pem", self.folder / "root-certificate.pem"
        if not certificate_path.exists():
            root = new_root(self.office, self.clock.now_us())
            _write_key(key_path, root.key)
            write_private(certificate_path, root.certificate.public_bytes(Encoding.PEM).decode())
            return root
        key = _read_key(key_path)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise _unusable(key_path)
        return Root(key, _read_certificate(certificate_path))


def _write_key(path: Path, key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> None:
    write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def _read_key(path: Path) -> object:
    try:
        return load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError):
        raise _unusable(path) from None


def _read_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        raise _unusable(path) from None


def _unusable(path: Path) -> UnusableFolderError:
    return UnusableFolderError(
        f"key {path} is missing or cannot be read; recording goes on, nothing can be sealed. "
        "Next: put the keys folder back from a backup"
    )
