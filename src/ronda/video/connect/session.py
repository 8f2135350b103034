"""Open one RTSP session: connect, talk up to the PLAY answer, and give the socket away.

The dialogue itself is `ronda.media.rtsp_client`; here are sockets, time-outs, redirects and TLS. The
socket is a plain one, not a stream of the event loop, because the packet engine reads from it next.
Invariant: an attempt ends within `OpenLimits.open_s`, whatever the other side sends or does not
send, and leaves nothing open when it fails.
"""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from ronda.media.rtsp_client import PLAIN_WISHES, Playing, Redirected, RtspClient, Wishes
from ronda.media.rtsp_policy import Limits
from ronda.media.rtsp_redirect import AddressClass, check_address, follow
from ronda.media.rtsp_transport import TrackGrant
from ronda.media.rtsp_url import RtspUrl
from ronda.video.connect.failure import (
    AnswerLateError,
    CertificateChangedError,
    ClosedEarlyError,
    HostSilentError,
)
from ronda.video.connect.pins import Pins, Shown
from ronda.video.connect.tls import TlsPump, handshake
from ronda.video.connect.udp import bind_pair, close_pair, ports_of, punch
from ronda.video.engine.port import AudioSpec, StreamKey, StreamSpec, UdpPair

_READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLimits:
    """Seconds. open_s: for the whole attempt, so that a byte a second holds nothing up."""

    connect_s: float = 5.0
    answer_s: float = 8.0
    open_s: float = 25.0
    dialogue: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How a changed certificate is met. goes_on: the camera is recorded all the same, with an alarm."""

    pins: Pins
    goes_on: bool = False


@dataclass(slots=True, kw_only=True)
class Line:
    """One connection. `sock` carries plain RTSP, through the pump where the camera speaks TLS."""

    sock: socket.socket
    local_host: str
    peer_host: str
    found: AddressClass
    pump: TlsPump | None = None
    alarm: str | None = None

    def close(self) -> None:
        self.sock.close()
        if self.pump is not None:
            self.pump.close()


@dataclass(slots=True, kw_only=True)
class Session:
    """A playing stream. The owner closes it after the engine has let it go."""

    line: Line
    client: RtspClient
    playing: Playing
    pairs: list[UdpPair]
    answer_s: float

    @property
    def sock(self) -> socket.socket:
        return self.line.sock

    @property
    def by_udp(self) -> bool:
        """Then the engine reads the sockets of the tracks, and this connection is ours to read."""
        return self.playing.video.udp is not None

    def spec(self, key: StreamKey, *, record: bool) -> StreamSpec:
        """What the engine must know."""
        playing, video = self.playing, self.playing.description.video
        audio = None
        if playing.audio is not None and playing.description.audio is not None:
            audio = AudioSpec(
                format=playing.description.audio.format,
                rtp_channel=playing.audio.rtp_channel,
                udp=self._pair(playing.audio),
            )
        return StreamSpec(
            key=key,
            rtp_channel=playing.rtp_channel,
            rtcp_channel=playing.rtcp_channel,
            sets=video.parameter_sets,
            codec=video.codec,
            audio=audio,
            udp=self._pair(playing.video),
            early=playing.early,
            record=record,
        )

    def _pair(self, grant: TrackGrant) -> UdpPair | None:
        ports = grant.udp.client_ports if grant.udp else None
        return next((pair for pair in self.pairs if ports_of(pair) == ports), None)

    async def send(self, data: bytes) -> None:
        """Send on the connection. Raises OSError, or AnswerLateError when it stands still."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.answer_s):
                await loop.sock_sendall(self.sock, data)
        except TimeoutError:
            raise AnswerLateError from None

    async def goodbye(self) -> None:
        """Tell the camera that nobody listens any more; it need not answer."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await self.send(self.client.teardown())

    def close(self) -> None:
        self.line.close()
        for pair in self.pairs:
            close_pair(pair)


async def open_session(
    url: RtspUrl,
    *,
    wishes: Wishes = PLAIN_WISHES,
    trust: Trust | None = None,
    limits: OpenLimits | None = None,
    before_redirect: Callable[[], Awaitable[None]] | None = None,
) -> Session:
    """Raises OSError, MediaError, or one of the errors of `failure`; nothing stays open then.

    before_redirect  awaited before each further connection, so that its pace is kept
    """
    limits = limits or OpenLimits()
    trust = trust or Trust(pins=Pins())
    try:
        async with asyncio.timeout(limits.open_s):
            return await _open(url, wishes, trust, limits, before_redirect)
    except TimeoutError as late:
        raise late if isinstance(late, HostSilentError | AnswerLateError) else AnswerLateError() from None


async def _open(
    url: RtspUrl,
    wishes: Wishes,
    trust: Trust,
    limits: OpenLimits,
    before_redirect: Callable[[], Awaitable[None]] | None,
) -> Session:
    current = url
    seen: tuple[str, ...] = (url.request_url,)
    origin: AddressClass | None = None
    while True:
        line = await _connect(current, origin, trust, limits)
        origin = origin or line.found
        pairs: list[UdpPair] = []
        try:
            client = _client(current, line, pairs, wishes, limits)
            event = await _talk(line.sock, client, limits.answer_s)
            if isinstance(event, Playing):
                _punch_all(event, pairs, line.peer_host)
                return Session(line=line, client=client, playing=event, pairs=pairs, answer_s=limits.answer_s)
            current = follow(url, seen, event.location, limits.dialogue)
            seen = (*seen, current.request_url)
        except BaseException:
            _close(line, pairs)
            raise
        _close(line, pairs)
        if before_redirect is not None:
            await before_redirect()


def _client(url: RtspUrl, line: Line, pairs: list[UdpPair], wishes: Wishes, limits: OpenLimits) -> RtspClient:
    def bind() -> tuple[int, int]:
        pairs.append(bind_pair(line.local_host))
        return ports_of(pairs[-1])

    return RtspClient(
        url, make_cnonce=lambda: secrets.token_hex(8), wishes=wishes, bind_udp=bind, limits=limits.dialogue
    )


def _punch_all(playing: Playing, pairs: list[UdpPair], peer_host: str) -> None:
    for grant in (playing.video, playing.audio):
        for pair in pairs:
            if grant is not None and grant.udp is not None and ports_of(pair) == grant.udp.client_ports:
                punch(pair, peer_host, grant.udp)


def _close(line: Line, pairs: list[UdpPair]) -> None:
    line.close()
    for pair in pairs:
        close_pair(pair)


async def _connect(url: RtspUrl, origin: AddressClass | None, trust: Trust, limits: OpenLimits) -> Line:
    """Connect to the very address that was checked."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(limits.connect_s):
            found = await loop.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
            family, kind, protocol, _, address = found[0]
            where = check_address(url, str(address[0]), origin)
            sock = socket.socket(family, kind, protocol)
            try:
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                await loop.sock_connect(sock, address)
            except BaseException:
                sock.close()
                raise
    except TimeoutError:
        raise HostSilentError from None
    line = Line(sock=sock, local_host=sock.getsockname()[0], peer_host=str(address[0]), found=where)
    return await _encrypt(line, url, trust, limits) if url.tls else line


