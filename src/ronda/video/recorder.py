"""The recorder as a whole: keepers, engine, ring, writer, retention, viewers.

Used by `ronda recorder` (a list of cameras, a socket for the web) and by `ronda record` (addresses
on the command line). Lives in one event loop; the engine and the writer have threads of their own.
It knows no store: the index comes in behind its port.
"""

import asyncio
import logging
import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from ronda.core.ids import CameraId, is_sub_stream, sub_stream
from ronda.core.time import Clock
from ronda.media.codec import AudioFormat
from ronda.media.rtsp_client import Wishes
from ronda.video.cameras_file import BELOW_EVERY_MAIN, CameraConfig, with_sub_streams
from ronda.video.connect.keeper import Keeper, Opening
from ronda.video.connect.pins import PINS_NAME, Pins
from ronda.video.engine.choose import EngineKind
from ronda.video.engine.port import Notice, StreamKey
from ronda.video.errors import StorageError
from ronda.video.gap_cause import Evidence, Finding, switched_off
from ronda.video.live.hub import Viewer, Watched
from ronda.video.mains import mains_lost, with_power
from ronda.video.model import Segment
from ronda.video.record.arrival import ArrivalClock
from ronda.video.record.disk_calls import SYSTEM_CALLS, DiskCalls
from ronda.video.record.disks import DiskSet, DiskWatch
from ronda.video.record.footage_folder import FootageFolder
from ronda.video.record.kernel_clock import ClockWatch
from ronda.video.record.repair import Repair, finish, repair_all
from ronda.video.record.ring import ring_bytes
from ronda.video.record.writer import Writer
from ronda.video.retain.runner import Retention, remove_files
from ronda.video.retain.scrub import Scrub, ScrubIndex

BEHIND_BYTES = 32 * 1024 * 1024  # so much waits for the disk: the scrub stands still
_log = logging.getLogger(__name__)


