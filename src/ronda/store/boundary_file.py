"""Read a file of boundaries: GeoJSON, or a zipped Shapefile.

Bytes in, features out, plus what the file as a whole lacks. A ZIP is unpacked into a folder of its own
that lasts as long as the reading; only the parts of one Shapefile are taken, by name and with a limit.
"""

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Final

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError
from shapely import from_wkb
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from ronda.registry.boundaries import Feature
from ronda.registry.row_fault import RowFault

MAX_UNPACKED_BYTES: Final = 200_000_000
MAX_FEATURES: Final = 5000
_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_WGS84: Final = ("EPSG:4326", "OGC:CRS84", "WGS 84", "WGS_1984", "WGS84")


def read_boundary_file(data: bytes) -> tuple[list[Feature], list[RowFault]]:
    """The features of the file; a ZIP is told by its first bytes."""
    return _shapefile(data) if data.startswith(b"PK") else _geojson(data)


def _geojson(data: bytes) -> tuple[list[Feature], list[RowFault]]:
    try:
        said = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return [], [RowFault(row=0, column="", value="", code="no_layer", hint=str(error)[:80])]
    features = said.get("features") if isinstance(said, dict) else None
    if not isinstance(features, list) or len(features) > MAX_FEATURES:
        return [], [RowFault(row=0, column="", value="", code="no_layer", hint="FeatureCollection")]
    crs = said.get("crs")
    if crs is not None and "CRS84" not in json.dumps(crs) and "4326" not in json.dumps(crs):
        return [], [RowFault(row=0, column="crs", value="", code="other_projection", hint=json.dumps(crs)[:80])]
    return [_feature(number, one) for number, one in enumerate(features, 1)], []


def _feature(number: int, said: Any) -> Feature:
    properties = said.get("properties") if isinstance(said, dict) else None
    found: BaseGeometry | None = None
    try:
        found = shape(said["geometry"])
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        found = None  # told by the judge, with the number of the feature
    return Feature(number=number, properties=properties if isinstance(properties, dict) else {}, shape=found)


def _shapefile(data: bytes) -> tuple[list[Feature], list[RowFault]]:
    with tempfile.TemporaryDirectory(prefix="ronda-boundaries-") as folder:
        try:
            path = _unpack(data, Path(folder))
            meta, _ids, shapes, columns = pyogrio.raw.read(path)
        except (zipfile.BadZipFile, DataSourceError, DataLayerError, OSError, ValueError, KeyError) as error:
            return [], [RowFault(row=0, column="", value="", code="no_layer", hint=str(error)[:80])]
    crs = meta.get("crs")
    if crs and not any(name in crs for name in _WGS84):
        return [], [RowFault(row=0, column="prj", value="", code="other_projection", hint=crs[:80])]
    features = []
    for index, wkb in enumerate(shapes[:MAX_FEATURES]):
        properties = {str(name): column[index] for name, column in zip(meta["fields"], columns, strict=True)}
        features.append(Feature(number=index + 1, properties=properties, shape=from_wkb(wkb, on_invalid="ignore")))
    return features, []


def _unpack(data: bytes, folder: Path) -> Path:
    """The `.shp` of the only Shapefile in the ZIP, unpacked under a name of ours."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        layers = [name for name in archive.namelist() if name.casefold().endswith(".shp")]
        if len(layers) != 1:
            raise ValueError(f"{len(layers)} files .shp in the ZIP, wanted is 1")
        stem = layers[0][:-4]
        wanted = [one for one in archive.infolist() if one.filename[:-4] == stem]
        if sum(one.file_size for one in wanted) > MAX_UNPACKED_BYTES:
            raise ValueError("the Shapefile is larger than 200 MB")
        for one in wanted:
            ending = one.filename[-4:].casefold()
            if ending in _PARTS:
                (folder / f"layer{ending}").write_bytes(archive.read(one))
    return folder / "layer.shp"
