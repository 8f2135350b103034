"""Which sight lines are cut by a building or by the ground.

A line runs straight from the camera to the target. A building is a footprint with a flat top; along
the stretch where the line is above the footprint it is lowest at an end of that stretch, and the ends
are walls, the camera or the target. So a line is cut exactly when it crosses some wall below the top,
or when its target or its camera stands inside a footprint below the top. Walls are compared only with
lines whose bearing lies between the two ends of the wall as the camera sees them.

The ground cuts a line where it rises above it, looked at every half step of the grid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from ronda.planning.cover import Floats, Ints, runs, slices
from ronda.planning.terrain import Terrain, ground

Bools = npt.NDArray[np.bool_]
_WIDER: Final = 1e-9  # of a bearing, so that rounding loses no wall; the crossing itself is computed
_TURN: Final = 8.0  # more than a full turn: bearings of one eye stay apart from those of the next
_AT_ONCE: Final = 1_000_000
_ON_THE_WALL_M: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Buildings:
    """Footprints (valid polygons, metres) with the height of each above its ground."""

    shapes: Sequence[BaseGeometry]
    heights_m: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Sight lines as arrays, those of one `eye` together and eyes ascending; `up` above sea level."""

    eye: Ints
    from_east: Floats
    from_north: Floats
    from_up: Floats
    to_east: Floats
    to_north: Floats
    to_up: Floats


def blocked(lines: Lines, buildings: Buildings | None, terrain: Terrain | None) -> Bools:
    """Whether each line is cut."""
    cut = np.zeros(len(lines.eye), dtype=bool)
    if buildings is not None and len(buildings.shapes) and len(cut):
        middle = shapely.centroid(np.array(buildings.shapes, dtype=object))
        tops = buildings.heights_m + ground(terrain, shapely.get_x(middle), shapely.get_y(middle))
        tree = shapely.STRtree(buildings.shapes)
        cut |= _inside(tree, tops, lines.to_east, lines.to_north, lines.to_up)
        _cut_by_walls(lines, buildings, tops, tree, cut)
    if terrain is not None and len(cut):
        _cut_by_ground(lines, terrain, cut)
    return cut


def _inside(tree: shapely.STRtree, tops: Floats, east: Floats, north: Floats, up: Floats) -> Bools:
    """Points that stand inside a footprint, below its top."""
    point, building = tree.query(shapely.points(east, north), predicate="within")
    found = np.zeros(len(east), dtype=bool)
    found[point[up[point] < tops[building]]] = True
    return found


def _cut_by_walls(lines: Lines, buildings: Buildings, tops: Floats, tree: shapely.STRtree, cut: Bools) -> None:
    begins = np.flatnonzero(np.diff(lines.eye, prepend=-1))
    number = np.cumsum(np.diff(lines.eye, prepend=-1) != 0) - 1
    east, north = lines.from_east[begins], lines.from_north[begins]
    cut |= _inside(tree, tops, east, north, lines.from_up[begins])[number]
    dx, dy = lines.to_east - lines.from_east, lines.to_north - lines.from_north
    farthest = np.maximum.reduceat(np.hypot(dx, dy), begins)
    lowest = np.minimum.reduceat(np.minimum(lines.to_up, lines.from_up), begins)
    eye, building = tree.query(shapely.points(east, north), predicate="dwithin", distance=farthest)
    tall = lowest[eye] < tops[building]  # every line of this eye passes above the others
    eye, building = eye[tall], building[tall]
    bearing = number * _TURN + np.arctan2(dy, dx)
    order = np.argsort(bearing, kind="stable")
    walls, start = _walls(buildings.shapes)
    many = start[building + 1] - start[building]
    for part in slices(many, _AT_ONCE // 8):
        which, wall = runs(start[building[part]], many[part])
        at = eye[part][which]
        seen = walls[wall] - np.stack([east[at], north[at], east[at], north[at]], axis=1)
        _cross(lines, seen, at, tops[building[part][which]], bearing[order], order, cut)


def _walls(shapes: Sequence[BaseGeometry]) -> tuple[Floats, Ints]:
    """All walls (east, north, east, north), courtyards too, and where those of each building begin."""
    polygons, building = shapely.get_parts(np.array(shapes, dtype=object), return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    walls = np.concatenate([points[:-1], points[1:]], axis=1)[same]
    count = np.bincount(building[polygon[ring[:-1][same]]], minlength=len(shapes))
    return walls, np.concatenate(([0], np.cumsum(count))).astype(np.int64)


def _cross(lines: Lines, wall: Floats, eye: Ints, top: Floats, keys: Floats, order: Ints, cut: Bools) -> None:
    """Marks the lines that cross these walls below their tops; walls are relative to their eye."""
    number, begin, end = _bearings(wall)
    first = np.searchsorted(keys, eye[number] * _TURN + begin)
    many = np.searchsorted(keys, eye[number] * _TURN + end, side="right") - first
    for part in slices(many, _AT_ONCE):
        which, place = runs(first[part], many[part])
        hit, line = number[part][which], order[place]
        cut[line[_below(lines, line, wall[hit], top[hit])]] = True


def _bearings(wall: Floats) -> tuple[Ints, Floats, Floats]:
    """From which to which bearing each wall stands; one behind the eye, where bearings jump, in two parts."""
    one, two = np.arctan2(wall[:, 1], wall[:, 0]), np.arctan2(wall[:, 3], wall[:, 2])
    low, high = np.minimum(one, two), np.maximum(one, two)
    behind = np.flatnonzero(high - low > np.pi)
    ahead = np.flatnonzero(high - low <= np.pi)
    turn = np.full(len(behind), np.pi)
    begin = np.concatenate([low[ahead], high[behind], -turn]) - _WIDER
    end = np.concatenate([high[ahead], turn, low[behind]]) + _WIDER
    return np.concatenate([ahead, behind, behind]), begin, end


def _below(lines: Lines, line: Ints, wall: Floats, top: Floats) -> Bools:
    """Does the line cross the wall, and lower than its top? A wall that carries the camera is none."""
    dx, dy = lines.to_east[line] - lines.from_east[line], lines.to_north[line] - lines.from_north[line]
    wx, wy = wall[:, 2] - wall[:, 0], wall[:, 3] - wall[:, 1]
    turn = dx * wy - dy * wx
    with np.errstate(divide="ignore", invalid="ignore"):
        along = (wall[:, 0] * wy - wall[:, 1] * wx) / turn
        across = (wall[:, 0] * dy - wall[:, 1] * dx) / turn
    height = lines.from_up[line] + (lines.to_up[line] - lines.from_up[line]) * along
    met = (along * np.hypot(dx, dy) > _ON_THE_WALL_M) & (along <= 1) & (across >= 0) & (across <= 1)
    return np.asarray(met & (height < top))


def _cut_by_ground(lines: Lines, terrain: Terrain, cut: Bools) -> None:
    left = np.flatnonzero(~cut)
    dx, dy = lines.to_east - lines.from_east, lines.to_north - lines.from_north
    steps = np.ceil(np.hypot(dx[left], dy[left]) / (terrain.step_m / 2)).astype(np.int64)
    for part in slices(steps, _AT_ONCE):
        which, number = runs(np.zeros_like(steps[part]), steps[part])
        line = left[part][which]
        share = number / steps[part][which]
        up = lines.from_up[line] + share * (lines.to_up[line] - lines.from_up[line])
        ground_up = terrain.at(lines.from_east[line] + share * dx[line], lines.from_north[line] + share * dy[line])
        cut[line[ground_up > up]] = True
