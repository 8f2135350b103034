"""One client of the simulator: the RTSP dialogue on its socket, and the media it is sent.

A client that does not read is never waited for: at most MAX_QUEUE_BYTES wait for it, then whole frames
are dropped until the next key frame, counted and written down, as cameras do.
"""

import asyncio
import logging
import secrets
from typing import Protocol, cast

from ronda.media.rtp_pack import patch, sender_report
from ronda.media.rtsp_server import Answer, Credentials, Ended, RtpStart, RtspServerDialogue, Started
from ronda.sim.camera import RunningCamera
from ronda.sim.feed import ReadyUnit
from ronda.sim.plan import FaultKind
from ronda.sim.schedule import GOP_FRAMES
from ronda.sim.truth import TruthFile

MAX_QUEUE_BYTES = 1 << 20
REPORT_EVERY_US = 5_000_000
_TELL_EVERY_FRAMES = 600

_log = logging.getLogger(__name__)


class Host(Protocol):
    """What a connection needs from the server."""

    truth: TruthFile
    credentials: Credentials | None
    session_timeout_s: int

    def now_us(self) -> int: ...

    def refusal(self, path: str) -> int | None: ...

    def description(self, path: str) -> str: ...

    def camera_of(self, path: str) -> tuple[RunningCamera, int]: ...

    def joined(self, connection: "Connection", camera: RunningCamera) -> None: ...

    def left(self, connection: "Connection") -> None: ...

    def opened(self, connection: "Connection") -> None: ...

    def closed(self, connection: "Connection") -> None: ...


class Connection(asyncio.Protocol):
    """A TCP client: a `Watcher` for its camera, the `Stage` of its dialogue."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._transport: asyncio.Transport | None = None
        self.session = secrets.token_hex(6)
        self.stream = 0
        self.camera: RunningCamera | None = None
        self.frames = 0
        self.dropped = 0
        self._next_sequence = secrets.randbits(16)
        self._timestamp_base = secrets.randbits(32)
        self._ssrc = secrets.randbits(32)
        self._channel, self._control_channel = 0, 1
        self._packets = self._octets = 0
        self._frame_90k = 0
        self._report_us = 0
        self._needs_key = True
        self._run: tuple[int, int] | None = None  # first and last frame sent without a break
        self._missed: tuple[int, int, str] | None = None
        self._dialogue = RtspServerDialogue(
            self,
            session=self.session,
            nonce=secrets.token_hex(16),
            now_us=host.now_us(),
            credentials=host.credentials,
            timeout_s=host.session_timeout_s,
        )

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._host.opened(self)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        for event in self._dialogue.receive(data, self._host.now_us()):
            if isinstance(event, Answer):
                self._transport.write(event.data)
            elif isinstance(event, Started):
                self._begin(event)
            elif isinstance(event, Ended):
                self._leave()
                if event.close:
                    self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        self._host.closed(self)

    # Stage

    def refusal(self, path: str) -> int | None:
        return self._host.refusal(path)

    def description(self, path: str) -> str:
        return self._host.description(path)

    def start(self, path: str) -> RtpStart:
        camera, _ = self._host.camera_of(path)
        frame = camera.schedule.first_frame_from(self._host.now_us())
        frame += -frame % GOP_FRAMES
        self._frame_90k = camera.schedule.frame_us * 9 // 100
        timestamp = self._timestamp_base + frame * self._frame_90k & 0xFFFFFFFF
        return RtpStart(sequence=self._next_sequence, timestamp=timestamp)

    # Watcher

    def take(self, unit: ReadyUnit, data: bytearray, frame: int) -> None:
        if self._needs_key and not unit.key:
            if self.frames:
                self.miss(frame, "waits for a key frame")
            return
        transport = self._transport
        assert transport is not None
        if transport.get_write_buffer_size() + len(data) > MAX_QUEUE_BYTES:
            self.miss(frame, "client blocked")
            return
        packets = unit.packets
        patch(
            data,
            packets.packet_offsets,
            channel=self._channel,
            sequence=self._next_sequence,
            timestamp=self._timestamp_base + frame * self._frame_90k,
            ssrc=self._ssrc,
        )
        transport.write(bytes(data))
        self._next_sequence = self._next_sequence + packets.packets & 0xFFFF
        self._packets += packets.packets
        self._octets += packets.payload_bytes
        self.frames += 1
        self._needs_key = False
        self._note_sent(frame)

    def miss(self, frame: int, why: str) -> None:
        self._needs_key = True
        self._tell_run()
        if not self.frames:
            return
        self.dropped += 1
        if self._missed is None:
            self._missed = (frame, frame, why)
        else:
            self._missed = (self._missed[0], frame, self._missed[2])

    def cut(self) -> None:
        assert self._transport is not None
        self._transport.abort()
        self._leave()

    # Called by the server once a second

    def keep(self, now_us: int) -> None:
        """Send a sender report when it is due; end a session whose client fell silent."""
        camera, transport = self.camera, self._transport
        assert transport is not None
        if self._dialogue.timed_out(now_us) and camera is not None:
            _log.info("session %s of %s timed out", self.session, camera.camera.name)
            transport.close()
            self._leave()
            return
        if camera is None or not self.frames or now_us < self._report_us:
            return
        if camera.has_fault(FaultKind.STALL, now_us) or transport.get_write_buffer_size() > MAX_QUEUE_BYTES // 2:
            return
        self._report_us = now_us + REPORT_EVERY_US
        media_us = now_us - camera.schedule.epoch_us
        report = sender_report(
            channel=self._control_channel,
            ssrc=self._ssrc,
            at_us=now_us + camera.clock_offset_us(now_us),
            timestamp=self._timestamp_base + media_us * 9 // 100,
            packets=self._packets,
            octets=self._octets,
            name=b"ronda-sim",
        )
        transport.write(report)

    def finish(self) -> None:
        """The simulator ends: write down what was sent, close."""
        self._leave()
        if self._transport is not None:
            self._transport.abort()

    def _begin(self, started: Started) -> None:
        self.camera, self.stream = self._host.camera_of(started.path)
        self._channel, self._control_channel = started.channel, started.control_channel
        self._needs_key = True
        self._host.joined(self, self.camera)

    def _leave(self) -> None:
        self._tell_run()
        self._tell_missed()
        self._host.left(self)
        self.camera = None

    def _note_sent(self, frame: int) -> None:
        self._tell_missed()
        if self._run is None:
            self._run = (frame, frame)
            return
        self._run = (self._run[0], frame)
        if frame - self._run[0] >= _TELL_EVERY_FRAMES:
            self._tell_run()

    def _tell_run(self) -> None:
        if self._run is not None and self.camera is not None:
            first, last = self._run
            self._write("sent", first, last)
        self._run = None

    def _tell_missed(self) -> None:
        if self._missed is not None and self.camera is not None:
            first, last, why = self._missed
            self._write("dropped", first, last, why=why)
        self._missed = None

    def _write(self, kind: str, first: int, last: int, **more: str) -> None:
        assert self.camera is not None
        self._host.truth.write(
            kind,
            camera=self.camera.camera.name,
            stream=self.stream,
            session=self.session,
            first_frame=first,
            last_frame=last,
            **more,
        )
