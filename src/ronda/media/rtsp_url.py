"""Take a camera's address apart: where to connect, as whom, and what to ask for.

Passwords may hold `@` and `%`: the user part ends at the last `@` before the first `/`, and only
valid percent escapes are decoded. The request URL never holds the user part.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from ronda.core.errors import WrongUsageError

DEFAULT_PORT = 554
DEFAULT_TLS_PORT = 322
MAX_URL_CHARS = 4096


class WrongUrlError(WrongUsageError):
    """An address that cannot be a camera's. All up to the last `@` is masked: it may be a password."""

    def __init__(self, text: str, why: str) -> None:
        shown = re.sub(r"^([a-zA-Z][a-zA-Z0-9+.-]*:/*)?.*@", r"\1***@", text.strip(), flags=re.DOTALL)
        super().__init__(
            f"camera address {shown[:200]!r} {why}. Next: write it as rtsp://user:password@host:554/path, "
            "with / in a password as %2F"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RtspUrl:
    host: str
    port: int
    request_url: str  # without user and password
    user: str | None = None
    password: str = field(default="", repr=False)
    tls: bool = False  # rtsps://


def parse_rtsp_url(text: str) -> RtspUrl:
    """Raises WrongUrlError, with the password masked, for anything but an rtsp:// or rtsps:// address."""
    scheme, mark, rest = text.strip().partition("://")
    scheme = scheme.lower()
    if not mark or scheme not in ("rtsp", "rtsps"):
        raise WrongUrlError(text, "is no rtsp:// or rtsps:// address")
    if len(rest) > MAX_URL_CHARS:
        raise WrongUrlError(text, f"is longer than {MAX_URL_CHARS} characters")
    usual_port = DEFAULT_TLS_PORT if scheme == "rtsps" else DEFAULT_PORT
    if any(ord(char) <= 0x20 or ord(char) == 0x7F for char in rest):
        raise WrongUrlError(text, "holds a space or control character")
    authority, slash, path = rest.partition("/")
    if not slash and "?" in authority:
        authority, _, query = authority.partition("?")
        path, slash = "?" + query, "/"
    user_part, at, place = authority.rpartition("@")
    host, port = _host_and_port(text, place, usual_port)
    user, _, password = user_part.partition(":")
    shown_host = f"[{host}]" if ":" in host else host
    shown_port = f":{port}" if port != usual_port or place.endswith(f":{port}") else ""
    return RtspUrl(
        host=host,
        port=port,
        request_url=f"{scheme}://{shown_host}{shown_port}{slash}{path}",
        user=unquote(user) if at else None,
        password=unquote(password),
        tls=scheme == "rtsps",
    )


def _host_and_port(text: str, place: str, usual_port: int) -> tuple[str, int]:
    if place.startswith("["):
        host, bracket, tail = place[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            raise WrongUrlError(text, "has a broken IPv6 address")
        port_text = tail[1:]
    else:
        host, _, port_text = place.partition(":")
    if not host:
        raise WrongUrlError(text, "names no host")
    if not port_text:
        return host, usual_port
    if not port_text.isdigit() and "@" in text:  # perhaps the beginning of a password that holds a /
        raise WrongUrlError(text, "has no port number after its host")
    if not re.fullmatch("[0-9]{1,5}", port_text) or not 0 < int(port_text) < 65536:
        raise WrongUrlError(text, f"has the port {port_text[:12]!r}, which is no number from 1 to 65535")
    return host, int(port_text)
