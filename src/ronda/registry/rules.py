"""What a register entry must have before anything is recorded. Pure."""

import math
from urllib.parse import urlsplit

from ronda.core.secrets import mask_url
from ronda.registry.errors import CameraStandingError, IncompleteEntryError, KeptTooLongError, NoRegionalRuleError
from ronda.registry.model import Camera, CameraState, PublicMark
from ronda.registry.purposes import LONGEST_DAYS, PurposeKind, names_regional_rule

MIN_PURPOSE_CHARACTERS = 10
MAX_RETENTION_DAYS = max(LONGEST_DAYS.values())
MAX_TEXT_CHARACTERS = 200
MIN_PUBLIC_WIDTH_PX, MAX_PUBLIC_WIDTH_PX = 160, 640
MAX_PUBLIC_VIEWERS = 500
MIN_VIEW_DEG, MIN_HEIGHT_M, MAX_HEIGHT_M = 1.0, 0.5, 200.0


def check_camera(entry: Camera) -> None:
    """Raise IncompleteEntryError with the first thing that is missing or impossible."""
    if entry.state is not CameraState.PLANNED:
        check_stream_url(entry.url)
    elif entry.url or entry.sub_url:
        raise IncompleteEntryError(f"camera {entry.camera} is planned and has no address yet; it was given one")
    if entry.sub_url is not None:
        check_stream_url(entry.sub_url)
    texts = (("name", entry.name), ("site", entry.site.name), ("purpose", entry.purpose))
    for label, text in (
        *texts,
        ("legal basis", entry.legal_basis),
        ("owner", entry.owner),
        ("vendor", entry.vendor),
    ):
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
    longest = LONGEST_DAYS[entry.purpose_kind]
    if entry.retention_days > longest:
        raise KeptTooLongError(entry.camera, entry.retention_days, entry.purpose_kind.value, longest)
    if entry.purpose_kind is PurposeKind.REGIONAL_RULE and not names_regional_rule(entry.legal_basis):
        raise NoRegionalRuleError(entry.camera, entry.legal_basis)
    if entry.onvif_port is not None and not 1 <= entry.onvif_port <= 65535:
        raise IncompleteEntryError(f"camera {entry.camera}: {entry.onvif_port} is no port (1 to 65535)")
    _check_sight(entry)
    for value, limit in ((entry.site.lat_deg, 90.0), (entry.site.lon_deg, 180.0)):
        if value is not None and not (math.isfinite(value) and abs(value) <= limit):
            raise IncompleteEntryError(f"camera {entry.camera}: {value} is no coordinate (limit {limit:g})")


def _check_sight(entry: Camera) -> None:
    for label, value, least, most in (
        ("direction", entry.direction_deg, 0.0, 360.0),
        ("angle of view", entry.view_deg, MIN_VIEW_DEG, 360.0),
        ("height", entry.height_m, MIN_HEIGHT_M, MAX_HEIGHT_M),
    ):
        if value is not None and not least <= value <= most:
            raise IncompleteEntryError(
                f"camera {entry.camera}: {label} is {value:g}, possible {least:g} to {most:g}"
            )


def check_stream_url(url: str) -> None:
    """Only `rtsp(s)://host[:port]/path`: stream sources are typed, never handed to a shell or a player."""
    shown = mask_url(url)[:120]
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise IncompleteEntryError(f"{shown!r} is no address: its host or port cannot be read") from None
    if parts.scheme not in ("rtsp", "rtsps") or not host or port == 0 or any(ord(sign) <= 32 for sign in url):
        raise IncompleteEntryError(
            f"{shown!r} is no camera address. Next: give it as rtsp://user:password@host:554/path"
        )


def check_public_mark(entry: Camera, mark: PublicMark) -> None:
    """What everybody may see is small, said why, and never more viewers than the line bears.

    Raises IncompleteEntryError; CameraStandingError for a camera that does not serve.
    """
    if entry.state is not CameraState.IN_SERVICE:
        raise CameraStandingError(entry.camera, entry.state.value, "in service")
    if not MIN_PURPOSE_CHARACTERS <= len(mark.reason.strip()) <= MAX_TEXT_CHARACTERS:
        raise IncompleteEntryError(
            f"camera {entry.camera}: the reason for opening it to the public has {len(mark.reason.strip())} "
            f"characters, possible {MIN_PURPOSE_CHARACTERS} to {MAX_TEXT_CHARACTERS}"
        )
    if not MIN_PUBLIC_WIDTH_PX <= mark.width_px <= MAX_PUBLIC_WIDTH_PX:
        raise IncompleteEntryError(
            f"camera {entry.camera}: a public picture is {MIN_PUBLIC_WIDTH_PX} to {MAX_PUBLIC_WIDTH_PX} px wide, "
            f"not {mark.width_px}"
        )
    if not 1 <= mark.viewer_limit <= MAX_PUBLIC_VIEWERS:
        raise IncompleteEntryError(
            f"camera {entry.camera}: 1 to {MAX_PUBLIC_VIEWERS} viewers at once, not {mark.viewer_limit}"
        )
    for mask in mark.masks:
        if not (0 <= mask.left < mask.right <= 1 and 0 <= mask.top < mask.bottom <= 1):
            raise IncompleteEntryError(
                f"camera {entry.camera}: a mask is given in shares of the picture, left < right and top < bottom, "
                f"0 to 1; this one is {mask.left:g}, {mask.top:g}, {mask.right:g}, {mask.bottom:g}"
            )
