"""Time as integers: UTC microseconds since 1970, and half-open spans of them.

Wall time (`_us`) and media time (`_90k`) never mix. The clock is a port: pure rules take the
present as an argument, runners hold a `Clock`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from ronda.core.errors import WrongUsageError

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

WITA = ZoneInfo("Asia/Makassar")


class Clock(Protocol):
    """The present, as runners see it."""

    def now_us(self) -> int:
        """UTC in microseconds since 1970."""
        ...

    def monotonic_us(self) -> int:
        """Microseconds from an unknown start; never goes back."""
        ...


@dataclass(frozen=True, slots=True, order=True)
class TimeSpan:
    """From `start_us` up to, but not including, `end_us`; both UTC microseconds."""

    start_us: int
    end_us: int

    def __post_init__(self) -> None:
        if self.end_us < self.start_us:
            raise WrongUsageError(
                f"a span cannot end before it starts: {utc_text(self.start_us)} to {utc_text(self.end_us)}"
            )

    @property
    def duration_us(self) -> int:
        return self.end_us - self.start_us

    @property
    def duration_s(self) -> float:
        return self.duration_us / SECOND_US

    def contains(self, at_us: int) -> bool:
        return self.start_us <= at_us < self.end_us

    def covers(self, other: "TimeSpan") -> bool:
        return self.start_us <= other.start_us and other.end_us <= self.end_us

    def overlaps(self, other: "TimeSpan") -> bool:
        return self.start_us < other.end_us and other.start_us < self.end_us

    def cut_to(self, other: "TimeSpan") -> "TimeSpan | None":
        """The part inside `other`, or None when nothing is."""
        start, end = max(self.start_us, other.start_us), min(self.end_us, other.end_us)
        return TimeSpan(start, end) if start < end else None


def uncovered(span: TimeSpan, parts: Iterable[TimeSpan]) -> list[TimeSpan]:
    """What of `span` no part covers, in order. Parts may overlap and come in any order."""
    holes: list[TimeSpan] = []
    at = span.start_us
    for part in sorted(parts):
        if part.start_us > at:
            holes.append(TimeSpan(at, min(part.start_us, span.end_us)))
        at = max(at, part.end_us)
        if at >= span.end_us:
            return [hole for hole in holes if hole.duration_us]
    holes.append(TimeSpan(at, span.end_us))
    return [hole for hole in holes if hole.duration_us]


def utc(at_us: int) -> datetime:
    """The instant as an aware datetime, exact to the microsecond."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)


def utc_text(at_us: int) -> str:
    """`2026-11-18T02:10:00.000000Z`: the form of every file and log."""
    return utc(at_us).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_utc(text: str) -> int:
    """The inverse of `utc_text`, also for any ISO 8601 text that names its offset.

    Raises WrongUsageError for other text, and for a time without an offset.
    """
    try:
        at = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise WrongUsageError(f"{text[:60]!r} is no ISO 8601 time, such as 2026-11-18T02:10:00+08:00") from None
    if at.tzinfo is None:
        raise WrongUsageError(f"{text[:60]!r} names no offset; write it as 2026-11-18T02:10:00+08:00")
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def wita_text(at_us: int) -> str:
    """`18.11.2026 10.14.03 WITA`: the form on Indonesian papers and screens."""
    return utc(at_us).astimezone(WITA).strftime("%d.%m.%Y %H.%M.%S WITA")
