"""A file for the planner, whatever its format, as rows: CSV, XLSX, GeoJSON, Shapefile, KML, GeoPackage.

The format is told by the first bytes, never by the name. CSV is read row by row, so a million rows need
no more memory than one; the others are read by GDAL from a file of our own, up to `MOST` rows. Points
become the cells `lat` and `lon`, other shapes the cell `bentuk` (WKT). A file that says it is in UTM is
converted; one in any other system is refused by name. Meaning of columns: `ronda.planning.columns`.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from shapely.geometry.base import BaseGeometry

from ronda.registry.row_fault import RowFault
from ronda.registry.table_file import Head, Row, csv_rows
from ronda.registry.utm import degrees, zone_of_epsg

MOST: Final = 200_000
MOST_JSON_BYTES: Final = 20_000_000
MAX_UNPACKED_BYTES: Final = 400_000_000
_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_KML_FIELDS: Final = frozenset(
    [
        "id",
        "timestamp",
        "begin",
        "end",
        "altitudemode",
        "tessellate",
        "extrude",
        "visibility",
        "draworder",
        "icon",
        "snippet",
    ]
)
_DEGREES: Final = ("EPSG:4326", "OGC:CRS84")
Rows = Iterator[Head | Row | RowFault]


def rows_of(file: IO[bytes]) -> Rows:
    """Head first, then rows and faults as they come. The file stands at its beginning."""
    start = file.read(16)
    file.seek(0)
    if start.startswith(b"PK"):
        yield from _zipped(file)
    elif start.startswith(b"SQLite format 3"):
        yield from _layer_in_folder(file.read(), "layer.gpkg", "GeoPackage")
    elif start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        yield from _layer_in_folder(file.read(), "layer.kml", "KML")
    elif start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"{", b"[")):
        yield from _geojson(file.read(MOST_JSON_BYTES + 1))
    else:
        yield from _csv(file)


def _whole(code: str, hint: str = "", value: str = "", column: str = "") -> RowFault:
    return RowFault(row=0, column=column, value=value, code=code, hint=hint[:120])


def _csv(file: IO[bytes]) -> Rows:
    read = 0
    try:
        for one in csv_rows(io.TextIOWrapper(file, encoding="utf-8-sig", newline="")):
            read = one.number if isinstance(one, Row) else read
            yield one
    except UnicodeDecodeError as error:
        shown = error.object[error.start : error.start + 12].decode("latin-1")
        yield RowFault(row=read + 1, column="", value=shown, code="not_utf8")


def _zipped(file: IO[bytes]) -> Rows:
    """A workbook, or the only Shapefile of a ZIP; unpacked parts have names of ours."""
    try:
        with zipfile.ZipFile(file) as archive, tempfile.TemporaryDirectory(prefix="ronda-plan-") as folder:
            parts = archive.infolist()
            if sum(one.file_size for one in parts) > MAX_UNPACKED_BYTES:
                yield _whole("too_large_file", f"{MAX_UNPACKED_BYTES // 1_000_000} MB")
                return
            if any(one.filename == "xl/workbook.xml" for one in parts):
                file.seek(0)
                yield from _layer_in_folder(file.read(), "table.xlsx", "XLSX")
                return
            layers = [one.filename for one in parts if one.filename.casefold().endswith(".shp")]
            if len(layers) != 1:
                yield _whole("no_layer", f"{len(layers)} .shp")
                return
            for one in parts:
                ending = one.filename[-4:].casefold()
                if one.filename[:-4] == layers[0][:-4] and ending in _PARTS:
                    (Path(folder) / f"layer{ending}").write_bytes(archive.read(one))
            yield from _layer(Path(folder) / "layer.shp", "Shapefile")
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        yield _whole("no_layer", str(error))


def _layer_in_folder(data: bytes, name: str, kind: str) -> Rows:
    with tempfile.TemporaryDirectory(prefix="ronda-plan-") as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        yield from _layer(path, kind)


def _layer(path: Path, kind: str) -> Rows:
    if kind == "XLSX":  # the first row is the head even when all cells are words; numbers stay as written
        pyogrio.set_gdal_config_options({"OGR_XLSX_HEADERS": "FORCE", "OGR_XLSX_FIELD_TYPES": "STRING"})
    try:
        meta, _ids, shapes, columns = pyogrio.raw.read(path, max_features=MOST + 1)
    except (DataSourceError, DataLayerError, OSError, ValueError, KeyError, RuntimeError) as error:
        yield _whole("no_layer", f"{kind}: {error}")
        return
    names = tuple(str(name).strip().casefold() for name in meta["fields"])
    if kind == "KML":  # the format's own fields say how a mark is drawn, and its `id` numbers the marks
        used = [place for place, name in enumerate(names) if name not in _KML_FIELDS]
        names, columns = tuple(names[place] for place in used), [columns[place] for place in used]
    found = shapes if shapes is not None else [None] * (len(columns[0]) if columns else 0)
    geometries = shapely.from_wkb(np.array(found, dtype=object), on_invalid="ignore")
    yield from _told(names, columns, geometries, meta.get("crs"), first=2 if kind == "XLSX" else 1)


def _told(names: tuple[str, ...], columns: Any, shapes: Any, crs: str | None, *, first: int) -> Rows:
    drawn = any(shape is not None for shape in shapes)
    zone = _zone(crs)
    if drawn and crs and zone is None and not any(one in crs for one in _DEGREES):
        yield _whole("other_projection", crs, column="crs")
        return
    yield Head(columns=(*names, "lat", "lon", "bentuk") if drawn else names)
    if not len(shapes):
        yield _whole("empty_file")
    for number, shape in enumerate(shapes):
        if number >= MOST:
            yield RowFault(row=number + first, column="", value="", code="too_many_rows", hint=str(MOST))
            return
        cells = {name: _text(column[number]) for name, column in zip(names, columns, strict=True)}
        yield Row(number=number + first, cells={**cells, **(_at(shape, zone) if drawn else {})})


def _zone(crs: str | None) -> tuple[int, bool] | None:
    code = (crs or "").removeprefix("EPSG:")
    return zone_of_epsg(int(code)) if code.isdigit() else None


def _at(shape: BaseGeometry | None, zone: tuple[int, bool] | None) -> dict[str, str]:
    if shape is None or shape.is_empty:
        return {"lat": "", "lon": "", "bentuk": ""}
    if zone is not None:
        shape = shapely.transform(shapely.force_2d(shape), lambda points: _degrees(points, zone))
    if shape.geom_type == "Point":
        return {"lat": repr(shape.y), "lon": repr(shape.x), "bentuk": ""}
    return {"lat": "", "lon": "", "bentuk": shapely.to_wkt(shapely.force_2d(shape), rounding_precision=7)}


def _degrees(points: Any, zone: tuple[int, bool]) -> Any:
    turned = [degrees(float(east), float(north), zone[0], south=zone[1]) for east, north in points]
    return np.array([(lon, lat) for lat, lon in turned])


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()[:2000]


def _geojson(data: bytes) -> Rows:
    if len(data) > MOST_JSON_BYTES:
        yield _whole("too_large_file", f"{MOST_JSON_BYTES // 1_000_000} MB")
        return
    try:
        said = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        yield _whole("no_geojson", str(error))
        return
    features = said.get("features") if isinstance(said, dict) else None
    if not isinstance(features, list):
        yield _whole("no_geojson", "FeatureCollection")
        return
    told = json.dumps(said.get("crs") or "")
    code = next((part for part in told.replace('"', ":").split(":") if part.isdigit() and len(part) > 3), "4326")
    zone = zone_of_epsg(int(code))
    if zone is None and code != "4326":
        yield _whole("other_projection", f"EPSG:{code}", column="crs")
        return
    properties = [one.get("properties") if isinstance(one, dict) else None for one in features]
    named = [one if isinstance(one, dict) else {} for one in properties]
    names = tuple(dict.fromkeys(str(name).strip().casefold()[:80] for one in named for name in one))
    cells = [{str(name).strip().casefold()[:80]: value for name, value in one.items()} for one in named]
    columns = [[one.get(name) for one in cells] for name in names]
    shapes = [_shape(one) for one in features]
    yield from _told(names, columns, shapes, f"EPSG:{code}", first=1)


def _shape(feature: Any) -> BaseGeometry | None:
    try:
        found: BaseGeometry = shapely.geometry.shape(feature["geometry"])
    except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None  # the row then has no place, and that is told with its number
    return found
