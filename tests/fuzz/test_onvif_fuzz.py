"""ONVIF answers from a hostile camera: any bytes give a value or one kind of error, in bounded memory."""

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ronda.media.errors import MediaError
from ronda.media.onvif import device, discovery, events, profiles, recordings, soap
from ronda.media.onvif.xml import Node, parse

READERS: tuple[Callable[[Node], object], ...] = (
    device.read_information, device.read_date_us, device.read_services, profiles.read_profiles, profiles.read_uri,
    events.read_subscription, events.read_hints, recordings.read_summary, recordings.read_results,
    recordings.read_search_token,
)  # fmt: skip
NAMES = (
    "Envelope", "Header", "Body", "Fault", "Code", "Value", "Reason", "Text", "UTCDateTime", "Date", "Time", "Year",
    "Month", "Day", "Hour", "Minute", "Second", "Profiles", "VideoEncoderConfiguration", "Resolution", "Width",
    "RateControl", "FrameRateLimit", "GovLength", "Service", "Namespace", "XAddr", "Capabilities", "Extension",
    "Media", "NotificationMessage", "Topic", "Message", "Data", "SimpleItem", "SubscriptionReference",
    "ReferenceParameters",
    "RecordingInformation", "RecordingToken", "Track", "TrackType", "DataFrom", "DataTo", "ProbeMatch", "Scopes",
    "XAddrs", "RelatesTo", "Uri", "SearchState", "Name",
)  # fmt: skip
TEXTS = ("", "1", "-1", "1e999", "nan", "9" * 400, "true", "Video", "2026-11-26T01:02:03Z",
         "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00Z", "http://[::1", "rtsp://a:b@c/", "tns1:MotionAlarm",
         "é" * 200, "urn:uuid:x")  # fmt: skip
MESSAGE = UUID(int=1)


@st.composite
def trees(draw: st.DrawFn, depth: int = 0) -> str:
    """XML that uses the words of real answers in wrong places."""
    name = draw(st.sampled_from(NAMES))
    value = draw(st.sampled_from(TEXTS))
    inner = "" if depth > 5 else "".join(draw(st.lists(trees(depth=depth + 1), max_size=4)))
    return f"<t:{name} token='{value}' Value='{value}' UtcTime='{value}'>{value}{inner}</t:{name}>"


@settings(max_examples=600, deadline=None, derandomize=True)
@given(trees())
def test_words_of_real_answers_in_wrong_places_harm_no_reader(tree: str) -> None:
    try:
        body = soap.body_of(f"<Envelope xmlns:t='x'><Body>{tree}</Body></Envelope>".encode())
    except MediaError:
        return
    for read in READERS:
        read(body)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.one_of(st.binary(max_size=400), trees().map(str.encode)), st.integers(0, 400), st.integers(0, 255))
def test_changed_bytes_give_a_tree_or_one_kind_of_error(data: bytes, at: int, byte: int) -> None:
    changed = bytearray(data)
    if changed:
        changed[at % len(changed)] = byte
    discovery.read_answer(bytes(changed), MESSAGE)
    try:
        body = parse(bytes(changed))
    except MediaError:
        return
    for read in READERS:
        read(body)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(0, 0xFFFF), st.binary(max_size=40))
def test_a_replay_extension_of_any_bytes_is_read_or_left(profile: int, data: bytes) -> None:
    recordings.read_replay_extension(profile, data)
    recordings.read_replay_extension(recordings.REPLAY_EXTENSION, data)


@pytest.mark.parametrize("text", TEXTS)
def test_an_instant_is_read_or_none(text: str) -> None:
    events.read_instant_us(text)
