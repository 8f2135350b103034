"""Which tracks of a description are taken: pictures, sound, and what is passed over."""

import pytest

from ronda.media.codec import AudioCodec, VideoCodec
from ronda.media.errors import UnsupportedCodecError
from ronda.media.sdp import AudioTrack, Description, read_description

H264 = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:avc\r\n"
H265 = "m=video 0 RTP/AVP 98\r\na=rtpmap:98 H265/90000\r\na=control:hevc\r\n"
JPEG = "m=video 0 RTP/AVP 26\r\na=control:jpeg\r\n"
AAC = "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 {0}\r\na=control:sound\r\na=fmtp:97 {1}\r\n"


def read(*parts: str) -> Description:
    return read_description(("v=0\r\n" + "".join(parts)).encode(), request_url="rtsp://c/a")


def sound(rtpmap: str, fmtp: str = "mode=AAC-hbr;config=1188") -> AudioTrack | None:
    return read(H264, AAC.format(rtpmap, fmtp)).audio


@pytest.mark.parametrize(
    ("parts", "control", "codec"),
    [
        ((JPEG, H264), "avc", VideoCodec.H264),
        ((H265, H264), "hevc", VideoCodec.H265),
        ((H264, H265), "avc", VideoCodec.H264),
        ((JPEG, H265, H264), "hevc", VideoCodec.H265),
    ],
)
def test_the_first_track_that_can_be_recorded_is_the_picture(parts, control: str, codec: VideoCodec):
    """Cameras list several: a JPEG preview, a main and a sub stream."""
    found = read(*parts)
    assert (found.video.control_url, found.video.codec) == (f"rtsp://c/a/{control}", codec)
    assert found.left_out == ("video",) * (len(parts) - 1)


def test_a_track_with_several_payload_types_is_taken_by_the_one_that_can_be_recorded():
    """The picture comes with that payload type."""
    found = read("m=video 0 RTP/AVP 26 97 96\r\na=rtpmap:97 VP8/90000\r\na=rtpmap:96 h264/90000\r\n")
    assert found.video.payload_type == 96


def test_what_cannot_be_recorded_is_named():
    """With the next step."""
    with pytest.raises(UnsupportedCodecError, match=r"VP9, JPEG; Ronda records H\.264 and H\.265.*Next:"):
        read("m=video 0 RTP/AVP 97\r\na=rtpmap:97 VP9/90000\r\n", JPEG)


@pytest.mark.parametrize(
    ("line", "codec", "clock_hz"),
    [
        ("m=audio 0 RTP/AVP 0\r\n", AudioCodec.PCMU, 8000),
        ("m=audio 0 RTP/AVP 8\r\n", AudioCodec.PCMA, 8000),
        ("m=audio 0 RTP/AVP 99\r\na=rtpmap:99 pcma/16000/1\r\n", AudioCodec.PCMA, 16_000),
        ("m=audio 0 RTP/AVP 100 8\r\na=rtpmap:100 G726-32/8000\r\n", AudioCodec.PCMA, 8000),
    ],
)
def test_g711_is_known_by_its_number_or_by_its_name(line: str, codec: AudioCodec, clock_hz: int):
    """Static payload types need no rtpmap."""
    found = read(H264, line).audio
    assert found is not None
    assert (found.format.codec, found.format.clock_hz, found.format.config) == (codec, clock_hz, b"")


def test_aac_brings_its_configuration_and_header_sizes():
    """Names of parameters in any case, spaces between."""
    found = sound("mpeg4-generic/48000/2", "streamtype=5; Mode=AAC-hbr; CONFIG=1190; SizeLength=13; indexlength=3")
    assert found is not None
    form = found.format
    assert (form.clock_hz, form.channels, form.config, form.size_bits, form.index_bits) == (
        48_000,
        2,
        b"\x11\x90",
        13,
        3,
    )


@pytest.mark.parametrize(
    ("rtpmap", "fmtp"),
    [
        ("opus/48000/2", ""),
        ("MP4A-LATM/16000", "config=400026103fc0"),
        ("mpeg4-generic/48000", "mode=AAC-lbr;config=1188"),
        ("mpeg4-generic/48000", "mode=AAC-hbr"),
        ("mpeg4-generic/48000", "mode=AAC-hbr;config=zz"),
        ("mpeg4-generic/48000", "mode=AAC-hbr;config=" + "11" * 65),
        ("mpeg4-generic/48000", "mode=AAC-hbr;config=1188;sizelength=-1"),
        ("mpeg4-generic/0", "mode=AAC-hbr;config=1188"),
        ("mpeg4-generic/99999999", "mode=AAC-hbr;config=1188"),
        ("mpeg4-generic/48000/0", "mode=AAC-hbr;config=1188"),
        ("PCMA/%n%s", ""),
    ],
)
def test_sound_that_cannot_be_recorded_never_costs_the_picture(rtpmap: str, fmtp: str):
    """It is left out, and said so."""
    found = read(H264, AAC.format(rtpmap, fmtp))
    assert found.audio is None
    assert found.left_out == ("audio",)
    assert found.video.codec is VideoCodec.H264


def test_h265_sets_come_in_the_order_a_decoder_needs_them():
    """Cameras list them in any order."""
    fmtp = "a=fmtp:98 sprop-pps=RAHA8saNA7NA;sprop-sps=QgEB;sprop-vps=QAEM\r\n"
    assert [nal[0] for nal in read(H265 + fmtp).video.parameter_sets] == [0x40, 0x42, 0x44]
