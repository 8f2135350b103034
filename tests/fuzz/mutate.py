"""Change seeds at random, fast: what a run of ten million inputs can pay for.

Decides nothing about parsers. The same seeds, tokens and chance give the same bytes, so that an input is
named by three numbers. Why not Hypothesis here: it takes a hundred times as long for an input.
"""

import random
from collections.abc import Sequence

NUMBERS = (b"\x00", b"\xff", b"\x7f", b"\x80", b"\x00\x00", b"\xff\xff", b"\x00\x00\x00\x00", b"\xff\xff\xff\xff",
           b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\x00\x00\x00\x01", b"\x00\x01\x00\x00")  # fmt: skip
MOST_CHANGES = 8
LARGEST_BYTES = 1 << 16


def mutated(seeds: Sequence[bytes], tokens: Sequence[bytes], chance: random.Random) -> bytes:
    """One of the seeds with a few flips, cuts, doublings, tokens, numbers and pieces of other seeds."""
    draw = chance.random
    out = bytearray(seeds[int(draw() * len(seeds))])
    for _ in range(1 + int(draw() * draw() * MOST_CHANGES)):
        at, what = int(draw() * (len(out) + 1)), int(draw() * 8)
        if what == 0:
            if at < len(out):
                out[at] ^= 1 << int(draw() * 8)
        elif what == 1:
            if at < len(out):
                out[at] = int(draw() * 256)
        elif what == 2:
            del out[at : at + 1 + int(draw() ** 3 * 64)]
        elif what == 3:
            out[at:at] = out[at : at + 1 + int(draw() ** 3 * 200)] * (1 + int(draw() * 3))
        elif what == 4:
            out[at:at] = tokens[int(draw() * len(tokens))]
        elif what == 5:
            number = NUMBERS[int(draw() * len(NUMBERS))]
            out[at : at + len(number)] = number
        elif what == 6:
            other = seeds[int(draw() * len(seeds))]
            begin = int(draw() * len(other))
            out[at : at + int(draw() * 40)] = other[begin : begin + 1 + int(draw() ** 2 * 120)]
        else:
            out[at:at] = chance.randbytes(1 + int(draw() ** 2 * 20))
    return bytes(out[:LARGEST_BYTES])
