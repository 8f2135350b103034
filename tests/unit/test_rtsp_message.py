"""RTSP messages: bounded, tolerant of sloppy cameras, clear about what is no RTSP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ronda.media.errors import RtspSyntaxError
from ronda.media.rtsp_message import (
    MAX_BODY_BYTES,
    MAX_HEADER_BYTES,
    Headers,
    InterleavedFrame,
    MessageReader,
    RtspRequest,
    RtspResponse,
    serialise,
    serialise_interleaved,
)

NAMES = st.text("abcXYZ-", min_size=1, max_size=12)
VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=30)


def read_all(data: bytes, step: int = 1 << 20) -> list[object]:
    reader, found = MessageReader(), []
    for at in range(0, len(data), step):
        reader.feed(data[at : at + step])
        while (event := reader.next_event()) is not None:
            found.append(event)
    return found


@given(
    st.lists(st.tuples(NAMES.filter(lambda name: name.lower() != "content-length"), VALUES), max_size=6),
    st.binary(max_size=200),
    st.integers(1, 40),
)
def test_what_is_written_reads_back_the_same_in_steps_of_any_size(lines, body, step):
    """Requests, responses and packets share one connection and come in pieces."""
    request = RtspRequest(method="SETUP", uri="rtsp://a/b?c=1", headers=Headers(tuple(lines)), body=body)
    response = RtspResponse(status=200, reason="OK", headers=Headers(tuple(lines)), body=body)
    data = serialise(request) + serialise_interleaved(3, body) + serialise(response)
    first, frame, last = read_all(data, step)
    assert (first.method, first.uri, first.body) == ("SETUP", "rtsp://a/b?c=1", body)
    assert frame == InterleavedFrame(channel=3, payload=body)
    assert (last.status, last.body) == (200, body)
    assert [line for line in last.headers.lines if line[0] != "Content-Length"] == lines


def test_the_reader_stops_after_each_event_so_that_packets_can_be_taken_away():
    """What follows the PLAY answer belongs to the packet engine."""
    reader = MessageReader()
    reader.feed(b"RTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n$\x00\x00\x02ab$\x00")
    assert reader.next_event().cseq == 4
    assert reader.take_rest() == b"$\x00\x00\x02ab$\x00"
    assert reader.next_event() is None


@pytest.mark.parametrize(
    "text",
    [
        b"RTSP/1.0 200 OK\nCseq: 7\n\n",
        b"\r\n\r\nRTSP/1.0 200 OK\r\nCSEQ:7\r\n\r\n",
        b"RTSP/1.0 200\r\ncseq:   7  \r\n\r\n",
        b"RTSP/1.0 200 OK\r\nX: a\r\n b\r\nCSeq: 7\r\nno colon here\r\n\r\n",
    ],
)
def test_sloppy_answers_are_understood(text: bytes):
    """Bare line feeds, blank lines before, header case, no reason, folded lines."""
    (answer,) = read_all(text)
    assert (answer.status, answer.cseq) == (200, 7)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello world, this is a chat\r\n\r\n",
        b"RTSP/1.0 OK\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -4\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1),
        b"RTSP/1.0 200 OK\r\nX: " + b"a" * (MAX_HEADER_BYTES + 10),
        b"RTSP/1.0 200 OK\r\n" + b"X: a\r\n" * 300 + b"\r\n",
        b"\t\n\r\n",  # nothing but blanks, and yet a header's end
    ],
)
def test_what_is_no_rtsp_or_too_large_is_refused(data: bytes):
    """A hostile or wrong host must not fill the memory, nor keep us waiting for a blank line."""
    with pytest.raises(RtspSyntaxError):
        read_all(data)


def test_a_line_break_in_a_header_is_never_sent():
    """It would begin a header of its own at the camera."""
    with pytest.raises(RtspSyntaxError):
        serialise(RtspRequest(method="PLAY", uri="rtsp://a/\r\nX: 1"))
