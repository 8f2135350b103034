"""Open one RTSP session: connect, talk up to the PLAY answer, and give the socket away.

The dialogue itself is `ronda.media.rtsp_client`; here are the socket and the time-outs. The socket
is a plain one, not a stream of the event loop, because the packet engine reads from it next.
"""

import asyncio
import contextlib
import secrets
import socket
from dataclasses import dataclass

from ronda.media.rtsp_client import Playing, RtspClient
from ronda.media.rtsp_url import RtspUrl
from ronda.video.connect.failure import AnswerLateError, ClosedEarlyError, HostSilentError

CONNECT_S = 5.0
ANSWER_S = 8.0
_READ_BYTES = 64 * 1024


@dataclass(slots=True)
class Session:
    """A playing stream. The owner closes the socket."""

    sock: socket.socket
    client: RtspClient
    playing: Playing

    async def send(self, data: bytes) -> None:
        """Send a request on the connection. Raises OSError, or AnswerLateError when it stands still."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(ANSWER_S):
                await loop.sock_sendall(self.sock, data)
        except TimeoutError:
            raise AnswerLateError from None

    async def goodbye(self) -> None:
        """Tell the camera that nobody listens any more; it need not answer."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await self.send(self.client.teardown())


async def open_session(url: RtspUrl) -> Session:
    """Raises OSError, MediaError, or one of the errors of `failure`; nothing stays open then."""
    sock = await _connect(url)
    try:
        client = RtspClient(url, make_cnonce=lambda: secrets.token_hex(8))
        playing = await _talk(sock, client)
    except BaseException:
        sock.close()
        raise
    return Session(sock, client, playing)


async def _connect(url: RtspUrl) -> socket.socket:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_S):
            found = await loop.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
            family, kind, protocol, _, address = found[0]
            sock = socket.socket(family, kind, protocol)
            try:
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                await loop.sock_connect(sock, address)
            except BaseException:
                sock.close()
                raise
            return sock
    except TimeoutError:
        raise HostSilentError from None


async def _talk(sock: socket.socket, client: RtspClient) -> Playing:
    loop = asyncio.get_running_loop()
    while True:
        try:
            async with asyncio.timeout(ANSWER_S):
                request = client.to_send()
                if request:
                    await loop.sock_sendall(sock, request)
                data = await loop.sock_recv(sock, _READ_BYTES)
        except TimeoutError:
            raise AnswerLateError from None
        if not data:
            raise ClosedEarlyError
        for event in client.feed(data):
            if isinstance(event, Playing):
                return event
