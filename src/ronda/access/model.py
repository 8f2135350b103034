"""People and roles. A person acts for one area and everything inside it."""

from dataclasses import dataclass
from enum import StrEnum

from ronda.core.ids import AreaCode, PersonId


class Role(StrEnum):
    OPERATOR = "operator"
    INVESTIGATOR = "investigator"
    APPROVER = "approver"
    PLANNER = "planner"
    SERVICE_HEAD = "service_head"
    INSPECTOR = "inspector"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account.

    official_id  NIP of a civil servant or NRP of a police officer; two accounts of one number
                 count as one person wherever two people are needed
    area         code such as 64.08 (regency) or 64.08.04 (district); bounds every right
    """

    person_id: PersonId
    login: str
    name: str
    official_id: str
    office: str
    roles: frozenset[Role]
    area: AreaCode
    disabled: bool = False
    must_change_password: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser. The token itself is known to the browser alone; we keep its SHA-256."""

    token_sha256: str
    person_id: PersonId
    started_us: int
    expires_us: int
