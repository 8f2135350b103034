"""Bounds of the numbers that come in: no database of ours holds an integer of any length, no calendar any year."""

from typing import Annotated, Final

from annotated_types import Ge, Le

LATEST_US: Final = 4_102_444_800_000_000  # the year 2100
MOST: Final = (1 << 53) - 1  # what a screen's numbers hold exactly

Moment = Annotated[int, Ge(0), Le(LATEST_US)]  # UTC microseconds
Count = Annotated[int, Ge(0), Le(MOST)]
