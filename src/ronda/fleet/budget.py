"""How many bytes a day may cross the thin line, and when asked footage is expected. Pure.

All bytes count, rows and polls too; only footage waits for the next day. A tenth of the day is kept for
the rows. What a part may cost is charged before it is sent, so that a cut or a kill never gives it back.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from ronda.core.time import DAY_US, SECOND_US, WITA, utc

KEPT_FOR_ROWS = 10  # a tenth
SMALLEST_ROOM_BYTES = 160_000  # a part of 128 KB with all that it costs


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The day's account. `day`: the WITA date it belongs to."""

    limit_bytes: int
    day: str
    used_bytes: int

    def at(self, now_us: int) -> "Budget":
        """The account of the present day: a new day begins with nothing used."""
        today = day_of(now_us)
        return self if today == self.day else replace(self, day=today, used_bytes=0)

    def charged(self, size_bytes: int) -> "Budget":
        return replace(self, used_bytes=self.used_bytes + size_bytes)

    @property
    def room_bytes(self) -> int:
        """What footage may still use today."""
        return max(0, self.limit_bytes - self.limit_bytes // KEPT_FOR_ROWS - self.used_bytes)


def budget_spent(limit_bytes: int, used_bytes: int) -> bool:
    """Whether footage waits for the next day: not one more part of the usual size fits."""
    return limit_bytes - limit_bytes // KEPT_FOR_ROWS - used_bytes < SMALLEST_ROOM_BYTES


def day_of(at_us: int) -> str:
    return utc(at_us).astimezone(WITA).date().isoformat()


def next_day_us(at_us: int) -> int:
    """Midnight in WITA after `at_us`."""
    local = utc(at_us).astimezone(WITA)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(midnight.timestamp()) * SECOND_US


def part_cost_bytes(body_bytes: int) -> int:
    """An upper bound of what a part of a file costs on the line: heads, packets, answer, encryption."""
    return body_bytes + (body_bytes // 1000 + 8) * 110 + 2_000


def expected_us(
    now_us: int, *, remaining_bytes: int, rate_bytes_s: float | None, room_bytes: int, limit_bytes: int
) -> int | None:
    """When `remaining_bytes` have arrived at this rate within this budget; None: nobody can say yet."""
    if remaining_bytes <= 0:
        return now_us
    if not rate_bytes_s or rate_bytes_s <= 0 or limit_bytes <= 0:
        return None
    cost = remaining_bytes + remaining_bytes // 8
    a_day = limit_bytes - limit_bytes // KEPT_FOR_ROWS
    if cost <= room_bytes:
        return now_us + round(cost / rate_bytes_s * SECOND_US)
    left, start_us = cost - room_bytes, next_day_us(now_us)
    whole_days, rest = divmod(left, max(1, a_day))
    return start_us + whole_days * DAY_US + round(rest / rate_bytes_s * SECOND_US)


def smoothed(rate_bytes_s: float | None, size_bytes: int, took_s: float) -> float:
    """The rate with one more measurement, the new one counting a fifth."""
    now = size_bytes / max(took_s, 0.001)
    return now if rate_bytes_s is None else rate_bytes_s * 0.8 + now * 0.2
