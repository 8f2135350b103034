"""Who is on duty: the control room that may look back a little, the approver of urgent requests. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ronda.access.errors import IncompleteDutyError
from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import decide
from ronda.core.ids import PersonId
from ronda.core.time import DAY_US, HOUR_US, TimeSpan

LONGEST_US: Final = 7 * DAY_US
AHEAD_US: Final = 366 * DAY_US


class DutyKind(StrEnum):
    CONTROL_ROOM = "control_room"
    APPROVER = "approver"


NEEDS: Final[dict[DutyKind, Action]] = {
    DutyKind.CONTROL_ROOM: Action.WATCH_LIVE,
    DutyKind.APPROVER: Action.APPROVE_REQUEST,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One line of the roster."""

    duty_id: str
    kind: DutyKind
    person_id: PersonId
    span: TimeSpan
    made_by: PersonId


def check_duty(kind: DutyKind, person: Person, span: TimeSpan, now_us: int) -> None:
    """Raise IncompleteDutyError for a turn that nobody could stand."""
    decision = decide(person, NEEDS[kind])
    if not decision.allowed:
        raise IncompleteDutyError("person_id", f"{person.name} cannot stand this duty: {decision.reason}")
    if not HOUR_US // 4 <= span.duration_us <= LONGEST_US:
        raise IncompleteDutyError("to_us", "a turn is a quarter of an hour to seven days long")
    if span.end_us <= now_us or span.start_us > now_us + AHEAD_US:
        raise IncompleteDutyError("from_us", "a turn ends in the future and begins within a year")


def on_duty(duties: list[Duty], kind: DutyKind, now_us: int) -> list[PersonId]:
    """Who stands this duty now, in the order of the roster."""
    found = [duty.person_id for duty in duties if duty.kind is kind and duty.span.contains(now_us)]
    return list(dict.fromkeys(found))
