"""`ronda camera fill` and `ronda camera reboot`: ask a camera's device for what is missing; restart it."""

import asyncio
from pathlib import Path

from ronda.app.camera_place import allowed_networks
from ronda.app.card import device_of, fill_from_card
from ronda.app.data_folder import data_path, open_folder
from ronda.app.wiring import Wiring
from ronda.core.errors import RondaError, WrongUsageError
from ronda.core.ids import camera_id
from ronda.core.time import HOUR_US, SECOND_US, TimeSpan, utc_text
from ronda.registry.errors import NotRegisteredError
from ronda.registry.model import Camera
from ronda.video.model import Gap
from ronda.video.onvif.camera import OnvifCamera
from ronda.video.onvif.fill import Filled
from ronda.video.onvif.transport import Line
from ronda.video.onvif.where import place_of

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
    wiring = Wiring(open_folder(data_path(data)))
    entry = _entry(wiring, name)
    now_us = wiring.clock.now_us()
    gaps = wiring.index.gaps(entry.camera, TimeSpan(now_us - round(hours * HOUR_US), now_us))
    wiring.note("rekaman.dilengkapi", {"kamera": entry.camera, "celah": len(gaps)})
    done = asyncio.run(_fill_all(wiring, entry, gaps, device))
    print(f"{name}: {len(done)} of {len(gaps)} gaps filled, {sum(one.frames for one in done)} frames")
    return 0 if done else 1


def reboot(name: str, *, device: str | None = None, data: Path | None = None) -> int:
    """Restart a registered camera over ONVIF; it is away for a minute or two, which becomes a gap.

    Parameters
    ----------
    name
        The camera in the register; its address holds the account.
    device
        Its ONVIF address, when that is not port 80 of the camera's host.
    data
        The installation.
    """
    wiring = Wiring(open_folder(data_path(data)))
    entry = _entry(wiring, name)
    url, host, port, login = device_of(entry, device)
    place = place_of(host, port, allowed=allowed_networks(wiring))
    wiring.note("kamera.dimulai_ulang", {"kamera": entry.camera})
    with Line(place, login) as line:
        camera = OnvifCamera(line, url, login)
        camera.clock()
        print(f"{name}: {camera.reboot() or 'it restarts'}")
    return 0


def _entry(wiring: Wiring, name: str) -> Camera:
    entry = wiring.register.camera(camera_id(name))
    if entry is None or not entry.url:
        raise NotRegisteredError(name)
    return entry


async def _fill_all(wiring: Wiring, entry: Camera, gaps: list[Gap], device: str | None) -> list[Filled]:
    done: list[Filled] = []
    for gap in gaps:
        shown = f"{utc_text(gap.start_us)} ({gap.cause.value})"
        try:
            found = await fill_from_card(wiring, entry, gap, device)
        except (RondaError, OSError) as fault:
            print(f"{shown}: left as it is: {fault}")
            continue
        seconds = sum(span.duration_s for span in found.spans)
        error_s = found.clock.uncertainty_us / SECOND_US
        print(f"{shown}: {seconds:.1f} s came from the card, times at most {error_s:.1f} s wrong")
        done.append(found)
    return done
