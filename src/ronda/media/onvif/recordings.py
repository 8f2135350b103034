"""Profile G: what a camera's card or an older recorder holds, and how to ask for a stretch of it.

Decides how a search is asked and read, and what the RTSP headers of a replay are. What comes is a claim of
the device about its own past; `ronda.video.onvif.fill` verifies what can be verified.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from ronda.core.time import SECOND_US, TimeSpan
from ronda.media.onvif.device import short
from ronda.media.onvif.events import read_instant_us
from ronda.media.onvif.xml import Node

_SEARCH = "http://www.onvif.org/ver10/search/wsdl"
_REPLAY = "http://www.onvif.org/ver10/replay/wsdl"
_SCHEMA = "http://www.onvif.org/ver10/schema"
_MAX_RECORDINGS = 256
GET_SUMMARY = f'<GetRecordingSummary xmlns="{_SEARCH}"/>'
FIND_RECORDINGS = (
    f'<FindRecordings xmlns="{_SEARCH}"><Scope/><MaxMatches>256</MaxMatches>'
    "<KeepAliveTime>PT30S</KeepAliveTime></FindRecordings>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recording of the device, on the device's clock. `span` None: it does not say from when to when."""

    token: str
    source: str
    span: TimeSpan | None
    video: bool


def read_summary(body: Node) -> tuple[TimeSpan | None, int]:
    """From when to when anything is there, and how many recordings. None: nothing, or not said."""
    span = _span(body.says("DataFrom"), body.says("DataUntil"))
    return span, body.number("NumberRecordings") or 0


def read_search_token(body: Node) -> str:
    return body.says("SearchToken")[:200]


def results_request(token: str) -> str:
    return (
        f'<GetRecordingSearchResults xmlns="{_SEARCH}"><SearchToken>{escape(token)}</SearchToken>'
        "<WaitTime>PT5S</WaitTime></GetRecordingSearchResults>"
    )


def read_results(body: Node) -> tuple[tuple[Recording, ...], bool]:
    """Recordings of one page, and whether the search has come to its end."""
    found = [_recording(one) for one in list(body.all("RecordingInformation"))[:_MAX_RECORDINGS]]
    done = body.says("SearchState").lower() != "searching"
    return tuple(one for one in found if one is not None), done


def _recording(node: Node) -> Recording | None:
    token = node.says("RecordingToken")
    if not token:
        return None
    tracks = [track for track in node.all("Track") if track.says("TrackType").lower() == "video"]
    spans = [_span(track.says("DataFrom"), track.says("DataTo")) for track in tracks]
    spans.append(_span(node.says("EarliestRecording"), node.says("LatestRecording")))
    return Recording(
        token=token[:200],
        source=short(node.says("Source", "Name")),
        span=next((span for span in spans if span is not None), None),
        video=bool(tracks),
    )


def _span(begin: str, end: str) -> TimeSpan | None:
    begin_us, end_us = read_instant_us(begin), read_instant_us(end)
    if begin_us is None or end_us is None or end_us <= begin_us:
        return None
    return TimeSpan(begin_us, end_us)


def replay_request(recording: str) -> str:
    return (
        f'<GetReplayUri xmlns="{_REPLAY}"><StreamSetup xmlns:t={quoteattr(_SCHEMA)}>'
        "<t:Stream>RTP-Unicast</t:Stream>"
        "<t:Transport><t:Protocol>RTSP</t:Protocol></t:Transport></StreamSetup>"
        f"<RecordingToken>{escape(recording)}</RecordingToken></GetReplayUri>"
    )


def replay_headers(span: TimeSpan) -> dict[str, str]:
    """What a PLAY of a replay carries: the stretch on the device's clock, as fast as it can give it."""
    return {
        "Require": "onvif-replay",
        "Range": f"clock={_clock(span.start_us)}-{_clock(span.end_us)}",
        "Rate-Control": "no",
    }


def _clock(at_us: int) -> str:
    moment = datetime.fromtimestamp(at_us // SECOND_US, tz=UTC)
    return f"{moment:%Y%m%dT%H%M%S}.{at_us % SECOND_US // 1000:03}Z"


REPLAY_EXTENSION = 0xABAC
_NTP_EPOCH_S = 2_208_988_800


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayMark:
    """What the RTP extension of a replay says of its packet: when the frame was taken, and breaks before it."""

    at_us: int
    clean: bool  # a clean point: decoding can begin here
    broken: bool  # what comes before is missing
    last: bool  # the end of the recording


def read_replay_extension(profile: int, data: bytes) -> ReplayMark | None:
    """The extension's content (12 bytes: NTP time, flags, sequence); None for another extension."""
    if profile not in (REPLAY_EXTENSION, 0xABAD) or len(data) < 12:
        return None
    seconds, part = int.from_bytes(data[0:4], "big"), int.from_bytes(data[4:8], "big")
    if seconds < _NTP_EPOCH_S:
        return None
    at_us = (seconds - _NTP_EPOCH_S) * SECOND_US + (part * SECOND_US >> 32)
    flags = data[8]
    return ReplayMark(at_us=at_us, clean=bool(flags & 0x80), broken=bool(flags & 0x20), last=bool(flags & 0x10))
