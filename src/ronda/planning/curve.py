"""Value by money, as far as it is known: every budget that was answered, for each set of terms and edition.

Kept in memory: after a restart the first reader waits some seconds for it. Used by any thread.
"""

import threading
from dataclasses import replace
from typing import Final

import numpy as np

from ronda.planning.model import Refused, Why
from ronda.planning.planners import terms_key
from ronda.planning.record import PlanRecord
from ronda.planning.solve import Planner, Solved
from ronda.planning.trade import Level

SCALES: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)
_MOST_LEVELS: Final = 60


class Curves:
    """The levels of every plan that was looked at."""

    def __init__(self) -> None:
        self._levels: dict[tuple[str, str], list[Level]] = {}
        self._lock = threading.Lock()

    def levels(self, record: PlanRecord) -> list[Level]:
        """By money. A plan for less is one for more, so a better one of less money stands in for a worse."""
        with self._lock:
            rising = sorted(self._levels.get(_key(record), []), key=lambda level: level.scale)
        best: list[Level] = []
        for level in rising:
            before = best[-1] if best else level
            better = level if level.value >= before.value else replace(before, scale=level.scale, bound=level.bound)
            best.append(better)
        return best

    def missing(self, record: PlanRecord, planner: Planner) -> list[float]:
        """Scales of `SCALES` that keep the promises and were not answered yet."""
        drawn = {level.scale for level in self.levels(record)}
        return [scale for scale in SCALES if scale > planner.least_scale and scale not in drawn]

    def remember(self, record: PlanRecord, scale: float, planner: Planner, solved: Solved) -> None:
        points = frozenset(
            planner.question.candidates[int(p)].point for p in np.flatnonzero(solved.built < solved.instance.years)
        )
        level = Level(scale=scale, value=solved.value, bound=solved.bound, points=points)
        with self._lock:
            kept = self._levels.get(_key(record), [])
            if any(one.scale == scale and one.bound - one.value < level.bound - level.value for one in kept):
                return  # a first answer says less than the refined one that is there
            levels = [one for one in kept if one.scale != scale]
            self._levels[_key(record)] = [*levels, level][-_MOST_LEVELS:]

    def with_entry(self, refused: tuple[Refused, ...], record: PlanRecord) -> tuple[Refused, ...]:
        """Add to dear points the smallest money of the curve, above the plan's own, that buys them."""
        first = record.terms.given_idr(record.terms.years[0])
        enters: dict[str, int] = {}
        for level in reversed([one for one in self.levels(record) if one.scale > record.scale]):
            for point in level.points:
                enters[point] = int(first * level.scale)
        return tuple(
            replace(one, reason=replace(one.reason, enters_at_idr=enters[one.point]))
            if one.reason.why is Why.TOO_DEAR and one.point in enters
            else one
            for one in refused
        )


def _key(record: PlanRecord) -> tuple[str, str]:
    return terms_key(record.terms), record.data_version
