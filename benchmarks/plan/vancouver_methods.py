"""How others would spend the money in Vancouver: the same poles, cameras and prices, past counts alone.

Each method gets a list of blocks (or cells) with a weight, and answers with cameras. All buy through one
purse: the first camera of a pole pays for the pole too.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ronda.planning.cover import Cover, Floats, Ints


@dataclass(slots=True)
class Purse:
    """What was bought and what is left."""

    of: Ints
    site_cost: Floats
    camera_cost: Floats
    left: float
    bought: list[int] = field(default_factory=list)
    stands: set[int] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)

    def price(self, camera: int) -> float:
        site = int(self.of[camera])
        return float(self.camera_cost[camera]) + (0.0 if site in self.stands else float(self.site_cost[site]))

    def buy(self, camera: int) -> bool:
        price = self.price(camera)
        if camera in self.taken or price > self.left + 1e-9:
            return False
        self.left -= price
        self.stands.add(int(self.of[camera]))
        self.taken.add(camera)
        self.bought.append(camera)
        return True


def greedy(purse: Purse, sees: Cover, weight: Floats, *, per_rupiah: bool) -> list[int]:
    """The camera that adds most (for its price), again and again, until nothing fits that adds."""
    left = weight.copy()

    def gain(camera: int) -> float:
        return float(left[sees.row(camera)].sum())

    def score(camera: int) -> float:
        return gain(camera) / (purse.price(camera) if per_rupiah else 1.0)

    # A camera of a standing pole gets cheaper, so its score may rise: it is put in anew when its pole is bought.
    heap = [(-score(camera), camera) for camera in np.flatnonzero(np.diff(sees.start)).tolist()]
    heapq.heapify(heap)
    first = np.searchsorted(purse.of, np.arange(len(purse.site_cost) + 1))
    while heap:
        said, camera = heapq.heappop(heap)
        now = score(camera)
        if now <= 0 or camera in purse.taken or purse.price(camera) > purse.left:
            continue
        if -said > now + 1e-12:
            heapq.heappush(heap, (-now, camera))
            continue
        new_pole = int(purse.of[camera]) not in purse.stands
        purse.buy(camera)
        left[sees.row(camera)] = 0
        if new_pole:
            site = int(purse.of[camera])
            for other in range(int(first[site]), int(first[site + 1])):
                heapq.heappush(heap, (-score(other), other))
    return purse.bought


def hot_spots(purse: Purse, sees: Cover, weight: Floats) -> list[int]:
    """The hottest blocks in order; each not yet in view gets the camera that sees most of the past with it."""
    by_block = _turned(sees, len(weight))
    seen = np.zeros(len(weight), dtype=bool)
    worth = np.array([weight[sees.row(camera)].sum() for camera in range(sees.rows)])
    for block in np.argsort(-weight, kind="stable"):
        if seen[block]:
            continue
        cameras = by_block.row(int(block))
        for camera in sorted(cameras.tolist(), key=lambda one: (-worth[one], purse.price(one))):
            if purse.buy(camera):
                seen[sees.row(camera)] = True
                break
    return purse.bought


def even(purse: Purse, sees: Cover, weight: Floats, places: tuple[Floats, Floats], many: int) -> list[int]:
    """Poles as far from each other as they can be, `many` cameras each, to where most of the past was."""
    east, north = places
    first = np.searchsorted(purse.of, np.arange(len(east) + 1))
    start = int(np.argmin(np.hypot(east - np.median(east), north - np.median(north))))
    away = np.full(len(east), np.inf)
    site = start
    for _ in range(len(east)):
        away = np.minimum(away, np.hypot(east - east[site], north - north[site]))
        left = weight.copy()
        for _camera in range(many):
            cameras = range(int(first[site]), int(first[site + 1]))
            best = max(cameras, key=lambda one: left[sees.row(one)].sum())
            if left[sees.row(best)].sum() <= 0 or not purse.buy(best):
                break
            left[sees.row(best)] = 0
        site = int(np.argmax(away))
        if purse.left < purse.site_cost.min():
            break
    return purse.bought


def spend_rest(purse: Purse, places: tuple[Floats, Floats], around: int = 8) -> list[int]:
    """All known thefts are in view and money is left: poles as far from the others as can be, looking all around.

    around  of the first cameras of a pole, the wide ones in equal steps; every second one closes the circle
    """
    east, north = places
    first = np.searchsorted(purse.of, np.arange(len(east) + 1))
    away = np.full(len(east), np.inf)
    for site in purse.stands:
        away = np.minimum(away, np.hypot(east - east[site], north - north[site]))
    while purse.left >= float(purse.site_cost.min() + purse.camera_cost.min()) and (away > 0).any():
        site = int(np.argmax(away))
        for camera in range(int(first[site]), int(first[site]) + around, 2):
            if not purse.buy(camera):
                break
        away = np.minimum(away, np.hypot(east - east[site], north - north[site]))
    return purse.bought


def _turned(sees: Cover, columns: int) -> Cover:
    row = np.repeat(np.arange(sees.rows), np.diff(sees.start))
    order = np.lexsort((row, sees.cols))
    start = np.zeros(columns + 1, dtype=np.int64)
    np.cumsum(np.bincount(sees.cols, minlength=columns), out=start[1:])
    return Cover(start=start, cols=row[order])


def seen_by(cameras: Iterable[int], sees: Cover, count: int) -> np.ndarray:
    """Which of `count` things some of these cameras sees."""
    found = np.zeros(count, dtype=bool)
    for camera in cameras:
        found[sees.row(camera)] = True
    return found
