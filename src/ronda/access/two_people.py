"""Changes that need two different humans: what is asked, and who may decide it. Pure.

Decides for another role or area of a person, an account with a role of trust, the taking away of second factors,
other days of keeping, early deletion, uncovering a privacy mask, the look-back of the control room, and a clock
that jumped so far that footage would go by it. Exports
and redacted copies have their own second person (`ronda.cases.rules`, `ronda.redaction.rules`).
Invariants, each with attempts by the thousand: nobody decides what they asked for, or what is about themselves,
under any account; a decision counts for exactly what was read; a change is decided once, and within a week; both
people hold their rights at the moment of the decision.
"""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ronda.access.model import Person, Role
from ronda.access.policy import Action
from ronda.access.rules import Decision, decide, official_digits, same_official
from ronda.core.ids import AreaCode, PersonId
from ronda.core.time import DAY_US

OPEN_US: Final = 7 * DAY_US
MIN_REASON_CHARACTERS: Final = 10
OF_TRUST: Final = frozenset({Role.APPROVER, Role.INSPECTOR, Role.ADMIN})

Body = dict[str, str | int | list[str]]


class ChangeKind(StrEnum):
    ADD_PERSON = "add_person"
    RIGHTS = "rights"
    FACTORS = "factors"
    RETENTION = "retention"
    EARLY_DELETION = "early_deletion"
    UNMASK = "unmask"
    LOOK_BACK = "look_back"
    CLOCK = "clock"


class ChangeState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


ASKED_BY: Final[dict[ChangeKind, Action]] = {
    ChangeKind.ADD_PERSON: Action.MANAGE_PEOPLE,
    ChangeKind.RIGHTS: Action.MANAGE_PEOPLE,
    ChangeKind.FACTORS: Action.MANAGE_PEOPLE,
    ChangeKind.RETENTION: Action.MANAGE_REGISTER,
    ChangeKind.EARLY_DELETION: Action.MANAGE_REGISTER,
    ChangeKind.UNMASK: Action.MANAGE_REGISTER,
    ChangeKind.LOOK_BACK: Action.MANAGE_PEOPLE,
    ChangeKind.CLOCK: Action.MANAGE_REGISTER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something asked for that a second person has to allow.

    subject   whom or what it is about: a person's id, a camera; "" for the whole installation
    concerns  the NIP or NRP of whom it gives or takes rights; "" when it is about nobody
    body      what will be done, exactly
    areas     the second person's area must cover each
    """

    change_id: str
    revision: int
    kind: ChangeKind
    subject: str
    concerns: str
    body: Body
    areas: tuple[AreaCode, ...]
    reason: str
    asked_by: PersonId
    asked_official_id: str
    asked_name: str
    asked_us: int
    state: ChangeState = ChangeState.WAITING
    decided_by: PersonId | None = None
    decided_name: str = ""
    decided_us: int | None = None
    note: str = ""


def fingerprint(change: Change) -> str:
    """What was read, in 64 letters: any other wish has another one."""
    said = [change.change_id, change.kind.value, change.subject, change.concerns, change.body, list(change.areas)]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def is_waiting(change: Change, now_us: int) -> bool:
    return change.state is ChangeState.WAITING and now_us < change.asked_us + OPEN_US


def may_ask(person: Person, kind: ChangeKind, areas: tuple[AreaCode, ...]) -> Decision:
    """May `person` ask for this kind of change in all of these areas?"""
    for area in areas:
        decision = decide(person, ASKED_BY[kind], area)
        if not decision.allowed:
            return decision
    return decide(person, ASKED_BY[kind])


def may_decide(change: Change, second: Person, asker: Person | None, read: str, now_us: int) -> Decision:
    """May `second` decide this change now?

    asker  who asked, as the account is now; None when it is gone
    read   the fingerprint of what the second person read
    """
    if not is_waiting(change, now_us):
        return _no(f"change {change.change_id} is {change.state.value} or older than seven days")
    for area in change.areas:
        decision = decide(second, Action.APPROVE_CHANGE, area)
        if not decision.allowed:
            return decision
    decision = decide(second, Action.APPROVE_CHANGE)
    if not decision.allowed:
        return decision
    if not official_digits(second.official_id):
        return _no("the second person's account has no NIP or NRP, so nobody can tell that they are two")
    numbers = (change.asked_official_id, asker.official_id if asker else "")
    if second.person_id == change.asked_by or any(same_official(second.official_id, one) for one in numbers):
        return _no("two different people are needed: who asked may not decide, under any account")
    if second.person_id == change.subject or same_official(second.official_id, change.concerns):
        return _no("nobody decides about their own rights, under any account")
    if asker is None or not may_ask(asker, change.kind, change.areas).allowed:
        return _no("who asked no longer has the right to; the change lapses")
    if read != fingerprint(change):
        return _no("the change was altered after it was read; read it again")
    return Decision(allowed=True, reason="a second person with the role and the area")


def reason_problem(text: str) -> str | None:
    """Why a reason does not do, or None."""
    if len(" ".join(text.split())) < MIN_REASON_CHARACTERS or len(set(text.casefold())) < 4:
        return f"a reason has at least {MIN_REASON_CHARACTERS} characters that say something"
    return "a reason has at most 500 characters" if len(text) > 500 else None


def _no(reason: str) -> Decision:
    return Decision(allowed=False, reason=reason)
