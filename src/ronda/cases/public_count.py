"""What everybody may know of requests: how many, for what, decided how and how fast. Pure.

Counts only: no case number, no place, no person, no camera leaves this module.
Invariant: asked = granted + refused + waiting, in every row.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ronda.cases.model import Case, Purpose
from ronda.core.time import MINUTE_US


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCount:
    """One month and one purpose. `month` as the caller names months."""

    month: str
    purpose: Purpose
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
    """By month of the request and purpose, newest month first."""
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
