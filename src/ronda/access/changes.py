"""Ask for a change that needs two people, decide it, and have it done: each step in the log before it happens.

Decides nothing but the order: `two_people` says who may, `doers` do what was asked. A change is claimed by its
revision before it is done, so that two decisions at the same moment do it once; when the doing fails, it waits
again. A decision that the rules refuse is an entry `perubahan.ditolak_aturan`, which the inspector's list shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn, Protocol

from ronda.access.errors import ChangeRefusedError, IncompleteChangeError, NoSuchChangeError
from ronda.access.model import Person
from ronda.access.ports import AuditLog
from ronda.access.rules import area_covers
from ronda.access.service import role_names
from ronda.access.two_people import (
    Body,
    Change,
    ChangeKind,
    ChangeState,
    fingerprint,
    may_ask,
    may_decide,
    reason_problem,
)
from ronda.core.ids import AreaCode, PersonId, new_id
from ronda.core.time import Clock
from ronda.evidence.entry import AuditEvent, Phase

Doer = Callable[[Change], object]


class Changes(Protocol):
    """Stored changes: `ronda.store.sql.changes.SqlChanges`."""

    def add(self, change: Change) -> None: ...

    def save(self, change: Change) -> Change | None:
        """Store as the next revision; None when somebody else was first."""
        ...

    def get(self, change_id: str) -> Change | None: ...

    def all(self) -> list[Change]:
        """Newest first."""
        ...


class Accounts(Protocol):
    def by_id(self, person_id: PersonId) -> Person | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDesk:
    """Use cases; `doers` has one for each kind."""

    store: Changes
    people: Accounts
    log: AuditLog
    clock: Clock
    doers: Mapping[ChangeKind, Doer]

    def ask(
        self,
        person: Person,
        kind: ChangeKind,
        *,
        subject: str,
        body: Body,
        areas: tuple[AreaCode, ...],
        reason: str,
        concerns: str = "",
    ) -> Change:
        """Ask for a change; nothing is done before a second person allows it."""
        if problem := reason_problem(reason):
            raise IncompleteChangeError("reason", problem)
        change = Change(
            change_id=new_id("ch"),
            revision=1,
            kind=kind,
            subject=subject,
            concerns=concerns,
            body=body,
            areas=areas,
            reason=reason.strip(),
            asked_by=person.person_id,
            asked_official_id=person.official_id,
            asked_name=person.name,
            asked_us=self.clock.now_us(),
        )
        decision = may_ask(person, kind, areas)
        if not decision.allowed:
            self._refuse(person, change, decision.reason)
        self._note(person, "perubahan.diminta", Phase.FACT, "berhasil", change, private={"alasan": reason.strip()})
        self.store.add(change)
        return change

    def seen_by(self, person: Person) -> list[Change]:
        """The changes within the person's area, newest first."""
        return [one for one in self.store.all() if all(area_covers(person.area, area) for area in one.areas)]

    def get(self, person: Person, change_id: str) -> Change:
        """Raises NoSuchChangeError, also for one outside the person's area."""
        change = self.store.get(change_id)
        if change is None or change not in self.seen_by(person):
            raise NoSuchChangeError(change_id)
        return change

    def may_decide(self, person: Person, change: Change) -> bool:
        """For drawing a screen; decides nothing."""
        asker = self.people.by_id(change.asked_by)
        return may_decide(change, person, asker, fingerprint(change), self.clock.now_us()).allowed

    def allow(self, person: Person, change_id: str, read: str, note: str) -> Change:
        """Allow it as the second person, and have it done. Raises ChangeRefusedError."""
        change = self._decidable(person, change_id, read)
        intent = self._note(person, "perubahan.disetujui", Phase.INTENT, "boleh", change, private={"catatan": note})
        claimed = self._decided(person, change, ChangeState.DONE, note)
        outcome = "gagal"
        try:
            self.doers[change.kind](claimed)
            outcome = "berhasil"
        finally:
            if outcome == "gagal":
                self.store.save(replace(change, revision=claimed.revision))
            self._note(person, "perubahan.disetujui", Phase.RESULT, outcome, change, intent=intent)
        return claimed

    def refuse(self, person: Person, change_id: str, read: str, note: str) -> Change:
        """Refuse it as the second person."""
        change = self._decidable(person, change_id, read)
        if problem := reason_problem(note):
            raise IncompleteChangeError("note", problem)
        self._note(person, "perubahan.ditolak", Phase.FACT, "berhasil", change, private={"alasan": note})
        return self._decided(person, change, ChangeState.REFUSED, note)

    def withdraw(self, person: Person, change_id: str) -> Change:
        """Take back what one asked for."""
        change = self.get(person, change_id)
        if change.asked_by != person.person_id or change.state is not ChangeState.WAITING:
            self._refuse(person, change, "only who asked may take it back, and only while it waits")
        self._note(person, "perubahan.ditarik", Phase.FACT, "berhasil", change)
        return self._decided(person, change, ChangeState.WITHDRAWN, "")

    def _decidable(self, person: Person, change_id: str, read: str) -> Change:
        change = self.get(person, change_id)
        now = self.people.by_id(person.person_id) or replace(person, disabled=True)
        decision = may_decide(change, now, self.people.by_id(change.asked_by), read, self.clock.now_us())
        if not decision.allowed:
            self._refuse(person, change, decision.reason)
        return change

    def _decided(self, person: Person, change: Change, state: ChangeState, note: str) -> Change:
        saved = self.store.save(
            replace(
                change,
                state=state,
                decided_by=person.person_id,
                decided_name=person.name,
                decided_us=self.clock.now_us(),
                note=note.strip(),
            )
        )
        if saved is None:
            self._refuse(person, change, "somebody else was first")
        return saved

    def _refuse(self, person: Person, change: Change, reason: str) -> NoReturn:
        self._note(person, "perubahan.ditolak_aturan", Phase.FACT, "ditolak", change, private={"sebab": reason})
        raise ChangeRefusedError(f"refused: {reason}")

    def _note(
        self,
        person: Person,
        action: str,
        phase: Phase,
        outcome: str,
        change: Change,
        *,
        private: dict[str, str] | None = None,
        intent: int | None = None,
    ) -> int:
        objects: dict[str, str | int] = {"perubahan": change.change_id, "jenis": change.kind.value}
        if change.subject:
            objects["tentang"] = change.subject
        objects["isi_sha256"] = fingerprint(change)
        return self.log.append(
            AuditEvent(
                action=action,
                actor=person.person_id,
                role=role_names(person),
                phase=phase,
                outcome=outcome,
                objects=objects,
                private={name: text for name, text in (private or {}).items() if text},
                second_person=change.asked_by if action != "perubahan.diminta" else None,
                intent_index=intent,
            )
        )
