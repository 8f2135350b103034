"""A person of the story at the API: what the screens do, without a browser."""

import http.cookiejar
import json
import urllib.error
import urllib.request
from typing import Any

ANSWER_S = 120.0


class Refused(Exception):
    """The API said no."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code = status, code
        super().__init__(f"{status} {code}: {message}")


class ApiClient:
    """Signed in as one person; every call is a real HTTP request on loopback."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))

    def become(self, person_id: str) -> None:
        """Switch to this person of the training data."""
        self.post(f"/api/demo/role/{person_id}", {})

    def get(self, path: str) -> Any:
        return json.loads(self.get_bytes(path))

    def get_bytes(self, path: str) -> bytes:
        """Raises Refused."""
        return self._send(urllib.request.Request(self._address + path))

    def post(self, path: str, body: object) -> Any:
        """Raises Refused."""
        request = urllib.request.Request(
            self._address + path,
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json", "x-ronda": "1"},
        )
        return json.loads(self._send(request))

    def put(self, path: str, body: object) -> Any:
        """Raises Refused."""
        request = urllib.request.Request(
            self._address + path,
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json", "x-ronda": "1"},
            method="PUT",
        )
        return json.loads(self._send(request) or b"null")

    def _send(self, request: urllib.request.Request) -> bytes:
        try:
            with self._opener.open(request, timeout=ANSWER_S) as answer:
                body: bytes = answer.read()
                return body
        except urllib.error.HTTPError as error:
            said = json.loads(error.read() or b"{}")
            raise Refused(error.code, str(said.get("code", "")), str(said.get("message", ""))) from None
