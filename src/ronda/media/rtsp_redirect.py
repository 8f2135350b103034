"""Decide where a redirect may lead, and which addresses a camera may have at all. Pure.

Invariant: no answer of a camera brings the recorder to an address of a class that its owner did not
name (its own machine, the local link, a cloud's metadata service), nor a password to another host.
The class is that of the resolved address, and the connection goes to that very address, so that a
name which changes between the check and the connection gains nothing.
"""

import ipaddress
import re
from dataclasses import replace
from enum import StrEnum

from ronda.media.errors import RtspRefusedError
from ronda.media.rtsp_policy import Limits
from ronda.media.rtsp_url import RtspUrl, WrongUrlError, parse_rtsp_url

_METADATA = {ipaddress.ip_address("169.254.169.254"), ipaddress.ip_address("fd00:ec2::254")}
_PLAIN_IPV4 = re.compile(r"(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}")
_NUMBERS_ONLY = re.compile(r"(0[xX][0-9a-fA-F]*|\d+)(\.(0[xX][0-9a-fA-F]*|\d+))*\.?")


class AddressClass(StrEnum):
    """Where an address lies, seen from this machine."""

    OPEN = "open"  # public or private: where cameras live
    LOOPBACK = "this machine"
    LINK_LOCAL = "the local link"
    METADATA = "a metadata service"
    NOWHERE = "no host"  # unspecified, multicast, broadcast, reserved


def address_class(text: str) -> AddressClass:
    """The class of a numeric address; an IPv4 address inside an IPv6 one counts as itself."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address in _METADATA:
        return AddressClass.METADATA
    if address.is_loopback:
        return AddressClass.LOOPBACK
    if address.is_unspecified or address.is_multicast or (address.version == 4 and address.is_reserved):
        return AddressClass.NOWHERE
    return AddressClass.LINK_LOCAL if address.is_link_local else AddressClass.OPEN


def check_address(url: RtspUrl, resolved: str, origin: AddressClass | None = None) -> AddressClass:
    """The class of the resolved address of `url`.

    origin  the class of the address that the camera's owner named; None when this is that address
    Raises WrongUrlError for an owner's address that can be no camera's, RtspRefusedError for a
    redirect into a class that the owner did not name.
    """
    found = address_class(resolved)
    if origin is None:
        if _NUMBERS_ONLY.fullmatch(url.host) and not _PLAIN_IPV4.fullmatch(url.host):
            raise WrongUrlError(url.request_url, "writes its host in an odd way; write it as a.b.c.d")
        if found in (AddressClass.METADATA, AddressClass.NOWHERE, AddressClass.LINK_LOCAL):
            raise WrongUrlError(url.request_url, f"leads to {found.value} ({resolved})")
        if found is AddressClass.LOOPBACK and not _says_loopback(url.host):
            raise WrongUrlError(url.request_url, f"is a name that leads to this machine ({resolved})")
        return found
    if found is not AddressClass.OPEN and found is not origin:
        raise RtspRefusedError(
            f"the camera sends us to {found.value} ({resolved}), which is not followed. "
            "Next: check the camera, or write the right address into the register",
            status=302,
        )
    return found


def _says_loopback(host: str) -> bool:
    """Whether the owner wrote this machine plainly; a name that leads here later is somebody's trick."""
    if host.lower() == "localhost":
        return True
    try:
        return address_class(host) is AddressClass.LOOPBACK
    except ValueError:
        return False


def follow(origin: RtspUrl, seen: tuple[str, ...], location: str | None, limits: Limits) -> RtspUrl:
    """The address that a redirect names, with the camera's credentials only for the same host.

    origin  the owner's address
    seen    the request addresses asked so far, the first included
    Raises RtspRefusedError when it is not followed.
    """
    place = f"the camera at {origin.host}:{origin.port}"
    if len(seen) > limits.redirects:
        raise RtspRefusedError(
            f"{place} redirects more than {limits.redirects} times; it is not followed. "
            "Next: write the right address into the register",
            status=302,
        )
    try:
        found = parse_rtsp_url((location or "").strip())
    except WrongUrlError:
        raise RtspRefusedError(
            f"{place} redirects to an address that cannot be used. Next: write the right one into the register",
            status=302,
        ) from None
    if found.request_url in seen:
        raise RtspRefusedError(f"{place} redirects in a circle. Next: start the camera anew", status=302)
    if origin.tls and not found.tls:
        raise RtspRefusedError(f"{place} redirects from TLS to plain RTSP; it is not followed", status=302)
    same = found.host.lower() == origin.host.lower()
    return replace(found, user=origin.user if same else None, password=origin.password if same else "")
