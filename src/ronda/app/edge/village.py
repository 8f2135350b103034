"""A village box on this machine, behind a thin line of our own: for the demo, drills and benchmarks.

Everything but the enrolment goes as it would in a village: an own data folder, an own process tree
(`ronda edge run`), HTTP through a relay that limits, delays and cuts. Figures are worked out from the two
databases, the files and the relay's own count, never remembered.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from ronda.app.commands.edge import invite_edge
from ronda.app.edge.box import Box, keep_box, new_key, open_box
from ronda.app.edge.run import prepare
from ronda.app.wiring import Wiring
from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.sim.relay import Relay
from ronda.store.disk.outbox import Outbox
from ronda.video.record.repair import file_sha256

BITS_S = 1_000_000
END_S = 20.0
_ALL = TimeSpan(0, 1 << 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeFigures:
    """What can be counted now. Lost: rows the edge has and the hub's database not, below the settled row."""

    epoch: int
    rows_at_edge: int
    rows_at_hub: int
    rows_waiting: int
    rows_lost: int
    rows_doubled: int
    films_asked: int
    films_arrived: int
    films_equal: int
    film_bytes: int
    relay_up_bytes: int
    relay_down_bytes: int
    budget_bytes: int
    budget_used_bytes: int

    def document(self) -> dict[str, int]:
        return asdict(self)


class VillageBox:
    """One edge with its relay and its processes. Calls block; not for several threads at once."""

    def __init__(self, wiring: Wiring, root: Path, *, edge: str) -> None:
        self._wiring, self._root, self.edge = wiring, root, edge
        self._process: subprocess.Popen[bytes] | None = None
        self.relay: Relay | None = None

    def make(self, cameras: list[str], area: str, budget_bytes: int) -> Box:
        """Invite and enrol it, unless that is done; the index has its outbox before the first row.

        The hub need not run: its desk is asked in this process.
        """
        if not (self._root / "edge" / "edge.json").exists():
            token = invite_edge(self._wiring, self.edge, cameras, area, budget_bytes)
            key = new_key()
            self._wiring.fleet_desk.enrol(token, key.public_key().public_bytes_raw().hex())
            keep_box(self._root, self.edge, "http://127.0.0.1:1", key, training=self._wiring.folder.training)
        box = open_box(self._root)
        prepare(box)
        return box

    def start(self, hub_port: int, *, bits_s: float = BITS_S, delay_s: float = 0.03) -> None:
        """The relay before the hub, and the box behind it."""
        if self.relay is None:
            self.relay = Relay("127.0.0.1", hub_port, bits_s=bits_s, delay_s=delay_s)
            self.relay.start()
        call = [sys.executable, "-m", "ronda", "edge", "run", "--data", str(self._root), "--hub", self.relay.url]
        self._process = subprocess.Popen(call, start_new_session=True)

    def cut(self) -> None:
        assert self.relay is not None
        self.relay.cut()

    def heal(self) -> None:
        assert self.relay is not None
        self.relay.heal()

    def kill(self) -> None:
        """kill -9 of the box's parent; the kernel ends its children with it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End the box in order, then the relay."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._process = None
        if self.relay is not None:
            self.relay.stop()
        self.relay = None

    @property
    def outbox(self) -> Outbox:
        return Outbox(self._root / "footage" / "index.sqlite")

    def figures(self) -> EdgeFigures:
        """Compare both sides as they are now."""
        outbox, fleet = self.outbox, self._wiring.fleet
        standing = outbox.standing()
        edge_rows = [row[0] for row in outbox.rows(0, 10_000_000)]
        hub_rows = [seq for epoch, seq in fleet.count_rows(self.edge) if epoch == standing.epoch]
        fetches = fleet.fetches(self.edge)
        arrived = [one for one in fetches if one.arrived_us is not None]
        count = self.relay.count() if self.relay else None
        budget = json.loads(outbox.fact("edge_budget") or "{}")
        waiting = [seq for seq in edge_rows if seq > standing.settled]
        outbox.close()
        return EdgeFigures(
            epoch=standing.epoch,
            rows_at_edge=len(edge_rows),
            rows_at_hub=len(hub_rows),
            rows_waiting=len(waiting),
            rows_lost=len({seq for seq in edge_rows if seq <= standing.settled} - set(hub_rows)),
            rows_doubled=len(hub_rows) - len(set(hub_rows)) + self._doubled_segments(),
            films_asked=len(fetches),
            films_arrived=len(arrived),
            films_equal=sum(self._equal(one.camera, one.start_us, one.sha256) for one in arrived),
            film_bytes=sum(one.size_bytes for one in arrived),
            relay_up_bytes=count.up_bytes if count else 0,
            relay_down_bytes=count.down_bytes if count else 0,
            budget_bytes=int(budget.get("limit_bytes", 0)),
            budget_used_bytes=int(budget.get("used_bytes", 0)),
        )

    def _doubled_segments(self) -> int:
        """Segments of the edge's cameras that stand twice in the hub's recording index."""
        record, doubled = self._wiring.fleet.edge(self.edge), 0
        for camera in record.cameras if record else ():
            starts = [one.start_us for one in self._wiring.fleet_desk.remote.segments_of(CameraId(camera), _ALL)]
            doubled += len(starts) - len(set(starts))
        return doubled

    def _equal(self, camera: str, start_us: int, sha256: str) -> bool:
        """The file at the hub, the file in the village and the row all have one SHA-256."""
        outbox = self.outbox
        found = outbox.segment_file(camera, start_us)
        outbox.close()
        if found is None:
            return False
        paths = (self._wiring.folder.footage / found[0], self._root / "footage" / found[0])
        return all(path.exists() and file_sha256(path) == sha256 for path in paths)
