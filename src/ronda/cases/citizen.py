"""A citizen asks for footage of themselves: what is asked of them, the clock of 3 x 24 hours, what they get. Pure.

Such a request is a case as any other: locked at once, decided by a second person, every look logged. Three things
differ, and each is a rule here: no number or copy of an identity card is kept, not even by mistake; only a redacted
copy that a second person released leaves the house, never an original, a still or a sheet of stills; and the
answer, the copy or a refusal with its reason, is due within three days.
"""

import re
from dataclasses import dataclass
from typing import Final

from ronda.cases.model import Case, CaseState, Citizen, LegalGround, Purpose, Request
from ronda.core.time import DAY_US, HOUR_US
from ronda.redaction.model import CopyState

ANSWER_WITHIN_US: Final = 3 * DAY_US
REMIND_AT_US: Final = (DAY_US, 2 * DAY_US, 60 * HOUR_US, 66 * HOUR_US, 71 * HOUR_US, ANSWER_WITHIN_US)
_CARD_DIGITS: Final = re.compile(r"(?:\d[ .\-]?){15}\d")  # a NIK or number of a family card has 16


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerClock:
    """Until when the answer is due, and when it was given; None: not yet."""

    due_us: int
    answered_us: int | None


def is_citizens(case: Case) -> bool:
    return case.request.citizen is not None


def citizen_problems(request: Request) -> list[tuple[str, str]]:
    """What stands against a citizen's request, beside its place, span and reason."""
    citizen = request.citizen
    if citizen is None:
        return []
    problems = [
        (f"citizen.{name}", "2 to 200 characters on one line")
        for name, text in _texts(citizen).items()
        if not 2 <= len(text.strip()) <= 200 or any(ord(sign) < 32 or ord(sign) == 127 for sign in text)
    ]
    if not 2 <= len(request.place.strip()) <= 200:
        problems.append(("place", "2 to 200 characters on one line"))
    said = {**{f"citizen.{name}": text for name, text in _texts(citizen).items()}, "reason": request.reason}
    for name, text in {**said, "place": request.place}.items():
        if _CARD_DIGITS.search(text):
            problems.append((name, "the number of an identity card is never kept; leave it out"))
    if request.purpose is not Purpose.OWN_FOOTAGE or request.ground is not LegalGround.OWN_DATA:
        problems.append(("purpose", "a citizen asks for footage of themselves"))
    if request.lp_number or request.letter_number or request.urgent:
        problems.append(
            ("lp_number", "a citizen's request has no police report, no letter of the police, no urgent path")
        )
    return problems


def answer_clock(case: Case) -> AnswerClock | None:
    """Of a citizen's request; None of any other."""
    if not is_citizens(case):
        return None
    given = [one.at_us for one in case.hand_overs]
    answered = case.refusal.at_us if case.refusal else min(given, default=None)
    if answered is None and case.outcome is not None:
        answered = case.outcome.at_us
    return AnswerClock(due_us=case.requested_us + ANSWER_WITHIN_US, answered_us=answered)


def answers_due(case: Case, now_us: int) -> int:
    """How many times the office should have been reminded by now; 0 once the answer is given."""
    clock = answer_clock(case)
    if clock is None or clock.answered_us is not None:
        return 0
    return sum(1 for after_us in REMIND_AT_US if now_us >= case.requested_us + after_us)


def answer_text(case: Case, now_us: int) -> str:
    """What is sent to the office's channels: never who asks, or where."""
    left_h = (case.requested_us + ANSWER_WITHIN_US - now_us) / HOUR_US
    when = f"sisa {left_h:.0f} jam" if left_h >= 0.5 else "tenggat 3 x 24 jam sudah sampai"
    waits = "keputusan" if case.state is CaseState.WAITING else "salinan samaran dan penyerahannya"
    return f"Permintaan warga {case.case_id} belum dijawab: {when}. Menunggu {waits}."


def originals_problem(case: Case) -> str | None:
    """Why nothing of the originals leaves the house in this case, or None."""
    if is_citizens(case):
        return "a citizen gets a redacted copy that a second person released, never an original or a still"
    return None


def copy_problem(case: Case, copy_id: str) -> str | None:
    """Why this copy is not given to whoever asked, or None."""
    if not is_citizens(case):
        return (
            "the police get a sealed package of originals; a redacted copy is recorded as given to a citizen alone"
        )
    copy = next((one for one in case.copies if one.copy_id == copy_id), None)
    if copy is None or copy.state is not CopyState.RELEASED:
        return "only a redacted copy that a second person released is given"
    return None


def _texts(citizen: Citizen) -> dict[str, str]:
    return {"name": citizen.name, "contact": citizen.contact, "appearance": citizen.appearance}
