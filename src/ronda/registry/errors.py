"""What the register refuses.

RegistryError
├── NotRegisteredError    no such camera
├── AlreadyThereError     the name is taken
├── CameraStandingError   not possible for a planned, serving or retired camera
├── RegisterImportError   a file with mistakes: nothing of it is taken in
├── NoSignPictureError    an upload that is no picture of a sign
└── IncompleteEntryError  an entry that lacks what the law or the recorder needs
    ├── KeptTooLongError  more days than its purpose allows
    └── NoRegionalRuleError  a purpose by a rule of the region that is not named
"""

from collections.abc import Sequence
from typing import ClassVar

from ronda.core.errors import RondaError
from ronda.registry.row_fault import RowFault


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


class RegisterImportError(RegistryError):
    """A file with mistakes; nothing of it was taken in. `faults` names each."""

    exit_status: ClassVar[int] = 65

    def __init__(self, file_name: str, faults: Sequence[RowFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            f"{file_name[:80]}: {len(faults)} mistakes; nothing was taken in. "
            f"The first: {faults[0].sentence}. Next: mend the file and send it again"
        )


class NoSignPictureError(RegistryError):
    """No JPEG or PNG, or one that is too large."""

    exit_status: ClassVar[int] = 65


class IncompleteEntryError(RegistryError):
    """A register entry that cannot stand."""

    exit_status: ClassVar[int] = 64


class NoRegionalRuleError(IncompleteEntryError):
    """A purpose by a rule of the region, and the legal basis names none."""

    def __init__(self, camera: str, basis: str) -> None:
        super().__init__(
            f"camera {camera}: its purpose is set by a rule of the region, but the legal basis ({basis!r}) names"
            " none; nothing was changed. Next: name it, such as 'Perbup 12/2026', or choose another purpose"
        )


class KeptTooLongError(IncompleteEntryError):
    """More days than the longest of its purpose; `figures` has both."""

    def __init__(self, camera: str, days: int, purpose: str, longest: int) -> None:
        self.figures: dict[str, str | int | float] = {"days": days, "longest": longest, "purpose": purpose}
        super().__init__(
            f"camera {camera}: {days} days kept, but footage for {purpose} stays at most {longest} days;"
            " nothing was changed. Next: ask for fewer days, or name the purpose that the camera really has"
        )
