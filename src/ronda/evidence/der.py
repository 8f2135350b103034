"""A strict reader of DER and a writer, just enough for a CMS signature.

Definite, minimal lengths and low tag numbers only: what openssl writes and the standard asks for.
Invariant: the elements read from a value fill it exactly, so no byte is left unlooked-at.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ronda.evidence.errors import MalformedError

INTEGER, OCTETS, OID, UTC_TIME, SEQUENCE, SET = 0x02, 0x04, 0x06, 0x17, 0x30, 0x31


@dataclass(frozen=True, slots=True)
class Element:
    """One tag with its value; `raw` is the whole encoding."""

    tag: int
    value: bytes
    raw: bytes

    def children(self) -> list["Element"]:
        """The elements inside. Raises MalformedError unless they fill the value exactly."""
        return list(_elements(self.value))

    def expect(self, tag: int, what: str) -> "Element":
        """This element, if it has `tag`. Raises MalformedError."""
        if self.tag != tag:
            raise MalformedError(f"{what} has tag {self.tag:#04x} where {tag:#04x} belongs")
        return self


def der(tag: int, *parts: bytes) -> bytes:
    """One element around `parts`, its length in the shortest form."""
    length = sum(len(part) for part in parts)
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    head = bytes([length]) if length < 0x80 else bytes([0x80 | len(digits)]) + digits
    return bytes([tag]) + head + b"".join(parts)


def read_der(data: bytes, what: str) -> Element:
    """The one element that fills `data`. Raises MalformedError."""
    elements = list(_elements(data))
    if len(elements) != 1:
        raise MalformedError(f"{what} is {len(elements)} DER elements instead of one")
    return elements[0]


def _elements(data: bytes) -> Iterator[Element]:
    at = 0
    while at < len(data):
        start, tag = at, data[at]
        length, at = _length(data, at + 1)
        if tag & 0x1F == 0x1F or at + length > len(data):
            raise MalformedError("a DER element has a long tag, or is longer than what holds it")
        yield Element(tag, data[at : at + length], data[start : at + length])
        at += length


def _length(data: bytes, at: int) -> tuple[int, int]:
    first = data[at] if at < len(data) else 0xFF
    if first < 0x80:
        return first, at + 1
    count = first & 0x7F
    digits = data[at + 1 : at + 1 + count]
    length = int.from_bytes(digits, "big")
    if not 1 <= count <= 4 or len(digits) < count or digits[0] == 0 or length < 0x80:
        raise MalformedError("a DER length is cut off, indefinite, or not the shortest")
    return length, at + 1 + count
