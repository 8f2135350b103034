"""Bind the sockets of a track that comes by UDP, and open the way for its packets.

An even port for RTP and the next one for RTCP, as RFC 3550 asks. Packets are not tied to the camera's
address here: the engine keeps one sender and drops others.
"""

import contextlib
import errno
import socket

from ronda.media.rtsp_client import OUR_SSRC
from ronda.media.rtsp_transport import UdpGrant, receiver_report
from ronda.video.engine.port import UdpPair

RECEIVE_BYTES = 2 * 1024 * 1024  # half a second of a 30 Mbit/s camera, and room for a late reader
_TRIES = 64


def bind_pair(local_host: str) -> UdpPair:
    """Bound on the address that faces the camera. Raises OSError when no pair of ports is free."""
    family = socket.AF_INET6 if ":" in local_host else socket.AF_INET
    for _ in range(_TRIES):
        rtp, rtcp = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
        try:
            rtp.bind((local_host, 0))
            port = rtp.getsockname()[1]
            if port % 2 == 0:
                rtcp.bind((local_host, port + 1))
                for one in (rtp, rtcp):
                    one.setblocking(False)
                rtp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
                return UdpPair(rtp=rtp, rtcp=rtcp)
        except OSError as fault:
            if fault.errno != errno.EADDRINUSE:
                rtp.close()
                rtcp.close()
                raise
        rtp.close()
        rtcp.close()
    raise OSError(errno.EADDRINUSE, "no pair of UDP ports is free")


def ports_of(pair: UdpPair) -> tuple[int, int]:
    return pair.rtp.getsockname()[1], pair.rtcp.getsockname()[1]


def close_pair(pair: UdpPair) -> None:
    pair.rtp.close()
    pair.rtcp.close()


def punch(pair: UdpPair, camera_host: str, grant: UdpGrant) -> None:
    """Send an empty packet each way out, so that a firewall or NAT lets the answers in.

    Sent where the camera says it sends from; nothing is sent where it does not say.
    """
    if grant.server_ports is None:
        return
    empty = bytes((0x80, 0x7F)) + bytes(10)  # an RTP packet without payload, of a type nobody uses
    with contextlib.suppress(OSError):
        pair.rtp.sendto(empty, (camera_host, grant.server_ports[0]))
        pair.rtcp.sendto(receiver_report(OUR_SSRC), (camera_host, grant.server_ports[1]))
