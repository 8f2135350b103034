"""What `ronda record` and `ronda recorder` share: one recorder on one footage folder.

Takes the folder's lock, remembers between runs how the last one ended (so that the gap gets its
cause), raises the limit on open files, and passes SIGTERM and Ctrl-C on.
"""

import asyncio
import contextlib
import fcntl
import gc
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from ronda.app.clock import SystemClock
from ronda.store.disk.index import SqliteIndex
from ronda.video.engine.choose import engine_kind
from ronda.video.errors import FootageFolderError, RecorderBusyError
from ronda.video.gap_cause import Evidence, Finding
from ronda.video.mains import mains_lost
from ronda.video.ports import RecordingIndex
from ronda.video.record.disks import DiskSet
from ronda.video.record.footage_folder import FootageFolder, explain
from ronda.video.recorder import Recorder

WANTED_FILES = 65_536
_ENDED = "ended"
_BOOT = "boot"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@contextlib.asynccontextmanager
async def running_recorder(
    folder: FootageFolder,
    *,
    engine: str,
    training: bool,
    retain: bool,
    declare_end: bool,
    disks: DiskSet | None = None,
    hashed: bool = True,
    power_lost: Callable[[], bool | None] = mains_lost,
) -> AsyncIterator[tuple[Recorder, Evidence]]:
    """A started recorder, and why nothing was recorded before. Stops it in order at the end.

    declare_end   whether the time after the end becomes a gap, as it does for an installation
    hashed        False leaves SHA-256 out, to measure what it costs
    power_lost    what tells of the mains; None where nothing does
    Raises StorageError, RecorderBusyError or EngineUnavailableError.
    """
    kind = engine_kind(engine)
    raise_file_limit()
    _spare_the_collector()
    folder.prepare()
    with hold_folder(folder.root):
        index = SqliteIndex(folder.index_path, create=True)
        before = _how_the_last_run_ended(index)
        _note_a_run(index)
        recorder = Recorder(
            folder=folder,
            index=index,
            clock=SystemClock(),
            engine=kind,
            retain=retain,
            training=training,
            disks=disks,
            hashed=hashed,
            power_lost=power_lost,
        )
        try:
            recorder.start()
        except OSError as fault:
            index.close()
            raise FootageFolderError(explain(folder.root, fault)) from fault
        try:
            yield recorder, before
        finally:
            await recorder.stop(Evidence(finding=Finding.RECORDER_STOPPED) if declare_end else None)
            if recorder.writer.state().fault is None:
                index.set_fact(_ENDED, "in order")
            index.close()


def _spare_the_collector() -> None:
    """Look for cycles seldom: the writer makes many values and no cycles, and what is loaded stays."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def stop_event() -> asyncio.Event:
    """Set by SIGTERM and Ctrl-C."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


@contextlib.contextmanager
def hold_folder(root: Path) -> Iterator[None]:
    """Keep other recorders away from this footage. Raises RecorderBusyError or FootageFolderError."""
    try:
        lock = os.open(root / ".recorder.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as fault:
        raise FootageFolderError(explain(root, fault)) from fault
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RecorderBusyError(
                f"another recorder writes to {root} already; this one was not started. "
                "Next: stop the other one, or choose another folder"
            ) from None
        yield
    finally:
        os.close(lock)


def raise_file_limit() -> int:
    """A camera needs a socket and a file: ask for all that the system grants. Gives how many that is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (max(hard, WANTED_FILES), hard):  # beyond the hard limit only root may go
        if soft < wanted:
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
                break
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _how_the_last_run_ended(index: RecordingIndex) -> Evidence:
    """Why there is nothing between the last frame and now."""
    ended, boot = index.fact(_ENDED), index.fact(_BOOT)
    if ended is None:
        return Evidence(finding=Finding.NOT_STARTED)
    if ended == "in order":
        return Evidence(finding=Finding.RECORDER_STOPPED)
    if boot != _boot_id():
        return Evidence(finding=Finding.MACHINE_RESTARTED, detail="without an orderly end before")
    return Evidence(finding=Finding.RECORDER_KILLED)


def _note_a_run(index: RecordingIndex) -> None:
    """Until the orderly end, this run counts as one that was killed."""
    index.set_fact(_BOOT, _boot_id())
    index.set_fact(_ENDED, "no")


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return "unknown"
