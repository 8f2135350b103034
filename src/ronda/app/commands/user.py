"""`ronda user`: accounts from the command line of the machine itself."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.access.errors import AccessError
from ronda.access.model import Role
from ronda.access.service import new_person, role_names
from ronda.app.commands.init import KUTAI_TIMUR
from ronda.app.data_folder import data_path, open_folder
from ronda.app.wiring import Wiring
from ronda.core.ids import AreaCode


def add(
    login: str,
    *,
    name: str,
    official_id: Annotated[str, Parameter(name=["--nip", "--nrp"], help="NIP or NRP; one person, one number.")],
    role: Annotated[list[Role], Parameter(help="May be given several times.")],
    office: str = "",
    area: Annotated[str, Parameter(help="Area code that bounds every right.")] = KUTAI_TIMUR,
    data: Path | None = None,
) -> int:
    """Make an account; prints its one-time password once."""
    wiring = Wiring(open_folder(data_path(data)))
    person = new_person(login, name, official_id, office, frozenset(role), AreaCode(area))
    password = wiring.access.add_person(None, person)
    print(f"{login} ({role_names(person)}, area {area}): one-time password {password}")
    return 0


def show(*, data: Path | None = None) -> int:
    """List the accounts."""
    for person in Wiring(open_folder(data_path(data))).people.all():
        state = "disabled" if person.disabled else "one-time password" if person.must_change_password else "active"
        print(f"{person.login}\t{person.name}\t{role_names(person)}\t{person.area}\t{state}")
    return 0


def reset(login: str, *, data: Path | None = None) -> int:
    """A new one-time password for an account."""
    wiring = Wiring(open_folder(data_path(data)))
    found = wiring.people.by_login(login)
    if found is None:
        raise AccessError(f"no account {login[:60]!r}. Next: `ronda user list` shows them")
    print(f"{login}: one-time password {wiring.access.reset_password(None, found[0])}")
    return 0
