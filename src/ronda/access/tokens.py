"""Tokens for programs of others: what they may be made for, and when one counts. Pure.

A token reads what is on the list and nothing else: no picture, live or past, no approval, no account. It belongs
to an area, ends by itself within a year, and is kept as its SHA-256 alone.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from ronda.access.errors import WrongTokenRequestError
from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.core.ids import AreaCode, PersonId
from ronda.core.time import DAY_US

LONGEST_DAYS: Final = 365
BEGINNING: Final = "ronda_"
TOKEN_MAY: Final = frozenset(
    {Action.SEE_GAPS, Action.SEE_REGISTER, Action.SEE_METRICS, Action.SEE_SERVICE, Action.SEE_PLAN}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What a token may do, without the token.

    used_us  when it was last shown, to the minute; None: never
    """

    token_id: str
    name: str
    actions: frozenset[Action]
    area: AreaCode
    made_by: PersonId
    made_us: int
    expires_us: int
    revoked_us: int | None = None
    used_us: int | None = None


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def check_token(name: str, actions: frozenset[Action], days: int) -> None:
    """Raise WrongTokenRequestError unless such a token may be made."""
    if not 3 <= len(name.strip()) <= 100 or any(ord(sign) < 32 for sign in name):
        raise WrongTokenRequestError("name", "3 to 100 characters on one line: for whom the token is")
    if not actions or not actions <= TOKEN_MAY:
        possible = ", ".join(sorted(action.value for action in TOKEN_MAY))
        raise WrongTokenRequestError("actions", f"a token may have some of: {possible}")
    if not 1 <= days <= LONGEST_DAYS:
        raise WrongTokenRequestError("days", f"1 to {LONGEST_DAYS} days")


def counts(token: ApiToken, now_us: int) -> bool:
    return token.revoked_us is None and token.made_us <= now_us < token.expires_us


def expires_us(now_us: int, days: int) -> int:
    return now_us + days * DAY_US


def bearer(token: ApiToken) -> Person:
    """The token as one who asks: without a role, bound to its area and its list."""
    return Person(
        person_id=PersonId(token.token_id),
        login="",
        name=token.name,
        official_id="",
        office="",
        roles=frozenset(),
        area=token.area,
        only=frozenset(action.value for action in token.actions & TOKEN_MAY),
    )
