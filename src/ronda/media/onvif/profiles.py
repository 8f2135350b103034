"""The media service (versions 1 and 2): which streams there are, where, and which of them to record.

Decides which profile is the main stream (the most pixels, then the highest rate) and which the sub stream
(the largest of at most 1280 wide that is smaller than the main one, of the same video source).
"""

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from ronda.media.onvif.device import short
from ronda.media.onvif.xml import Node

_MEDIA = "http://www.onvif.org/ver10/media/wsdl"
_MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
_SCHEMA = "http://www.onvif.org/ver10/schema"
_SUB_WIDTH_PX = 1280
MAX_PROFILES = 64
GET_PROFILES = f'<GetProfiles xmlns="{_MEDIA}"/>'
GET_PROFILES2 = f'<GetProfiles xmlns="{_MEDIA2}"><Type>All</Type></GetProfiles>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One stream as the device offers it; None or "" where it does not say."""

    token: str
    name: str
    source: str  # the video source: the channel of a recorder, the lens of a camera
    codec: str  # H264, H265, JPEG, ... in capitals
    width_px: int
    height_px: int
    fps: int | None
    kbit_s: int | None
    key_every: int | None  # frames
    sound: bool


def read_profiles(body: Node) -> tuple[Profile, ...]:
    """Profiles with a video encoder, of GetProfiles of either version."""
    found = [_profile(node) for node in body.all("Profiles")]
    return tuple(one for one in found[:MAX_PROFILES] if one is not None)


def _profile(node: Node) -> Profile | None:
    video = node.first("VideoEncoderConfiguration") or node.first("VideoEncoder")
    token = node.attributes.get("token", "")
    if video is None or not token:
        return None
    rate = video.first("RateControl") or Node("RateControl")
    return Profile(
        token=token[:200],
        name=short(node.child("Name").text if node.child("Name") else token),  # type: ignore[union-attr]
        source=short(node.says("SourceToken")),
        codec=short(video.says("Encoding")).upper().replace("MPV4-ES", "MPEG4").removeprefix("VIDEO/"),
        width_px=max(0, video.number("Resolution", "Width") or 0),
        height_px=max(0, video.number("Resolution", "Height") or 0),
        fps=rate.number("FrameRateLimit"),
        kbit_s=rate.number("BitrateLimit"),
        key_every=video.number("GovLength") or _whole(video.attributes.get("GovLength", "")),
        sound=any(node.first(name) for name in ("AudioEncoderConfiguration", "AudioEncoder")),
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def stream_request(token: str, *, media2: bool) -> str:
    """Ask where a profile's stream is, over RTSP in one TCP connection."""
    if media2:
        return (
            f'<GetStreamUri xmlns="{_MEDIA2}"><Protocol>RTSP</Protocol>'
            f"<ProfileToken>{escape(token)}</ProfileToken></GetStreamUri>"
        )
    return (
        f'<GetStreamUri xmlns="{_MEDIA}"><StreamSetup xmlns:t={quoteattr(_SCHEMA)}><t:Stream>RTP-Unicast</t:Stream>'
        f"<t:Transport><t:Protocol>RTSP</t:Protocol></t:Transport></StreamSetup>"
        f"<ProfileToken>{escape(token)}</ProfileToken></GetStreamUri>"
    )


def snapshot_request(token: str, *, media2: bool) -> str:
    name = _MEDIA2 if media2 else _MEDIA
    return f'<GetSnapshotUri xmlns="{name}"><ProfileToken>{escape(token)}</ProfileToken></GetSnapshotUri>'


def read_uri(body: Node) -> str:
    """The address in an answer to GetStreamUri, GetSnapshotUri or GetReplayUri; "" when there is none."""
    return body.says("Uri")[:500]


def main_and_sub(profiles: tuple[Profile, ...]) -> tuple[Profile | None, Profile | None]:
    """Which to record, and which to show where a smaller picture serves."""
    playable = [one for one in profiles if one.codec in ("H264", "H265", "HEVC", "")]
    main = max(playable, key=_size, default=None)
    if main is None:
        return None, None
    smaller = [
        one
        for one in playable
        if one.source == main.source and one.width_px <= _SUB_WIDTH_PX and _size(one)[0] < _size(main)[0]
    ]
    return main, max(smaller, key=_size, default=None)


def _size(one: Profile) -> tuple[int, int, int]:
    return one.width_px * one.height_px, one.fps or 0, one.kbit_s or 0
