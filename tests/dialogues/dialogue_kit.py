"""Dialogues as text, played against the client: what it must send, what the camera answers, what comes of it.

    url rtsp://u:p@cam/live     the camera's address; first
    wish sound | udp | tcp      what its entry allows
    ports                       the recorder may bind UDP ports: 5000-5001, 5002-5003, ...
    > METHOD address            the client must have sent this next
    > Name: glob                ... with such a header;  > !Name  ... without it
    < 200 OK                    the camera answers (CSeq by itself, unless a line names one)
    < Name: value               ... with this header;  < sdp NAME  ... with this description
    < -CSeq                     ... without CSeq
    ? METHOD address            the camera asks something itself, before its answer
    $ 0 6162                    a packet on a channel, before the answer;  $$ the same, after it
    . keepalive                 the recorder wants the session kept alive
    = outcome words             what the last bytes must have given

A dialogue file is named after the rule of `rtsp_policy.RULES` it shows. All are made up.
"""

import shlex
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ronda.media.errors import MediaError, RtspAuthError, RtspRefusedError
from ronda.media.rtsp_client import ClientEvent, KeepaliveAnswered, Playing, Redirected, RtspClient, Wishes
from ronda.media.rtsp_message import (
    InterleavedFrame,
    MessageReader,
    RtspRequest,
    RtspResponse,
    serialise_interleaved,
)
from ronda.media.rtsp_transport import Transport
from ronda.media.rtsp_url import parse_rtsp_url

FOLDER = Path(__file__).parent / "rules"
_VIDEO = (
    "v=0\r\ns=x\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=1\r\n"
    "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z2QAM6zoAoALWQ==,aO48MA==\r\n"
)
_SOUND = "m=audio 0 RTP/AVP 8\r\na=control:trackID=2\r\n"
DESCRIPTIONS = {
    "plain": _VIDEO,
    "sound": _VIDEO + _SOUND,
    "whole": _VIDEO.replace("control:trackID=1", "control:rtsp://cam/live/trackID=1?x=1"),
    "nocontrol": "\r\n".join(line for line in _VIDEO.split("\r\n") if "control" not in line),
}


@dataclass(slots=True)
class Stage:
    """Where a dialogue stands."""

    client: RtspClient
    name: str
    asked: list[RtspRequest | bytes] = field(default_factory=list)
    current: RtspRequest | None = None
    outcome: list[str] = field(default_factory=list)
    _reader: MessageReader = field(default_factory=MessageReader)

    def take(self, data: bytes) -> None:
        self._reader.feed(data)
        while (message := self._reader.next_event()) is not None:
            if isinstance(message, InterleavedFrame):
                self.asked.append(serialise_interleaved(message.channel, message.payload))
            elif isinstance(message, RtspResponse):
                self.outcome = [f"answered {message.status}"]
            else:
                self.asked.append(message)

    def feed(self, data: bytes) -> None:
        try:
            events = self.client.feed(data)
        except MediaError as fault:
            self.outcome = [words_of_fault(fault)]
            return
        if events:
            self.outcome = [words_of(event) for event in events]
        self.take(self.client.to_send())


def words_of(event: ClientEvent) -> str:
    if isinstance(event, Redirected):
        return f"redirected {event.location}"
    if isinstance(event, KeepaliveAnswered):
        return f"alive {event.status}"
    assert isinstance(event, Playing)

    def place(grant):
        if grant is None:
            return "none"
        if grant.udp is None:
            return f"{grant.rtp_channel}-{grant.rtcp_channel}"
        return f"{grant.udp.client_ports[0]}->{grant.udp.server_ports and grant.udp.server_ports[0]}"

    return (
        f"playing video={place(event.video)} sound={place(event.audio)} "
        f"timeout={event.session_timeout_s} early={event.early.hex()}"
    )


def words_of_fault(fault: MediaError) -> str:
    if isinstance(fault, RtspAuthError):
        return f"no-password {fault.status}"
    return f"refused {fault.status}" if isinstance(fault, RtspRefusedError) else type(fault).__name__


