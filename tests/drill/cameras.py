"""Virtual cameras of 25 pictures a second, a key frame every 0.8 s, in a process of their own.

.venv/bin/python -m tests.drill.cameras FOLDER COUNT
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.needs import ROOT
from tests.sim_kit import clips

from ronda.core.ids import CameraId
from ronda.sim.control import SimControl
from ronda.sim.feed import make_reel
from ronda.sim.plan import SimPlan, cameras_of
from ronda.sim.server import STATE_NAME, SimClock, SimOptions, SimServer
from ronda.sim.truth import TRUTH_NAME, read_truth

FRAME_90K = 3600
START_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Frames that one connection was given without a break: all that a recorder could have had of it."""

    camera: CameraId
    session: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualCameras:
    """Cameras that run: where they are, what they sent."""

    folder: Path
    urls: dict[str, str]
    control: SimControl

    def list_for(self, data: Path, names: list[str]) -> None:
        """Let the recorder of this data folder record these."""
        rows = [{"camera": name, "url": self.urls[name]} for name in names]
        (data / "recorder" / "cameras.json").write_text(json.dumps(rows))

    def beats(self) -> dict[str, tuple[int, int]]:
        """When frame 0 of each camera was taken, and the time from frame to frame, in microseconds."""
        rows = read_truth(self.folder / TRUTH_NAME, "camera")
        return {row["camera"]: (row["epoch_us"], row["frame_us"]) for row in rows}

    def sent(self) -> list[Sent]:
        """Of connections that have ended, in order; runs that touch are one."""
        found: list[Sent] = []
        open_runs: dict[tuple[str, str], int] = {}
        for row in read_truth(self.folder / TRUTH_NAME, "sent"):
            key, first = (row["camera"], row["session"]), row["first_frame"]
            run = Sent(camera=CameraId(row["camera"]), session=row["session"], first=first, last=row["last_frame"])
            place = open_runs.get(key)
            if place is not None and found[place].last + 1 == first:
                found[place] = replace(found[place], last=run.last)
            else:
                open_runs[key] = len(found)
                found.append(run)
        return found


@contextmanager
def virtual_cameras(folder: Path, count: int) -> Iterator[VirtualCameras]:
    """Cameras `cam-1` to `cam-COUNT` until the block ends; the truth stays readable after it."""
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen([sys.executable, "-m", "tests.drill.cameras", folder, str(count)], cwd=ROOT)
    try:
        state, end_s = folder / STATE_NAME, time.monotonic() + START_S
        while not state.exists() or not state.read_text().endswith("\n"):
            if process.poll() is not None or time.monotonic() > end_s:
                raise RuntimeError("the virtual cameras did not start")
            time.sleep(0.05)
        facts = json.loads(state.read_text())
        yield VirtualCameras(folder=folder, urls=facts["urls"], control=SimControl(facts["control_port"]))
    finally:
        process.terminate()
        process.wait()


async def _serve(folder: Path, count: int) -> None:
    import signal

    reel = make_reel({name: replace(clip, frame_90k=FRAME_90K) for name, clip in clips().items()})
    plan = SimPlan(cameras=cameras_of([(f"cam-{number}", "test") for number in range(1, count + 1)]))
    server, done = SimServer(plan, {"test": {0: reel}}, SimOptions(data=folder), SimClock()), asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, done.set)
    await server.start()
    await done.wait()
    await server.stop()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
