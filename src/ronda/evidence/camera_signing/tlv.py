"""Find a signing SEI among NAL units and read its tag-length-value part.

Emulation prevention is the trap: cameras sign either the bytes as they stand or those without the inserted
0x03, and some write the SEI without any. `SignedSei` keeps both forms and where the signature's tag begins.
Hostile input is bounded: a tag lies inside its SEI, a walk always moves forward.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ronda.evidence.errors import MalformedError
from ronda.media.codec import VideoCodec

ONVIF_UUID = bytes.fromhex("005bc93f2d715e95ada4796f90877a6f")
AXIS_UUID = b"Signed Video...0"
MAX_SEI_BYTES = 1 << 20
_USER_DATA = 5
_UUID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedSei:
    """One SEI of a signing camera, not yet understood."""

    uuid: bytes
    flags: int  # the reserved byte after the UUID
    body: bytes  # the tags, without emulation prevention
    head: bytes  # all before the tags, likewise
    raw: bytes  # the NAL unit as it stands, without trailing zeros


def header_bytes(codec: VideoCodec) -> int:
    return 1 if codec is VideoCodec.H264 else 2


def uuid_of(nal: bytes | memoryview, codec: VideoCodec) -> bytes | None:
    """The UUID of an SEI whose first message is user data of a signing camera; else None."""
    at = header_bytes(codec)
    if len(nal) < at + 2 + _UUID_BYTES or nal[at] != _USER_DATA:
        return None
    start, _ = _payload(nal, at + 1)
    uuid = bytes(nal[start : start + _UUID_BYTES])
    return uuid if uuid in (ONVIF_UUID, AXIS_UUID) else None


def declared_bytes(nal: bytes | memoryview, codec: VideoCodec) -> int:
    """How long the SEI says it is when nothing was inserted: header, payload and the stop byte."""
    start, size = _payload(nal, header_bytes(codec) + 1)
    return start + size + 1


def _payload(nal: bytes | memoryview, at: int) -> tuple[int, int]:
    """(where the payload begins, its size)."""
    size = 0
    while at < len(nal) and nal[at] == 0xFF:
        size += 0xFF
        at += 1
    return (at + 1, size + nal[at]) if at < len(nal) else (at, 0)


def read_sei(nal: bytes | memoryview, codec: VideoCodec) -> SignedSei:
    """Take the SEI apart. Raises MalformedError when it is cut off or longer than any camera writes."""
    if len(nal) > MAX_SEI_BYTES:
        raise MalformedError(f"the signing SEI has {len(nal)} bytes, more than {MAX_SEI_BYTES}")
    raw = bytes(nal).rstrip(b"\x00")
    start, size = _payload(raw, header_bytes(codec) + 1)
    plain = raw if start + size + 1 >= len(raw) else unescaped(raw)
    start, size = _payload(plain, header_bytes(codec) + 1)
    body = start + _UUID_BYTES + 1
    if size < _UUID_BYTES + 1 or start + size > len(plain):
        raise MalformedError("the signing SEI is cut off")
    return SignedSei(
        uuid=plain[start : start + _UUID_BYTES],
        flags=plain[body - 1],
        body=plain[body : start + size],
        head=plain[:body],
        raw=raw,
    )


def signed_part(sei: SignedSei, tag_at: int, escaped: bool) -> bytes:
    """What the signature covers: all before its tag; `escaped` with the inserted bytes, as they stand."""
    plain_end = len(sei.head) + tag_at
    if not escaped or len(sei.raw) <= len(sei.head) + len(sei.body) + 1:
        return (sei.head + sei.body)[:plain_end]
    return sei.raw[: _raw_place(sei.raw, plain_end)]


def unescaped(raw: bytes) -> bytes:
    """Without emulation prevention: 00 00 03 becomes 00 00."""
    parts, at = [], 0
    while (found := raw.find(b"\x00\x00\x03", at)) >= 0:
        parts.append(raw[at : found + 2])
        at = found + 3
    parts.append(raw[at:])
    return b"".join(parts)


def _raw_place(raw: bytes, plain: int) -> int:
    """Where the byte that stands at `plain` without inserted bytes lies in `raw`."""
    at, inserted = 0, 0
    while (found := raw.find(b"\x00\x00\x03", at)) >= 0 and found + 2 - inserted < plain:
        inserted += 1
        at = found + 3
    return plain + inserted


def tags(body: bytes, short: frozenset[int] = frozenset()) -> Iterator[tuple[int, int, bytes]]:
    """(tag, where it begins, its value). `short` tags have one byte of length. Raises MalformedError."""
    at = 0
    while at < len(body):
        width = 1 if body[at] in short else 2
        size = int.from_bytes(body[at + 1 : at + 1 + width], "big")
        end = at + 1 + width + size
        if at + 1 + width > len(body) or end > len(body):
            raise MalformedError(f"tag {body[at]} of the signing SEI runs over its end")
        yield body[at], at, body[at + 1 + width : end]
        at = end


class Fields:
    """Reads a value from left to right. Raises MalformedError past its end."""

    def __init__(self, value: bytes) -> None:
        self._value, self._at = value, 0

    def take(self, size: int) -> bytes:
        if self._at + size > len(self._value):
            raise MalformedError("a tag of the signing SEI is cut off")
        self._at += size
        return self._value[self._at - size : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def text(self) -> str:
        """One byte of length, then letters; what is no letter is left out."""
        found = self.take(self.number(1)).rstrip(b"\x00").decode("utf-8", "replace")
        return "".join(letter for letter in found if letter.isprintable())[:100]

    def rest(self) -> bytes:
        return self.take(len(self._value) - self._at)


def split_hashes(value: bytes, size: int) -> tuple[bytes, ...]:
    """A list of digests of one size. Raises MalformedError when it does not divide."""
    if len(value) % size:
        raise MalformedError(f"the hash list of {len(value)} bytes is no row of {size}-byte digests")
    return tuple(value[at : at + size] for at in range(0, len(value), size))


def algorithm_of(oid: bytes) -> str:
    """The hash named by an encoded object identifier. Raises MalformedError for one not used here."""
    known = {
        "0609608648016503040201": "sha256",
        "0609608648016503040202": "sha384",
        "0609608648016503040203": "sha512",
    }
    name = known.get(oid.hex())
    if name is None:
        raise MalformedError(f"the hash algorithm {oid.hex()[:40]} is not read")
    return name
