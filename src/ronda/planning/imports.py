"""Candidate points, prices and incidents from a CSV or GeoJSON: all rows or none, one message a fault.

Reads with the register's own reader (`registry.table_file`, `registry.import_rows`), so that areas,
coordinates and faults mean the same everywhere. Incidents leave here as counts by cell only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from ronda.planning.demand import Incident, IncidentKind, cells_of
from ronda.planning.model import Candidate, Cell, Price
from ronda.registry.import_rows import KINDS, Known, RowReader
from ronda.registry.model import SiteKind
from ronda.registry.row_fault import RowFault
from ronda.registry.table_file import Row, Table, read_table

MOST_IDR: Final = 100_000_000_000
_Made = TypeVar("_Made")


class PlanFile(StrEnum):
    CANDIDATES = "candidates"
    PRICES = "prices"
    INCIDENTS = "incidents"


COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("titik", "point", "kode"),
    "nama": ("name",),
    "jenis": ("kind",),
    "wilayah": ("area", "desa", "village", "kode_desa"),
    "lat": ("lat_deg", "lintang", "latitude"),
    "lon": ("lon_deg", "bujur", "longitude", "lng"),
    "biaya_bangun": ("build_cost_idr",),
    "biaya_tahunan": ("yearly_cost_idr",),
    "jangkauan_m": ("reach_m",),
    "diminta": ("requested_by",),
    "sumber": ("source",),
    "tahun": ("year",),
    "kejadian": ("incident",),
}
NEEDED: Final = {
    PlanFile.CANDIDATES: ("id", "nama", "jenis", "lat", "lon"),
    PlanFile.PRICES: ("jenis", "biaya_bangun", "biaya_tahunan", "jangkauan_m", "sumber", "tahun"),
    PlanFile.INCIDENTS: ("kejadian", "lat", "lon"),
}
INCIDENTS: Final[Mapping[str, IncidentKind]] = {
    "pencurian kendaraan": IncidentKind.VEHICLE_THEFT,
    "curanmor": IncidentKind.VEHICLE_THEFT,
    "pencurian": IncidentKind.THEFT,
    "lalu lintas": IncidentKind.TRAFFIC,
    "kecelakaan": IncidentKind.TRAFFIC,
    "permintaan": IncidentKind.REQUEST,
    **{kind.value: kind for kind in IncidentKind},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDraft:
    """What a file would change; stored only when `faults` is empty."""

    kind: PlanFile
    rows: int = 0
    candidates: Sequence[Candidate] = ()
    prices: Sequence[Price] = ()
    cells: Sequence[Cell] = ()
    faults: Sequence[RowFault] = ()


@dataclass(slots=True, kw_only=True)
class _Reader(RowReader):
    listed: Mapping[SiteKind, Price] = field(default_factory=dict)

    def candidate(self, row: Row) -> Candidate | None:
        before = len(self.faults)
        point = self._camera_name(row)
        name = self._text(row, "nama", least=2)
        kind = self._choice(row, "jenis", KINDS, None)
        if kind is None and not row.cells.get("jenis"):
            self._fault(row, "jenis", "missing")
        at = self._point(row)
        if at is None and len(self.faults) == before:
            self._fault(row, "lat", "missing")
        area = self._area(row, at)
        price = self.listed.get(kind) if kind else None
        build = self._amount(row, "biaya_bangun", price.build_cost_idr if price else None, MOST_IDR)
        yearly = self._amount(row, "biaya_tahunan", price.yearly_cost_idr if price else None, MOST_IDR)
        reach = self._amount(row, "jangkauan_m", price.reach_m if price else None, 1000.0)
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
            requested_by=tuple(part.strip() for part in row.cells.get("diminta", "").split("|") if part.strip()),
        )

    def price(self, row: Row) -> Price | None:
        before = len(self.faults)
        kind = self._choice(row, "jenis", KINDS, None)
        if kind is None and not row.cells.get("jenis"):
            self._fault(row, "jenis", "missing")
        if kind is not None:
            self._once(row, "jenis", kind.value)
        build = self._amount(row, "biaya_bangun", None, MOST_IDR)
        yearly = self._amount(row, "biaya_tahunan", None, MOST_IDR)
        reach = self._amount(row, "jangkauan_m", None, 1000.0)
        source = self._text(row, "sumber", least=3)
        year = self._amount(row, "tahun", None, 2100.0)
        if len(self.faults) > before or kind is None:
            return None
        return Price(
            kind=kind,
            build_cost_idr=int(build),
            yearly_cost_idr=int(yearly),
            reach_m=reach,
            source=source,
            year=int(year),
        )

    def incident(self, row: Row) -> Incident | None:
        before = len(self.faults)
        word = " ".join(row.cells.get("kejadian", "").casefold().split())
        if not word:
            self._fault(row, "kejadian", "missing")
        elif word not in INCIDENTS:
            self._fault(row, "kejadian", "bad_kind", hint=", ".join(w for w in INCIDENTS if "_" not in w))
        at = self._point(row)
        if at is None and len(self.faults) == before:
            self._fault(row, "lat", "missing")
        if len(self.faults) > before or at is None:
            return None
        return Incident(kind=INCIDENTS[word], lat_deg=at[0], lon_deg=at[1])

    def _amount(self, row: Row, column: str, otherwise: float | None, most: float) -> float:
        if not row.cells.get(column):
            if otherwise is None:
                self._fault(row, column, "missing")
            return otherwise or 0.0
        found = self._number(row, column, 0, most, "bad_number", "")
        return found if found is not None else 0.0


def draft(data: bytes, kind: PlanFile, *, known: Known, source: str, prices: Sequence[Price] = ()) -> PlanDraft:
    """Read a file. A candidate without costs takes those of the price list for its kind."""
    table = _with_our_names(read_table(data))
    if not table.columns:
        return PlanDraft(kind=kind, faults=table.faults)
    absent = [name for name in NEEDED[kind] if name not in table.columns]
    if absent:
        shown = ", ".join(table.columns)[:80]
        faults = [RowFault(row=1, column=name, value=shown, code="no_column") for name in absent]
        return PlanDraft(kind=kind, rows=len(table.rows), faults=[*table.faults, *faults])
    reader = _Reader(
        known=known,
        source=source,
        every_place=None,
        training=False,
        faults=list(table.faults),
        listed={one.kind: one for one in prices},
    )
    candidates = _all(table, reader.candidate) if kind is PlanFile.CANDIDATES else []
    listed = _all(table, reader.price) if kind is PlanFile.PRICES else []
    incidents = _all(table, reader.incident) if kind is PlanFile.INCIDENTS else []
    return PlanDraft(
        kind=kind,
        rows=len(table.rows),
        candidates=candidates,
        prices=listed,
        cells=cells_of(incidents),
        faults=sorted(reader.faults, key=lambda fault: fault.row),
    )


def _with_our_names(table: Table) -> Table:
    ours: dict[str, str] = {}
    for name, others in COLUMNS.items():
        found = next((one for one in (name, *others) if one in table.columns), None)
        if found is not None:
            ours[found] = name
    rows = [
        Row(number=row.number, cells={ours[name]: value for name, value in row.cells.items() if name in ours})
        for row in table.rows
    ]
    return Table(columns=tuple(ours.get(name, name) for name in table.columns), rows=rows, faults=table.faults)


def _all(table: Table, read: Callable[[Row], _Made | None]) -> list[_Made]:
    return [made for row in table.rows if (made := read(row)) is not None]
