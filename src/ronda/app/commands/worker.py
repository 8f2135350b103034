"""`ronda worker`: the periodic jobs alone; started by `ronda serve`."""

import asyncio
import logging
import sys
from pathlib import Path

from ronda.app.data_folder import data_path, open_folder
from ronda.app.process import end_with_parent, use_ready_threads
from ronda.app.recorder_run import stop_event


def worker(*, data: Path | None = None) -> int:
    """Run every job of this installation until told to stop."""
    end_with_parent()
    logging.basicConfig(level=logging.INFO, format="worker: %(message)s", stream=sys.stderr)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # a line a message would hide what matters
    from ronda.app.jobs import all_jobs
    from ronda.app.wiring import Wiring
    from ronda.app.worker import Worker

    folder = open_folder(data_path(data))

    async def run() -> None:
        use_ready_threads()
        await Worker(jobs=all_jobs(Wiring(folder)), state_path=folder.run / "worker.json").run(stop_event())

    asyncio.run(run())
    return 0
