"""Sign in, sign out, and look after accounts. Every step leaves an entry in the access log.

A session begins with a password; until the second factor is shown, where the person has one or the role forces
one, it opens nothing but the way to it (`standing`, `ronda.access.factors.needs`).
"""

import hashlib
import secrets
from dataclasses import dataclass, replace

from ronda.access.errors import (
    AlreadyKnownError,
    FactorNeededError,
    NotSignedInError,
    OneTimeExpiredError,
    PasswordNeededError,
    StepUpNeededError,
    WrongPasswordError,
)
from ronda.access.factors import STEP_UP_US, Needs, needs
from ronda.access.guessable import KnownPasswords, context_words
from ronda.access.model import Person, Role, Session
from ronda.access.passwords import (
    NOBODY_DIGEST,
    ONE_TIME_US,
    check_new_password,
    hash_password,
    one_time_password,
    password_matches,
)
from ronda.access.policy import Action
from ronda.access.ports import AuditLog, People
from ronda.access.rules import require
from ronda.access.sessions import PASSWORD_AGAIN_US, SESSION_US, at_wall, may_keep_a_wall
from ronda.access.slowing import Slowing
from ronda.core.ids import AreaCode, PersonId, new_id
from ronda.core.time import Clock
from ronda.evidence.entry import AuditEvent, Phase

SYSTEM = "sistem"
_TOLD = {
    Needs.FACTOR: "the password was right; the second factor is still to be shown. Next: give the code",
    Needs.ENROL: "this role needs a second factor. Next: set up an authenticator app or a passkey",
}


def token_digest(token: str) -> str:
    """How a session token is stored: a stolen database opens no session."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who holds a session, and what is still to be done before it opens anything."""

    person: Person
    session: Session
    needs: Needs


