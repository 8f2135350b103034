"""Ask the daemons of UPS units, every few seconds, whether they run on battery: evidence of a power cut.

Decides nothing about gaps (`mains.with_power` does). A reading that is too old is no reading: unknown. A battery
that was used in the last half minute counts still, since a camera is known to be silent only some seconds later.
Invariant: no event loop waits for a UPS; a daemon that is away, slow or talkative costs one thread two seconds.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ronda.core.time import SECOND_US
from ronda.media.nut import MAX_LINE_BYTES, UpsName, on_battery, status_question

PAUSE_S: Final = 4.0
ANSWER_S: Final = 2.0
FRESH_US: Final = 20 * SECOND_US
COUNTS_US: Final = 30 * SECOND_US
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Seen:
    told: bool | None = None
    at_us: int = -FRESH_US
    battery_us: int | None = None
    fault: str = ""


class UpsWatch:
    """`start` it; `lost` at any time from any thread. Times are monotonic."""

    def __init__(
        self,
        names: Sequence[UpsName],
        *,
        ask: "Callable[[UpsName], bool | None] | None" = None,
        now_us: Callable[[], int] = lambda: time.monotonic_ns() // 1000,
    ) -> None:
        """ask: raises OSError for a daemon that gives no answer."""
        self._seen = {name: _Seen() for name in names}
        self._ask, self._now_us = ask or ask_upsd, now_us
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ronda-ups", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def look(self) -> None:
        """One round."""
        for name, seen in self._seen.items():
            try:
                told, fault = self._ask(name), ""
            except OSError as error:
                told, fault = None, f"{error}"
            if fault != seen.fault:
                _log.warning("UPS %s: %s", name, fault or "answers again")
            seen.told, seen.at_us, seen.fault = told, self._now_us(), fault
            if told:
                seen.battery_us = seen.at_us

    def lost(self) -> bool | None:
        """True: a UPS runs on battery, or did a moment ago; False: all are on line; None: nothing tells."""
        now_us, told = self._now_us(), []
        for seen in self._seen.values():
            if seen.battery_us is not None and now_us - seen.battery_us <= COUNTS_US:
                return True
            told.append(seen.told if now_us - seen.at_us <= FRESH_US else None)
        return False if told and all(one is False for one in told) else None

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.look()
            self._stopping.wait(PAUSE_S)


def ask_upsd(name: UpsName) -> bool | None:
    """One question to `upsd`. Raises OSError when no line comes in time."""
    until_s = time.monotonic() + ANSWER_S
    with socket.create_connection((name.host, name.port), ANSWER_S) as line:
        line.sendall(status_question(name))
        got = b""
        while b"\n" not in got:
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                raise TimeoutError("the daemon did not end its line in time")
            line.settimeout(left_s)
            part = line.recv(MAX_LINE_BYTES)
            if not part:
                raise ConnectionResetError("the daemon ended the connection without an answer")
            got += part
            if len(got) > MAX_LINE_BYTES:
                return None
        return on_battery(got.partition(b"\n")[0], name)
