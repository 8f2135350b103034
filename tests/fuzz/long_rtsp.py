"""Long targets of the talk with cameras: UPS answers, addresses, challenges, RTSP both ways, ONVIF answers."""

from zlib import crc32

from tests.dialogues.dialogue_kit import DESCRIPTIONS
from tests.fuzz.long_kit import pieces
from tests.fuzz.onvif_answers import MESSAGE, READERS

from ronda.core.errors import RondaError
from ronda.media.digest import Authenticator, parse_challenges
from ronda.media.nut import UpsName, on_battery, read_ups_name, status_question
from ronda.media.onvif import discovery, profiles, recordings, soap
from ronda.media.picture_sets import sets_of
from ronda.media.rtsp_client import Playing, RtspClient, Wishes
from ronda.media.rtsp_message import MessageReader
from ronda.media.rtsp_server import Answer, Credentials, RtpStart, RtspServerDialogue, Started
from ronda.media.rtsp_transport import Transport
from ronda.media.rtsp_url import parse_rtsp_url
from ronda.media.sdp import MAX_PARAMETER_SET_BYTES, MAX_SETS, read_description

PASSWORD = "hush"  # must never be sent in the clear, nor stand in a refusal

# -- UPS, addresses, challenges

UPS = UpsName(ups="ups", host="127.0.0.1")
UPS_LINES = (
    b'VAR ups ups.status "OL CHRG"\n',
    b'VAR ups ups.status "FSD OB LB"\n',
    b"ERR DATA-STALE\n",
    b"ups@127.0.0.1",
    b"ups@[::1]:3493",
    b"a.b-c_d@host.example:65535",
)


def take_ups(data: bytes) -> None:
    told = on_battery(data, UPS)
    assert told is None or (b"OB" if told else b"OL") in data
    assert status_question(read_ups_name(data.decode("utf-8", "replace"))).count(b"\n") == 1


ADDRESSES = (
    b"rtsp://u:hush@[::1]:554/a?b=c",
    b"rtsps://cam.example:322/live",
    b"rtsp://u:hush@10.0.0.9/x/y",
    b"rtsp://cam?channel=1&subtype=0",
    b"rtsp://u%40x:h%75sh@cam:8554/Streaming/Channels/101/",
)


def take_address(data: bytes) -> None:
    found = parse_rtsp_url(data.decode("utf-8", "replace"))
    assert 0 < found.port < 65_536
    assert found.host


CHALLENGES = (
    b'Digest realm="IP Camera(12345)", nonce="a1b2", algorithm=MD5, qop="auth", stale="FALSE"',
    b'Digest realm="r", nonce="n", opaque="o", algorithm=SHA-256-sess, qop="auth,auth-int"',
    b'Digest realm="a\\"b", nonce="n", stale=true\nBasic realm="r"',
    b'Basic realm="r"',
    b'Digest realm="r", nonce="n", algorithm=SHA-256\nDigest realm="r", nonce="m"',
)


def take_challenge(data: bytes) -> None:
    """Lines of one answer. The login goes on after at most a few tries, in one line, without the password."""
    lines = data.decode("utf-8", "replace").replace("\r", " ").split("\n")
    assert len(parse_challenges(lines)) <= len(lines)
    login = Authenticator("u", PASSWORD, make_cnonce=lambda: "c")
    tries = 0
    while login.take_challenge(lines):
        tries += 1
        line = login.header("DESCRIBE", "rtsp://cam/live") or ""
        assert "\n" not in line
        assert PASSWORD not in line
        assert tries < 10
    login.take_info(lines[0])
    login.worked()


# -- RTSP

