"""A jump of the machine's clock that nobody has vouched for yet, kept in the index until somebody does.

Decides whether footage from before a jump may go by age. It may once the clock has a source again that the kernel
names, a day has passed in which somebody could set it right, and the jump is no longer than footage is ever kept;
anything else a second person must say (`ronda.access.two_people`, kind `clock`).
Invariant: while a jump is in doubt, nothing recorded before it goes by age, however often Ronda is started anew.
Why it is kept: after a restart the newest footage already has the new time, and the jump could not be seen.
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol

from ronda.core.time import DAY_US, utc_text
from ronda.video.retain.rules import WAIT_AFTER_JUMP_US, is_jump

DOUBT: Final = "clock_doubt"
BELIEVED: Final = "clock_believed"
LONGEST_BELIEVED_US: Final = 400 * DAY_US
_EVERYTHING_US: Final = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """The clock went from `from_us` to `to_us` (UTC) faster than time passes."""

    from_us: int
    to_us: int

    def sentence(self) -> str:
        return (
            f"the machine's clock jumped from {utc_text(self.from_us)} to {utc_text(self.to_us)}; footage from "
            "before the jump is not deleted by age until the clock is vouched for. Next: set the clock right and "
            "start Ronda again; if it is right, let two people say so under Perubahan"
        )


BROKEN: Final = Doubt(from_us=_EVERYTHING_US, to_us=_EVERYTHING_US)  # something is said, nobody knows what


def is_vouched_for(doubt: Doubt, *, waited_us: int, synchronised: bool) -> bool:
    """Whether the new time is believed without a person."""
    short = doubt.to_us - doubt.from_us <= LONGEST_BELIEVED_US
    return synchronised and short and waited_us >= WAIT_AFTER_JUMP_US


def next_doubt(doubt: Doubt | None, *, now_us: int, seen_us: int | None) -> Doubt | None:
    """What is in doubt now. seen_us: the newest time that was known before `now_us`."""
    if doubt == BROKEN:
        return doubt
    if doubt is None:
        return Doubt(from_us=seen_us or 0, to_us=now_us) if is_jump(now_us, seen_us) else None
    if not is_jump(now_us, doubt.from_us):
        return None  # the clock was set back to where it had been
    known_us = max(seen_us or 0, doubt.to_us)  # a start without new footage is no further jump
    set_again = is_jump(now_us, known_us) or now_us < doubt.to_us
    return replace(doubt, to_us=now_us) if set_again else doubt


class Facts(Protocol):
    """Small facts kept in the index."""

    def fact(self, name: str) -> str | None: ...

    def set_fact(self, name: str, value: str) -> None: ...


class ClockDoubt:
    """The doubt of one index: recorder and worker look at the same one."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._seen_us: int | None = None
        self._known: Doubt | None = None
        self._since_us = 0  # monotonic

    def look(self, *, now_us: int, newest_us: int | None, monotonic_us: int, synchronised: bool) -> Doubt | None:
        """Look at the clock; None: deletion by age may go by it. Raises StorageError when it cannot be kept."""
        seen_us = newest_us if self._seen_us is None else self._seen_us
        before = read_doubt(self._facts)
        doubt = next_doubt(before, now_us=now_us, seen_us=seen_us)
        if doubt != self._known:
            self._since_us = monotonic_us
        if doubt is not None and self._is_over(doubt, monotonic_us - self._since_us, synchronised):
            doubt = None
        if doubt != before:
            self._facts.set_fact(DOUBT, "" if doubt is None else _text(doubt))
        self._known, self._seen_us = doubt, now_us
        return doubt

    def _is_over(self, doubt: Doubt, waited_us: int, synchronised: bool) -> bool:
        believed = _read(self._facts.fact(BELIEVED))
        return believed == doubt or is_vouched_for(doubt, waited_us=waited_us, synchronised=synchronised)


def read_doubt(facts: Facts) -> Doubt | None:
    """What is in doubt; `BROKEN` when it cannot be read."""
    return _read(facts.fact(DOUBT))


def believe(facts: Facts, doubt: Doubt) -> None:
    """Two people answer for the new time: of exactly this jump, of no later one."""
    facts.set_fact(BELIEVED, _text(doubt))


def _read(text: str | None) -> Doubt | None:
    if not text:
        return None
    try:
        from_us, to_us = (int(part) for part in text.split())
    except ValueError:
        return BROKEN
    return Doubt(from_us=from_us, to_us=to_us)


def _text(doubt: Doubt) -> str:
    return f"{doubt.from_us} {doubt.to_us}"
