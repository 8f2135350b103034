"""`ronda camera discover` and `ronda camera probe`: what stands on the network, and what one camera offers."""

import getpass
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from cyclopts import Parameter

from ronda.core.errors import WrongUsageError
from ronda.core.time import SECOND_US
from ronda.media.onvif.soap import Login
from ronda.video.onvif.camera import OnvifCamera, Probed, device_url, probe
from ronda.video.onvif.discover import Discovered
from ronda.video.onvif.discover import discover as find
from ronda.video.onvif.transport import Line
from ronda.video.onvif.where import LOOPBACK, networks_of_setting, place_of

PASSWORD = "RONDA_CAMERA_PASSWORD"  # noqa: S105 - the name of a setting
_Json = Annotated[bool, Parameter(name="--json", negative="")]


def discover(*, interface: tuple[str, ...] = (), seconds: float = 4.0, json_output: _Json = False) -> int:
    """Ask the local network for ONVIF cameras. Exit status 1 when none answered.

    Parameters
    ----------
    interface
        An address of this machine on the cameras' network; may be given several times.
    seconds
        How long to wait for answers.
    json_output
        One JSON array instead of a table.
    """
    if not 0.5 <= seconds <= 60:
        raise WrongUsageError(f"--seconds {seconds:g} is not between 0.5 and 60")
    try:
        found = find(interface, for_s=seconds)
    except OSError as fault:
        where = ", ".join(interface) or "the default interface"
        raise WrongUsageError(
            f"cannot ask on {where}: {fault.strerror or fault}. "
            "Next: give an address of this machine with --interface"
        ) from None
    if json_output:
        print(json.dumps([_found(one) for one in found], indent=1))
    else:
        _print_found(found)
    return 0 if found else 1


def _found(one: Discovered) -> dict[str, Any]:
    return {
        "host": one.host,
        "device_url": one.device_url,
        "name": one.found.name,
        "hardware": one.found.hardware,
        "location": one.found.location,
        "identity": one.found.identity,
    }


def _print_found(found: list[Discovered]) -> None:
    for one in found:
        print("\t".join((one.host, one.found.hardware or "-", one.found.name or "-", one.device_url)))
    if found:
        print(f"{len(found)} answered. Next: ronda camera probe ADDRESS --user NAME", file=sys.stderr)
    else:
        print(
            "no camera answered. Next: give --interface with an address on the cameras' network; "
            "cameras behind a router, and those with discovery switched off, are probed by address",
            file=sys.stderr,
        )


def probe_camera(
    address: str, *, user: str | None = None, picture: Path | None = None, json_output: _Json = False
) -> int:
    """Ask one camera over ONVIF what it is and which streams to record. Changes nothing in it.

    Parameters
    ----------
    address
        Host, host:port, or http://host:port/path of the device service.
    user
        Its ONVIF account; the password is taken from $RONDA_CAMERA_PASSWORD, or asked for.
    picture
        A file for the camera's own still picture.
    json_output
        One JSON object instead of a table.
    """
    bare, login = _who(address, user)
    url, host, port = device_url(bare)
    if not url:
        raise WrongUsageError(
            f"{bare[:80]!r} is no address of a camera's device service. "
            "Next: give a host, host:port or http://host:port/onvif/device_service"
        )
    place = place_of(host, port, allowed=(*LOOPBACK, *networks_of_setting()))
    with Line(place, login) as line:
        camera = OnvifCamera(line, url, login)
        probed = probe(camera, url)
        taken = camera.snapshot(probed.main) if picture is not None and probed.main is not None else None
    if picture is not None and taken is not None:
        picture.write_bytes(taken.data)
    if json_output:
        print(json.dumps(asdict(probed), indent=1))
    else:
        _print_probed(probed)
    if picture is not None:
        print(f"picture: {picture}" if taken else "picture: the camera offers none", file=sys.stderr)
    return 0 if probed.main is not None else 1


def _who(address: str, user: str | None) -> tuple[str, Login | None]:
    """The address without its user part, and who asks."""
    if "@" in address:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        login = Login(user=unquote(parts.username or ""), password=unquote(parts.password or ""))
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")), login
    if user is None:
        return address, None
    password = os.environ.get(PASSWORD)
    if password is None:
        password = (
            getpass.getpass(f"Password of {user}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        )
    return address, Login(user=user, password=password)


def _print_probed(probed: Probed) -> None:
    facts = probed.facts
    print(f"device\t{facts.maker} {facts.model}\tfirmware {facts.firmware}\tserial {facts.serial}")
    if probed.clock is None:
        print("clock\tit names no time")
    else:
        offset, error = probed.clock.offset_us / SECOND_US, probed.clock.uncertainty_us / SECOND_US
        print(f"clock\t{offset:+.1f} s to this machine, at most {error:.1f} s wrong")
    for one in probed.streams:
        profile = one.profile
        role = {probed.main: "main", probed.sub: "sub"}.get(profile.token, "-")
        size = f"{profile.width_px}x{profile.height_px}"
        rate = f"{profile.fps or '?'} fps, {profile.kbit_s or '?'} kbit/s"
        print(f"{role}\t{profile.codec}\t{size}\t{rate}\t{one.url}")
    print(f"offers\t{', '.join(probed.services) or '-'}{', picture' if probed.picture else ''}")
