"""Which addresses may be asked at all, and that the one asked is the one that was looked at.

Decides: loopback, link-local (with the clouds' metadata address), multicast, unspecified and reserved addresses,
addresses of this machine itself, IPv4 inside IPv6, and numbers in disguise (octal, hexadecimal, one decimal) are
refused; loopback and own addresses are taken where the office lists them, the others never. A name is resolved
once; every address it has must be allowed, and the first is the one that is connected to, so that a name that
changes its mind between look and question changes nothing.
Invariant: an address in an answer never leads anywhere but to the host that was asked.
Why: whoever may enter a camera must not be able to make this server ask its own neighbours.
"""

import ipaddress
import os
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from ronda.media.rtsp_redirect import AddressClass, address_class
from ronda.video.onvif.errors import CameraSilentError, ForbiddenPlaceError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
SETTING = "RONDA_CAMERA_NETWORKS"
LOOPBACK: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_NEVER = frozenset({AddressClass.LINK_LOCAL, AddressClass.METADATA, AddressClass.NOWHERE})  # whatever is listed
_OBJECTIONS = {
    AddressClass.LOOPBACK: "this machine itself (loopback)",
    AddressClass.LINK_LOCAL: "a link-local address",
    AddressClass.METADATA: "where a cloud keeps what its machines may know (metadata)",
    AddressClass.NOWHERE: "no address of a single device",
}
_NAME = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?\Z", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to connect (`address`), and how the host was written (`host`), for headers and addresses shown."""

    host: str
    address: str
    port: int


def networks_of_setting(text: str | None = None) -> tuple[Network, ...]:
    """$RONDA_CAMERA_NETWORKS: networks that are allowed besides, such as `127.0.0.0/8`."""
    raw = os.environ.get(SETTING, "") if text is None else text
    networks = []
    for one in re.split(r"[\s,]+", raw.strip()):
        try:
            networks += [ipaddress.ip_network(one)] if one else []
        except ValueError:
            raise ForbiddenPlaceError(
                f"${SETTING} names {one[:60]!r}, which is no network; no camera is asked. "
                "Next: write it as 10.1.0.0/16"
            ) from None
    return tuple(networks)


def place_of(
    host: str,
    port: int,
    *,
    allowed: Sequence[Network] = (),
    private: Sequence[Network] | None = None,
    own_port: int | None = None,
) -> Place:
    """Resolve and check a host. Raises ForbiddenPlaceError or CameraSilentError (no such name).

    private   the private networks where cameras stand; None: any
    own_port  where this installation itself answers: never a camera, whatever is allowed
    """
    bare = host.strip("[]")
    try:
        found = [ipaddress.ip_address(bare)]
    except ValueError:
        if not _NAME.match(bare):
            raise ForbiddenPlaceError(
                f"{host[:80]!r} is neither an IP address in its usual form nor a name; nobody was asked"
            ) from None
        found = _resolved(bare, port)
    for address in found:
        _check(address, host, allowed)
        _check_private(address, host, (*allowed, *private) if private is not None else None)
        if port == own_port and (address.is_loopback or is_own(address)):
            raise ForbiddenPlaceError(f"{host[:80]}:{port} is Ronda itself; no camera stands there")
    return Place(host=host, address=str(found[0]), port=port)


def _resolved(name: str, port: int) -> list[Address]:
    try:
        rows = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise CameraSilentError(
            f"the name {name[:80]!r} leads nowhere. Next: check it, or give the address"
        ) from None
    return [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in rows]


def _check(address: Address, host: str, allowed: Sequence[Network]) -> None:
    plain = getattr(address, "ipv4_mapped", None) or address
    never = address_class(str(plain)) in _NEVER or plain.is_multicast
    if not never and any(plain in network for network in allowed if network.version == plain.version):
        return
    why = _objection(plain)
    if why is None:
        return
    shown = host if host == str(plain) else f"{host[:80]} ({plain})"
    raise ForbiddenPlaceError(
        f"{shown} is {why}; no camera stands there, so nobody was asked. "
        f"Next: give the camera's own address; a network that is meant all the same goes into ${SETTING}"
    )


def _check_private(address: Address, host: str, listed: Sequence[Network] | None) -> None:
    plain = getattr(address, "ipv4_mapped", None) or address
    if listed is None or not plain.is_private or plain.is_loopback:
        return
    if not any(plain in network for network in listed if network.version == plain.version):
        raise ForbiddenPlaceError(
            f"{host[:80]} lies in a private network that this installation does not list, so nobody was asked. "
            "Next: list the cameras' network with `ronda init --camera-network`"
        )


def _objection(address: Address) -> str | None:
    found = address_class(str(address))
    if found is not AddressClass.OPEN:
        return _OBJECTIONS[found]
    if address.is_multicast or address.is_reserved:
        return _OBJECTIONS[AddressClass.NOWHERE]
    if is_own(address):
        return "this machine itself"
    return None


def is_own(address: Address) -> bool:
    """Whether this machine has the address: only one's own can be bound."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def moved(url: str, place: Place) -> str:
    """An address that the device named, with the host that was asked in place of the one it named.

    Cameras behind a router name an inner address, and a hostile one could name anybody's.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https", "rtsp", "rtsps") or not parts.hostname:
        return ""
    if parts.scheme.startswith("http") and parts.hostname != place.host.strip("[]").lower():
        port = place.port  # behind a router the device's own port means nothing either
    if any(ord(letter) <= 0x20 or ord(letter) == 0x7F for letter in url.strip()):
        return ""
    host = f"[{place.host.strip('[]')}]" if ":" in place.host else place.host
    return urlunsplit((parts.scheme, host + (f":{port}" if port else ""), parts.path, parts.query, ""))
