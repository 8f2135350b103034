"""A virtual camera's card: it replays a stretch of its past over RTSP, each frame dated by the ONVIF extension.

Holds `Kept` stretches, asked for by `Range: clock=` on the device's own clock, and sends them as fast as they are
taken. What lies between stretches is missing, and the first frame after a break says so. A thread of its own.
"""

import re
import socketserver
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ronda.core.time import SECOND_US, TimeSpan
from ronda.media.onvif.recordings import REPLAY_EXTENSION
from ronda.media.rtp_pack import NTP_EPOCH_S
from ronda.sim.feed import Reel
from ronda.sim.sei import VALUE_BYTES, Mark, values

_RANGE: Final = re.compile(rb"\nRange:\s*clock=(\d{8}T\d{6}(?:\.\d+)?)Z-(\d{8}T\d{6}(?:\.\d+)?)Z", re.IGNORECASE)
_CSEQ: Final = re.compile(rb"\nCSeq:\s*(\d+)", re.IGNORECASE)
_CLIP: Final = "quiet"
_SESSION: Final = "5150"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A stretch on the card, true UTC. `first_frame`: the running number of its first frame."""

    span: TimeSpan
    first_frame: int = 0


class ReplayServer:
    """A context manager; `url` is what the device names as its replay address."""

    def __init__(
        self, reel: Reel, kept: tuple[Kept, ...], *, clock_offset_us: int = 0, camera: int = 1, rotten: bool = False
    ) -> None:
        self.reel, self.kept, self.clock_offset_us, self.camera = reel, kept, clock_offset_us, camera
        self.rotten = rotten  # pictures of noise
        self.asked: list[TimeSpan] = []
        owner = self

        class Handler(_Replay):
            card = owner

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"rtsp://127.0.0.1:{self._server.server_address[1]}/replay"

    def __enter__(self) -> "ReplayServer":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def frames(self, span: TimeSpan) -> Iterator[tuple[int, int, bool]]:
        """(frame number, when taken by the device's clock, whether what comes before is missing)."""
        frame_us = self.reel.frame_us
        for stretch in self.kept:
            broken = True
            count = (stretch.span.end_us - stretch.span.start_us) // frame_us
            for number in range(count):
                at_us = stretch.span.start_us + number * frame_us + self.clock_offset_us
                if span.start_us <= at_us < span.end_us:
                    yield stretch.first_frame + number, at_us, broken
                    broken = False

    def packets(self, span: TimeSpan) -> Iterator[bytes]:
        """The frames of a stretch as they go out."""
        units, sequence = self.reel.units[_CLIP], 7
        for number, at_us, broken in self.frames(span):
            unit = units[number % len(units)]
            data = bytearray(unit.packets.data)
            mark = Mark(camera=self.camera, stream=0, frame=number, at_us=at_us)
            data[unit.mark_at : unit.mark_at + VALUE_BYTES] = values(mark)
            ends = (*unit.packets.packet_offsets[1:], len(data))
            out = bytearray()
            for place, (start, end) in enumerate(zip(unit.packets.packet_offsets, ends, strict=True)):
                packet = bytearray(data[start + 4 : end])
                if self.rotten:
                    packet[12:] = bytes(len(packet) - 12)
                stamp = number * self.reel.frame_90k & 0xFFFFFFFF
                struct.pack_into(">HII", packet, 2, sequence & 0xFFFF, stamp, 99)
                if place == 0:
                    packet[0] |= 0x10
                    packet[12:12] = _extension(at_us, key=unit.key, broken=broken)
                out += struct.pack(">cBH", b"$", 0, len(packet)) + packet
                sequence += 1
            yield bytes(out)

    def stream(self, span: TimeSpan) -> bytes:
        return b"".join(self.packets(span))


class _Replay(socketserver.StreamRequestHandler):
    card: ReplayServer

    def handle(self) -> None:
        try:
            self._talk()
        except OSError:
            return  # the other side has gone

    def _talk(self) -> None:
        while request := self._request():
            method = request.split(b" ", 1)[0]
            cseq = found[1].decode() if (found := _CSEQ.search(request)) else "0"
            if method == b"DESCRIBE":
                body = self.card.reel.description.encode()
                head = f"Content-Base: {self.card.url}/\r\nContent-Type: application/sdp\r\n"
                self._answer(cseq, f"{head}Content-Length: {len(body)}\r\n", body)
            elif method == b"SETUP":
                self._answer(cseq, f"Session: {_SESSION}\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n")
            elif method == b"PLAY":
                span = _asked(request)
                if span is None or b"onvif-replay" not in request:
                    self.wfile.write(f"RTSP/1.0 457 Invalid Range\r\nCSeq: {cseq}\r\n\r\n".encode())
                    continue
                self.card.asked.append(span)
                self._answer(cseq, f"Session: {_SESSION}\r\n")
                self._send(span)
            else:
                self._answer(cseq, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n")

    def _request(self) -> bytes:
        head = bytearray()
        while not head.endswith(b"\r\n\r\n") and len(head) < 8192:
            line = self.rfile.readline(4096)
            if not line:
                return b""
            head += line
        return bytes(head)

    def _answer(self, cseq: str, headers: str, body: bytes = b"") -> None:
        self.wfile.write(f"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n{headers}\r\n".encode() + body)

    def _send(self, span: TimeSpan) -> None:
        for frame in self.card.packets(span):
            self.wfile.write(frame)


def _extension(at_us: int, *, key: bool, broken: bool) -> bytes:
    seconds, part = divmod(at_us, SECOND_US)
    flags = (0xC0 if key else 0) | (0x20 if broken else 0)
    ntp = struct.pack(">II", seconds + NTP_EPOCH_S, (part << 32) // SECOND_US)
    return struct.pack(">HH", REPLAY_EXTENSION, 3) + ntp + bytes((flags, 0, 0, 0))


def _asked(request: bytes) -> TimeSpan | None:
    found = _RANGE.search(request)
    if found is None:
        return None
    begin, end = (_instant_us(text.decode()) for text in found.groups())
    return TimeSpan(begin, end) if begin < end else None


def _instant_us(text: str) -> int:
    whole, _, part = text.partition(".")
    moment = datetime.strptime(whole, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return round(moment.timestamp()) * SECOND_US + int((part + "000000")[:6])
