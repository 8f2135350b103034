"""What cases refuse, each with a sentence for the person who asked.

CaseError
├── NoSuchCaseError         no case of this number, or none that this person may know of
├── IncompleteRequestError  a request that lacks or contradicts something; carries every problem
├── WrongStateError         the step does not follow from where the case stands (a replay, too)
├── NotYourStepError        the two-people rule, the area, or the scope stands against it
├── ChangedMeanwhileError   somebody else changed the case first; nothing was changed
├── NothingRecordedError    no picture of that camera and instant
├── RedactionError          a redacted copy could not be made, or is not what was reviewed
└── PackageError            a package could not be built; nothing stands under its final name
    ├── NoRoomError         the disk has not enough room; refused before the start
    └── FootageAwayError    part of the footage is still at a village
"""

from collections.abc import Sequence
from typing import ClassVar

from ronda.core.errors import RondaError


class CaseError(RondaError):
    """Base of all errors of cases."""


class NoSuchCaseError(CaseError):
    """No case of this number, or none that this person may know of."""

    def __init__(self, case: str) -> None:
        super().__init__(f"no case {case[:40]!r}. Next: look it up in the list of cases")


class IncompleteRequestError(CaseError):
    """A request that cannot stand; `problems` names each field with its sentence."""

    exit_status: ClassVar[int] = 64

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        told = "; ".join(f"{field}: {sentence}" for field, sentence in self.problems)
        super().__init__(f"the request was not taken: {told}")


class WrongStateError(CaseError):
    """The step does not follow from where the case stands."""


class NotYourStepError(CaseError):
    """This person may not do this step of this case."""


class ChangedMeanwhileError(CaseError):
    """Somebody else changed the case first."""

    def __init__(self, case: str) -> None:
        super().__init__(f"case {case} was changed meanwhile; nothing was done. Next: read it again, then decide")


class NothingRecordedError(CaseError):
    """No picture of that camera at or before that instant."""


class RedactionError(CaseError):
    """A redacted copy could not be made, or its film is not hidden where it should be; nothing was let go."""


class PackageError(CaseError):
    """The package could not be built; nothing stands under its final name."""


class FootageAwayError(PackageError):
    """Part of the footage is at a village and has not arrived."""

    def __init__(self, camera: str, count: int) -> None:
        super().__init__(
            f"{count} files of the scope, such as of {camera}, are still at the village; nothing was packed. "
            "Next: wait until the timeline shows them here, or ask for a narrower scope"
        )


class NoRoomError(PackageError):
    """The disk has not enough room for the package."""
