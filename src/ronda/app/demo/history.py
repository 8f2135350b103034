"""Thirty days of training history: rows without a picture, outages with causes, a few past cases.

Everything is marked as training. The same seed gives the same month, shifted to today.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ronda.core.ids import CameraId
from ronda.core.time import DAY_US, HOUR_US, MINUTE_US, TimeSpan, uncovered
from ronda.sim.regency import RegencyCamera
from ronda.store.disk.index import SqliteIndex
from ronda.video.model import Gap, GapCause

DAYS: Final = 30
ROW_US: Final = HOUR_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How often a month and for how long a cause strikes a camera; `area`: all of a village at once."""

    cause: GapCause
    times_a_month: float
    shortest_us: int
    longest_us: int
    area: bool
    evidence: str


_HABITS: Final = (
    Habit(
        cause=GapCause.POWER,
        times_a_month=3,
        shortest_us=20 * MINUTE_US,
        longest_us=5 * HOUR_US,
        area=True,
        evidence="data latihan: UPS melapor baterai, PLN mengumumkan pemadaman",
    ),
    Habit(
        cause=GapCause.LINK,
        times_a_month=5,
        shortest_us=MINUTE_US,
        longest_us=90 * MINUTE_US,
        area=False,
        evidence="data latihan: sambungan ke kamera tidak menjawab, pintu gerbangnya menjawab",
    ),
    Habit(
        cause=GapCause.CAMERA,
        times_a_month=1.5,
        shortest_us=2 * MINUTE_US,
        longest_us=26 * HOUR_US,
        area=False,
        evidence="data latihan: kamera menjawab 503 pada DESCRIBE",
    ),
    Habit(
        cause=GapCause.PLANNED_OFF,
        times_a_month=0.5,
        shortest_us=HOUR_US,
        longest_us=4 * HOUR_US,
        area=False,
        evidence="data latihan: pemeliharaan terjadwal",
    ),
    Habit(
        cause=GapCause.UNKNOWN,
        times_a_month=0.5,
        shortest_us=30 * 1_000_000,
        longest_us=10 * MINUTE_US,
        area=False,
        evidence="data latihan: tidak ada bukti sebabnya",
    ),
)


def build_history(
    index: SqliteIndex, until_us: int, kept_free: dict[CameraId, TimeSpan], cameras: Sequence[RegencyCamera]
) -> int:
    """Write the month that ends at `until_us` into the index; returns the number of rows.

    kept_free  per camera, a span that real footage will fill
    """
    rows = 0
    month = TimeSpan(until_us - DAYS * DAY_US, until_us)
    for camera in cameras:
        free = kept_free.get(camera.camera)
        gaps = [gap for gap in outages(camera, month) if free is None or not _span(gap).overlaps(free)]
        missing = [_span(gap) for gap in gaps] + ([free] if free else [])
        spans = [row for part in uncovered(month, missing) for row in _hours(part)]
        rows += index.add_history(camera.camera, spans, gaps) + len(gaps)
    return rows


def outages(camera: RegencyCamera, month: TimeSpan) -> list[Gap]:
    """The camera's outages in that month, in order, none touching another."""
    found: list[Gap] = []
    for habit in _HABITS:
        seed = camera.village_code if habit.area else camera.camera
        chance = random.Random(f"{seed}:{habit.cause}")
        for _ in range(_count(chance, habit.times_a_month)):
            start = chance.randrange(month.start_us, month.end_us - habit.longest_us - HOUR_US)
            length = int(habit.shortest_us * (habit.longest_us / habit.shortest_us) ** chance.random())
            found.append(
                Gap(
                    camera=camera.camera,
                    start_us=start,
                    end_us=start + length,
                    cause=habit.cause,
                    evidence=habit.evidence,
                    training=True,
                )
            )
    return _apart(found)


def _count(chance: random.Random, mean: float) -> int:
    return int(mean) + (chance.random() < mean - int(mean))


def _apart(gaps: Sequence[Gap]) -> list[Gap]:
    kept: list[Gap] = []
    for gap in sorted(gaps, key=lambda one: one.start_us):
        if not kept or gap.start_us > _span(kept[-1]).end_us + MINUTE_US:
            kept.append(gap)
    return kept


def _span(gap: Gap) -> TimeSpan:
    return TimeSpan(gap.start_us, gap.end_us if gap.end_us is not None else gap.start_us)


def _hours(part: TimeSpan) -> Iterator[TimeSpan]:
    at = part.start_us
    while at < part.end_us:
        end = min(part.end_us, (at // ROW_US + 1) * ROW_US)
        yield TimeSpan(at, end)
        at = end