async def _encrypt(line: Line, url: RtspUrl, trust: Trust, limits: OpenLimits) -> Line:
    """Put TLS and a pump between. The certificate is judged before a byte of RTSP is sent."""
    place = f"{url.host}:{url.port}"
    try:
        encrypted, sha256 = await asyncio.to_thread(handshake, line.sock, url.host, limits.answer_s)
    except TimeoutError:
        line.sock.close()
        raise AnswerLateError from None
    except BaseException:
        line.sock.close()
        raise
    try:
        shown = trust.pins.check(place, sha256)
        if shown is Shown.CHANGED and not trust.goes_on:
            raise CertificateChangedError(place, sha256)
        line.pump = TlsPump(encrypted)
    except BaseException:
        encrypted.close()
        raise
    line.sock = line.pump.plain
    line.alarm = str(CertificateChangedError(place, sha256, goes_on=True)) if shown is Shown.CHANGED else None
    return line


async def _talk(sock: socket.socket, client: RtspClient, answer_s: float) -> Playing | Redirected:
    loop = asyncio.get_running_loop()
    while True:
        try:
            async with asyncio.timeout(answer_s):
                request = client.to_send()
                if request:
                    await loop.sock_sendall(sock, request)
                data = await loop.sock_recv(sock, _READ_BYTES)
        except TimeoutError:
            raise AnswerLateError from None
        if not data:
            raise ClosedEarlyError
        for event in client.feed(data):
            if isinstance(event, Playing | Redirected):
                return event
