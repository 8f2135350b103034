"""Accounts and sessions."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Engine,
    ForeignKey,
    Row,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from ronda.access.model import Person, Role, Session
from ronda.core.ids import AreaCode, PersonId
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
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
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
                    password_digest=password_digest,
                )
            )

    def all(self) -> list[Person]:
        with self._engine.begin() as connection:
            return [_person(row) for row in connection.execute(select(people).order_by(people.c.login))]

    def by_id(self, person_id: PersonId) -> Person | None:
        with self._engine.begin() as connection:
            row = connection.execute(select(people).where(people.c.person_id == person_id)).first()
        return _person(row) if row else None

    def by_login(self, login: str) -> tuple[Person, str] | None:
        """The person and the password digest."""
        with self._engine.begin() as connection:
            row = connection.execute(select(people).where(people.c.login == login)).first()
        return (_person(row), row.password_digest) if row else None

    def set_password(self, person_id: PersonId, digest: str, *, must_change: bool) -> None:
        """Store a new digest and end every session of the person."""
        with self._engine.begin() as connection:
            connection.execute(
                update(people)
                .where(people.c.person_id == person_id)
                .values(password_digest=digest, must_change_password=must_change)
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
                )
            )

    def session_person(self, token_sha256: str, now_us: int) -> Person | None:
        """Who holds this session now, or None."""
        query = (
            select(people)
            .join(sessions, sessions.c.person_id == people.c.person_id)
            .where(sessions.c.token_sha256 == token_sha256, sessions.c.expires_us > now_us)
            .where(people.c.disabled.is_(False))
        )
        with self._engine.begin() as connection:
            row = connection.execute(query).first()
        return _person(row) if row else None

    def end_session(self, token_sha256: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_sha256 == token_sha256))


def _person(row: Row[Any]) -> Person:
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
    )
