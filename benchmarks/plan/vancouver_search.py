"""Spend one purse well: whole poles by worth for price, then taken apart and filled again.

A pole is judged with its cameras: the best first one, the best second one, and so on, as long as the
worth for the price of the pole rises. Then, again and again, the poles around one place are taken away and
the money is spent anew; what is better stays. From a seed; the same seed gives the same cameras.
"""

import heapq

import numpy as np

from ronda.planning.cover import Cover, Floats, Ints


class Search:
    """`weight` by column; money may be any unit."""

    def __init__(self, of: Ints, site_cost: Floats, camera_cost: Floats, sees: Cover, weight: Floats) -> None:
        self.site_cost, self.camera_cost = site_cost, camera_cost
        self.of, self.sees, self.weight = of, sees, weight
        self.first = np.searchsorted(of, np.arange(len(site_cost) + 1))
        self.cameras = self._undominated()

    def _undominated(self) -> list[list[int]]:
        """Of each pole: cameras that see something, each set of columns once, at its lowest price."""
        kept = []
        for site in range(len(self.site_cost)):
            cheapest: dict[bytes, int] = {}
            for camera in range(int(self.first[site]), int(self.first[site + 1])):
                row = self.sees.row(camera)
                if len(row) and self.weight[row].sum() > 0:
                    key = row.tobytes()
                    other = cheapest.get(key)
                    if other is None or self.camera_cost[camera] < self.camera_cost[other]:
                        cheapest[key] = camera
            kept.append(list(cheapest.values()))
        return kept

    def bundle(self, site: int, seen: Ints, money: float, stands: list[int]) -> tuple[float, list[int], float]:
        """Worth for price, cameras and price of the best step at this pole."""
        cost = 0.0 if stands else float(self.site_cost[site])
        worth, chosen, best = 0.0, [], (0.0, [], 0.0)
        free = {c: r[seen[r] == 0] for c in self.cameras[site] if c not in stands for r in [self.sees.row(c)]}
        while free:
            rate, camera = max((self.weight[rest].sum() / self.camera_cost[c], -c) for c, rest in free.items())
            camera = -camera
            if rate <= 0 or cost + self.camera_cost[camera] > money + 1e-9:
                break
            cost += float(self.camera_cost[camera])
            covered = free.pop(camera)
            worth += float(self.weight[covered].sum())
            chosen = [*chosen, camera]
            if worth / cost > best[0]:
                best = (worth / cost, chosen, cost)
            free = {c: np.setdiff1d(rest, covered, assume_unique=True) for c, rest in free.items()}
        return best

    def fill(self, bought: dict[int, list[int]], money: float, luck: Floats) -> tuple[dict[int, list[int]], float]:
        """Spend `money` on top of what was bought."""
        seen = self.count(bought)
        heap = []
        for site, cameras in enumerate(self.cameras):
            if cameras:
                top = sum(sorted((self.weight[self.sees.row(c)].sum() for c in cameras), reverse=True))
                heap.append((-top * luck[site], site, False))
        heapq.heapify(heap)
        while heap:
            _said, site, exact = heapq.heappop(heap)
            rate, chosen, cost = self.bundle(site, seen, money, bought.get(site, []))
            if not chosen:
                continue
            if not exact or (heap and -heap[0][0] > rate * luck[site] + 1e-12):
                heapq.heappush(heap, (-rate * luck[site], site, True))
                if not exact or -heap[0][0] > rate * luck[site] + 1e-12:
                    continue
                heapq.heappop(heap)
            bought[site] = [*bought.get(site, []), *chosen]
            money -= cost
            for camera in chosen:
                seen[self.sees.row(camera)] += 1
            heapq.heappush(heap, (-rate * luck[site], site, True))
        return bought, money

    def count(self, bought: dict[int, list[int]]) -> Ints:
        seen = np.zeros(len(self.weight), dtype=np.int64)
        for cameras in bought.values():
            for camera in cameras:
                seen[self.sees.row(camera)] += 1
        return seen

    def value(self, bought: dict[int, list[int]]) -> float:
        return float(self.weight[self.count(bought) > 0].sum())
