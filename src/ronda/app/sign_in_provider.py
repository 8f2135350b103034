"""Sign in by an outside provider (OpenID Connect): authorization code with PKCE, state and nonce.

Settings stand in `DATA/oidc.json`; without the file nothing of this exists. A provider answers for the password
alone: it names a subject, which leads to a person who has an account here, and the second factor is asked as
always. When it is away, signing in with the account's own password goes on.
Invariant: what was begun in one browser ends in that browser (state in a cookie), once, within ten minutes.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx2

from ronda.access.errors import ProviderAwayError, ProviderRefusedError
from ronda.access.id_token import subject_of
from ronda.app.errors import UnusableFolderError
from ronda.core.time import MINUTE_US, SECOND_US, Clock

ANSWER_S: Final = 5.0
BEGUN_US: Final = 10 * MINUTE_US
MOST_BEGUN: Final = 1000
LONGEST_ANSWER_BYTES: Final = 200_000
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """redirect_uri  as registered at the provider: https://.../api/oidc/callback;  name  on the button"""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    name: str


def read_settings(path: Path) -> ProviderSettings | None:
    """None without the file. Raises UnusableFolderError for one that cannot be used."""
    if not path.exists():
        return None
    try:
        said = json.loads(path.read_text())
        settings = ProviderSettings(
            issuer=str(said["issuer"]),
            client_id=str(said["client_id"]),
            client_secret=str(said.get("client_secret", "")),
            redirect_uri=str(said["redirect_uri"]),
            name=str(said.get("name", "SSO"))[:60],
        )
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise UnusableFolderError(
            f"{path} cannot be used ({type(fault).__name__}: {fault}); signing in with a password goes on. "
            "Next: write issuer, client_id, client_secret, redirect_uri and name as JSON"
        ) from None
    _check_address(settings.issuer)
    _check_address(settings.redirect_uri)
    return settings


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise UnusableFolderError(f"{url[:120]!r} is no https address; nobody is asked. Next: mend oidc.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    verifier: str
    nonce: str
    until_us: int


@dataclass(slots=True)
class SignInProvider:
    """One provider, asked when somebody signs in by it."""

    settings: ProviderSettings
    clock: Clock
    _begun: dict[str, Begun] = field(default_factory=dict)

    def begin(self) -> tuple[str, str]:
        """Where the browser goes, and the state that its cookie keeps. Raises ProviderAwayError."""
        found = self._discover()
        state, verifier, nonce = (secrets.token_urlsafe(32) for _ in range(3))
        now_us = self.clock.now_us()
        if len(self._begun) >= MOST_BEGUN:
            self._begun = {key: one for key, one in self._begun.items() if one.until_us > now_us}
        self._begun[state] = Begun(verifier=verifier, nonce=nonce, until_us=now_us + BEGUN_US)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "scope": "openid", "client_id": self.settings.client_id,
            "redirect_uri": self.settings.redirect_uri, "state": state, "nonce": nonce,
            "code_challenge": challenge, "code_challenge_method": "S256",
        }  # fmt: skip
        return f"{_text(found, 'authorization_endpoint')}?{urlencode(asked)}", state

    def finish(self, code: str, state: str, cookie: str) -> str:
        """The subject that the provider vouches for. Raises ProviderAwayError, ProviderRefusedError."""
        begun = self._begun.pop(state, None)
        same_browser = hmac.compare_digest(state.encode("utf-8", "replace"), cookie.encode("utf-8", "replace"))
        if begun is None or not same_browser or self.clock.now_us() >= begun.until_us or not code:
            raise ProviderRefusedError("this sign-in was not begun here, or too long ago")
        found = self._discover()
        answer = self._post(_text(found, "token_endpoint"), self._proof(code, begun))
        return subject_of(
            str(answer.get("id_token", "")),
            self._get(_text(found, "jwks_uri")),
            issuer=self.settings.issuer,
            client_id=self.settings.client_id,
            nonce=begun.nonce,
            now_s=self.clock.now_us() // SECOND_US,
        )

    def _proof(self, code: str, begun: Begun) -> dict[str, str]:
        said = {
            "grant_type": "authorization_code", "code": code, "code_verifier": begun.verifier,
            "redirect_uri": self.settings.redirect_uri, "client_id": self.settings.client_id,
        }  # fmt: skip
        return said | ({"client_secret": self.settings.client_secret} if self.settings.client_secret else {})

    def _discover(self) -> dict[str, Any]:
        found = self._get(self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self.settings.issuer:
            raise ProviderRefusedError("the provider calls itself otherwise than oidc.json")
        return found

    def _get(self, url: str) -> dict[str, Any]:
        return _answered(lambda: httpx2.get(url, timeout=ANSWER_S, follow_redirects=False))

    def _post(self, url: str, said: Mapping[str, str]) -> dict[str, Any]:
        return _answered(lambda: httpx2.post(url, data=dict(said), timeout=ANSWER_S, follow_redirects=False))


def _answered(ask: Any) -> dict[str, Any]:
    try:
        answer = ask()
    except (httpx2.HTTPError, httpx2.InvalidURL) as fault:
        raise ProviderAwayError(type(fault).__name__) from None
    if answer.status_code >= 500:
        raise ProviderAwayError(f"answers {answer.status_code}")
    if answer.status_code != 200 or len(answer.content) > LONGEST_ANSWER_BYTES:
        raise ProviderRefusedError(f"the provider answers {answer.status_code}")
    try:
        said = answer.json()
    except ValueError:
        raise ProviderRefusedError("the provider's answer is no JSON") from None
    if not isinstance(said, dict):
        raise ProviderRefusedError("the provider's answer is no JSON object")
    return said


def _text(found: Mapping[str, Any], name: str) -> str:
    url = found.get(name)
    if not isinstance(url, str):
        raise ProviderRefusedError(f"the provider names no {name}")
    _check_address(url)
    return url
