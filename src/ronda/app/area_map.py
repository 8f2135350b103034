"""The shapes that are served now: the office's boundaries, or cells until there are some.

Holds the newest set in memory and asks the store at each use whether there is a newer one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from shapely import coverage_simplify, set_precision, to_geojson
from shapely.geometry.base import BaseGeometry

from ronda.core.ids import AreaCode
from ronda.registry.boundaries import BoundarySet
from ronda.registry.cells import AreaFinder, joined_by_district, village_cells
from ronda.store.sql.register_lists import SqlRegisterLists

_GRID_DEG = 0.0005  # for districts and cells: about 55 m, on a map of 250 km
_DISTRICT_TOLERANCE_DEG = 0.002


@dataclass(frozen=True)
class AreaShapes:
    """`uploaded` None: cells, which nobody may take for a boundary."""

    uploaded: BoundarySet | None

    @cached_property
    def villages(self) -> Mapping[AreaCode, BaseGeometry]:
        return self.uploaded.shapes() if self.uploaded else village_cells()

    @cached_property
    def finder(self) -> AreaFinder:
        return AreaFinder(self.villages)

    @cached_property
    def village_geometry(self) -> Mapping[AreaCode, dict[str, Any]]:
        """As GeoJSON values."""
        if self.uploaded:
            return dict(json.loads(self.uploaded.geojson))
        return {code: _value(shape) for code, shape in self.villages.items()}

    @cached_property
    def district_geometry(self) -> Mapping[AreaCode, dict[str, Any]]:
        joined = joined_by_district(self.villages)
        simple = coverage_simplify(list(joined.values()), _DISTRICT_TOLERANCE_DEG if self.uploaded else 0.0)
        return {code: _value(shape) for code, shape in zip(joined, simple, strict=True)}


class AreaMap:
    """Gives the shapes of now."""

    def __init__(self, lists: SqlRegisterLists) -> None:
        self._lists = lists
        self._version = -1
        self._shapes = AreaShapes(None)

    def now(self) -> AreaShapes:
        version = self._lists.boundaries_version()
        if version != self._version:
            self._shapes, self._version = AreaShapes(self._lists.boundaries()), version
        return self._shapes

    def village_at(self, lat_deg: float, lon_deg: float) -> AreaCode | None:
        """The village of a point: by boundaries where they are, else by the nearest centre."""
        return self.now().finder.village_at(lat_deg, lon_deg)


def _value(shape: BaseGeometry) -> dict[str, Any]:
    return dict(json.loads(to_geojson(set_precision(shape, _GRID_DEG))))
