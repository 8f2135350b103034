"""What a witness signs (C2SP tlog-cosignature, Ed25519): "at this time, this is the log I have seen".

Decides how a cosignature is made, written as a line below a note, and read. The signed message is
`cosignature/v1`, the time in seconds, and the whole checkpoint. A cosigner's key has a type of its own
(0x04), so that its four-byte name is never that of a log's key.
Invariant: a cosignature counts only for the exact key it names, and only with the time it was made for.
"""

import base64
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ronda.evidence.checkpoint import Note, checked_name, read_note
from ronda.evidence.errors import MalformedError, ProofError

_COSIGNER = b"\x04"
_SIGNATURE_BYTES = 8 + 64  # the time, then Ed25519
_LATEST_S = 2**63 - 1


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """A witness's public key with the name it signs under; written as a vkey text."""

    name: str
    public_key: bytes

    @property
    def key_hash(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + _COSIGNER + self.public_key).digest()[:4]

    def vkey(self) -> str:
        return f"{self.name}+{self.key_hash.hex()}+{base64.b64encode(_COSIGNER + self.public_key).decode()}"

    def cosigned_s(self, note: Note) -> int | None:
        """When this witness signed the note (seconds since 1970), or None when no line of it is good."""
        key = Ed25519PublicKey.from_public_bytes(self.public_key)
        for line in note.signatures:
            if line.name != self.name or line.key_hash != self.key_hash or len(line.signature) != _SIGNATURE_BYTES:
                continue
            at_s = int.from_bytes(line.signature[:8], "big")
            if at_s > _LATEST_S:
                continue
            try:
                key.verify(line.signature[8:], _message(note.text, at_s))
            except InvalidSignature:
                continue
            return at_s
        return None


class Cosigner:
    """Holds a witness's private key."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.key = CosignerKey(checked_name(name), key.public_key().public_bytes_raw())

    def line(self, text: str, at_s: int) -> str:
        """The signature line, with its newline, for the note body `text`."""
        signed = struct.pack(">Q", at_s) + self._key.sign(_message(text, at_s))
        payload = base64.b64encode(self.key.key_hash + signed).decode()
        return f"— {self.key.name} {payload}\n"

    def sign_report(self, body: bytes) -> bytes:
        """Sign what the witness has to tell; kept apart from cosignatures by its first line."""
        return self._key.sign(_REPORT + body)


_REPORT = b"ronda-witness-report/v1\n"


def check_report(key: CosignerKey, body: bytes, signature: bytes) -> None:
    """Raise ProofError unless `key` signed this report."""
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, _REPORT + body)
    except InvalidSignature:
        raise ProofError(f"the report does not come from witness {key.name!r}; it is not kept") from None


def read_cosigner_key(text: str) -> CosignerKey:
    """The inverse of `CosignerKey.vkey`. Raises MalformedError, also when the key hash is not its own."""
    parts = text.strip().split("+", 2)
    try:
        name, key_hash, key = parts[0], bytes.fromhex(parts[1]), base64.b64decode(parts[2], validate=True)
    except (IndexError, ValueError):
        raise MalformedError(f"{text[:80]!r} is no witness key (name+hash+key)") from None
    if len(key) != 33 or key[:1] != _COSIGNER:
        raise MalformedError(f"the key of {name[:60]!r} is no Ed25519 cosigner key (type 4)")
    cosigner = CosignerKey(checked_name(name), key[1:])
    if cosigner.key_hash != key_hash:
        raise MalformedError(f"the witness key of {name[:60]!r} does not match its own hash")
    return cosigner


def good_cosignatures(data: str, witnesses: Iterable[CosignerKey]) -> Mapping[CosignerKey, int]:
    """Which witnesses signed the note, and when (seconds); one key under two names counts once."""
    note, found, seen = read_note(data), {}, set()
    for witness in witnesses:
        at_s = witness.cosigned_s(note)
        if at_s is not None and witness.public_key not in seen:
            seen.add(witness.public_key)
            found[witness] = at_s
    return found


def _message(text: str, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()
