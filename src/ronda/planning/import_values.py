"""One row of a planner's file to one value; what is wrong goes into `faults`, the row is then None.

The meaning of cells only, with the register's reader for what both know (names, kinds, areas). Which
columns a file has is `columns`; what follows from faults is `imports`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import shapely
from shapely.errors import ShapelyError

from ronda.core.ids import AreaCode
from ronda.planning.aiming import ON_BUILDING, needs_of, priced
from ronda.planning.demand import Incident, IncidentKind
from ronda.planning.errors import ImpossibleOpticsError, PriceMissingError
from ronda.planning.model import HEIGHT_M, Building, Candidate, Money, Price, Standing
from ronda.planning.optics import Optics, Purpose
from ronda.planning.pricing import CAMERAS, POWERS, UPLINKS, Item, PriceItem, is_complete, usual_needs
from ronda.registry.import_rows import KINDS, RowReader
from ronda.registry.model import SiteKind
from ronda.registry.table_file import Row
from ronda.registry.utm import degrees

MOST_IDR: Final = 100_000_000_000
MOST_BUDGET_IDR: Final = 10_000_000_000_000
MOST_AT_ONCE: Final = 1_000_000  # incidents that one row may stand for
INCIDENTS: Final[Mapping[str, IncidentKind]] = {
    "pencurian kendaraan": IncidentKind.VEHICLE_THEFT,
    "pencurian sepeda motor": IncidentKind.VEHICLE_THEFT,
    "pencurian dalam kendaraan": IncidentKind.VEHICLE_THEFT,
    "curanmor": IncidentKind.VEHICLE_THEFT,
    "pencurian": IncidentKind.THEFT,
    "lalu lintas": IncidentKind.TRAFFIC,
    "kecelakaan": IncidentKind.TRAFFIC,
    "permintaan": IncidentKind.REQUEST,
    **{kind.value: kind for kind in IncidentKind},
}
ITEMS: Final[Mapping[str, Item]] = {
    "tiang": Item.POLE,
    "kabinet": Item.CABINET,
    "sakelar jaringan": Item.SWITCH,
    "serat optik per meter": Item.UPLINK_FIBRE_M,
    "radio": Item.UPLINK_RADIO,
    "seluler": Item.UPLINK_CELLULAR,
    "listrik pln": Item.POWER_GRID,
    "panel surya": Item.POWER_SOLAR,
    "sambungan bersama": Item.UPLINK_SHARED,
    "kamera tetap": Item.CAMERA_FIXED,
    "kamera tele": Item.CAMERA_LONG,
    "kamera kubah": Item.CAMERA_DOME,
    **{item.value: item for item in Item},
}
LINKS: Final[Mapping[str, Item]] = {
    "serat optik": Item.UPLINK_FIBRE_M,
    "serat": Item.UPLINK_FIBRE_M,
    "radio": Item.UPLINK_RADIO,
    "seluler": Item.UPLINK_CELLULAR,
    "bersama": Item.UPLINK_SHARED,
    **{item.value: item for item in (*UPLINKS, Item.UPLINK_SHARED)},
}
POWER: Final[Mapping[str, Item]] = {
    "pln": Item.POWER_GRID,
    "listrik pln": Item.POWER_GRID,
    "surya": Item.POWER_SOLAR,
    "panel surya": Item.POWER_SOLAR,
    **{item.value: item for item in POWERS},
}
OBSERVATION: Final = Purpose.OBSERVATION
PURPOSES: Final[Mapping[str, Purpose]] = {
    "deteksi": Purpose.DETECTION,
    "pengamatan": Purpose.OBSERVATION,
    "pengenalan": Purpose.RECOGNITION,
    **{purpose.value: purpose for purpose in Purpose},
}
_SIGHT: Final = ("sudut", "jangkauan_m", "lensa_mm", "sensor_mm", "piksel")
_Named = TypeVar("_Named")
RULES: Final = {"": False, "umum": False, "general": False, "hanya desa": True, "villages_only": True}
_DATE: Final = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})|(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})|(\d{4})-(\d{2})")
_PAIR: Final = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*[,; ]\s*(-?\d+(?:\.\d+)?)\s*")
_ZONES: Final = ((50, False), (50, True))  # the regency lies on both sides of the equator


@dataclass(slots=True, kw_only=True)
class ValueReader(RowReader):
    """The methods named as what they read; each remembers what stood in earlier rows."""

    listed: Mapping[SiteKind, Price] = field(default_factory=dict)
    items: Sequence[PriceItem] = ()
    every: IncidentKind | None = None
    _at_place: dict[tuple[float, float], int] = field(default_factory=dict)

    def candidate(self, row: Row) -> Candidate | None:
        before = len(self.faults)
        point = self._camera_name(row)
        name = self._text(row, "nama", least=2)
        kind = self._kind(row)
        at = self._place(row)
        area = self._area(row, at) if at else None
        price = self.listed.get(kind) if kind else None
        height = self._amount(row, "tinggi_m", HEIGHT_M, 200.0)
        if kind is not None and not row.cells.get("biaya_bangun") and is_complete(self.items):
            return self._put_together(row, before, point, name, kind, at, area, height)
        build = self._amount(row, "biaya_bangun", price.build_cost_idr if price else None, MOST_IDR)
        yearly = self._amount(row, "biaya_tahunan", price.yearly_cost_idr if price else None, MOST_IDR)
        reach = self._amount(row, "jangkauan_m", price.reach_m if price else None, 1000.0)
        if at is not None:
            self._alone(row, at)
        if len(self.faults) > before or kind is None or at is None or area is None:
            return None
        return Candidate(
            point=point,
            name=name,
            kind=kind,
            area=area,
            lat_deg=at[0],
            lon_deg=at[1],
            build_cost_idr=int(build),
            yearly_cost_idr=int(yearly),
            reach_m=reach,
            requested_by=_asked_by(row),
            height_m=height,
        )

    def _put_together(
        self,
        row: Row,
        before: int,
        point: str,
        name: str,
        kind: SiteKind,
        at: tuple[float, float] | None,
        area: AreaCode | None,
        height: float,
    ) -> Candidate | None:
        """A point without a price of its own: its things at listed prices; its cameras are the plan's choice."""
        uplink = self._word(row, "sambungan", LINKS) if row.cells.get("sambungan") else None
        power = self._word(row, "listrik", POWER) if row.cells.get("listrik") else None
        fibre = self._amount(row, "serat_m", None, 100_000.0) if row.cells.get("serat_m") else None
        if at is not None:
            self._alone(row, at)
        if len(self.faults) > before or at is None or area is None:
            return None
        try:
            wanted = usual_needs(
                self.items, on_building=kind in ON_BUILDING, uplink=uplink, power=power,
                fibre_m=None if fibre is None else math.ceil(fibre),
            )  # fmt: skip
        except PriceMissingError as error:
            self._fault(row, "sambungan", "no_item_price", hint=", ".join(error.items)[:160])
            return None
        bare = Candidate(
            point=point, name=name, kind=kind, area=area, lat_deg=at[0], lon_deg=at[1], build_cost_idr=0,
            yearly_cost_idr=0, reach_m=0.0, requested_by=_asked_by(row), needs=needs_of(wanted), height_m=height,
        )  # fmt: skip
        return priced(bare, self.items)

    def price(self, row: Row) -> Price | None:
        before = len(self.faults)
        kind = self._kind(row)
        if kind is not None:
            self._once(row, "jenis", kind.value)
        build = self._amount(row, "biaya_bangun", None, MOST_IDR)
        yearly = self._amount(row, "biaya_tahunan", None, MOST_IDR)
        reach = self._amount(row, "jangkauan_m", None, 1000.0)
        source, year = self._text(row, "sumber", least=3), self._year(row)
        if len(self.faults) > before or kind is None:
            return None
        return Price(
            kind=kind,
            build_cost_idr=int(build),
            yearly_cost_idr=int(yearly),
            reach_m=reach,
            source=source,
            year=year,
        )

    def item(self, row: Row) -> PriceItem | None:
        before = len(self.faults)
        item = self._word(row, "barang", ITEMS)
        if item is not None:
            self._once(row, "barang", item.value)
        each = self._amount(row, "harga", None, MOST_IDR)
        low = self._amount(row, "harga_rendah", each, MOST_IDR)
        high = self._amount(row, "harga_tinggi", each, MOST_IDR)
        yearly = self._amount(row, "biaya_tahunan", 0, MOST_IDR)
        source, year = self._text(row, "sumber", least=3), self._year(row)
        if len(self.faults) == before and not low <= each <= high:
            self._fault(row, "harga", "bad_range", hint=f"{low:.0f} / {each:.0f} / {high:.0f}")
        view: tuple[float, float] | None = None
        purpose = OBSERVATION
        if item in CAMERAS and any(row.cells.get(name) for name in _SIGHT):
            purpose = (self._word(row, "tujuan", PURPOSES) if row.cells.get("tujuan") else None) or OBSERVATION
            view = self._view(row, before, purpose)
        if len(self.faults) > before or item is None:
            return None
        return PriceItem(
            item=item, each_idr=int(each), low_idr=int(low), high_idr=int(high), yearly_idr=int(yearly),
            source=source, year=year, view_deg=view[0] if view else None, range_m=view[1] if view else None,
            purpose=purpose.value if view else "",
        )  # fmt: skip

    def money(self, row: Row) -> Money | None:
        before = len(self.faults)
        source, year = self._text(row, "sumber", least=2), self._year(row)
        amount = self._amount(row, "jumlah", None, MOST_BUDGET_IDR)
        word = " ".join(row.cells.get("aturan", "").casefold().split())
        if word not in RULES:
            self._fault(row, "aturan", "bad_rule", hint=", ".join(name for name in RULES if name))
        self._once(row, "sumber", f"{source.casefold()} {year}")
        if len(self.faults) > before:
            return None
        return Money(source=source, year=year, amount_idr=int(amount), villages_only=RULES[word])

    def incident(self, row: Row) -> tuple[Incident, int, int | None] | None:
        """The incident, how many of it, and its month counted from year 0."""
        before = len(self.faults)
        kind = self.every or self._word(row, "kejadian", INCIDENTS)
        at = self._place(row)
        number = self._count(row)
        month = self._month(row)
        if len(self.faults) > before or at is None or kind is None:
            return None
        return Incident(kind=kind, lat_deg=at[0], lon_deg=at[1]), number, month

    def standing(self, row: Row) -> Standing | None:
        before = len(self.faults)
        at = self._place(row)
        direction = self._number(row, "arah", 0, 360, "bad_direction", "")
        if direction is None and not row.cells.get("arah"):
            self._fault(row, "arah", "missing")
        height = self._amount(row, "tinggi_m", 5.0, 200.0)
        view, reach = self._view(row, before)
        if len(self.faults) > before or at is None or direction is None:
            return None
        return Standing(
            lat_deg=at[0], lon_deg=at[1], reach_m=reach, direction_deg=direction, view_deg=view, height_m=height
        )

    def building(self, row: Row) -> Building | None:
        before = len(self.faults)
        height = self._amount(row, "tinggi_m", None, 1000.0)
        text = row.cells.get("bentuk", "")
        try:
            shape = shapely.from_wkt(text) if text else None
        except (ShapelyError, ValueError):
            shape = None
        if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon"):
            self._fault(row, "bentuk", "no_polygon")
        elif not shape.is_valid:
            reason = shapely.is_valid_reason(shape)
            self._fault(row, "bentuk", "crossing_shape", value=reason[:80], hint=reason[:80])
        else:
            west, south, east, north = shape.bounds
            self._checked(row, south, west, f"{south:g}, {west:g}")
            self._checked(row, north, east, f"{north:g}, {east:g}")
        return None if len(self.faults) > before else Building(shape=text, height_m=height)

    # ---- cells

    def _kind(self, row: Row) -> SiteKind | None:
        if not row.cells.get("jenis"):
            self._fault(row, "jenis", "missing")
            return None
        return self._choice(row, "jenis", KINDS, None)

    def _word(self, row: Row, column: str, words: Mapping[str, _Named]) -> _Named | None:
        word = " ".join(row.cells.get(column, "").casefold().split())
        if not word:
            self._fault(row, column, "missing")
        elif word not in words:
            self._fault(row, column, "bad_kind", hint=", ".join(w for w in words if "_" not in w)[:200])
        return words.get(word)

    def _amount(self, row: Row, column: str, otherwise: float | None, most: float) -> float:
        if not row.cells.get(column):
            if otherwise is None:
                self._fault(row, column, "missing")
            return otherwise or 0.0
        found = self._number(row, column, 0, most, "bad_number", "")
        return found if found is not None else 0.0

    def _year(self, row: Row) -> int:
        found = self._amount(row, "tahun", None, 2100.0)
        if row.cells.get("tahun") and found and (found < 2000 or found != int(found)):
            self._fault(row, "tahun", "bad_number")
        return int(found)

    def _count(self, row: Row) -> int:
        text = row.cells.get("jumlah", "")
        if not text:
            return 1
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (0 <= value <= MOST_AT_ONCE) or value != int(value):
            self._fault(row, "jumlah", "bad_weight", hint=str(MOST_AT_ONCE))
            return 0
        return int(value)

    def _month(self, row: Row) -> int | None:
        text = row.cells.get("tanggal", "")
        if not text:
            return None
        found = _DATE.match(text.strip())
        if found is None:
            self._fault(row, "tanggal", "bad_date")
            return None
        year, month, day = (
            (found[1], found[2], found[3]) if found[1] else
            (found[6], found[5], found[4]) if found[6] else (found[7], found[8], "1")
        )  # fmt: skip
        if not (1900 <= int(year) <= 2200 and 1 <= int(month) <= 12 and 1 <= int(day) <= 31):
            self._fault(row, "tanggal", "bad_date")
            return None
        return int(year) * 12 + int(month) - 1

    def _view(self, row: Row, before: int, purpose: Purpose = OBSERVATION) -> tuple[float, float]:
        """Angle and range: as given, else from lens, sensor and pixels for the purpose."""
        if row.cells.get("sudut") and row.cells.get("jangkauan_m"):
            view = self._number(row, "sudut", 1, 360, "bad_direction", "")
            return view or 0.0, self._amount(row, "jangkauan_m", None, 1000.0)
        told = [row.cells.get(name, "") for name in ("lensa_mm", "sensor_mm", "piksel")]
        if not all(told):
            self._fault(row, "lensa_mm", "no_view", value=", ".join(told))
            return 0.0, 0.0
        lens, sensor = self._amount(row, "lensa_mm", None, 1000.0), self._amount(row, "sensor_mm", None, 100.0)
        pixels = int(self._amount(row, "piksel", None, 100_000.0))
        if len(self.faults) > before:
            return 0.0, 0.0
        try:
            optics = Optics(sensor_mm=sensor, lens_mm=lens, pixels=pixels)
        except ImpossibleOpticsError as error:
            self._fault(row, "lensa_mm", "bad_optics", hint=str(error)[:160])
            return 0.0, 0.0
        return optics.view_deg, optics.range_m(purpose)

    def _place(self, row: Row) -> tuple[float, float] | None:
        """Latitude and longitude, from two columns or from one; a fault when there is none."""
        pair = row.cells.get("koordinat", "")
        if pair and not (row.cells.get("lat") or row.cells.get("lon")):
            found = _PAIR.fullmatch(pair)
            if found is None:
                self._fault(row, "koordinat", "bad_number")
                return None
            row = Row(number=row.number, cells={**row.cells, "lat": found[1], "lon": found[2]})
        lat, lon = row.cells.get("lat", ""), row.cells.get("lon", "")
        if not lat and not lon:
            self._fault(row, "lat", "missing")
            return None
        zone = _metres(lat, lon)
        if zone:
            self._fault(row, "lat", "metres", value=f"{lat}, {lon}", hint=zone)
            return None
        return self._point(row)

    def _checked(self, row: Row, lat: float, lon: float, shown: str) -> None:
        where = Row(number=row.number, cells={"lat": repr(lat), "lon": repr(lon)})
        zone = _metres(where.cells["lat"], where.cells["lon"])
        if zone:
            self._fault(row, "bentuk", "metres", value=shown, hint=zone)
        else:
            self._point(where)

    def _alone(self, row: Row, at: tuple[float, float]) -> None:
        place = round(at[0], 6), round(at[1], 6)  # a tenth of a metre
        if place in self._at_place:
            self._fault(row, "lat", "same_place", value=f"{at[0]}, {at[1]}", hint=str(self._at_place[place]))
        else:
            self._at_place[place] = row.number


def _asked_by(row: Row) -> tuple[str, ...]:
    return tuple(part.strip() for part in row.cells.get("diminta", "").split("|") if part.strip())


def _metres(lat: str, lon: str) -> str:
    """What the two would be in degrees if they are metres of the regency's zones; "" when they are degrees."""
    try:
        one, two = float(lat), float(lon)
    except ValueError:
        return ""
    if not (math.isfinite(one) and math.isfinite(two)) or max(abs(one), abs(two)) <= 360:
        return ""
    for east, north in ((two, one), (one, two)):
        for zone, south in _ZONES:
            if 100_000 <= east <= 900_000 and 0 <= north <= 10_000_000:
                at = degrees(east, north, zone, south=south)
                if -1.5 <= at[0] <= 3:
                    return f"{zone}{'S' if south else 'N'}: {at[0]:.5f}, {at[1]:.5f}"
    return "?"
