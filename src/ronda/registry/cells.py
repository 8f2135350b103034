"""Draw areas as the cells nearest to each centre, until the office uploads its boundaries.

A cell is everything nearer to one village's centre than to any other, cut to a coarse outline of the
regency. It is a drawing aid and a guess at "in which village", never a boundary: whoever shows cells
says "batas tidak resmi". Pure geometry in degrees with longitudes shortened by the cosine of the
latitude, which at the equator changes next to nothing.
Invariant: each centre lies in its own cell, and cells do not overlap.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from shapely import STRtree, make_valid, voronoi_polygons
from shapely.geometry import MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

from ronda.core.ids import AreaCode
from ronda.registry.areas import district_code, districts, villages

# Longitude, latitude in degrees: written down by eye to about 3 km, coast and border alike.
OUTLINE: Final = (
    (116.29, 1.87), (116.35, 1.78), (116.42, 1.82), (116.49, 1.79), (116.46, 1.72), (116.66, 1.64),
    (116.76, 1.69), (116.89, 1.68), (117.01, 1.41), (117.14, 1.38), (117.24, 1.38), (117.33, 1.45),
    (117.39, 1.59), (117.49, 1.50), (117.55, 1.60), (117.64, 1.59), (117.66, 1.67), (117.72, 1.70),
    (117.82, 1.60), (117.87, 1.44), (117.84, 1.37), (117.91, 1.34), (118.04, 1.16), (118.31, 1.18),
    (118.35, 1.29), (118.50, 1.29), (118.60, 1.11), (118.75, 1.11), (118.79, 1.00), (118.86, 0.99),
    (118.95, 1.05), (118.99, 0.99), (118.80, 0.80), (118.67, 0.86), (118.59, 0.81), (118.44, 0.85),
    (118.37, 0.81), (118.06, 0.90), (118.00, 1.07), (117.93, 1.13), (118.05, 0.76), (118.02, 0.70),
    (117.93, 0.72), (117.91, 0.83), (117.75, 0.76), (117.61, 0.43), (117.55, 0.42), (117.53, 0.22),
    (117.47, 0.20), (117.39, 0.02), (117.21, 0.08), (117.17, 0.15), (117.21, 0.35), (117.14, 0.37),
    (116.99, 0.58), (116.83, 0.24), (116.47, 0.18), (116.47, 0.31), (116.29, 0.47), (116.22, 0.71),
    (116.14, 0.72), (116.08, 0.81), (116.01, 0.77), (115.97, 0.82), (116.07, 0.90), (116.03, 1.17),
    (116.17, 1.38), (116.15, 1.49), (116.01, 1.53), (116.07, 1.65), (116.13, 1.67), (116.18, 1.84),
)  # fmt: skip
NEAR_DEG: Final = 0.03  # about 3 km: as far outside the outline a point may still belong to the regency


@cache
def outline() -> Polygon:
    """The regency, coarsely."""
    return Polygon(OUTLINE)


@cache
def village_cells() -> Mapping[AreaCode, BaseGeometry]:
    """One cell for each village."""
    points = [Point(area.lon_deg, area.lat_deg) for area in villages()]
    parts = list(voronoi_polygons(MultiPoint(points), extend_to=outline()).geoms)
    tree = STRtree(parts)
    cells = {}
    for area, point in zip(villages(), points, strict=True):
        own = parts[int(tree.query(point, predicate="intersects")[0])]
        cells[area.code] = make_valid(own.intersection(outline()))
    return cells


def joined_by_district(shapes: Mapping[AreaCode, BaseGeometry]) -> Mapping[AreaCode, BaseGeometry]:
    """Districts as the union of their villages' shapes."""
    return {
        district.code: unary_union(
            [shape for code, shape in shapes.items() if district_code(code) == district.code]
        )
        for district in districts()
    }


class AreaFinder:
    """Answers in which village a point lies, by whatever shapes it was given."""

    def __init__(self, shapes: Mapping[AreaCode, BaseGeometry]) -> None:
        self._codes = list(shapes)
        self._tree = STRtree([shapes[code] for code in self._codes])

    def village_at(self, lat_deg: float, lon_deg: float) -> AreaCode | None:
        """The village of a point; the nearest one within 3 km of the outermost shape; else None."""
        point = Point(lon_deg, lat_deg)
        inside = self._tree.query(point, predicate="intersects")
        if len(inside):
            return self._codes[int(min(inside))]
        near = self._tree.query_nearest(point, max_distance=NEAR_DEG)
        return self._codes[int(min(near))] if len(near) else None


@cache
def cell_finder() -> AreaFinder:
    """By cells: right near centres, a guess near the borders between villages."""
    return AreaFinder(village_cells())
