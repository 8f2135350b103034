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


class Tally:
    """Counts by square as incidents come, one after the other: memory grows with the places, not with the rows.

    Thefts that have a month are also counted by it, so that a later period can be kept apart (`learning`).
    """

    def __init__(self, size_m: float = CELL_M) -> None:
        self.step_deg = size_m / DEG_M
        self._counts: dict[tuple[int, int], list[int]] = {}
        self.thefts_by_month: dict[int, dict[tuple[int, int], int]] = {}

    def add(self, incident: Incident, number: int = 1, month: int | None = None) -> None:
        """`number` alike at one place; `month` counted from year 0."""
        key = (math.floor(incident.lat_deg / self.step_deg), math.floor(incident.lon_deg / self.step_deg))
        row = self._counts.setdefault(key, [0, 0, 0, 0])
        if incident.kind is IncidentKind.TRAFFIC:
            row[2] += number
        elif incident.kind is IncidentKind.REQUEST:
            row[3] += number
        else:
            row[0] += number
            row[1] += number * (incident.kind is IncidentKind.VEHICLE_THEFT)
            if month is not None:
                places = self.thefts_by_month.setdefault(month, {})
                places[key] = places.get(key, 0) + number

    @property
    def counted(self) -> int:
        return sum(sum((row[0], row[2], row[3])) for row in self._counts.values())

    def cells(self) -> tuple[Cell, ...]:
        """In order of place. The centre of the square stands for all of it."""
        return tuple(
            Cell(
                lat_deg=(key[0] + 0.5) * self.step_deg,
                lon_deg=(key[1] + 0.5) * self.step_deg,
                thefts=row[0],
                vehicle_thefts=row[1],
                traffic=row[2],
                requests=row[3],
            )
            for key, row in sorted(self._counts.items())
        )


def cells_of(incidents: Iterable[Incident], size_m: float = CELL_M) -> tuple[Cell, ...]:
    """Counts by square, in order of place."""
    tally = Tally(size_m)
    for incident in incidents:
        tally.add(incident)
    return tally.cells()


def weights(cells: Sequence[Cell], shares: Shares) -> npt.NDArray[np.int64]:
    """What each cell weighs; a kind that nobody counted gives its share to nobody.

    Thefts weigh by what is expected, where a later period said how they spread, else by their counts. A
    theft of or from a vehicle weighs `shares.vehicle` times another one: deterrence was found for those, and most
    at parking places and in residential streets, where marks say so. Privacy zones weigh below zero.
    """
    found = np.zeros(len(cells))
    thefts = [_thefts(cell, shares) for cell in cells]
    for share, counts in (
        (shares.theft, thefts),
        (shares.traffic, [cell.traffic for cell in cells]),
        (shares.request, [cell.requests for cell in cells]),
    ):
        column = np.array(counts, dtype=np.float64)
        total = column.sum()
        if total > 0:
            found += share * column / total
    found -= shares.theft * np.array([cell.shunned for cell in cells]) / max(sum(thefts), 1.0)
    return np.rint(found * WHOLE).astype(np.int64)


def _thefts(cell: Cell, shares: Shares) -> float:
    times = {"parking": shares.parking, "residential": shares.residential}.get(cell.place, 1.0)
    if cell.expected is not None:
        return cell.expected * times
    return (cell.thefts + (shares.vehicle - 1.0) * cell.vehicle_thefts) * times


def shown_count(count: int) -> str:
    """A count as screens and files show it: small ones could point at one household."""
    return str(count) if count >= HIDDEN_BELOW or count == 0 else f"<{HIDDEN_BELOW}"
