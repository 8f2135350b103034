"""Which cameras a point may take together, and where each looks: the options that the solver chooses from.

A point that is put together from the price list (`Candidate.needs`) takes cameras of the list that say how they
see, in directions evenly around; any other point takes one camera that looks all around. A mount is a set of
cameras that are bought for a point at once: the solver takes one mount or none, so that a pole is never told to be
half there with everything around it in view. Mounts that another of the same point makes needless are left out:
no plan loses by that, since the other sees as much, shuns as much, and costs no more. Of large sets only those
that see most for their price are tried (`_WIDTH`). Decides nothing about what is bought.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ronda.planning.cover import Cover, Floats, Ints, on_plane
from ronda.planning.model import Candidate, Need
from ronda.planning.pricing import Item, PriceItem, camera_kinds, cost_of
from ronda.planning.visibility import FULL_DEG, CameraOption, Obstacles, circles, outdoors, sees, targets
from ronda.registry.model import SiteKind

DIRECTIONS: Final = 8
ON_BUILDING: Final = frozenset(
    {SiteKind.DISTRICT_OFFICE, SiteKind.VILLAGE_OFFICE, SiteKind.PUSKESMAS, SiteKind.SCHOOL, SiteKind.LIBRARY,
     SiteKind.HELP_CENTRE}
)  # fmt: skip
NARROW_DEG: Final = 45.0  # a camera that sees less looks in twice as many directions
MOST_CAMERAS: Final = 4  # on one pole
_WIDTH: Final = 4  # sets of a size that are made larger


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """A camera that a point may take. `item` None: the one in the price of the point, all around."""

    site: int
    item: Item | None
    direction_deg: float
    view_deg: float
    range_m: float
    build_idr: int
    yearly_idr: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """Cameras that are bought for a point together."""

    site: int
    aims: tuple[Aim, ...]

    @property
    def name(self) -> frozenset[tuple[Item | None, float]]:
        """Tells the mounts of one point apart."""
        return frozenset((one.item, one.direction_deg) for one in self.aims)

    @property
    def build_idr(self) -> int:
        return sum(one.build_idr for one in self.aims)

    @property
    def yearly_idr(self) -> int:
        return sum(one.yearly_idr for one in self.aims)


def priced(one: Candidate, items: Sequence[PriceItem]) -> Candidate:
    """A point with `needs` at the prices of a list, reaching as far as its farthest camera.

    Raises PriceMissingError.
    """
    if not one.needs:
        return one
    cost = cost_of({need.item: need.number for need in one.needs}, items)
    reach_m = max((kind.range_m or 0.0 for kind in camera_kinds(items)), default=one.reach_m)
    return replace(one, build_cost_idr=cost.build_idr, yearly_cost_idr=cost.yearly_idr, reach_m=reach_m)


def takes_port(one: Candidate) -> bool:
    """Has it no line of its own?"""
    return any(need.item is Item.UPLINK_SHARED for need in one.needs)


def shared_line(candidates: Sequence[Candidate]) -> bool:
    return any(takes_port(one) for one in candidates)


def needs_of(wanted: dict[Item, int]) -> tuple[Need, ...]:
    return tuple(Need(item=item, number=number) for item, number in wanted.items())


def aims_of(candidates: Sequence[Candidate], items: Sequence[PriceItem]) -> list[Aim]:
    """Every single camera, in the order of the points."""
    kinds = camera_kinds(items)
    made: list[Aim] = []
    for number, one in enumerate(candidates):
        if one.needs and kinds:
            made += [aim for kind in kinds for aim in _around(number, kind)]
        else:
            made.append(
                Aim(site=number, item=None, direction_deg=0.0, view_deg=FULL_DEG, range_m=one.reach_m,
                       build_idr=0, yearly_idr=0)
            )  # fmt: skip
    return made


def _around(site: int, kind: PriceItem) -> list[Aim]:
    view = kind.view_deg or FULL_DEG
    number = 1 if view >= FULL_DEG else DIRECTIONS if view >= NARROW_DEG else 2 * DIRECTIONS
    return [
        Aim(
            site=site, item=kind.item, direction_deg=360.0 * turn / number, view_deg=view,
            range_m=kind.range_m or 0.0, build_idr=kind.each_idr, yearly_idr=kind.yearly_idr,
        )
        for turn in range(number)
    ]  # fmt: skip


def seen_by(
    aims: Sequence[Aim],
    candidates: Sequence[Candidate],
    cells: tuple[Floats, Floats],
    lat0_deg: float,
    around: Obstacles,
) -> Cover:
    """One row a camera: the cells it sees. Houses stand in the way, as `visibility` says."""
    lat = np.array([one.lat_deg for one in candidates], dtype=np.float64)
    lon = np.array([one.lon_deg for one in candidates], dtype=np.float64)
    heights = np.array([one.height_m for one in candidates], dtype=np.float64)
    east, north = on_plane(lat, lon, lat0_deg)
    aimed = np.array([one.view_deg < FULL_DEG for one in aims], dtype=bool)
    site = np.array([one.site for one in aims], dtype=np.int64)
    reach = np.array([one.range_m for one in aims], dtype=np.float64)
    wide = circles((east[site[~aimed]], north[site[~aimed]]), reach[~aimed], heights[site[~aimed]], cells, around)
    if not aimed.any():
        return wide
    out_east, out_north = outdoors((east, north), heights, around)
    sectors = [
        CameraOption(
            site=one.site, east_m=float(out_east[one.site]), north_m=float(out_north[one.site]),
            height_m=float(heights[one.site]), direction_deg=one.direction_deg, view_deg=one.view_deg,
            range_m=one.range_m,
        )
        for one in aims
        if one.view_deg < FULL_DEG
    ]  # fmt: skip
    return _woven(aimed, sees(sectors, targets(cells, around), around), wide)


def _woven(aimed: "np.ndarray", sectors: Cover, wide: Cover) -> Cover:
    """Rows of two covers in the order of the cameras."""
    place = np.where(aimed, np.cumsum(aimed) - 1, np.cumsum(~aimed) - 1)
    rows = [(sectors if aimed[n] else wide).row(int(place[n])) for n in range(len(aimed))]
    start = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    return Cover(start=start, cols=np.concatenate(rows).astype(np.int64))


@dataclass(frozen=True, slots=True)
class _Set:
    """A mount under way: cells as bits, those that count and those that are shunned."""

    aims: tuple[int, ...]
    good: int
    bad: int
    build_idr: int
    yearly_idr: int

    def beaten_by(self, other: "_Set") -> bool:
        return (
            self.good & ~other.good == 0
            and other.bad & ~self.bad == 0
            and other.build_idr <= self.build_idr
            and other.yearly_idr <= self.yearly_idr
        )


def mounts_of(
    aims: Sequence[Aim], cover: Cover, weight: Ints, pole_idr: Sequence[int]
) -> tuple[list[Mount], Cover]:
    """The mounts worth choosing from, and what each sees. Every point keeps one, also where nothing is to see.

    cover     row by aim; cells without weight do not count
    pole_idr  by point: what it costs before any camera
    """
    mounts: list[Mount] = []
    rows: list[Ints] = []
    first = 0
    while first < len(aims):
        last = first
        while last < len(aims) and aims[last].site == aims[first].site:
            last += 1
        site = aims[first].site
        sets: list[tuple[int, ...]] = [(first,)]
        if last > first + 1:
            sets = [one.aims for one in _sets(aims, cover, weight, pole_idr[site], range(first, last))]
        for some in sets:
            mounts.append(Mount(site=site, aims=tuple(aims[n] for n in some)))
            rows.append(
                cover.row(some[0]) if len(some) == 1 else np.unique(np.concatenate([cover.row(n) for n in some]))
            )
        first = last
    start = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    cells = np.concatenate(rows).astype(np.int64) if rows else np.zeros(0, dtype=np.int64)
    return mounts, Cover(start=start, cols=cells)


def _sets(aims: Sequence[Aim], cover: Cover, weight: Ints, pole_idr: int, mine: range) -> list[_Set]:
    cells = np.unique(np.concatenate([cover.row(n) for n in mine]))
    cells = cells[weight[cells] != 0]
    worth = weight[cells].tolist()
    places = {cell: place for place, cell in enumerate(cells.tolist())}
    shunned = sum(1 << place for place, value in enumerate(worth) if value < 0)
    singles = []
    for n in mine:
        bits = sum(1 << places[cell] for cell in cover.row(n).tolist() if cell in places)
        one = aims[n]
        singles.append(_Set((n,), bits & ~shunned, bits & shunned, one.build_idr, one.yearly_idr))
    singles = _unbeaten(singles)
    kept, level = list(singles), singles
    for _ in range(MOST_CAMERAS - 1):
        level = _unbeaten(_larger(level, singles))
        level.sort(key=lambda one: (-_ratio(one, worth, pole_idr), one.aims))
        level = level[:_WIDTH]
        kept += level
        if not level:
            break
    return sorted(_unbeaten(kept), key=lambda one: one.aims)


def _larger(level: Sequence[_Set], singles: Sequence[_Set]) -> list[_Set]:
    """Each set with one more camera that adds a cell."""
    made: dict[tuple[int, ...], _Set] = {}
    for one in level:
        for more in singles:
            if more.good & ~one.good:
                aims = tuple(sorted({*one.aims, *more.aims}))
                made[aims] = _Set(
                    aims, one.good | more.good, one.bad | more.bad, one.build_idr + more.build_idr,
                    one.yearly_idr + more.yearly_idr,
                )  # fmt: skip
    return list(made.values())


def _unbeaten(sets: Sequence[_Set]) -> list[_Set]:
    """Without those that another one makes needless; of equal ones the first stays."""
    # Whoever sees most, and of these the cheapest, comes first: what is judged later can only be beaten by them.
    order = sorted(
        sets,
        key=lambda one: (-one.good.bit_count(), one.bad.bit_count(), one.build_idr, one.yearly_idr, one.aims),
    )
    kept: list[_Set] = []
    for one in order:
        if not any(one.beaten_by(other) for other in kept):
            kept.append(one)
    return kept


def _ratio(one: _Set, worth: Sequence[int], pole_idr: int) -> float:
    bits, seen = one.good | one.bad, 0
    while bits:
        low = bits & -bits
        seen += worth[low.bit_length() - 1]
        bits ^= low
    return seen / max(pole_idr + one.build_idr + one.yearly_idr, 1)
