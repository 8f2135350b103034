"""What a scene offers to whoever encodes it."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ronda.sim.clip import Sighting

Picture = NDArray[np.uint8]


class Scene(Protocol):
    """One place, drawn: every clip of it, picture by picture."""

    code: int  # in the block code, 1 to 255
    kind: str  # street, parking, ...

    def clips(self) -> dict[str, int]:
        """Clip names with their number of pictures: whole GOPs."""
        ...

    def picture(self, clip: str, index: int) -> Picture:
        """One RGB picture of (720, 1280, 3); the caller may paint on it."""
        ...

    def sightings(self, clip: str) -> tuple[Sighting, ...]:
        """Who or what is seen in the clip, and when."""
        ...
