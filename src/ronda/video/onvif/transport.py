"""One HTTP question to one camera: bounded in time and size, no redirect, at the address that was looked at.

Decides how a camera is asked: Digest when it wants that (MD5 or SHA-256), certificates are not verified (cameras
have their own; what matters is what the picture shows), and never a second host.
"""

import contextlib
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from ronda.media.onvif.soap import Login
from ronda.video.onvif.errors import CameraLoginError, CameraSilentError, NoOnvifError
from ronda.video.onvif.where import Place

CONNECT_S = 3.0
ANSWER_S = 8.0
MAX_ANSWER_BYTES = 1024 * 1024
MAX_PICTURE_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    kind: str  # media type, small letters
    body: bytes


class Line:
    """A camera's HTTP side. Used by one thread at a time; a context manager."""

    def __init__(
        self, place: Place, login: Login | None = None, *, longest_s: float = ANSWER_S + CONNECT_S
    ) -> None:
        """longest_s: for one question, connecting and the whole answer included."""
        self.longest_s = longest_s
        self.place = place
        self._auth = httpx2.DigestAuth(login.user, login.password) if login is not None else None
        self._socket: socket.socket | None = None
        self._too_slow = False
        self._basic = httpx2.BasicAuth(login.user, login.password) if login is not None else None
        limits = httpx2.Timeout(ANSWER_S, connect=CONNECT_S)
        self._client = httpx2.Client(
            verify=False,  # a camera's certificate is its own; see the module
            timeout=limits,
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def post(self, url: str, content: bytes) -> Answer:
        """A SOAP request. Raises CameraSilentError, NoOnvifError."""
        headers = {"content-type": "application/soap+xml; charset=utf-8"}
        return self._ask("POST", url, MAX_ANSWER_BYTES, headers, content)

    def get(self, url: str) -> Answer:
        """A picture. Raises CameraSilentError, CameraLoginError, NoOnvifError."""
        answer = self._ask("GET", url, MAX_PICTURE_BYTES, {}, None)
        if answer.status == 401 and self._basic is not None:
            answer = self._ask("GET", url, MAX_PICTURE_BYTES, {}, None, auth=self._basic)
        if answer.status == 401:
            raise CameraLoginError(f"{self._shown} does not accept this user name and password")
        return answer

    def _ask(
        self,
        method: str,
        url: str,
        most: int,
        headers: dict[str, str],
        content: bytes | None,
        auth: httpx2.Auth | None = None,
    ) -> Answer:
        where = httpx2.URL(url)
        headers = {
            **headers,
            "host": where.netloc.decode("ascii"),
            "user-agent": "ronda",
            "accept-encoding": "identity",
        }
        pinned = where.copy_with(host=self.place.address)
        extensions = {"trace": self._keep_socket}
        end = threading.Timer(self.longest_s, self._cut)  # headers byte by byte outlast any read time-out
        end.daemon = True
        end.start()
        try:
            with self._client.stream(
                method, pinned, headers=headers, content=content, auth=auth or self._auth, extensions=extensions
            ) as answer:
                body = self._read(answer, most)
                if self._too_slow:
                    raise CameraSilentError(f"{self._shown} answers too slowly; what came was left")
                kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
                return Answer(status=answer.status_code, kind=kind, body=body)
        except httpx2.TimeoutException:
            raise CameraSilentError(f"{self._shown} did not answer within {ANSWER_S:g} s. {_CHECK}") from None
        except httpx2.ConnectError:
            raise CameraSilentError(f"nobody answers at {self._shown}. {_CHECK}") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as fault:
            if self._too_slow:
                raise CameraSilentError(f"{self._shown} answers too slowly; what came was left") from None
            raise NoOnvifError(
                f"{self._shown} answers, but not in HTTP ({type(fault).__name__}). {_CHECK}"
            ) from None

        finally:
            end.cancel()

    def _keep_socket(self, event: str, facts: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            self._socket = facts["return_value"].get_extra_info("socket")

    def _cut(self) -> None:
        self._too_slow = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _read(self, answer: httpx2.Response, most: int) -> bytes:
        body = bytearray()
        for part in answer.iter_raw():
            body += part
            if len(body) > most:
                raise NoOnvifError(f"{self._shown} answered with more than {most} bytes; the rest was not read")
        return bytes(body)

    @property
    def _shown(self) -> str:
        return f"{self.place.host}:{self.place.port}"


_CHECK = "Next: check the address and port, and that ONVIF is switched on in the camera"