def play(path: Path) -> None:
    """Raises AssertionError with the line at which the dialogue went another way."""
    lines = [(number, line.strip()) for number, line in enumerate(path.read_text().splitlines(), 1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith("#")]
    stage = _start(path, [line for _, line in lines])
    answer: list[str] | None = None
    before, after = b"", b""
    for number, line in [*lines, (0, "end")]:
        where = f"{path.name}:{number}: {line}"
        kind, _, rest = line.partition(" ")
        if kind == "<" and answer is not None and not rest[:3].isdigit():
            answer.append(rest)
            continue
        if answer is not None and kind not in ("$$",):
            stage.feed(before + _answer(stage, answer) + after)
            answer, before, after = None, b"", b""
        if kind == "<":
            answer = [rest]
        elif kind in ("$", "$$"):
            channel, data = rest.split()
            frame = serialise_interleaved(int(channel), bytes.fromhex(data))
            before, after = (before + frame, after) if kind == "$" else (before, after + frame)
            if answer is not None and kind == "$":
                raise AssertionError(f"{where}: $ stands before its answer")
        elif kind == "?":
            stage.feed(f"{rest} RTSP/1.0\r\nCSeq: 77\r\n\r\n".encode())
        elif kind == ">":
            _expect(stage, rest, where)
        elif kind == ".":
            stage.take(stage.client.keepalive())
        elif kind == "=":
            _outcome(stage, rest, where)
    assert not stage.asked, f"{path.name}: the client also sent {stage.asked[0]!r}"


def _start(path: Path, lines: list[str]) -> Stage:
    url, wishes, has_ports = "", Wishes(), False
    for line in lines:
        kind, _, rest = line.partition(" ")
        if kind == "url":
            url = rest
        elif kind == "wish":
            is_transport = rest in set(Transport)
            wishes = Wishes(transport=Transport(rest), sound=wishes.sound) if is_transport else Wishes(sound=True)
        has_ports = has_ports or kind == "ports"
    ports = iter([(5000, 5001), (5002, 5003), (5004, 5005)])
    client = RtspClient(
        parse_rtsp_url(url),
        make_cnonce=lambda: "c0ffee",
        wishes=wishes,
        bind_udp=(lambda: next(ports)) if has_ports else None,
    )
    stage = Stage(client, path.stem)
    stage.take(client.to_send())
    return stage


def _answer(stage: Stage, lines: list[str]) -> bytes:
    assert stage.current is not None, f"{stage.name}: an answer to nothing"
    out, body, cseq = [f"RTSP/1.0 {lines[0]}"], "", f"CSeq: {stage.current.cseq}"
    for line in lines[1:]:
        if line.startswith("sdp "):
            body = DESCRIPTIONS[line[4:]]
            out += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
        elif line == "-CSeq":
            cseq = ""
        elif line.lower().startswith("cseq:"):
            cseq = line
        else:
            out.append(line)
    return ("\r\n".join([*out, *([cseq] if cseq else []), "", ""]) + body).encode()


def _expect(stage: Stage, rest: str, where: str) -> None:
    name, colon, glob = rest.partition(": ")
    if rest.startswith("!"):
        assert stage.current is not None
        assert stage.current.headers.get(rest[1:]) is None, where
    elif colon and " " not in name:
        assert stage.current is not None
        value = stage.current.headers.get(name) or ""
        assert fnmatchcase(value, glob), f"{where}: it is {value!r}"
    elif rest.startswith("packet "):
        sent = stage.asked.pop(0) if stage.asked else None
        assert isinstance(sent, bytes), f"{where}: it is {sent!r}"
        assert fnmatchcase(sent.hex(), rest.removeprefix("packet ")), f"{where}: it is {sent.hex()}"
    else:
        assert stage.asked, f"{where}: the client sent nothing; outcome {stage.outcome}"
        request = stage.asked.pop(0)
        assert isinstance(request, RtspRequest), f"{where}: it is {request!r}"
        assert f"{request.method} {request.uri}" == rest, f"{where}: it is {request.method} {request.uri}"
        stage.current = request


def _outcome(stage: Stage, rest: str, where: str) -> None:
    assert stage.outcome, f"{where}: nothing came of it"
    found = stage.outcome.pop(0)
    missing = [word for word in shlex.split(rest) if not any(fnmatchcase(one, word) for one in found.split())]
    assert not missing, f"{where}: it is {found!r}"
