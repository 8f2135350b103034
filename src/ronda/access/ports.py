"""What access needs from outside: the log where every act is written before it happens, and accounts."""

from typing import Protocol

from ronda.access.model import Factor, Person, Session
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

    def set_password(self, person_id: PersonId, digest: str, *, one_time_until_us: int | None) -> None: ...

    def set_disabled(self, person_id: PersonId, disabled: bool) -> None: ...

    def start_session(self, session: Session) -> None: ...

    def session(self, token_sha256: str, now_us: int) -> tuple[Person, Session, bool] | None:
        """Who holds this session now, the session, and whether the person has a second factor."""
        ...

    def prove_session(self, token_sha256: str, at_us: int) -> None: ...

    def vouch_session(self, token_sha256: str, at_us: int) -> None: ...

    def touch_session(self, token_sha256: str, at_us: int) -> None:
        """Somebody is there; nothing is written when the last touch was just now."""
        ...

    def end_session(self, token_sha256: str) -> None: ...

    def remember_device(self, digest: str, person_id: PersonId, at_us: int) -> None: ...

    def knows_device(self, digest: str, login: str) -> bool: ...


class Factors(Protocol):
    """Second factors and recovery codes. Implemented by `ronda.store.sql.factors.SqlFactors`."""

    def of(self, person_id: PersonId) -> list[Factor]:
        """Every factor, unconfirmed ones too."""
        ...

    def add(self, factor: Factor) -> None: ...

    def confirm(self, factor_id: str, step: int) -> bool:
        """Confirm a TOTP by the step of its first code; False when it was confirmed already."""
        ...

    def use_step(self, factor_id: str, step: int) -> bool:
        """Take a time step; False when it, or a newer one, was taken meanwhile."""
        ...

    def use_passkey(self, factor_id: str, sign_count: int, at_us: int) -> None: ...

    def remove(self, person_id: PersonId, factor_id: str) -> bool: ...

    def remove_all(self, person_id: PersonId) -> None: ...

    def set_recovery(self, person_id: PersonId, digests: list[str]) -> None: ...

    def use_recovery(self, person_id: PersonId, digest: str) -> bool:
        """Take a recovery code; False when there is none such, or it was used."""
        ...

    def recovery_left(self, person_id: PersonId) -> int: ...
