"""Accounts, sessions, and the browsers that were used before."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Engine,
    ForeignKey,
    Row,
    String,
    Table,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from ronda.access.model import Person, Role, Session
from ronda.access.sessions import IDLE_US, TOUCH_US
from ronda.core.ids import AreaCode, PersonId
from ronda.core.time import DAY_US
from ronda.store.sql.factors import factors
from ronda.store.sql.schema import metadata

people = Table(
    "people",
    metadata,
    Column("person_id", String(40), primary_key=True),
    Column("login", String(60), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("official_id", String(40), nullable=False),
    Column("office", String(200), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("area", String(40), nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("must_change_password", Boolean, nullable=False),
    Column("password_digest", String(200), nullable=False),
    Column("one_time_until_us", BigInteger, nullable=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("proved_us", BigInteger, nullable=True),
    Column("used_us", BigInteger, nullable=False),
    Column("vouched_us", BigInteger, nullable=False),
    Column("device", String(80), nullable=False),
    Column("wall", Boolean, nullable=False),
)

known_devices = Table(
    "known_devices",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("seen_us", BigInteger, nullable=False),
)


class SqlPeople:
    """Everybody with an account; password digests never leave this class but through `digest`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, person: Person, password_digest: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                insert(people).values(
                    person_id=person.person_id,
                    login=person.login,
                    name=person.name,
                    official_id=person.official_id,
                    office=person.office,
                    roles=sorted(role.value for role in person.roles),
                    area=person.area,
                    disabled=person.disabled,
                    must_change_password=person.must_change_password,
                    one_time_until_us=person.one_time_until_us,
                    password_digest=password_digest,
                )
            )

    def all(self) -> list[Person]:
        with self._engine.begin() as connection:
            return [person_of(row) for row in connection.execute(select(people).order_by(people.c.login))]

    def by_id(self, person_id: PersonId) -> Person | None:
        with self._engine.begin() as connection:
            row = connection.execute(select(people).where(people.c.person_id == person_id)).first()
        return person_of(row) if row else None

    def by_login(self, login: str) -> tuple[Person, str] | None:
        """The person and the password digest."""
        with self._engine.begin() as connection:
            row = connection.execute(select(people).where(people.c.login == login)).first()
        return (person_of(row), row.password_digest) if row else None

    def set_password(self, person_id: PersonId, digest: str, *, one_time_until_us: int | None) -> None:
        """Store a new digest and end every session of the person.

        one_time_until_us  until when it is taken as a one-time password; None: the person's own
        """
        with self._engine.begin() as connection:
            connection.execute(
                update(people)
                .where(people.c.person_id == person_id)
                .values(
                    password_digest=digest,
                    must_change_password=one_time_until_us is not None,
                    one_time_until_us=one_time_until_us,
                )
            )
            connection.execute(delete(sessions).where(sessions.c.person_id == person_id))

    def set_rights(self, person_id: PersonId, roles: frozenset[Role], area: AreaCode) -> None:
        """Other roles, another area; every session of the person ends, so that no picture goes on by old rights."""
        with self._engine.begin() as connection:
            connection.execute(
                update(people)
                .where(people.c.person_id == person_id)
                .values(roles=sorted(role.value for role in roles), area=area)
            )
            connection.execute(delete(sessions).where(sessions.c.person_id == person_id))

    def set_disabled(self, person_id: PersonId, disabled: bool) -> None:
        """Disable or enable; a disabled person's sessions end at once."""
        with self._engine.begin() as connection:
            connection.execute(update(people).where(people.c.person_id == person_id).values(disabled=disabled))
            if disabled:
                connection.execute(delete(sessions).where(sessions.c.person_id == person_id))

    def start_session(self, session: Session) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_us <= session.started_us))
            connection.execute(
                insert(sessions).values(
                    token_sha256=session.token_sha256,
                    person_id=session.person_id,
                    started_us=session.started_us,
                    expires_us=session.expires_us,
                    proved_us=session.proved_us,
                    used_us=session.used_us,
                    vouched_us=session.vouched_us,
                    device=session.device[:80],
                    wall=session.wall,
                )
            )

    def session(self, token_sha256: str, now_us: int) -> tuple[Person, Session, bool] | None:
        """Who holds this session now, the session, and whether the person has a second factor; or None."""
        has_factor = exists().where(factors.c.person_id == people.c.person_id, factors.c.confirmed.is_(True))
        query = (
            select(people, *_OF_SESSION, has_factor.label("has"))
            .join(sessions, sessions.c.person_id == people.c.person_id)
            .where(sessions.c.token_sha256 == token_sha256, *_stands(now_us))
            .where(people.c.disabled.is_(False))
        )
        with self._engine.begin() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return person_of(row), _session_of(row), bool(row.has)

    def sessions_of(self, person_id: PersonId, now_us: int) -> list[Session]:
        """Those that stand now, newest first."""
        query = select(sessions).where(sessions.c.person_id == person_id, *_stands(now_us))
        with self._engine.begin() as connection:
            rows = connection.execute(query.order_by(sessions.c.started_us.desc())).all()
        return [_session_of(row) for row in rows]

    def vouch_session(self, token_sha256: str, at_us: int) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                update(sessions).where(sessions.c.token_sha256 == token_sha256).values(vouched_us=at_us)
            )

    def touch_session(self, token_sha256: str, at_us: int) -> None:
        """Somebody is there; nothing is written when the last touch was just now."""
        old = sessions.c.used_us < at_us - TOUCH_US
        with self._engine.begin() as connection:
            connection.execute(
                update(sessions)
                .where(sessions.c.token_sha256 == token_sha256, old, *_stands(at_us))
                .values(used_us=at_us)
            )

    def prove_session(self, token_sha256: str, at_us: int) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                update(sessions).where(sessions.c.token_sha256 == token_sha256).values(proved_us=at_us)
            )

    def end_sessions(self, person_id: PersonId) -> None:
        """Every session of the person ends, wherever it is open."""
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.person_id == person_id))

    def remember_device(self, digest: str, person_id: PersonId, at_us: int) -> None:
        """This browser was used by this person; what was not seen for half a year is forgotten."""
        with self._engine.begin() as connection:
            connection.execute(delete(known_devices).where(known_devices.c.seen_us < at_us - 183 * DAY_US))
            connection.execute(delete(known_devices).where(known_devices.c.digest == digest))
            connection.execute(insert(known_devices).values(digest=digest, person_id=person_id, seen_us=at_us))

    def knows_device(self, digest: str, login: str) -> bool:
        query = (
            select(known_devices.c.digest)
            .join(people, people.c.person_id == known_devices.c.person_id)
            .where(known_devices.c.digest == digest, people.c.login == login)
        )
        with self._engine.begin() as connection:
            return connection.execute(query).first() is not None

    def end_session(self, token_sha256: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_sha256 == token_sha256))


_OF_SESSION = [column for column in sessions.c if column.name != "person_id"]


def _stands(now_us: int) -> tuple[ColumnElement[bool], ...]:
    """Neither over its time, nor left standing still."""
    return sessions.c.expires_us > now_us, or_(sessions.c.wall.is_(True), sessions.c.used_us > now_us - IDLE_US)


def _session_of(row: Row[Any]) -> Session:
    return Session(
        token_sha256=row.token_sha256,
        person_id=PersonId(row.person_id),
        started_us=row.started_us,
        expires_us=row.expires_us,
        proved_us=row.proved_us,
        used_us=row.used_us,
        vouched_us=row.vouched_us,
        device=row.device,
        wall=row.wall,
    )


def person_of(row: Row[Any]) -> Person:
    """The person behind a row of `people`."""
    return Person(
        person_id=PersonId(row.person_id),
        login=row.login,
        name=row.name,
        official_id=row.official_id,
        office=row.office,
        roles=frozenset(Role(role) for role in row.roles),
        area=AreaCode(row.area),
        disabled=row.disabled,
        must_change_password=row.must_change_password,
        one_time_until_us=row.one_time_until_us,
    )
