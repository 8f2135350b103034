"""Life of a session: how long it may stand still, who may keep a wall screen, and ending sessions by hand.

Every session ends 12 hours after it began (one turn of duty and its hand-over). One that nobody touches ends after
30 minutes: an unlocked desk is how somebody else looks at footage in one's name, and half an hour is what NIST
SP 800-63B allows at its second level. A page that refreshes itself is no touch; keys, pointer and acts are.
Excepted is a session begun as a wall screen, which stands for hours without a hand near it: for operators alone,
never for a role with power over others. Whoever passes could use it, so it opens live pictures and nothing else.
The password given on it opens the rest for half an hour, however busy the screen is: a touch proves nobody.
Training data is excepted as well, since nothing is signed in to there.
Any number of sessions at once: a control room has several desks; each is shown to its person, who ends it.
"""

import re
from dataclasses import dataclass
from typing import Final, Protocol

from ronda.access.errors import NoSuchSessionError
from ronda.access.factors import FORCED
from ronda.access.model import Person, Role, Session
from ronda.access.policy import Action
from ronda.access.ports import AuditLog
from ronda.access.rules import require
from ronda.core.ids import PersonId
from ronda.core.time import HOUR_US, MINUTE_US, SECOND_US, Clock
from ronda.evidence.entry import AuditEvent, Phase

SESSION_US: Final = 12 * HOUR_US
IDLE_US: Final = 30 * MINUTE_US
TOUCH_US: Final = 20 * SECOND_US  # touches nearer to each other are one: no write for each key
PASSWORD_AGAIN_US: Final = 5 * MINUTE_US
WALL_OPEN_US: Final = IDLE_US
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("HeadlessChrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def may_keep_a_wall(person: Person) -> bool:
    """Whether a session of this person may stand still: an operator without power over others."""
    return Role.OPERATOR in person.roles and not person.roles & FORCED


def ends_us(session: Session) -> int:
    """When it ends if nobody touches it from now on."""
    return session.expires_us if session.wall else min(session.expires_us, session.used_us + IDLE_US)


def wall_open_until_us(session: Session) -> int | None:
    """Until when a wall screen opens what its operator may; None: the password was not given on it yet."""
    was_given = session.vouched_us > session.started_us  # once more: the sign-in itself opened the wall
    return session.vouched_us + WALL_OPEN_US if was_given else None


def at_wall(session: Session, now_us: int) -> bool:
    """Whether the session shows live pictures and nothing else."""
    return session.wall and now_us >= (wall_open_until_us(session) or 0)


def device_words(user_agent: str) -> str:
    """`Chrome, Windows` of what a browser says of itself; "" when it says nothing that is known."""
    found = [
        next((word for mark, word in known if re.search(rf"\b{mark}\b", user_agent)), "")
        for known in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(word for word in found if word)


class StoredSessions(Protocol):
    """Implemented by `ronda.store.sql.people.SqlPeople`."""

    def sessions_of(self, person_id: PersonId, now_us: int) -> list[Session]:
        """Those that stand now, newest first."""
        ...

    def end_session(self, token_sha256: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Sessions:
    """What a person, or an admin, does about sessions that stand; each end is an entry before it happens."""

    stored: StoredSessions
    log: AuditLog
    clock: Clock

    def mine(self, person: Person) -> list[Session]:
        return self.stored.sessions_of(person.person_id, self.clock.now_us())

    def end(self, person: Person, session_id: str) -> None:
        """End one of the own sessions. Raises NoSuchSessionError."""
        found = [one for one in self.mine(person) if one.session_id == session_id]
        if not found:
            raise NoSuchSessionError(session_id)
        self._end(person, "sesi.diakhiri", found, person)

    def end_others(self, person: Person, here: Session) -> int:
        """End every own session but this one; returns how many."""
        others = [one for one in self.mine(person) if one.token_sha256 != here.token_sha256]
        self._end(person, "sesi.diakhiri", others, person)
        return len(others)

    def end_all_of(self, by: Person, someone: Person) -> int:
        """An admin ends every session of somebody in the area; returns how many."""
        require(by, Action.MANAGE_PEOPLE, someone.area)
        found = self.mine(someone)
        self._end(by, "akun.sesi_diakhiri", found, someone)
        return len(found)

    def _end(self, by: Person, action: str, sessions: list[Session], whose: Person) -> None:
        self.log.append(
            AuditEvent(
                action=action,
                actor=by.person_id,
                role="+".join(sorted(role.value for role in by.roles)),
                phase=Phase.FACT,
                outcome="berhasil",
                objects={"akun": whose.person_id, "sesi": len(sessions)},
            )
        )
        for one in sessions:
            self.stored.end_session(one.token_sha256)
