"""True answers of a virtual ONVIF device, and every reader of such answers."""

import random
from collections.abc import Callable
from uuid import UUID

from ronda.core.time import SECOND_US, TimeSpan
from ronda.media.onvif import device, events, profiles, recordings
from ronda.media.onvif.events import HintKind
from ronda.media.onvif.xml import Node
from ronda.sim.onvif import VirtualDevice, VirtualOnvif, answer

MESSAGE = UUID(int=1)
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
PREFIXES = ("s", "tds", "trt", "tt", "tev", "tns1", "tse", "trp", "wsnt", "wsa", "ter")

FAULTS = (
    b"<Envelope><Body><Fault><Code><Value>s:Sender</Value><Subcode><Value>ter:NotAuthorized</Value></Subcode></Code>"
    b"<Reason><Text>Sender not authorized</Text></Reason></Fault></Body></Envelope>",
    b"<Envelope><Body><Fault><faultcode>s:Client</faultcode><faultstring>no</faultstring></Fault></Body></Envelope>",
)


def device_answers() -> list[bytes]:
    """Each answer of a virtual device, and one refusal."""
    camera = VirtualDevice(
        name="cam", url="rtsp://cam/1", sub_url="rtsp://cam/2", recorded=(TimeSpan(0, 60 * SECOND_US),),
        replay_url="rtsp://cam/replay", hints=[(HintKind.MOTION, True, 10**15), (HintKind.TAMPER, False, 10**15)],
    )  # fmt: skip
    questions = (
        "GetSystemDateAndTime", "GetDeviceInformation", "GetCapabilities", "GetProfiles", "GetStreamUri",
        "GetSnapshotUri", "CreatePullPointSubscription", "PullMessages", "FindRecordings",
        "GetRecordingSearchResults", "GetReplayUri", "Nonsense",
    )  # fmt: skip
    found = []
    for name in questions:
        body = f"<{name}><ProfileToken>main</ProfileToken></{name}>"
        question = f"<Envelope><Body>{body}</Body></Envelope>".encode()
        _, content = answer(camera, question, "http://cam/onvif")
        spaces = " ".join(f'xmlns:{one}="{one}"' for one in PREFIXES)
        found.append(f"<s:Envelope {spaces}><s:Body>{content}</s:Body></s:Envelope>".encode())
    with VirtualOnvif([camera]) as network:
        found += network.answers(f"urn:uuid:{MESSAGE}")
    services = "".join(
        f"<Service><Namespace>http://www.onvif.org/{one}/wsdl</Namespace><XAddr>http://cam/{one}</XAddr></Service>"
        for one in ("ver20/media", "ver10/media", "ver10/events", "ver10/search", "ver10/replay")
    )
    found += FAULTS
    found.append(
        f"<Envelope><Body><GetServicesResponse>{services}</GetServicesResponse></Body></Envelope>".encode()
    )
    return found


def grown_answer(chance: random.Random) -> bytes:
    """Words of real answers in wrong places: an envelope that is always XML."""
    return f"<Envelope xmlns:t='x'><Body>{_tree(chance, 0)}</Body></Envelope>".encode()


def _tree(chance: random.Random, depth: int) -> str:
    name, value = chance.choice(NAMES), chance.choice(TEXTS)
    inner = "".join(_tree(chance, depth + 1) for _ in range(int(chance.random() * (4 - depth / 2))))
    return f"<t:{name} token='{value}' Value='{value}' UtcTime='{value}'>{value}{inner}</t:{name}>"
