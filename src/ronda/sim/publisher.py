"""A place where a program publishes its RTSP stream (ANNOUNCE, RECORD) and others play it: for `ffmpeg -f rtsp`.

ffmpeg serves no RTSP; it sends to a server. This one keeps nothing: the packets of the first track go on to whoever
plays the same path, as they came, byte for byte. Over TCP alone, one publisher a path, further tracks are answered
and left out. A player that does not read is left behind: at most MAX_QUEUE_BYTES wait for it.
Invariant: a player gets whole packets only.
"""

import asyncio
import secrets
import struct
from typing import cast
from urllib.parse import urlsplit

from ronda.media.errors import RtspSyntaxError
from ronda.media.rtsp_message import Headers, InterleavedFrame, MessageReader, RtspRequest, RtspResponse, serialise

MAX_QUEUE_BYTES = 1 << 20
_TRACKS = 2  # channels of the first track


class PublishPoint:
    """Use as `async with PublishPoint() as point`; `point.url("name")` is for both sides."""

    def __init__(self) -> None:
        self.descriptions: dict[str, str] = {}
        self.players: dict[str, set[_Client]] = {}
        self.clients: set[_Client] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "PublishPoint":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self), "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for client in list(self.clients):
            client.close()

    def url(self, name: str) -> str:
        assert self._server is not None
        return f"rtsp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/{name}"


class _Client(asyncio.Protocol):
    """A publisher or a player, by what it asks."""

    def __init__(self, point: PublishPoint) -> None:
        self._point, self._reader, self._session = point, MessageReader(), secrets.token_hex(6)
        self._transport: asyncio.Transport | None = None
        self._publishes: str | None = None
        self._set_up = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._point.clients.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._point.clients.discard(self)
        for players in self._point.players.values():
            players.discard(self)
        if self._publishes is not None:  # its players are told by the end of their connection
            self._point.descriptions.pop(self._publishes, None)
            for player in self._point.players.pop(self._publishes, set()):
                player.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._reader.feed(data)
        try:
            while (event := self._reader.next_event()) is not None:
                if isinstance(event, InterleavedFrame):
                    self._pass_on(event)
                elif isinstance(event, RtspRequest):
                    self._transport.write(serialise(self._answer(event)))
        except RtspSyntaxError:
            self.close()

    def _pass_on(self, frame: InterleavedFrame) -> None:
        if self._publishes is None or frame.channel >= _TRACKS:
            return
        packet = struct.pack(">cBH", b"$", frame.channel, len(frame.payload)) + frame.payload
        for player in self._point.players.get(self._publishes, ()):
            player.take(packet)

    def take(self, packet: bytes) -> None:
        if self._transport is not None and self._transport.get_write_buffer_size() < MAX_QUEUE_BYTES:
            self._transport.write(packet)

    def _answer(self, request: RtspRequest) -> RtspResponse:
        path = urlsplit(request.uri).path.strip("/")
        lines, status, body = [("CSeq", request.headers.get("CSeq") or "0"), ("Session", self._session)], 200, b""
        if request.method == "ANNOUNCE":
            if path in self._point.descriptions:
                status = 403
            else:
                self._publishes = path
                self._point.descriptions[path] = request.body.decode("utf-8", "replace")
        elif request.method == "DESCRIBE":
            if path in self._point.descriptions:
                lines += [("Content-Type", "application/sdp"), ("Content-Base", request.uri.rstrip("/") + "/")]
                body = self._point.descriptions[path].encode()
            else:
                status = 404
        elif request.method == "SETUP":
            if "TCP" not in (request.headers.get("Transport") or "").upper():
                status = 461
            else:
                first, self._set_up = self._set_up, self._set_up + 2
                lines.append(("Transport", f"RTP/AVP/TCP;unicast;interleaved={first}-{first + 1}"))
        elif request.method == "PLAY":
            self._point.players.setdefault(path, set()).add(self)
        return RtspResponse(status=status, headers=Headers(tuple(lines)), body=body)
