"""Read the bits of a parameter set, bounded: it may come from a hostile camera.

Decides nothing. Invariant: a read past the end raises, and no read is longer than what is there, so
that every loop over a set ends.
"""

from ronda.media.errors import MediaError

MAX_SET_BYTES = 4096


def unescape(payload: bytes) -> bytes:
    """Take out the emulation prevention bytes."""
    return payload.replace(b"\x00\x00\x03", b"\x00\x00")


class Bits:
    """Reads bits from the front. Raises `fault` at the end."""

    def __init__(self, data: bytes, fault: type[MediaError]) -> None:
        self._value = int.from_bytes(data[:MAX_SET_BYTES], "big")
        self._left = 8 * min(len(data), MAX_SET_BYTES)
        self._fault = fault

    def take(self, count: int) -> int:
        if count > self._left:
            raise self._fault("a parameter set ends too early")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def ue(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 31:
                raise self._fault("a parameter set holds a number of more than 32 bits")
        return (1 << zeros) - 1 + (self.take(zeros) if zeros else 0)

    def se(self) -> int:
        number = self.ue()
        return (number + 1) // 2 if number % 2 else -(number // 2)


def skip_picture_signal(bits: Bits) -> None:
    """The head of the usability information, the same in both codecs: aspect, overscan, colours, chroma place."""
    if bits.take(1) and bits.take(8) == 255:
        bits.take(32)
    if bits.take(1):
        bits.take(1)
    if bits.take(1):
        bits.take(4)
        if bits.take(1):
            bits.take(24)
    if bits.take(1):
        bits.ue()
        bits.ue()
