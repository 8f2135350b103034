"""Rows of what lies on the ground: streets, shared uplinks, privacy zones, marked places, RT units.

As `import_values`, whose reader this adds to: one row to one value; what is wrong goes into `faults`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from ronda.planning.import_values import MOST_IDR, ValueReader
from ronda.planning.places import Hub, Zone
from ronda.planning.surface import Mark, Place, Unit
from ronda.registry.table_file import Row

MOST_PORTS: Final = 10_000
MOST_AS_THEFTS: Final = 100_000.0
PLACES: Final[Mapping[str, Place]] = {
    "parkir": Place.PARKING,
    "tempat parkir": Place.PARKING,
    "permukiman": Place.RESIDENTIAL,
    "jalan permukiman": Place.RESIDENTIAL,
    **{place.value: place for place in Place},
}
_AREAS: Final = ("Polygon", "MultiPolygon")
_LINES: Final = ("LineString", "MultiLineString")


@dataclass(slots=True, kw_only=True)
class GroundReader(ValueReader):
    """The methods named as what they read."""

    def road(self, row: Row) -> str | None:
        before = len(self.faults)
        shape = self._shape(row, _LINES, "no_line")
        return None if shape is None or len(self.faults) > before else row.cells["bentuk"]

    def hub(self, row: Row) -> Hub | None:
        before = len(self.faults)
        name, text = self._camera_name(row), self._text(row, "nama", least=2)
        at = self._place(row)
        build = self._amount(row, "biaya_bangun", None, MOST_IDR)
        yearly = self._amount(row, "biaya_tahunan", None, MOST_IDR)
        reach = self._amount(row, "jangkauan_m", None, 50_000.0)
        ports = self._amount(row, "porta", None, MOST_PORTS)
        if len(self.faults) == before and (ports < 1 or ports != int(ports)):
            self._fault(row, "porta", "bad_weight", hint=str(MOST_PORTS))
        if len(self.faults) > before or at is None:
            return None
        return Hub(
            hub=name, name=text, lat_deg=at[0], lon_deg=at[1], ports=int(ports), build_cost_idr=int(build),
            yearly_cost_idr=int(yearly), reach_m=reach,
        )  # fmt: skip

    def zone(self, row: Row) -> Zone | None:
        before = len(self.faults)
        name = self._text(row, "nama", least=2)
        shape = self._shape(row, _AREAS, "no_polygon")
        worth = self._amount(row, "setara", None, MOST_AS_THEFTS)
        if len(self.faults) == before and worth <= 0:
            self._fault(row, "setara", "bad_number")
        if shape is None or len(self.faults) > before:
            return None
        return Zone(name=name, shape=row.cells["bentuk"], as_thefts=worth)

    def mark(self, row: Row) -> Mark | None:
        before = len(self.faults)
        place = self._word(row, "jenis", PLACES)
        shape = self._shape(row, _AREAS, "no_polygon")
        if place is None or shape is None or len(self.faults) > before:
            return None
        return Mark(place=place, shape=row.cells["bentuk"])

    def unit(self, row: Row) -> Unit | None:
        before = len(self.faults)
        code, name = self._text(row, "id", least=1), self._text(row, "nama", least=2)
        self._once(row, "id", code)
        at = self._place(row)
        if len(self.faults) > before or at is None:
            return None
        return Unit(code=code, name=name, lat_deg=at[0], lon_deg=at[1])

    def _shape(self, row: Row, kinds: tuple[str, ...], code: str) -> BaseGeometry | None:
        """The shape of the row, valid and in the regency; a fault when it is not."""
        text = row.cells.get("bentuk", "")
        try:
            shape = shapely.from_wkt(text) if text else None
        except (ShapelyError, ValueError):
            shape = None
        if shape is None or shape.geom_type not in kinds or shape.is_empty:
            self._fault(row, "bentuk", code)
            return None
        if not shape.is_valid:
            reason = shapely.is_valid_reason(shape)
            self._fault(row, "bentuk", "crossing_shape", value=reason[:80], hint=reason[:80])
        else:
            west, south, east, north = shape.bounds
            self._checked(row, south, west, f"{south:g}, {west:g}")
            self._checked(row, north, east, f"{north:g}, {east:g}")
        return shape
