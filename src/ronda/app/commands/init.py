"""`ronda init`: make a data folder and its first admin."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.access.model import Role
from ronda.access.service import new_person
from ronda.app.data_folder import create, data_path
from ronda.app.wiring import Wiring
from ronda.core.ids import AreaCode

KUTAI_TIMUR = "64.08"


def init(
    *,
    data: Annotated[Path | None, Parameter(help="Data folder; else $RONDA_DATA, else ./ronda-data.")] = None,
    area: Annotated[str, Parameter(help="Code of the region this installation serves.")] = KUTAI_TIMUR,
) -> int:
    """Make a data folder with one admin; prints a one-time password once."""
    folder = create(data_path(data), training=False)
    wiring = Wiring(folder)
    print(f"data folder: {folder.root}")
    if any(Role.ADMIN in person.roles for person in wiring.people.all()):
        print("it has an admin already; nothing was changed. Next: `ronda serve`")
        return 0
    admin = new_person("admin", "Admin", "-", "Diskominfo", frozenset({Role.ADMIN}), AreaCode(area))
    password = wiring.access.add_person(None, admin)
    print(f"admin login: admin, one-time password: {password}")
    print("Next: `ronda camera add ...`, then `ronda serve`, and choose your own password at the first sign-in")
    return 0
