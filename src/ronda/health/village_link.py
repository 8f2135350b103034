"""Sign the address of a village's page, so that a village head needs no account.

The link names one area and an end, and opens nothing else: states and numbers, no picture. Whoever
holds it may see the page and report a fault. Pure: key and time come in as arguments.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from ronda.core.ids import AreaCode
from ronda.health.errors import HealthError

DEFAULT_DAYS = 365
MAX_DAYS = 730
_TOKEN = re.compile(r"([0-9.]{2,20})-([0-9]{9,12})-([A-Za-z0-9_-]{22})")


class VillageLinkError(HealthError):
    """A link that was not signed here, or has run out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageLink:
    area: AreaCode
    until_s: int  # UTC seconds


def write_link(key: bytes, link: VillageLink) -> str:
    """The token in the address: area, end and signature (HMAC-SHA-256, 128 bits)."""
    text = f"{link.area}-{link.until_s}"
    return f"{text}-{_mark(key, text)}"


def read_link(key: bytes, token: str, now_s: int) -> VillageLink:
    """Raises VillageLinkError."""
    match = _TOKEN.fullmatch(token)
    if match is None or not hmac.compare_digest(_mark(key, f"{match[1]}-{match[2]}"), match[3]):
        raise VillageLinkError("this link was not made here. Next: ask the office for a new one")
    link = VillageLink(area=AreaCode(match[1]), until_s=int(match[2]))
    if link.until_s <= now_s:
        raise VillageLinkError("this link has run out. Next: ask the office for a new one")
    return link


def _mark(key: bytes, text: str) -> str:
    digest = hmac.new(key, b"ronda village page\n" + text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")
