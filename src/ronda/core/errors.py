"""The base of every error Ronda raises on purpose.

A message says what, where, measured against what, what happens now and what to do next.
Secrets are masked before a message is made (`ronda.core.secrets.mask_url`).
"""

from typing import ClassVar


class RondaError(Exception):
    """Base of all errors with a sentence for people; `exit_status` is what a command ends with."""

    exit_status: ClassVar[int] = 1


class WrongUsageError(RondaError):
    """The caller asked for something that cannot be meant: a bad name, span or option."""

    exit_status: ClassVar[int] = 64
