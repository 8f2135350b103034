"""The urgent path: two clocks from the request on, who is reminded when, and that silence opens nothing. Pure.

An urgent request is an ordinary one that hurries: the lock begins at once, the approver on duty is told and told
again, and approves by phone after showing the second factor anew. When nobody answers, the lock stays and nothing
is seen; there is no road around the second person.
"""

from dataclasses import dataclass
from typing import Final

from ronda.cases.citizen import answer_text, answers_due, is_citizens
from ronda.cases.model import Case, CaseState
from ronda.core.time import HOUR_US, MINUTE_US

VIEW_WITHIN_US: Final = 15 * MINUTE_US
PACKAGE_WITHIN_US: Final = 60 * MINUTE_US
REMIND_AT_US: Final = (0, 5 * MINUTE_US, 10 * MINUTE_US, 15 * MINUTE_US, 30 * MINUTE_US, HOUR_US, 2 * HOUR_US)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """From the request: until when the first view and the package are due, and when they came; None: not yet."""

    view_due_us: int
    viewed_us: int | None
    package_due_us: int
    packaged_us: int | None


def clocks(case: Case) -> Clocks | None:
    """Of an urgent request; None of any other."""
    if not case.request.urgent:
        return None
    return Clocks(
        view_due_us=case.requested_us + VIEW_WITHIN_US,
        viewed_us=case.first_view_us,
        package_due_us=case.requested_us + PACKAGE_WITHIN_US,
        packaged_us=case.packages[0].sealed_us if case.packages else None,
    )


def reminders_due(case: Case, now_us: int) -> int:
    """How many times the approver on duty should have been told by now; 0 when nothing waits for them."""
    if is_citizens(case):
        return answers_due(case, now_us)
    if not case.request.urgent or case.state is not CaseState.WAITING:
        return 0
    return sum(1 for after_us in REMIND_AT_US if now_us >= case.requested_us + after_us)


def reminder_text(case: Case, names: list[str], now_us: int) -> str:
    """What is sent to the office's channels: no names of victims, no place, only that somebody waits."""
    if is_citizens(case):
        return answer_text(case, now_us)
    minutes = max(0, now_us - case.requested_us) // MINUTE_US
    who = ", ".join(names) if names else "belum ada yang dijadwalkan jaga"
    return (
        f"Permintaan mendesak {case.case_id} menunggu persetujuan sejak {minutes} menit. "
        f"Pejabat jaga: {who}. Rekaman sudah terkunci; tanpa persetujuan tidak ada yang dapat dilihat."
    )
