"""What every answer carries and every writing request must show, against other people's pages.

A writing request needs our own header (a foreign page cannot set it without asking first) and, when
the browser names an origin, the origin must be ours. The content policy allows nothing from outside.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from starlette.requests import HTTPConnection, Request

from ronda.core.errors import WrongUsageError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_HEADER = b"x-ronda"
FORM_PATHS = ("/desa/",)
MAX_BODY_BYTES = 1_000_000
# Uploads that are larger by nature: boundaries of 141 villages, photographs of signs, a million incidents.
LARGER_BODIES = (
    (b"/api/areas/boundaries", 60_000_000),
    (b"/sign", 12_000_000),
    (b"/letter", 10_100_000),
    (b"/api/plans/import", 150_000_000),
)
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)
HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
TRANSPORT = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not _own_origin(scope):
            await send({"type": "websocket.close", "code": 4403})
            return
        if scope["type"] == "http" and (refusal := _refusal(scope)) is not None:
            await _answer(scope, send, *refusal)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_headers_for(scope), *_over_https(scope)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _over_https(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Over our own HTTPS: browsers come by HTTPS alone for a year. Behind a proxy the proxy says so."""
    return [TRANSPORT] if scope.get("scheme") == "https" else []


def _headers_for(scope: Scope) -> list[tuple[bytes, bytes]]:
    if scope["path"].startswith(FORM_PATHS):
        # Under `no-referrer` a browser sends `Origin: null` with a plain form, as a foreign page would.
        return [*(one for one in HEADERS if one[0] != b"referrer-policy"), (b"referrer-policy", b"same-origin")]
    if scope["path"].startswith("/api"):
        return [*HEADERS, (b"cache-control", b"no-store")]
    return list(HEADERS)


def _refusal(scope: Scope) -> tuple[int, bytes] | None:
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return 411, b'{"code":"length_required","message":"how long the request is must be said before it"}'
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > _limit(scope):
        return 413, b'{"code":"too_large","message":"the request is larger than allowed here"}'
    if scope["method"] in SAFE_METHODS:
        return None
    if scope["path"].startswith(FORM_PATHS) and _own_origin(scope):
        return None  # a plain form for people without an account or script; the signed address is its right
    if OWN_HEADER not in headers or not _own_origin(scope):
        return 403, b'{"code":"foreign_page","message":"this request does not come from a Ronda screen"}'
    return None


def _own_origin(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    if origin is None:
        return True
    return bool(urlsplit(origin.decode("latin-1")).netloc == headers.get(b"host", b"").decode("latin-1"))


def _limit(scope: Scope) -> int:
    path = str(scope["path"]).encode()
    return next((limit for ending, limit in LARGER_BODIES if path.endswith(ending)), MAX_BODY_BYTES)


async def _answer(scope: Scope, send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *HEADERS,
        *_over_https(scope),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def refuse_nul(connection: HTTPConnection) -> None:
    """No text of ours holds the sign NUL: PostgreSQL cannot keep it, and no keyboard writes it."""
    scope = connection.scope
    written = scope["path"].encode("utf-8", "replace") + unquote_to_bytes(scope.get("query_string", b""))
    if isinstance(connection, Request) and "json" in connection.headers.get("content-type", ""):
        written += (await connection.body()).replace(b"\\u0000", b"\0")
    if b"\0" in written:
        raise WrongUsageError("the sign NUL stands in the request; nothing was done. Next: leave it out")
