"""The anchor of a month from the log as it is: only of a month that is over."""

from collections.abc import Iterator

from ronda.app.wiring import Wiring
from ronda.core.days import day_of, month_span
from ronda.core.errors import WrongUsageError
from ronda.evidence.log_anchor import Anchor, size_at_end

_AT_ONCE = 2000


def anchor_of(wiring: Wiring, month: str) -> Anchor:
    """Raises WrongUsageError for a month that is none or not over yet."""
    try:
        end_us = month_span(month).end_us
    except ValueError:
        raise WrongUsageError(f"{month[:20]!r} is no month such as 2026-11") from None
    if wiring.clock.now_us() < end_us:
        raise WrongUsageError(f"{month} is not over yet; its anchor is that of its last entry")
    size = size_at_end(_days(wiring), month, wiring.log.size())
    return Anchor(month=month, size=size, root=wiring.log.root(size))


def _days(wiring: Wiring) -> Iterator[tuple[int, str]]:
    at = 0
    while found := wiring.log.entries(at, _AT_ONCE):
        yield from ((entry.index, day_of(entry.at_us)) for entry in found)
        at = found[-1].index + 1
