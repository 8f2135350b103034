"""A plan as layers for a map program: Shapefile (zipped), KML, GeoPackage. WGS 84.

`rencana` has one point a planned site; `kamera`, where cameras have a direction, one a camera with its azimuth.
"""

import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyogrio
from shapely import points, to_wkb

from ronda.app.plan_files import CAMERA_HEAD, HEAD, Cell, camera_rows, rows_of
from ronda.planning.model import Candidate
from ronda.planning.record import PlanRecord

DRIVERS: Final = {"shp": "ESRI Shapefile", "kml": "KML", "gpkg": "GPKG"}
# A Shapefile's columns have names of at most ten letters.
_SHORT: Final = {
    "nama_wilayah": "nm_wilayah", "biaya_bangun": "bangun", "biaya_tahunan": "tahunan", "jangkauan_m": "jangkauan",
}  # fmt: skip


def layer_bytes(record: PlanRecord, known: Mapping[str, Candidate], kind: str) -> bytes:
    """kind: a name of `DRIVERS`; a Shapefile comes as a zip of its parts."""
    layers = {"rencana": (HEAD, rows_of(record, known)), "kamera": (CAMERA_HEAD, camera_rows(record, known))}
    with tempfile.TemporaryDirectory(prefix="ronda-layer-") as folder:
        one = Path(folder) / f"rencana.{kind}"
        for name, (head, rows) in layers.items():
            if rows or name == "rencana":
                path = Path(folder) / f"{name}.{kind}" if kind == "shp" else one
                _write(path, name, kind, head, rows)
        return one.read_bytes() if kind != "shp" else _zipped(Path(folder))


def _write(path: Path, layer: str, kind: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    at = {name: number for number, name in enumerate(head)}
    names = [name for name in head if name not in ("lat", "lon")]
    where = points([row[at["lon"]] for row in rows], [row[at["lat"]] for row in rows])
    columns: list[np.ndarray] = [np.array([row[at[name]] for row in rows], dtype=_kind(name)) for name in names]
    if kind == "kml":  # what map programs show beside a point
        shown = {"nama": "Name", "alasan": "Description", "perangkat": "Description"}
        names = [shown.get(name, name) for name in names]
    elif kind == "shp":
        names = [_SHORT.get(name, name) for name in names]
    pyogrio.raw.write(
        path, to_wkb(where), columns, names, driver=DRIVERS[kind], geometry_type="Point", crs="EPSG:4326",
        layer=layer, encoding="UTF-8", append=path.exists(),
    )  # fmt: skip


def _kind(name: str) -> type:
    if name in ("urutan", "tahun", "biaya_bangun", "biaya_tahunan"):
        return np.int64
    return np.float64 if name in ("azimut", "sudut", "jangkauan_m", "tinggi_m") else object


def _zipped(folder: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return out.getvalue()
