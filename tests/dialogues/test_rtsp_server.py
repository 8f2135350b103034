"""The virtual cameras' side of RTSP, as recorders meet it."""

import hashlib
from base64 import b64encode

from hypothesis import given
from hypothesis import strategies as st

from ronda.media.rtsp_server import (
    HANG_UP,
    Answer,
    Credentials,
    Ended,
    RtpStart,
    RtspServerDialogue,
    ServerEvent,
    Started,
)

URL = "rtsp://127.0.0.1:8554/simpang-3"


class OneCamera:
    """A stage with one path and a refusal that a test may set."""

    def __init__(self) -> None:
        self.refused: int | None = None

    def refusal(self, path: str) -> int | None:
        return self.refused if path == "simpang-3" else 404

    def description(self, path: str) -> str:
        return "v=0\r\n"

    def start(self, path: str) -> RtpStart:
        return RtpStart(sequence=7, timestamp=900)


def dialogue(stage: OneCamera | None = None, credentials: Credentials | None = None) -> RtspServerDialogue:
    return RtspServerDialogue(
        stage or OneCamera(), session="abc", nonce="n0", now_us=0, credentials=credentials, timeout_s=60
    )


def request(method: str, url: str = URL, cseq: int = 1, **headers: str) -> bytes:
    lines = [f"{method} {url} RTSP/1.0", f"CSeq: {cseq}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def status(events: list[ServerEvent]) -> int:
    answer = events[0]
    assert isinstance(answer, Answer)
    return int(answer.data.split()[1])


def text(events: list[ServerEvent]) -> str:
    answer = events[0]
    assert isinstance(answer, Answer)
    return answer.data.decode()


def playing(server: RtspServerDialogue) -> list[ServerEvent]:
    server.receive(request("SETUP", URL + "/trackID=0", Transport="RTP/AVP/TCP;unicast;interleaved=2-3"), 0)
    return server.receive(request("PLAY", Session="abc"), 0)


def test_a_recorder_gets_from_options_to_play() -> None:
    """The plain way, with the channels that the client chose."""
    server = dialogue()
    assert "DESCRIBE" in text(server.receive(request("OPTIONS"), 0))
    described = text(server.receive(request("DESCRIBE", cseq=2), 0))
    assert "CSeq: 2" in described
    assert "Content-Base: rtsp://127.0.0.1:8554/simpang-3/" in described
    assert described.endswith("v=0\r\n")
    setup = text(server.receive(request("SETUP", URL + "/trackID=0", Transport="RTP/AVP/TCP;interleaved=2-3"), 0))
    assert "interleaved=2-3" in setup
    assert "Session: abc;timeout=60" in setup
    answer, started = server.receive(request("PLAY", Session="abc"), 0)
    assert isinstance(answer, Answer)
    assert b"RTP-Info: url=rtsp://127.0.0.1:8554/simpang-3/trackID=0;seq=7;rtptime=900" in answer.data
    assert started == Started(path="simpang-3", channel=2, control_channel=3)


def test_udp_is_refused_so_that_the_client_asks_for_tcp() -> None:
    """461 is what clients fall back from."""
    events = dialogue().receive(
        request("SETUP", URL + "/trackID=0", Transport="RTP/AVP;unicast;client_port=5000-5001"), 0
    )
    assert status(events) == 461


def test_the_first_tcp_offer_among_several_is_taken() -> None:
    """Some clients name UDP and TCP in one line."""
    server = dialogue()
    offers = "RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP;unicast;interleaved=4-5"
    assert "interleaved=4-5" in text(server.receive(request("SETUP", URL + "/trackID=0", Transport=offers), 0))


def test_media_does_not_start_without_a_setup_or_with_another_session() -> None:
    """PLAY alone is 455, a stranger's session 454."""
    server = dialogue()
    assert status(server.receive(request("PLAY", Session="abc"), 0)) == 455
    server.receive(request("SETUP", URL + "/trackID=0", Transport="RTP/AVP/TCP;interleaved=0-1"), 0)
    assert status(server.receive(request("PLAY", Session="other"), 0)) == 454


def test_a_camera_that_is_off_says_503_and_closes() -> None:
    """A recorder must see the difference between a wrong path and a dead camera."""
    stage = OneCamera()
    stage.refused = 503
    events = dialogue(stage).receive(request("DESCRIBE"), 0)
    assert status(events) == 503
    assert events[-1] == Ended(close=True)
    assert status(dialogue().receive(request("DESCRIBE", "rtsp://127.0.0.1/none"), 0)) == 404


def test_a_dropped_camera_hangs_up_without_a_word() -> None:
    """As a router does that lost its uplink."""
    stage = OneCamera()
    stage.refused = HANG_UP
    assert dialogue(stage).receive(request("DESCRIBE"), 0) == [Ended(close=True)]


def test_teardown_ends_the_media_and_the_connection() -> None:
    """Nothing may be sent after it."""
    server = dialogue()
    playing(server)
    events = server.receive(request("TEARDOWN", Session="abc"), 0)
    assert status(events) == 200
    assert events[-1] == Ended(close=True)


def test_receiver_reports_and_keepalives_hold_the_session() -> None:
    """Either counts as life; silence for longer than the time-out does not."""
    server = dialogue()
    playing(server)
    server.receive(b"$\x03\x00\x04\x80\xc9\x00\x01", 50_000_000)
    assert not server.timed_out(100_000_000)
    assert status(server.receive(request("GET_PARAMETER", Session="abc"), 100_000_000)) == 200
    assert not server.timed_out(160_000_000)
    assert server.timed_out(160_000_001)


def test_basic_credentials_are_asked_for_and_checked() -> None:
    """A wrong password must not open the picture."""
    server = dialogue(credentials=Credentials(user="ops", password="p@ss:1", digest=False))
    assert "WWW-Authenticate: Basic" in text(server.receive(request("DESCRIBE"), 0))
    wrong = b64encode(b"ops:nope").decode()
    assert status(server.receive(request("DESCRIBE", Authorization=f"Basic {wrong}"), 0)) == 401
    right = b64encode(b"ops:p@ss:1").decode()
    assert status(server.receive(request("DESCRIBE", Authorization=f"Basic {right}"), 0)) == 200


def test_digest_credentials_are_checked_against_method_and_nonce() -> None:
    """An answer for another method or nonce is a replay."""
    server = dialogue(credentials=Credentials(user="ops", password="secret", digest=True))
    assert 'nonce="n0"' in text(server.receive(request("DESCRIBE"), 0))

    def answer(method: str, nonce: str) -> str:
        def md5(value: str) -> str:
            return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()

        response = md5(f"{md5('ops:ronda:secret')}:{nonce}:{md5(f'{method}:{URL}')}")
        return f'Digest username="ops", realm="ronda", nonce="{nonce}", uri="{URL}", response="{response}"'

    assert status(server.receive(request("DESCRIBE", Authorization=answer("PLAY", "n0")), 0)) == 401
    assert status(server.receive(request("DESCRIBE", Authorization=answer("DESCRIBE", "n1")), 0)) == 401
    assert status(server.receive(request("DESCRIBE", Authorization=answer("DESCRIBE", "n0")), 0)) == 200


def test_what_is_no_rtsp_gets_400_and_is_closed() -> None:
    """A browser that knocks must not hold a connection."""
    events = dialogue().receive(b"\x16\x03\x01 not RTSP at all\r\n\r\n", 0)
    assert status(events) == 400
    assert events[-1] == Ended(close=True)


@given(st.lists(st.integers(1, 60), max_size=30))
def test_it_does_not_matter_how_the_bytes_arrive(sizes: list[int]) -> None:
    """TCP cuts where it likes."""
    talk = (
        request("OPTIONS")
        + request("SETUP", URL + "/trackID=0", Transport="RTP/AVP/TCP;interleaved=0-1")
        + b"$\x01\x00\x02ab"
        + request("PLAY", Session="abc")
    )
    whole = dialogue().receive(talk, 0)
    server, at, pieces = dialogue(), 0, []
    for size in [*sizes, len(talk)]:
        pieces += server.receive(talk[at : at + size], 0)
        at += size
    assert pieces == whole
    assert isinstance(whole[-1], Started)
