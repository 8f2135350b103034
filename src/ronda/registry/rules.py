"""What a register entry must have before anything is recorded. Pure."""

import math
from urllib.parse import urlsplit

from ronda.core.secrets import mask_url
from ronda.registry.errors import IncompleteEntryError
from ronda.registry.model import Camera, CameraState

MIN_PURPOSE_CHARACTERS = 10
MAX_RETENTION_DAYS = 365
MAX_TEXT_CHARACTERS = 200


def check_camera(entry: Camera) -> None:
    """Raise IncompleteEntryError with the first thing that is missing or impossible."""
    if entry.state is not CameraState.PLANNED:
        check_stream_url(entry.url)
    elif entry.url or entry.sub_url:
        raise IncompleteEntryError(f"camera {entry.camera} is planned and has no address yet; it was given one")
    if entry.sub_url is not None:
        check_stream_url(entry.sub_url)
    texts = (("name", entry.name), ("site", entry.site.name), ("purpose", entry.purpose))
    for label, text in (*texts, ("legal basis", entry.legal_basis), ("owner", entry.owner)):
        if len(text) > MAX_TEXT_CHARACTERS or any(ord(sign) < 32 for sign in text):
            raise IncompleteEntryError(f"{label} has control signs or over {MAX_TEXT_CHARACTERS} characters")
    if not entry.legal_basis.strip():
        raise IncompleteEntryError(
            f"camera {entry.camera} has no legal basis; without one nothing is recorded. "
            "Next: name the rule it stands on, such as 'UU 27/2022 Pasal 17'"
        )
    if len(entry.purpose.strip()) < MIN_PURPOSE_CHARACTERS:
        raise IncompleteEntryError(
            f"camera {entry.camera} has no purpose ({entry.purpose.strip()!r}); "
            "without one nothing is recorded. "
            "Next: say what it is for, such as --purpose 'Keamanan jalan umum dan ketertiban pasar'"
        )
    if not 1 <= entry.retention_days <= MAX_RETENTION_DAYS:
        raise IncompleteEntryError(
            f"camera {entry.camera}: {entry.retention_days} days kept, possible 1 to {MAX_RETENTION_DAYS}"
        )
    for value, limit in ((entry.site.lat_deg, 90.0), (entry.site.lon_deg, 180.0)):
        if value is not None and not (math.isfinite(value) and abs(value) <= limit):
            raise IncompleteEntryError(f"camera {entry.camera}: {value} is no coordinate (limit {limit:g})")


def check_stream_url(url: str) -> None:
    """Only `rtsp://host[:port]/path`: stream sources are typed, never handed to a shell or a player."""
    shown = mask_url(url)[:120]
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise IncompleteEntryError(f"{shown!r} is no address: its host or port cannot be read") from None
    if parts.scheme != "rtsp" or not host or port == 0 or any(ord(sign) <= 32 for sign in url):
        raise IncompleteEntryError(
            f"{shown!r} is no camera address. Next: give it as rtsp://user:password@host:554/path"
        )
