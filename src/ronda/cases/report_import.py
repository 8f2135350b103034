"""A list of police reports for the back-test from a CSV or GeoJSON: all rows or none, one message a fault."""

from dataclasses import dataclass
from typing import Final

from ronda.cases.backtest import TheftReport
from ronda.core.errors import WrongUsageError
from ronda.core.time import MINUTE_US, TimeSpan, parse_utc
from ronda.registry.import_rows import Known, RowReader
from ronda.registry.row_fault import RowFault
from ronda.registry.table_file import Row, read_table

_COLUMNS: Final = {
    "nomor": ("number", "no", "lp"),
    "jenis": ("kind", "tindak_pidana"),
    "tempat": ("place", "tkp"),
    "mulai": ("start", "waktu"),
    "selesai": ("end",),
    "lat": ("lat_deg", "lintang", "latitude"),
    "lon": ("lon_deg", "bujur", "longitude", "lng"),
}
_NEEDED: Final = ("nomor", "jenis", "tempat", "mulai", "lat", "lon")
_SHORTEST_US: Final = 30 * MINUTE_US


@dataclass(slots=True, kw_only=True)
class _Reader(RowReader):
    def report(self, row: Row) -> TheftReport | None:
        before = len(self.faults)
        number, kind = self._text(row, "nomor", least=1)[:80], self._text(row, "jenis", least=3)
        self._once(row, "nomor", number)
        place = self._text(row, "tempat", least=2)
        start_us, end_us = self._instant(row, "mulai"), self._instant(row, "selesai")
        if start_us is None and row.cells.get("mulai", "") == "":
            self._fault(row, "mulai", "missing")
        if start_us is not None and end_us is not None and end_us < start_us:
            self._fault(row, "selesai", "bad_time")
        at = self._point(row)
        if at is None and len(self.faults) == before:
            self._fault(row, "lat", "missing")
        if len(self.faults) > before or at is None or start_us is None:
            return None
        return TheftReport(
            report_id=number,
            kind=kind,
            place=place,
            lat_deg=at[0],
            lon_deg=at[1],
            span=TimeSpan(start_us, end_us if end_us is not None else start_us + _SHORTEST_US),
            source=f"import:{self.source}"[:200],
            training=self.training,
        )

    def _instant(self, row: Row, column: str) -> int | None:
        """A time that names its offset; without one it is taken as WITA."""
        text = row.cells.get(column, "")
        if not text:
            return None
        for tried in (text, f"{text}+08:00"):
            try:
                return parse_utc(tried)
            except WrongUsageError:
                continue
        self._fault(row, column, "bad_time")
        return None


def report_draft(data: bytes, *, source: str, training: bool) -> tuple[list[TheftReport], list[RowFault], int]:
    """Reports, faults and how many rows there were. Take nothing when there is a fault."""
    table = read_table(data)
    ours: dict[str, str] = {}
    for name, others in _COLUMNS.items():
        found = next((one for one in (name, *others) if one in table.columns), None)
        if found is not None:
            ours[found] = name
    if not table.columns:
        return [], list(table.faults), 0
    absent = [name for name in _NEEDED if name not in ours.values()]
    if absent:
        shown = ", ".join(table.columns)[:80]
        faults = [RowFault(row=1, column=name, value=shown, code="no_column") for name in absent]
        return [], [*table.faults, *faults], len(table.rows)
    reader = _Reader(known=Known(), source=source, every_place=None, training=training, faults=list(table.faults))
    made = []
    for row in table.rows:
        named = Row(number=row.number, cells={ours[k]: v for k, v in row.cells.items() if k in ours})
        report = reader.report(named)
        if report is not None:
            made.append(report)
    return made, sorted(reader.faults, key=lambda fault: fault.row), len(table.rows)
