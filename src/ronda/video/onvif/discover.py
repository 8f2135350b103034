"""Find cameras on the local network: one WS-Discovery question on each interface, answers for a few seconds.

Decides who is believed: an answer counts for the address it came from. Addresses that an answer names
are kept only where they are the sender's own; what a stranger says about others is left out.
"""

import ipaddress
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector
from urllib.parse import urlsplit
from uuid import uuid4

from ronda.media.onvif.discovery import GROUP, MAX_ANSWER_BYTES, PORT, Found, probe, read_answer

ASK_AGAIN_S = 1.0  # datagrams get lost: the question goes out three times
TIMES = 3
MOST = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """A camera that answered, and from where."""

    host: str
    device_url: str
    found: Found


def discover(
    interfaces: Sequence[str] = (), *, for_s: float = 4.0, group: str = GROUP, port: int = PORT
) -> list[Discovered]:
    """Cameras that answer within the time, by host. interfaces: own IPv4 addresses to ask on; empty: the default.

    Raises OSError when an interface is none of this machine.
    """
    message = uuid4()
    question = probe(message)
    found: dict[str, Discovered] = {}
    with ExitStack() as stack, DefaultSelector() as selector:
        sockets = [stack.enter_context(_socket(one)) for one in interfaces or ("",)]
        for one in sockets:
            selector.register(one, EVENT_READ)
        began_s, asked = time.monotonic(), 0
        while (now_s := time.monotonic() - began_s) < for_s and len(found) < MOST:
            if asked < TIMES and now_s >= asked * ASK_AGAIN_S:
                asked += 1
                for one in sockets:
                    one.sendto(question, (group, port))
            for key, _ in selector.select(min(0.2, max(0.0, for_s - now_s))):
                data, sender = key.fileobj.recvfrom(MAX_ANSWER_BYTES + 1)  # type: ignore[union-attr]
                for camera in _believed(read_answer(data, message), str(sender[0])):
                    found.setdefault(camera.device_url, camera)
    return sorted(found.values(), key=lambda one: ipaddress.ip_address(one.host))


def _socket(interface: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    if interface:
        made.bind((interface, 0))
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
    return made


def _believed(answers: Sequence[Found], sender: str) -> Iterator[Discovered]:
    for found in answers:
        for url in found.addresses:
            try:
                parts = urlsplit(url)
                port = parts.port
            except ValueError:
                continue
            if parts.hostname == sender and parts.scheme in ("http", "https"):
                at = f":{port}" if port else ""
                yield Discovered(host=sender, device_url=f"{parts.scheme}://{sender}{at}{parts.path}", found=found)
                break
