"""A camera on loopback that does what a test tells it, and a recorder in the same event loop.

Pictures are made up (`tests.stream_kit`): enough for packets, files and gaps, not for a decoder.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.stream_kit import DISTANCE_90K, PPS, SPS, Sender, Unit, picture

from ronda.app.clock import SystemClock
from ronda.media.rtsp_message import Headers, MessageReader, RtspRequest, RtspResponse, serialise
from ronda.store.disk.index import SqliteIndex
from ronda.video.engine.choose import engine_kind
from ronda.video.record.disks import DiskSet
from ronda.video.record.footage_folder import FootageFolder
from ronda.video.recorder import Recorder

ENGINE = os.environ.get("RONDA_TEST_ENGINE", "auto")
SDP = (
    "v=0\r\ns=test\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track\r\n"
    "a=fmtp:96 packetization-mode=1\r\n"
)


@dataclass(slots=True)
class TestCamera:
    """Serves one stream to any number of clients, 25 pictures a second, a key frame every ten."""

    __test__ = False

    sdp: str = SDP
    status: dict[str, int] = field(default_factory=dict)  # method -> status it refuses with
    frame_bytes: int = 1500
    pace_s: float = 0.04
    silent: bool = False
    group: int = 10  # pictures from one key frame to the next
    port: int = 0
    frames_sent: int = 0
    connections: int = 0
    _server: asyncio.Server | None = None
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.drop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def drop(self) -> None:
        """Close every connection."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        messages = MessageReader()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while data := await reader.read(4096):
                messages.feed(data)
                while (request := messages.next_event()) is not None:
                    assert isinstance(request, RtspRequest)
                    writer.write(serialise(self._answer(request)))
                    if request.method == "PLAY":
                        play = asyncio.create_task(self._play(writer))
                        self._tasks.add(play)

    def _answer(self, request: RtspRequest) -> RtspResponse:
        lines = [("CSeq", request.headers.get("CSeq") or "0"), ("Session", "5;timeout=60")]
        body = b""
        if request.method == "DESCRIBE":
            body = self.sdp.encode()
        if request.method == "SETUP":
            lines.append(("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1"))
        status = self.status.get(request.method, 200)
        if status == 401:
            lines.append(("WWW-Authenticate", 'Digest realm="cam", nonce="abc"'))
        return RtspResponse(status=status, headers=Headers(tuple(lines)), body=body)

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        sender, number = Sender(), 0
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while not writer.is_closing():
                await asyncio.sleep(self.pace_s)
                if self.silent:
                    continue
                key = number % self.group == 0
                nals = [SPS, PPS] if key else []
                nals.append(picture(self.frame_bytes, key=key, fill=1 + number % 250))
                sender.send(Unit(nals=nals, stamp=(number * DISTANCE_90K) & 0xFFFFFFFF))
                writer.write(bytes(sender.out))
                sender.out.clear()
                number += 1
                self.frames_sent += 1
                await writer.drain()


@contextlib.asynccontextmanager
async def test_camera(**options: object) -> AsyncIterator[TestCamera]:
    camera = TestCamera(**options)  # type: ignore[arg-type]
    await camera.start()
    try:
        yield camera
    finally:
        await camera.stop()


test_camera.__test__ = False  # type: ignore[attr-defined]


@contextlib.asynccontextmanager
async def recorder_in(
    folder: Path, engine: str = ENGINE, *, book: Path | None = None, retain: bool = False
) -> AsyncIterator[Recorder]:
    """A recorder on this folder, and the further disks of `book`, stopped in order at the end."""
    footage = FootageFolder(folder)
    footage.prepare()
    index = SqliteIndex(footage.index_path, create=True)
    disks = DiskSet(footage, book)
    recorder = Recorder(
        folder=footage, index=index, clock=SystemClock(), engine=engine_kind(engine), retain=retain, disks=disks
    )
    recorder.start()
    try:
        yield recorder
    finally:
        await recorder.stop()
        index.close()


async def until(condition: object, timeout_s: float = 15.0) -> None:
    """Wait for a condition; the limit only ends a broken test."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.02)
