"""Passwords: argon2id digests, one-time passwords, and the slowing of guesses."""

import secrets
from collections.abc import Mapping

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ronda.access.errors import WeakPasswordError

MIN_LENGTH = 10
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


def one_time_password() -> str:
    """Three groups of five letters and digits (74 bits), good for one sign-in."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(3))


def check_new_password(password: str, old: str) -> None:
    """Raise WeakPasswordError when too short, or equal to the old one."""
    if len(password) < MIN_LENGTH:
        raise WeakPasswordError(
            f"the password has {len(password)} characters, at least {MIN_LENGTH} are needed. "
            "Next: choose a longer one, such as four unrelated words"
        )
    if password == old:
        raise WeakPasswordError("the new password is the old one. Next: choose another")


FREE_TRIES = 5
LONGEST_WAIT_S = 30.0


def wait_before_try_s(failures: int, since_last_s: float) -> float:
    """Seconds to wait before the next try: none for five failures, then doubling up to 30 s.

    Slows a guesser, never locks the real person out.
    """
    if failures < FREE_TRIES:
        return 0.0
    return max(0.0, min(LONGEST_WAIT_S, 2.0 ** (failures - FREE_TRIES)) - since_last_s)


def failures_to_forget(last_us: Mapping[str, int], now_us: int) -> list[str]:
    """Keys whose last failure is over a quarter of an hour old."""
    return [key for key, at_us in last_us.items() if now_us - at_us > 15 * 60 * 1_000_000]
