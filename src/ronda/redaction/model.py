"""What a redacted copy hides beyond what moves: patches drawn by a person, in shares of the picture.

A patch that hides may be drawn by one person. One that keeps something clear is an unmasking: it takes
effect only in a copy that a second person released.
"""

from dataclasses import dataclass
from enum import StrEnum

from ronda.core.ids import CameraId, PersonId
from ronda.core.time import TimeSpan


class PatchKind(StrEnum):
    VEIL = "veil"  # hidden, whatever is there
    CLEAR = "clear"  # kept, such as the person who asked for the copy


class CopyState(StrEnum):
    """How far a redacted copy is. Only a released one leaves the house."""

    DRAFT = "draft"  # everything that moves is hidden; a person has to look through it
    REVIEWED = "reviewed"  # somebody looked at every second of it
    RELEASED = "released"  # a second person let it go


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A rectangle for a stretch of time; left, top, right, bottom are shares of the picture, 0 to 1."""

    patch_id: str
    kind: PatchKind
    left: float
    top: float
    right: float
    bottom: float
    span: TimeSpan
    note: str
    by: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedCopy:
    """One redacted copy of one camera within a case.

    patches     drawn by people, in the order they were drawn
    version     grows with each change; a review and a release are for one version
    derived     (SHA-256 of the recorded file, its path) of every original it was made from
    sha256      of the film of this version; "" while it is being made
    veiled      share of all cells of all pictures that are hidden, 0 to 1
    """

    copy_id: str
    camera: CameraId
    span: TimeSpan
    state: CopyState
    version: int
    by: PersonId
    at_us: int
    detector: bool
    frames: int
    veiled: float
    sha256: str
    size_bytes: int
    derived: tuple[tuple[str, str], ...]
    patches: tuple[Patch, ...] = ()
    reviewed_by: PersonId | None = None
    reviewed_us: int | None = None
    released_by: PersonId | None = None
    released_us: int | None = None
