"""Inputs that are right far enough to reach the last branch: bit by bit, question by question.

Bytes changed at random seldom pass the first check. Here parameter sets are made of bits that are mostly ones
(flags set, numbers small), a camera answers each question as a real one would before its answer is spoiled, and
ONVIF answers are those of our virtual device.
"""

import contextlib
import random

import pytest
from hypothesis import given
from tests.fuzz.onvif_answers import MESSAGE, READERS, device_answers
from tests.fuzz.test_control_fuzz import H265_SDP
from tests.fuzz.test_media_fuzz import SDP
from tests.fuzz.test_rtsp_server_fuzz import AnyCamera
from tests.fuzz_kit import fuzzed, mutated, times
from tests.media_kit import annex_b, split

from ronda.media.errors import MediaError
from ronda.media.h264 import ParameterSets
from ronda.media.h265 import H265Sets
from ronda.media.onvif import discovery, profiles, soap
from ronda.media.onvif.xml import parse
from ronda.media.rtp import read_rtcp
from ronda.media.rtsp_client import Playing, RtspClient, Wishes
from ronda.media.rtsp_message import MessageReader, RtspRequest
from ronda.media.rtsp_server import Answer, Credentials, RtspServerDialogue
from ronda.media.rtsp_transport import Transport
from ronda.media.rtsp_url import WrongUrlError, parse_rtsp_url

H265_HEAD = 15  # NAL header and the general profile: what comes before the first number


def biased_bits(chance: random.Random) -> bytes:
    """Bits of which more than half are ones, most of the time."""
    ones = chance.choice([0.5, 0.65, 0.8, 0.9, 0.97])
    return bytes(sum((chance.random() < ones) << bit for bit in range(8)) for _ in range(chance.randrange(4, 160)))


@pytest.mark.parametrize("seed", range(4))
def test_h264_sets_of_any_bits_are_facts_or_refused(seed: int):
    """Scaling lists, order types, buffer models and all that follows them."""
    chance, pps = random.Random(seed), split(annex_b("h264"))[1]
    for _ in range(times(4000)):
        head = bytes((0x67, chance.choice([66, 77, 100, 110, 122, 244, 44]), chance.randrange(256), 30))
        with contextlib.suppress(MediaError):
            facts = ParameterSets.of([head + biased_bits(chance), pps]).facts()
            assert 0 < facts.width_px <= 16_384
            assert 0 < facts.height_px <= 16_384


@pytest.mark.parametrize("seed", range(4))
def test_h265_sets_of_any_bits_are_facts_or_refused(seed: int):
    """Layers, scaling lists, reference sets, what is said of timing."""
    chance, (vps, sps, pps) = random.Random(seed), split(annex_b("h265"))[:3]
    for _ in range(times(4000)):
        cut = chance.choice([2, H265_HEAD, H265_HEAD, chance.randrange(H265_HEAD, len(sps))])
        with contextlib.suppress(MediaError):
            facts = H265Sets.of([vps, sps[:cut] + biased_bits(chance), pps]).facts()
            assert 0 < facts.width_px <= 16_384
            assert 0 < facts.height_px <= 16_384


def true_answer(request: RtspRequest, chance: random.Random, description: bytes) -> bytes:
    """What a camera says to this question; now and then what an unwilling one says."""
    lines = [f"CSeq: {request.headers.get('CSeq')}", "Session: 5;timeout=30"]
    body, status = b"", chance.choice([200] * 12 + [401, 302, 404, 454, 461, 551])
    wanted = request.headers.get("Transport") or ""
    if status == 401:
        lines.append(f'WWW-Authenticate: Digest realm="r", nonce="{chance.randrange(9)}", qop="auth", stale=true')
    elif status == 302:
        lines.append(f"Location: rtsp://cam/{chance.randrange(3)}")
    elif request.method == "DESCRIBE":
        body = description
        lines += ["Content-Base: rtsp://cam/live/", f"Content-Length: {len(body)}"]
    elif request.method == "SETUP":
        ports = ";server_port=7000-7001;ssrc=12345678" if "client_port" in wanted else ""
        lines.append(f"Transport: {wanted}{ports}")
    elif request.method == "OPTIONS":
        lines.append("Public: OPTIONS, GET_PARAMETER, SET_PARAMETER")
    return "\r\n".join([f"RTSP/1.0 {status} X", *lines, "", ""]).encode() + body


