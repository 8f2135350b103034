"""SOAP 1.2 around every request and answer: who asks (WS-UsernameToken), and what a fault says.

Decides how a password is proven (digest of nonce, time and password; the password itself is never sent)
and which faults mean "not allowed". Time and nonce come in as arguments: the digest holds only while the
camera's clock agrees, so the caller gives the time of the camera, not its own.
"""

import base64
import hashlib
from dataclasses import dataclass
from xml.sax.saxutils import escape

from ronda.core.time import utc_text
from ronda.media.errors import MediaError
from ronda.media.onvif.xml import Node, OnvifXmlError, parse

_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_DIGEST = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
_BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
_REFUSALS = ("notauthorized", "failedauthentication", "invalidsecurity", "unauthorized", "accessdenied")
_MAX_SHOWN = 200


class OnvifFaultError(MediaError):
    """The device refused a request. `code`: the innermost code it gave, such as ActionNotSupported."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"the device refused: {reason or code}")
        self.code, self.reason = code, reason

    @property
    def is_refusal(self) -> bool:
        """Whether other credentials (or another clock) may help."""
        text = f"{self.code} {self.reason}".lower().replace(" ", "")
        return any(word in text for word in _REFUSALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who asks. Never shown, never logged."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login(user={self.user!r})"


def password_digest(nonce: bytes, created: str, password: str) -> str:
    """Base64(SHA-1(nonce + created + password)), as WS-UsernameToken has it."""
    digest = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False)
    return base64.b64encode(digest.digest()).decode()


def _security(login: Login, nonce: bytes, at_us: int) -> str:
    created = f"{utc_text(at_us)[:19]}.{at_us // 1000 % 1000:03}Z"
    return (
        f'<s:Header><w:Security xmlns:w="{_WSSE}" xmlns:u="{_WSU}" s:mustUnderstand="1"><w:UsernameToken>'
        f"<w:Username>{escape(login.user)}</w:Username>"
        f'<w:Password Type="{_DIGEST}">{password_digest(nonce, created, login.password)}</w:Password>'
        f'<w:Nonce EncodingType="{_BASE64}">{base64.b64encode(nonce).decode()}</w:Nonce>'
        f"<u:Created>{created}</u:Created></w:UsernameToken></w:Security></s:Header>"
    )


def envelope(body: str, *, login: Login | None = None, nonce: bytes = b"", at_us: int = 0) -> bytes:
    """A request as it goes out. nonce: 16 random bytes; at_us: now, on the device's own clock."""
    head = _security(login, nonce, at_us) if login is not None else ""
    begin = f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{_SOAP}">'
    return f"{begin}{head}<s:Body>{body}</s:Body></s:Envelope>".encode()


def body_of(data: bytes) -> Node:
    """The content of an answer's body. Raises OnvifFaultError for a fault, OnvifXmlError for no SOAP."""
    root = parse(data)
    body = root.child("Body") if root.name == "Envelope" else None
    if body is None:
        raise OnvifXmlError(f"the answer is no SOAP envelope but <{root.name[:40]}>")
    fault = body.child("Fault")
    if fault is not None:
        raise _fault(fault)
    return body


def _fault(fault: Node) -> OnvifFaultError:
    """SOAP 1.2 (Code, Subcode, Reason) and, from old firmware, SOAP 1.1 (faultcode, faultstring)."""
    values = [value.text.rpartition(":")[2] for value in fault.all("Value")]
    code = values[-1] if values else fault.says("faultcode").rpartition(":")[2]
    reason = fault.says("Reason", "Text") or fault.says("faultstring") or fault.says("Detail", "Text")
    return OnvifFaultError(code[:_MAX_SHOWN], " ".join(reason.split())[:_MAX_SHOWN])
