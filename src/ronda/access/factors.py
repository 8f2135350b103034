"""What a second factor proves, and who needs one. Pure.

Decides: whether a code of an authenticator app is right now and was not used before, what a recovery code is,
and what a signed-in person still has to do before anything else. Not decided here: passkeys (`passkeys`).
Invariant: a code counts once. Its time step must be newer than the last one that was used, so that somebody
who looked over the shoulder gains nothing within the half minute that is left.
"""

import hashlib
import hmac
from enum import StrEnum
from typing import Final

import pyotp

from ronda.access.model import Factor, Person, Role
from ronda.access.passwords import one_time_password
from ronda.core.time import MINUTE_US, SECOND_US

STEP_S: Final = 30
DRIFT_STEPS: Final = 1  # a phone may be half a minute off
RECOVERY_CODES: Final = 10
RECOVERY_GROUPS: Final = 5  # 123 random bits; from 112 on a plain digest is enough, and these wait for years
STEP_UP_US: Final = 5 * MINUTE_US  # how fresh a factor must be for an urgent approval
FORCED: Final = frozenset({Role.APPROVER, Role.INSPECTOR, Role.ADMIN})


class Needs(StrEnum):
    """What stands between a signed-in person and their work."""

    NOTHING = "nothing"
    FACTOR = "factor"  # show the second factor
    PASSWORD = "password"  # noqa: S105  replace the one-time password
    ENROL = "enrol"  # set up a second factor: the role forces one


def needs(person: Person, *, proved: bool, has_factor: bool, forced: bool) -> Needs:
    """The one thing to do next. `forced` False: training data, where roles are switched without passwords."""
    if has_factor and not proved:
        return Needs.FACTOR
    if person.must_change_password:
        return Needs.PASSWORD
    if forced and not has_factor and not proved and person.roles & FORCED:
        return Needs.ENROL
    return Needs.NOTHING


def new_secret() -> str:
    """160 random bits in base32, as RFC 4226 asks."""
    return pyotp.random_base32()


def secret_address(secret: str, login: str, place: str) -> str:
    """The `otpauth://` address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=place)


def used_step(factor: Factor, code: str, now_us: int) -> int | None:
    """The time step whose code this is, if it is near enough and newer than the last used; else None."""
    bare = code.replace(" ", "")
    if not (len(bare) == 6 and bare.isascii() and bare.isdigit()):
        return None
    step = now_us // SECOND_US // STEP_S
    totp = pyotp.TOTP(factor.secret)
    found = None
    for one in range(step - DRIFT_STEPS, step + DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(one), bare):
            found = one
    return found if found is not None and found > factor.last_step else None


def recovery_codes() -> list[str]:
    """Ten codes for the day the phone is lost; each opens once."""
    return [one_time_password(RECOVERY_GROUPS) for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> str:
    """How a recovery code is stored: so many random bits need no slow digest."""
    return hashlib.sha256("".join(sign for sign in code.casefold() if sign.isalnum()).encode()).hexdigest()
