"""`ronda recorder`: the recorder process alone; started by `ronda serve`."""

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ronda.app.commands.disk import disk_set
from ronda.app.data_folder import DataFolder, data_path, open_folder
from ronda.app.process import end_with_parent, use_ready_threads
from ronda.app.recorder_run import running_recorder, stop_event
from ronda.core.errors import WrongUsageError
from ronda.core.time import SECOND_US
from ronda.media.nut import UpsName, read_ups_name
from ronda.video.cameras_file import CamerasFileError, read_cameras
from ronda.video.errors import IndexVersionError, StorageError
from ronda.video.gap_cause import Evidence
from ronda.video.mains import either_lost, mains_lost
from ronda.video.recorder import Recorder
from ronda.video.recorder_server import RecorderServer
from ronda.video.status_watch import SAMPLE_S, StatusWatch
from ronda.video.ups_watch import UpsWatch

RETRY_S = 3.0
UPS_SETTING = "RONDA_UPS"
_log = logging.getLogger(__name__)


def recorder(*, data: Path | None = None, engine: str = "auto") -> int:
    """Record the cameras of DATA/recorder/cameras.json until told to stop."""
    end_with_parent()
    logging.basicConfig(level=logging.INFO, format="recorder: %(message)s", stream=sys.stderr)
    folder, names = open_folder(data_path(data)), ups_names(os.environ.get(UPS_SETTING, ""))
    watch = UpsWatch(names)
    if names:
        watch.start()
    asyncio.run(_run(folder, engine, lambda: either_lost(mains_lost(), watch.lost())))
    return 0


def ups_names(setting: str) -> list[UpsName]:
    """The UPS units of $RONDA_UPS, such as `ups@127.0.0.1`; one that cannot be read is told."""
    names = []
    for text in setting.replace(",", " ").split():
        try:
            names.append(read_ups_name(text))
        except WrongUsageError as fault:
            _log.error("$%s: %s", UPS_SETTING, fault)
    return names


async def _run(data: DataFolder, engine: str, power_lost: Callable[[], bool | None]) -> None:
    """Record until told to stop; while the footage folder cannot be used, wait for it and say so."""
    use_ready_threads()
    stop = stop_event()
    disks = disk_set(data.root)
    waiting: _Waiting | None = None
    while not stop.is_set():
        try:
            async with running_recorder(
                disks.home,
                engine=engine,
                training=data.training,
                retain=True,
                declare_end=True,
                disks=disks,
                power_lost=power_lost,
            ) as (recording, before):
                await _record(recording, before, waiting, data, stop)
            return
        except IndexVersionError:
            raise
        except StorageError as fault:
            waiting = waiting or _Waiting(since_s=time.monotonic())
            waiting.tell(str(fault))
        await _pause(stop, RETRY_S)


async def _record(
    recording: Recorder, before: Evidence, waited: "_Waiting | None", data: DataFolder, stop: asyncio.Event
) -> None:
    list_reader = _CameraList(recording, data.recorder_cameras)
    await list_reader.read(before)
    if waited is not None:
        waited_us = round((time.monotonic() - waited.since_s) * SECOND_US)
        recording.was_without_disk(since_us=recording.arrival.now_us() - waited_us, why=waited.sentence)
        _log.warning("the footage folder %s takes data; recording begins", recording.folder.root)
    watch = StatusWatch(recording)
    server = RecorderServer(recording, watch, data.run / "recorder.sock", reload=list_reader.read)
    await server.start()
    try:
        while not stop.is_set():
            watch.sample()
            await list_reader.read_if_changed()
            await _pause(stop, SAMPLE_S)
    finally:
        await server.close()


async def _pause(stop: asyncio.Event, for_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(for_s):
            await stop.wait()


@dataclass(slots=True)
class _Waiting:
    """Since when the footage folder cannot be used, and why; each reason is said once."""

    since_s: float
    sentence: str = ""

    def tell(self, sentence: str) -> None:
        if sentence != self.sentence:
            _log.error("%s", sentence)
        self.sentence = sentence


class _CameraList:
    """Applies the file of cameras when asked, or when it was changed."""

    def __init__(self, recording: Recorder, path: Path) -> None:
        self._recording, self._path = recording, path
        self._seen: tuple[int, int] | None = None
        self._reading = asyncio.Lock()

    async def read(self, before: Evidence | None = None) -> None:
        async with self._reading:
            self._seen = self._mark()
            try:
                cameras, refused = read_cameras(self._path)
            except CamerasFileError as fault:
                _log.error("%s", fault)
                return
            for sentence in refused:
                _log.error("%s", sentence)
            await self._recording.apply(cameras, first_evidence=before)

    async def read_if_changed(self) -> None:
        if self._mark() != self._seen:
            await self.read()

    def _mark(self) -> tuple[int, int] | None:
        try:
            facts = self._path.stat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_size
