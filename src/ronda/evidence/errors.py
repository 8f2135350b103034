"""What can go wrong with evidence. That the log cannot be written is `ronda.access.errors`.

EvidenceError
├── MalformedError           bytes from outside that are not what they claim to be
├── ProofError               a well-formed proof that does not prove
├── TooLargeError            a log entry above its limit
└── UnreadablePackageError   no package at all, or a disk that cannot be read (exit 3)
"""

from typing import ClassVar

from ronda.core.errors import RondaError


class EvidenceError(RondaError):
    """Base of all errors of evidence and log."""


class MalformedError(EvidenceError):
    """Bytes that are not what they claim to be."""


class ProofError(EvidenceError):
    """A well-formed proof or signature that does not prove what it is used for."""


class TooLargeError(EvidenceError):
    """A log entry that is above its limit; the act it speaks of is refused."""


class UnreadablePackageError(EvidenceError):
    """There is no evidence package here, or it cannot be read."""

    exit_status: ClassVar[int] = 3
