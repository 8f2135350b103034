"""The log at the end of a month, for paper: how many entries, and the root over them, as people can type it.

Decides what an anchor is: the entries before the first one of a later month. Whoever keeps a printed one can hold
the log against it years later: it must still begin with exactly those entries.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ronda.core.days import month_of, month_span
from ronda.evidence.errors import MalformedError

_TYPED = re.compile(r"(20\d\d-(?:0[1-9]|1[0-2]))[\s,:;.]+(\d{1,15})[\s,:;.]+([0-9a-fA-F\s\-.:]{64,120})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    month: str
    size: int
    root: bytes

    @property
    def grouped(self) -> str:
        """The root in sixteen groups of four."""
        digits = self.root.hex()
        return " ".join(digits[at : at + 4] for at in range(0, 64, 4))

    @property
    def line(self) -> str:
        """What is printed, typed in and put into the square code."""
        return f"{self.month} {self.size} {self.grouped}"


def read_anchor(typed: str) -> Anchor:
    """A typed or scanned anchor: capitals, spaces, dashes and line ends do not matter. Raises MalformedError."""
    match = _TYPED.fullmatch(typed.strip())
    digits = re.sub(r"[^0-9a-f]", "", match[3].casefold()) if match else ""
    if match is None or len(digits) != 64:
        raise MalformedError(
            "this is no anchor. Next: type month, number of entries and 64 digits, "
            "such as `2026-11 12345 0a1b 2c3d ...`"
        )
    return Anchor(month=match[1], size=int(match[2]), root=bytes.fromhex(digits))


def size_at_end(days: Iterable[tuple[int, str]], month: str, size: int) -> int:
    """How many entries lie before the first one of a later month. days: (index, local day) of entries, in order."""
    following = month_of(month_span(month).end_us)
    return next((index for index, day in days if day[:7] >= following), size)
