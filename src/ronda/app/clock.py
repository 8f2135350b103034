"""The system's clock behind the port of `ronda.core.time`."""

import time


class SystemClock:
    """UTC and monotonic time of this machine."""

    def now_us(self) -> int:
        return time.time_ns() // 1000

    def monotonic_us(self) -> int:
        return time.monotonic_ns() // 1000