H265_SDP = (
    b"v=0\r\nm=video 0 RTP/AVP 98\r\na=control:trackID=0\r\na=rtpmap:98 H265/90000\r\n"
    b"a=fmtp:98 profile-id=1;sprop-sps=QgEBAWAAAAMAsAAAAwAAAwBaoAWCAeFja5JFL83BQYFBAAADAAEAAAMADKE=;"
    b"sprop-pps=RAHA8saNA7NA;sprop-vps=QAEMAf//AWAAAAMAsAAAAwAAAwBarAwAAAMABAAAAwAyqA==\r\n"
    b"m=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/48000/1\r\na=control:trackID=1\r\n"
    b"a=fmtp:97 streamtype=5; mode=AAC-hbr; config=1188; SizeLength=13; IndexLength=3\r\n"
)
DESCRIBED = (H265_SDP, *(text.encode() for text in DESCRIPTIONS.values()))
SDP_WORDS = (
    b"a=control:*\r\n",
    b"a=control:rtsp://x/y?z\r\n",
    b"m=video 0 RTP/AVP 96\r\n",
    b"m=audio 0 RTP/AVP 0 8 97\r\n",
    b"a=rtpmap:96 H265/90000\r\n",
    b"a=rtpmap:97 MPEG4-GENERIC/48000/2\r\n",
    b"config=1188;",
    b"sizelength=-13;",
    b"a=fmtp:96 sprop-vps=QAEMAf//;sprop-sps=;sprop-pps=,,\r\n",
    b"%n%s%x",
    b"-1",
    b"99999999999",
    b"=" * 9,
)


def take_description(data: bytes) -> None:
    found = read_description(data, request_url="rtsp://cam/live")
    assert len(found.video.parameter_sets) <= MAX_SETS
    assert all(0 < len(nal) <= MAX_PARAMETER_SET_BYTES for nal in found.video.parameter_sets)
    sets_of(found.video.codec, found.video.parameter_sets).facts()


