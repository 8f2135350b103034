"""Did a camera sign when its footage was taken in? States seen while recording, and what they mean later.

A film without signatures from a camera that signed at that time has lost them; from one that was seen to have
stopped before, it never had them. Invariant: a state holds from the look that found it until the next look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ronda.evidence.canonical import Json


class SigningState(StrEnum):
    """As written in packages."""

    SIGNS = "menandatangani"
    NONE = "tidak menandatangani"
    STOPPED = "berhenti menandatangani"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """From this recorded moment on the camera was in this state."""

    at_us: int
    state: SigningState

    def document(self) -> Json:
        return {"waktu_us": str(self.at_us), "keadaan": self.state.value}


def next_state(before: SigningState | None, signed: bool) -> SigningState:
    """What a look at the newest footage makes of the state: once it signed, silence is a stop."""
    if signed:
        return SigningState.SIGNS
    return SigningState.NONE if before in (None, SigningState.NONE) else SigningState.STOPPED


def signed_during(seen: Sequence[Seen], start_us: int, end_us: int) -> bool:
    """Did the camera sign through this whole span, as far as looks can tell?"""
    before = [one for one in seen if one.at_us <= start_us]
    inside = [one for one in seen if start_us < one.at_us <= end_us]
    states = [*before[-1:], *inside]
    return bool(states) and all(one.state is SigningState.SIGNS for one in states)


def read_seen(rows: object) -> tuple[Seen, ...]:
    """The inverse of `Seen.document`. Raises KeyError, TypeError or ValueError for rows of another form."""
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise TypeError("no list of states")
    return tuple(_row(row) for row in rows)


def _row(row: object) -> Seen:
    if not isinstance(row, Mapping):
        raise TypeError("no state")
    return Seen(at_us=int(row["waktu_us"]), state=SigningState(row["keadaan"]))
