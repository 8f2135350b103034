"""One seed: cameras, a recorder, its disk and its clock, random faults, and the rules that hold whatever happens.

Real are the recorder's keepers, RTSP dialogue, pulse, pace, depacketiser, ring, writer, ledger, muxer, index,
repair and retention; simulated are time, sockets, the disk's durability and the cameras. Nothing runs beside the
one loop, so that a seed is the same run each time.
"""

import asyncio
import contextlib
import errno
import hashlib
import logging
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.world import checks
from tests.world.camera import SimCamera, SimNet
from tests.world.disk import SimDisk, SimFolder, SimIndex
from tests.world.engine import SimEngine
from tests.world.loop import SimClock, SimLoop

from ronda.core.ids import CameraId, HoldId
from ronda.core.time import SECOND_US, TimeSpan
from ronda.video.cameras_file import CameraConfig
from ronda.video.engine.choose import EngineKind
from ronda.video.engine.port import Engine, Notice
from ronda.video.errors import StorageError
from ronda.video.gap_cause import Evidence, Finding
from ronda.video.model import Fragment, Hold
from ronda.video.record.disks import DiskSet
from ronda.video.record.kernel_clock import ClockWatch
from ronda.video.record.muxer import PythonMuxer
from ronda.video.record.ring import Ring, WriterRing
from ronda.video.recorder import Recorder

TICK_US = 250_000
CALM_US = 15 * SECOND_US
KILL_LOSS_US, CUT_LOSS_US = 2 * SECOND_US, 4 * SECOND_US
RING_BYTES = 60_000
logging.getLogger("ronda").setLevel(logging.CRITICAL)


class BrokenRuleError(AssertionError):
    """What must hold did not."""


@dataclass(slots=True)
class Outcome:
    """What became of a seed. digest: of everything that was seen; equal runs have equal ones."""

    seed: int
    digest: str
    simulated_s: float
    faults: Counter[str] = field(default_factory=Counter)
    broken: str | None = None


