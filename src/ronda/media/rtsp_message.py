"""Read and write RTSP/1.0 messages; used by the client and by the server.

`MessageReader` takes bytes as they come and gives one event at a time: a request, a response, or
an interleaved `$` frame. It stops after each event, so that what follows a PLAY answer can be
taken away unread (`take_rest`) and handed to the packet engine.
Tolerant where cameras are sloppy (bare LF, header case, spaces), strict on sizes: a header block
is at most 64 KiB and a body at most 1 MiB, so that a hostile camera cannot fill memory.
No sockets, no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ronda.media.errors import RtspSyntaxError

MAX_HEADER_BYTES = 64 * 1024
MAX_BODY_BYTES = 1024 * 1024
MAX_HEADER_LINES = 256

_DOLLAR = 0x24


@dataclass(frozen=True, slots=True)
class Headers:
    """Header lines in order; names compare without case, as RFC 2326 asks."""

    lines: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """The first value of `name`, or None."""
        wanted = name.lower()
        return next((value for key, value in self.lines if key.lower() == wanted), None)

    def all(self, name: str) -> list[str]:
        """Every value of `name`: a camera may offer Basic and Digest in two lines."""
        wanted = name.lower()
        return [value for key, value in self.lines if key.lower() == wanted]

    def plus(self, name: str, value: str) -> "Headers":
        """These headers and one more line."""
        return Headers((*self.lines, (name, value)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RtspRequest:
    method: str
    uri: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @property
    def cseq(self) -> int | None:
        return _cseq(self.headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class RtspResponse:
    status: int
    reason: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @property
    def cseq(self) -> int | None:
        return _cseq(self.headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class InterleavedFrame:
    """`$`, channel, length and payload: RTP or RTCP inside the RTSP connection."""

    channel: int
    payload: bytes


RtspEvent = RtspRequest | RtspResponse | InterleavedFrame


def serialise(message: RtspRequest | RtspResponse) -> bytes:
    """The message as it goes over the wire, with Content-Length where there is a body.

    Raises RtspSyntaxError when a header or the URI holds a line break: that would start a line of
    its own at the other side.
    """
    if isinstance(message, RtspRequest):
        first = f"{message.method} {message.uri} RTSP/1.0"
    else:
        first = f"RTSP/1.0 {message.status} {message.reason or _REASONS.get(message.status, 'Unknown')}"
    lines = [first, *(f"{name}: {value}" for name, value in message.headers.lines)]
    if message.body and message.headers.get("Content-Length") is None:
        lines.append(f"Content-Length: {len(message.body)}")
    if any("\r" in line or "\n" in line for line in lines):
        raise RtspSyntaxError("an RTSP line must not hold a line break; the message was not sent")
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + message.body


def serialise_interleaved(channel: int, payload: bytes) -> bytes:
    """One `$` frame; payload at most 65,535 bytes."""
    if len(payload) > 0xFFFF:
        raise RtspSyntaxError(f"an interleaved frame holds at most 65535 bytes, not {len(payload)}")
    return bytes((_DOLLAR, channel)) + len(payload).to_bytes(2, "big") + payload


class MessageReader:
    """Cuts a byte stream into RTSP messages and interleaved frames, one at a time."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._searched = 0  # how far the end of the header block was looked for already

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        self._pending += data

    def next_event(self) -> RtspEvent | None:
        """The next whole message or frame, or None until more bytes are fed.

        Raises RtspSyntaxError; the connection cannot be used after that.
        """
        self._skip_blank_lines()
        if not self._pending:
            return None
        if self._pending[0] == _DOLLAR:
            return self._take_frame()
        return self._take_message()

    def take_rest(self) -> bytes:
        """All bytes not yet given as events; the reader is empty afterwards."""
        rest = bytes(self._pending)
        self._pending.clear()
        self._searched = 0
        return rest

    def _skip_blank_lines(self) -> None:
        blank = 0
        while blank < len(self._pending) and self._pending[blank] in b"\r\n":
            blank += 1
        if blank:
            del self._pending[:blank]
            self._searched = 0

    def _take_frame(self) -> InterleavedFrame | None:
        if len(self._pending) < 4:
            return None
        end = 4 + int.from_bytes(self._pending[2:4], "big")
        if len(self._pending) < end:
            return None
        frame = InterleavedFrame(channel=self._pending[1], payload=bytes(self._pending[4:end]))
        del self._pending[:end]
        return frame

    def _take_message(self) -> RtspRequest | RtspResponse | None:
        end = self._header_end()
        if end is None:
            return None
        lines = _unfold(bytes(self._pending[:end]))
        if not lines:
            raise RtspSyntaxError("an RTSP message has no first line, only blanks; the connection is closed")
        headers = _parse_headers(lines[1:])
        body_bytes = _body_length(headers)
        if len(self._pending) < end + body_bytes:
            return None
        body = bytes(self._pending[end : end + body_bytes])
        del self._pending[: end + body_bytes]
        self._searched = 0
        return _parse_first_line(lines[0], headers, body)

    def _header_end(self) -> int | None:
        _refuse_what_is_no_text(self._pending)
        start = max(0, self._searched - 3)
        ends = [
            at + len(mark)
            for mark in (b"\r\n\r\n", b"\n\n", b"\n\r\n")
            if (at := self._pending.find(mark, start, MAX_HEADER_BYTES + 4)) >= 0
        ]
        if ends:
            return min(ends)
        self._searched = len(self._pending)
        if len(self._pending) > MAX_HEADER_BYTES:
            raise RtspSyntaxError(
                f"the header of an RTSP message does not end within {MAX_HEADER_BYTES} bytes; "
                "the connection is closed"
            )
        return None


