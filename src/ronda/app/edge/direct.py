"""`ronda.fleet.ports.Carriage` without a line: an edge and its hub in one process.

For one machine, and as the second engine that the conformance test holds beside HTTP.
"""

from ronda.app.fleet.desk import FleetDesk, Voice
from ronda.fleet.model import FileEnd, Heartbeat, Orders, Settled


class DirectCarriage:
    """Calls the desk; the only clock is the hub's own."""

    wire_bytes = 0

    def __init__(self, desk: FleetDesk, edge: str, instance: str) -> None:
        self._desk, self._edge, self.instance = desk, edge, instance

    @property
    def clock_offset(self) -> tuple[int, int] | None:
        return 0, 0

    def send_batch(self, data: bytes) -> Settled:
        return self._desk.batch(self._voice(), data)

    def poll(self, heartbeat: Heartbeat) -> Orders:
        return self._desk.poll(self._voice(), heartbeat)

    def send_part(self, camera: str, start_us: int, offset: int, data: bytes) -> int:
        return self._desk.part(self._voice(), camera, start_us, offset, data)

    def finish(self, camera: str, start_us: int, end: FileEnd) -> None:
        self._desk.finish(self._voice(), camera, start_us, end)

    def cannot(self, camera: str, start_us: int, why: str) -> None:
        self._desk.cannot(self._voice(), camera, start_us, why)

    def _voice(self) -> Voice:
        return self._desk.near(self._edge, self.instance)
