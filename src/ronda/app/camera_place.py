"""Where a camera may stand, asked before an address goes into the register.

Never: link-local, a cloud's metadata, multicast, this machine itself and its own ports. Loopback only on training
data, on the machine's own command line, and where the office lists it. Private networks: those that were listed
at `ronda init`; an installation without a list takes any. A name is resolved and every address it has is judged;
one that cannot be resolved now is judged by the recorder when it connects.
"""

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ronda.app.wiring import Wiring
from ronda.media.rtsp_url import parse_rtsp_url
from ronda.video.onvif.errors import CameraSilentError
from ronda.video.onvif.where import LOOPBACK, Network, networks_of_setting, place_of

SETTING: Final = "camera_networks"


def allowed_networks(wiring: Wiring) -> tuple[Network, ...]:
    """Allowed besides: on a training folder the virtual cameras stand on loopback."""
    return (*(LOOPBACK if wiring.folder.training else ()), *networks_of_setting())


def listed_networks(wiring: Wiring) -> tuple[Network, ...] | None:
    """The private networks that were listed at `ronda init`; None: no list, any private network will do."""
    found = wiring.settings.get(SETTING)
    return tuple(ipaddress.ip_network(one) for one in found) if isinstance(found, list) else None


def check_places(
    wiring: Wiring, urls: Sequence[str | None], *, own_port: int | None = None, from_shell: bool = False
) -> None:
    """Raise ForbiddenPlaceError or WrongUrlError for the first address that no camera may have here."""
    allowed = (*allowed_networks(wiring), *(LOOPBACK if from_shell else ()))
    for url in urls:
        if not url:
            continue
        where = parse_rtsp_url(url)
        try:
            place_of(where.host, where.port, allowed=allowed, private=listed_networks(wiring), own_port=own_port)
        except CameraSilentError:
            continue  # the name leads nowhere yet; the recorder judges it when it connects


def own_networks(routes: Path = Path("/proc/net/route")) -> list[str]:
    """The private networks that this machine is connected to: what `ronda init` proposes."""
    found = []
    lines = routes.read_text().splitlines()[1:] if routes.exists() else []
    for line in lines:
        words = line.split()
        if len(words) < 8 or words[1] == "00000000":
            continue
        network, mask = (int.from_bytes(bytes.fromhex(words[n]), "little") for n in (1, 7))
        one = ipaddress.ip_network((network, mask.bit_count()), strict=False)
        if one.is_private and not one.is_loopback and not one.is_link_local:
            found.append(str(one))
    return sorted(set(found))
