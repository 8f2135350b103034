"""Paint privacy masks over a picture that was decoded. Pure numpy."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MASK = (24, 32, 44)


class Rectangle(Protocol):
    """Shares of the picture from its upper left (`ronda.registry.model.Mask` is one)."""

    @property
    def left(self) -> float: ...
    @property
    def top(self) -> float: ...
    @property
    def right(self) -> float: ...
    @property
    def bottom(self) -> float: ...


def painted(rgb: NDArray[np.uint8], masks: Sequence[Rectangle]) -> NDArray[np.uint8]:
    """The picture with the masks on it, reaching outwards to whole pixels; itself when there are none."""
    if not masks:
        return rgb
    height, width = rgb.shape[:2]
    done = rgb.copy()
    for one in masks:
        rows = slice(int(np.floor(one.top * height)), int(np.ceil(one.bottom * height)))
        columns = slice(int(np.floor(one.left * width)), int(np.ceil(one.right * width)))
        done[rows, columns] = MASK
    return done
