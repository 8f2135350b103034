"""What everybody may know of requests: how many, for what, decided how and how fast. Pure.

Counts only: no case number, no place, no person, no camera leaves this module.
Invariant: asked = granted + refused + waiting, in every row.
The rule for small numbers: what fewer than FEW people asked for is never a row of its own. Purposes with fewer are
shown together, with the next smallest one where they would still be fewer, so that nothing can be taken away from
the month's sum to find them; the sum itself is never hidden, since anybody can count it in the log.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from ronda.cases.model import Case, Purpose
from ronda.core.time import MINUTE_US

FEW: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCount:
    """One month and one purpose. `month` as the caller names months, "" for all time; purpose None: several."""

    month: str
    purpose: Purpose | None
    asked: int
    granted: int
    refused: int

    @property
    def waiting(self) -> int:
        return self.asked - self.granted - self.refused


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSums:
    """Everything since the beginning.

    handed_over_min   camera-minutes in packages that were handed over
    mean_decision_us  from the request to the decision; None while nothing was decided
    """

    asked: int
    granted: int
    refused: int
    handed_over_min: float
    mean_decision_us: float | None

    @property
    def waiting(self) -> int:
        return self.asked - self.granted - self.refused


def count_requests(cases: Iterable[Case], month_of: Callable[[int], str]) -> list[RequestCount]:
    """By month of the request and purpose, newest month first; small numbers together."""
    rows = _count(cases, month_of)
    months = dict.fromkeys(row.month for row in rows)
    return [shown for month in months for shown in _together([row for row in rows if row.month == month])]


def _together(rows: list[RequestCount]) -> list[RequestCount]:
    """The rows of one month with those of few requests as one; see the module."""
    ordered = sorted(rows, key=lambda row: row.asked)
    small = [row for row in ordered if row.asked < FEW]
    for row in ordered[len(small) :]:
        if not small or sum(one.asked for one in small) >= FEW:
            break
        small.append(row)
    if not small:
        return rows
    joined = RequestCount(
        month=rows[0].month,
        purpose=None,
        asked=sum(row.asked for row in small),
        granted=sum(row.granted for row in small),
        refused=sum(row.refused for row in small),
    )
    return [*(row for row in rows if row not in small), joined]


def _count(cases: Iterable[Case], month_of: Callable[[int], str]) -> list[RequestCount]:
    counts: dict[tuple[str, Purpose], list[int]] = {}
    for case in cases:
        row = counts.setdefault((month_of(case.requested_us), case.request.purpose), [0, 0, 0])
        row[0] += 1
        row[1] += case.approval is not None
        row[2] += _refused(case)
    return [
        RequestCount(month=month, purpose=purpose, asked=asked, granted=granted, refused=refused)
        for (month, purpose), (asked, granted, refused) in sorted(
            counts.items(), key=lambda item: (item[0][0], item[0][1].value), reverse=True
        )
    ]


def sum_requests(cases: Iterable[Case]) -> RequestSums:
    """All requests together."""
    entries = list(cases)
    waits = [us for case in entries if (us := _decided_after_us(case)) is not None]
    return RequestSums(
        asked=len(entries),
        granted=sum(case.approval is not None for case in entries),
        refused=sum(_refused(case) for case in entries),
        handed_over_min=sum(_handed_over_min(case) for case in entries),
        mean_decision_us=sum(waits) / len(waits) if waits else None,
    )


def _refused(case: Case) -> bool:
    return case.refusal is not None and case.approval is None


def _decided_after_us(case: Case) -> int | None:
    decision = case.approval or case.refusal
    return decision.at_us - case.requested_us if decision else None


def _handed_over_min(case: Case) -> float:
    handed = {one.package_id for one in case.hand_overs}
    return sum(
        len(package.scope.cameras) * package.scope.span.duration_us / MINUTE_US
        for package in case.packages
        if package.package_id in handed
    )
