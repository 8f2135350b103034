"""The server's side of an RTSP/1.0 connection: requests in, answers and `Started`/`Ended` out.

Pure: no socket, no clock. The runner feeds bytes and the time, sends `Answer.data`, and begins or ends
sending media as told. One connection is one session with one track, over TCP (interleaved); UDP is
refused with 461, as many cameras behind firewalls do.
Invariant: media is only `Started` after a SETUP and a PLAY that were answered 200, with the
credentials when the server has any.
"""

import hashlib
import hmac
import re
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Final, Protocol

from ronda.media.errors import RtspSyntaxError
from ronda.media.rtsp_message import (
    Headers,
    InterleavedFrame,
    MessageReader,
    RtspRequest,
    RtspResponse,
    serialise,
)

HANG_UP: Final = 0  # a refusal without a word: the connection is closed
METHODS: Final = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN"
TRACK: Final = "trackID=0"

_REALM = "ronda"
_INTERLEAVED = re.compile(r"interleaved=(\d{1,3})(?:-(\d{1,3}))?")
_DIGEST_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


@dataclass(frozen=True, slots=True, kw_only=True)
class RtpStart:
    """Where a session's packets begin: the RTP-Info of the PLAY answer."""

    sequence: int
    timestamp: int


class Stage(Protocol):
    """What the runner knows about its streams. Paths have no slash at either end."""

    def refusal(self, path: str) -> int | None:
        """A status such as 404 or 503, or HANG_UP, when the path is refused now; None when it may be used."""
        ...

    def description(self, path: str) -> str:
        """The SDP of a path that is not refused."""
        ...

    def start(self, path: str) -> RtpStart:
        """Called once for each PLAY, before its answer is made."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    user: str
    password: str
    digest: bool  # ask for Digest; otherwise Basic


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Send this path's media from its next key frame on."""

    path: str
    channel: int  # RTP; RTCP goes on `control_channel`
    control_channel: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Send no more media; close the connection too when `close`."""

    close: bool


ServerEvent = Answer | Started | Ended


class RtspServerDialogue:
    """One client connection. `nonce` and `session` are fresh random texts from the runner."""

    def __init__(
        self,
        stage: Stage,
        *,
        session: str,
        nonce: str,
        now_us: int,
        credentials: Credentials | None = None,
        timeout_s: int = 60,
    ) -> None:
        self._stage = stage
        self._session = session
        self._nonce = nonce
        self._credentials = credentials
        self._timeout_s = timeout_s
        self._heard_us = now_us
        self._reader = MessageReader()
        self._path: str | None = None  # set up
        self._channels = (0, 1)
        self._playing = False

    def receive(self, data: bytes, now_us: int) -> list[ServerEvent]:
        """Take bytes from the client; what to do now, in order. Never raises for what a client sends."""
        self._heard_us = now_us
        self._reader.feed(data)
        events: list[ServerEvent] = []
        while True:
            try:
                message = self._reader.next_event()
            except RtspSyntaxError:
                return [*events, Answer(data=serialise(RtspResponse(status=400))), Ended(close=True)]
            if message is None:
                return events
            if isinstance(message, InterleavedFrame | RtspResponse):
                continue  # receiver reports and answers count as life, no more
            try:
                events += self._handle(message)
            except RtspSyntaxError:  # a header of the request that cannot be given back
                events += [Answer(data=serialise(RtspResponse(status=400))), Ended(close=True)]
            if isinstance(events[-1], Ended) and events[-1].close:
                return events

    def timed_out(self, now_us: int) -> bool:
        """Whether the client has been silent for longer than the session's time-out."""
        return now_us - self._heard_us > self._timeout_s * 1_000_000

    def _handle(self, request: RtspRequest) -> list[ServerEvent]:
        handlers = {
            "OPTIONS": self._options,
            "DESCRIBE": self._describe,
            "SETUP": self._setup,
            "PLAY": self._play,
            "PAUSE": self._pause,
            "GET_PARAMETER": self._keep_alive,
            "SET_PARAMETER": self._keep_alive,
            "TEARDOWN": self._teardown,
        }
        handler = handlers.get(request.method)
        if handler is None:
            return [self._answer(request, 501)]
        if request.method != "OPTIONS" and not self._may(request):
            return [self._answer(request, 401, ("WWW-Authenticate", self._challenge()))]
        return handler(request)

    def _options(self, request: RtspRequest) -> list[ServerEvent]:
        return [self._answer(request, 200, ("Public", METHODS))]

    def _describe(self, request: RtspRequest) -> list[ServerEvent]:
        path = _path_of(request.uri)
        refusal = self._stage.refusal(path)
        if refusal is not None:
            return self._refuse(request, refusal)
        body = self._stage.description(path).encode()
        base = request.uri.rstrip("/") + "/"
        response = RtspResponse(
            status=200,
            headers=self._headers(request, ("Content-Base", base), ("Content-Type", "application/sdp")),
            body=body,
        )
        return [Answer(data=serialise(response))]

    def _setup(self, request: RtspRequest) -> list[ServerEvent]:
        path = _path_of(request.uri)
        if not path.endswith("/" + TRACK):
            return [self._answer(request, 404)]
        path = path.removesuffix("/" + TRACK)
        refusal = self._stage.refusal(path)
        if refusal is not None:
            return self._refuse(request, refusal)
        if self._path is not None:
            return [self._answer(request, 455)]
        transport = request.headers.get("Transport") or ""
        chosen = _tcp_channels(transport)
        if chosen is None:
            return [self._answer(request, 461)]
        self._path, self._channels = path, chosen
        answer = f"RTP/AVP/TCP;unicast;interleaved={chosen[0]}-{chosen[1]}"
        session = f"{self._session};timeout={self._timeout_s}"
        return [self._answer(request, 200, ("Transport", answer), ("Session", session))]

    def _play(self, request: RtspRequest) -> list[ServerEvent]:
        wrong = self._wrong_session(request)
        if wrong is not None:
            return [self._answer(request, wrong)]
        assert self._path is not None
        refusal = self._stage.refusal(self._path)
        if refusal is not None:
            return self._refuse(request, refusal)
        if self._playing:
            return [self._answer(request, 200, ("Session", self._session))]
        start = self._stage.start(self._path)
        url = f"{request.uri.rstrip('/').removesuffix('/' + TRACK)}/{TRACK}"
        info = f"url={url};seq={start.sequence};rtptime={start.timestamp}"
        self._playing = True
        return [
            self._answer(request, 200, ("Session", self._session), ("Range", "npt=now-"), ("RTP-Info", info)),
            Started(path=self._path, channel=self._channels[0], control_channel=self._channels[1]),
        ]

    def _pause(self, request: RtspRequest) -> list[ServerEvent]:
        wrong = self._wrong_session(request)
        if wrong is not None:
            return [self._answer(request, wrong)]
        self._playing = False
        return [self._answer(request, 200, ("Session", self._session)), Ended(close=False)]

    def _keep_alive(self, request: RtspRequest) -> list[ServerEvent]:
        return [self._answer(request, 200, ("Session", self._session))]

    def _teardown(self, request: RtspRequest) -> list[ServerEvent]:
        self._playing, self._path = False, None
        return [self._answer(request, 200), Ended(close=True)]

    def _refuse(self, request: RtspRequest, refusal: int) -> list[ServerEvent]:
        ended = Ended(close=True)
        return [ended] if refusal == HANG_UP else [self._answer(request, refusal), ended]

    def _wrong_session(self, request: RtspRequest) -> int | None:
        if self._path is None:
            return 455
        named = (request.headers.get("Session") or "").split(";")[0].strip()
        return None if named == self._session else 454

    def _headers(self, request: RtspRequest, *more: tuple[str, str]) -> Headers:
        cseq = request.headers.get("CSeq")
        first = (("CSeq", cseq),) if cseq is not None else ()
        return Headers((*first, ("Server", "Ronda sim"), *more))

    def _answer(self, request: RtspRequest, status: int, *more: tuple[str, str]) -> Answer:
        return Answer(data=serialise(RtspResponse(status=status, headers=self._headers(request, *more))))

    def _challenge(self) -> str:
        if self._credentials is not None and self._credentials.digest:
            return f'Digest realm="{_REALM}", nonce="{self._nonce}", algorithm=MD5'
        return f'Basic realm="{_REALM}"'

    def _may(self, request: RtspRequest) -> bool:
        if self._credentials is None:
            return True
        scheme, _, rest = (request.headers.get("Authorization") or "").partition(" ")
        if self._credentials.digest:
            return scheme.lower() == "digest" and self._digest_fits(request, rest)
        if scheme.lower() != "basic":
            return False
        try:
            given = b64decode(rest.strip(), validate=True)
        except (Base64Error, ValueError):
            return False
        return hmac.compare_digest(given, f"{self._credentials.user}:{self._credentials.password}".encode())

    def _digest_fits(self, request: RtspRequest, rest: str) -> bool:
        assert self._credentials is not None
        fields = {name.lower(): quoted or bare for name, quoted, bare in _DIGEST_FIELD.findall(rest)}
        if fields.get("nonce") != self._nonce or fields.get("username") != self._credentials.user:
            return False
        secret = _md5(f"{self._credentials.user}:{_REALM}:{self._credentials.password}")
        deed = _md5(f"{request.method}:{fields.get('uri', '')}")
        wanted = _md5(f"{secret}:{self._nonce}:{deed}")
        return hmac.compare_digest(fields.get("response", "").encode(), wanted.encode())


def _md5(text: str) -> str:
    """Digest access authentication as cameras speak it (RFC 2617); a lock on a toy door, no more."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _path_of(uri: str) -> str:
    """`rtsp://host:port/a/b?x` or `/a/b` as `a/b`."""
    rest = re.sub(r"^[a-zA-Z]+://[^/]*", "", uri)
    return rest.split("?")[0].strip("/")


def _tcp_channels(transport: str) -> tuple[int, int] | None:
    """RTP and RTCP channel of the first TCP offer in a Transport header; None without a usable one."""
    for offer in transport.split(","):
        if "RTP/AVP/TCP" not in offer.upper():
            continue
        found = _INTERLEAVED.search(offer)
        if found is None:
            return 0, 1
        first = int(found[1])
        second = int(found[2]) if found[2] is not None else first + 1
        return (first, second) if max(first, second) <= 255 else None
    return None
