"""The demo in the browser: virtual cameras, then the same process tree as `ronda serve`."""

import asyncio
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from ronda.app.demo.setup import VILLAGE, build_once, open_demo, register_cameras, tell
from ronda.app.demo.sim_process import start_cameras
from ronda.app.demo.time_authority import TrainingAuthorities
from ronda.app.edge.village import VillageBox
from ronda.app.supervisor import LOOPBACK, check_port_free, run_tree
from ronda.sim.regency import VILLAGE_EDGE

ANSWER_S = 60.0


async def run_demo(root: Path, port: int) -> None:
    """Run until Ctrl-C; goes on with the same data next time.

    Raises UnusableFolderError, BadListenAddressError, AlreadyRunningError before anything is started.
    """
    check_port_free(LOOPBACK, port)
    wiring = open_demo(root)
    tell(f"data in {root}; the first run draws the scenes and builds a month of history")
    cameras = await start_cameras(root / "sim")
    village, authorities = VillageBox(wiring, root / VILLAGE, edge=VILLAGE_EDGE), TrainingAuthorities()
    try:
        authorities.start(wiring.time_stamps, wiring.clock.now_us())
        register_cameras(wiring, cameras.urls, cameras.sub_urls)
        await asyncio.to_thread(build_once, wiring, root / "sim")

        async def told() -> None:
            await _until_it_answers(port)
            village.start(port)
            _invite(port)

        await run_tree(wiring.folder, LOOPBACK, port, beside=told)
    finally:
        tell("ending")
        authorities.stop()
        await asyncio.to_thread(village.stop)
        await cameras.stop()


async def _until_it_answers(port: int) -> None:
    deadline = time.monotonic() + ANSWER_S
    while time.monotonic() < deadline:
        try:
            await asyncio.to_thread(_look, port)
        except urllib.error.HTTPError:
            return  # it answers; what it says is for people to read
        except OSError:
            await asyncio.sleep(0.2)
        else:
            return


def _look(port: int) -> None:
    with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/healthz", timeout=5):
        return


def _invite(port: int) -> None:
    print(f"\n  Ronda: http://{LOOPBACK}:{port}/\n", flush=True)
    print("  Ganti peran di bilah atas · Change role in the bar above. Ctrl-C ends.\n", file=sys.stderr, flush=True)
