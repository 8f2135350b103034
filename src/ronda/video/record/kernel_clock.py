"""Read what the kernel says of its own clock, and decide when that is worth a row.

`adjtimex` with no mode set only reads; it needs no right and no daemon of a certain name. Where the
system call is not there, nothing is known, and nothing is written.
"""

import ctypes
from collections.abc import Callable

from ronda.core.time import SECOND_US
from ronda.evidence.machine_clock import EVERY_US, ClockReading
from ronda.video.model import Note

NOTE_KIND = "machine-clock"
_UNSYNC, _NANO = 0x0040, 0x2000
_ERROR_STATE = 5  # TIME_ERROR: the clock is not synchronised
_LIBC = ctypes.CDLL(None, use_errno=True)


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2), as far as it is used; the kernel may write up to 208 bytes."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 192),
    )


def read_kernel_clock(at_us: int) -> ClockReading | None:
    """What the kernel says now; None where it cannot be asked."""
    found = _Timex()
    try:
        state = int(_LIBC.adjtimex(ctypes.byref(found)))
    except AttributeError:
        return None
    if state < 0:
        return None
    unit = 1000 if found.status & _NANO else 1
    return ClockReading(
        at_us=at_us,
        is_synchronised=state != _ERROR_STATE and not found.status & _UNSYNC,
        offset_us=int(found.offset) // unit,
        max_error_us=int(found.maxerror),
        frequency_ppm=round(found.freq / 65_536, 3),
    )


class ClockWatch:
    """Gives a note every ten minutes, and when the clock gains or loses its source."""

    def __init__(self, read: Callable[[int], ClockReading | None] = read_kernel_clock) -> None:
        self._read = read
        self._last: ClockReading | None = None
        self._due_us = 0

    def is_synchronised(self, at_us: int) -> bool:
        """Whether the kernel names a source of its clock now; it forgets it when somebody sets the clock."""
        reading = self._read(at_us)
        return reading is not None and reading.is_synchronised

    def look(self, monotonic_us: int, wall_us: int) -> Note | None:
        reading = self._read(wall_us)
        if reading is None:
            return None
        changed = self._last is None or reading.is_synchronised != self._last.is_synchronised
        stepped = self._last is not None and abs(reading.offset_us - self._last.offset_us) > SECOND_US // 2
        if not changed and not stepped and monotonic_us < self._due_us:
            return None
        self._last, self._due_us = reading, monotonic_us + EVERY_US
        return Note(at_us=wall_us, kind=NOTE_KIND, text=reading.text())
