"""What SETUP asks for and what its answer grants. Pure.

The granted channels or ports count, whatever was asked: pictures come there. What makes no sense
(channels beyond 255, ports of 0, ports that are not ours) is refused in one sentence, never guessed.
"""

import re
import struct
from dataclasses import dataclass
from enum import StrEnum

from ronda.media.errors import RtspRefusedError, RtspSyntaxError


class Transport(StrEnum):
    """How a camera's packets may come. AUTO: inside the connection, by UDP where that is refused."""

    AUTO = "auto"
    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpGrant:
    """Ports of one track. The server's are None where it does not tell: nothing is sent there then."""

    client_ports: tuple[int, int]
    server_ports: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackGrant:
    """How one track comes. The channels mean nothing where `udp` is set."""

    rtp_channel: int
    rtcp_channel: int
    udp: UdpGrant | None = None


def transport_line(channels: tuple[int, int], udp_ports: tuple[int, int] | None) -> tuple[str, str]:
    """The Transport header of a SETUP request."""
    if udp_ports is not None:
        return "Transport", f"RTP/AVP;unicast;client_port={udp_ports[0]}-{udp_ports[1]}"
    return "Transport", f"RTP/AVP/TCP;unicast;interleaved={channels[0]}-{channels[1]}"


def is_udp(transport: str | None) -> bool:
    """Whether an answer grants UDP."""
    text = (transport or "").lower()
    return "client_port" in text and "interleaved" not in text


def granted(transport: str | None, channels: tuple[int, int], udp_ports: tuple[int, int] | None) -> TrackGrant:
    """What an answer grants to a request for these channels, or these ports.

    Raises RtspSyntaxError for what does not exist, RtspRefusedError for what was not asked.
    """
    if udp_ports is not None:
        return _granted_ports(transport or "", udp_ports)
    if is_udp(transport):
        raise RtspRefusedError(
            f"the camera wants to send by UDP ({(transport or '')[:120]}), and its entry asks for TCP. "
            "Next: set the camera to RTSP over TCP, or its entry to transport udp",
            status=461,
        )
    found = _pair("interleaved", transport or "")
    if found is None:
        return TrackGrant(rtp_channel=channels[0], rtcp_channel=channels[1])
    if max(found) > 255 or found[0] == found[1]:
        raise RtspSyntaxError(f"the camera grants the channels {found[0]}-{found[1]}, which do not exist")
    return TrackGrant(rtp_channel=found[0], rtcp_channel=found[1])


def _granted_ports(transport: str, udp_ports: tuple[int, int]) -> TrackGrant:
    ours = _pair("client_port", transport) or udp_ports
    if ours != udp_ports or "interleaved" in transport.lower():
        raise RtspRefusedError(
            f"the camera grants another transport than the UDP ports {udp_ports[0]}-{udp_ports[1]} "
            f"({transport[:120]}). Next: set the camera to RTSP over TCP",
            status=461,
        )
    server = _pair("server_port", transport)
    if server is not None and not all(0 < port < 65_536 for port in server):
        server = None  # nothing is sent to ports that do not exist
    return TrackGrant(rtp_channel=0, rtcp_channel=1, udp=UdpGrant(client_ports=udp_ports, server_ports=server))


def _pair(name: str, transport: str) -> tuple[int, int] | None:
    found = re.search(rf"{name}\s*=\s*(\d{{1,6}})(?:\s*-\s*(\d{{1,6}}))?", transport, re.IGNORECASE)
    if found is None:
        return None
    first = int(found[1])
    return first, int(found[2]) if found[2] else first + 1


def receiver_report(ssrc: int, name: bytes = b"ronda") -> bytes:
    """An empty RTCP receiver report with our name: it says that somebody still listens."""
    item = bytes((1, len(name))) + name
    item += bytes(4 - len(item) % 4)
    report = struct.pack(">BBHI", 0x80, 201, 1, ssrc)
    return report + struct.pack(">BBHI", 0x81, 202, 1 + len(item) // 4, ssrc) + item
