"""What access needs from outside: a place where every act is written before it happens."""

from typing import Protocol

from ronda.evidence.entry import AuditEvent


class AuditLog(Protocol):
    """The append-only access log.

    `append` returns the entry's index once it is durable. It raises `LogUnavailableError` when it
    cannot be written; the caller then refuses the act (recording itself goes on).
    """

    def append(self, event: AuditEvent) -> int: ...
