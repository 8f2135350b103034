"""Hostile bytes from cameras and disks: refused with our own errors, never a crash, memory bounded.

Seeds are fixed and the time is bounded; a crasher found once is kept in `tests/fuzz/crashers/`.
"""

import random
from pathlib import Path

import pytest
from tests.fuzz_kit import EXAMPLES, times
from tests.stream_kit import PPS, SPS, Sender, run, samples_in, units

from ronda.core.errors import RondaError
from ronda.media.fmp4_read import scan
from ronda.media.fmp4_write import FrameTable, fragment_header, init_segment, random_access_box
from ronda.media.h264 import ParameterSets
from ronda.media.rtp import read_rtcp
from ronda.media.rtsp_client import RtspClient
from ronda.media.rtsp_url import parse_rtsp_url
from ronda.media.sdp import read_description

ROUNDS = 2 * EXAMPLES
CRASHERS = Path(__file__).parent / "crashers"

SDP = (
    b"v=0\r\ns=x\r\na=control:*\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\nm=video 0 RTP/AVP 96\r\n"
    b"a=rtpmap:96 H264/90000\r\na=control:trackID=1\r\n"
    b"a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z2QAM6zoAoALWQ==,aO48MA==\r\n"
)
DIALOGUE = [
    b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, GET_PARAMETER\r\n\r\n",
    b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Base: rtsp://a/b/\r\nContent-Length: %d\r\n\r\n" % len(SDP) + SDP,
    b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 1;timeout=9\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n",
    b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 1\r\n\r\n$\x00\x00\x01a",
]


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Flip, cut, double and splice."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(out) + 1)
        what = chance.randrange(5)
        if what == 0 and out:
            out[at % len(out)] = chance.randrange(256)
        elif what == 1:
            del out[at : at + chance.randint(1, 40)]
        elif what == 2:
            out[at:at] = chance.randbytes(chance.randint(1, 20))
        elif what == 3:
            out[at:at] = out[at : at + chance.randint(1, 60)]
        elif out:
            out[at % len(out)] ^= 1 << chance.randrange(8)
    return bytes(out)


@pytest.mark.parametrize("seed", range(4))
def test_descriptions(seed: int):
    chance = random.Random(seed)
    for _ in range(ROUNDS):
        try:
            found = read_description(mutate(SDP, chance), request_url="rtsp://a/b")
            ParameterSets.of(found.video.parameter_sets)
        except RondaError:
            continue


@pytest.mark.parametrize("seed", range(4))
def test_dialogues(seed: int):
    """Mutated answers, cut into reads of any size."""
    chance = random.Random(seed)
    for _ in range(ROUNDS):
        client = RtspClient(parse_rtsp_url("rtsp://u:p@a/b"), make_cnonce=lambda: "x")
        data = mutate(b"".join(DIALOGUE), chance)
        try:
            while data:
                size = chance.randint(1, 400)
                client.feed(data[:size])
                client.to_send()
                data = data[size:]
        except RondaError:
            continue


@pytest.mark.parametrize("seed", range(4))
def test_packets(seed: int):
    """The engine takes anything, loses what is broken and goes on; its columns stay equal in length."""
    chance = random.Random(seed)
    sender = Sender(limit_bytes=300)
    for unit in units(30, group=10, size_bytes=900):
        sender.send(unit)
    for _ in range(ROUNDS // 4):
        done = run(mutate(bytes(sender.out), chance), [chance.randrange(30_000) for _ in range(9)])
        samples_in(done.blocks)
        for block in done.blocks:
            assert len(block.sizes) == len(block.pts_90k) == len(block.flags) == len(block.arrivals_us)
            assert block.sizes


@pytest.mark.parametrize("seed", range(4))
def test_pure_noise_never_becomes_a_frame_that_cannot_be_taken_apart(seed: int):
    """Every sample handed on must walk as length-prefixed NAL units."""
    from ronda.media.h264 import iter_nals

    chance = random.Random(seed)
    for _ in range(times(40)):
        noise = chance.randbytes(4000).replace(b"\x24", b"\x24\x00\x00\x20\x80")
        for sample in samples_in(run(noise).blocks):
            list(iter_nals(sample))


@pytest.mark.parametrize("seed", range(4))
def test_files(seed: int):
    """A hostile or rotten file: bounded, and the whole part is never longer than the file."""
    chance = random.Random(seed)
    table = FrameTable(
        sizes=[40, 30], dts_90k=[0, 3600], pts_90k=[3600, 3600], keys=[True, False], next_dts_90k=7200
    )
    whole = init_segment(ParameterSets.of([SPS, PPS]))
    whole += (fragment_header(1, table) + bytes(70)) * 3 + random_access_box([(0, 600)])
    for _ in range(ROUNDS):
        content = mutate(whole, chance)
        try:
            found = scan(content)
        except RondaError:
            continue
        assert found.whole_end <= len(content)


@pytest.mark.parametrize("seed", range(4))
def test_reports(seed: int):
    chance = random.Random(seed)
    for _ in range(ROUNDS):
        read_rtcp(chance.randbytes(chance.randrange(80)))


@pytest.mark.parametrize("path", sorted(CRASHERS.glob("*.bin")), ids=lambda path: path.name)
def test_what_once_crashed_a_parser_is_refused(path: Path):
    """Each file begins with the name of its parser: sdp-, packets-, mp4-."""
    content = path.read_bytes()
    try:
        if path.name.startswith("sdp-"):
            read_description(content, request_url="rtsp://a/b")
        elif path.name.startswith("mp4-"):
            scan(content)
        else:
            samples_in(run(content).blocks)
    except RondaError:
        return
