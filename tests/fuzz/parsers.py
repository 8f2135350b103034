"""The Python parsers that read bytes from outside, and what feeds each: the one table of fuzzing.

`coverage_report.py` counts how much of them is reached, `test_long_fuzz.py` holds the table complete.
"""

from dataclasses import dataclass

CONTROL, MEDIA, DEEP = "test_control_fuzz.py", "test_media_fuzz.py", "test_deep_fuzz.py"
UPS, ONVIF, SERVER = "test_ups_fuzz.py", "test_onvif_fuzz.py", "test_rtsp_server_fuzz.py"
AGREE = "../unit/test_engines_agree.py"
# of all of them: beyond a cap, right to the last box
LAST = ("test_last_branches.py", "test_last_branches_rtsp.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parser:
    """file: below src/ronda; tests: beside this file; long: names of targets of the long run."""

    file: str
    tests: tuple[str, ...]
    long: tuple[str, ...]


PARSERS = (
    Parser(file="media/rtsp_message.py", tests=(CONTROL, MEDIA, DEEP), long=("rtsp_message", "rtsp_client")),
    Parser(file="media/rtsp_client.py", tests=(CONTROL, MEDIA, DEEP), long=("rtsp_client",)),
    Parser(file="media/rtsp_url.py", tests=(CONTROL, MEDIA, DEEP), long=("rtsp_url",)),
    Parser(file="media/digest.py", tests=(CONTROL,), long=("digest", "rtsp_client")),
    Parser(file="media/sdp.py", tests=(CONTROL, MEDIA, DEEP), long=("sdp", "rtsp_client")),
    Parser(file="media/rtp.py", tests=(MEDIA, AGREE, DEEP), long=("rtp", "depacketise")),
    Parser(file="media/h264.py", tests=(MEDIA, CONTROL, DEEP), long=("h264", "depacketise")),
    Parser(file="media/h265.py", tests=(CONTROL, DEEP), long=("h265",)),
    Parser(file="media/bits.py", tests=(CONTROL, MEDIA, DEEP), long=("h264", "h265")),
    Parser(file="media/picture_sets.py", tests=(CONTROL, MEDIA, DEEP), long=("picture_sets",)),
    Parser(file="media/fmp4_init.py", tests=(CONTROL, MEDIA, DEEP), long=("fmp4_init", "fmp4_read")),
    Parser(file="media/fmp4_read.py", tests=(CONTROL, MEDIA, DEEP), long=("fmp4_read",)),
    Parser(file="media/rtsp_server.py", tests=(SERVER, DEEP), long=("rtsp_server",)),
    Parser(file="media/nut.py", tests=(UPS,), long=("nut",)),
    Parser(file="media/onvif/xml.py", tests=(ONVIF, DEEP), long=("onvif",)),
    Parser(file="media/onvif/soap.py", tests=(ONVIF, DEEP), long=("onvif",)),
    Parser(file="media/onvif/device.py", tests=(ONVIF, DEEP), long=("onvif",)),
    Parser(file="media/onvif/discovery.py", tests=(ONVIF, DEEP), long=("onvif",)),
    Parser(file="media/onvif/events.py", tests=(ONVIF, DEEP), long=("onvif",)),
    Parser(file="media/onvif/profiles.py", tests=(ONVIF, DEEP), long=("onvif",)),
    Parser(file="media/onvif/recordings.py", tests=(ONVIF, DEEP), long=("onvif",)),
    Parser(file="video/engine/depacketise.py", tests=(MEDIA, AGREE), long=("depacketise",)),
    Parser(file="video/engine/access_units.py", tests=(MEDIA, AGREE), long=("depacketise",)),
    Parser(file="video/engine/sound.py", tests=(AGREE,), long=("sound", "depacketise")),
    Parser(file="video/engine/reorder_window.py", tests=(AGREE,), long=("reorder_window",)),
)
