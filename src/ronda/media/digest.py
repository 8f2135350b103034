"""Answer RTSP authentication: Digest (SHA-256 before MD5, `-sess` too, qop=auth or none) and Basic.

Decides what to send after a 401 and whether trying again makes sense: a stale or changed nonce is
worth one more try, a second refusal of the same nonce is a wrong password, and trying on would
only lock the account. A whole dialogue may be refused so many times and no more, so that a camera
that makes up a new nonce for ever ends as a wrong password too. Randomness comes in as an argument.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

MOST_REFUSALS = 6  # in a row, in one dialogue


class Scheme(IntEnum):
    """In order of strength."""

    BASIC = 0
    DIGEST_MD5 = 1
    DIGEST_SHA256 = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    scheme: Scheme
    realm: str
    nonce: str = ""
    opaque: str | None = None
    qop_auth: bool = False
    stale: bool = False
    session: bool = False  # MD5-sess or SHA-256-sess


_PAIR = re.compile(r'([a-zA-Z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


def parse_pairs(text: str) -> dict[str, str]:
    """`name="value", name=value` as a dict with lower-case names."""
    pairs: dict[str, str] = {}
    for name, quoted, bare in _PAIR.findall(text[:8192]):
        pairs.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) if quoted else bare)
    return pairs


def parse_challenges(values: Iterable[str]) -> list[Challenge]:
    """The challenges of WWW-Authenticate lines that can be answered, strongest first."""
    challenges = []
    for value in values:
        scheme, _, rest = value.strip().partition(" ")
        pairs = parse_pairs(rest)
        if scheme.lower() == "basic":
            challenges.append(Challenge(scheme=Scheme.BASIC, realm=pairs.get("realm", "")))
        elif scheme.lower() == "digest" and pairs.get("nonce"):
            challenge = _digest_challenge(pairs)
            if challenge is not None:
                challenges.append(challenge)
    return sorted(challenges, key=lambda challenge: -challenge.scheme)


def _digest_challenge(pairs: dict[str, str]) -> Challenge | None:
    """None for an algorithm or a protection that is not spoken, such as qop=auth-int alone."""
    name, sess, _ = pairs.get("algorithm", "MD5").upper().partition("-SESS")
    scheme = {"MD5": Scheme.DIGEST_MD5, "SHA-256": Scheme.DIGEST_SHA256}.get(name)
    qops = [qop.strip().lower() for qop in pairs.get("qop", "").split(",")]
    has_auth = "auth" in qops
    if scheme is None or ("auth-int" in qops and not has_auth):
        return None
    return Challenge(
        scheme=scheme,
        realm=pairs.get("realm", ""),
        nonce=pairs["nonce"],
        opaque=pairs.get("opaque"),
        qop_auth=has_auth,
        stale=pairs.get("stale", "").lower() == "true",
        session=bool(sess),
    )


def digest_response(
    scheme: Scheme,
    *,
    user: str,
    password: str,
    realm: str,
    nonce: str,
    method: str,
    uri: str,
    qop: tuple[str, str] | None = None,
    session_cnonce: str | None = None,
) -> str:
    """The hex digest that proves the password.

    qop             (nc as 8 hex digits, cnonce) for qop=auth
    session_cnonce  for the `-sess` algorithms
    """

    def digest(text: str) -> str:
        data = text.encode("utf-8")
        if scheme is Scheme.DIGEST_SHA256:
            return hashlib.sha256(data).hexdigest()
        return hashlib.md5(data, usedforsecurity=False).hexdigest()

    secret, act = digest(f"{user}:{realm}:{password}"), digest(f"{method}:{uri}")
    if session_cnonce is not None:
        secret = digest(f"{secret}:{nonce}:{session_cnonce}")
    middle = f"{nonce}:{qop[0]}:{qop[1]}:auth" if qop else nonce
    return digest(f"{secret}:{middle}:{act}")


class Authenticator:
    """Holds the name, the password and the newest challenge of one camera."""

    def __init__(self, user: str, password: str, *, make_cnonce: Callable[[], str]) -> None:
        self._user, self._password, self._make_cnonce = user, password, make_cnonce
        self._challenge: Challenge | None = None
        self._count = 0
        self._refusals = 0

    def take_challenge(self, values: Iterable[str]) -> bool:
        """Take the strongest challenge of a 401; True when sending the request again makes sense."""
        offered = parse_challenges(values)
        self._refusals += 1
        if not offered or self._refusals > MOST_REFUSALS:
            return False
        before, self._challenge = self._challenge, offered[0]
        if before is None:
            return True
        is_new = offered[0].nonce != before.nonce
        if is_new:
            self._count = 0
        return is_new and offered[0].scheme is not Scheme.BASIC

    def take_info(self, value: str | None) -> None:
        """Authentication-Info of an answer: the nonce that the camera wants from now on."""
        nonce = parse_pairs(value or "").get("nextnonce")
        if nonce and self._challenge is not None and self._challenge.nonce != nonce:
            self._challenge, self._count = replace(self._challenge, nonce=nonce), 0

    def worked(self) -> None:
        """A request was granted: what is refused from now on is counted anew."""
        self._refusals = 0

    def header(self, method: str, uri: str) -> str | None:
        """The Authorization line for a request, or None before the first challenge."""
        challenge = self._challenge
        if challenge is None:
            return None
        if challenge.scheme is Scheme.BASIC:
            both = f"{self._user}:{self._password}".encode()
            return "Basic " + base64.b64encode(both).decode("ascii")
        return self._digest_header(challenge, method, uri)

    def _digest_header(self, challenge: Challenge, method: str, uri: str) -> str:
        self._count += 1
        cnonce = self._make_cnonce() if challenge.qop_auth or challenge.session else ""
        qop = (f"{self._count:08x}", cnonce) if challenge.qop_auth else None
        response = digest_response(
            challenge.scheme,
            user=self._user,
            password=self._password,
            realm=challenge.realm,
            nonce=challenge.nonce,
            method=method,
            uri=uri,
            qop=qop,
            session_cnonce=cnonce if challenge.session else None,
        )
        parts = [
            f'username="{_quoted(self._user)}"',
            f'realm="{_quoted(challenge.realm)}"',
            f'nonce="{_quoted(challenge.nonce)}"',
            f'uri="{uri}"',
            f'response="{response}"',
        ]
        name = "SHA-256" if challenge.scheme is Scheme.DIGEST_SHA256 else "MD5"
        if challenge.session or challenge.scheme is Scheme.DIGEST_SHA256:
            parts.append(f"algorithm={name}{'-sess' if challenge.session else ''}")
        if challenge.opaque is not None:
            parts.append(f'opaque="{_quoted(challenge.opaque)}"')
        if qop:
            parts += ["qop=auth", f"nc={qop[0]}"]
        if cnonce:
            parts.append(f'cnonce="{cnonce}"')
        return "Digest " + ", ".join(parts)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
