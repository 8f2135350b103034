"""Judge uploaded village boundaries and make them small enough to send to a phone.

Takes features as (properties, shape) from whatever file they came in, finds each one's code, refuses
swapped coordinates, unknown codes, broken geometry and a set that is not whole, and simplifies shared
borders together so that no gap opens between neighbours. Pure; reading files is `store.boundary_file`.
Invariant: an accepted set has one valid shape for each of the 141 villages and is below MAX_BYTES.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from shapely import coverage_simplify, from_geojson, make_valid, set_precision, to_geojson
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from ronda.core.ids import AreaCode
from ronda.registry.areas import all_areas, nearest_names, villages
from ronda.registry.cells import NEAR_DEG, outline
from ronda.registry.row_fault import RowFault

MAX_BYTES: Final = 300_000
_TOLERANCES_DEG: Final = (0.0002, 0.0005, 0.001, 0.002, 0.004, 0.008)
_GRID_DEG: Final = 0.0001  # about 11 m: enough for a map, and half the size of the text
_CODE_FIELDS: Final = (
    "code",
    "kode",
    "kode_desa",
    "kd_desa",
    "kemendagri",
    "kdepum",
    "kdebps",
    "wadmkd_kode",
    "id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundarySet:
    """An accepted upload. `geojson` maps each village's code to its geometry, as JSON text."""

    file_name: str
    sha256: str
    uploaded_us: int
    geojson: str

    def shapes(self) -> Mapping[AreaCode, BaseGeometry]:
        return {AreaCode(code): from_geojson(json.dumps(shape)) for code, shape in json.loads(self.geojson).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One shape of a file. `shape` None: it was no polygon or could not be read."""

    number: int
    properties: Mapping[str, Any]
    shape: BaseGeometry | None


def judge(features: Iterable[Feature]) -> tuple[Mapping[AreaCode, BaseGeometry], list[RowFault]]:
    """One shape for each village, and everything that stands against the set."""
    faults: list[RowFault] = []
    shapes: dict[AreaCode, BaseGeometry] = {}
    first: dict[AreaCode, int] = {}
    for feature in features:
        code = _code(feature, faults)
        shape = _shape(feature, faults)
        if code is None or shape is None:
            continue
        if code in shapes:
            faults.append(_fault(feature, "code", code, "duplicate", str(first[code])))
            continue
        shapes[code], first[code] = shape, feature.number
    absent = [area for area in villages() if area.code not in shapes]
    if absent and not faults:
        shown = ", ".join(f"{area.name} ({area.code})" for area in absent[:5])
        value = f"{len(absent)}/{len(villages())}"
        faults.append(RowFault(row=0, column="code", value=value, code="villages_absent", hint=shown))
    return shapes, faults


def small_text(shapes: Mapping[AreaCode, BaseGeometry]) -> str:
    """The shapes as JSON of at most MAX_BYTES: simplified as little as that needs."""
    codes = list(shapes)
    text = ""
    for tolerance in _TOLERANCES_DEG:
        done = coverage_simplify([shapes[code] for code in codes], tolerance)
        text = _text(codes, [set_precision(make_valid(shape), _GRID_DEG) for shape in done])
        if len(text) <= MAX_BYTES:
            break
    return text


def _text(codes: Iterable[AreaCode], shapes: Iterable[BaseGeometry]) -> str:
    rows = {code: json.loads(to_geojson(_polygons(shape))) for code, shape in zip(codes, shapes, strict=True)}
    return json.dumps(rows, separators=(",", ":"))


def _polygons(shape: BaseGeometry) -> BaseGeometry:
    """Without lines and points that mending may have left."""
    parts = getattr(shape, "geoms", [shape])
    return unary_union([part for part in parts if part.geom_type in ("Polygon", "MultiPolygon")])


def _code(feature: Feature, faults: list[RowFault]) -> AreaCode | None:
    said = {str(name).casefold(): value for name, value in feature.properties.items() if value is not None}
    found = next((str(said[name]).strip() for name in _CODE_FIELDS if name in said), "")
    if not found:
        faults.append(_fault(feature, "code", ", ".join(said)[:80], "missing"))
        return None
    code = AreaCode(_dotted(found))
    if code not in all_areas() or not all_areas()[code].is_village:
        near = ", ".join(f"{area.name} ({area.code})" for area in nearest_names(str(said.get("name", found))))
        faults.append(_fault(feature, "code", found, "unknown_area", near))
        return None
    return code


def _dotted(text: str) -> str:
    """`6408042012` as it stands in many tables, with its dots."""
    if text.isdigit() and len(text) == 10:
        return f"{text[:2]}.{text[2:4]}.{text[4:6]}.{text[6:]}"
    return text


def _shape(feature: Feature, faults: list[RowFault]) -> BaseGeometry | None:
    shape = feature.shape
    if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        faults.append(_fault(feature, "geometry", shape.geom_type if shape else "", "no_polygon"))
        return None
    west, south, east, north = shape.bounds
    if not _inside(west, south, east, north):
        shown = f"{west:.4f}, {south:.4f}"
        swapped = _inside(south, west, north, east)
        faults.append(
            _fault(feature, "geometry", shown, "swapped" if swapped else "outside", f"{south:.4f}, {west:.4f}")
        )
        return None
    mended = shape if shape.is_valid else _polygons(make_valid(shape))
    if mended.is_empty or abs(mended.area - shape.area) > 0.01 * max(mended.area, 1e-12):
        faults.append(_fault(feature, "geometry", f"{west:.4f}, {south:.4f}", "broken_shape"))
        return None
    return mended


def _inside(west: float, south: float, east: float, north: float) -> bool:
    left, bottom, right, top = outline().buffer(NEAR_DEG * 10).bounds
    return bool(left <= west and bottom <= south and east <= right and north <= top)


def _fault(feature: Feature, column: str, value: str, code: str, hint: str = "") -> RowFault:
    return RowFault(row=feature.number, column=column, value=value[:120], code=code, hint=hint)
