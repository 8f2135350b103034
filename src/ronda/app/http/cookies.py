"""Our cookies: out of reach of scripts, of other sites, and over HTTPS of other hosts as well.

Over HTTPS a name begins with `__Host-`: browsers take such a cookie from this very host alone, never by HTTP
and for no part of the site, so that a neighbour below the same domain cannot slip one in. Whether it is HTTPS is
what our own server knows, or, behind a proxy, what the browser says of its page (`Origin`: pages cannot write it).
Without HTTPS, on loopback, the bare name serves.
"""

from typing import Final, Literal

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

COOKIE: Final = "ronda_session"
_PREFIX: Final = "__Host-"


def is_https(connection: HTTPConnection) -> bool:
    """Whether the browser came by HTTPS; never said by a forwarded header, which anybody can write."""
    return connection.url.scheme in ("https", "wss") or connection.headers.get("origin", "").startswith("https://")


def read_cookie(connection: HTTPConnection, name: str) -> str:
    """The value, "" without one. Over our own HTTPS the bare name does not count."""
    found = connection.cookies.get(_PREFIX + name, "")
    own_https = connection.url.scheme in ("https", "wss")
    return found or ("" if own_https else connection.cookies.get(name, ""))


def set_cookie(
    request: Request,
    response: Response,
    name: str,
    value: str,
    *,
    max_age_s: int | None = None,
    same_site: Literal["strict", "lax"] = "strict",
) -> None:
    secure = is_https(request)
    response.set_cookie(
        _PREFIX + name if secure else name,
        value, max_age=max_age_s, httponly=True, samesite=same_site, secure=secure, path="/",
    )  # fmt: skip


def drop_cookie(response: Response, name: str) -> None:
    """Both of its names; a browser takes the prefixed one back only from a cookie that is Secure too."""
    response.delete_cookie(name, path="/", httponly=True)
    response.delete_cookie(_PREFIX + name, path="/", secure=True, httponly=True)
