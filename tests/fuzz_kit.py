"""How much is fuzzed: a short run by default, a long one with RONDA_FUZZ_EXAMPLES, read here alone."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

_SHORT = 150
EXAMPLES = int(os.environ.get("RONDA_FUZZ_EXAMPLES", str(_SHORT)))

fuzzed = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def times(short: int) -> int:
    """How often to turn, where a short run turns this often."""
    return max(1, short * EXAMPLES // _SHORT)


@st.composite
def mutated(draw: st.DrawFn, seeds: list[bytes], tokens: list[bytes]) -> bytes:
    """One of the seeds with a few cuts, flips, doublings and tokens of its own grammar spliced in."""
    out = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(out)))
        what = draw(st.sampled_from(["flip", "cut", "double", "token", "bytes"]))
        if what == "flip" and at < len(out):
            out[at] ^= 1 << draw(st.integers(0, 7))
        elif what == "cut":
            del out[at : at + draw(st.integers(1, 60))]
        elif what == "double":
            out[at:at] = out[at : at + draw(st.integers(1, 200))] * draw(st.integers(1, 4))
        elif what == "token":
            out[at:at] = draw(st.sampled_from(tokens))
        elif what == "bytes":
            out[at:at] = draw(st.binary(max_size=24))
    return bytes(out)
