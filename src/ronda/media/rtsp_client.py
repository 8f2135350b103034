"""The client's side of an RTSP dialogue as a state machine: bytes in, events and bytes out.

OPTIONS, DESCRIBE, SETUP of the video track interleaved in TCP, PLAY; then keepalives and TEARDOWN.
The channel numbers are those of the SETUP answer, since some cameras do not grant what was asked.
After `Playing` the reader is emptied: `Playing.early` holds the bytes that came already, and only
what the packet engine hands back is fed here again.

    OPTIONS -> DESCRIBE -> SETUP -> PLAY -> PLAYING     a 401 repeats the step once with an answer
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ronda.media.digest import Authenticator
from ronda.media.errors import RtspAuthError, RtspRefusedError, RtspSyntaxError
from ronda.media.rtsp_message import (
    Headers,
    InterleavedFrame,
    MessageReader,
    RtspRequest,
    RtspResponse,
    serialise,
    serialise_interleaved,
)
from ronda.media.rtsp_url import RtspUrl
from ronda.media.sdp import Description, read_description

DEFAULT_SESSION_TIMEOUT_S = 60
MAX_EARLY_BYTES = 4 * 1024 * 1024
MAX_TRIES_OF_A_STEP = 3


class Step(Enum):
    """Where the dialogue stands: the request that waits for its answer."""

    OPTIONS = "OPTIONS"
    DESCRIBE = "DESCRIBE"
    SETUP = "SETUP"
    PLAY = "PLAY"
    PLAYING = "PLAYING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """The camera has agreed to send."""

    description: Description
    rtp_channel: int
    rtcp_channel: int
    session_timeout_s: int
    early: bytes  # interleaved bytes that came with or before the PLAY answer


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepaliveAnswered:
    """The camera answered a request after PLAY; `status` is its RTSP status."""

    status: int


ClientEvent = Playing | KeepaliveAnswered


class RtspClient:
    """One dialogue with one camera. Feed what arrives, send what `to_send` gives."""

    def __init__(self, url: RtspUrl, *, make_cnonce: Callable[[], str], agent: str = "Ronda") -> None:
        self._url, self._agent = url, agent
        self._auth = (
            Authenticator(url.user, url.password, make_cnonce=make_cnonce) if url.user is not None else None
        )
        self._reader = MessageReader()
        self._out = bytearray()
        self._early = bytearray()
        self._cseq = 0
        self._tries = 0
        self._session: str | None = None
        self._timeout_s = DEFAULT_SESSION_TIMEOUT_S
        self._methods: frozenset[str] = frozenset()
        self._keepalive_method: str | None = None
        self._description: Description | None = None
        self._channels = (0, 1)
        self._last: tuple[str, str, tuple[tuple[str, str], ...]] = ("", "", ())
        self.step = Step.OPTIONS
        self._ask("OPTIONS", url.request_url)

    def to_send(self) -> bytes:
        """Bytes that should go to the camera now; each is given once."""
        out = bytes(self._out)
        self._out.clear()
        return out

    def feed(self, data: bytes) -> list[ClientEvent]:
        """Bytes from the camera. Raises MediaError when the dialogue cannot go on."""
        self._reader.feed(data)
        events: list[ClientEvent] = []
        while (message := self._reader.next_event()) is not None:
            match message:
                case InterleavedFrame():
                    self._keep_early(message)
                case RtspRequest():
                    self._answer(message)
                case RtspResponse():
                    event = self._advance(message)
                    if event is not None:
                        events.append(event)
        return events

    def keepalive(self) -> bytes:
        """The request that keeps the session alive: GET_PARAMETER where it is known, else OPTIONS."""
        if self._keepalive_method is None:
            known = "GET_PARAMETER" in self._methods
            self._keepalive_method = "GET_PARAMETER" if known else "OPTIONS"
        self._tries = 0
        self._ask(self._keepalive_method, self._play_url())
        return self.to_send()

    def teardown(self) -> bytes:
        self._ask("TEARDOWN", self._play_url())
        return self.to_send()

    def _play_url(self) -> str:
        return self._description.play_url if self._description else self._url.request_url

    def _ask(self, method: str, uri: str, *more: tuple[str, str]) -> None:
        self._last = (method, uri, more)
        self._cseq += 1
        lines = [("CSeq", str(self._cseq)), ("User-Agent", self._agent)]
        if self._session is not None:
            lines.append(("Session", self._session))
        authorization = self._auth.header(method, uri) if self._auth else None
        if authorization is not None:
            lines.append(("Authorization", authorization))
        self._out += serialise(RtspRequest(method=method, uri=uri, headers=Headers((*lines, *more))))

    def _answer(self, request: RtspRequest) -> None:
        """A camera may ask something itself; a polite refusal keeps the connection."""
        headers = Headers((("CSeq", request.headers.get("CSeq") or "0"),))
        self._out += serialise(RtspResponse(status=501, headers=headers))

    def _keep_early(self, frame: InterleavedFrame) -> None:
        """Packets may overtake the PLAY answer; without them the first key frame would be lost."""
        if self.step is Step.PLAY and len(self._early) < MAX_EARLY_BYTES:
            self._early += serialise_interleaved(frame.channel, frame.payload)

    def _advance(self, answer: RtspResponse) -> ClientEvent | None:
        if answer.cseq is not None and answer.cseq != self._cseq:
            return None  # the answer to a request that was repeated meanwhile
        if answer.status < 200:
            return None
        if answer.status == 401 and self._try_again(answer):
            return None
        self._take_session(answer)
        if self.step is Step.PLAYING:
            return self._after_playing(answer)
        if answer.status >= 300 and (self.step is not Step.OPTIONS or answer.status == 401):
            raise self._refusal(answer)
        if self.step is Step.PLAY:
            return self._after_play()
        if self.step is Step.OPTIONS:
            self._after_options(answer)
        elif self.step is Step.DESCRIBE:
            self._after_describe(answer)
        else:
            self._after_setup(answer)
        return None

    def _try_again(self, answer: RtspResponse) -> bool:
        self._tries += 1
        challenges = answer.headers.all("WWW-Authenticate")
        if self._auth is None or self._tries >= MAX_TRIES_OF_A_STEP:
            return False
        if not self._auth.take_challenge(challenges):
            return False
        method, uri, more = self._last
        self._ask(method, uri, *more)
        return True

    def _next(self, step: Step, uri: str, *more: tuple[str, str]) -> None:
        self.step, self._tries = step, 0
        self._ask(step.value, uri, *more)

    def _after_options(self, answer: RtspResponse) -> None:
        """OPTIONS only tells which keepalive is known; a camera that refuses it may still play."""
        public = answer.headers.get("Public") or answer.headers.get("Allow") or ""
        self._methods = frozenset(word.strip().upper() for word in public.split(","))
        self._next(Step.DESCRIBE, self._url.request_url, ("Accept", "application/sdp"))

    def _after_describe(self, answer: RtspResponse) -> None:
        base = answer.headers.get("Content-Base") or answer.headers.get("Content-Location")
        self._description = read_description(answer.body, request_url=self._url.request_url, content_base=base)
        transport = ("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")
        self._next(Step.SETUP, self._description.video.control_url, transport)

    def _after_setup(self, answer: RtspResponse) -> None:
        self._channels = _granted_channels(answer.headers.get("Transport"))
        self._next(Step.PLAY, self._play_url(), ("Range", "npt=0.000-"))

    def _after_play(self) -> Playing:
        self.step = Step.PLAYING
        early = bytes(self._early) + self._reader.take_rest()
        self._early.clear()
        if self._description is None:
            raise RtspSyntaxError("PLAY was answered before DESCRIBE; the connection is closed")
        return Playing(
            description=self._description,
            rtp_channel=self._channels[0],
            rtcp_channel=self._channels[1],
            session_timeout_s=self._timeout_s,
            early=early,
        )

    def _after_playing(self, answer: RtspResponse) -> KeepaliveAnswered:
        if answer.status >= 400 and self._keepalive_method == "GET_PARAMETER":
            self._keepalive_method = "OPTIONS"
        return KeepaliveAnswered(status=answer.status)

    def _take_session(self, answer: RtspResponse) -> None:
        text = answer.headers.get("Session")
        if text is None or self.step in (Step.OPTIONS, Step.DESCRIBE):
            return
        name, _, rest = text.partition(";")
        self._session = name.strip()[:256]
        timeout = re.search(r"timeout\s*=\s*(\d{1,6})", rest, re.IGNORECASE)
        if timeout and int(timeout[1]) > 0:
            self._timeout_s = int(timeout[1])

    def _refusal(self, answer: RtspResponse) -> RtspRefusedError:
        says = f"{answer.status} {answer.reason}".strip()[:80]
        place = f"{self._url.host}:{self._url.port}"
        if answer.status in (401, 403):
            told = "the user name or password" if self._auth else "requests without user name and password"
            return RtspAuthError(
                f"the camera at {place} refuses {told} ({says}). "
                "Next: put the right ones into the address, rtsp://user:password@host/path",
                status=answer.status,
            )
        hint = {
            404: "Next: check the path of the address in the camera's manual",
            461: "It does not offer RTP inside the RTSP connection. Next: allow RTSP over TCP in the camera",
            453: "It has no connection left. Next: end other viewers of this camera",
        }.get(answer.status, "Next: check the address and the camera's stream settings")
        return RtspRefusedError(
            f"the camera at {place} refuses {self.step.value} ({says}). {hint}", status=answer.status
        )


def _granted_channels(transport: str | None) -> tuple[int, int]:
    """RTP and RTCP channel of a SETUP answer; those asked for where it names none."""
    if transport is None:
        return 0, 1
    found = re.search(r"interleaved\s*=\s*(\d{1,3})(?:\s*-\s*(\d{1,3}))?", transport, re.IGNORECASE)
    if found is None:
        if "client_port" in transport.lower():
            raise RtspRefusedError(
                f"the camera wants to send by UDP ({transport[:120]}), which Ronda does not record. "
                "Next: set the camera to RTSP over TCP",
                status=461,
            )
        return 0, 1
    rtp = int(found[1])
    rtcp = int(found[2]) if found[2] else rtp + 1
    if rtp > 255 or rtcp > 255 or rtp == rtcp:
        raise RtspSyntaxError(f"the camera grants the channels {found[0][:40]!r}, which do not exist")
    return rtp, rtcp
