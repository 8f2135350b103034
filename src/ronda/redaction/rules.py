"""Decide what may be drawn on a redacted copy, and who may let it go. Pure.

Invariant, with a property test: a copy is released only in the version that was reviewed, by somebody
who neither made it, nor drew on it, nor reviewed it, under any account.
"""

from collections.abc import Callable

from ronda.core.ids import PersonId
from ronda.core.time import MINUTE_US, SECOND_US, TimeSpan
from ronda.redaction.model import CopyState, Patch, RedactedCopy

LONGEST_COPY_US = 30 * MINUTE_US
SHORTEST_PATCH_US = SECOND_US // 100
MOST_PATCHES = 200
LEAST_SHARE = 0.01  # of the picture's width and height
LONGEST_NOTE = 300


def copy_problem(span: TimeSpan) -> str | None:
    """Why no copy is made of this span, or None."""
    if not 0 < span.duration_us <= LONGEST_COPY_US:
        return "a redacted copy is of more than nothing and at most 30 minutes; make several for more"
    return None


def patch_problem(patch: Patch, copy: RedactedCopy) -> str | None:
    """Why a patch cannot be drawn on this copy, or None."""
    sides = (patch.left, patch.top, patch.right, patch.bottom)
    if not all(0 <= side <= 1 for side in sides):
        return "a rectangle lies within the picture: shares from 0 to 1"
    if patch.right - patch.left < LEAST_SHARE or patch.bottom - patch.top < LEAST_SHARE:
        return "a rectangle is at least a hundredth of the picture wide and high"
    if patch.span.duration_us < SHORTEST_PATCH_US or not copy.span.covers(patch.span):
        return "the times of a rectangle lie within the copy"
    if len(patch.note) > LONGEST_NOTE:
        return f"a note has at most {LONGEST_NOTE} characters"
    if len(copy.patches) >= MOST_PATCHES:
        return f"at most {MOST_PATCHES} rectangles; make copies of shorter spans"
    return None


def release_problem(
    copy: RedactedCopy, version: int, releaser: PersonId, same_person: Callable[[PersonId, PersonId], bool]
) -> str | None:
    """Why this person may not let the copy go, or None.

    same_person  whether two accounts are of one human
    """
    if copy.state is not CopyState.REVIEWED or copy.reviewed_by is None:
        return "only a copy that somebody looked through can be released"
    if version != copy.version:
        return f"the copy was changed: version {copy.version}, you decided on {version}"
    hands = {copy.by, copy.reviewed_by, *(patch.by for patch in copy.patches)}
    if any(same_person(releaser, hand) for hand in hands):
        return "two different people are needed: who made, changed or reviewed the copy may not release it"
    return None
