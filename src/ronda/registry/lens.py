"""The angle of view of a lens before a sensor: what a data sheet says when nobody has measured the angle."""

import math


def view_deg(sensor_mm: float, lens_mm: float) -> float:
    """Horizontal angle of a flat picture; both figures above 0."""
    return math.degrees(2 * math.atan(sensor_mm / (2 * lens_mm)))
