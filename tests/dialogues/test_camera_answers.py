"""Facts about the answers of real cameras, retold in our own transcripts, each named after its maker."""

import contextlib

import pytest
from tests.needs import SHARED_DATA, require_shared

from ronda.media.codec import AudioCodec, VideoCodec
from ronda.media.errors import MediaError, NoVideoError, RtspAuthError, RtspRefusedError, UnsupportedCodecError
from ronda.media.h264 import ParameterSets
from ronda.media.picture_sets import sets_of
from ronda.media.rtsp_client import Playing, RtspClient
from ronda.media.rtsp_message import MessageReader, RtspRequest
from ronda.media.rtsp_url import parse_rtsp_url
from ronda.media.sdp import read_description

PLAIN = (
    "v=0\r\ns=x\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=1\r\n"
    "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z2QAM6zoAoALWQ==,aO48MA==\r\n"
)


class Camera:
    """Answers a client step by step from a script: method -> answers in turn."""

    def __init__(self, url: str, **script: list[str]) -> None:
        self.client = RtspClient(parse_rtsp_url(url), make_cnonce=lambda: "c0ffee")
        self.asked: list[RtspRequest] = []
        self._script = script
        self._reader = MessageReader()

    def play(self) -> Playing:
        for _ in range(20):
            self._reader.feed(self.client.to_send())
            while (request := self._reader.next_event()) is not None:
                self.asked.append(request)
                for event in self.client.feed(self._answer(request)):
                    if isinstance(event, Playing):
                        return event
        raise AssertionError("the dialogue did not come to PLAY")

    def _answer(self, request: RtspRequest) -> bytes:
        answers = self._script.get(request.method, ["RTSP/1.0 200 OK"])
        head = answers.pop(0) if len(answers) > 1 else answers[0]
        head, _, body = head.partition("\r\n\r\n")
        lines = f"{head}\r\nCSeq: {request.cseq}"
        if body:
            lines += f"\r\nContent-Type: application/sdp\r\nContent-Length: {len(body)}"
        return (lines + "\r\n\r\n" + body).encode()

    def headers(self, method: str, name: str) -> list[str | None]:
        return [request.headers.get(name) for request in self.asked if request.method == method]


def described(sdp: str = PLAIN, base: str = "") -> list[str]:
    return [f"RTSP/1.0 200 OK{base}\r\n\r\n{sdp}"]


def test_the_plain_dialogue_asks_for_tcp_and_takes_the_granted_channels():
    """Some cameras grant other channels than those asked for; theirs count."""
    camera = Camera(
        "rtsp://cam/live",
        OPTIONS=["RTSP/1.0 200 OK\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER"],
        DESCRIBE=described(),
        SETUP=["RTSP/1.0 200 OK\r\nSession: 77;timeout=30\r\nTransport: RTP/AVP/TCP;unicast;interleaved=4-5"],
    )
    playing = camera.play()
    assert [request.method for request in camera.asked] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]
    assert (playing.rtp_channel, playing.rtcp_channel, playing.session_timeout_s) == (4, 5, 30)
    assert camera.headers("SETUP", "Transport") == ["RTP/AVP/TCP;unicast;interleaved=0-1"]
    assert camera.headers("PLAY", "Session") == ["77"]
    assert b"GET_PARAMETER" in camera.client.keepalive()
    assert b"TEARDOWN" in camera.client.teardown()


def test_keepalive_falls_back_to_options():
    """A camera that names GET_PARAMETER but refuses it must not be dropped for that."""
    camera = Camera(
        "rtsp://cam/live",
        OPTIONS=["RTSP/1.0 200 OK\r\nPublic: GET_PARAMETER"],
        DESCRIBE=described(),
        SETUP=["RTSP/1.0 200 OK\r\nSession: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1"],
    )
    camera.play()
    camera.client.keepalive()
    camera.client.feed(b"RTSP/1.0 501 Not Implemented\r\nCSeq: 5\r\n\r\n")
    assert b"OPTIONS rtsp://cam/live" in camera.client.keepalive()


def test_a_digest_with_a_stale_nonce_is_answered_again():
    """A camera may change its nonce between DESCRIBE and SETUP."""

    def challenge(nonce: str, more: str = "") -> str:
        return f'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="r", nonce="{nonce}"{more}'

    setup = "RTSP/1.0 200 OK\r\nSession: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1"
    camera = Camera(
        "rtsp://u:p%40ss@cam/live",
        DESCRIBE=[challenge("n1", ', qop="auth"'), described()[0]],
        SETUP=[challenge("n2", ', qop="auth", stale=true'), setup],
    )
    camera.play()
    answers = [answer for answer in camera.headers("SETUP", "Authorization") if answer]
    assert 'nonce="n1"' in answers[0]
    assert 'nonce="n2"' in answers[1]
    assert "nc=00000001" in answers[1]


