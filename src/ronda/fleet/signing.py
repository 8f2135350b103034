"""Who speaks: each request of an edge carries an Ed25519 signature over all that it says.

Signed are method, path, edge, instance, time, a number that only goes up, and the SHA-256 of the body.
The hub takes a number once. The edge's own clock may be wrong, so the time proves nothing: it is there
to measure the clock. Why no client certificates: docs/decisions/0010-edge-signatures.md.
"""

from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ronda.core.errors import WrongUsageError
from ronda.fleet.errors import NotEnrolledError

HEADERS = ("x-ronda-edge", "x-ronda-instance", "x-ronda-time", "x-ronda-number", "x-ronda-signature")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """What is signed of one request."""

    method: str
    path: str  # with the query
    edge: str
    instance: str
    at_us: int
    number: int
    body_sha256: str

    def message(self) -> bytes:
        parts = (
            "ronda-edge/v1", self.method, self.path, self.edge, self.instance,
            str(self.at_us), str(self.number), self.body_sha256,
        )  # fmt: skip
        return "\n".join(parts).encode()


def signed_headers(key: Ed25519PrivateKey, speech: Speech) -> dict[str, str]:
    values = (speech.edge, speech.instance, str(speech.at_us), str(speech.number))
    return dict(zip(HEADERS, (*values, key.sign(speech.message()).hex()), strict=True))


def read_speech(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[Speech, bytes]:
    """The claim of a request and its signature, not checked yet. Raises NotEnrolledError."""
    try:
        edge, instance, at_us, number, signature = (headers[name] for name in HEADERS)
        speech = Speech(
            method=method,
            path=path,
            edge=edge[:60],
            instance=instance[:80],
            at_us=int(at_us),
            number=int(number),
            body_sha256=sha256(body).hexdigest(),
        )
        return speech, bytes.fromhex(signature)
    except (KeyError, ValueError):
        raise NotEnrolledError("the request carries no signature of an edge; nothing was taken") from None


def check_speech(public_key_hex: str, speech: Speech, signature: bytes) -> None:
    """Raise NotEnrolledError unless the edge's key signed exactly this."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key_hex)).verify(signature, speech.message())
    except (InvalidSignature, ValueError):
        raise NotEnrolledError(f"the request is not signed by edge {speech.edge!r}; nothing was taken") from None


def edge_name(text: str) -> str:
    """Check a name: `[a-z0-9-]{3,40}`. Raises WrongUsageError."""
    plain = text.replace("-", "a")
    if not 3 <= len(text) <= 40 or not plain.isascii() or not plain.isalnum() or plain != plain.lower():
        raise WrongUsageError(
            f"edge name {text[:60]!r} is not usable: 3 to 40 of a-z, 0-9 and '-'. Next: such as desa-swarga-bara"
        )
    return text
