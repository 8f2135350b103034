"""Rows to register entries, or to one message for each thing that is wrong. All or nothing.

Three kinds of file: cameras, places (schools, puskesmas: what targets count) and lists of RTs. Columns
have an Indonesian and an English name. Pure: what is known already comes in, a `Draft` goes out; the
caller stores a draft only when it has no fault.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from ronda.registry.import_rows import Known, RowReader
from ronda.registry.model import Camera, Neighbourhood, Place, SiteKind
from ronda.registry.row_fault import RowFault
from ronda.registry.table_file import Row, Table, read_table

_Made = TypeVar("_Made")


class FileKind(StrEnum):
    CAMERAS = "cameras"
    PLACES = "places"
    NEIGHBOURHOODS = "neighbourhoods"


# Our column, then what else it may be called.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("kamera", "camera", "npsn", "kode"),
    "nama": ("name",),
    "titik": ("site", "lokasi"),
    "jenis": ("kind",),
    "wilayah": ("area", "desa", "village", "kode_desa"),
    "lat": ("lat_deg", "lintang", "latitude"),
    "lon": ("lon_deg", "bujur", "longitude", "lng"),
    "tujuan": ("purpose",),
    "golongan_tujuan": ("purpose_kind",),
    "dasar_hukum": ("legal_basis",),
    "simpan_hari": ("retention_days",),
    "alamat": ("url", "rtsp"),
    "alamat_kecil": ("sub_url",),
    "arah": ("direction_deg", "direction"),
    "sudut": ("view_deg", "fov", "sudut_pandang"),
    "lensa_mm": ("lens_mm", "lensa"),
    "sensor_mm": ("sensor",),
    "tinggi_m": ("height_m", "tinggi"),
    "status": ("state",),
    "pemilik": ("owner",),
    "merek": ("vendor", "maker", "pabrikan"),
    "rw": (),
    "rt": (),
}
NEEDED: Final = {
    FileKind.CAMERAS: ("id", "titik", "tujuan", "dasar_hukum"),
    FileKind.PLACES: ("id", "nama", "jenis"),
    FileKind.NEIGHBOURHOODS: ("wilayah", "rt"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a file would change. Stored only when `faults` is empty."""

    kind: FileKind
    cameras: Sequence[Camera] = ()
    places: Sequence[Place] = ()
    neighbourhoods: Sequence[Neighbourhood] = ()
    faults: Sequence[RowFault] = ()
    rows: int = 0


def draft(
    data: bytes,
    known: Known,
    *,
    source: str,
    kind: FileKind | None = None,
    every_place: SiteKind | None = None,
    training: bool = False,
) -> Draft:
    """Read a file.

    kind         None: told by its columns (rt, tujuan, or else places)
    every_place  the kind of all places of a list without such a column, such as a list of schools
    """
    table = _with_our_names(read_table(data))
    kind = kind or _kind_by_columns(table.columns)
    if not table.columns:
        return Draft(kind=kind, faults=table.faults)
    given = {*table.columns, *(["jenis"] if every_place else [])}
    absent = [name for name in NEEDED[kind] if name not in given]
    if absent:
        faults = [
            RowFault(row=1, column=name, value=", ".join(table.columns)[:80], code="no_column") for name in absent
        ]
        return Draft(kind=kind, faults=[*table.faults, *faults], rows=len(table.rows))
    reading = RowReader(
        known=known, source=source, every_place=every_place, training=training, faults=list(table.faults)
    )
    made = Draft(kind=kind)
    if kind is FileKind.CAMERAS:
        made = Draft(kind=kind, cameras=_all(table, reading.camera))
    elif kind is FileKind.PLACES:
        made = Draft(kind=kind, places=_all(table, reading.place))
    else:
        made = Draft(kind=kind, neighbourhoods=_all(table, reading.neighbourhood))
    return Draft(
        kind=kind,
        cameras=made.cameras,
        places=made.places,
        neighbourhoods=made.neighbourhoods,
        faults=sorted(reading.faults, key=lambda fault: fault.row),
        rows=len(table.rows),
    )


def _with_our_names(table: Table) -> Table:
    """Rename columns to ours; the file's own name wins where both are there."""
    ours: dict[str, str] = {}
    for name, others in COLUMNS.items():
        found = next((one for one in (name, *others) if one in table.columns), None)
        if found is not None:
            ours[found] = name
    rows = [
        Row(number=row.number, cells={ours[name]: value for name, value in row.cells.items() if name in ours})
        for row in table.rows
    ]
    known = tuple(ours.get(name, name) for name in table.columns)
    return Table(columns=known, rows=rows, faults=table.faults)


def _kind_by_columns(columns: Collection[str]) -> FileKind:
    if "rt" in columns and "tujuan" not in columns:
        return FileKind.NEIGHBOURHOODS
    return FileKind.CAMERAS if {"tujuan", "titik"} & set(columns) else FileKind.PLACES


def _all(table: Table, read: Callable[[Row], _Made | None]) -> list[_Made]:
    return [made for row in table.rows if (made := read(row)) is not None]
