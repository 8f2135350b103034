"""The virtual cameras' process: one event loop, one RTSP port, every camera a path.

A heap holds the next frame of each camera that somebody watches; one timer serves it. Time is the
machine's clock at the start plus the monotonic clock since, so a stepped clock moves no frame.
"""

import asyncio
import heapq
import json
import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US
from ronda.media.rtsp_server import HANG_UP, Credentials
from ronda.sim.camera import MAIN, SUB, RunningCamera
from ronda.sim.connection import Connection
from ronda.sim.errors import SimError
from ronda.sim.feed import Reel
from ronda.sim.plan import FaultKind, PlannedFault, SimPlan, VirtualCamera
from ronda.sim.schedule import GOP_FRAMES, Schedule
from ronda.sim.truth import TRUTH_NAME, TruthFile

STATE_NAME = "sim.json"
_SUB_PATH = "sub"

_log = logging.getLogger(__name__)


class SimClock:
    """UTC in microseconds that never goes back."""

    def __init__(self) -> None:
        self._base_us = time.time_ns() // 1000 - time.monotonic_ns() // 1000

    def now_us(self) -> int:
        return self._base_us + time.monotonic_ns() // 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SimOptions:
    data: Path
    port: int = 0  # 0: any free port
    control_port: int = 0
    base_path: str = ""  # before each camera's path, such as `cctv`
    listen: str = "127.0.0.1"
    credentials: Credentials | None = None
    session_timeout_s: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Where the running simulator can be reached."""

    port: int
    control_port: int
    urls: Mapping[str, str]  # camera name to RTSP URL
    sub_urls: Mapping[str, str]


class SimServer:
    """Implements `ronda.sim.connection.Host`. Use `async with` or `start` and `stop`."""

    def __init__(
        self, plan: SimPlan, reels: Mapping[str, Mapping[int, Reel]], options: SimOptions, clock: SimClock
    ) -> None:
        self.truth = TruthFile(options.data / TRUTH_NAME)
        self.credentials = options.credentials
        self.session_timeout_s = options.session_timeout_s
        self._plan, self._options, self._clock = plan, options, clock
        self._prefix = options.base_path.strip("/")
        self._connections: set[Connection] = set()
        self._heap: list[tuple[int, int, int]] = []  # due, camera number, frame
        self._beating: set[int] = set()  # camera numbers in the heap
        self._timer: asyncio.TimerHandle | None = None
        self._servers: list[asyncio.Server] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._late_us = 0
        start_us = clock.now_us()
        self._cameras = {
            camera.name: self._running(camera, reels[camera.look], start_us) for camera in plan.cameras
        }
        self._by_number = {running.camera.number: running for running in self._cameras.values()}
        for showing in plan.showings:
            self._cameras[showing.camera].show(showing.clip, showing.at_us, for_us=showing.for_us)

    def _running(self, camera: VirtualCamera, reels: Mapping[int, Reel], start_us: int) -> RunningCamera:
        """Epochs are spread over one GOP, so that key frames of many cameras do not come together."""
        count = len(self._plan.cameras)
        frame_us = reels[MAIN].frame_us
        phase_us = (camera.number - 1) * GOP_FRAMES * frame_us // max(count, 1)
        schedule = Schedule(
            epoch_us=start_us + phase_us,
            seed=camera.name,
            clip_gops=reels[MAIN].clip_gops,
            frame_us=frame_us,
        )
        self.truth.write(
            "camera",
            camera=camera.name,
            number=camera.number,
            look=camera.look,
            epoch_us=schedule.epoch_us,
            frame_us=frame_us,
            gop_frames=GOP_FRAMES,
        )
        return RunningCamera(camera, reels, schedule, self.truth)

    async def start(self) -> Serving:
        """Listen, and write `sim.json` beside the truth. Raises SimError when the port is taken."""
        loop = asyncio.get_running_loop()
        listen, port = self._options.listen, self._options.port
        try:
            rtsp = await loop.create_server(lambda: Connection(self), listen, port, backlog=512)
            control = await asyncio.start_server(self._serve_control, "127.0.0.1", self._options.control_port)
        except OSError as error:
            raise SimError(
                f"port {port} of {listen} cannot be used: {error.strerror}. Next: choose another with --port"
            ) from error
        self._servers = [rtsp, control]
        self._tasks = [asyncio.create_task(self._housekeeping())]
        self._tasks += [asyncio.create_task(self._later(fault)) for fault in self._plan.faults]
        serving = self._serving(rtsp.sockets[0].getsockname()[1], control.sockets[0].getsockname()[1])
        state = {
            "pid": os.getpid(),
            "port": serving.port,
            "control_port": serving.control_port,
            "urls": dict(serving.urls),
        }
        (self._options.data / STATE_NAME).write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
        return serving

    async def stop(self) -> None:
        """Close everything; the truth then holds what was sent."""
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        for connection in tuple(self._connections):
            connection.finish()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.truth.close()

    # Host: what a connection asks

    def refusal(self, path: str) -> int | None:
        found = self._find(path)
        if found is None:
            return 404
        now_us = self.now_us()
        if found[0].has_fault(FaultKind.DROP, now_us):
            return HANG_UP
        return 503 if found[0].has_fault(FaultKind.STOP, now_us) else None

    def description(self, path: str) -> str:
        camera, stream = self.camera_of(path)
        return camera.reels[stream].description

    def now_us(self) -> int:
        return self._clock.now_us()

    def camera_of(self, path: str) -> tuple[RunningCamera, int]:
        found = self._find(path)
        assert found is not None, path
        return found

    def opened(self, connection: Connection) -> None:
        self._connections.add(connection)

    def joined(self, connection: Connection, camera: RunningCamera) -> None:
        camera.watchers.add(connection)
        if camera.camera.number not in self._beating:
            self._beating.add(camera.camera.number)
            frame = camera.schedule.first_frame_from(self.now_us())
            heapq.heappush(self._heap, (camera.schedule.due_us(frame), camera.camera.number, frame))
            self._arm()

    def left(self, connection: Connection) -> None:
        if connection.camera is not None:
            connection.camera.watchers.discard(connection)

    def closed(self, connection: Connection) -> None:
        self._connections.discard(connection)

    # The beat

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._heap:
            wait_s = max(0, self._heap[0][0] - self.now_us()) / SECOND_US
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._tick)

    def _tick(self) -> None:
        now_us = self.now_us()
        heap = self._heap
        if heap:
            self._late_us = max(self._late_us, now_us - heap[0][0])
        while heap and heap[0][0] <= now_us:
            due_us, number, frame = heap[0]
            camera = self._by_number[number]
            if camera.watchers:
                camera.send(frame, now_us)
                heapq.heapreplace(heap, (due_us + camera.schedule.frame_us, number, frame + 1))
            else:
                heapq.heappop(heap)
                self._beating.discard(number)
        self._timer = None
        self._arm()

    async def _housekeeping(self) -> None:
        while True:
            now_us = self.now_us()
            for camera in self._cameras.values():
                camera.tell_clip(now_us)
                camera.end_faults(now_us)
            for connection in tuple(self._connections):
                connection.keep(now_us)
            await asyncio.sleep(1)

    async def _later(self, fault: PlannedFault) -> None:
        await asyncio.sleep(max(0, fault.at_us - self.now_us()) / SECOND_US)
        self._cameras[fault.camera].begin_fault(fault, self.now_us())

    # Control

    async def _serve_control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(self._obey(line)).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError) as error:  # a line beyond the reader's limit is a ValueError
            _log.info("control connection ended: %s", error)
        finally:
            writer.close()

    def _obey(self, line: bytes) -> dict[str, object]:
        now_us = self.now_us()
        try:
            order = json.loads(line)
            if order["do"] == "status":
                return {"ok": True, "now_us": now_us, "late_us": self._late_us, "cameras": self._status(now_us)}
            camera = self._cameras[order["camera"]]
            if order["do"] == "fault":
                fault = PlannedFault(
                    camera=camera.camera.name,
                    kind=FaultKind(order["kind"]),
                    at_us=now_us,
                    for_s=float(order["for_s"]),
                    offset_s=float(order.get("offset_s", 0.0)),
                )
                camera.begin_fault(fault, now_us)
                return {"ok": True, "from_us": now_us, "to_us": now_us + round(fault.for_s * SECOND_US)}
            if order["do"] == "show":
                for_us = round(float(order.get("for_s", 0)) * SECOND_US)
                camera.show(order["clip"], now_us, for_us=for_us or None)
                first = camera.schedule.overrides[-1].first_gop * GOP_FRAMES
                return {"ok": True, "first_frame": first, "from_us": camera.schedule.due_us(first)}
            return {"ok": False, "why": "do is fault, show or status"}
        except KeyError as error:
            return {"ok": False, "why": f"{error} is missing or unknown"}
        except (ValueError, TypeError, SimError) as error:
            return {"ok": False, "why": str(error)}

    def _status(self, now_us: int) -> dict[str, dict[str, int]]:
        return {
            name: {
                "frame": camera.schedule.frame_at(now_us),
                "watchers": len(camera.watchers),
                "sent": sum(c.frames for c in self._connections if c.camera is camera),
                "dropped": sum(c.dropped for c in self._connections if c.camera is camera),
            }
            for name, camera in self._cameras.items()
        }

    def _find(self, path: str) -> tuple[RunningCamera, int] | None:
        if self._prefix:
            if not path.startswith(self._prefix + "/"):
                return None
            path = path[len(self._prefix) + 1 :]
        name, _, rest = path.partition("/")
        camera = self._cameras.get(CameraId(name))
        if camera is None or rest not in ("", _SUB_PATH):
            return None
        stream = SUB if rest else MAIN
        return (camera, stream) if stream in camera.reels else None

    def _serving(self, port: int, control_port: int) -> Serving:
        base = f"rtsp://{self._options.listen}:{port}/" + (f"{self._prefix}/" if self._prefix else "")
        urls = {str(name): base + name for name in self._cameras}
        subs = {
            str(name): f"{urls[name]}/{_SUB_PATH}" for name, camera in self._cameras.items() if SUB in camera.reels
        }
        return Serving(port=port, control_port=control_port, urls=urls, sub_urls=subs)