@pytest.mark.parametrize("transport", list(Transport))
@pytest.mark.parametrize("seed", range(4))
def test_a_camera_that_answers_nearly_right_is_played_or_given_up(seed: int, transport: Transport):
    """Question by question; the dialogue ends, and the password stays where it is."""
    for turn in range(times(150)):
        chance = random.Random(f"{seed} {turn}")
        client = RtspClient(
            parse_rtsp_url("rtsp://u:hush@cam/live"),
            make_cnonce=lambda: "c",
            wishes=Wishes(sound=True, transport=transport),
            bind_udp=lambda: (5000, 5001),
        )
        description, spoils = chance.choice([SDP, H265_SDP]), chance.random() < 0.5
        with contextlib.suppress(MediaError):
            for _ in range(40):
                sent = client.to_send()
                assert b"hush" not in sent
                if not sent:
                    break
                camera = MessageReader()
                camera.feed(sent)
                while isinstance(request := camera.next_event(), RtspRequest):
                    told = bytearray(true_answer(request, chance, description))
                    if spoils and chance.random() < 0.2:
                        told[chance.randrange(len(told))] = chance.randrange(256)
                    for event in client.feed(bytes(told)):
                        if isinstance(event, Playing):  # it plays: keep it alive through refusals, then leave
                            for _ in range(6):
                                client.keepalive()
                                client.feed(b"RTSP/1.0 %d X\r\nCSeq: 9\r\n\r\n" % chance.choice([200, 405, 501]))
                            assert b"TEARDOWN" in client.teardown()
            else:
                raise AssertionError("forty questions, and no end")


REPORT = bytes.fromhex("80c80006000000010123456789abcdef000000010000000200000003")
PACKETS = [REPORT, REPORT + bytes.fromhex("81cb000100000001"), bytes.fromhex("81ca00020000000101016100")]


@given(mutated(PACKETS, [REPORT, bytes.fromhex("80cb0000"), bytes.fromhex("80c8ffff"), b"\xff" * 8]))
@fuzzed
def test_reports_give_facts_whatever_they_hold(data: bytes):
    """The clock of a camera can be any number; a size that points outside ends the walk."""
    facts = read_rtcp(data)
    if facts.report is not None:
        assert -(2**63) < facts.report.camera_us < 2**63


ADDRESSES = [b"rtsp://u:hush@[::1]:554/a?b=c", b"rtsps://cam.example:322/live", b"rtsp://u:hush@10.0.0.9/x/y"]


@given(mutated(ADDRESSES, [b"[", b"]", b":", b"@", b"%00", b"//", b":0", b":99999", b"?", b"#", b" ", b"rtsp://"]))
@fuzzed
def test_spoiled_addresses_are_taken_apart_or_refused(data: bytes):
    try:
        found = parse_rtsp_url(data.decode("utf-8", "replace"))
    except WrongUrlError:
        return
    assert 0 < found.port < 65_536
    assert found.host


LOGINS = [
    b"DESCRIBE rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic dTpodXNo\r\n\r\n",
    b'DESCRIBE rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Digest username="u", nonce="n", uri="/",'
    b' response="00"\r\n\r\n',
    b"GET_PARAMETER rtsp://h/cam RTSP/1.0\r\nCSeq: 2\r\nSession: s\r\n\r\nPAUSE rtsp://h/cam RTSP/1.0\r\n\r\n",
]


@pytest.mark.parametrize("digest", [True, False])
@given(data=mutated(LOGINS, [b"Basic ", b"Digest ", b"=", b'"', b"nonce=", b"\xff", b"dTpodXNo"]))
@fuzzed
def test_nobody_gets_past_the_login_by_noise(digest: bool, data: bytes):
    """A login that is spoiled is refused; only the right one sees the description."""
    login = Credentials(user="u", password="hush", digest=digest)
    server = RtspServerDialogue(AnyCamera(), session="s", nonce="n", now_us=0, credentials=login)
    for event in server.receive(data, 0):
        if isinstance(event, Answer) and b"v=0" in event.data:
            assert b"dTpodXNo" in data
            assert not digest


ANSWERS = device_answers()
WORDS = [
    b"<tt:Width>-1</tt:Width>",
    b"99999999999",
    b"tns1:",
    b"</tt:Name>",
    b' Value="true"',
    b"&#0;",
    b"&amp;",
    b"",
]


def read_all(data: bytes) -> None:
    """Every reader on every answer."""
    discovery.read_answer(data, MESSAGE)
    try:
        body = soap.body_of(data)
    except soap.OnvifFaultError as fault:
        fault.is_refusal  # noqa: B018  # read for its sake
        return
    except MediaError:
        return
    for read in READERS:
        read(body)
    profiles.main_and_sub(profiles.read_profiles(body))


def test_true_answers_of_a_device_are_read():
    """The seeds are worth something: each reader finds what it looks for in one of them."""
    bodies = []
    for data in ANSWERS:
        with contextlib.suppress(MediaError):
            bodies.append(soap.body_of(data))
    assert all(any(read(body) for body in bodies) for read in READERS)
    assert any(discovery.read_answer(data, MESSAGE) for data in ANSWERS)
    assert parse(ANSWERS[0]).name == "Envelope"


@given(mutated(ANSWERS, WORDS))
@fuzzed
def test_spoiled_answers_of_a_device_harm_no_reader(data: bytes):
    read_all(data)
