"""`ronda edge run`: a recorder and the line to the hub, side by side; recording never waits for the line."""

import asyncio
import contextlib
import logging
import threading

from ronda.app.clock import SystemClock
from ronda.app.data_folder import hold_lock
from ronda.app.edge.box import Box
from ronda.app.edge.carriage import HttpCarriage
from ronda.app.edge.link import Link
from ronda.app.hub_http import ANSWER_S
from ronda.app.process import Supervised
from ronda.app.supervisor import stop_signal
from ronda.store.disk.index import SqliteIndex
from ronda.store.disk.outbox import Outbox, Standing
from ronda.video.errors import RecorderNotRunningError
from ronda.video.recorder_client import RecorderClient

_log = logging.getLogger(__name__)


def prepare(box: Box) -> tuple[Outbox, SqliteIndex, Standing]:
    """The index with its outbox, ready before the recorder writes its first row."""
    path = box.folder.footage / "index.sqlite"
    index = SqliteIndex(path, create=True)
    outbox = Outbox(path)
    standing = outbox.prepare(box.identity)
    if standing.moved:
        _log.warning("this folder is on another machine, or came from a backup: epoch %d begins", standing.epoch)
    return outbox, index, standing


def make_link(box: Box, hub: str | None = None, *, answer_s: float = ANSWER_S) -> Link:
    """The link of an enrolled box; `hub` in place of the one it was enrolled at."""
    outbox, index, standing = prepare(box)
    clock = SystemClock()
    carriage = HttpCarriage(
        hub or box.hub, edge=box.edge, instance=standing.instance, key=box.key, clock=clock, ca=box.ca,
        answer_s=answer_s,
    )  # fmt: skip
    client = RecorderClient(box.folder.root)

    def recorder_state() -> tuple[bool, dict[str, str]]:
        try:
            status = asyncio.run(client.status())
        except RecorderNotRunningError:
            return False, {}
        return True, {str(camera): now.state for camera, now in status.cameras.items()}

    return Link(box=box, outbox=outbox, index=index, carriage=carriage, clock=clock, recorder_state=recorder_state)


def run_link(box: Box, stop: threading.Event, hub: str | None = None) -> None:
    """The line alone, until told to stop."""
    make_link(box, hub).run(stop)


async def run_tree(box: Box, hub: str | None = None) -> None:
    """Recorder and line until SIGTERM or Ctrl-C. Raises AlreadyRunningError."""
    lock = hold_lock(box.folder, "edge", "ronda edge")
    prepare(box)
    data = str(box.folder.root)
    children = [
        Supervised("recorder", ["recorder", "--data", data]),
        Supervised("edge-link", ["edge-link", "--data", data, *(["--hub", hub] if hub else [])]),
    ]
    stop = stop_signal()
    tasks = [asyncio.create_task(child.run(), name=child.name) for child in children]
    try:
        await stop.wait()
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        lock.close()
