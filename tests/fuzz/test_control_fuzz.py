"""Hostile answers of cameras and hostile files: our own errors or a result within bounds, nothing else.

RONDA_FUZZ_EXAMPLES sets the size. A crasher found once is kept as an `@example` beside its test.
"""

import contextlib
from functools import cache

from hypothesis import example, given
from hypothesis import strategies as st
from tests.dialogues.dialogue_kit import DESCRIPTIONS
from tests.fuzz_kit import fuzzed, mutated
from tests.media_kit import adts_frames, annex_b, ffmpeg_mp4, split
from tests.unit.test_fmp4_codecs import rewritten

from ronda.media.codec import AudioCodec, AudioFormat, VideoCodec
from ronda.media.digest import Authenticator, parse_challenges
from ronda.media.errors import MediaError
from ronda.media.fmp4_init import read_init
from ronda.media.fmp4_read import scan
from ronda.media.h265 import H265Sets, picture_set
from ronda.media.picture_sets import read_avcc, read_hvcc, sets_of, taken
from ronda.media.rtsp_client import RtspClient, Wishes
from ronda.media.rtsp_message import MAX_BODY_BYTES, MAX_HEADER_BYTES, MessageReader
from ronda.media.rtsp_url import WrongUrlError, parse_rtsp_url
from ronda.media.sdp import MAX_AAC_CONFIG_BYTES, MAX_PARAMETER_SET_BYTES, MAX_SETS, read_description

SDP_TOKENS = [
    *(
        b"a=control:*\r\n",
        b"a=control:rtsp://x/y?z\r\n",
        b"m=video 0 RTP/AVP 96\r\n",
        b"m=audio 0 RTP/AVP 0 8 97\r\n",
    ),
    *(b"a=rtpmap:96 H265/90000\r\n", b"a=rtpmap:97 MPEG4-GENERIC/48000/2\r\n", b"config=1188;", b"sizelength=-13;"),
    *(
        b"a=fmtp:96 sprop-vps=QAEMAf//;sprop-sps=;sprop-pps=,,\r\n",
        b"%n%s%x",
        b"-1",
        b"99999999999",
        b"\x00",
        b"=" * 40,
    ),
]
H265_SDP = (
    b"v=0\r\nm=video 0 RTP/AVP 98\r\na=control:trackID=0\r\na=rtpmap:98 H265/90000\r\n"
    b"a=fmtp:98 profile-id=1;sprop-sps=QgEBAWAAAAMAsAAAAwAAAwBaoAWCAeFja5JFL83BQYFBAAADAAEAAAMADKE=;"
    b"sprop-pps=RAHA8saNA7NA;sprop-vps=QAEMAf//AWAAAAMAsAAAAwAAAwBarAwAAAMABAAAAwAyqA==\r\n"
    b"m=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/48000/1\r\na=control:trackID=1\r\n"
    b"a=fmtp:97 streamtype=5; mode=AAC-hbr; config=1188; SizeLength=13; IndexLength=3\r\n"
)
SDPS = [H265_SDP, *(text.encode() for text in DESCRIPTIONS.values())]
ANSWER_TOKENS = [
    *(b'RTSP/1.0 401 No\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\n\r\n', b"$\x00\x00\x04abcd"),
    *(
        b"RTSP/1.0 302 Moved\r\nLocation: rtsp://x/\r\n\r\n",
        b"RTSP/1.0 461 No\r\nCSeq: 3\r\n\r\n",
        b"\r\n\r\n",
        b"$\xff\xff\xff",
    ),
    *(
        b"Content-Length: 999999\r\n",
        b"Transport: RTP/AVP;client_port=5000-5001\r\n",
        b"OPTIONS * RTSP/1.0\r\n\r\n",
    ),
]


def dialogue(sdp: bytes) -> bytes:
    return (
        b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: GET_PARAMETER\r\n\r\n"
        + b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: %d\r\n\r\n" % len(sdp)
        + sdp
        + b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 1;timeout=9\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n"
        + b"RTSP/1.0 200 OK\r\nCSeq: 4\r\nTransport: RTP/AVP/TCP;interleaved=2-3\r\n\r\n"
        + b"$\x00\x00\x01aRTSP/1.0 200 OK\r\nCSeq: 5\r\n\r\n"
    )


@given(
    mutated([dialogue(sdp) for sdp in SDPS], ANSWER_TOKENS), st.lists(st.integers(1, 900), min_size=1, max_size=8)
)
@fuzzed
def test_dialogues(data: bytes, cuts: list[int]):
    """Any bytes in any pieces; the password never goes out unless it was asked for."""
    client = RtspClient(
        parse_rtsp_url("rtsp://u:hush@cam/live"),
        make_cnonce=lambda: "c",
        wishes=Wishes(sound=True),
        bind_udp=lambda: (5000, 5001),
    )
    sent, at, turn = client.to_send(), 0, 0
    with contextlib.suppress(MediaError):
        while at < len(data):
            client.feed(data[at : at + cuts[turn % len(cuts)]])
            sent += client.to_send()
            at += cuts[turn % len(cuts)]
            turn += 1
        sent += client.keepalive()
    assert b"hush" not in sent
    assert len(sent) < 200_000


