"""What access needs from outside: the log where every act is written before it happens, and accounts."""

from typing import Protocol

from ronda.access.model import Person, Session
from ronda.core.ids import PersonId
from ronda.evidence.entry import AuditEvent


class AuditLog(Protocol):
    """The append-only access log.

    `append` returns the entry's index once it is durable. It raises `LogUnavailableError` when it
    cannot be written; the caller then refuses the act (recording itself goes on).
    """

    def append(self, event: AuditEvent) -> int: ...


class People(Protocol):
    """Accounts and sessions. Implemented by `ronda.store.sql.people.SqlPeople`."""

    def add(self, person: Person, password_digest: str) -> None: ...

    def all(self) -> list[Person]: ...

    def by_id(self, person_id: PersonId) -> Person | None: ...

    def by_login(self, login: str) -> tuple[Person, str] | None: ...

    def set_password(self, person_id: PersonId, digest: str, *, must_change: bool) -> None: ...

    def set_disabled(self, person_id: PersonId, disabled: bool) -> None: ...

    def start_session(self, session: Session) -> None: ...

    def session_person(self, token_sha256: str, now_us: int) -> Person | None: ...

    def end_session(self, token_sha256: str) -> None: ...
