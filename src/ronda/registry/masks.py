"""Privacy masks of a camera: whether a change would uncover something. Pure.

Covering more is one person's act; uncovering anything, however small, is an unmasking and needs a second one.
"""

from collections.abc import Sequence
from itertools import pairwise

from ronda.registry.model import Mask

MOST_MASKS = 20


def masks_problem(masks: Sequence[Mask]) -> str | None:
    """Why these cannot be masks, or None."""
    if len(masks) > MOST_MASKS:
        return f"at most {MOST_MASKS} rectangles"
    for one in masks:
        if not (0 <= one.left < one.right <= 1 and 0 <= one.top < one.bottom <= 1):
            return "a rectangle lies within the picture: 0 <= left < right <= 1, 0 <= top < bottom <= 1"
    return None


def mask_text(mask: Mask) -> str:
    """A mask in one line, for a change that somebody decides upon: its four sides."""
    return " ".join(repr(side) for side in (mask.left, mask.top, mask.right, mask.bottom))


def read_mask(text: str) -> Mask:
    """The inverse of `mask_text`. Raises ValueError."""
    left, top, right, bottom = (float(side) for side in text.split())
    return Mask(left=left, top=top, right=right, bottom=bottom)


def uncovers(before: Sequence[Mask], after: Sequence[Mask]) -> bool:
    """Whether any point that `before` covers is not covered by `after`."""
    xs = sorted({side for one in (*before, *after) for side in (one.left, one.right)})
    ys = sorted({side for one in (*before, *after) for side in (one.top, one.bottom)})
    for left, right in pairwise(xs):
        for top, bottom in pairwise(ys):
            x, y = (left + right) / 2, (top + bottom) / 2
            if _covers(before, x, y) and not _covers(after, x, y):
                return True
    return False


def _covers(masks: Sequence[Mask], x: float, y: float) -> bool:
    return any(one.left < x < one.right and one.top < y < one.bottom for one in masks)
