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
    one_time_until_us  when a one-time password is no longer taken; None: the password is the person's own
    only         None for people; for an API token the actions it was made for, and nothing else
    at_wall      acts from a wall screen on which the password was not given again: see `ronda.access.sessions`
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
    one_time_until_us: int | None = None
    only: frozenset[str] | None = None
    at_wall: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser. The token itself is known to the browser alone; we keep its SHA-256.

    proved_us   when a second factor was shown in this session; None: not yet
    used_us     when somebody last touched it: a page that only refreshes itself touches nothing
    vouched_us  when the password, or the provider, last vouched for the person in it
    device      what the browser said it is, in two words; for recognising one's own sessions
    wall        begun as a wall screen: it does not end for standing still, and shows live pictures alone
    """

    token_sha256: str
    person_id: PersonId
    started_us: int
    expires_us: int
    proved_us: int | None = None
    used_us: int
    vouched_us: int
    device: str = ""
    wall: bool = False

    @property
    def session_id(self) -> str:
        """Names the session to its person; opens nothing, since it is half of a digest."""
        return self.token_sha256[:16]


class FactorKind(StrEnum):
    TOTP = "totp"
    PASSKEY = "passkey"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A second factor of a person.

    secret         of a TOTP: the shared secret in base32; of a passkey: its public key in base64url
    credential_id  of a passkey, base64url
    sign_count     of a passkey, as it last told; a copy would fall behind
    last_step      of a TOTP: the newest time step whose code was used; none is taken twice
    confirmed      a TOTP counts once its first code was shown
    """

    factor_id: str
    person_id: PersonId
    kind: FactorKind
    name: str
    secret: str
    credential_id: str | None = None
    sign_count: int = 0
    last_step: int = 0
    added_us: int
    confirmed: bool = False
