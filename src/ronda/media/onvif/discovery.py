"""WS-Discovery: the question to everybody on the local network, and what an answer says of a camera.

An answer is a hint about an address, given by whoever wants to: nothing in it is believed but that
somebody answered from where it came.
"""

from dataclasses import dataclass
from urllib.parse import unquote
from uuid import UUID

from ronda.media.onvif.device import short
from ronda.media.onvif.xml import OnvifXmlError, parse

GROUP, PORT = "239.255.255.250", 3702
MAX_ANSWER_BYTES = 16 * 1024
_SCOPE = "onvif://www.onvif.org/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Somebody who says it is a camera. `addresses`: of its device service, as it names them."""

    identity: str  # urn:uuid:..., stays the same over restarts
    addresses: tuple[str, ...]
    name: str
    hardware: str
    location: str


def probe(message: UUID) -> bytes:
    """The question. message: random; answers name it."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
        ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
        ' xmlns:n="http://www.onvif.org/ver10/network/wsdl"><s:Header>'
        "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>"
        f"<a:MessageID>urn:uuid:{message}</a:MessageID>"
        "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>"
        "<s:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>"
    ).encode()


def read_answer(data: bytes, message: UUID) -> tuple[Found, ...]:
    """Cameras in one datagram; none when it is broken, or answers another question."""
    if len(data) > MAX_ANSWER_BYTES:
        return ()
    try:
        root = parse(data)
    except OnvifXmlError:
        return ()
    if str(message) not in root.says("Header", "RelatesTo").lower():
        return ()
    found = []
    for match in root.all("ProbeMatch"):
        scopes = match.says("Scopes").split()
        addresses = tuple(one[:200] for one in match.says("XAddrs").split()[:8])
        if not addresses:
            continue
        found.append(
            Found(
                identity=short(match.says("EndpointReference", "Address")),
                addresses=addresses,
                name=_scope(scopes, "name/"),
                hardware=_scope(scopes, "hardware/"),
                location=_scope(scopes, "location/"),
            )
        )
    return tuple(found[:16])


def _scope(scopes: list[str], kind: str) -> str:
    start = _SCOPE + kind
    found = [scope[len(start) :] for scope in scopes if scope.lower().startswith(start)]
    return short(unquote(found[0])) if found else ""
