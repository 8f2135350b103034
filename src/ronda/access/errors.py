"""What access refuses.

AccessError
├── NotAllowedError       the person's roles or area do not reach this act
├── NotSignedInError      nobody is signed in
│   └── FactorNeededError   a password was right, the second factor is still to be shown or set up
├── WrongPasswordError    login and password do not belong together
├── OneTimeExpiredError   the one-time password was not used in time
├── WrongCodeError        a code or passkey is wrong, used already, or of somebody else
├── NoSuchFactorError     no second factor of that number
├── TooManyTriesError     slowed after repeated failures
├── WeakPasswordError     a new password is too short or the old one
├── AlreadyKnownError     the login is taken
└── LogUnavailableError   the access log cannot be written, so the act is refused
"""

from ronda.core.errors import RondaError


class AccessError(RondaError):
    """Base of all refusals."""


class NotAllowedError(AccessError):
    """The roles or the area of a person do not reach this act."""


class NotSignedInError(AccessError):
    """Nobody is signed in, or the session ended."""


class FactorNeededError(NotSignedInError):
    """The password was right; the second factor was not shown yet, or has to be set up first."""


class OneTimeExpiredError(AccessError):
    """The one-time password was right but too old."""

    def __init__(self) -> None:
        super().__init__("this one-time password was not used in time. Next: ask your admin for a new one")


class WrongCodeError(AccessError):
    """The code, passkey or recovery code does not prove anything; which of them is wrong is never said."""

    def __init__(self) -> None:
        super().__init__(
            "the code is wrong, or was used already. Next: wait for the next code, or use a recovery code"
        )


class NoSuchFactorError(AccessError):
    """The person has no such second factor."""

    def __init__(self, factor: str) -> None:
        super().__init__(f"no second factor {factor[:40]!r}; nothing was changed. Next: load the page again")


class WrongPasswordError(AccessError):
    """Login and password do not belong together; which of them is wrong is never said."""

    def __init__(self) -> None:
        super().__init__("login or password is wrong. Next: try again, or ask your admin for a new password")


class TooManyTriesError(AccessError):
    """Too many failures; the next try is answered after `wait_s`."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        super().__init__(f"too many failed tries. Next: wait {wait_s:.0f} s, then try again")


class WeakPasswordError(AccessError):
    """The new password does not do."""


class AlreadyKnownError(AccessError):
    """The login is taken; nothing was changed."""

    def __init__(self, login: str) -> None:
        super().__init__(f"login {login[:60]!r} is taken; nothing was changed. Next: choose another login")


class LogUnavailableError(AccessError):
    """The access log cannot be written: whatever needs an entry is refused, recording goes on."""