class Recorder:
    """Create inside a running event loop; `start`, `apply` cameras, and `stop` at the end."""

    def __init__(
        self,
        *,
        folder: FootageFolder,
        index: ScrubIndex,
        clock: Clock,
        engine: EngineKind,
        retain: bool = True,
        training: bool = False,
        disks: DiskSet | None = None,
        hashed: bool = True,
        calls: DiskCalls = SYSTEM_CALLS,
        kernel_clock: ClockWatch | None = None,
        chance: Callable[[], float] = random.random,
        power_lost: Callable[[], bool | None] = mains_lost,
    ) -> None:
        self._calls, self._kernel_clock, self._chance = calls, kernel_clock, chance
        self.folder, self.index, self.power_lost = folder, index, power_lost
        self.disks = disks or DiskSet(folder)
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._kind = engine
        self._retain, self._training, self._hashed = retain, training, hashed
        self.configs: dict[CameraId, CameraConfig] = {}
        self.keepers: dict[CameraId, Keeper] = {}
        self._sub_keepers: dict[CameraId, Keeper] = {}
        self._watched: dict[tuple[CameraId, str], Watched] = {}
        self._by_key: dict[StreamKey, Keeper] = {}
        self.repairs: list[Repair] = []
        self._unhashed: list[Segment] = []
        self._hashing = threading.Thread(target=self._hash_repaired, name="ronda-repair", daemon=True)
        self._stopping = threading.Event()

    def start(self) -> None:
        """Repair what the last run left, then work. Raises StorageError or OSError."""
        self.prepare(hash_later=True)
        self.writer.start()
        self._hashing.start()
        self.disk_watch.start()
        if self._retain:
            self.retention.start()
            self.scrub.start()

    def prepare(self, *, hash_later: bool = False) -> None:
        """What `start` does before its threads begin. hash_later: repaired files get their hash meanwhile."""
        self.disks.look(self._clock.monotonic_us())
        remove_files(self.index, self.folder.root, self.disks.present(), self._calls)
        self._repair(hash_later)  # it may find footage after the last known end: times begin after that
        self.arrival, note = ArrivalClock.start(self._clock, self.index.last_dated_us())
        self.ring, self.engine = self._kind.make(ring_bytes(), self._from_engine)
        self.writer = Writer(
            folder=self.folder,
            index=self.index,
            ring=self.ring,
            clock=self.arrival,
            engine=self._kind,
            training=self._training,
            hashed=self._hashed,
            disks=self.disks,
            calls=self._calls,
            kernel_clock=self._kernel_clock,
        )
        self.disks.before_use = self._repair_disk
        if note is not None:
            _log.warning("%s", note.text)
            self.writer.note(note)
        self._opening = Opening.of(
            self.engine,
            Pins(self.folder.root / PINS_NAME),
            now_us=self._clock.monotonic_us,
            chance=self._chance,
        )
        self.retention = Retention(
            self.index,
            self.disks,
            self._clock,
            now_us=self.arrival.now_us,
            days=self._retention_days,
            calls=self._calls,
            importance=self._importance,
            synchronised=(self._kernel_clock or ClockWatch()).is_synchronised,
        )
        self.scrub = Scrub(self.index, self.disks, now_us=self.arrival.now_us, busy=self._writer_is_behind)
        self.disk_watch = DiskWatch(self.disks, self._clock.monotonic_us)

    async def stop(self, evidence: Evidence | None = None) -> None:
        """End all streams, write what came, close the files."""
        await self.end_streams()
        self._stopping.set()
        await asyncio.to_thread(self._hashing.join)
        await asyncio.to_thread(self.disk_watch.stop)
        await asyncio.to_thread(self.writer.stop, evidence)
        if self._retain:
            await asyncio.to_thread(self.scrub.stop)
            await asyncio.to_thread(self.retention.stop)

    async def end_streams(self) -> None:
        """End all streams; the engine gives what has come."""
        keepers = [*self.keepers.values(), *self._sub_keepers.values()]
        await asyncio.gather(*(keeper.stop() for keeper in keepers))
        await self._opening.pulse.stop()
        await asyncio.to_thread(self.engine.close)

    async def apply(self, configs: Iterable[CameraConfig], *, first_evidence: Evidence | None = None) -> None:
        """Record these cameras and no others. A camera whose entry did not change goes on undisturbed."""
        wanted = {config.camera: config for config in with_sub_streams(configs)}
        stopped = []
        for camera, keeper in list(self.keepers.items()):
            before = self.configs[camera].line if camera in self.configs else None
            if camera not in wanted or not wanted[camera].enabled or wanted[camera].line != before:
                stopped.append(keeper)
                del self.keepers[camera]
        await asyncio.gather(*(keeper.stop() for keeper in stopped))
        for camera in sorted(set(self.configs) - set(wanted)):
            self.writer.lost(camera, switched_off("planned_off: taken off the list of cameras"))
        self.configs = wanted
        for config in wanted.values():
            self._apply_one(config, first_evidence)
        for name in [name for name in self._sub_keepers if name not in wanted]:
            await self._sub_keepers.pop(name).stop()

    def was_without_disk(self, *, since_us: int, why: str) -> None:
        """Nothing could be recorded since then: the cameras' gaps say so. Call right after `apply`."""
        evidence = Evidence(finding=Finding.DISK_FAULT, detail=why[:300])
        for config in self.configs.values():
            if config.enabled:
                self.writer.lost(config.camera, evidence, at_us=since_us)

    def view(self, camera: CameraId, stream: str) -> tuple[Watched, Viewer]:
        """Join the viewers of a camera's `main` or `sub` stream. Raises KeyError for an unknown camera."""
        if stream == "sub" and sub_stream(camera) in self.configs:
            camera = sub_stream(camera)  # it is recorded: watched like a camera of its own
        config = self.configs[camera]
        kind = "sub" if stream == "sub" and config.sub_url else "main"
        watched = self._watched.get((camera, kind))
        if watched is None:
            watched = self._watched[camera, kind] = Watched(
                camera, self.engine, self.arrival.wall_us, self.writer.tail if kind == "main" else None
            )
            keeper = self.keepers.get(camera)
            if kind == "main" and keeper is not None and keeper.state.key is not None:
                watched.playing(keeper.state.key)
            elif kind == "main":
                watched.offline(self._why_offline(camera))
        if kind == "sub" and camera not in self._sub_keepers and config.sub_url:
            self._start_sub(camera, config.sub_url, watched)
        return watched, watched.join()

    async def leave(self, watched: Watched, viewer: Viewer) -> None:
        """End a view; the sub stream is disconnected after its last viewer."""
        watched.leave(viewer)
        if watched.viewers:
            return
        if self._watched.get((watched.camera, "sub")) is watched and watched.camera in self._sub_keepers:
            await self._sub_keepers.pop(watched.camera).stop()
            watched.offline("the sub stream is connected when somebody watches")

    async def close_segment(self, camera: CameraId) -> Segment | None:
        """Close the camera's open segment and wait until it is durable and hashed."""
        future: asyncio.Future[Segment | None] = self._loop.create_future()

        def settle(segment: Segment | None) -> None:
            if not future.done():
                future.set_result(segment)

        def done(segment: Segment | None) -> None:
            self._loop.call_soon_threadsafe(settle, segment)

        self.writer.close_segment(camera, done)
        return await future

    # -- inside ----------------------------------------------------------------------------------

    def _repair(self, hash_later: bool) -> None:
        self.repairs = repair_all(
            self.index,
            self.folder.root,
            later=self._unhashed if hash_later else None,
            next_id=self.index.next_segment_id,
            disks=self.disks.present(),
            calls=self._calls,
        )
        for repair in self.repairs:
            _log.warning("repaired %s: %s, %d bytes cut", repair.path, repair.action, repair.cut_bytes)

    def _hash_repaired(self) -> None:
        """Beside the recording: what was repaired gets its hash. What is left waits for the next start."""
        for segment in self._unhashed:
            if self._stopping.is_set():
                return
            try:
                finish(self.index, self.folder.root, segment)
            except (StorageError, OSError) as fault:
                _log.warning("%s is not hashed yet: %s", segment.path, fault)

    def _repair_disk(self, number: int) -> None:
        """A further disk is back: what it was left with, before anything new is written to it."""
        if number == 0:
            return  # the writer knows what it has open there
        remove_files(self.index, self.folder.root, (number,), self._calls)
        for repair in repair_all(
            self.index, self.folder.root, next_id=self.writer.next_id, disks=(number,), calls=self._calls
        ):
            _log.warning("repaired %s: %s, %d bytes cut", repair.path, repair.action, repair.cut_bytes)

    def _apply_one(self, config: CameraConfig, first_evidence: Evidence | None) -> None:
        if not config.enabled:
            self.writer.lost(config.camera, switched_off(config.off_reason))
            return
        if config.camera in self.keepers:
            return
        self.writer.begin(config.camera, first_evidence or Evidence(finding=Finding.NOT_STARTED))
        keeper = self._keeper(config, config.url, record=True)
        self.keepers[config.camera] = keeper
        keeper.start()

    def _keeper(self, config: CameraConfig, url: str, *, record: bool) -> Keeper:
        camera, kind = config.camera, "main" if record else "sub"

        def bind(key: StreamKey, audio: AudioFormat | None) -> None:
            self._by_key[key] = keeper
            if record:
                self.writer.bind(key, camera, config.priority, audio)
            self._loop.call_soon(self._tell_playing, camera, kind, key)

        def report(evidence: Evidence) -> None:
            for key in [key for key, owner in self._by_key.items() if owner is keeper]:
                del self._by_key[key]
            if record:
                self.writer.lost(camera, with_power(evidence, self.power_lost()))
            watched = self._watched.get((camera, kind))
            if watched is not None:
                watched.offline(keeper.state.last_error or evidence.sentence())

        keeper = Keeper(
            camera,
            url,
            engine=self.engine,
            opening=self._opening,
            record=record,
            bind=bind,
            report=report,
            wishes=Wishes(transport=config.transport, sound=config.sound and record),
            seen_us=self._seen_us(camera),
            tls_goes_on=config.tls_goes_on,
        )
        return keeper

    def _seen_us(self, camera: CameraId) -> int | None:
        """How long ago the camera's last frame was recorded."""
        last_us = self.index.last_frame_us(camera)
        return None if last_us is None else max(0, self.arrival.now_us() - last_us)

    def _tell_playing(self, camera: CameraId, kind: str, key: StreamKey) -> None:
        watched = self._watched.get((camera, kind))
        if watched is not None and key in self._by_key:
            watched.playing(key)

    def _start_sub(self, camera: CameraId, url: str, watched: Watched) -> None:
        keeper = self._keeper(replace(self.configs[camera], url=url), url, record=False)
        self._sub_keepers[camera] = keeper
        keeper.start()

    def _from_engine(self, notice: Notice) -> None:
        """In the engine's thread: pass it to the keeper in the event loop."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._dispatch, notice)

    def _dispatch(self, notice: Notice) -> None:
        keeper = self._by_key.get(notice.key)
        if keeper is not None:
            keeper.notice(notice)

    def _writer_is_behind(self) -> bool:
        return self.writer.state().fault is not None or self.ring.waiting_bytes > BEHIND_BYTES

    def _retention_days(self) -> dict[CameraId, int]:
        return {camera: config.retention_days for camera, config in self.configs.items()}

    def _importance(self) -> dict[CameraId, int]:
        """Of the purpose alone: a second stream serves the same purpose as its camera."""
        return {
            camera: config.priority + (BELOW_EVERY_MAIN if is_sub_stream(camera) else 0)
            for camera, config in self.configs.items()
        }

    def _why_offline(self, camera: CameraId) -> str:
        keeper = self.keepers.get(camera)
        if keeper is None:
            return "recording of this camera is switched off"
        return keeper.state.last_error or "the camera is being connected"