def run_seed(seed: int, length_s: int = 120, only: tuple[str, ...] = ()) -> Outcome:
    """Never raises for a broken rule: it stands in the outcome. only: kinds of faults; empty: all."""
    root = Path(tempfile.mkdtemp(prefix="world-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    world = World(seed, root / "footage", length_s)
    world.only = only
    loop = SimLoop(world.clock, world.net)
    broken = None
    try:
        loop.run_until_complete(world.run())
    except BrokenRuleError as rule:
        broken = str(rule)
    except Exception as fault:  # a seed that crashes is a broken seed, whatever it was
        broken = f"at {world.clock.monotonic / 1e6:.2f} s: {type(fault).__name__}: {fault}"
    finally:
        loop.run_until_complete(world.give_up())
        loop.close()
        shutil.rmtree(root, ignore_errors=True)
    digest = hashlib.sha256("\n".join(world.trace).replace(str(root), "").encode()).hexdigest()
    return Outcome(seed, digest, (world.clock.monotonic - 50_000_000) / 1e6, world.faults, broken)


class World:
    def __init__(self, seed: int, root: Path, length_s: int) -> None:
        self.chance = random.Random(seed)
        self.clock = SimClock()
        self.net = SimNet(self.clock)
        self.disk = SimDisk(random.Random(seed + 1))
        self.disk.root = root
        self.length_us = length_s * SECOND_US
        self.trace: list[str] = [f"seed {seed}"]
        self.faults: Counter[str] = Counter()
        self.recorder: Recorder | None = None
        self.engine: SimEngine | None = None
        self.index: SimIndex | None = None
        self.epoch = 0
        self.epochs: list[int] = []  # the wall time at which each run of the recorder began
        self.steps_us: list[int] = []  # when the clock was set
        self.troubled_us = 0  # when the last fault began or ended
        self.stalled_us = 0
        self.start_at_us: int | None = None
        self.why_down = Evidence(finding=Finding.NOT_STARTED)
        self.acknowledged: dict[int, list[Fragment]] = {}
        self.holds: list[Hold] = []
        self.promised: dict[CameraId, list[int]] = {}
        self.deleted: dict[CameraId, list[TimeSpan]] = {}
        self.only: tuple[str, ...] = ()
        self.one_camera_only = seed % 4 == 0  # then no other camera may lose a frame
        for number in range(self.chance.choice((2, 2, 3))):
            camera = SimCamera(number, self.clock, random.Random(seed * 31 + number), self.wall)
            self.net.cameras[camera.host] = camera
        self.cameras = list(self.net.cameras.values())
        days = self.chance.choice((30, 30, 90 / 86_400))
        self.configs = [
            CameraConfig(
                camera=name(camera),
                url=f"rtsp://{camera.host}:554/live",
                retention_days=days,
                priority=camera.number,
            )
            for camera in self.cameras
        ]
        self._order = 0
        self._agenda: list[tuple[int, int, Callable[[], Awaitable[None] | None]]] = []

    def wall(self) -> tuple[int, int]:
        if self.recorder is None:
            return self.clock.now_us(), self.epoch
        return self.recorder.arrival.now_us(), self.epoch

    def say(self, text: str) -> None:
        self.trace.append(f"{self.clock.monotonic} {text}")

    def rule(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.say(f"BROKEN {sentence}")
            raise BrokenRuleError(f"at {self.clock.monotonic / 1e6:.2f} s: {sentence}")

    # -- the course of a seed ----------------------------------------------------------------------

    async def run(self) -> None:
        await self._try_start()
        self._plan()
        end_us = self.clock.monotonic + self.length_us
        while self.clock.monotonic < end_us:
            await self._tick()
        self.heal()
        end_us = self.clock.monotonic + 45 * SECOND_US
        while self.clock.monotonic < end_us:
            await self._tick()
        await self._stop_in_order()
        await self._try_start()
        self.rule(self.recorder is not None, "the recorder does not start on a sound disk")
        checks.at_the_end(self)

    async def give_up(self) -> None:
        """Leave nothing open, however the run ended."""
        if self.recorder is not None:
            await self._drop_recorder()
        self.disk.killed()
        self.disk.put_back()

    async def _tick(self) -> None:
        await asyncio.sleep(TICK_US / 1e6)
        now_us = self.clock.monotonic
        while self._agenda and self._agenda[0][0] <= now_us:
            _, _, act = self._agenda.pop(0)
            made = act()
            if made is not None:
                await made
        if self.recorder is None:
            if self.start_at_us is not None and now_us >= self.start_at_us:
                await self._try_start()
            return
        step = now_us // TICK_US
        if step % 2 == 0 and self.engine is not None:
            self.engine.sweep()
        if now_us >= self.stalled_us:
            self.recorder.writer.work(0.0, 0.0)
        if step % 4 == 0:
            self.recorder.disks.look(now_us)
        if step % 60 == 0 and now_us >= self.stalled_us:
            self._retain()

    def at(self, delay_us: int, act: Callable[[], Awaitable[None] | None]) -> None:
        self._order += 1
        self._agenda.append((self.clock.monotonic + delay_us, self._order, act))
        self._agenda.sort(key=lambda one: one[:2])

    def heal(self) -> None:
        """Everything is as it should be from now on."""
        self._agenda.clear()
        self.disk.heal()
        self.disk.room_bytes = None
        self.clock.run_at(1_000_000)
        for camera in self.cameras:
            camera.calm()
        self.stalled_us = 0
        if self.recorder is None:
            self.start_at_us = self.clock.monotonic

    # -- the recorder's life -------------------------------------------------------------------------

    def _make(self, _: int, notify: Callable[[Notice], None]) -> tuple[WriterRing, Engine]:
        ring = Ring(capacity_bytes=RING_BYTES)
        self.engine = SimEngine(ring, notify, self.net, self.clock)
        return ring, self.engine

    async def _try_start(self) -> None:
        self.disk.put_back()
        self.start_at_us = None
        try:
            folder = SimFolder(self.disk.root, self.disk)
            folder.prepare()
            self.index = SimIndex(folder.index_path, self.disk)
            recorder = Recorder(
                folder=folder,
                index=self.index,
                clock=self.clock,
                engine=EngineKind(name="simulated", make=self._make, make_muxer=PythonMuxer),
                disks=DiskSet(folder),
                calls=self.disk,
                kernel_clock=ClockWatch(lambda _: None),
                chance=self.chance.random,
            )
            recorder.prepare()
        except (StorageError, OSError) as fault:
            self.say(f"does not start: {fault}")
            if self.index is not None:
                self.index.close()
            self.start_at_us = self.clock.monotonic + SECOND_US
            return
        self.recorder = recorder
        self.epoch += 1
        self.epochs.append(recorder.arrival.now_us())
        for repair in recorder.repairs:
            self.say(f"repaired {repair}")
        checks.after_a_start(self)
        await recorder.apply(self.configs, first_evidence=self.why_down)

    async def _drop_recorder(self) -> None:
        """The process ends at once: no task of it does another step, its connections are reset by the system."""
        recorder = self.recorder
        if recorder is None or self.index is None:
            return
        tasks = []
        for keeper in recorder.keepers.values():
            if keeper._task is not None:
                keeper._task.cancel()
                tasks.append(keeper._task)
            if keeper._session is not None:
                keeper._session.sock.close()
        await recorder._opening.pulse.stop()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for camera in self.cameras:
            camera.drop(errno.ECONNRESET)
        self.recorder = self.engine = None

    async def die(self, *, power: bool) -> None:
        if self.recorder is None or self.index is None or self.disk.away:
            return
        for camera in self.cameras:
            camera.pump()
        calm = self.clock.monotonic - self.troubled_us > CALM_US and self.clock.monotonic > self.stalled_us
        self.acknowledged = {
            one.segment_id: self.index.fragments(one.segment_id) for one in self.index.all_segments()
        }
        if calm:
            bound_us = self.clock.monotonic - (CUT_LOSS_US if power else KILL_LOSS_US)
            checks.expect_kept(self, bound_us)
        await self._drop_recorder()
        self.index.close()
        if power:
            self.disk.power_cut()
        else:
            self.disk.killed()
        self.why_down = Evidence(finding=Finding.MACHINE_RESTARTED if power else Finding.RECORDER_KILLED)
        self.start_at_us = self.clock.monotonic + self.chance.randint(1, 20) * SECOND_US

    async def _stop_in_order(self) -> None:
        if self.recorder is None or self.index is None:
            return
        await self.recorder.end_streams()
        self.recorder.writer.end(Evidence(finding=Finding.RECORDER_STOPPED))
        self.recorder.writer.work(0.0, 0.0)
        self.acknowledged = {
            one.segment_id: self.index.fragments(one.segment_id) for one in self.index.all_segments()
        }
        await self._drop_recorder()
        self.disk.killed()
        self.index.close()
        self.why_down = Evidence(finding=Finding.RECORDER_STOPPED)
        self.start_at_us = self.clock.monotonic + self.chance.randint(1, 20) * SECOND_US

    async def restart(self) -> None:
        if not self.disk.away:
            await self._stop_in_order()

    def _retain(self) -> None:
        if self.recorder is None or self.index is None:
            return
        before = list(self.index.all_segments()) if not self.disk.away else []
        try:
            self.recorder.retention.run_once()
        except (StorageError, OSError) as fault:
            self.say(f"retention waits: {type(fault).__name__}")
        if not self.disk.away:
            checks.after_retention(self, before)

    # -- faults --------------------------------------------------------------------------------------

    def _plan(self) -> None:
        for _ in range(self.chance.randint(3, 10)):
            kinds = self.only or (CAMERA_FAULTS if self.one_camera_only else ALL_FAULTS)
            kind = self.chance.choice(kinds)
            begin_us = self.chance.randint(5 * SECOND_US, self.length_us - 10 * SECOND_US)
            last_us = round(SECOND_US * self.chance.choice((0.5, 2, 6, 14, 30, 60)))
            self.at(begin_us, lambda kind=kind, last_us=last_us: self._begin(kind, last_us))

    def _begin(self, kind: str, last_us: int) -> Awaitable[None] | None:
        self.faults[kind] += 1
        self.say(f"fault {kind} for {last_us}")
        self.troubled_us = self.clock.monotonic
        made: Awaitable[None] | None = getattr(self, f"_{kind}")(last_us)
        return made

    def _until(self, last_us: int, undo: Callable[[], None]) -> None:
        def over() -> None:
            undo()
            self.troubled_us = self.clock.monotonic

        self.at(last_us, over)

    def _some_camera(self) -> SimCamera:
        camera = self.cameras[0] if self.one_camera_only else self.chance.choice(self.cameras)
        camera.pump()
        return camera

    def _for_a_camera(self, last_us: int, **change: object) -> SimCamera:
        camera = self._some_camera()
        before = {one: getattr(camera, one) for one in change}
        for one, value in change.items():
            setattr(camera, one, value)

        def undo() -> None:
            camera.pump()
            for one, value in before.items():
                setattr(camera, one, value)

        self._until(last_us, undo)
        return camera

    def _dark(self, last_us: int) -> None:
        self._for_a_camera(last_us, dark=True)

    def _off(self, last_us: int) -> None:
        self._for_a_camera(last_us, refuses=True).drop(errno.ECONNRESET)

    def _reset(self, _: int) -> None:
        self._some_camera().drop(errno.ECONNRESET)

    def _closed(self, _: int) -> None:
        self._some_camera().drop(0)

    def _mute(self, last_us: int) -> None:
        self._for_a_camera(last_us, mute=True)

    def _deaf(self, last_us: int) -> None:
        self._for_a_camera(last_us, deaf=True).drop(0)

    def _slow(self, last_us: int) -> None:
        self._for_a_camera(last_us, slow=True).drop(0)

    def _full_house(self, last_us: int) -> None:
        method = self.chance.choice(("DESCRIBE", "SETUP", "PLAY"))
        self._for_a_camera(last_us, status={method: 453}).drop(0)

    def _password(self, last_us: int) -> None:
        self._for_a_camera(last_us, status={"DESCRIBE": 401}).drop(0)

    def _moved(self, last_us: int) -> None:
        camera = self._for_a_camera(last_us, moved="nowhere")
        if self.chance.random() < 0.6:
            camera.moved = f"rtsp://{camera.host}:554/{self.chance.choice(('live', 'other'))}"
        camera.drop(0)

    def _loss(self, last_us: int) -> None:
        self._for_a_camera(last_us, loss=self.chance.choice((0.01, 0.1, 0.3)))

    def _wild(self, last_us: int) -> None:
        self._for_a_camera(last_us, wild=self.chance.choice((0.02, 0.2)))

    def _noise(self, _: int) -> None:
        camera = self._some_camera()
        for connection in camera.connections:
            connection.give(self.chance.randbytes(300))

    def _switch(self, last_us: int) -> None:
        for camera in self.cameras:
            camera.pump()
            camera.drop(errno.ETIMEDOUT)
            camera.dark = True

        def undo() -> None:
            for camera in self.cameras:
                camera.dark = False

        self._until(last_us, undo)

    def _disk_fails(self, last_us: int) -> None:
        self.disk.failing = self.chance.choice((errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT))
        self._until(last_us, lambda: setattr(self.disk, "failing", 0))

    def _sync_fails(self, _: int) -> None:
        self.disk.bad_syncs = self.chance.randint(1, 3)

    def _index_fails(self, last_us: int) -> None:
        self.disk.index_fails = True
        self._until(last_us, lambda: setattr(self.disk, "index_fails", False))

    def _disk_stalls(self, last_us: int) -> None:
        self.stalled_us = self.clock.monotonic + last_us
        self._until(last_us, lambda: None)

    def _disk_away(self, last_us: int) -> None:
        if not self.disk.away and self.recorder is not None:
            self.disk.take_away(another=self.chance.random() < 0.5)
            self._until(last_us, self.disk.put_back)

    def _little_room(self, last_us: int) -> None:
        self.disk.room_bytes = self.chance.randint(20_000, 120_000)
        self._until(2 * last_us, lambda: setattr(self.disk, "room_bytes", None))

    def _kill(self, _: int) -> Awaitable[None]:
        return self.die(power=False)

    def _power_cut(self, _: int) -> Awaitable[None]:
        return self.die(power=True)

    def _restart(self, _: int) -> Awaitable[None]:
        return self.restart()

    def _clock_set(self, _: int) -> None:
        self.steps_us.append(self.clock.monotonic)
        step_s = self.chance.choice((3600, -3600, 2, -2, 0.3, -0.3, 86_400 * 40, -86_400 * 40))
        self.clock.step(round(step_s * SECOND_US))

    def _clock_rate(self, last_us: int) -> None:
        self.clock.run_at(self.chance.choice((0, 1_100_000, 999_000)))

        def undo() -> None:
            self.clock.run_at(1_000_000)

        self._until(last_us, undo)
        for late_us in range(0, last_us + 2 * SECOND_US, SECOND_US):
            self.steps_us.append(self.clock.monotonic + late_us)

    def _hold(self, last_us: int) -> None:
        if self.index is None or self.recorder is None or self.disk.away:
            return
        camera, now_us = self._some_camera(), self.recorder.arrival.now_us()
        until_us = None if self.chance.random() < 0.5 else now_us + last_us
        span = TimeSpan(now_us - 40 * SECOND_US, now_us + 5 * SECOND_US)
        hold = Hold(
            hold_id=HoldId(f"hold-{len(self.holds)}"),
            camera=name(camera),
            span=span,
            until_us=until_us,
            reason="case",
        )
        with contextlib.suppress(StorageError):
            self.index.place_hold(hold)
            self.holds.append(hold)

    def _segment_wanted(self, _: int) -> None:
        if self.recorder is not None:
            camera = name(self._some_camera())
            self.recorder.writer.close_segment(camera, lambda segment: self.say(f"closed {segment is not None}"))


CAMERA_FAULTS = (
    *("dark", "off", "reset", "closed", "mute", "deaf", "slow", "full_house", "password", "moved", "loss", "wild"),
    *("noise", "segment_wanted"),
)
ALL_FAULTS = (
    *CAMERA_FAULTS,
    *("switch", "disk_fails", "sync_fails", "index_fails", "disk_stalls", "disk_away", "little_room") * 2,
    *("kill", "power_cut", "restart", "clock_set", "clock_rate", "hold") * 2,
)


def name(camera: SimCamera) -> CameraId:
    return CameraId(f"cam-{camera.number}")