def _refuse_what_is_no_text(pending: bytearray) -> None:
    """Say early that the other side speaks no RTSP, instead of waiting for a blank line."""
    head = bytes(pending[:16])
    if any(byte < 0x20 and byte not in b"\r\n\t" for byte in head) or head[:5] in (b"HTTP/", b"SSH-2"):
        raise RtspSyntaxError(f"the answer is no RTSP: it begins with {head!r}")


def _unfold(block: bytes) -> list[str]:
    """Header lines as text, continuation lines joined to the line they continue."""
    lines: list[str] = []
    for raw in block.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if raw[:1] in (" ", "\t") and len(lines) > 1:
            lines[-1] += " " + raw.strip()
        elif raw.strip():
            lines.append(raw.strip())
    if len(lines) > MAX_HEADER_LINES:
        raise RtspSyntaxError(f"an RTSP message has {len(lines)} header lines, more than {MAX_HEADER_LINES}")
    return lines


def _parse_headers(lines: Iterable[str]) -> Headers:
    """Name and value of each line. A line without a colon is left out: some cameras send one."""
    pairs = (line.partition(":") for line in lines)
    return Headers(tuple((name.strip(), value.strip()) for name, colon, value in pairs if colon))


def _parse_first_line(line: str, headers: Headers, body: bytes) -> RtspRequest | RtspResponse:
    words = line.split(None, 2)
    if line.startswith("RTSP/"):
        if len(words) < 2 or not words[1].isascii() or not words[1].isdigit() or len(words[1]) != 3:
            raise RtspSyntaxError(f"an RTSP answer begins with {line[:80]!r}, which names no status")
        reason = words[2] if len(words) > 2 else ""
        return RtspResponse(status=int(words[1]), reason=reason, headers=headers, body=body)
    if len(words) == 3 and words[2].startswith("RTSP/") and words[0].replace("_", "").isalpha():
        return RtspRequest(method=words[0].upper(), uri=words[1], headers=headers, body=body)
    raise RtspSyntaxError(f"the other side speaks no RTSP: a message begins with {line[:80]!r}")


def _body_length(headers: Headers) -> int:
    text = headers.get("Content-Length")
    if text is None:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise RtspSyntaxError(f"Content-Length is {text[:40]!r}, which is no length")
    if int(text) > MAX_BODY_BYTES:
        raise RtspSyntaxError(f"the body of an RTSP message has {text} bytes, more than {MAX_BODY_BYTES}")
    return int(text)


def _cseq(headers: Headers) -> int | None:
    text = headers.get("CSeq")
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 12 else None


_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    459: "Aggregate Operation Not Allowed",
    461: "Unsupported Transport",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}
