"""The people of the story. Names are made up; roles, offices and ranks are those of a regency."""

from dataclasses import dataclass
from typing import Final

from ronda.access.model import Person, Role
from ronda.access.service import AccessService, new_person
from ronda.core.ids import AreaCode
from ronda.sim.regency import REGENCY_CODE
from ronda.store.sql.people import SqlPeople


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    login: str
    name: str
    official_id: str
    office: str
    role: Role


CAST: Final = (
    Cast(
        login="rahmat",
        name="Aipda Rahmat Hidayat",
        official_id="84071129",
        office="Satreskrim Polres Kutai Timur",
        role=Role.INVESTIGATOR,
    ),
    Cast(
        login="hadi",
        name="Hadi Saputra",
        official_id="19780412 200501 1 004",
        office="Bidang Informatika, Diskominfo",
        role=Role.APPROVER,
    ),
    Cast(
        login="nur",
        name="Nur Sari",
        official_id="19910823 201503 2 002",
        office="Ruang kendali, Diskominfo",
        role=Role.OPERATOR,
    ),
    Cast(
        login="dewi",
        name="Dewi Lestari",
        official_id="19800917 200604 2 011",
        office="Inspektorat Daerah",
        role=Role.INSPECTOR,
    ),
    Cast(
        login="bayu",
        name="Bayu Pratama",
        official_id="19890305 201402 1 003",
        office="Bidang Infrastruktur TIK, Diskominfo",
        role=Role.PLANNER,
    ),
    Cast(
        login="ratna",
        name="Ratna Wulandari",
        official_id="19760221 200012 2 004",
        office="Kecamatan Sangatta Utara, kepala seksi pelayanan",
        role=Role.SERVICE_HEAD,
    ),
    Cast(
        login="sinta",
        name="Sinta Maharani",
        official_id="19930611 201903 2 007",
        office="Diskominfo",
        role=Role.ADMIN,
    ),
)


def enrol(people: SqlPeople, access: AccessService) -> None:
    """Make the accounts that are missing. Their one-time passwords are thrown away: the demo switches roles."""
    known = {person.login for person in people.all()}
    for cast in CAST:
        if cast.login not in known:
            area = AreaCode(REGENCY_CODE)
            person = new_person(cast.login, cast.name, cast.official_id, cast.office, frozenset({cast.role}), area)
            password = access.add_person(None, person)
            access.change_password(person, password, f"latihan-{password}")


def played_by(people: SqlPeople, role: Role) -> Person:
    """Who plays this role in the story."""
    return next(person for person in people.all() if role in person.roles)
