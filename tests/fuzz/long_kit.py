"""What every target of the long run has: a name, seeds, words, and the function that takes the bytes."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """seeds: made when asked for; words: pieces of the grammar; take: raises RondaError, nothing else.

    grown: makes half of the inputs, where changed seeds seldom pass a parser's first check
    """

    name: str
    seeds: Callable[[], Sequence[bytes]]
    words: Sequence[bytes]
    take: Callable[[bytes], None]
    grown: Callable[[random.Random], bytes] | None = None


def pieces(data: bytes) -> list[bytes]:
    """The bytes as they might come from a socket: reads of one length, which the bytes name."""
    size = 1 + crc32(data) % 900
    return [data[at : at + size] for at in range(0, len(data), size)]
