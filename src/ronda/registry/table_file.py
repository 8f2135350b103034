"""Bytes of a CSV or GeoJSON file to rows of named cells. Knows no column's meaning.

Takes what offices send: BOM, comma, semicolon or tab, CRLF, quoted cells, decimal commas. Refuses,
with the row, what cannot be read for sure; nothing is guessed, no row is skipped in silence.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TextIO

from ronda.registry.row_fault import RowFault

MAX_ROWS: Final = 5000
_MAX_CELL: Final = 2000
_DELIMITERS: Final = ",;\t"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """number  as a spreadsheet shows it (the head is 1), or the number of the feature."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The names of the columns, before the first row."""

    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows that could be read, and what could not."""

    columns: tuple[str, ...]
    rows: Sequence[Row]
    faults: Sequence[RowFault]


def read_table(data: bytes) -> Table:
    """CSV, or GeoJSON when the first sign is a brace."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        shown = data[error.start : error.start + 12].decode("latin-1")
        return _refused(RowFault(row=row, column="", value=shown, code="not_utf8"))
    if not text.strip(" \t\r\n;,"):
        return _refused(RowFault(row=0, column="", value="", code="empty_file"))
    return _geojson(text) if text.lstrip().startswith(("{", "[")) else _csv(text)


def _refused(fault: RowFault) -> Table:
    return Table(columns=(), rows=(), faults=(fault,))


def _csv(text: str) -> Table:
    columns: tuple[str, ...] = ()
    rows: list[Row] = []
    faults: list[RowFault] = []
    for one in csv_rows(io.StringIO(text, newline="")):
        if isinstance(one, Head):
            columns = one.columns
        elif isinstance(one, RowFault):
            faults.append(one)
        elif len(rows) >= MAX_ROWS:
            faults.append(RowFault(row=one.number, column="", value="", code="too_many_rows", hint=str(MAX_ROWS)))
            break
        else:
            rows.append(one)
    return Table(columns=columns, rows=rows, faults=faults)


def csv_rows(text: TextIO) -> Iterator[Head | Row | RowFault]:
    """The head, then row after row as they are read: a long file never stands in memory whole.

    Opened with newline="" and at its beginning. Raises UnicodeDecodeError as the file does.
    """
    first = ""
    while not first.strip():
        first = text.readline()
        if not first:
            yield RowFault(row=0, column="", value="", code="empty_file")
            return
    delimiter = max(_DELIMITERS, key=first.count)
    text.seek(0)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    columns: tuple[str, ...] = ()
    number, told = 0, False
    try:
        for cells in reader:
            number += 1
            if not any(cell.strip() for cell in cells):
                continue
            told = told or bool(columns)
            if not columns:
                columns = tuple(cell.strip().casefold() for cell in cells)
                yield Head(columns=columns)
                yield from _twice(columns, number)
            elif len(cells) != len(columns):
                shown = delimiter.join(cells)
                hint = f"{len(cells)}/{len(columns)}"
                yield RowFault(row=number, column="", value=shown[:80], code="broken_row", hint=hint)
            else:
                yield _row(number, columns, cells, decimal_comma=delimiter == ";")
    except csv.Error as error:
        told = True
        yield RowFault(row=number + 1, column="", value="", code="broken_quote", hint=str(error))
    if not told:
        yield RowFault(row=0, column="", value="", code="empty_file")


def _twice(columns: Sequence[str], number: int) -> list[RowFault]:
    repeated = sorted({name for name in columns if name and columns.count(name) > 1})
    return [RowFault(row=number, column=name, value=name, code="twice_column") for name in repeated]


def _row(number: int, columns: Sequence[str], cells: Sequence[str], *, decimal_comma: bool) -> Row:
    named = {}
    for name, cell in zip(columns, cells, strict=True):
        value = cell.strip()
        if decimal_comma and value.replace(",", "", 1).lstrip("-").isdigit():
            value = value.replace(",", ".", 1)
        named[name] = value
    return Row(number=number, cells=named)


def _geojson(text: str) -> Table:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        hint = str(error)[:80]
        return _refused(RowFault(row=0, column="", value=text[:40], code="no_geojson", hint=hint))
    features = said.get("features") if isinstance(said, dict) and said.get("type") == "FeatureCollection" else None
    if not isinstance(features, list):
        return _refused(RowFault(row=0, column="", value=text[:40], code="no_geojson", hint="FeatureCollection"))
    if not features:
        return _refused(RowFault(row=0, column="", value="", code="empty_file"))
    if len(features) > MAX_ROWS:
        return _refused(RowFault(row=0, column="", value="", code="too_many_rows", hint=str(MAX_ROWS)))
    rows: list[Row] = []
    faults: list[RowFault] = []
    columns: dict[str, None] = {}
    for number, feature in enumerate(features, 1):
        cells = _feature(feature)
        if cells is None:
            faults.append(RowFault(row=number, column="geometry", value="", code="no_geojson", hint="Point"))
        else:
            rows.append(Row(number=number, cells=cells))
            columns.update(dict.fromkeys(cells))
    return Table(columns=tuple(columns), rows=rows, faults=faults)


def _feature(feature: Any) -> dict[str, str] | None:
    """Properties as cells, with `lat` and `lon` of the point; None when it is no point."""
    if not isinstance(feature, dict):
        return None
    geometry, properties = feature.get("geometry"), feature.get("properties") or {}
    if not isinstance(geometry, dict) or geometry.get("type") != "Point" or not isinstance(properties, dict):
        return None
    at = geometry.get("coordinates")
    if not isinstance(at, list) or len(at) < 2 or not all(_is_number(one) for one in at[:2]):
        return None
    cells = {str(name).strip().casefold()[:80]: _cell(value) for name, value in properties.items()}
    return {**cells, "lon": str(at[0]), "lat": str(at[1])}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: object) -> str:
    return "" if value is None else str(value).strip()[:_MAX_CELL]
