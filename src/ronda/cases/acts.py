"""Every act of a case in the access log: intent before it, result after it, refusals as facts.

Decides nothing but who the person is now; what they may do is asked of `ronda.access.rules`. When the
log cannot be written, the error goes through and the act does not happen.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NoReturn

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.ports import AuditLog
from ronda.access.rules import decide
from ronda.cases import rules
from ronda.cases.errors import NotYourStepError, WrongStateError
from ronda.cases.model import Case, CaseState, Event, Scope
from ronda.cases.ports import People
from ronda.core.ids import AreaCode, CaseId, PersonId
from ronda.evidence.entry import AuditEvent, Phase


@dataclass(slots=True)
class Act:
    """One act under way: its intent's index, and what the result entry will say."""

    intent: int
    objects: dict[str, str | int] = field(default_factory=dict)
    private: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Acts:
    """Accounts as they are now, and the log."""

    log: AuditLog
    people: People

    def person(self, person: PersonId) -> Person:
        """The account as it is now. Raises NotYourStepError when it is gone or disabled."""
        who = self.people.by_id(person)
        if who is None or who.disabled:
            raise NotYourStepError("the account is gone or disabled")
        return who

    def after(self, who: Person, case: Case, event: Event, action: str) -> CaseState:
        """The state that follows; a step that does not is logged, then raised as WrongStateError."""
        try:
            return rules.after(case.state, event)
        except WrongStateError as error:
            self.fact(who, action, str(error), case=case, objects={"langkah": event.value})
            raise

    def require(
        self, who: Person, action: Action, areas: Sequence[AreaCode], logged: str, case: Case | None = None
    ) -> None:
        """Refuse unless the policy allows `action` in each of the areas."""
        for area in areas:
            decision = decide(who, action, area)
            if not decision.allowed:
                self.refuse(who, logged, decision.reason, case=case)

    def refuse(
        self, who: Person, action: str, reason: str, *, case: Case | None = None, scope: Scope | None = None
    ) -> NoReturn:
        """Log the refusal, then raise it."""
        self.fact(who, action, reason, case=case, objects=scope_objects(scope))
        raise NotYourStepError(f"refused: {reason}")

    def refuse_if(self, problem: str | None, who: Person, action: str, case: Case) -> None:
        """Log and raise the refusal where a rule names one."""
        if problem is not None:
            self.refuse(who, action, problem, case=case)

    def fact(
        self,
        who: Person,
        action: str,
        reason: str,
        *,
        case: Case | None = None,
        objects: Mapping[str, str | int] | None = None,
    ) -> None:
        """A refusal as an entry; its reason may hold names, so it is committed, not shown."""
        refused = _event(who, action, Phase.FACT, "ditolak", case)
        self.log.append(_with(refused, objects or {}, {"sebab": reason}))

    def note(self, who: Person, action: str, case: Case) -> None:
        """An act of one step that succeeded."""
        self.log.append(_event(who, action, Phase.FACT, "berhasil", case))

    def intent(self, who: Person, action: str, case: Case, scope: Scope) -> int:
        """The entry before a look; returns its index."""
        return self.log.append(_with(_event(who, action, Phase.INTENT, "boleh", case), scope_objects(scope), {}))

    @contextmanager
    def act(
        self,
        who: Person,
        action: str,
        *,
        case: Case | None = None,
        case_id: CaseId | None = None,
        scope: Scope | None = None,
        private: Mapping[str, str] | None = None,
    ) -> Iterator[Act]:
        """Intent before, result after, also when the act fails. `case_id`: of a case that is being made."""
        intent = _event(who, action, Phase.INTENT, "boleh", case, case_id)
        act = Act(self.log.append(_with(intent, scope_objects(scope), private or {})))
        outcome = "gagal"
        try:
            yield act
            outcome = "berhasil"
        finally:
            result = _event(who, action, Phase.RESULT, outcome, case, case_id, intent=act.intent)
            self.log.append(_with(result, act.objects, act.private))


def _event(
    who: Person,
    action: str,
    phase: Phase,
    outcome: str,
    case: Case | None,
    case_id: CaseId | None = None,
    *,
    intent: int | None = None,
) -> AuditEvent:
    approval = case.approval if case else None
    return AuditEvent(
        action=action,
        actor=who.person_id,
        role=role_names(who),
        phase=phase,
        outcome=outcome,
        case=case.case_id if case else case_id,
        purpose=case.request.purpose.value if case else None,
        second_person=approval.approver if approval else None,
        intent_index=intent,
    )


def _with(event: AuditEvent, objects: Mapping[str, str | int], private: Mapping[str, str]) -> AuditEvent:
    return replace(event, objects=objects, private={name: text for name, text in private.items() if text})


def scope_objects(scope: Scope | None) -> dict[str, str | int]:
    """The public facts of a scope: cameras and span."""
    if scope is None:
        return {}
    names = ",".join(scope.cameras)
    listed = names if len(names) <= 1500 else f"{len(scope.cameras)} kamera"
    return {"kamera": listed, "dari_us": scope.span.start_us, "sampai_us": scope.span.end_us}


def role_names(who: Person) -> str:
    return ",".join(sorted(role.value for role in who.roles))
