"""Passwords: argon2id digests and one-time passwords."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ronda.access.errors import WeakPasswordError
from ronda.access.guessable import KnownPasswords, guessable
from ronda.core.time import DAY_US

MIN_LENGTH = 10
ONE_TIME_US = 7 * DAY_US  # a paper that lies about for longer opens nothing
_HASHER = PasswordHasher()
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letters that look alike on paper


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def password_matches(digest: str, password: str) -> bool:
    try:
        return _HASHER.verify(digest, password)
    except (VerificationError, InvalidHashError):
        return False


# Verified when the login is unknown, so that the answer takes as long as for a known one.
NOBODY_DIGEST = hash_password(secrets.token_hex(16))


def one_time_password(groups: int = 3) -> str:
    """Groups of five letters and digits: three (74 bits) are good for one sign-in."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(groups))


def check_new_password(password: str, old: str, context: frozenset[str], known: KnownPasswords) -> None:
    """Raise WeakPasswordError when too short, the old one, guessable here, or on the office's list.

    context  words of the person and the office: `ronda.access.guessable.context_words`
    """
    if len(password) < MIN_LENGTH:
        raise WeakPasswordError(
            f"the password has {len(password)} characters, at least {MIN_LENGTH} are needed. "
            "Next: choose a longer one, such as four unrelated words"
        )
    if password == old:
        raise WeakPasswordError("the new password is the old one. Next: choose another")
    if why := guessable(password, context):
        raise WeakPasswordError(f"the password would be guessed: {why}. Next: choose four unrelated words")
    if password in known:
        raise WeakPasswordError("the password stands on a list of leaked ones. Next: choose four unrelated words")
