"""Ask the device behind a registered camera for what is missing: where to replay from, and fill.

Shared by `ronda camera fill` and the worker. Blocking questions run in a thread.
"""

import asyncio
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from ronda.app.camera_place import allowed_networks
from ronda.app.wiring import Wiring
from ronda.core.errors import WrongUsageError
from ronda.core.time import TimeSpan
from ronda.media.onvif.device import ClockOffset
from ronda.media.onvif.soap import Login
from ronda.media.rtsp_url import RtspUrl, parse_rtsp_url
from ronda.registry.model import Camera, onvif_port
from ronda.video.model import Gap
from ronda.video.onvif.camera import OnvifCamera, device_url
from ronda.video.onvif.fill import Filled, FillRefusedError, check_gap, fill_gap, find_recordings, replay_address
from ronda.video.onvif.transport import Line
from ronda.video.onvif.where import place_of


async def fill_from_card(wiring: Wiring, entry: Camera, gap: Gap, device: str | None = None) -> Filled:
    """Raises RondaError or OSError; the gap is as it was then.

    device  the ONVIF address of the card or an older recorder, when it is not at the camera's host
    """
    check_gap(gap, wiring.folder.footage)
    url, clock = await asyncio.to_thread(_ask, wiring, entry, gap, device)
    return await fill_gap(
        gap, url, clock, footage=wiring.folder.footage, index=wiring.index, training=entry.training
    )


def device_of(entry: Camera, device: str | None = None) -> tuple[str, str, int, Login | None]:
    """(address of the device service, host, port, who asks) of a registered camera.

    device  another place than the camera's own host and the port that is kept with it
    Raises WrongUsageError, WrongUrlError.
    """
    camera_url = parse_rtsp_url(entry.url)
    login = Login(user=camera_url.user, password=camera_url.password) if camera_url.user else None
    host = f"[{camera_url.host}]" if ":" in camera_url.host else camera_url.host
    address = device or f"{host}:{onvif_port(entry)}"
    if device and "@" in device:
        parts = urlsplit(device if "://" in device else f"http://{device}")
        login = Login(user=unquote(parts.username or ""), password=unquote(parts.password or ""))
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    url, name, port = device_url(address)
    if not url:
        raise WrongUsageError("this is no address of a device. Next: give host, host:port or http://host/path")
    return url, name, port, login


def _ask(wiring: Wiring, entry: Camera, gap: Gap, device: str | None) -> tuple[RtspUrl, ClockOffset]:
    """Where to replay the gap from, and the device's clock. Raises OnvifError, FillRefusedError."""
    url, host, port, login = device_of(entry, device)
    place = place_of(host, port, allowed=allowed_networks(wiring))
    with Line(place, login) as line:
        camera = OnvifCamera(line, url, login)
        clock = camera.clock()
        if clock is None:
            raise FillRefusedError("the device names no time; nobody could say when its footage was taken")
        end_us = gap.end_us or gap.start_us
        theirs = TimeSpan(gap.start_us + clock.offset_us, end_us + clock.offset_us)
        found = find_recordings(camera, theirs)
        if not found:
            raise FillRefusedError("the device holds no recording of that time")
        replay = replace(parse_rtsp_url(replay_address(camera, found[0])), host=place.address)
    return (replace(replay, user=login.user, password=login.password) if login else replay), clock
