"""Whatever bytes a client sends, the server answers or closes; it never fails and never sends unasked."""

import random
from pathlib import Path

import pytest
from tests.fuzz.long_rtsp import AnyCamera
from tests.fuzz_kit import times

from ronda.media.rtsp_server import Answer, Ended, RtspServerDialogue, Started
from ronda.sim import sei

CRASHERS = Path(__file__).parent / "crashers" / "rtsp_server"
SEEDS = (
    b"OPTIONS rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\n\r\n",
    b"DESCRIBE rtsp://h/cam RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\n\r\n",
    b"SETUP rtsp://h/cam/trackID=0 RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n",
    b"PLAY rtsp://h/cam RTSP/1.0\r\nCSeq: 4\r\nSession: s\r\n\r\n",
    b"$\x01\x00\x08\x80\xc9\x00\x01\x00\x00\x00\x01",
    b"TEARDOWN rtsp://h/cam RTSP/1.0\r\nCSeq: 5\r\nSession: s\r\nContent-Length: 3\r\n\r\nabc",
)


def feed(data: bytes, cuts: random.Random) -> None:
    server = RtspServerDialogue(AnyCamera(), session="s", nonce="n", now_us=0)
    at, was_set_up = 0, False
    while at < len(data):
        size = cuts.randint(1, 200)
        for event in server.receive(data[at : at + size], at):
            assert isinstance(event, Answer | Started | Ended)
            was_set_up |= isinstance(event, Answer) and b"Transport: RTP/AVP/TCP" in event.data
            assert was_set_up or not isinstance(event, Started)
            if isinstance(event, Ended) and event.close:
                return
        at += size


@pytest.mark.parametrize("seed", range(60))
def test_broken_requests_never_break_the_server(seed: int) -> None:
    """Sixty bounded rounds of requests with bytes changed, left out and put in."""
    chance = random.Random(seed)
    for _ in range(times(25)):
        data = bytearray(b"".join(chance.choice(SEEDS) for _ in range(chance.randint(1, 8))))
        for _ in range(chance.randint(0, 12)):
            at = chance.randrange(len(data))
            deed = chance.random()
            if deed < 0.4:
                data[at] = chance.randrange(256)
            elif deed < 0.7:
                del data[at : at + chance.randint(1, 9)]
            else:
                data[at:at] = bytes(chance.choice(b"\r\n: $/=-;0a\x00\xff") for _ in range(chance.randint(1, 6)))
            if not data:
                break
        feed(bytes(data), chance)


def test_inputs_that_once_broke_it_do_so_no_more() -> None:
    """Every crash is kept as a file."""
    for path in sorted(CRASHERS.glob("*")):
        feed(path.read_bytes(), random.Random(0))


@pytest.mark.parametrize("seed", range(40))
def test_the_mark_reader_takes_any_bytes(seed: int) -> None:
    """Recorded files are read by it as they lie, damaged or not."""
    chance = random.Random(seed)
    data = bytearray(chance.randbytes(300) + sei.pack(sei.Mark(camera=1, stream=0, frame=seed, at_us=5)))
    for _ in range(times(50)):
        data[chance.randrange(len(data))] = chance.randrange(256)
        sei.parse(data)
        assert len(sei.parse_all(data)) <= 1
