"""The branches of RTSP that noise does not reach: messages beyond a cap, talks that go to their end.

Each is made on purpose, and ends in a value or in one of our own errors.
"""

import pytest

from ronda.core.errors import RondaError
from ronda.media.errors import RtspAuthError
from ronda.media.rtsp_client import Playing, RtspClient
from ronda.media.rtsp_message import (
    Headers,
    MessageReader,
    RtspRequest,
    RtspResponse,
    serialise,
    serialise_interleaved,
)
from ronda.media.rtsp_policy import PATIENCE
from ronda.media.rtsp_server import HANG_UP, TRACK, Answer, Ended, RtpStart, RtspServerDialogue
from ronda.media.rtsp_url import MAX_URL_CHARS, parse_rtsp_url


@pytest.mark.parametrize(
    "data",
    [
        b"RTSP/1.0 200 OK\r\nX: " + b"a" * 200_000,
        b"RTSP/1.0 200 OK\r\n" + b"X: a\r\n" * 1000 + b"\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n",
    ],
    ids=["head without end", "too many lines", "body too large"],
)
def test_a_message_beyond_a_cap_is_refused(data: bytes):
    reader = MessageReader()
    reader.feed(data)
    with pytest.raises(RondaError):
        reader.next_event()


def test_what_cannot_be_sent_is_not_sent():
    """A header that would begin a second line; a frame that its length cannot say."""
    with pytest.raises(RondaError, match="line break"):
        serialise(RtspRequest(method="GET", uri="rtsp://h/", headers=Headers().plus("X", "a\r\nY: b")))
    with pytest.raises(RondaError, match="65535"):
        serialise_interleaved(0, bytes(0x10000))
    assert RtspRequest(method="GET", uri="*", headers=Headers((("CSeq", "7"),))).cseq == 7
    assert RtspResponse(status=200, headers=Headers((("CSeq", "x"),))).cseq is None


@pytest.mark.parametrize(
    "text", ["rtsp://h/" + "a" * MAX_URL_CHARS, "rtsp://[::1/x", "rtsp://[::1]x/", "rtsp://[::1]:x/"]
)
def test_an_address_that_cannot_be_taken_apart_is_refused(text: str):
    with pytest.raises(RondaError):
        parse_rtsp_url(text)


def test_an_address_with_a_query_and_no_path_is_read():
    url = parse_rtsp_url("rtsp://h?channel=1")
    assert (url.host, url.port) == ("h", 554)
    assert parse_rtsp_url("rtsp://[::1]:8554/a").host == "::1"


def told(client: RtspClient, *answers: bytes) -> list[object]:
    return [event for answer in answers for event in client.feed(answer)]


def dialogue(address: str = "rtsp://u:hush@h/a") -> RtspClient:
    client = RtspClient(parse_rtsp_url(address), make_cnonce=lambda: "c")
    client.to_send()
    return client


def test_what_a_camera_asks_itself_is_answered_with_a_polite_refusal():
    client = dialogue()
    client.feed(b"OPTIONS * RTSP/1.0\r\nCSeq: 31\r\n\r\n")
    assert client.to_send().startswith(b"RTSP/1.0 501")
    client.feed(b"GET_PARAMETER * RTSP/1.0\r\nCSeq: 32\r\n\r\n")
    assert b"CSeq: 32" in client.to_send()


def test_messages_without_end_that_grant_nothing_end_the_talk():
    client = dialogue()
    for _ in range(PATIENCE.messages):
        client.feed(b"RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\n")
    with pytest.raises(RondaError, match="without end"):
        client.feed(b"RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\n")


