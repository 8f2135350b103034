"""ONVIF messages: what is read from real and from hostile answers, and how a password is proven."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.needs import require_shared

from ronda.core.time import SECOND_US, TimeSpan
from ronda.media.onvif import device, discovery, events, profiles, recordings, soap
from ronda.media.onvif.profiles import Profile
from ronda.media.onvif.soap import Login, OnvifFaultError
from ronda.media.onvif.xml import MAX_BYTES, Node, OnvifXmlError, parse


def in_envelope(content: str) -> bytes:
    return f'<e:Envelope xmlns:e="x"><e:Body>{content}</e:Body></e:Envelope>'.encode()


def answer_of(content: str) -> Node:
    return soap.body_of(in_envelope(content))


@pytest.mark.parametrize(
    "hostile",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://169.254.169.254/">]><a>&x;</a>',
        b"<a>" * 41 + b"</a>" * 41,
        b"<a>" + b"<b/>" * 20_001 + b"</a>",
        b" " * (MAX_BYTES + 1),
        b"",
        b"<a>",
        b"<a>&undefined;</a>",
        b'<?xml version="1.0" encoding="utf-nonsense"?><a/>',
        b"\xff\xfe\x00\x00",
    ],
)
def test_an_answer_that_could_harm_is_refused_in_one_sentence(hostile: bytes) -> None:
    with pytest.raises(OnvifXmlError, match="the answer"):
        parse(hostile)


def test_every_real_answer_is_read_or_refused_as_the_fault_it_is() -> None:
    """Four devices: 190 answers, from GetProfiles to a fault without a reason."""
    files = [path for path in require_shared("onvif").rglob("*.xml") if "wsdl" not in path.parts]
    assert len(files) > 150
    faults: list[str] = []
    for path in files:
        try:
            body = soap.body_of(path.read_bytes())
        except OnvifFaultError as fault:
            faults.append(fault.code)
            continue
        for read in READERS:
            read(body)
    assert len(faults) > 30
    assert all(faults)


READERS = (
    device.read_information, device.read_date_us, device.read_services, profiles.read_profiles, profiles.read_uri,
    events.read_subscription, events.read_hints, recordings.read_summary, recordings.read_results,
    recordings.read_search_token,
)  # fmt: skip


def test_a_real_camera_names_itself_its_streams_and_its_services() -> None:
    folder = require_shared("onvif") / "bosch-flexidome-5100i"
    read = {path.name[:2]: soap.body_of(path.read_bytes()) for path in folder.glob("*.xml")}
    assert device.read_information(read["01"]).serial == "404754734001050102"
    assert device.read_date_us(read["02"]) == 1_684_963_505 * SECOND_US
    assert device.read_services(read["03"])["replay"] == "http://192.168.1.201/onvif/replay_service"
    main, sub = profiles.main_and_sub(profiles.read_profiles(read["05"]))
    assert main is not None
    assert sub is not None
    assert (main.width_px, main.key_every, sub.width_px) == (1920, 255, 1280)
    assert profiles.read_uri(read["06"]) == "rtsp://192.168.1.201/rtsp_tunnel?p=0&line=1&inst=1&vcd=2"


def test_a_fault_tells_whether_another_password_may_help() -> None:
    refused = "<Fault><Code><Value>Sender</Value><Subcode><Value>ter:NotAuthorized</Value></Subcode></Code></Fault>"
    with pytest.raises(OnvifFaultError) as fault:
        answer_of(refused)
    assert fault.value.is_refusal
    with pytest.raises(OnvifFaultError, match="no audio") as fault:
        answer_of("<Fault><faultcode>a:Receiver</faultcode><faultstring>no audio</faultstring></Fault>")
    assert not fault.value.is_refusal


def test_the_password_is_proven_and_never_sent() -> None:
    """Digest by the example of the ONVIF core specification: nonce, time and password through SHA-1."""
    import base64

    nonce = base64.b64decode("LKqI6G/AikKCQrN0zqZFlg==")
    digest = soap.password_digest(nonce, "2010-09-16T07:50:45Z", "userpassword")
    assert digest == "tuOSpGlFlIXsozq4HFNeeGeFLEI="
    login = Login(user="o<p&", password="geheim&<")
    sent = soap.envelope("<Q/>", login=login, nonce=nonce, at_us=0)
    assert b"geheim" not in sent
    assert "geheim" not in repr(login)
    assert parse(sent).says("Header", "UsernameToken", "Username") == "o<p&"


def test_the_clock_is_measured_at_the_middle_of_the_round_trip() -> None:
    """The camera says whole seconds, cut off, so half a second is added and is uncertain."""
    found = device.clock_offset(said_us=100 * SECOND_US, asked_us=40 * SECOND_US, answered_us=42 * SECOND_US)
    assert found.offset_us == 59 * SECOND_US + SECOND_US // 2
    assert found.uncertainty_us == SECOND_US + SECOND_US // 2


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**7), st.integers(0, 10**7))
def test_the_true_offset_lies_within_the_uncertainty(offset_us: int, there_us: int, back_us: int) -> None:
    read_us = 10**15 + there_us
    said_us = (read_us + offset_us) // SECOND_US * SECOND_US
    found = device.clock_offset(said_us=said_us, asked_us=10**15, answered_us=read_us + back_us)
    assert abs(found.offset_us - offset_us) <= found.uncertainty_us + 1


@pytest.mark.parametrize(
    "date",
    [
        "<Year>2026</Year><Month>13</Month><Day>1</Day>",
        "<Year>99999999999999999999</Year><Month>1</Month><Day>1</Day>",
        "<Year>x</Year><Month>1</Month><Day>1</Day>",
        "",
    ],
)
def test_an_impossible_date_is_no_instant(date: str) -> None:
    time = "<Time><Hour>1</Hour><Minute>1</Minute><Second>1</Second></Time>"
    assert device.read_date_us(answer_of(f"<UTCDateTime>{time}<Date>{date}</Date></UTCDateTime>")) is None


def profile(token: str, width: int, height: int, *, source: str = "1", codec: str = "H264") -> Profile:
    return Profile(
        token=token, name=token, source=source, codec=codec, width_px=width, height_px=height,
        fps=25, kbit_s=2000, key_every=50, sound=False,
    )  # fmt: skip


def test_the_largest_stream_is_recorded_and_a_smaller_one_of_the_same_lens_is_shown() -> None:
    offered = (
        profile("jpeg", 4000, 3000, codec="JPEG"),
        profile("small", 640, 360),
        profile("main", 2560, 1440, codec="H265"),
        profile("other lens", 1280, 720, source="2"),
        profile("sub", 704, 576),
    )
    main, sub = profiles.main_and_sub(offered)
    assert main is not None
    assert sub is not None
    assert (main.token, sub.token) == ("main", "sub")
    assert profiles.main_and_sub(()) == (None, None)


def test_motion_and_tamper_are_hints_and_everything_else_is_left_out() -> None:
    def message(topic: str, value: str) -> str:
        return (
            f"<NotificationMessage><Topic>{topic}</Topic><Message><Message UtcTime='2026-11-26T01:02:03Z'><Data>"
            f"<SimpleItem Name='S' Value='{value}'/></Data></Message></Message></NotificationMessage>"
        )

    found = events.read_hints(
        answer_of(
            message("tns1:VideoSource/MotionAlarm", "true")
            + message("tns1:RuleEngine/TamperDetector/Tamper", "0")
            + message("tns1:Device/Trigger/DigitalInput", "true")
            + message("tns1:VideoSource/MotionAlarm", "perhaps")
        )
    )
    assert [(hint.kind, hint.on) for hint in found] == [
        (events.HintKind.MOTION, True),
        (events.HintKind.TAMPER, False),
    ]
    assert found[0].at_us == 1_795_654_923 * SECOND_US


def test_a_discovery_answer_counts_only_for_the_question_that_was_asked() -> None:
    message = uuid4()
    answer = (
        f"<Envelope><Header><RelatesTo>uuid:{message}</RelatesTo></Header><Body><ProbeMatches><ProbeMatch>"
        "<EndpointReference><Address>urn:uuid:1</Address></EndpointReference>"
        "<Scopes>onvif://www.onvif.org/name/Kamera%20Satu onvif://www.onvif.org/hardware/X1</Scopes>"
        "<XAddrs>http://10.0.0.5/onvif/device_service</XAddrs></ProbeMatch></ProbeMatches></Body></Envelope>"
    ).encode()
    (found,) = discovery.read_answer(answer, message)
    assert (found.name, found.hardware) == ("Kamera Satu", "X1")
    assert discovery.read_answer(answer, uuid4()) == ()
    assert discovery.read_answer(answer[:-5], message) == ()
    assert parse(discovery.probe(message)).says("Header", "MessageID") == f"urn:uuid:{message}"


def test_a_replay_is_asked_for_by_the_devices_own_clock() -> None:
    headers = recordings.replay_headers(TimeSpan(1_795_654_923_250_000, 1_795_654_983_000_000))
    assert headers == {
        "Require": "onvif-replay",
        "Range": "clock=20261126T010203.250Z-20261126T010303.000Z",
        "Rate-Control": "no",
    }


def test_the_replay_extension_tells_when_a_frame_was_taken() -> None:
    ntp_s = 1_795_654_923 + 2_208_988_800
    data = ntp_s.to_bytes(4, "big") + (1 << 31).to_bytes(4, "big") + bytes((0xA0, 7, 0, 0))
    mark = recordings.read_replay_extension(0xABAC, data)
    assert mark is not None
    assert mark.at_us == 1_795_654_923_500_000
    assert (mark.clean, mark.broken, mark.last) == (True, True, False)
    assert recordings.read_replay_extension(0xBEDE, data) is None
    assert recordings.read_replay_extension(0xABAC, data[:11]) is None
