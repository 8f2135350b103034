"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint): the log's state, signed.

Decides how the three lines of a checkpoint and their Ed25519 signatures are written and read.
A signature counts only for the exact key it names; unknown ones are kept and ignored, as the
specification asks, so that witnesses can add theirs.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ronda.evidence.errors import MalformedError, ProofError

_ED25519 = b"\x01"
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One line below a note: who says to have signed, with which key."""

    name: str
    key_hash: bytes  # 4 bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text that ends in a newline, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What the log says of itself: `size` entries with this root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class NoteVerifier:
    """A public key with the name it signs under; written as a vkey text."""

    name: str
    public_key: bytes

    @property
    def key_hash(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:4]

    def vkey(self) -> str:
        return f"{self.name}+{self.key_hash.hex()}+{_b64(_ED25519 + self.public_key)}"

    def signed(self, note: Note) -> bool:
        """Whether one of the note's signatures is a good one by this key under this name."""
        key = Ed25519PublicKey.from_public_bytes(self.public_key)
        for line in note.signatures:
            if line.name != self.name or line.key_hash != self.key_hash:
                continue
            try:
                key.verify(line.signature, note.text.encode())
            except InvalidSignature:
                return False
            return True
        return False


def read_vkey(text: str) -> NoteVerifier:
    """The inverse of `NoteVerifier.vkey`. Raises MalformedError, also when the key hash is not its own."""
    parts = text.strip().split("+", 2)
    try:
        name, key_hash, key = parts[0], bytes.fromhex(parts[1]), _unb64(parts[2])
    except (IndexError, ValueError):
        raise MalformedError(f"{text[:80]!r} is no verifier key (name+hash+key)") from None
    if len(key) != 33 or key[:1] != _ED25519:
        raise MalformedError(f"the verifier key of {name[:60]!r} is no Ed25519 key")
    verifier = NoteVerifier(checked_name(name), key[1:])
    if verifier.key_hash != key_hash:
        raise MalformedError(f"the verifier key of {name[:60]!r} does not match its own hash")
    return verifier


class NoteSigner:
    """Holds the log's private key and signs its checkpoints."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.verifier = NoteVerifier(checked_name(name), key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note: `text`, an empty line, and our signature line."""
        if not text.endswith("\n") or "\n\n" in text:
            raise MalformedError("a note ends in a newline and has no empty line")
        payload = self.verifier.key_hash + self._key.sign(text.encode())
        return f"{text}\n— {self.verifier.name} {_b64(payload)}\n"


def read_note(data: str) -> Note:
    """Split a note into text and signatures. Raises MalformedError."""
    text, separator, below = data.rpartition("\n\n")
    if not separator or not below.endswith("\n"):
        raise MalformedError("the signed note has no signatures")
    signatures = []
    for line in below[:-1].split("\n"):
        match = _SIGNATURE_LINE.fullmatch(line)
        payload = _unb64(match[2]) if match else b""
        if match is None or len(payload) < 5:
            raise MalformedError(f"the signed note has a line that is no signature: {line[:80]!r}")
        signatures.append(Signature(name=match[1], key_hash=payload[:4], signature=payload[4:]))
    return Note(text=text + "\n", signatures=tuple(signatures))


def read_checkpoint(text: str) -> Checkpoint:
    """The three lines of a checkpoint (extension lines are ignored). Raises MalformedError."""
    lines = text.split("\n")
    if len(lines) < 4 or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
        raise MalformedError("the checkpoint lacks its three lines: origin, size, root")
    root = _unb64(lines[2])
    if not lines[0] or len(root) != 32:
        raise MalformedError("the checkpoint has no origin, or a root that is not 32 bytes")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


def open_checkpoint(data: str, verifier: NoteVerifier) -> Checkpoint:
    """The checkpoint inside a signed note. Raises ProofError unless `verifier` signed it for its origin."""
    note = read_note(data)
    checkpoint = read_checkpoint(note.text)
    if checkpoint.origin != verifier.name:
        raise ProofError(f"the checkpoint is of log {checkpoint.origin!r}, not of {verifier.name!r}")
    if not verifier.signed(note):
        raise ProofError(f"the checkpoint bears no good signature of {verifier.name!r}")
    return checkpoint


def good_witnesses(data: str, witnesses: Iterable[NoteVerifier]) -> set[bytes]:
    """The public keys of `witnesses` that signed the note: one key under two names counts once."""
    note = read_note(data)
    return {witness.public_key for witness in witnesses if witness.signed(note)}


def checked_name(name: str) -> str:
    if not name or "+" in name or any(sign.isspace() for sign in name):
        raise MalformedError(f"{name[:60]!r} cannot name a key: no spaces, no plus sign")
    return name


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unb64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedError(f"{text[:60]!r} is no base64") from None
    if _b64(data) != text:
        raise MalformedError(f"{text[:60]!r} is base64 with stray bits")
    return data
