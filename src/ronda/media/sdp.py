"""Choose the tracks of a session description and the addresses to set them up at.

Tolerant: cameras repeat attributes, leave lines out and invent media types; what is not understood
is skipped. The first H.264 or H.265 track is the picture, whatever stands before it; the first sound
track that Ronda can record is named, and whether it is set up is decided elsewhere. Video of another
codec is refused, never recorded by guess.
"""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field

from ronda.media.codec import AudioCodec, AudioFormat, VideoCodec
from ronda.media.errors import NoVideoError, SdpError, UnsupportedCodecError

MAX_MEDIA = 64
MAX_PARAMETER_SET_BYTES = 4096
MAX_SETS = 64
MAX_AAC_CONFIG_BYTES = 64
_STATIC_VIDEO = {26: "JPEG", 28: "NV", 31: "H261", 32: "MPV", 33: "MP2T", 34: "H263"}
_STATIC_AUDIO = {0: "PCMU/8000", 8: "PCMA/8000"}
_VIDEO = {"H264": VideoCodec.H264, "H265": VideoCodec.H265, "HEVC": VideoCodec.H265}
_SPROP = {
    VideoCodec.H264: ("sprop-parameter-sets",),
    VideoCodec.H265: ("sprop-vps", "sprop-sps", "sprop-pps"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoTrack:
    """The picture track to set up."""

    control_url: str
    payload_type: int
    parameter_sets: tuple[bytes, ...]  # NAL units of the description, without start codes
    codec: VideoCodec = VideoCodec.H264


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioTrack:
    """The sound track that could be set up."""

    control_url: str
    payload_type: int
    format: AudioFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a camera says it offers."""

    play_url: str  # the address of the whole presentation
    video: VideoTrack
    audio: AudioTrack | None = None  # sound that Ronda could record
    left_out: tuple[str, ...] = ()  # kinds of the other tracks, such as application


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
    video, payload, codec = _choose_video(videos)
    sound = _choose_audio(medias, base)
    track = VideoTrack(
        control_url=resolve_control(base, video.control),
        payload_type=payload,
        parameter_sets=tuple(_sprop_sets(video.formats.get(payload, ""), _SPROP[codec]))[:MAX_SETS],
        codec=codec,
    )
    left_out = tuple(one.kind for one in medias if one is not video and (sound is None or one is not sound[0]))
    return Description(
        play_url=resolve_control(base, session_control),
        video=track,
        audio=sound[1] if sound else None,
        left_out=left_out,
    )


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


def _choose_video(videos: list[_Media]) -> tuple[_Media, int, VideoCodec]:
    found: list[str] = []
    for media in videos:
        for payload in media.payloads or list(media.codecs):
            name = media.codecs.get(payload, _STATIC_VIDEO.get(payload, "")).partition("/")[0].upper()
            if name in _VIDEO:
                return media, payload, _VIDEO[name]
            found.append(name or f"payload type {payload}")
    raise UnsupportedCodecError(
        f"the camera sends {', '.join(found[:8]) or 'an unnamed codec'}; Ronda records H.264 and H.265. "
        "Next: set the camera, or the stream of this address, to H.264"
    )


def _choose_audio(medias: list[_Media], base: str) -> tuple[_Media, AudioTrack] | None:
    """The first sound track in a format that is recorded; others are left out without a word."""
    for media in medias:
        for payload in (media.payloads or list(media.codecs)) if media.kind == "audio" else ():
            known = media.codecs.get(payload, _STATIC_AUDIO.get(payload, ""))
            sound = _audio_format(known, dict(_parameters(media.formats.get(payload, ""))))
            if sound is not None:
                url = resolve_control(base, media.control)
                return media, AudioTrack(control_url=url, payload_type=payload, format=sound)
    return None


def _audio_format(rtpmap: str, fmtp: dict[str, str]) -> AudioFormat | None:
    name, clock, channels = (*(part.strip() for part in rtpmap.split("/")), "", "")[:3]
    clock_hz = _number(clock, most=192_000)
    count = _number(channels, most=8) if channels else 1
    if not clock_hz or not count:
        return None
    if name.upper() in ("PCMA", "PCMU"):
        codec = AudioCodec.PCMA if name.upper() == "PCMA" else AudioCodec.PCMU
        return AudioFormat(codec=codec, clock_hz=clock_hz, channels=count)
    if name.upper() != "MPEG4-GENERIC" or fmtp.get("mode", "AAC-hbr").upper() != "AAC-HBR":
        return None
    size_bits = _number(fmtp.get("sizelength", "13"), most=16)
    index_bits = _number(fmtp.get("indexlength", "3"), most=8)
    try:
        config = bytes.fromhex(fmtp.get("config", ""))
    except ValueError:
        return None
    if not 2 <= len(config) <= MAX_AAC_CONFIG_BYTES or not size_bits or index_bits is None:
        return None
    return AudioFormat(
        codec=AudioCodec.AAC,
        clock_hz=clock_hz,
        channels=count,
        config=config,
        size_bits=size_bits,
        index_bits=index_bits,
    )


def _number(text: str, *, most: int) -> int | None:
    """A plain number from 0 to `most`, or None."""
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > most:
        return None
    return int(text)


def _parameters(fmtp: str) -> Iterator[tuple[str, str]]:
    for part in fmtp.split(";"):
        name, _, value = part.strip().partition("=")
        yield name.strip().lower(), value.strip()


def _sprop_sets(fmtp: str, names: tuple[str, ...]) -> Iterator[bytes]:
    """NAL units of the sprop parameters, in the order of `names`, cleaned; what is no base64 is left out."""
    given = list(_parameters(fmtp))
    for wanted in names:
        for name, value in given:
            if name == wanted:
                yield from (nal for text in value.split(",") if (nal := _clean_nal(text.strip())))


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
