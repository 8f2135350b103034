"""Tokens of programs by the SHA-256 of what was shown once, and who answers to which name at a sign-in provider."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
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

from ronda.access.model import Person
from ronda.access.policy import Action
from ronda.access.tokens import ApiToken
from ronda.core.ids import AreaCode, PersonId
from ronda.core.time import MINUTE_US
from ronda.store.sql.people import people, person_of
from ronda.store.sql.schema import metadata

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("token_id", String(40), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("name", String(100), nullable=False),
    Column("actions", JSON, nullable=False),
    Column("area", String(40), nullable=False),
    Column("made_by", ForeignKey("people.person_id"), nullable=False),
    Column("made_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("revoked_us", BigInteger, nullable=True),
    Column("used_us", BigInteger, nullable=True),
)

provider_subjects = Table(
    "provider_subjects",
    metadata,
    Column("issuer", String(300), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("linked_us", BigInteger, nullable=False),
)


class SqlTokens:
    """Tokens; the token itself is nowhere."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, token: ApiToken, digest: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                insert(api_tokens).values(
                    token_id=token.token_id,
                    digest=digest,
                    name=token.name,
                    actions=sorted(action.value for action in token.actions),
                    area=token.area,
                    made_by=token.made_by,
                    made_us=token.made_us,
                    expires_us=token.expires_us,
                )
            )

    def all(self) -> list[ApiToken]:
        with self._engine.begin() as connection:
            return [_token(row) for row in connection.execute(select(api_tokens).order_by(api_tokens.c.made_us))]

    def by_digest(self, digest: str) -> ApiToken | None:
        with self._engine.begin() as connection:
            row = connection.execute(select(api_tokens).where(api_tokens.c.digest == digest)).first()
        return _token(row) if row else None

    def used(self, token: ApiToken, at_us: int) -> None:
        """Note when it was last shown, at most once a minute."""
        if token.used_us is not None and at_us - token.used_us < MINUTE_US:
            return
        with self._engine.begin() as connection:
            connection.execute(
                update(api_tokens).where(api_tokens.c.token_id == token.token_id).values(used_us=at_us)
            )

    def revoke(self, token_id: str, at_us: int) -> bool:
        """End it; False when there is none such, or it was ended before."""
        with self._engine.begin() as connection:
            done = connection.execute(
                update(api_tokens)
                .where(api_tokens.c.token_id == token_id, api_tokens.c.revoked_us.is_(None))
                .values(revoked_us=at_us)
            )
        return done.rowcount == 1


class SqlSubjects:
    """Names at sign-in providers; a name leads to a person who has an account, never to a new one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def person(self, issuer: str, subject: str) -> Person | None:
        query = (
            select(people)
            .join(provider_subjects, provider_subjects.c.person_id == people.c.person_id)
            .where(provider_subjects.c.issuer == issuer, provider_subjects.c.subject == subject)
        )
        with self._engine.begin() as connection:
            row = connection.execute(query).first()
        return person_of(row) if row else None

    def link(self, issuer: str, subject: str, person_id: PersonId, at_us: int) -> None:
        """This name is this person from now on; one name a person."""
        with self._engine.begin() as connection:
            mine = provider_subjects.c.person_id == person_id
            same = provider_subjects.c.subject == subject
            connection.execute(delete(provider_subjects).where(provider_subjects.c.issuer == issuer, mine | same))
            connection.execute(
                insert(provider_subjects).values(
                    issuer=issuer, subject=subject, person_id=person_id, linked_us=at_us
                )
            )


def _token(row: Row[Any]) -> ApiToken:
    return ApiToken(
        token_id=row.token_id,
        name=row.name,
        actions=frozenset(Action(one) for one in row.actions),
        area=AreaCode(row.area),
        made_by=PersonId(row.made_by),
        made_us=row.made_us,
        expires_us=row.expires_us,
        revoked_us=row.revoked_us,
        used_us=row.used_us,
    )
