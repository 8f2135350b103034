"""What moves in a fixed camera's picture, against the picture without anybody. Pure.

Two comparisons, each forgiving the whole picture for growing brighter or darker: with the background,
the median of pictures all over the span, and with the picture somewhat before. Whoever stands still
long enough to become background is found by the detector, if there is one, or hidden by hand.
"""

from collections.abc import Sequence

import numpy as np

from ronda.redaction.grid import Bits, Grey

FROM_BACKGROUND = 9  # of 255
FROM_BEFORE = 6
AROUND = 2  # sub-cells: what moves is hidden with its edge


def background_of(samples: Sequence[Grey]) -> Grey:
    """The median of pictures spread over the span, all of one size."""
    middle: Grey = np.median(np.stack(samples), axis=0).astype(np.uint8)
    return middle


def moving(fine: Grey, background: Grey, before: Grey | None) -> Bits:
    """Sub-cells that differ, grown by their surroundings."""
    found = _differs(fine, background, FROM_BACKGROUND)
    if before is not None:
        found |= _differs(fine, before, FROM_BEFORE)
    return grown(found, AROUND)


def _differs(one: Grey, other: Grey, limit: int) -> Bits:
    difference = one.astype(np.int16) - other.astype(np.int16)
    difference -= np.int16(np.median(difference))
    found: Bits = np.abs(difference) > limit
    return found


def grown(cells: Bits, by: int) -> Bits:
    """Every marked cell with its neighbours up to `by` away."""
    rows, columns = cells.shape
    padded = np.pad(cells, by)
    wide = np.zeros_like(cells)
    for dy in range(2 * by + 1):
        for dx in range(2 * by + 1):
            wide |= padded[dy : dy + rows, dx : dx + columns]
    return wide
