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


def link(
    login: str,
    *,
    subject: Annotated[str, Parameter(help="The person's `sub` at the sign-in provider of oidc.json.")],
    data: Path | None = None,
) -> int:
    """Let a name at the sign-in provider sign in as this account."""
    wiring = Wiring(open_folder(data_path(data)))
    found = wiring.people.by_login(login)
    if found is None:
        raise AccessError(f"no account {login[:60]!r}. Next: `ronda user list` shows them")
    if wiring.provider is None:
        raise AccessError("this data folder has no oidc.json, so there is no provider. Next: write it first")
    if not 0 < len(subject) <= 255:
        raise AccessError("a subject has 1 to 255 characters; nothing was changed")
    issuer = wiring.provider.settings.issuer
    wiring.note("akun.dihubungkan", {"akun": found[0].person_id})
    wiring.subjects.link(issuer, subject, found[0].person_id, wiring.clock.now_us())
    print(f"{login}: {subject} at {issuer} signs in as this account; the second factor is asked as always")
    return 0


def reset(login: str, *, data: Path | None = None) -> int:
    """A new one-time password for an account."""
    wiring = Wiring(open_folder(data_path(data)))
    found = wiring.people.by_login(login)
    if found is None:
        raise AccessError(f"no account {login[:60]!r}. Next: `ronda user list` shows them")
    print(f"{login}: one-time password {wiring.access.reset_password(None, found[0])}")
    return 0