@given(mutated([dialogue(H265_SDP)], ANSWER_TOKENS))
@fuzzed
def test_messages_keep_no_more_than_their_bounds(data: bytes):
    """A reader holds at most one message of the largest size."""
    reader, held = MessageReader(), 0
    with contextlib.suppress(MediaError):
        for start in range(0, len(data), 100):
            reader.feed(data[start : start + 100])
            while reader.next_event() is not None:
                pass
            held = max(held, len(reader._pending))
    assert held <= MAX_HEADER_BYTES + MAX_BODY_BYTES + 65_540


@given(mutated(SDPS, SDP_TOKENS))
@example(b"m=video\r\na=rtpmap:96 H264/90000\r\n")
@fuzzed
def test_descriptions(data: bytes):
    """What is taken is within bounds, and its sets are read or refused."""
    try:
        found = read_description(data, request_url="rtsp://cam/live")
    except MediaError:
        return
    assert len(found.video.parameter_sets) <= MAX_SETS
    assert all(0 < len(nal) <= MAX_PARAMETER_SET_BYTES for nal in found.video.parameter_sets)
    if found.audio is not None:
        assert 0 < found.audio.format.clock_hz <= 192_000
        assert len(found.audio.format.config) <= MAX_AAC_CONFIG_BYTES
    with contextlib.suppress(MediaError):
        sets_of(found.video.codec, found.video.parameter_sets).facts()


CHALLENGES = [
    b'Digest realm="IP Camera(12345)", nonce="a1b2", algorithm=MD5, qop="auth", stale="FALSE"',
    b'Digest realm="r", nonce="n", opaque="o", algorithm=SHA-256-sess, qop="auth,auth-int"',
    b'Basic realm="r"',
]


@given(
    st.lists(mutated(CHALLENGES, [b'\\"', b'"', b",", b"=", b"nonce=", b"qop=auth", b"\r\n", b"\x00"]), max_size=5)
)
@fuzzed
def test_challenges(values: list[bytes]):
    """A line of answer without a line break, or none."""
    texts = [value.decode("utf-8", "replace").replace("\r", " ").replace("\n", " ") for value in values]
    assert len(parse_challenges(texts)) <= len(texts)
    auth = Authenticator("u", "hush", make_cnonce=lambda: "c")
    tries = 0
    while auth.take_challenge(texts) and tries < 20:
        tries += 1
        line = auth.header("DESCRIBE", "rtsp://cam/live") or ""
        assert "\n" not in line
        assert "hush" not in line
    assert tries < 10


@given(st.text(max_size=200))
@fuzzed
def test_addresses(text: str):
    """Taken apart, or refused with the password masked."""
    for one in (text, f"rtsp://u:hush@{text}", f"rtsps://{text}/a"):
        try:
            found = parse_rtsp_url(one)
        except WrongUrlError as refusal:
            assert "hush" not in str(refusal)  # noqa: PT017
            continue
        assert "@" not in found.request_url.split("/")[2] or "@" not in one
        assert 0 < found.port < 65_536


def hevc_nals() -> list[bytes]:
    return split(annex_b("h265"))


@given(st.data())
@fuzzed
def test_h265_parameter_sets(data: st.DataObject):
    """Sets, records and slices, mutated: bounded, and never another fault."""
    nals = hevc_nals()
    seeds = [*nals[:3], nals[4][:40]]
    broken = data.draw(mutated(seeds, [b"\x00\x00\x03", b"\xff" * 8, b"\x00" * 8, b"\x42\x01", b"\x44\x01"]))
    with contextlib.suppress(MediaError):
        found = H265Sets.of([*nals[:3], broken])
        found.facts()
        assert read_hvcc(found.hvcc()) == found
    picture_set(broken)
    with contextlib.suppress(MediaError):
        taken(sets_of(VideoCodec.H264, split(annex_b("h264"))), [broken])
    record = data.draw(mutated([H265Sets.of(nals[:3]).hvcc()], [b"\xa0\x00\x01", b"\xff\xff"]))
    for read in (read_hvcc, read_avcc):
        with contextlib.suppress(MediaError):
            read(record)


@cache
def films() -> list[bytes]:
    config, tone = adts_frames()
    sound = AudioFormat(codec=AudioCodec.AAC, clock_hz=16_000, config=config)
    return [
        rewritten(ffmpeg_mp4("libx265"), sound, tone, 1024)[:6000],
        ffmpeg_mp4("libx264", "aac")[:6000],
        ffmpeg_mp4("libx265", "pcm_alaw")[:6000],
    ]


@given(st.data())
@fuzzed
def test_films(data: st.DataObject):
    """Every sample that is handed out lies in the file, whatever the tables say."""
    tokens = [
        b"\x00\x00\x00\x08free",
        b"\x00\x00\x00\x01mdat",
        b"\xff\xff\xff\xff",
        b"traf",
        b"trun",
        b"esds",
        b"hvcC",
    ]
    broken = data.draw(mutated(films(), tokens))
    with contextlib.suppress(MediaError):
        read_init(broken)
    try:
        found = scan(broken)
    except MediaError:
        return
    assert found.whole_end <= len(broken)
    for fragment in found.fragments:
        for one in (*fragment.samples, *fragment.audio):
            assert 0 <= one.offset <= len(broken) - one.size_bytes
