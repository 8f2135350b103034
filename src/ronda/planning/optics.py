"""How far a camera sees well enough for what it is for: from lens, sensor and pixels.

Decides the angle of view and the range by pixel density (IEC 62676-4: pixels across one metre of the
scene at the target). Does not know where the camera stands (`visibility`). The density is that of the
middle of a flat picture, as design tools give it; towards its edge a flat picture is denser, so nobody
inside the sector is seen worse than the purpose asks for.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ronda.planning.errors import ImpossibleOpticsError
from ronda.registry import lens

WIDEST_DEG: Final = 170.0  # of a flat picture; wider needs several cameras


class Purpose(StrEnum):
    """What must be possible with the picture of a person or vehicle."""

    DETECTION = "detection"
    OBSERVATION = "observation"
    RECOGNITION = "recognition"


PIXELS_PER_M: Final = {Purpose.DETECTION: 25.0, Purpose.OBSERVATION: 62.5, Purpose.RECOGNITION: 125.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Optics:
    """A camera by its data sheet.

    sensor_mm  width of the sensor
    lens_mm    focal length; of a zoom the one that will be set
    pixels     across the picture
    """

    sensor_mm: float
    lens_mm: float
    pixels: int

    def __post_init__(self) -> None:
        for name in ("sensor_mm", "lens_mm", "pixels"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ImpossibleOpticsError(f"{name} is {value}; it must be a number above 0")
        if self.view_deg > WIDEST_DEG:
            raise ImpossibleOpticsError(
                f"a lens of {self.lens_mm} mm before a sensor of {self.sensor_mm} mm would see {self.view_deg:.0f} "
                f"degrees; a flat picture ends at {WIDEST_DEG:.0f}. Next: check both figures on the data sheet"
            )

    @property
    def view_deg(self) -> float:
        """Horizontal angle of view."""
        return lens.view_deg(self.sensor_mm, self.lens_mm)

    def range_m(self, purpose: Purpose) -> float:
        """Farthest slant distance at which a metre still has the pixels that the purpose asks for."""
        return self.pixels * self.lens_mm / (PIXELS_PER_M[purpose] * self.sensor_mm)
