"""Local calendar days and months (WITA) as texts and spans: what people count in."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ronda.core.time import WITA, TimeSpan, utc


def day_of(at_us: int) -> str:
    """The local calendar day (WITA) as `2026-11-26`."""
    return f"{utc(at_us).astimezone(WITA):%Y-%m-%d}"


def day_span(day: str) -> TimeSpan:
    """From local midnight to the next."""
    start = datetime.fromisoformat(day).replace(tzinfo=WITA)
    return TimeSpan(_us(start), _us(start + timedelta(days=1)))


def days_in(span: TimeSpan) -> Iterator[str]:
    """The local days that `span` touches, in order."""
    at_us = span.start_us
    while at_us < span.end_us:
        day = day_of(at_us)
        yield day
        at_us = day_span(day).end_us


def month_span(month: str) -> TimeSpan:
    """A local calendar month given as `2026-11`. Raises ValueError for other text."""
    start = datetime.strptime(month, "%Y-%m").replace(tzinfo=WITA)
    following = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return TimeSpan(_us(start), _us(following))


def month_of(at_us: int) -> str:
    """The local calendar month as `2026-11`."""
    return day_of(at_us)[:7]


def month_before(month: str) -> str:
    """The calendar month before `month`."""
    return month_of(month_span(month).start_us - 1)


def _us(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000
