"""The client's side of an RTSP dialogue as a state machine: bytes in, events and bytes out.

OPTIONS, DESCRIBE, SETUP of the picture and, where it is allowed, of the sound, PLAY; then keepalives
and TEARDOWN. What it puts up with is listed in `rtsp_policy`, each with its reason and its test.
After `Playing` the reader is emptied: `Playing.early` holds the bytes that came already, and only
what the packet engine hands back is fed here again.

    OPTIONS -> DESCRIBE -> SETUP [-> SETUP of sound] -> PLAY -> PLAYING
    a 401 repeats the step with an answer; a redirect ends the dialogue with an address
"""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ronda.media.digest import Authenticator
from ronda.media.errors import MediaError, RtspAuthError, RtspRefusedError, RtspSyntaxError
from ronda.media.rtsp_message import (
    Headers,
    InterleavedFrame,
    MessageReader,
    RtspRequest,
    RtspResponse,
    serialise,
    serialise_interleaved,
)
from ronda.media.rtsp_policy import PATIENCE, Limits
from ronda.media.rtsp_transport import TrackGrant, Transport, granted, is_udp, receiver_report, transport_line
from ronda.media.rtsp_url import RtspUrl
from ronda.media.sdp import Description, read_description

DEFAULT_SESSION_TIMEOUT_S = 60
OUR_SSRC = 0x526F6E64
_PLAY_ELSEWHERE = (404, 455, 459, 460)
_REDIRECTS = (301, 302, 303, 305, 307)
_UNSUPPORTED_TRANSPORT = 461


