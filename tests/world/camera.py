"""Simulated cameras: RTSP over simulated connections, and the truth of every frame they sent."""

import asyncio
import errno
import os
import random
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.camera_kit import SDP
from tests.stream_kit import PPS, SPS, Sender, Unit
from tests.world.loop import SimClock

from ronda.media.rtsp_message import Headers, MessageReader, RtspRequest, RtspResponse, serialise

FRAME_US = 200_000
DISTANCE_90K = 18_000
MARK = b"RnDa"


@dataclass(slots=True)
class Sent:
    """A frame that left the camera. wall_us: as the recorder of then would date it."""

    at_us: int
    wall_us: int
    whole: bool
    epoch: int


@dataclass(slots=True)
class Connection:
    """One TCP connection. `ended`: errno, 0 for an orderly end."""

    camera: "SimCamera"
    sock: socket.socket
    out: bytearray = field(default_factory=bytearray)
    ended: int | None = None
    playing: bool = False
    came: asyncio.Event = field(default_factory=asyncio.Event)
    messages: MessageReader = field(default_factory=MessageReader)
    sender: Sender = field(default_factory=Sender)
    next_us: int = 0

    @property
    def open(self) -> bool:
        return self.ended is None and self.sock.fileno() >= 0

    def end(self, number: int) -> None:
        if self.ended is None:
            self.ended = number
            self.came.set()

    def give(self, data: bytes) -> None:
        self.out += data
        self.came.set()


class SimCamera:
    """Frames are made when somebody looks (`pump`), dated by when they were due."""

    def __init__(self, number: int, clock: SimClock, chance: random.Random, wall_us: Callable[[], tuple[int, int]]):
        self.number, self._clock, self._chance, self._wall_us = number, clock, chance, wall_us
        self.host = f"10.0.0.{number + 1}"
        self.group = chance.choice((5, 10, 25))
        self.connections: list[Connection] = []
        self.sent: dict[int, Sent] = {}
        self._count = 0
        self._since_key = 0
        self.calm()

    def calm(self) -> None:
        """As a camera should be."""
        self.dark = self.refuses = self.deaf = self.mute = self.slow = False
        self.status: dict[str, int] = {}
        self.moved: str | None = None
        self.loss = self.wild = 0.0

    # -- the dialogue ------------------------------------------------------------------------------

    def receive(self, connection: Connection, data: bytes) -> None:
        connection.messages.feed(data)
        while (request := connection.messages.next_event()) is not None:
            if not isinstance(request, RtspRequest) or self.deaf:
                continue
            connection.give(serialise(self._answer(request)))
            if request.method == "PLAY" and not self.status.get("PLAY"):
                connection.playing, connection.next_us = True, self._clock.monotonic + 20_000
                connection.sender.sequence = self._chance.randrange(1 << 16)
                self._since_key = 0

    def _answer(self, request: RtspRequest) -> RtspResponse:
        lines = [("CSeq", request.headers.get("CSeq") or "0"), ("Session", "5;timeout=60")]
        status, body = self.status.get(request.method, 200), b""
        if request.method == "DESCRIBE":
            body = SDP.encode()
            if self.moved:
                status, body = 302, b""
                lines.append(("Location", self.moved))
        if request.method == "SETUP":
            lines.append(("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1"))
        if status == 401:
            lines.append(("WWW-Authenticate", 'Digest realm="cam", nonce="abc"'))
        return RtspResponse(status=status, headers=Headers(tuple(lines)), body=body)

    # -- the pictures ------------------------------------------------------------------------------

    def pump(self) -> None:
        self.connections = [one for one in self.connections if one.open]
        for connection in self.connections:
            while connection.playing and connection.next_us <= self._clock.monotonic:
                if not self.mute and not self.dark:
                    self._frame(connection, connection.next_us)
                connection.next_us += FRAME_US

    def _frame(self, connection: Connection, at_us: int) -> None:
        key = self._since_key == 0
        self._since_key = (self._since_key + 1) % self.group
        self._count += 1
        size = 300 if key else 40
        body = MARK + struct.pack(">BI", self.number, self._count) + b"x" * size + struct.pack(">I", self._count)
        nals = [SPS, PPS] if key else []
        nals.append(bytes((0x65 if key else 0x41, 0x88)) + body)
        stamp = at_us * 9 // 100
        if self.wild and self._chance.random() < self.wild:
            stamp += self._chance.choice((-9800 * 90_000, 37_600 * 90_000, -5490, 1 << 31))
        connection.sender.send(Unit(nals=nals, stamp=stamp & 0xFFFFFFFF))
        lost = bool(self.loss) and self._chance.random() < self.loss
        wall_us, epoch = self._wall_us()
        behind_us = self._clock.monotonic - at_us
        self.sent[self._count] = Sent(at_us, wall_us - behind_us, not lost, epoch)
        if not lost:
            connection.give(bytes(connection.sender.out))
        connection.sender.out.clear()

    def drop(self, number: int) -> None:
        self.pump()
        for connection in self.connections:
            connection.end(number)


class SimNet:
    """Every connection of the world, and every attempt to make one."""

    def __init__(self, clock: SimClock) -> None:
        self._clock = clock
        self.cameras: dict[str, SimCamera] = {}
        self.by_sock: dict[socket.socket, Connection] = {}
        self.attempts: list[tuple[int, str]] = []
        self.doubled: list[str] = []
        self.pending: dict[str, int] = {}

    async def connect(self, sock: socket.socket, address: tuple[str, int]) -> None:
        camera = self.cameras[address[0]]
        self.attempts.append((self._clock.monotonic, camera.host))
        if self.pending.get(camera.host) or any(one.open for one in camera.connections):
            self.doubled.append(f"{camera.host} is connected twice at {self._clock.monotonic}")
        self.pending[camera.host] = 1
        try:
            await asyncio.sleep(0.002)
            if camera.dark:
                await asyncio.sleep(3600)
            if camera.refuses:
                raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
        finally:
            self.pending[camera.host] = 0
        self.by_sock = {one: kept for one, kept in self.by_sock.items() if one.fileno() >= 0}
        self.by_sock[sock] = connection = Connection(camera, sock)
        camera.connections.append(connection)

    async def receive(self, sock: socket.socket, count: int) -> bytes:
        connection = self.by_sock[sock]
        while not connection.out and connection.ended is None:
            connection.came.clear()
            await connection.came.wait()
        if connection.camera.slow:
            await asyncio.sleep(0.03)
            count = 1
        data = bytes(connection.out[:count])
        del connection.out[:count]
        if not data and connection.ended:
            raise OSError(connection.ended, os.strerror(connection.ended))
        return data

    async def send(self, sock: socket.socket, data: bytes) -> None:
        connection = self.by_sock[sock]
        if connection.ended is not None:
            raise BrokenPipeError(errno.EPIPE, "broken pipe")
        if not connection.camera.dark:
            connection.camera.receive(connection, data)
