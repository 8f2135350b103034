"""`ronda init`: make a data folder and its first admin."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.access.model import Role
from ronda.access.service import new_person
from ronda.app.camera_place import SETTING, own_networks
from ronda.app.data_folder import create, data_path
from ronda.app.wiring import Wiring
from ronda.core.ids import AreaCode
from ronda.video.onvif.where import networks_of_setting

KUTAI_TIMUR = "64.08"


def init(
    *,
    data: Annotated[Path | None, Parameter(help="Data folder; else $RONDA_DATA, else ./ronda-data.")] = None,
    area: Annotated[str, Parameter(help="Code of the region this installation serves.")] = KUTAI_TIMUR,
    camera_network: Annotated[
        list[str] | None,
        Parameter(help="A private network where cameras stand, such as 10.1.0.0/16; may be given several times."),
    ] = None,
) -> int:
    """Make a data folder with one admin; prints a one-time password once."""
    folder = create(data_path(data), training=False)
    wiring = Wiring(folder)
    print(f"data folder: {folder.root}")
    _list_networks(wiring, camera_network)
    if any(Role.ADMIN in person.roles for person in wiring.people.all()):
        print("it has an admin already; nothing was changed. Next: `ronda serve`")
        return 0
    admin = new_person("admin", "Admin", "-", "Diskominfo", frozenset({Role.ADMIN}), AreaCode(area))
    password = wiring.access.add_person(None, admin)
    print(f"admin login: admin, one-time password: {password}")
    print("Next: `ronda camera add ...`, then `ronda serve`, and choose your own password at the first sign-in")
    return 0


def _list_networks(wiring: Wiring, given: list[str] | None) -> None:
    """Private networks of cameras: as given, else proposed from what this machine is connected to."""
    if given:
        for one in given:
            networks_of_setting(one)
        wiring.settings.put(SETTING, given)
        wiring.note("kamera.jaringan", {"jaringan": ", ".join(given)[:500]})
        print(f"cameras may stand in: {', '.join(given)}, and at public addresses")
    elif wiring.settings.get(SETTING) is None:
        proposed = own_networks()
        flags = " ".join(f"--camera-network {one}" for one in proposed) or "--camera-network 10.1.0.0/16"
        print(f"cameras may stand in any private network. To narrow that: `ronda init {flags}`")