def said(status: int, *lines: str, body: bytes = b"") -> bytes:
    """One answer of a camera."""
    length = [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([f"RTSP/1.0 {status} X", *lines, *length, "", ""]).encode() + body


def talk(description: bytes, transport: str = "RTP/AVP/TCP;interleaved=0-1", *first: bytes) -> bytes:
    """All that a willing camera says until it plays, and the answer to a keepalive."""
    second = transport.replace("0-1", "2-3")
    return b"".join(
        (
            *first,
            said(200, "CSeq: 1", "Public: OPTIONS, GET_PARAMETER"),
            said(200, "CSeq: 2", "Content-Base: rtsp://cam/live/", body=description),
            said(200, "CSeq: 3", "Session: 1;timeout=9", f"Transport: {transport}"),
            *([said(200, "CSeq: 4", f"Transport: {second}")] if b"audio" in description else []),
            b"$\x00\x00\x01a",
            said(200, "CSeq: 5", "Session: 1"),
            said(200, "CSeq: 9"),
        )
    )


def talks() -> list[bytes]:
    asks = said(401, "CSeq: 1", f"WWW-Authenticate: {CHALLENGES[0].decode()}")
    stale = said(401, "CSeq: 1", 'WWW-Authenticate: Digest realm="r", nonce="new", stale=true')
    udp = "RTP/AVP;unicast;client_port=5000-5001;server_port=7000-7001;ssrc=1234"
    return [
        *(talk(one) for one in DESCRIBED),
        *(talk(one, udp) for one in DESCRIBED[:2]),
        talk(DESCRIBED[1], "RTP/AVP/TCP;interleaved=0-1", asks, stale),
        talk(DESCRIBED[0], "RTP/AVP/TCP;interleaved=4-5", said(404, "CSeq: 1")),
        said(200) + said(302, "CSeq: 2", "Location: rtsp://elsewhere/"),
        said(200)
        + said(200, body=DESCRIBED[1])
        + said(461)
        + said(200, f"Transport: {udp}")
        + said(455)
        + said(200),
        said(200) + said(200, body=DESCRIBED[1]) + said(200, f"Transport: {udp}") * 2 + said(200),
    ]


TALK_WORDS = (
    said(401, 'WWW-Authenticate: Digest realm="r", nonce="n"'),
    said(302, "Location: rtsp://x/"),
    said(461),
    said(100),
    said(200),
    said(501, "CSeq: 7"),
    b"$\x00\x00\x04abcd",
    b"$\xff\xff\xff",
    b"\r\n\r\n",
    b"CSeq: 1\r\n",
    b"Content-Length: 999999\r\n",
    b"Transport: RTP/AVP;client_port=5000-5001\r\n",
    b"OPTIONS * RTSP/1.0\r\n\r\n",
)
URL = parse_rtsp_url(f"rtsp://u:{PASSWORD}@cam/live")
WISHES = [Wishes(sound=sound, transport=way) for sound in (True, False) for way in Transport]


def take_talk(data: bytes) -> None:
    """Whatever comes, in whatever pieces; the password stays here, and the camera cannot make us talk much."""
    wishes = WISHES[crc32(data) % len(WISHES)]
    client = RtspClient(URL, make_cnonce=lambda: "c", wishes=wishes, bind_udp=lambda: (5000, 5001))
    sent = client.to_send()
    refusal: RondaError | None = None
    try:
        for piece in pieces(data):
            if any(isinstance(event, Playing) for event in client.feed(piece)):
                sent += b"".join(client.keepalive() for _ in range(4))
            sent += client.to_send()
        sent += client.teardown()
    except RondaError as fault:
        refusal = fault
    assert PASSWORD.encode() not in sent
    assert len(sent) < 200_000
    if refusal is not None:
        assert PASSWORD not in str(refusal)
        raise refusal


def take_message(data: bytes) -> None:
    reader = MessageReader()
    for piece in pieces(data):
        reader.feed(piece)
        while reader.next_event() is not None:
            pass


REQUESTS = (
    b"OPTIONS rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\n\r\n",
    b"PLAY rtsp://h/cam RTSP/1.0\r\nCSeq: 4\r\nSession: s\r\n\r\n",
    b"DESCRIBE rtsp://h/cam RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\n\r\n",
    b"SETUP rtsp://h/cam/trackID=0 RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n",
    b"GET_PARAMETER rtsp://h/cam RTSP/1.0\r\nCSeq: 2\r\nSession: s\r\n\r\n",
    b"$\x01\x00\x08\x80\xc9\x00\x01\x00\x00\x00\x01",
    b"PAUSE rtsp://h/cam RTSP/1.0\r\nSession: s\r\n\r\n",
    b"DESCRIBE rtsp://h/cam RTSP/1.0\r\nAuthorization: Basic dTpodXNo\r\n\r\n",
    b"DESCRIBE rtsp://h/cam RTSP/1.0\r\n"
    b'Authorization: Digest username="u", nonce="n", uri="/", response="00"\r\n\r\n',
    b"TEARDOWN rtsp://h/cam RTSP/1.0\r\nCSeq: 5\r\nSession: s\r\nContent-Length: 3\r\n\r\nabc",
)
LOGINS = (
    None,
    None,
    Credentials(user="u", password=PASSWORD, digest=True),
    Credentials(user="u", password=PASSWORD, digest=False),
)


def request_talks() -> list[bytes]:
    return [*REQUESTS, b"".join(REQUESTS[at] for at in (0, 2, 3, 1, 4, 5, 6, 9)), REQUESTS[3] + REQUESTS[1]]


class AnyCamera:
    def refusal(self, path: str) -> int | None:
        return None if path == "cam" else 404

    def description(self, path: str) -> str:
        return "v=0\r\n"

    def start(self, path: str) -> RtpStart:
        return RtpStart(sequence=0, timestamp=0)


def take_requests(data: bytes) -> None:
    """The server answers or closes, never fails, and sends nothing that was not set up."""
    login = LOGINS[crc32(data) % len(LOGINS)]
    server = RtspServerDialogue(AnyCamera(), session="s", nonce="n", now_us=0, credentials=login)
    was_set_up = False
    for number, piece in enumerate(pieces(data)):
        for event in server.receive(piece, number):
            was_set_up |= isinstance(event, Answer) and b"Transport: RTP/AVP/TCP" in event.data
            assert was_set_up or not isinstance(event, Started)


# -- ONVIF

XML_WORDS = (
    b"<tt:Width>-1</tt:Width>",
    b"99999999999",
    b"1e999",
    b"tns1:RuleEngine/MotionAlarm",
    b"</tt:Name>",
    b' Value="true"',
    b"&#0;",
    b"&amp;",
    b'<!DOCTYPE a [<!ENTITY b "c">]>',
    b"9999-12-31T23:59:59+14:00",
    b"0001-01-01T00:00:00Z",
    b"<a>" * 9,
    b"http://[::1",
)


def take_onvif(data: bytes) -> None:
    """Discovery, the envelope, then every reader on what it holds."""
    discovery.read_answer(data, MESSAGE)
    recordings.read_replay_extension(recordings.REPLAY_EXTENSION, b"\xe9" + data[:40])
    try:
        body = soap.body_of(data)
    except soap.OnvifFaultError as fault:
        fault.is_refusal  # noqa: B018  # read for its sake
        raise
    for read in READERS:
        read(body)
    profiles.main_and_sub(profiles.read_profiles(body))
