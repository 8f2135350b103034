"""What lies on the ground beside cells and points: shared uplinks, privacy zones, marked places, RT units, streets.

Values, and what they do to demand: a zone becomes cells that are better not seen, a mark says what kind of
place a cell is, an RT is a unit that somebody should see. Decides no plan.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
import shapely

from ronda.planning.demand import DEG_M
from ronda.planning.model import Cell
from ronda.planning.places import Hub, Zone

_ZONE_STEP_M: Final = 25.0
_MOST_ZONE_CELLS: Final = 400


class Place(StrEnum):
    """Places for which effect studies found most: they come first."""

    PARKING = "parking"
    RESIDENTIAL = "residential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An area (WKT in degrees, valid) of one kind of place."""

    place: Place
    shape: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One RT by the middle of its houses; `code` below that of its village."""

    code: str
    name: str
    lat_deg: float
    lon_deg: float


def marked(cells: Sequence[Cell], marks: Sequence[Mark]) -> tuple[Cell, ...]:
    """The cells with the kind of place that their middle lies in; of two the earlier in the list."""
    if not marks or not cells:
        return tuple(cells)
    tree = shapely.STRtree(shapely.points([c.lon_deg for c in cells], [c.lat_deg for c in cells]))
    place: dict[int, Place] = {}
    for mark in reversed(marks):
        for number in tree.query(shapely.from_wkt(mark.shape), predicate="intersects").tolist():
            place[number] = mark.place
    return tuple(replace(c, place=place[n].value) if n in place else c for n, c in enumerate(cells))


def zone_cells(zones: Iterable[Zone]) -> tuple[Cell, ...]:
    """Each zone as a grid of cells that share its weight; one too small for the grid is one cell."""
    made: list[Cell] = []
    for zone in zones:
        shape = shapely.from_wkt(zone.shape)
        step = _ZONE_STEP_M / DEG_M
        west, south, east, north = shape.bounds
        step = max(step, ((east - west) * (north - south) / _MOST_ZONE_CELLS) ** 0.5)
        lon, lat = np.meshgrid(np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step))
        inside = shapely.contains_xy(shape, lon.ravel(), lat.ravel())
        at = list(zip(lat.ravel()[inside].tolist(), lon.ravel()[inside].tolist(), strict=True))
        if not at:
            middle = shape.representative_point()
            at = [(middle.y, middle.x)]
        made += [Cell(lat_deg=lat, lon_deg=lon, shunned=zone.as_thefts / len(at)) for lat, lon in at]
    return tuple(made)


def unit_cells(cells: Sequence[Cell], units: Sequence[Unit]) -> tuple[Cell, ...]:
    """For a plan by RT: every unit asks once, and nothing else asks. Thefts stay, to be counted beside it."""
    quiet = [replace(cell, requests=0) for cell in cells]
    asking = [Cell(lat_deg=one.lat_deg, lon_deg=one.lon_deg, requests=1) for one in units]
    return (*quiet, *asking)


def hub_reach(hub: Hub, lat_deg: float, lon_deg: float) -> bool:
    """Can a point there be linked to it?"""
    east = (lon_deg - hub.lon_deg) * float(np.cos(np.radians(hub.lat_deg)))
    return bool(np.hypot(east, lat_deg - hub.lat_deg) * DEG_M <= hub.reach_m)
