"""Errors of the virtual cameras.

SimError
├── BadPlanError       a plan names what is not there, or cannot be read
├── BrokenClipError    a clip in the data folder is not what was built
└── ControlError       the simulator's control socket did not answer, or refused
"""

from ronda.core.errors import RondaError, WrongUsageError


class SimError(RondaError):
    """Base of everything the virtual cameras raise on purpose."""


class BadPlanError(SimError, WrongUsageError):
    """The plan or an option cannot be meant."""

    exit_status = 64


class BrokenClipError(SimError):
    """Bytes of a stored clip do not hold what a clip must hold."""


class ControlError(SimError):
    """A running simulator could not be asked, or said no."""
