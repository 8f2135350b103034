"""Sign in, sign out, and look after accounts. Every step leaves an entry in the access log."""

import hashlib
import secrets
from dataclasses import replace

from ronda.access.errors import AlreadyKnownError, NotSignedInError, TooManyTriesError, WrongPasswordError
from ronda.access.model import Person, Role, Session
from ronda.access.passwords import (
    NOBODY_DIGEST,
    check_new_password,
    failures_to_forget,
    hash_password,
    one_time_password,
    password_matches,
    wait_before_try_s,
)
from ronda.access.policy import Action
from ronda.access.ports import AuditLog, People
from ronda.access.rules import require
from ronda.core.ids import AreaCode, PersonId, new_id
from ronda.core.time import HOUR_US, SECOND_US, Clock
from ronda.evidence.entry import AuditEvent, Phase

SESSION_US = 12 * HOUR_US
SYSTEM = "sistem"


def token_digest(token: str) -> str:
    """How a session token is stored: a stolen database opens no session."""
    return hashlib.sha256(token.encode()).hexdigest()


class AccessService:
    """Use cases around accounts. Not thread-bound: failures are counted per process."""

    def __init__(self, people: People, log: AuditLog, clock: Clock) -> None:
        self._people, self._log, self._clock = people, log, clock
        self._failures: dict[str, int] = {}
        self._failed_us: dict[str, int] = {}

    def sign_in(self, login: str, password: str, address: str) -> tuple[Person, str]:
        """Start a session; returns the person and the token for the browser.

        Raises WrongPasswordError, or TooManyTriesError while slowed. Both leave an entry.
        """
        keys = (f"login {login}", f"address {address}")
        self._slow_down(keys)
        found = self._people.by_login(login)
        digest = found[1] if found else NOBODY_DIGEST
        if not password_matches(digest, password) or found is None or found[0].disabled:
            self._count_failure(keys)
            self._note("masuk.gagal", SYSTEM, "", "ditolak", private={"login": login[:80], "alamat": address})
            raise WrongPasswordError
        for key in keys:
            self._failures.pop(key, None)
        return found[0], self.start_session(found[0])

    def start_session(self, person: Person) -> str:
        """A session for somebody who has proven who they are; returns the token."""
        token = secrets.token_urlsafe(32)
        now_us = self._clock.now_us()
        self._note("masuk.berhasil", person.person_id, role_names(person), "berhasil")
        self._people.start_session(
            Session(
                token_sha256=token_digest(token),
                person_id=person.person_id,
                started_us=now_us,
                expires_us=now_us + SESSION_US,
            )
        )
        return token

    def who(self, token: str) -> Person:
        """The person behind a token. Raises NotSignedInError."""
        person = self._people.session_person(token_digest(token), self._clock.now_us()) if token else None
        if person is None:
            raise NotSignedInError("nobody is signed in here, or the session ended. Next: sign in")
        return person

    def sign_out(self, token: str) -> None:
        person = self.who(token)
        self._note("keluar", person.person_id, role_names(person), "berhasil")
        self._people.end_session(token_digest(token))

    def change_password(self, person: Person, old: str, new: str) -> None:
        """Replace the own password; every session of the person ends."""
        found = self._people.by_login(person.login)
        if found is None or not password_matches(found[1], old):
            raise WrongPasswordError
        check_new_password(new, old)
        self._note("sandi.diganti", person.person_id, role_names(person), "berhasil")
        self._people.set_password(person.person_id, hash_password(new), must_change=False)

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
        self._people.add(replace(person, must_change_password=True), hash_password(password))
        return password

    def reset_password(self, by: Person | None, person: Person) -> str:
        """A new one-time password; every session of the person ends."""
        if by is not None:
            require(by, Action.MANAGE_PEOPLE, person.area)
        password = one_time_password()
        actor = by.person_id if by else SYSTEM
        self._note("sandi.direset", actor, "", "berhasil", objects={"akun": person.person_id})
        self._people.set_password(person.person_id, hash_password(password), must_change=True)
        return password

    def _slow_down(self, keys: tuple[str, str]) -> None:
        now_us = self._clock.now_us()
        for key in failures_to_forget(self._failed_us, now_us):
            self._failures.pop(key, None)
            self._failed_us.pop(key, None)
        for key in keys:
            since_s = (now_us - self._failed_us.get(key, 0)) / SECOND_US
            wait_s = wait_before_try_s(self._failures.get(key, 0), since_s)
            if wait_s > 0:
                raise TooManyTriesError(wait_s)

    def _count_failure(self, keys: tuple[str, str]) -> None:
        for key in keys:
            self._failures[key] = self._failures.get(key, 0) + 1
            self._failed_us[key] = self._clock.now_us()

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
