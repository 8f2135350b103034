"""Which camera option sees which cell: sector, range by pixel density, buildings and ground in the way.

An option is a place, a height, a direction and optics for a purpose (`optics`). Cells are points of the
ground; a target stands `TARGET_M` above them. Decides coverage only; what it is worth is `demand`.
Invariants: rows are sparse (`Cover`), nothing of the size options x cells is ever made; an option sees
a cell exactly when the slant distance is within its range, the bearing within its angle, and no sight
line is cut (`sight.blocked`) - a test compares every pair the slow way.

Sight lines are computed once for each eye (place and height), then shared by its directions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.ops import nearest_points

from ronda.planning.cover import Cover, Floats, Ints, cover, on_plane, runs, slices
from ronda.planning.model import Standing
from ronda.planning.optics import Optics, Purpose
from ronda.planning.sight import Buildings, Lines, blocked
from ronda.planning.terrain import Terrain, ground

TARGET_M: Final = 1.6
FULL_DEG: Final = 360.0
_OUT_M: Final = 5e-4  # outside a wall; `sight` lets a wall this near carry the camera
_PAIRS_AT_ONCE: Final = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraOption:
    """One way to put up one camera.

    site           index of the site in the caller's list
    height_m       of the camera above the ground
    direction_deg  middle of the view, clockwise from north
    """

    site: int
    east_m: float
    north_m: float
    height_m: float
    direction_deg: float
    view_deg: float
    range_m: float

    @property
    def eye(self) -> tuple[float, float, float]:
        return self.east_m, self.north_m, self.height_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacles:
    """What stands in the way; nothing known is an open plain, and a plan says so."""

    buildings: Buildings | None = None
    terrain: Terrain | None = None


def fan(
    site: int, at: tuple[float, float], height_m: float, optics: Optics, purpose: Purpose, directions: int
) -> list[CameraOption]:
    """The same camera in `directions` directions, evenly around, the first to the north."""
    return [
        CameraOption(
            site=site,
            east_m=at[0],
            north_m=at[1],
            height_m=height_m,
            direction_deg=360.0 * number / directions,
            view_deg=optics.view_deg,
            range_m=optics.range_m(purpose),
        )
        for number in range(directions)
    ]


def sees(options: Sequence[CameraOption], cells: tuple[Floats, Floats], around: Obstacles | None = None) -> Cover:
    """One row an option: the cells it sees, ascending. Cells as (east, north) in metres."""
    around = around or Obstacles()
    if not options:
        return Cover(start=np.zeros(1, dtype=np.int64), cols=np.zeros(0, dtype=np.int64))
    eyes, of_eye = np.unique(np.array([one.eye for one in options]), axis=0, return_inverse=True)
    of_eye = of_eye.reshape(-1)
    reach = np.zeros(len(eyes))
    np.maximum.at(reach, of_eye, np.array([one.range_m for one in options]))
    near = cover((eyes[:, 0], eyes[:, 1]), reach, cells)
    if around.buildings is not None or around.terrain is not None:
        near = _unblocked(near, eyes, cells, around)
    return _in_sectors(options, of_eye, near, eyes, cells, around.terrain)


def circles(
    sites: tuple[Floats, Floats], reach_m: Floats, height_m: Floats, cells: tuple[Floats, Floats], around: Obstacles
) -> Cover:
    """What each site sees that looks all around: of the cells within its reach on the ground, those in sight.

    A site inside a house (an office is given by its middle) hangs on the nearest outer wall, since inside it
    would see nothing: it sees to one side of the house. Cells likewise, see `outdoors`.
    """
    near = cover(sites, reach_m, cells)
    if (around.buildings is None and around.terrain is None) or not len(near.cols):
        return near
    east, north = outdoors(sites, height_m, around)
    return _unblocked(near, np.stack([east, north, height_m], axis=1), targets(cells, around), around)


def targets(cells: tuple[Floats, Floats], around: Obstacles) -> tuple[Floats, Floats]:
    """Where to look for what was counted by squares: a middle stands for the street, not for the room it hits."""
    return outdoors(cells, np.full(len(cells[0]), TARGET_M), around)


def standing_sees(
    standing: Sequence[Standing],
    cells: tuple[Floats, Floats],
    lat0_deg: float,
    around: Obstacles | None = None,
) -> "np.typing.NDArray[np.bool_]":
    """Which cells a standing camera sees already; one whose direction nobody told looks all around."""
    around = around or Obstacles()
    seen = np.zeros(len(cells[0]), dtype=bool)
    lat, lon = (np.array([getattr(one, name) for one in standing]) for name in ("lat_deg", "lon_deg"))
    east, north = on_plane(lat, lon, lat0_deg)
    all_around = np.array([one.view_deg >= FULL_DEG for one in standing], dtype=bool)
    reach = np.array([one.reach_m for one in standing], dtype=np.float64)
    heights = np.array([one.height_m for one in standing], dtype=np.float64)
    places = east[all_around], north[all_around]
    seen[circles(places, reach[all_around], heights[all_around], cells, around).cols] = True
    sectors = [
        CameraOption(
            site=n, east_m=float(east[n]), north_m=float(north[n]), height_m=standing[n].height_m,
            direction_deg=standing[n].direction_deg, view_deg=standing[n].view_deg, range_m=standing[n].reach_m,
        )
        for n in np.flatnonzero(~all_around).tolist()
    ]  # fmt: skip
    seen[sees(sectors, targets(cells, around), around).cols] = True
    return seen


def outdoors(places: tuple[Floats, Floats], height_m: Floats, around: Obstacles) -> tuple[Floats, Floats]:
    """The places, those inside a house and below its top put just outside its nearest wall."""
    if around.buildings is None:
        return places
    buildings = around.buildings
    east, north = places[0].copy(), places[1].copy()
    inside, houses = shapely.STRtree(buildings.shapes).query(shapely.points(east, north), predicate="within")
    for place, house in zip(inside.tolist(), houses.tolist(), strict=True):
        if height_m[place] < buildings.heights_m[house]:
            at = shapely.Point(places[0][place], places[1][place])
            wall = nearest_points(buildings.shapes[house].boundary, at)[0]
            out = 1 + _OUT_M / max(at.distance(wall), _OUT_M)
            east[place], north[place] = at.x + (wall.x - at.x) * out, at.y + (wall.y - at.y) * out
    return east, north


def _unblocked(near: Cover, eyes: Floats, cells: tuple[Floats, Floats], around: Obstacles) -> Cover:
    """The pairs with a free line, in slices of whole eyes so that memory stays bounded."""
    free = np.zeros(len(near.cols), dtype=bool)
    for part in slices(np.diff(near.start), _PAIRS_AT_ONCE):
        pairs = slice(int(near.start[part.start]), int(near.start[part.stop]))
        eye = np.repeat(np.arange(part.start, part.stop), np.diff(near.start)[part])
        lines = _lines(eyes, eye, cells, near.cols[pairs], around.terrain)
        free[pairs] = ~blocked(lines, around.buildings, around.terrain)
    before = np.concatenate(([0], np.cumsum(free)))
    return Cover(start=before[near.start].astype(np.int64), cols=near.cols[free])


def _lines(eyes: Floats, eye: Ints, cells: tuple[Floats, Floats], cell: Ints, terrain: Terrain | None) -> Lines:
    east, north = cells[0][cell], cells[1][cell]
    top = eyes[:, 2] + ground(terrain, eyes[:, 0], eyes[:, 1])
    return Lines(
        eye=eye,
        from_east=eyes[eye, 0],
        from_north=eyes[eye, 1],
        from_up=top[eye],
        to_east=east,
        to_north=north,
        to_up=ground(terrain, east, north) + TARGET_M,
    )


def _in_sectors(
    options: Sequence[CameraOption],
    of_eye: Ints,
    near: Cover,
    eyes: Floats,
    cells: tuple[Floats, Floats],
    terrain: Terrain | None,
) -> Cover:
    """From what the eyes see to what each option sees, one slice of options after another."""
    facts = np.array([(one.direction_deg, one.view_deg, one.range_m) for one in options])
    eye_up = eyes[:, 2] + ground(terrain, eyes[:, 0], eyes[:, 1])
    cell_up = ground(terrain, *cells) + TARGET_M
    counts, columns = [], []
    size = np.diff(near.start)[of_eye]
    for part in slices(size, _PAIRS_AT_ONCE):
        which, place = runs(near.start[of_eye[part]], size[part])
        option, eye, cell = part.start + which, of_eye[part][which], near.cols[place]
        east, north = cells[0][cell] - eyes[eye, 0], cells[1][cell] - eyes[eye, 1]
        slant = np.sqrt(east**2 + north**2 + (cell_up[cell] - eye_up[eye]) ** 2)
        off = np.abs((np.degrees(np.arctan2(east, north)) - facts[option, 0] + 180.0) % 360.0 - 180.0)
        seen = (slant <= facts[option, 2]) & (off <= facts[option, 1] / 2)
        counts.append(np.bincount(which[seen], minlength=part.stop - part.start))
        columns.append(cell[seen])
    start = np.concatenate(([0], np.cumsum(np.concatenate(counts)))).astype(np.int64)
    return Cover(start=start, cols=np.concatenate(columns).astype(np.int64))
