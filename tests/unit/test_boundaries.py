"""Uploaded boundaries are judged whole: codes, order of coordinates, shapes, projection; then made small."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import pytest
from shapely import to_geojson, to_wkb
from shapely.affinity import translate
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry
from tests.needs import require_shared

from ronda.registry.areas import villages
from ronda.registry.boundaries import MAX_BYTES, BoundarySet, Feature, judge, small_text
from ronda.registry.cells import AreaFinder, village_cells
from ronda.store.boundary_file import read_boundary_file

SWARGA = "64.08.04.2012"
BOW_TIE = Polygon([(117.4, 0.5), (117.5, 0.6), (117.5, 0.5), (117.4, 0.6)])


def features(**changed: BaseGeometry | None) -> list[Feature]:
    """All cells as an office would send them; `swarga` replaces one of them."""
    found = []
    for number, (code, cell) in enumerate(village_cells().items(), 1):
        shape = changed["swarga"] if code == SWARGA and "swarga" in changed else cell
        found.append(Feature(number=number, properties={"KODE": code}, shape=shape))
    return found


def told(given: list[Feature]) -> list[tuple[str, str]]:
    return [(fault.column, fault.code) for fault in judge(given)[1]]


def test_a_whole_set_is_taken_with_dotted_or_plain_codes() -> None:
    assert told(features()) == []
    plain = [
        Feature(
            number=one.number,
            properties={"kode_desa": int(str(one.properties["KODE"]).replace(".", ""))},
            shape=one.shape,
        )
        for one in features()
    ]
    assert told(plain) == []


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (None, "no_polygon"),
        (LineString([(117.4, 0.5), (117.5, 0.6)]), "no_polygon"),
        (Polygon(), "no_polygon"),
        (Polygon([(0.5, 117.4), (0.6, 117.4), (0.6, 117.5)]), "swapped"),
        (translate(BOW_TIE.convex_hull, -10), "outside"),
        (BOW_TIE, "broken_shape"),
    ],
)
def test_one_wrong_shape_is_named_and_keeps_the_set_out(shape: BaseGeometry | None, code: str) -> None:
    assert told(features(swarga=shape)) == [("geometry", code)]


def test_a_shape_that_only_touches_itself_is_mended() -> None:
    spike = Polygon([(117.4, 0.5), (117.5, 0.5), (117.5, 0.6), (117.52, 0.62), (117.5, 0.6), (117.4, 0.6)])
    assert not spike.is_valid
    shapes, faults = judge(features(swarga=spike))
    assert faults == []
    assert shapes[villages()[0].code].is_valid


def test_codes_that_are_unknown_twice_or_not_there_are_named() -> None:
    given = features()
    given[3] = Feature(number=4, properties={"KODE": "64.08.99.2001", "name": "Swarga Barra"}, shape=given[3].shape)
    given[4] = Feature(number=5, properties={"KODE": given[0].properties["KODE"]}, shape=given[4].shape)
    given[5] = Feature(number=6, properties={"luas": 12}, shape=given[5].shape)
    faults = judge(given)[1]
    assert [(fault.row, fault.code) for fault in faults] == [(4, "unknown_area"), (5, "duplicate"), (6, "missing")]
    assert "Swarga Bara (64.08.04.2012)" in faults[0].hint
    (absent,) = judge(features()[1:])[1]
    assert (absent.code, absent.value) == ("villages_absent", "1/141")


def test_the_stored_text_is_small_valid_and_finds_every_centre() -> None:
    shapes, _faults = judge(features())
    text = small_text(shapes)
    assert len(text) <= MAX_BYTES
    kept = BoundarySet(file_name="b", sha256="", uploaded_us=1, geojson=text).shapes()
    assert all(shape.is_valid for shape in kept.values())
    finder = AreaFinder(kept)
    assert [area.name for area in villages() if finder.village_at(area.lat_deg, area.lon_deg) != area.code] == []


def shapefile(folder: Path, crs: str | None = "EPSG:4326", layers: int = 1) -> bytes:
    """The cells as a zipped Shapefile, as a GIS would write it."""
    cells = village_cells()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(layers):
            pyogrio.raw.write(
                folder / f"desa{number}.shp",
                geometry=np.array([to_wkb(cell) for cell in cells.values()], dtype=object),
                field_data=[np.array(list(cells), dtype=object)],
                fields=np.array(["KODE"], dtype=object),
                geometry_type="MultiPolygon",
                promote_to_multi=True,
                crs=crs,
                driver="ESRI Shapefile",
            )
        for path in folder.iterdir():
            archive.write(path, f"batas/{path.name}")
    return out.getvalue()


def test_a_zipped_shapefile_is_read_like_geojson(tmp_path: Path) -> None:
    found, faults = read_boundary_file(shapefile(tmp_path))
    assert faults == []
    assert told(found) == []


def test_another_projection_or_several_layers_are_said(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    _found, (fault,) = read_boundary_file(shapefile(tmp_path / "a", crs="EPSG:32650"))
    assert fault.code == "other_projection"
    _found, (fault,) = read_boundary_file(shapefile(tmp_path / "b", layers=2))
    assert fault.code == "no_layer"
    assert "2 files .shp" in fault.hint


def test_geojson_in_another_projection_is_said() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32650"}}
    _found, (fault,) = read_boundary_file(
        json.dumps({"type": "FeatureCollection", "crs": crs, "features": []}).encode()
    )
    assert fault.code == "other_projection"
    cell = json.loads(to_geojson(village_cells()[villages()[0].code]))
    good = {"crs": {"properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, "features": [{"geometry": cell}]}
    found, faults = read_boundary_file(json.dumps(good).encode())
    assert (len(found), faults) == (1, [])


def test_published_boundaries_of_the_regency_are_taken() -> None:
    """Real shapes with thousands of corners each, where the shared data is there."""
    found, faults = read_boundary_file(require_shared("areas/kutai-timur-villages.geojson").read_bytes())
    shapes, more = judge(found)
    assert (faults, more) == ([], [])
    assert len(small_text(shapes)) <= MAX_BYTES
