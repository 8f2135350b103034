"""Turn counts of thefts, traffic incidents and requests into whole weights by cell of the ground.

Decides how incidents become cells (squares of `CELL_M` metres) and what a cell weighs. Does not know
who reported what: it takes points with a kind. Invariant: weights are whole numbers that depend on the
counts and the published shares alone. Small counts are never shown singly (`shown_count`).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from ronda.planning.model import WHOLE, Cell, Shares

CELL_M: Final = 50.0
COUNTED_MONTHS: Final = 12
HIDDEN_BELOW: Final = 3
EARTH_M: Final = 6_371_008.8
DEG_M: Final = math.pi / 180 * EARTH_M


class IncidentKind(StrEnum):
    THEFT = "theft"
    VEHICLE_THEFT = "vehicle_theft"
    TRAFFIC = "traffic"
    REQUEST = "request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that counts as demand at a place; nothing of who or whose."""

    kind: IncidentKind
    lat_deg: float
    lon_deg: float


def cells_of(incidents: Iterable[Incident], size_m: float = CELL_M) -> tuple[Cell, ...]:
    """Counts by square, in order of place. The centre of the square stands for all of it."""
    counts: dict[tuple[int, int], list[int]] = {}
    step_deg = size_m / DEG_M
    for incident in incidents:
        key = (math.floor(incident.lat_deg / step_deg), math.floor(incident.lon_deg / step_deg))
        row = counts.setdefault(key, [0, 0, 0, 0])
        if incident.kind is IncidentKind.TRAFFIC:
            row[2] += 1
        elif incident.kind is IncidentKind.REQUEST:
            row[3] += 1
        else:
            row[0] += 1
            row[1] += incident.kind is IncidentKind.VEHICLE_THEFT
    return tuple(
        Cell(
            lat_deg=(key[0] + 0.5) * step_deg,
            lon_deg=(key[1] + 0.5) * step_deg,
            thefts=row[0],
            vehicle_thefts=row[1],
            traffic=row[2],
            requests=row[3],
        )
        for key, row in sorted(counts.items())
    )


def weights(cells: Sequence[Cell], shares: Shares) -> npt.NDArray[np.int64]:
    """What each cell weighs; a kind that nobody counted gives its share to nobody."""
    found = np.zeros(len(cells))
    for share, counts in (
        (shares.theft, [cell.thefts for cell in cells]),
        (shares.traffic, [cell.traffic for cell in cells]),
        (shares.request, [cell.requests for cell in cells]),
    ):
        column = np.array(counts, dtype=np.float64)
        total = column.sum()
        if total > 0:
            found += share * column / total
    return np.rint(found * WHOLE).astype(np.int64)


def shown_count(count: int) -> str:
    """A count as screens and files show it: small ones could point at one household."""
    return str(count) if count >= HIDDEN_BELOW or count == 0 else f"<{HIDDEN_BELOW}"
