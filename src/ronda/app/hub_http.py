"""HTTP to a hub, as machines speak it: a witness and an edge. One connection, kept open.

Counts the bytes of each exchange as they stand in HTTP (heads and bodies, both ways); what TCP, IP and
TLS add is bounded by `wire_bytes`. An answer that does not come is HubUnreachableError, never an answer.
Nothing is sent twice in one call: who counts a thin line's bytes charges each sending before it is made.
"""

import http.client
import json
import select
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ronda.core.errors import RondaError, WrongUsageError

ANSWER_S = 20.0
_SEGMENT_BYTES = 1200  # payload of a TCP segment, cautiously
_SEGMENT_COST_BYTES = 66 + 40  # Ethernet, IP and TCP heads, and the acknowledgement that comes back, shared
_TLS_COST_BYTES = 300


class HubUnreachableError(RondaError):
    """The hub did not answer; nothing is known about whether it heard."""

    exit_status = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the hub said. `sent_bytes` and `received_bytes`: heads and bodies of this exchange."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    sent_bytes: int
    received_bytes: int

    def json(self) -> Any:
        """The body as JSON; an empty object when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    @property
    def code(self) -> str:
        said = self.json()
        return str(said.get("code", "")) if isinstance(said, dict) else ""

    @property
    def message(self) -> str:
        said = self.json()
        return str(said.get("message", "")) if isinstance(said, dict) else ""


class HubHttp:
    """Not for several threads at once."""

    def __init__(self, url: str, *, ca: Path | None = None, answer_s: float = ANSWER_S) -> None:
        """Raises WrongUsageError for anything but http(s)://host[:port]."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise WrongUsageError(f"{url[:100]!r} is no address of a hub. Next: http://HOST:PORT or https://HOST")
        self.url = url.rstrip("/")
        self._host, self._port = parts.hostname, parts.port
        self._tls = ssl.create_default_context(cafile=ca) if parts.scheme == "https" else None
        self._answer_s = answer_s
        self._open: http.client.HTTPConnection | None = None

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One exchange. Raises HubUnreachableError; the connection is made anew at the next one."""
        told = {"x-ronda": "1", "content-type": "application/json", **(headers or {})}
        try:
            answer, data = self._exchange(method, path, body, told)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise HubUnreachableError(
                f"{self.url} does not answer ({type(error).__name__}: {error}); nothing was lost here. "
                "Next: it is tried again; check the line and the address"
            ) from None
        sent = _head_bytes(f"{method} {path} HTTP/1.1", told) + len(self._host) + 60 + len(body or b"")
        got = _head_bytes("HTTP/1.1 200 OK", dict(answer.getheaders())) + len(data)
        return Answer(
            status=answer.status,
            body=data,
            headers={name.lower(): value for name, value in answer.getheaders()},
            sent_bytes=sent,
            received_bytes=got,
        )

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = self._connection()
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer, answer.read()

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = None

    def _connection(self) -> http.client.HTTPConnection:
        if self._open is not None and _is_over(self._open):
            self.close()
        if self._open is None:
            if self._tls:
                self._open = http.client.HTTPSConnection(
                    self._host, self._port, timeout=self._answer_s, context=self._tls
                )
            else:
                self._open = http.client.HTTPConnection(self._host, self._port, timeout=self._answer_s)
        return self._open


def _is_over(connection: http.client.HTTPConnection) -> bool:
    """The hub closes connections that rest: whatever can be read before a question was asked is its end."""
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


def wire_bytes(answer: Answer) -> int:
    """An upper bound of what the exchange cost on the line, packets and encryption included."""
    both = answer.sent_bytes + answer.received_bytes
    return both + (both // _SEGMENT_BYTES + 4) * _SEGMENT_COST_BYTES + _TLS_COST_BYTES


def _head_bytes(first: str, headers: Mapping[str, str]) -> int:
    return len(first) + 4 + sum(len(name) + len(value) + 4 for name, value in headers.items())
