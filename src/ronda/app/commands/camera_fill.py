"""`ronda camera fill`: ask a camera's own card, or an older recorder, for what is missing. A best effort."""

import asyncio
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ronda.app.data_folder import data_path, open_folder
from ronda.app.wiring import Wiring
from ronda.core.errors import RondaError, WrongUsageError
from ronda.core.ids import camera_id
from ronda.core.time import HOUR_US, SECOND_US, TimeSpan, utc_text
from ronda.media.onvif.device import ClockOffset
from ronda.media.onvif.soap import Login
from ronda.media.rtsp_url import RtspUrl, parse_rtsp_url
from ronda.registry.errors import NotRegisteredError
from ronda.registry.model import Camera
from ronda.video.model import Gap
from ronda.video.onvif.camera import OnvifCamera, device_url
from ronda.video.onvif.fill import Filled, FillRefusedError, check_gap, fill_gap, find_recordings, replay_address
from ronda.video.onvif.transport import Line
from ronda.video.onvif.where import LOOPBACK, Place, networks_of_setting, place_of

_LONGEST_H = 24 * 30


def fill(name: str, *, hours: float = 24.0, device: str | None = None, data: Path | None = None) -> int:
    """Fill a camera's gaps from its own card, where it offers that over ONVIF. Exit status 1 when none was.

    Gaps that a person wanted are never filled; footage that comes is marked with its origin.

    Parameters
    ----------
    name
        The camera in the register; its address holds the account.
    hours
        How far back, up to 720.
    device
        The ONVIF address of the card or the older recorder, when it is not that of the camera.
    data
        The installation.
    """
    if not 0 < hours <= _LONGEST_H:
        raise WrongUsageError(f"--hours {hours:g} is not between 0 and {_LONGEST_H}")
    folder = open_folder(data_path(data))
    wiring = Wiring(folder)
    entry = wiring.register.camera(camera_id(name))
    if entry is None:
        raise NotRegisteredError(name)
    now_us = wiring.clock.now_us()
    gaps = wiring.index.gaps(entry.camera, TimeSpan(now_us - round(hours * HOUR_US), now_us))
    wiring.note("rekaman.dilengkapi", {"kamera": entry.camera, "celah": len(gaps)})
    done = asyncio.run(_fill_all(wiring, entry, gaps, device))
    print(f"{name}: {len(done)} of {len(gaps)} gaps filled, {sum(one.frames for one in done)} frames")
    return 0 if done else 1


async def _fill_all(wiring: Wiring, entry: Camera, gaps: list[Gap], device: str | None) -> list[Filled]:
    done: list[Filled] = []
    for gap in gaps:
        shown = f"{utc_text(gap.start_us)} ({gap.cause.value})"
        try:
            check_gap(gap, wiring.folder.footage)
            url, clock = await asyncio.to_thread(_ask_device, wiring, entry, gap, device)
            found = await fill_gap(
                gap, url, clock, footage=wiring.folder.footage, index=wiring.index, training=entry.training
            )
        except (RondaError, OSError) as fault:
            print(f"{shown}: left as it is: {fault}")
            continue
        seconds = sum(span.duration_s for span in found.spans)
        error_s = found.clock.uncertainty_us / SECOND_US
        print(f"{shown}: {seconds:.1f} s came from the card, times at most {error_s:.1f} s wrong")
        done.append(found)
    return done


def _ask_device(wiring: Wiring, entry: Camera, gap: Gap, device: str | None) -> tuple[RtspUrl, ClockOffset]:
    """Where to replay the gap from, and the device's clock. Raises OnvifError, FillRefusedError."""
    camera_url = parse_rtsp_url(entry.url)
    login = Login(user=camera_url.user, password=camera_url.password) if camera_url.user else None
    address = device or camera_url.host
    if device and "@" in device:
        parts = urlsplit(device if "://" in device else f"http://{device}")
        login = Login(user=unquote(parts.username or ""), password=unquote(parts.password or ""))
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    url, host, port = device_url(address)
    if not url:
        raise WrongUsageError(
            f"{address[:80]!r} is no address of a device. Next: give host, host:port or http://..."
        )
    allowed = (*(LOOPBACK if wiring.folder.training else ()), *networks_of_setting())
    place = place_of(host, port, allowed=allowed)
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
        return _with_login(replay_address(camera, found[0]), login, place), clock


def _with_login(address: str, login: Login | None, place: Place) -> RtspUrl:
    url = replace(parse_rtsp_url(address), host=place.address)
    return replace(url, user=login.user, password=login.password) if login is not None else url
