"""What is wrong with one row of an import: where, what stands there, against what, what to do.

Screens translate `code` and fill in `value` and `hint`; the command line prints `sentence`.
Invariant: a row with a fault keeps the whole file out.
"""

from dataclasses import dataclass
from typing import Final

SENTENCES: Final = {
    "empty_file": "the file has no rows",
    "not_utf8": "the file is not UTF-8 text from here on",
    "too_many_rows": "the file has too many rows; the most is {hint}",
    "no_column": "the file has no such column",
    "twice_column": "two columns have this name",
    "broken_row": "the row has another number of cells than the head ({hint})",
    "broken_quote": "a quotation mark is not closed ({hint})",
    "no_geojson": "this is no GeoJSON of points ({hint})",
    "missing": "nothing stands here",
    "too_long": "more than {hint} characters, or signs that cannot be printed",
    "too_short": "fewer than {hint} characters",
    "bad_id": "not usable as a name: a-z, 0-9 and '-', at most 63",
    "bad_number": "no number",
    "bad_time": "no time such as 2026-11-18 02:10, or an end before the start",
    "half_coordinate": "only one of latitude and longitude is given",
    "swapped": "latitude and longitude look swapped: {hint} lies in Kutai Timur",
    "outside": "this point lies outside Kutai Timur",
    "unknown_area": "no such area; the nearest name is {hint}",
    "ambiguous_area": "several areas have this name: {hint}",
    "no_area": "no area is given, and no point to find it by",
    "bad_lp": "no full number of a police report, such as LP/B/147/XI/2026/SPKT/POLRES KUTAI TIMUR/POLDA KALTIM",
    "no_village": "this needs the code of a village; it is one of {hint}",
    "bad_kind": "no such kind of place; possible are {hint}",
    "bad_state": "no such state; possible are {hint}",
    "bad_purpose": "no purpose of the list; possible are {hint}",
    "no_regional_rule": "the purpose is set by a rule of the region, but none is named, such as Perbup 12/2026",
    "bad_days": "not 1 to {hint} days",
    "bad_direction": "not 0 to 360 degrees",
    "bad_view": "no angle of view: possible are {hint} degrees",
    "bad_height": "no height of a camera: possible are {hint} metres",
    "half_lens": "a lens says the angle only with the width of its sensor: give lensa_mm and sensor_mm, or sudut",
    "bad_url": "no camera address like rtsp://user:password@host:554/path",
    "address_for_planned": "a planned camera has no address yet",
    "duplicate": "this stands in row {hint} already",
    "taken": "this name is already in the register",
    "villages_absent": "villages without a shape; among them {hint}",
    "no_polygon": "this is no polygon",
    "no_line": "this is no line",
    "broken_shape": "the shape crosses itself and cannot be mended without changing its area",
    "crossing_shape": "the shape crosses itself ({hint}); draw it again there, or let the map program mend it",
    "other_projection": "the file is not in WGS 84 (EPSG:4326) but in {hint}",
    "no_layer": "the file holds no readable layer ({hint})",
    "no_header": "the file has no such column, or it is not of this kind of file; its columns are {hint}",
    "header_twice": "one column of the file is chosen for two things",
    "too_large_file": "the file is larger than {hint}; save it as CSV, or as GeoPackage",
    "more_faults": "and {hint} more rows with faults; the first are enough to mend the cause",
    "metres": "these are metres, not degrees; read as UTM {hint}. Export the file in WGS 84 (EPSG:4326)",
    "same_place": "another site stands in this very place: row {hint}",
    "bad_weight": "a count is a whole number from 0 on, at most {hint}",
    "bad_date": "no date such as 2026-11-18 or 18/11/2026",
    "bad_range": "lowest, usual and highest price do not follow each other ({hint})",
    "bad_optics": "no camera has this: {hint}",
    "no_view": "neither an angle of view with a range, nor lens, sensor and pixels",
    "bad_rule": "no such rule; possible are {hint}",
    "no_demand": "not one incident counts: the file would take away all demand of this source",
    "other_site": "this site already has another place, kind or area",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """row  1 is the head of a table; in GeoJSON the first feature is 1. 0: the file as a whole."""

    row: int
    column: str
    value: str
    code: str
    hint: str = ""

    @property
    def sentence(self) -> str:
        said = SENTENCES[self.code].format(hint=self.hint or "-")
        where = f"row {self.row}" if self.row else "file"
        column = f", column {self.column}" if self.column else ""
        return f"{where}{column}: {self.value[:80]!r}: {said}"
