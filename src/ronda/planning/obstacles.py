"""Stored buildings, as what stands in the way of the cameras of a plan.

Decides which of them belong to a plan's data: those within reach of some camera, so that a house elsewhere
changes no plan. What then cuts a line is `sight`, what a camera sees `visibility`.
"""

from collections.abc import Sequence

import numpy as np
import shapely

from ronda.planning.cover import on_plane
from ronda.planning.model import Building, Candidate, Standing
from ronda.planning.sight import Buildings
from ronda.planning.visibility import Obstacles


def within_reach(
    buildings: Sequence[Building], candidates: Sequence[Candidate], standing: Sequence[Standing]
) -> tuple[Building, ...]:
    """Those that stand within reach of some camera; a plan keeps no others."""
    cameras = [(one.lat_deg, one.lon_deg, one.reach_m) for one in candidates]
    cameras += [(one.lat_deg, one.lon_deg, one.reach_m) for one in standing]
    if not buildings or not cameras:
        return ()
    lat, lon, reach_m = (np.array(part, dtype=np.float64) for part in zip(*cameras, strict=True))
    lat0 = float(lat.mean())
    tree = shapely.STRtree(_shapes(buildings, lat0))
    found = tree.query(shapely.points(*on_plane(lat, lon, lat0)), predicate="dwithin", distance=reach_m)[1]
    return tuple(buildings[number] for number in np.unique(found).tolist())


def obstacles(buildings: Sequence[Building], lat0_deg: float) -> Obstacles:
    """On the plane that is true at `lat0_deg`."""
    if not buildings:
        return Obstacles()
    heights = np.array([one.height_m for one in buildings], dtype=np.float64)
    return Obstacles(buildings=Buildings(shapes=_shapes(buildings, lat0_deg), heights_m=heights))


def _shapes(buildings: Sequence[Building], lat0_deg: float) -> list[shapely.Geometry]:
    degrees = shapely.from_wkt(np.array([one.shape for one in buildings], dtype=object))
    return list(shapely.transform(degrees, lambda at: np.stack(on_plane(at[:, 1], at[:, 0], lat0_deg), axis=1)))