@pytest.mark.parametrize("challenge", ["", 'WWW-Authenticate: Bearer realm="r"\r\n', "WWW-Authenticate: ,\r\n"])
def test_a_refusal_that_names_no_way_to_log_in_is_a_wrong_login(challenge: str):
    client = dialogue()
    client.feed(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n")
    with pytest.raises(RtspAuthError):
        client.feed(f"RTSP/1.0 401 No\r\nCSeq: 2\r\n{challenge}\r\n".encode())


def test_a_camera_that_grants_all_is_played_and_names_the_next_nonce():
    """The nonce that an answer names is the one the next request uses, with its count begun anew."""
    client = dialogue()
    description = b"v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    told(
        client,
        b'RTSP/1.0 401 No\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="r", nonce="one", qop="auth"\r\n\r\n',
        b'RTSP/1.0 200 OK\r\nCSeq: 2\r\nAuthentication-Info: nextnonce="two"\r\n\r\n',
    )
    sent = client.to_send()
    assert b'nonce="two"' in sent
    assert b"nc=00000001" in sent.split(b"DESCRIBE")[1]
    events = told(
        client,
        b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nContent-Length: %d\r\n\r\n" % len(description) + description,
        b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 1\r\nTransport: RTP/AVP/TCP;interleaved=6-7\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nCSeq: 5\r\nSession: 1\r\n\r\n",
    )
    assert isinstance(events[-1], Playing)
    assert (events[-1].rtp_channel, events[-1].rtcp_channel) == (6, 7)


class Sulking:
    """Takes every path until it is played; then refuses, or hangs up."""

    def __init__(self, refusal: int) -> None:
        self.refusals = [None, None, refusal]

    def refusal(self, path: str) -> int | None:
        return self.refusals.pop(0) if len(self.refusals) > 1 else self.refusals[0]

    def description(self, path: str) -> str:
        return "v=0\r\n"

    def start(self, path: str) -> RtpStart:
        return RtpStart(sequence=1, timestamp=2)


def request(method: str, uri: str, number: int, *more: str) -> bytes:
    return "\r\n".join([f"{method} {uri} RTSP/1.0", f"CSeq: {number}", *more, "", ""]).encode()


SETUP = request("SETUP", f"rtsp://h/a/{TRACK}", 2, "Transport: RTP/AVP/TCP;interleaved=0-1")


@pytest.mark.parametrize("refusal", [503, HANG_UP])
def test_a_camera_that_refuses_at_the_last_step_ends_the_talk(refusal: int):
    server = RtspServerDialogue(Sulking(refusal), session="s", nonce="n", now_us=0)
    server.receive(request("DESCRIBE", "rtsp://h/a", 1), 0)
    server.receive(SETUP, 0)
    events = server.receive(request("PLAY", "rtsp://h/a", 3, "Session: s"), 0)
    assert isinstance(events[-1], Ended)
    assert any(isinstance(event, Answer) for event in events) == (refusal != HANG_UP)


def test_a_whole_talk_with_pause_second_play_wrong_session_and_end():
    server = RtspServerDialogue(Sulking(0), session="s", nonce="n", now_us=0)
    server._stage.refusals = [None]  # type: ignore[attr-defined]
    steps = [
        request("PLAY", "rtsp://h/a", 1, "Session: s"), request("DESCRIBE", "rtsp://h/a", 2), SETUP,
        request("PLAY", "rtsp://h/a", 3, "Session: other"), request("PLAY", "rtsp://h/a", 4, "Session: s"),
        request("PLAY", "rtsp://h/a", 5, "Session: s"), request("GET_PARAMETER", "rtsp://h/a", 6, "Session: s"),
        request("PAUSE", "rtsp://h/a", 7, "Session: s"), request("PAUSE", "rtsp://h/a", 8, "Session: other"),
        request("TEARDOWN", "rtsp://h/a", 9, "Session: s"),
    ]  # fmt: skip
    said = [
        event.data.split()[1] for step in steps for event in server.receive(step, 0) if isinstance(event, Answer)
    ]
    assert said == [b"455", b"200", b"200", b"454", b"200", b"200", b"200", b"200", b"454", b"200"]
    assert server.timed_out(10**12)
