"""Opening hours as people write them: `08.00-15.30`, also across midnight. Pure.

`22.00-06.00` is taken as it is meant at a puskesmas: until six of the next day. Two spans of one day
may not overlap, nor reach into the next day's first one.
Invariant: every instant is either open or closed, and each open stretch belongs to the day it began.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from ronda.core.days import day_span, days_in
from ronda.core.time import MINUTE_US, TimeSpan
from ronda.service.errors import BadHoursError
from ronda.service.model import Opening

DAY_MIN = 1440
DAY_NAMES = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")
_SPAN = re.compile(r"\s*(\d{1,2})[.:](\d{2})\s*[-–]\s*(\d{1,2})[.:](\d{2})\s*")


def parse_day(text: str) -> tuple[Opening, ...]:
    """The spans of one day, separated by commas; empty text: closed. Raises BadHoursError."""
    found: list[Opening] = []
    for part in text.split(",") if text.strip() else []:
        match = _SPAN.fullmatch(part)
        if match is None:
            raise BadHoursError(f"{part.strip()[:40]!r} is no opening time such as 08.00-15.30; nothing was stored")
        from_min, to_min = _minute(match[1], match[2]), _minute(match[3], match[4])
        if from_min == to_min:
            raise BadHoursError(
                f"{part.strip()!r} opens and closes at the same minute; nothing was stored. "
                "Next: write 00.00-24.00 for a whole day, or leave the day empty when it is closed"
            )
        found.append(Opening(from_min=from_min, to_min=to_min if to_min > from_min else to_min + DAY_MIN))
    return tuple(sorted(found, key=lambda one: one.from_min))


def check_hours(hours: Mapping[int, Sequence[Opening]]) -> None:
    """Raise BadHoursError where two spans overlap, also from one day into the next."""
    spans = sorted(
        (day * DAY_MIN + one.from_min, day * DAY_MIN + one.to_min, day)
        for day, ones in hours.items()
        for one in ones
    )
    if spans:  # Sunday night reaches into Monday
        first = spans[0]
        spans.append((first[0] + 7 * DAY_MIN, first[1] + 7 * DAY_MIN, first[2]))
    for (_from, to_min, day), (next_from, _to, next_day) in pairwise(spans):
        if next_from < to_min:
            raise BadHoursError(
                f"the hours of {DAY_NAMES[day]} and {DAY_NAMES[next_day]} overlap; nothing was stored. "
                "Next: end the first where the second begins"
            )


def opening_spans(hours: Mapping[int, Sequence[Opening]], day: str) -> list[TimeSpan]:
    """The open stretches that begin on the local day."""
    midnight_us = day_span(day).start_us
    return [
        TimeSpan(midnight_us + one.from_min * MINUTE_US, midnight_us + one.to_min * MINUTE_US)
        for one in hours.get(_weekday(day), ())
    ]


def is_open(hours: Mapping[int, Sequence[Opening]], at_us: int) -> bool:
    """Whether it should be open at this instant: by today's hours, or by last night's."""
    return any(span.contains(at_us) for day in _around(at_us) for span in opening_spans(hours, day))


def crosses_midnight(hours: Mapping[int, Sequence[Opening]]) -> list[int]:
    """The weekdays whose hours end on the next day: to be said back to whoever typed them."""
    return sorted(day for day, ones in hours.items() if any(one.to_min > DAY_MIN for one in ones))


def text_of(openings: Sequence[Opening]) -> str:
    """`08.00-12.00, 13.00-15.30`."""
    return ", ".join(f"{_clock(one.from_min)}-{_clock(one.to_min)}" for one in openings)


def _around(at_us: int) -> Iterator[str]:
    yield from days_in(TimeSpan(at_us - DAY_MIN * MINUTE_US, at_us + 1))


def _weekday(day: str) -> int:
    return date.fromisoformat(day).weekday()


def _minute(hour: str, minute: str) -> int:
    value = int(hour) * 60 + int(minute)
    if int(minute) > 59 or value > DAY_MIN:
        raise BadHoursError(f"{hour}.{minute} is no time of day; nothing was stored")
    return value


def _clock(minute: int) -> str:
    inside = minute if minute == DAY_MIN else minute % DAY_MIN
    return f"{inside // 60:02}.{inside % 60:02}"
