"""What the long run feeds: a target for every parser that reads bytes from outside.

A target takes bytes and gives a value or raises one of our own errors; anything else is a crash. How bytes are cut
into reads is worked out from the bytes alone, so that a kept crasher needs no seed. Which target reaches which
parser stands in `parsers.py`.
"""

from tests.fuzz import long_media, long_rtsp
from tests.fuzz.long_kit import Target
from tests.fuzz.onvif_answers import device_answers, grown_answer

TARGETS = (  # the cheapest first
    Target(
        name="nut", seeds=lambda: long_rtsp.UPS_LINES,
        words=(b'"', b"\\", b"VAR ", b"OB", b"OL", b"@", b":"),
        take=long_rtsp.take_ups,
    ),
    Target(
        name="rtp", seeds=lambda: long_media.REPORTS,
        words=(long_media.REPORT, b"\x80\xcb\x00\x00", b"\x80\xc8\xff\xff"),
        take=long_media.take_report,
    ),
    Target(
        name="rtsp_url", seeds=lambda: long_rtsp.ADDRESSES,
        words=(b"[", b"]", b":", b"@", b"%00", b"//", b":0", b"?", b"rtsp://"),
        take=long_rtsp.take_address,
    ),
    Target(
        name="reorder_window", seeds=long_media.orders,
        words=(b"\x00\x00", b"\xff\xff", b"\x00\x41"),
        take=long_media.take_order,
    ),
    Target(
        name="sound", seeds=lambda: long_media.SOUNDS,
        words=(b"\x00\x10\x00\x20", b"\xff\xf8"),
        take=long_media.take_sound,
    ),
    Target(
        name="picture_sets", seeds=long_media.records,
        words=(*long_media.SET_WORDS, b"\xa0\x00\x01"),
        take=long_media.take_record,
    ),
    Target(
        name="fmp4_init", seeds=long_media.inits,
        words=long_media.FILM_WORDS,
        take=long_media.take_init,
    ),
    Target(
        name="h264", seeds=lambda: (long_media.SPS,), grown=long_media.grown_264,
        words=long_media.SET_WORDS,
        take=long_media.take_264,
    ),
    Target(
        name="h265", seeds=lambda: (long_media.SPS5,), grown=long_media.grown_265,
        words=long_media.SET_WORDS,
        take=long_media.take_265,
    ),
    Target(
        name="sdp", seeds=lambda: long_rtsp.DESCRIBED,
        words=long_rtsp.SDP_WORDS,
        take=long_rtsp.take_description,
    ),
    Target(
        name="digest", seeds=lambda: long_rtsp.CHALLENGES,
        words=(b'\\"', b'"', b",", b"nonce=", b"qop=auth", b"\n"),
        take=long_rtsp.take_challenge,
    ),
    Target(
        name="fmp4_read", seeds=long_media.films,
        words=long_media.FILM_WORDS,
        take=long_media.take_film,
    ),
    Target(
        name="rtsp_message", seeds=long_rtsp.talks,
        words=long_rtsp.TALK_WORDS,
        take=long_rtsp.take_message,
    ),
    Target(
        name="rtsp_server", seeds=long_rtsp.request_talks,
        words=(*long_rtsp.TALK_WORDS, b"Session: s\r\n", b"Basic ", b"Digest "),
        take=long_rtsp.take_requests,
    ),
    Target(
        name="rtsp_client", seeds=long_rtsp.talks,
        words=long_rtsp.TALK_WORDS,
        take=long_rtsp.take_talk,
    ),
    Target(
        name="onvif", seeds=device_answers, grown=grown_answer,
        words=long_rtsp.XML_WORDS,
        take=long_rtsp.take_onvif,
    ),
    Target(
        name="depacketise", seeds=long_media.streams,
        words=long_media.PACKET_WORDS,
        take=long_media.take_stream,
    ),
)  # fmt: skip
