"""Choose the video track of a session description and the address to set it up at.

Tolerant: cameras repeat attributes, leave lines out and invent media types; what is not understood
is skipped. Audio and metadata tracks are named but not set up. Video that is not H.264 is refused,
never recorded by guess.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field

from ronda.media.errors import NoVideoError, SdpError, UnsupportedCodecError

MAX_MEDIA = 64
MAX_PARAMETER_SET_BYTES = 4096
_STATIC_VIDEO = {26: "JPEG", 28: "NV", 31: "H261", 32: "MPV", 33: "MP2T", 34: "H263"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoTrack:
    """The H.264 track to set up."""

    control_url: str
    payload_type: int
    parameter_sets: tuple[bytes, ...]  # NAL units of sprop-parameter-sets, without start codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a camera says it offers."""

    play_url: str  # the address of the whole presentation
    video: VideoTrack
    left_out: tuple[str, ...]  # kinds of the tracks that are not set up, such as audio


@dataclass(slots=True)
class _Media:
    kind: str
    payloads: list[int]
    control: str | None = None
    codecs: dict[int, str] = field(default_factory=dict)
    formats: dict[int, str] = field(default_factory=dict)


def read_description(body: bytes, *, request_url: str, content_base: str | None = None) -> Description:
    """Read an SDP body.

    request_url   the address that DESCRIBE named; the base where Content-Base is missing
    Raises NoVideoError, UnsupportedCodecError, or SdpError when the body is no description at all.
    """
    session_control, medias = _read_lines(body)
    base = (content_base or "").strip() or request_url
    videos = [media for media in medias if media.kind == "video"]
    if not videos:
        kinds = ", ".join(sorted({media.kind for media in medias})) or "nothing"
        raise NoVideoError(
            f"the camera offers {kinds}, but no video; nothing can be recorded. "
            "Next: use the address of a video stream"
        )
    video, payload = _choose_h264(videos)
    track = VideoTrack(
        control_url=resolve_control(base, video.control),
        payload_type=payload,
        parameter_sets=tuple(_sprop_sets(video.formats.get(payload, ""))),
    )
    left_out = tuple(media.kind for media in medias if media is not video)
    return Description(play_url=resolve_control(base, session_control), video=track, left_out=left_out)


def resolve_control(base: str, control: str | None) -> str:
    """The address that `a=control` means: absolute, `*` or missing (the base), or below the base.

    A relative one is appended after a slash even where the base ends in a query: that is what
    cameras expect, other than RFC 3986 says.
    """
    if control is None or control in ("", "*"):
        return base
    if control.lower().startswith(("rtsp://", "rtspu://", "rtsps://")):
        return control
    return base + control.lstrip("/") if base.endswith("/") else f"{base}/{control.lstrip('/')}"


def _read_lines(body: bytes) -> tuple[str | None, list[_Media]]:
    session_control: str | None = None
    medias: list[_Media] = []
    understood = 0
    for line in body.decode("utf-8", "replace").splitlines():
        kind, equals, value = line.strip().partition("=")
        if not equals or len(kind) != 1:
            continue
        understood += 1
        if kind == "m":
            if len(medias) == MAX_MEDIA:
                raise SdpError(f"the camera's description names more than {MAX_MEDIA} tracks; it is not used")
            medias.append(_read_media(value))
        elif kind == "a" and medias:
            _read_attribute(medias[-1], value)
        elif kind == "a" and value.startswith("control:"):
            session_control = value.partition(":")[2].strip()
    if not understood:
        raise SdpError(
            f"the camera's description is no SDP: it begins with {body[:40]!r}. "
            "Next: check that the address is that of a stream"
        )
    return session_control, medias


def _read_media(value: str) -> _Media:
    words = value.split()
    kind = words[0].lower() if words else "unknown"
    return _Media(kind=kind, payloads=[int(word) for word in words[3:] if word.isascii() and word.isdigit()])


def _read_attribute(media: _Media, value: str) -> None:
    name, _, rest = value.partition(":")
    rest = rest.strip()
    if name == "control":
        media.control = rest
        return
    number, _, text = rest.partition(" ")
    if name in ("rtpmap", "fmtp") and number.isascii() and number.isdigit() and len(number) <= 3:
        target = media.codecs if name == "rtpmap" else media.formats
        target.setdefault(int(number), text.strip())


def _choose_h264(videos: list[_Media]) -> tuple[_Media, int]:
    found: list[str] = []
    for media in videos:
        for payload in media.payloads or list(media.codecs):
            name = media.codecs.get(payload, _STATIC_VIDEO.get(payload, "")).partition("/")[0].upper()
            if name == "H264":
                return media, payload
            found.append(name or f"payload type {payload}")
    raise UnsupportedCodecError(
        f"the camera sends {', '.join(found) or 'an unnamed codec'}; this version records H.264 only. "
        "Next: set the camera, or the stream of this address, to H.264"
    )


def _sprop_sets(fmtp: str) -> Iterator[bytes]:
    """NAL units of sprop-parameter-sets, cleaned; what is no base64 is left out."""
    for part in fmtp.split(";"):
        name, _, value = part.strip().partition("=")
        if name.strip().lower() != "sprop-parameter-sets":
            continue
        for text in value.split(","):
            nal = _clean_nal(text.strip())
            if nal:
                yield nal


def _clean_nal(text: str) -> bytes:
    """Some cameras append zero bytes or the next start code to a parameter set."""
    padded = text.rstrip("=")
    try:
        nal = base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
    for start_code in (b"\x00\x00\x00\x01", b"\x00\x00\x01"):
        nal = nal.removeprefix(start_code)
    return nal.split(b"\x00\x00\x01", 1)[0].rstrip(b"\x00")[:MAX_PARAMETER_SET_BYTES]
