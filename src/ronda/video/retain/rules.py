"""Decide how much room to keep free, how long the disk lasts, and what to warn of. Pure.

Invariant: a wrong clock deletes nothing: what a jump of more than a day against what is recorded means for
deletion by age stands in `clock_doubt`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ronda.core.ids import CameraId
from ronda.core.time import DAY_US, HOUR_US, SECOND_US, utc_text

SMALLEST_RESERVE_BYTES = 64 * 1024 * 1024
LARGEST_RESERVE_BYTES = 4 * 1024 * 1024 * 1024
JUMP_US = DAY_US
WAIT_AFTER_JUMP_US = DAY_US
ALARM_PERCENT = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraLoad:
    """What one camera asks of the disk. held_days: how old its oldest footage is."""

    camera: CameraId
    retention_days: int
    bytes_per_day: float
    held_days: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How long the disk lasts."""

    days_left: float | None  # until the free room is used up; None: nothing is being recorded
    days_kept: float | None  # how many days of footage the whole disk holds
    warnings: tuple[str, ...]
    first_loss_us: int | None = None  # when the first footage goes before its time; None: not by these loads


def reserve_bytes(total_bytes: int) -> int:
    """Room that stays free: 3 % of the disk, so that files can be closed and the index grows."""
    return max(SMALLEST_RESERVE_BYTES, min(LARGEST_RESERVE_BYTES, total_bytes * 3 // 100))


def due_before_us(now_us: int, retention_days: int) -> int:
    """Footage of a camera that ends before this is due to be deleted."""
    return now_us - retention_days * DAY_US


def is_jump(now_us: int, newest_us: int | None) -> bool:
    """Whether the clock is too far after the newest known time to delete by it at once."""
    return newest_us is not None and now_us - newest_us > JUMP_US


def load_of(
    recorded: Mapping[CameraId, tuple[int, int]],
    retention_days: Mapping[CameraId, int],
    oldest_us: Mapping[CameraId, int] | None = None,
    now_us: int = 0,
) -> list[CameraLoad]:
    """Loads from what was recorded lately. recorded: bytes and the microseconds they span."""
    ends = oldest_us or {}
    return [
        CameraLoad(
            camera=camera,
            retention_days=retention_days[camera],
            bytes_per_day=size_bytes / max(span_us, SECOND_US) * DAY_US,
            held_days=max(0, now_us - ends[camera]) / DAY_US if camera in ends else 0.0,
        )
        for camera, (size_bytes, span_us) in recorded.items()
        if camera in retention_days and span_us >= 10 * SECOND_US
    ]


def days_until_first_loss(usable_bytes: float, loads: Sequence[CameraLoad]) -> float | None:
    """In how many days footage must go before its time; None when everything promised fits.

    A camera fills the room until its oldest footage is as old as was promised; from then on as much goes by
    age as comes. So the growth falls in steps, at the days on which cameras become full.
    """
    room, at_day = max(0.0, usable_bytes), 0.0
    growing = sorted(
        (max(0.0, load.retention_days - load.held_days), load.bytes_per_day)
        for load in loads
        if load.bytes_per_day > 0
    )
    rate = sum(per_day for _, per_day in growing)
    for until_day, per_day in growing:
        needed = (until_day - at_day) * rate
        if needed > room:
            return at_day + room / rate
        room, at_day, rate = room - needed, until_day, rate - per_day
    return None


def outlook(
    *, total_bytes: int, free_bytes: int, footage_bytes: int, loads: Sequence[CameraLoad], now_us: int = 0
) -> Outlook:
    """What the loads of now mean for the disk."""
    per_day = sum(load.bytes_per_day for load in loads)
    if per_day <= 0:
        return Outlook(days_left=None, days_kept=None, warnings=())
    usable = max(0, free_bytes - reserve_bytes(total_bytes))
    kept_bytes = usable + footage_bytes
    promised = sum(load.bytes_per_day * load.retention_days for load in loads)
    loss_days = days_until_first_loss(usable, loads)
    first_loss_us = None if loss_days is None else now_us + round(loss_days * DAY_US)
    warnings = []
    if promised > kept_bytes:
        longest = max(load.retention_days for load in loads)
        warnings.append(
            f"the promised {longest} days need {promised / 1e9:.1f} GB, the disk holds {kept_bytes / 1e9:.1f} GB "
            f"of footage ({kept_bytes / per_day:.1f} days); some will be deleted before its time, in the published "
            f"order, {_when(loss_days, first_loss_us, now_us)}. "
            "Next: add a larger disk, or shorten the retention of some cameras"
        )
    elif loss_days is not None and usable * 100 <= (total_bytes - reserve_bytes(total_bytes)) * (
        100 - ALARM_PERCENT
    ):
        warnings.append(
            f"the disk is {ALARM_PERCENT} % full and still fills; footage will be deleted before its time "
            f"{_when(loss_days, first_loss_us, now_us)}. Next: add a disk (`ronda disk add`), or free some space"
        )
    return Outlook(
        days_left=usable / per_day,
        days_kept=kept_bytes / per_day,
        warnings=tuple(warnings),
        first_loss_us=first_loss_us,
    )


def _when(loss_days: float | None, first_loss_us: int | None, now_us: int) -> str:
    if loss_days is None or first_loss_us is None:
        return "when footage that is kept now is due"
    if loss_days < 1 / 24:
        return "from now on"
    day = f" ({utc_text(first_loss_us)[:10]})" if now_us else ""
    return f"in {loss_days:.1f} days{day}"


LOOK_BACK_US = 6 * HOUR_US