def test_the_digest_is_the_one_of_the_standard():
    """RFC 2617's own example of arithmetic, without qop, computed by hand with md5sum."""
    import hashlib

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    camera = Camera(
        "rtsp://u:p@cam/live",
        DESCRIBE=['RTSP/1.0 401 No\r\nWWW-Authenticate: Digest realm="r", nonce="n"', described()[0]],
        SETUP=["RTSP/1.0 200 OK\r\nSession: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1"],
    )
    camera.play()
    wanted = md5(f"{md5('u:r:p')}:n:{md5('DESCRIBE:rtsp://cam/live')}")
    assert f'response="{wanted}"' in (camera.headers("DESCRIBE", "Authorization")[1] or "")


def test_the_strongest_scheme_offered_is_used():
    """Basic sends the password itself; it is only used where nothing else is offered."""
    offer = (
        'RTSP/1.0 401 No\r\nWWW-Authenticate: Basic realm="r"\r\n'
        'WWW-Authenticate: Digest realm="r", nonce="a"\r\n'
        'WWW-Authenticate: Digest realm="r", nonce="b", algorithm=SHA-256'
    )
    setup = ["RTSP/1.0 200 OK\r\nSession: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1"]
    camera = Camera("rtsp://u:p@cam/live", DESCRIBE=[offer, described()[0]], SETUP=setup)
    camera.play()
    assert "algorithm=SHA-256" in (camera.headers("DESCRIBE", "Authorization")[1] or "")


@pytest.mark.parametrize("scheme", ["Basic", 'Digest nonce="n",'])
def test_a_wrong_password_is_said_once_and_not_tried_again(scheme: str):
    """Trying on would lock the account."""
    refusal = f'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: {scheme} realm="r"'
    camera = Camera("rtsp://u:p@cam/live", DESCRIBE=[refusal])
    with pytest.raises(RtspAuthError, match="refuses the user name or password"):
        camera.play()
    assert len(camera.headers("DESCRIBE", "Authorization")) == 2


def test_a_camera_that_only_sends_udp_is_refused_in_one_sentence():
    """We do not record over UDP yet; guessing would record nothing."""
    setup = ["RTSP/1.0 200 OK\r\nTransport: RTP/AVP;unicast;client_port=0-1;server_port=2-3"]
    camera = Camera("rtsp://cam/live", DESCRIBE=described(), SETUP=setup)
    with pytest.raises(RtspRefusedError, match="UDP"):
        camera.play()


def test_packets_that_overtake_the_play_answer_are_kept():
    """Without them the first key frame would be lost."""
    camera = Camera(
        "rtsp://cam/live",
        DESCRIBE=described(),
        SETUP=["RTSP/1.0 200 OK\r\nSession: 1\r\nTransport: RTP/AVP/TCP;interleaved=0-1"],
    )
    original = camera._answer

    def answer(request: RtspRequest) -> bytes:
        early = b"$\x00\x00\x03abc" if request.method == "PLAY" else b""
        late = b"$\x00\x00\x03def$\x00" if request.method == "PLAY" else b""
        return early + original(request) + late

    camera._answer = answer  # type: ignore[method-assign]
    assert camera.play().early == b"$\x00\x00\x03abc$\x00\x00\x03def$\x00"


@pytest.mark.parametrize(
    ("base", "control", "wanted"),
    [
        ("rtsp://c/a/", "trackID=1", "rtsp://c/a/trackID=1"),
        ("rtsp://c/a?ch=1&sub=0", "video", "rtsp://c/a?ch=1&sub=0/video"),
        ("rtsp://c/a", "*", "rtsp://c/a"),
        ("rtsp://c/a", "rtsp://c/a/trackID=1?x=1", "rtsp://c/a/trackID=1?x=1"),
        (None, "track1", "rtsp://asked/path/track1"),
    ],
)
def test_control_addresses(base: str | None, control: str, wanted: str):
    """GW Security ends its base in a query; Hikvision names whole addresses; TP-Link sends no base."""
    sdp = PLAIN.replace("a=control:trackID=1", f"a=control:{control}").encode()
    found = read_description(sdp, request_url="rtsp://asked/path", content_base=base)
    assert found.video.control_url == wanted


def test_video_may_come_after_audio_and_metadata():
    """Ubiquiti lists two audio tracks first; they are not set up."""
    sdp = "v=0\r\nm=audio 0 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\na=control:a\r\n" + PLAIN[5:]
    found = read_description(sdp.encode(), request_url="rtsp://c")
    assert found.left_out == ("audio",)


@pytest.mark.parametrize(
    ("sdp", "error", "names"),
    [
        (PLAIN.replace("H264", "VP8"), UnsupportedCodecError, "VP8"),
        ("v=0\r\nm=video 0 RTP/AVP 26\r\n", UnsupportedCodecError, "JPEG"),
        ("v=0\r\nm=audio 0 RTP/AVP 0\r\n", NoVideoError, "audio"),
        ("v=0\r\n", NoVideoError, "nothing"),
    ],
)
def test_what_cannot_be_recorded_is_said_in_one_sentence(sdp: str, error: type[Exception], names: str):
    """With what the camera offers, and the next step."""
    with pytest.raises(error, match=names) as caught:
        read_description(sdp.encode(), request_url="rtsp://c")
    assert "Next:" in str(caught.value)


