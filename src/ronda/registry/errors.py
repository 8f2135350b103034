"""What the register refuses.

RegistryError
├── NotRegisteredError    no such camera
├── AlreadyThereError     the name is taken
├── CameraStandingError   not possible for a planned, serving or retired camera
└── IncompleteEntryError  an entry that lacks what the law or the recorder needs
"""

from typing import ClassVar

from ronda.core.errors import RondaError


class RegistryError(RondaError):
    """Base of all errors of the register."""


class NotRegisteredError(RegistryError):
    """No camera of this name."""

    def __init__(self, camera: str) -> None:
        super().__init__(f"no camera {camera[:80]!r} in the register. Next: see `ronda camera list`")


class AlreadyThereError(RegistryError):
    """The name is taken; nothing was changed."""


class CameraStandingError(RegistryError):
    """The step does not fit where the camera stands in its life."""

    def __init__(self, camera: str, state: str, needed: str) -> None:
        super().__init__(
            f"camera {camera} is {state}; this needs one that is {needed}. Nothing was changed. "
            "Next: look at its entry in the register"
        )


class IncompleteEntryError(RegistryError):
    """A register entry that cannot stand."""

    exit_status: ClassVar[int] = 64
