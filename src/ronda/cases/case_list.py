"""The police's own list of cases as CSV, to fill in request forms: read, never kept.

Takes the columns that such lists have, under several names each. A row with a fault is named and left out of the
choice; the others can be used. Nothing is stored: what is sent is the form that a person looked at.
"""

import re
from dataclasses import dataclass
from typing import Final

from ronda.cases.rules import is_lp_number, tidy_lp_number
from ronda.registry.row_fault import RowFault
from ronda.registry.table_file import Row, read_table

COLUMNS: Final = {
    "lp_number": ("nomor_lp", "no_lp", "lp", "nomor"),
    "lp_date": ("tanggal_lp", "tgl_lp"),
    "letter_number": ("nomor_surat", "no_surat", "surat_permintaan"),
    "letter_date": ("tanggal_surat", "tgl_surat"),
    "name": ("penyidik", "nama_penyidik", "nama"),
    "rank": ("pangkat",),
    "nrp": ("nrp",),
    "unit": ("satuan", "kesatuan"),
    "crime_kind": ("tindak_pidana", "jenis", "perkara"),
    "place": ("tkp", "tempat"),
    "article": ("pasal",),
    "lidik_number": ("sp_lidik", "nomor_sp_lidik"),
    "lidik_date": ("tanggal_sp_lidik", "tgl_sp_lidik"),
    "sidik_number": ("sp_sidik", "nomor_sp_sidik"),
    "sidik_date": ("tanggal_sp_sidik", "tgl_sp_sidik"),
}
MOST_ROWS: Final = 1000
_DATES: Final = ("lp_date", "letter_date", "lidik_date", "sidik_date")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCase:
    """One row: values by the names of the form; "" where the list has none."""

    row: int
    values: dict[str, str]


def listed_cases(data: bytes) -> tuple[list[ListedCase], list[RowFault]]:
    """The usable rows in their order, and one fault for each cell that cannot be used."""
    table = read_table(data)
    names = {_key(column): column for column in table.columns}
    ours = {
        field: names[known]
        for field, others in COLUMNS.items()
        if (known := next((one for one in (field, *others) if one in names), None)) is not None
    }
    faults = list(table.faults)
    if table.columns and "lp_number" not in ours:
        shown = ", ".join(table.columns)[:80]
        return [], [*faults, RowFault(row=1, column="nomor_lp", value=shown, code="no_column")]
    found = []
    for row in table.rows[:MOST_ROWS]:
        wrong = _faults(row, ours)
        faults += wrong
        if not wrong:
            values = {field: _value(field, row.cells.get(column, "")) for field, column in ours.items()}
            found.append(ListedCase(row=row.number, values={field: values.get(field, "") for field in COLUMNS}))
    return found, sorted(faults, key=lambda fault: fault.row)


def _faults(row: Row, ours: dict[str, str]) -> list[RowFault]:
    faults = []
    for field, column in ours.items():
        text = row.cells.get(column, "").strip()
        if field == "lp_number" and not is_lp_number(tidy_lp_number(text)):
            faults.append(RowFault(row=row.number, column=column, value=text[:80], code="bad_lp"))
        elif field in _DATES and text and not _date(text):
            faults.append(RowFault(row=row.number, column=column, value=text[:80], code="bad_date"))
        elif len(text) > 200:
            faults.append(RowFault(row=row.number, column=column, value=text[:80], code="too_long", hint="200"))
    return faults


def _value(field: str, text: str) -> str:
    if field == "lp_number":
        return tidy_lp_number(text)
    return _date(text.strip()) if field in _DATES else " ".join(text.split())


def _date(text: str) -> str:
    """2026-11-18 of that, or of 18-11-2026, 18/11/2026 and 18.11.2026 as offices write it; "" of anything else."""
    if match := re.fullmatch(r"(20\d\d)-(\d\d)-(\d\d)", text):
        year, month, day = match.groups()
    elif match := re.fullmatch(r"(\d{1,2})[-/.](\d{1,2})[-/.](20\d\d)", text):
        day, month, year = match.groups()
    else:
        return ""
    whole = 1 <= int(month) <= 12 and 1 <= int(day) <= 31
    return f"{year}-{int(month):02d}-{int(day):02d}" if whole else ""


def _key(column: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", column.casefold()).strip("_")
