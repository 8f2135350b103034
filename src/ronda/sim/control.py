"""Talk to a running simulator: one JSON object a line, over loopback.

    {"do": "fault", "camera": "simpang-3", "kind": "drop", "for_s": 41}
    {"do": "show", "camera": "simpang-3", "clip": "theft", "for_s": 0}
    {"do": "status"}
Each line is answered by {"ok": true, ...} or {"ok": false, "why": "..."}.
"""

import json
import socket
from typing import Any

from ronda.sim.errors import ControlError


class SimControl:
    """Asks the simulator whose control port is `port` (see `sim.json` in its data folder)."""

    def __init__(self, port: int, *, timeout_s: float = 10.0) -> None:
        self._port = port
        self._timeout_s = timeout_s

    def fault(self, camera: str, kind: str, for_s: float, *, offset_s: float = 0.0) -> dict[str, Any]:
        """Begin a fault now: drop, freeze, stop, stall or clock (with `offset_s`). Raises ControlError."""
        return self._ask({"do": "fault", "camera": camera, "kind": kind, "for_s": for_s, "offset_s": offset_s})

    def show(self, camera: str, clip: str, *, for_s: float = 0.0) -> dict[str, Any]:
        """Show a clip from the next key frame, once or again and again for at least `for_s`.

        Gives `from_us` and `first_frame`.
        """
        return self._ask({"do": "show", "camera": camera, "clip": clip, "for_s": for_s})

    def status(self) -> dict[str, Any]:
        """Now, and for each camera: newest frame, watchers, frames sent and dropped."""
        return self._ask({"do": "status"})

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=self._timeout_s) as link:
                link.sendall(json.dumps(question).encode() + b"\n")
                line = link.makefile("rb").readline()
            answer: dict[str, Any] = json.loads(line)
        except (OSError, ValueError) as error:
            raise ControlError(
                f"the simulator at port {self._port} did not answer: {error}. Next: is `ronda sim` running?"
            ) from error
        if not answer.get("ok"):
            raise ControlError(f"the simulator refused {question}: {answer.get('why')}")
        return answer