class AccessService:
    """Use cases around accounts. Not thread-bound: failures are counted per process.

    forced  False on training data, where roles are switched without passwords: no factor has to be set up
    known   passwords that nobody may choose;  office  words of its names, which no password is made of
    """

    def __init__(
        self,
        people: People,
        log: AuditLog,
        clock: Clock,
        *,
        forced: bool = True,
        known: KnownPasswords = frozenset(),
        office: frozenset[str] = frozenset(),
    ) -> None:
        self._people, self._log, self._clock, self._forced = people, log, clock, forced
        self._known, self._office = known, office
        self._slowing = Slowing(clock)

    def sign_in(
        self, login: str, password: str, address: str, device: str = "", *, words: str = "", wall: bool = False
    ) -> tuple[Person, str]:
        """Start a session; returns the person and the token for the browser.

        device  what this browser got when the person used it before; guesses of strangers then do not slow it
        words   what the browser says it is;  wall  whether a wall screen is asked for
        Raises WrongPasswordError, OneTimeExpiredError, or TooManyTriesError while slowed. All leave an entry.
        """
        keys = self._keys(login, address, device)
        self._slowing.check(*keys)
        found = self._people.by_login(login)
        digest = found[1] if found else NOBODY_DIGEST
        if not password_matches(digest, password) or found is None or found[0].disabled:
            self._slowing.failed(*keys)
            self._note("masuk.gagal", SYSTEM, "", "ditolak", private={"login": login[:80], "alamat": address})
            raise WrongPasswordError
        self._slowing.forget(keys[0])
        until_us = found[0].one_time_until_us
        if until_us is not None and self._clock.now_us() >= until_us:
            self._note("masuk.gagal", found[0].person_id, "", "ditolak", objects={"sebab": "kedaluwarsa"})
            raise OneTimeExpiredError
        wall = wall and may_keep_a_wall(found[0])
        return found[0], self.start_session(found[0], proved=False, words=words, wall=wall)

    def start_session(
        self, person: Person, *, proved: bool = True, words: str = "", wall: bool = False, untouched: bool = False
    ) -> str:
        """A session for somebody who has proven who they are; returns the token.

        proved     whether that stands for the second factor too: switching roles on training data does
        untouched  whether it stands without a hand near it to its end: on training data too
        """
        token = secrets.token_urlsafe(32)
        now_us = self._clock.now_us()
        walled: dict[str, str | int] = {"layar_pantau": 1} if wall else {}
        self._note("masuk.berhasil", person.person_id, role_names(person), "berhasil", objects=walled)
        self._people.start_session(
            Session(
                token_sha256=token_digest(token),
                person_id=person.person_id,
                started_us=now_us,
                expires_us=now_us + SESSION_US,
                proved_us=now_us if proved else None,
                used_us=now_us + SESSION_US if untouched else now_us,
                vouched_us=now_us,
                device=words,
                wall=wall,
            )
        )
        return token

    def standing(self, token: str) -> Standing:
        """Who holds this token, and what they still have to do. Raises NotSignedInError."""
        found = self._people.session(token_digest(token), self._clock.now_us()) if token else None
        if found is None:
            raise NotSignedInError("nobody is signed in here, or the session ended. Next: sign in")
        person, session, has_factor = found
        proved = session.proved_us is not None
        return Standing(
            person=replace(person, at_wall=at_wall(session, self._clock.now_us())),
            session=session,
            needs=needs(person, proved=proved, has_factor=has_factor, forced=self._forced),
        )

    def who(self, token: str) -> Person:
        """The person behind a token, with nothing left to do. Raises NotSignedInError, FactorNeededError."""
        standing = self.standing(token)
        if standing.needs is Needs.PASSWORD:
            raise NotSignedInError("the one-time password is used up. Next: choose a password of your own")
        if standing.needs is not Needs.NOTHING:
            raise FactorNeededError(_TOLD[standing.needs])
        return standing.person

    def provider_failed(self, why: str) -> None:
        """A sign-in by the provider came to nothing: an entry, without what was shown."""
        self._note("masuk.gagal", SYSTEM, "", "ditolak", objects={"lewat": "oidc", "sebab": why})

    def require_fresh(self, standing: Standing) -> None:
        """Raise StepUpNeededError unless a second factor was shown in the last five minutes.

        Training data has none to show: there roles are switched, and that is what it trains.
        """
        proved_us = standing.session.proved_us
        if self._forced and (proved_us is None or self._clock.now_us() - proved_us > STEP_UP_US):
            raise StepUpNeededError

    def require_password(self, standing: Standing) -> None:
        """Raise PasswordNeededError unless the password was given in the last five minutes; see require_fresh."""
        if self._forced and self._clock.now_us() - standing.session.vouched_us > PASSWORD_AGAIN_US:
            raise PasswordNeededError

    def give_password(self, standing: Standing, password: str) -> None:
        """The own password once more, within a session. Raises WrongPasswordError."""
        self._check_password(standing.person, password)
        self._note("sandi.ditunjukkan", standing.person.person_id, role_names(standing.person), "berhasil")
        self._people.vouch_session(standing.session.token_sha256, self._clock.now_us())

    def touch(self, token: str) -> None:
        """Somebody is at this screen: the time for standing still begins anew."""
        self._people.touch_session(token_digest(token), self._clock.now_us())

    def remember_device(self, person: Person) -> str:
        """A token for a browser that this person has just proven to use."""
        device = secrets.token_urlsafe(32)
        self._people.remember_device(token_digest(device), person.person_id, self._clock.now_us())
        return device

    def knows_device(self, device: str, login: str) -> bool:
        return bool(device) and self._people.knows_device(token_digest(device), login)

    def sign_out(self, token: str) -> None:
        person = self.standing(token).person
        self._note("keluar", person.person_id, role_names(person), "berhasil")
        self._people.end_session(token_digest(token))

    def change_password(self, person: Person, old: str, new: str) -> None:
        """Replace the own password; every session of the person ends."""
        self._check_password(person, old)
        of_person = context_words((person.login, person.name, person.office))
        check_new_password(new, old, self._office | of_person, self._known)
        self._note("sandi.diganti", person.person_id, role_names(person), "berhasil")
        self._people.set_password(person.person_id, hash_password(new), one_time_until_us=None)

    def _check_password(self, person: Person, password: str) -> None:
        """Guesses at a session that was left open are slowed like those at the door."""
        key = f"password {person.person_id}"
        self._slowing.check(key)
        found = self._people.by_login(person.login)
        if found is None or not password_matches(found[1], password):
            self._slowing.failed(key)
            raise WrongPasswordError

    def add_person(self, by: Person | None, person: Person) -> str:
        """Make an account; returns its one-time password.

        by  None: from the command line of the machine itself, entered as `sistem`
        """
        if by is not None:
            require(by, Action.MANAGE_PEOPLE, person.area)
        if self._people.by_login(person.login) is not None:
            raise AlreadyKnownError(person.login)
        password = one_time_password()
        self._note(
            "akun.dibuat",
            by.person_id if by else SYSTEM,
            role_names(by) if by else "",
            "berhasil",
            objects={"akun": person.person_id, "peran": role_names(person), "wilayah": person.area},
            private={"nama": person.name, "nip": person.official_id},
        )
        until_us = self._clock.now_us() + ONE_TIME_US
        once = replace(person, must_change_password=True, one_time_until_us=until_us)
        self._people.add(once, hash_password(password))
        return password

    def reset_password(self, by: Person | None, person: Person) -> str:
        """A new one-time password; every session of the person ends."""
        if by is not None:
            require(by, Action.MANAGE_PEOPLE, person.area)
        password = one_time_password()
        actor = by.person_id if by else SYSTEM
        self._note("sandi.direset", actor, "", "berhasil", objects={"akun": person.person_id})
        until_us = self._clock.now_us() + ONE_TIME_US
        self._people.set_password(person.person_id, hash_password(password), one_time_until_us=until_us)
        return password

    def _keys(self, login: str, address: str, device: str) -> tuple[str, ...]:
        """What a failure counts against; the first is forgotten by a success."""
        if self.knows_device(device, login):
            return (f"device {token_digest(device)} {login}",)
        return (f"login {login}", f"address {address}")

    def _note(
        self,
        action: str,
        actor: str,
        role: str,
        outcome: str,
        objects: dict[str, str | int] | None = None,
        private: dict[str, str] | None = None,
    ) -> None:
        self._log.append(
            AuditEvent(
                action=action,
                actor=actor,
                role=role,
                phase=Phase.FACT,
                outcome=outcome,
                objects=objects or {},
                private=private or {},
            )
        )


def role_names(person: Person) -> str:
    """Roles in one word list, as the log shows them."""
    return "+".join(sorted(role.value for role in person.roles))


def new_person(
    login: str, name: str, official_id: str, office: str, roles: frozenset[Role], area: AreaCode
) -> Person:
    """A person with a fresh id."""
    return Person(
        person_id=PersonId(new_id("p")),
        login=login,
        name=name,
        official_id=official_id,
        office=office,
        roles=roles,
        area=area,
    )