def test_parameter_sets_with_a_start_code_or_zeros_at_the_end_are_cleaned():
    """GW Security appends the next start code, Dahua a zero byte."""
    dirty = PLAIN.replace("Z2QAM6zoAoALWQ==,aO48MA==", "Z2QAM6zoAoALWQAAAAE=,aO48MAA")
    found = read_description(dirty.encode(), request_url="rtsp://c")
    sets = ParameterSets.of(found.video.parameter_sets)
    assert sets == ParameterSets.of(read_description(PLAIN.encode(), request_url="rtsp://c").video.parameter_sets)
    assert sets.facts().codec == "avc1.640033"


SIZES = {
    "anpviz_sdp": (704, 576),
    "dahua_describe_h264_aac_onvif": (704, 480),
    "geovision_sdp": (2688, 1520),
    "gw_main_describe": (1920, 1080),
    "h264dvr_describe": (1920, 1080),
    "hikvision_describe": (1920, 1080),
    "ipcam_describe": (1280, 960),
    "reolink_describe": (2560, 1440),
    "reolink_describe_control_first": (2560, 1440),
    "ubiquiti_sdp": (1920, 1080),
}


@pytest.mark.parametrize("name", sorted(SIZES))
def test_descriptions_of_real_cameras_give_a_track_and_a_picture_size(name: str):
    """The captured answers themselves, where they lie beside the project."""
    found = read_description(captured(name), request_url="rtsp://camera/path", content_base=None)
    facts = ParameterSets.of(found.video.parameter_sets).facts()
    assert ParameterSets.of(found.video.parameter_sets).complete
    assert (facts.width_px, facts.height_px) == SIZES[name]


H265_SIZES = {"dahua_describe_h265_pcma": (704, 480), "tplink_sdp": (2560, 1440)}


@pytest.mark.parametrize("name", sorted(H265_SIZES))
def test_real_cameras_with_h265_give_a_track_and_a_picture_size(name: str):
    """TP-Link also invents a media type that no standard knows. Both offer G.711 sound."""
    found = read_description(captured(name), request_url="rtsp://camera/path")
    sets = sets_of(VideoCodec.H265, found.video.parameter_sets)
    assert found.video.codec is VideoCodec.H265
    assert sets.complete
    assert (sets.facts().width_px, sets.facts().height_px) == H265_SIZES[name]
    assert found.audio is not None
    assert found.audio.format.codec is AudioCodec.PCMA


def test_real_cameras_with_aac_give_its_configuration():
    """Ubiquiti lists AAC and Opus before the picture; Dahua names no count of channels."""
    for name, control in (("ubiquiti_sdp", "trackID=0"), ("dahua_describe_h264_aac_onvif", "trackID=1")):
        found = read_description(captured(name), request_url="rtsp://camera/path")
        assert found.audio is not None
        assert found.audio.control_url.endswith(control)
        assert found.audio.format.config == b"\x11\x88"
        assert (found.audio.format.clock_hz, found.audio.format.size_bits) == (48_000, 13)


CAPTURES = sorted((SHARED_DATA / "rtsp-captures/camera-describe").glob("*.txt"))


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_every_captured_answer_goes_through_the_client(path):
    """Each of the 30 in its own place of the dialogue: played, or refused in one sentence."""
    text = path.read_text().replace("\r", "")
    method = next(
        name for name in ("teardown", "options", "setup", "play", "describe") if name in path.stem + "describe"
    )
    head, _, body = text.partition("\n\n") if text.startswith("RTSP") else ("RTSP/1.0 200 OK", "", text)
    lines = [line for line in head.split("\n") if line and not line.lower().startswith(("cseq", "content-length"))]
    answer = "\r\n".join(lines) + ("\r\n\r\n" + body if method == "describe" else "")
    script = {"DESCRIBE": described(), "SETUP": ["RTSP/1.0 200 OK\r\nSession: 5"], method.upper(): [answer]}
    camera = Camera("rtsp://cam/live", **script)
    if "client_port" in answer:
        with pytest.raises(RtspRefusedError, match="Next:"):
            camera.play()
        return
    playing = camera.play()
    assert playing.session_timeout_s in (60, 120)
    assert playing.rtp_channel in (0, 2)
    assert playing.description.video.codec in VideoCodec
    if method == "teardown":
        camera.client.teardown()
        camera.client.feed((answer + "\r\nCSeq: 5\r\n\r\n").encode())


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_captured_answers_with_every_line_torn_are_bounded(path):
    """Cut after each line: an answer or a sentence of our own, never another fault."""
    lines = path.read_bytes().split(b"\n")
    for count in range(1, len(lines) + 1):
        client = RtspClient(parse_rtsp_url("rtsp://cam/live"), make_cnonce=lambda: "c")
        with contextlib.suppress(MediaError):
            client.feed(b"\n".join(lines[:count]) + b"\n\n")
        with contextlib.suppress(MediaError):
            read_description(b"\n".join(lines[:count]), request_url="rtsp://cam/live")


def captured(name: str) -> bytes:
    data = require_shared(f"rtsp-captures/camera-describe/{name}.txt").read_bytes()
    head, mark, body = data.partition(b"\r\n\r\n")
    return body if mark and head.startswith(b"RTSP") else data
