"""From samples to quarters of an hour, and from quarters to a day. Pure.

Only sums are kept, so that a row can be carried on after a restart. A day of which less than half was
looked at is not measured; a figure nobody measured is None, never 0.
Waiting time is Little's law: person-seconds in the queue over visits that ended. It is an average of
all who wait, not of any person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ronda.core.ids import CameraId
from ronda.core.time import MINUTE_US, SECOND_US, TimeSpan
from ronda.service.hours import is_open, opening_spans
from ronda.service.model import Day, Method, Opening, Quarter, Sample

QUARTER_US = 15 * MINUTE_US
LONGEST_STEP_US = 60 * SECOND_US  # between two samples; more than that was not looked at
ENOUGH_SHARE = 0.5
STAFFED_FIRST = 3  # samples in a row before a counter counts as opened
BEFORE_US, AFTER_US = 60 * MINUTE_US, 120 * MINUTE_US  # how far around its hours an office may open and close
PUBLIC_QUARTERS = 8  # fewer could tell about one person at one counter
_ORDER = tuple(Method)


@dataclass(slots=True)
class Following:
    """What must be remembered between samples of one camera: numbers, no picture."""

    last_us: int | None = None
    visiting: bool = False
    staffed_run: int = 0


def quarter_start(at_us: int) -> int:
    return at_us // QUARTER_US * QUARTER_US


def add_sample(
    row: Quarter, sample: Sample, hours: Mapping[int, Sequence[Opening]], following: Following
) -> Quarter:
    """The row with one sample more; `following` is moved on."""
    step_us = 0 if following.last_us is None else min(LONGEST_STEP_US, max(0, sample.at_us - following.last_us))
    following.last_us = sample.at_us
    following.staffed_run = following.staffed_run + 1 if sample.staffed else 0
    ended = following.visiting and sample.visitor is False
    if sample.visitor is not None:
        following.visiting = sample.visitor
    opened = is_open(hours, sample.at_us)
    known = opened and sample.queue is not None
    queue = sample.queue or 0.0
    sure = following.staffed_run >= STAFFED_FIRST
    return replace(
        row,
        method=_weaker(row.method, sample.method) if row.samples else sample.method,
        samples=row.samples + 1,
        open_samples=row.open_samples + opened,
        staffed_samples=row.staffed_samples + (opened and sample.staffed),
        queue_samples=row.queue_samples + known,
        queue_sum=row.queue_sum + (queue if known else 0.0),
        queue_max=max(row.queue_max, queue) if known else row.queue_max,
        waiting_s=row.waiting_s + (queue * step_us / SECOND_US if known else 0.0),
        served=row.served + (opened and ended),
        first_staffed_us=row.first_staffed_us if row.first_staffed_us is not None or not sure else sample.at_us,
        last_staffed_us=sample.at_us if sure else row.last_staffed_us,
    )


def empty_quarter(camera: CameraId, at_us: int, *, training: bool) -> Quarter:
    return Quarter(camera=camera, start_us=quarter_start(at_us), method=Method.MOTION, training=training)


def day_of_service(
    day: str, rows: Iterable[Quarter], hours: Mapping[int, Sequence[Opening]], now_us: int
) -> Day | None:
    """What the rows of one camera say of a local day; None when it was closed all day and nothing was seen."""
    spans = opening_spans(hours, day)
    inside = [row for row in rows if any(_touches(row, span) for span in spans)]
    if not spans:
        return None
    so_far_us = sum(max(0, min(span.end_us, now_us) - span.start_us) for span in spans)
    measured_us = sum(_measured_us(row, spans) for row in inside if row.open_samples)
    measured = min(1.0, measured_us / so_far_us) if so_far_us else 0.0
    enough = measured >= ENOUGH_SHARE
    open_samples = sum(row.open_samples for row in inside)
    queued = sum(row.queue_samples for row in inside)
    served = sum(row.served for row in inside)
    first, last = spans[0], spans[-1]
    return Day(
        day=day,
        open_min=sum(span.duration_us for span in spans) // MINUTE_US,
        measured_share=measured,
        staffed_share=sum(row.staffed_samples for row in inside) / open_samples
        if enough and open_samples
        else None,
        queue_mean=sum(row.queue_sum for row in inside) / queued if enough and queued else None,
        queue_max=max((row.queue_max for row in inside if row.queue_samples), default=None) if enough else None,
        wait_s=sum(row.waiting_s for row in inside) / served if enough and served and queued else None,
        served=served if enough and queued else None,
        opens_us=first.start_us,
        opened_us=_opened(rows_of(inside), first),
        closes_us=last.end_us,
        closed_us=_closed(inside, last) if now_us >= last.end_us else None,
        methods=tuple(sorted({row.method for row in inside if row.samples}, key=_ORDER.index)),
        training=any(row.training for row in inside),
    )


def rows_of(rows: Iterable[Quarter]) -> list[Quarter]:
    """In order of time."""
    return sorted(rows, key=lambda row: row.start_us)


def publishable(day: Day, quarters: int) -> bool:
    """Whether a day's figures may leave the office: enough of it was measured that no single person shows."""
    return quarters >= PUBLIC_QUARTERS and day.measured_share >= ENOUGH_SHARE


def _opened(rows: Sequence[Quarter], span: TimeSpan) -> int | None:
    window = TimeSpan(span.start_us - BEFORE_US, span.end_us)
    found = [
        row.first_staffed_us
        for row in rows
        if row.first_staffed_us is not None and window.contains(row.first_staffed_us)
    ]
    return min(found, default=None)


def _closed(rows: Sequence[Quarter], span: TimeSpan) -> int | None:
    window = TimeSpan(span.start_us, span.end_us + AFTER_US)
    found = [
        row.last_staffed_us
        for row in rows
        if row.last_staffed_us is not None and window.contains(row.last_staffed_us)
    ]
    return max(found, default=None)


def _touches(row: Quarter, span: TimeSpan) -> bool:
    around = TimeSpan(span.start_us - BEFORE_US, span.end_us + AFTER_US)
    return around.contains(row.start_us)


def _measured_us(row: Quarter, spans: Sequence[TimeSpan]) -> int:
    quarter = TimeSpan(row.start_us, row.start_us + QUARTER_US)
    return sum(cut.duration_us for span in spans if (cut := quarter.cut_to(span)) is not None)


def _weaker(one: Method, other: Method) -> Method:
    """A row of mixed methods is as good as its weakest."""
    return max(one, other, key=_ORDER.index)
