"""The keys of one installation, as files in DATA/keys that only their owner can read.

    sealing-root.key  sealing-root.pem    the office's root; its key can be moved away after the first start
    sealing.key       sealing.pem         what seals packages, renewed when it has expired
    log.key                               the log's Ed25519 key

Made on first use, never replaced while they are valid. A key file that others can read is refused.
An expired sealing certificate is renewed when the root's key is there; without it the old one goes on
and the verifier says so: expiry never stops the handing over.
"""

import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ronda.core.time import utc
from ronda.evidence.authority import (
    Root,
    SealingIdentity,
    key_pem,
    new_root,
    new_sealing_identity,
    read_certificate,
    read_key,
)
from ronda.evidence.checkpoint import NoteSigner
from ronda.store.errors import KeyFileError


def sealing_identity(folder: Path, office: str, now_us: int) -> SealingIdentity:
    """The identity that seals packages, made or renewed when needed. Raises KeyFileError."""
    root_files = folder / "sealing-root.key", folder / "sealing-root.pem"
    own_files = folder / "sealing.key", folder / "sealing.pem"
    if not root_files[1].exists():
        made = new_root(office, now_us)
        _write(root_files[0], key_pem(made.key))
        _write(root_files[1], made.certificate.public_bytes(serialization.Encoding.PEM))
    certificate = read_certificate(_read(root_files[1], private=False), root_files[1].name)
    if own_files[1].exists():
        key = read_key(_read(own_files[0], private=True), own_files[0].name)
        own = read_certificate(_read(own_files[1], private=False), own_files[1].name)
        if own.not_valid_after_utc > utc(now_us) or not root_files[0].exists():
            return SealingIdentity(key, own, certificate)
    root_key = read_key(_read(root_files[0], private=True), root_files[0].name)
    identity = new_sealing_identity(Root(root_key, certificate), office, now_us)
    _write(own_files[0], key_pem(identity.key))
    _write(own_files[1], identity.certificate.public_bytes(serialization.Encoding.PEM))
    return identity


def office_root(folder: Path) -> Root:
    """The office's root with its key, for certificates of persons. Raises KeyFileError when it is elsewhere."""
    key, certificate = folder / "sealing-root.key", folder / "sealing-root.pem"
    if not key.exists():
        raise KeyFileError(
            f"the office's root key ({key.name}) is kept away from this machine; no certificate can be issued. "
            "Next: sign with a certificate of your own (PKCS#12), or put the key back for this signature"
        )
    read = read_certificate(_read(certificate, private=False), certificate.name)
    return Root(read_key(_read(key, private=True), key.name), read)


def log_signer(folder: Path, origin: str) -> NoteSigner:
    """The log's signing key under its origin, made on first use. Raises KeyFileError."""
    file = folder / "log.key"
    if not file.exists():
        key = Ed25519PrivateKey.generate()
        _write(
            file,
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )
    try:
        loaded = serialization.load_pem_private_key(_read(file, private=True), password=None)
    except (ValueError, TypeError):
        raise KeyFileError(f"{file.name} holds no key that can be read. Next: restore it from a backup") from None
    if not isinstance(loaded, Ed25519PrivateKey):
        raise KeyFileError(f"{file.name} holds a key of another kind. Next: restore it from a backup")
    return NoteSigner(origin, loaded)


def _read(path: Path, *, private: bool) -> bytes:
    try:
        mode = path.stat().st_mode
        data = path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror}. Next: restore it from a backup") from None
    if private and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(f"{path} can be read by others (mode {mode & 0o777:o}). Next: chmod 600 {path.name}")
    return data


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, mode 0600 from the first byte."""
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    except OSError as error:
        raise KeyFileError(f"{path} cannot be written: {error.strerror}. Next: check the data folder") from None
