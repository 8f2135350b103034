"""The camera-minute ledger: every microsecond of a camera is recorded, planned off, or lost to a cause.

Pure: stretches and gap rows go in, sums come out. Nothing is guessed: time that is neither footage nor
inside a gap row counts as lost to an unknown cause.
Invariant: the parts of an `Account` add up to its span, to the microsecond.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ronda.core.time import TimeSpan, uncovered
from ronda.video.model import Gap, GapCause

NOT_LOST = (GapCause.PLANNED_OFF,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Sums over a span of one or more cameras, in microseconds of camera time.

    missing_us  by cause, `planned_off` among them; causes without a microsecond are left out
    """

    span_us: int
    recorded_us: int
    missing_us: Mapping[GapCause, int]

    @property
    def planned_off_us(self) -> int:
        return self.missing_us.get(GapCause.PLANNED_OFF, 0)

    @property
    def lost_us(self) -> int:
        return sum(us for cause, us in self.missing_us.items() if cause not in NOT_LOST)

    @property
    def availability(self) -> float | None:
        """Recorded share of the time that was to be recorded, 0 to 1; None where nothing was promised."""
        promised_us = self.span_us - self.planned_off_us
        return self.recorded_us / promised_us if promised_us > 0 else None


NOTHING = Account(span_us=0, recorded_us=0, missing_us={})


def account(span: TimeSpan, recorded: Iterable[TimeSpan], gaps: Sequence[Gap]) -> Account:
    """What became of `span` of one camera.

    recorded  stretches with footage; gaps declared inside them count as missing
    gaps      rows of the index; one that still lasts has no end and reaches to the end of the span.
              Where two overlap, the earlier one names the cause.
    """
    missing: dict[GapCause, int] = {}
    taken: list[TimeSpan] = []
    for gap in sorted(gaps, key=lambda one: one.start_us):
        whole = TimeSpan(gap.start_us, max(gap.start_us, gap.end_us if gap.end_us is not None else span.end_us))
        part = whole.cut_to(span)
        if part is None:
            continue
        us = sum(free.duration_us for free in uncovered(part, taken))
        if us:
            missing[gap.cause] = missing.get(gap.cause, 0) + us
        taken.append(part)
    footage = [part for one in recorded if (part := one.cut_to(span)) is not None]
    unexplained = uncovered(span, [*taken, *footage])
    if unexplained:
        us = sum(part.duration_us for part in unexplained)
        missing[GapCause.UNKNOWN] = missing.get(GapCause.UNKNOWN, 0) + us
    recorded_us = span.duration_us - sum(missing.values())
    return Account(span_us=span.duration_us, recorded_us=recorded_us, missing_us=missing)


def total(accounts: Iterable[Account]) -> Account:
    """The sum of accounts, of several cameras or days."""
    span_us = recorded_us = 0
    missing: dict[GapCause, int] = {}
    for one in accounts:
        span_us += one.span_us
        recorded_us += one.recorded_us
        for cause, us in one.missing_us.items():
            missing[cause] = missing.get(cause, 0) + us
    return Account(span_us=span_us, recorded_us=recorded_us, missing_us=missing)
