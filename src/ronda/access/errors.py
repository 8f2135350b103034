"""What access refuses.

AccessError
├── NotAllowedError       the person's roles or area do not reach this act
├── NotSignedInError      nobody is signed in
│   └── FactorNeededError   a password was right, the second factor is still to be shown or set up
├── WrongPasswordError    login and password do not belong together
├── OneTimeExpiredError   the one-time password was not used in time
├── WrongCodeError        a code or passkey is wrong, used already, or of somebody else
├── PasswordNeededError   the password was given too long ago for this act
├── NoSuchSessionError    no session of that name stands
├── StepUpNeededError     the second factor was shown too long ago for this act
├── ProviderAwayError     the sign-in provider does not answer
├── ProviderRefusedError  what came from it proves nothing
├── NobodyLinkedError     it knows the person, nobody here is linked to that name
├── NoSuchFactorError     no second factor of that number
├── WallScreenError       a wall screen opens nothing but live pictures until the password is given on it
├── HeldUpError           slowed for a while: `wait_s`
│   ├── TooManyTriesError   after repeated failures
│   ├── AskedTooOftenError  more was read than hands can do
│   └── SentTooMuchError    more was sent in than a day's work
├── ChangeRefusedError    two people are needed, and these are not two, or not the right ones
├── TwoPeopleNeededError  this is asked for, not done by one
├── NoSuchPersonError     nobody of that id in the person's area
├── NoSuchChangeError     no such change in the person's area
├── UnfitValueError       a value does not do
│   ├── IncompleteChangeError
│   ├── WrongTokenRequestError
│   └── IncompleteDutyError
├── LookBackRefusedError  the control room may not look back here
├── NoSuchLookBackError   no incident of that number
├── WeakPasswordError     a new password is too short or the old one
├── PasswordListError     the office's list of passwords cannot be read
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


class StepUpNeededError(AccessError):
    """This act wants a second factor that was shown just now."""

    def __init__(self) -> None:
        super().__init__("this wants your second factor anew; nothing was done. Next: give a code, then try again")


class PasswordNeededError(AccessError):
    """This act wants the password that was given just now."""

    def __init__(self) -> None:
        super().__init__("this wants your password anew; nothing was done. Next: give it, then try again")


class NoSuchSessionError(AccessError):
    """No session of that name stands."""

    def __init__(self, session: str) -> None:
        super().__init__(f"no session {session[:40]!r} stands; nothing was changed. Next: load the page again")


class ProviderAwayError(AccessError):
    """The sign-in provider does not answer; the account's own password works."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the sign-in provider does not answer ({why}). Next: sign in with your password")


class ProviderRefusedError(AccessError):
    """What came from the sign-in provider proves nothing."""


class NobodyLinkedError(AccessError):
    """The provider knows the person; nobody here is linked to that name."""

    def __init__(self) -> None:
        super().__init__("no account here belongs to that name. Next: ask your admin to link it")


class NoSuchFactorError(AccessError):
    """The person has no such second factor."""

    def __init__(self, factor: str) -> None:
        super().__init__(f"no second factor {factor[:40]!r}; nothing was changed. Next: load the page again")


class WrongPasswordError(AccessError):
    """Login and password do not belong together; which of them is wrong is never said."""

    def __init__(self) -> None:
        super().__init__("login or password is wrong. Next: try again, or ask your admin for a new password")


class WallScreenError(AccessError):
    """What was asked for is not for a wall screen that stands open to everybody in the room."""

    def __init__(self) -> None:
        super().__init__("this is a wall screen: it shows live pictures alone. Next: give your password on it")


class HeldUpError(AccessError):
    """Nothing was done; the next try is answered after `wait_s`."""

    def __init__(self, why: str, wait_s: float) -> None:
        self.wait_s = max(1.0, wait_s)
        super().__init__(f"{why}. Next: wait {self.wait_s:.0f} s, then try again")


class TooManyTriesError(HeldUpError):
    """Too many failures."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("too many failed tries", wait_s)


class AskedTooOftenError(HeldUpError):
    """Far more was read than hands can do."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("too much is being read at once in your name", wait_s)


class SentTooMuchError(HeldUpError):
    """The files of a day together are larger than a day's work."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("too much was sent in today in your name; nothing of this was taken", wait_s)


class WeakPasswordError(AccessError):
    """The new password does not do."""


class PasswordListError(AccessError):
    """The office's list of passwords cannot be read, so no new one is taken."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"the list of passwords {path} cannot be read ({why}); no password was changed. Next: mend it"
        )


class AlreadyKnownError(AccessError):
    """The login is taken; nothing was changed."""

    def __init__(self, login: str) -> None:
        super().__init__(f"login {login[:60]!r} is taken; nothing was changed. Next: choose another login")


class ChangeRefusedError(AccessError):
    """A change that needs two people was not decided by the right second one; the attempt is in the log."""


class TwoPeopleNeededError(AccessError):
    """This is not done by one person alone; nothing was changed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} needs a second person. Next: ask for it as a change")


class NoSuchPersonError(AccessError):
    """Nobody of that id within the own area."""

    def __init__(self, person: str) -> None:
        super().__init__(f"nobody {person[:40]!r} in your area")


class NoSuchChangeError(AccessError):
    """No change of that number within the person's area."""

    def __init__(self, change: str) -> None:
        super().__init__(f"no change {change[:40]!r} in your area")


class UnfitValueError(AccessError):
    """A value of a request does not do. Base; `field` names it as the API does."""

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(f"{field}: {sentence}; nothing was changed")


class IncompleteChangeError(UnfitValueError):
    """A change lacks its reason, or asks for something impossible."""


class WrongTokenRequestError(UnfitValueError):
    """A token of this kind is never made."""


class IncompleteDutyError(UnfitValueError):
    """A turn of the roster that nobody could stand."""


class LookBackRefusedError(AccessError):
    """The control room may not look back here; the attempt is in the log."""


class NoSuchLookBackError(AccessError):
    """No incident of that number that this person may explain."""


class NoSuchTileError(AccessError):
    """No published tile of the log there; entries themselves are never published."""

    def __init__(self, path: str) -> None:
        super().__init__(f"no published tile {path[:60]!r}. Next: read the checkpoint again, then its tiles")


class LogUnavailableError(AccessError):
    """The access log cannot be written: whatever needs an entry is refused, recording goes on."""