class Step(Enum):
    """Where the dialogue stands: the request that waits for its answer."""

    OPTIONS = "OPTIONS"
    DESCRIBE = "DESCRIBE"
    SETUP = "SETUP"
    SETUP_SOUND = "SETUP of sound"
    PLAY = "PLAY"
    PLAYING = "PLAYING"

    @property
    def method(self) -> str:
        return self.value.split()[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is asked of a camera. sound: only where the register gives a ground for it.

    play: headers of PLAY in place of "from now on", as a replay needs them
    """

    transport: Transport = Transport.AUTO
    sound: bool = False
    play: tuple[tuple[str, str], ...] = (("Range", "npt=0.000-"),)


PLAIN_WISHES = Wishes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """The camera has agreed to send."""

    description: Description
    video: TrackGrant
    audio: TrackGrant | None  # None: silent, not wished, or refused
    session_timeout_s: int
    early: bytes  # interleaved bytes that came with or before the PLAY answer

    @property
    def rtp_channel(self) -> int:
        return self.video.rtp_channel

    @property
    def rtcp_channel(self) -> int:
        return self.video.rtcp_channel


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepaliveAnswered:
    """The camera answered a request after PLAY; `status` is its RTSP status."""

    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirected:
    """The camera is somewhere else; this dialogue is over."""

    location: str | None


ClientEvent = Playing | KeepaliveAnswered | Redirected


class RtspClient:
    """One dialogue with one camera. Feed what arrives, send what `to_send` gives.

    bind_udp   binds the sockets of one more track and gives their ports; without it no UDP
    """

    def __init__(
        self,
        url: RtspUrl,
        *,
        make_cnonce: Callable[[], str],
        agent: str = "Ronda",
        wishes: Wishes = PLAIN_WISHES,
        bind_udp: Callable[[], tuple[int, int]] | None = None,
        limits: Limits = PATIENCE,
    ) -> None:
        self._url, self._agent, self._wishes, self._limits = url, agent, wishes, limits
        self._bind_udp = bind_udp
        self._by_udp = wishes.transport is Transport.UDP and bind_udp is not None
        self._auth = (
            Authenticator(url.user, url.password, make_cnonce=make_cnonce) if url.user is not None else None
        )
        self._reader = MessageReader()
        self._out = bytearray()
        self._early = bytearray()
        self._cseq = self._answered = self._tries = self._messages = 0
        self._session: str | None = None
        self._timeout_s = DEFAULT_SESSION_TIMEOUT_S
        self._keepalives = ["GET_PARAMETER", "OPTIONS", "RTCP"]
        self._unanswered = 0
        self._description: Description | None = None
        self._channels = (0, 1)  # of the SETUP that waits
        self._udp_ports: tuple[int, int] | None = None
        self._video: TrackGrant | None = None
        self._audio: TrackGrant | None = None
        self._played_url: str | None = None
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
                    self._count_message()
                    self._answer(message)
                case RtspResponse():
                    self._count_message()
                    event = self._advance(message)
                    if event is not None:
                        events.append(event)
        return events

    def keepalive(self) -> bytes:
        """What keeps the session alive: a request, or an RTCP report where requests are refused."""
        if self._unanswered >= self._limits.unanswered_keepalives:
            self._other_keepalive()
        self._tries = 0
        if self._keepalives[0] == "RTCP" and self._video is not None:
            report = receiver_report(OUR_SSRC)
            return serialise_interleaved(self._video.rtcp_channel, report)
        self._unanswered += 1
        self._ask(self._keepalives[0], self._play_url())
        return self.to_send()

    def teardown(self) -> bytes:
        self._ask("TEARDOWN", self._play_url())
        return self.to_send()

    def _play_url(self) -> str:
        if self._played_url is not None:
            return self._played_url
        return self._description.play_url if self._description else self._url.request_url

    def _other_keepalive(self) -> None:
        """The next kind; the last is kept. By UDP requests stay: reports go to a port of their own."""
        self._unanswered = 0
        is_last = len(self._keepalives) == 1
        if not is_last and not (self._by_udp and self._keepalives[1] == "RTCP"):
            del self._keepalives[0]

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

    def _count_message(self) -> None:
        self._messages += 1
        if self.step is not Step.PLAYING and self._messages > self._limits.messages:
            raise RtspSyntaxError(
                "the camera sends messages without end and grants nothing; the connection is closed"
            )

    def _answer(self, request: RtspRequest) -> None:
        """A camera may ask something itself; a polite refusal keeps the connection."""
        headers = Headers((("CSeq", request.headers.get("CSeq") or "0"),))
        self._out += serialise(RtspResponse(status=501, headers=headers))

    def _keep_early(self, frame: InterleavedFrame) -> None:
        """Packets may overtake the PLAY answer; those of older sessions come on other channels."""
        if self.step is not Step.PLAY or len(self._early) >= self._limits.early_bytes:
            return
        grants = [grant for grant in (self._video, self._audio) if grant is not None]
        if any(frame.channel in (grant.rtp_channel, grant.rtcp_channel) for grant in grants):
            self._early += serialise_interleaved(frame.channel, frame.payload)

    def _advance(self, answer: RtspResponse) -> ClientEvent | None:
        is_late = self.step is Step.PLAYING and answer.cseq is not None and answer.cseq <= self._answered
        if answer.status < 200 or is_late:
            return None  # not yet the answer, or that to a keepalive of before
        self._answered = self._cseq
        if answer.status == 401 and self._try_again(answer):
            return None
        if self._auth and answer.status != 401:
            self._auth.take_info(answer.headers.get("Authentication-Info"))
            self._auth.worked()
        self._take_session(answer)
        if self.step is Step.PLAYING:
            return self._after_playing(answer)
        if answer.status in _REDIRECTS:
            return Redirected(location=answer.headers.get("Location"))
        if answer.status >= 300 and self._goes_on_without(answer):
            return None
        if self.step is Step.PLAY:
            return self._after_play()
        {
            Step.OPTIONS: self._after_options,
            Step.DESCRIBE: self._after_describe,
            Step.SETUP: self._after_setup,
            Step.SETUP_SOUND: self._after_setup_sound,
        }[self.step](answer)
        return None

    def _try_again(self, answer: RtspResponse) -> bool:
        self._tries += 1
        challenges = answer.headers.all("WWW-Authenticate")
        if self._auth is None or self._tries >= self._limits.tries_of_a_step:
            return False
        if not self._auth.take_challenge(challenges):
            return False
        method, uri, more = self._last
        self._ask(method, uri, *more)
        return True

    def _goes_on_without(self, answer: RtspResponse) -> bool:
        """Whether another request was asked in place of the refused one. Raises where there is none."""
        if self.step is Step.OPTIONS and answer.status != 401:
            self._after_options(answer)
            return True
        if self.step is Step.SETUP_SOUND:
            self._play()
            return True
        if self.step is Step.SETUP and answer.status == _UNSUPPORTED_TRANSPORT and self._may_turn_to_udp():
            self._turn_to_udp()
            return True
        if self.step is Step.PLAY and answer.status in _PLAY_ELSEWHERE and self._description is not None:
            url = self._description.video.control_url
            if url != self._play_url():
                self._played_url = url
                self._play()
                return True
        raise self._refusal(answer)

    def _next(self, step: Step, uri: str, *more: tuple[str, str]) -> None:
        self.step, self._tries = step, 0
        self._ask(step.method, uri, *more)

    def _after_options(self, answer: RtspResponse) -> None:
        """OPTIONS only tells which keepalive is known; a camera that refuses it may still play."""
        public = answer.headers.get("Public") or answer.headers.get("Allow") or ""
        if "GET_PARAMETER" not in {word.strip().upper() for word in public.split(",")}:
            self._keepalives.remove("GET_PARAMETER")
        self._next(Step.DESCRIBE, self._url.request_url, ("Accept", "application/sdp"))

    def _after_describe(self, answer: RtspResponse) -> None:
        base = answer.headers.get("Content-Base") or answer.headers.get("Content-Location")
        self._description = read_description(answer.body, request_url=self._url.request_url, content_base=base)
        self._setup(Step.SETUP, self._description.video.control_url, (0, 1))

    def _setup(self, step: Step, url: str, channels: tuple[int, int]) -> None:
        self._channels = channels
        self._udp_ports = self._bind_udp() if self._by_udp and self._bind_udp else None
        self._next(step, url, transport_line(channels, self._udp_ports))

    def _may_turn_to_udp(self) -> bool:
        return not self._by_udp and self._wishes.transport is Transport.AUTO and self._bind_udp is not None

    def _turn_to_udp(self) -> None:
        if self._description is not None:
            self._by_udp = True
            self._setup(Step.SETUP, self._description.video.control_url, (0, 1))

    def _after_setup(self, answer: RtspResponse) -> None:
        transport = answer.headers.get("Transport")
        if is_udp(transport) and self._may_turn_to_udp():
            self._turn_to_udp()
            return
        self._video = granted(transport, (0, 1), self._udp_ports)
        audio = self._description.audio if self._description else None
        if audio is not None and self._wishes.sound:
            first = max(self._video.rtp_channel, self._video.rtcp_channel) + 1
            self._setup(Step.SETUP_SOUND, audio.control_url, (first, first + 1) if first < 255 else (2, 3))
        else:
            self._play()

    def _after_setup_sound(self, answer: RtspResponse) -> None:
        """A sound track on the picture's own channels would be taken for pictures: it is left out."""
        picture = (self.video_grant.rtp_channel, self.video_grant.rtcp_channel)
        with contextlib.suppress(MediaError):
            grant = granted(answer.headers.get("Transport"), self._channels, self._udp_ports)
            if grant.udp is not None or grant.rtp_channel not in picture:
                self._audio = grant
        self._play()

    @property
    def video_grant(self) -> TrackGrant:
        """Raises RtspSyntaxError before SETUP was answered."""
        if self._video is None:
            raise RtspSyntaxError("SETUP was not answered before PLAY; the connection is closed")
        return self._video

    def _play(self) -> None:
        self._next(Step.PLAY, self._play_url(), *self._wishes.play)

    def _after_play(self) -> Playing:
        self.step = Step.PLAYING
        early = bytes(self._early) + self._reader.take_rest()
        self._early.clear()
        if self._description is None:
            raise RtspSyntaxError("PLAY was answered before DESCRIBE; the connection is closed")
        return Playing(
            description=self._description,
            video=self.video_grant,
            audio=self._audio,
            session_timeout_s=self._timeout_s,
            early=early,
        )

    def _after_playing(self, answer: RtspResponse) -> KeepaliveAnswered:
        if answer.status >= 400:
            self._other_keepalive()
        self._unanswered = 0
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
            461: "It does not offer this transport. Next: allow RTSP over TCP in the camera",
            453: "It has no connection left. Next: end other viewers of this camera",
        }.get(answer.status, "Next: check the address and the camera's stream settings")
        return RtspRefusedError(
            f"the camera at {place} refuses {self.step.value} ({says}). {hint}", status=answer.status
        )
