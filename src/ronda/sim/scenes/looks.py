"""The looks that virtual cameras can have: a scene with its own layout, light and passers-by."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ronda.sim.clip import Sighting
from ronda.sim.scenes.base import Picture, Scene

DRAWING_VERSION: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    name: str
    kind: str
    code: int
    seed: int = 1


class Crude:
    def __init__(self, look: Look) -> None:
        self.code, self.kind = look.code, look.kind
        y, x = np.mgrid[0:720, 0:1280]
        self._back = np.stack([x // 20, y // 12, (x + y) // 30], axis=2).astype(np.uint8)

    def clips(self) -> dict[str, int]:
        return {"quiet": 40, "busy": 160, "frozen": 20, "theft": 400}

    def picture(self, clip: str, index: int) -> Picture:
        picture = self._back.copy()
        if clip not in ("frozen", "quiet"):
            left = index * 7 % 1200
            picture[400:500, left : left + 40] = 180
        return picture

    def sightings(self, clip: str) -> tuple[Sighting, ...]:
        return ()


LOOKS: Final = {
    "street": Look(name="street", kind="street", code=1),
    "parking": Look(name="parking", kind="parking", code=2),
}


def make_scene(look: Look) -> Scene:
    return Crude(look)
