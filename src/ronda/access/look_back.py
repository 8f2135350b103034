"""The one narrow exception to "no past without a case": the control room rewinds what it is looking at. Pure.

An operator on duty may look back at a camera that is in view now, at most as many minutes as the office set
(none, unless two people set more; never over ten). Each look opens an incident that wants its reason within a
quarter of an hour; without one it stands in the inspector's list as unexplained, and its operator looks back no
further until it is explained. Nothing is exported, marked or kept from it.
"""

from dataclasses import dataclass
from typing import Final

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.rules import Decision, decide
from ronda.core.ids import AreaCode, CameraId, PersonId
from ronda.core.time import MINUTE_US

MOST_MINUTES: Final = 10
DEFAULT_MINUTES: Final = 0
REASON_WITHIN_US: Final = 15 * MINUTE_US
SETTING: Final = "look_back_minutes"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBack:
    """One incident: who looked back at which camera, how far, and why.

    from_us, to_us  the earliest asked for, and when it was opened: nothing after that is past
    reason          None until it is given
    """

    look_back_id: str
    person_id: PersonId
    camera: CameraId
    area: AreaCode
    from_us: int
    to_us: int
    log_index: int
    reason: str | None = None
    reason_us: int | None = None


def minutes_of(setting: object) -> int:
    """The setting as it counts: nothing odd ever widens it."""
    if isinstance(setting, bool) or not isinstance(setting, int):
        return DEFAULT_MINUTES
    return max(0, min(MOST_MINUTES, setting))


def is_overdue(one: LookBack, now_us: int) -> bool:
    """Unexplained: no reason came in time, or none yet and the time is over."""
    return (one.reason_us if one.reason_us is not None else now_us) >= one.to_us + REASON_WITHIN_US


def may_look_back(
    person: Person,
    area: AreaCode,
    at_us: int,
    now_us: int,
    *,
    minutes: int,
    on_duty: bool,
    in_view: bool,
    open_ones: list[LookBack],
) -> Decision:
    """May `person` rewind a camera in `area` to `at_us` now?

    minutes    as `minutes_of` gives them
    in_view    the camera runs live on the person's own screen at this moment
    open_ones  the person's incidents without a reason
    """
    if minutes <= 0:
        return _no("the office allows no look back; the past opens within a case alone")
    decision = decide(person, Action.LOOK_BACK, area)
    if not decision.allowed:
        return decision
    if not on_duty:
        return _no("only who is on duty in the control room may look back")
    if not in_view:
        return _no("only a camera that is in view now may be rewound")
    if any(is_overdue(one, now_us) for one in open_ones):
        return _no("a look back of yours has no reason yet; give it first")
    if not now_us - minutes * MINUTE_US <= at_us <= now_us:
        return _no(f"at most {minutes} minutes back; what is older opens within a case alone")
    return Decision(allowed=True, reason=f"on duty, in view, at most {minutes} minutes")


def _no(reason: str) -> Decision:
    return Decision(allowed=False, reason=reason)
