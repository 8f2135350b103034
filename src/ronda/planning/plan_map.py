"""A plan's map as SVG for paper: districts, standing cameras, and the points of the plan with their year.

Plate carrée, which at the equator is true enough for a page. Shapes come as GeoJSON values, longitude first.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from ronda.planning.model import Candidate, Standing

WIDTH: Final = 1000.0
_YEAR_TONES: Final = ("#7a3e00", "#b8690c", "#e09a2d", "#2f7f8f", "#4c4f9c", "#777777")
_LETTER, _LINE = 8.2, 18.0  # width of a letter and height of a line of names
Ring = Sequence[Sequence[float]]


def map_svg(
    shapes: Iterable[tuple[str, Mapping[str, Any]]],
    planned: Sequence[tuple[Candidate, int]],
    standing: Sequence[Standing],
    years: Sequence[int],
) -> str:
    """shapes: names and geometries of districts; planned: points with the year that they are built in."""
    drawn = [(name, list(_rings(shape))) for name, shape in shapes]
    corners = [corner for _name, rings in drawn for ring in rings for corner in ring]
    corners += [(one.lon_deg, one.lat_deg) for one, _year in planned]
    if not corners:
        corners = [(117.0, 0.0), (118.0, 1.0)]
    west, east = min(c[0] for c in corners), max(c[0] for c in corners)
    south, north = min(c[1] for c in corners), max(c[1] for c in corners)
    scale = WIDTH / max(east - west, north - south, 1e-6)
    height = (north - south) * scale

    def at(lon: float, lat: float) -> str:
        return f"{(lon - west) * scale:.1f} {(north - lat) * scale:.1f}"

    width = (east - west) * scale
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-12 -12 {width + 24:.0f} {height + 24:.0f}">',
        *(_area(rings, at) for _name, rings in drawn),
        *(_dot(at(one.lon_deg, one.lat_deg), "#1f7a6b", 4) for one in standing),
    ]
    for one, year in sorted(planned, key=lambda both: -both[1]):
        parts.append(_dot(at(one.lon_deg, one.lat_deg), tone(year, years), 6))
    return "".join([*parts, *_names(drawn, at), "</svg>"])


def tone(year: int, years: Sequence[int]) -> str:
    """The colour of a year."""
    return _YEAR_TONES[min(max(year - years[0], 0), len(_YEAR_TONES) - 1)]


def _rings(shape: Mapping[str, Any]) -> Iterable[Ring]:
    """Outer rings only: holes do not matter at this size."""
    kind, where = shape.get("type"), shape.get("coordinates", [])
    if kind == "Polygon":
        yield where[0]
    elif kind == "MultiPolygon":
        for polygon in where:
            yield polygon[0]


def _area(rings: Iterable[Ring], at: Any) -> str:
    path = " ".join("M" + " L".join(at(corner[0], corner[1]) for corner in ring) + " Z" for ring in rings)
    return f'<path d="{path}" fill="#f4f1ea" stroke="#8d867a" stroke-width="1.2"/>'


def _names(drawn: Sequence[tuple[str, Sequence[Ring]]], at: Any) -> Iterable[str]:
    """Above the dots, with a pale edge; a name that would cover another goes a line lower."""
    taken: list[tuple[float, float, float]] = []
    for name, rings in drawn:
        largest = max(rings, key=_size, default=None)
        if largest is None:
            continue
        west, east = min(c[0] for c in largest), max(c[0] for c in largest)
        south, north = min(c[1] for c in largest), max(c[1] for c in largest)
        x, y = map(float, at((west + east) / 2, (south + north) / 2).split())
        half = len(name) * _LETTER / 2
        while any(abs(x - other) < half + wide and abs(y - line) < _LINE for other, line, wide in taken):
            y += _LINE
        taken.append((x, y, half))
        words = f'x="{x:.1f}" y="{y:.1f}" font-size="17" font-family="Libertinus Serif" text-anchor="middle"'
        edge = 'fill="#f4f1ea" stroke="#f4f1ea" stroke-width="4" stroke-linejoin="round" opacity="0.85"'
        yield f"<text {words} {edge}>{escape(name)}</text>"
        yield f'<text {words} fill="#2c2821">{escape(name)}</text>'


def _size(ring: Ring) -> float:
    return (max(c[0] for c in ring) - min(c[0] for c in ring)) * (max(c[1] for c in ring) - min(c[1] for c in ring))


def _dot(at: str, colour: str, radius: int) -> str:
    x, y = at.split()
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}" stroke="#ffffff" stroke-width="1.4"/>'
