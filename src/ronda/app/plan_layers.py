"""A plan as a layer for a map program: Shapefile (zipped), KML, GeoPackage. WGS 84, one point a planned site."""

import io
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pyogrio
from shapely import points, to_wkb

from ronda.app.plan_files import HEAD, rows_of
from ronda.planning.model import Candidate
from ronda.planning.record import PlanRecord

DRIVERS: Final = {"shp": "ESRI Shapefile", "kml": "KML", "gpkg": "GPKG"}
# A Shapefile's columns have names of at most ten letters.
_SHORT: Final = {
    "nama_wilayah": "nm_wilayah", "biaya_bangun": "bangun", "biaya_tahunan": "tahunan",
}  # fmt: skip


def layer_bytes(record: PlanRecord, known: Mapping[str, Candidate], kind: str) -> bytes:
    """kind: a name of `DRIVERS`; a Shapefile comes as a zip of its parts."""
    rows = rows_of(record, known)
    at = {name: number for number, name in enumerate(HEAD)}
    names = [name for name in HEAD if name not in ("lat", "lon")]
    where = points([row[at["lon"]] for row in rows], [row[at["lat"]] for row in rows])
    columns: list[np.ndarray] = [np.array([row[at[name]] for row in rows], dtype=_kind(name)) for name in names]
    if kind == "kml":  # what map programs show beside a point
        names = ["Name" if name == "nama" else "Description" if name == "alasan" else name for name in names]
    elif kind == "shp":
        names = [_SHORT.get(name, name) for name in names]
    with tempfile.TemporaryDirectory(prefix="ronda-layer-") as folder:
        path = Path(folder) / f"rencana.{kind}"
        pyogrio.raw.write(
            path, to_wkb(where), columns, names, driver=DRIVERS[kind], geometry_type="Point", crs="EPSG:4326",
            layer="rencana", encoding="UTF-8",
        )  # fmt: skip
        return path.read_bytes() if kind != "shp" else _zipped(Path(folder))


def _kind(name: str) -> type:
    return np.int64 if name in ("urutan", "tahun", "biaya_bangun", "biaya_tahunan") else object


def _zipped(folder: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return out.getvalue()
