"""Second factors, recovery codes, and the browsers that a person has used before.

The secret of a TOTP is sealed with a key outside the database; of recovery codes and browsers only digests are
kept. What may happen once (a time step, a recovery code) is taken in one statement, so that two requests at the
same moment cannot both have it.
"""

from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Engine,
    ForeignKey,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from ronda.access.model import Factor, FactorKind
from ronda.core.ids import PersonId
from ronda.store.sql.schema import metadata

factors = Table(
    "factors",
    metadata,
    Column("factor_id", String(40), primary_key=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("name", String(100), nullable=False),
    Column("secret_sealed", Text, nullable=False),
    Column("credential_id", String(1400), nullable=True),
    Column("sign_count", BigInteger, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("added_us", BigInteger, nullable=False),
    Column("confirmed", Boolean, nullable=False),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False, index=True),
)


class Sealing(Protocol):
    """Seals texts with a key outside the database: `ronda.app.secret_box.SecretBox`."""

    def seal(self, text: str) -> str: ...

    def open(self, sealed: str) -> str: ...


class SqlFactors:
    """`ronda.access.ports.Factors` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine, box: Sealing) -> None:
        self._engine, self._box = engine, box

    def of(self, person_id: PersonId) -> list[Factor]:
        query = select(factors).where(factors.c.person_id == person_id).order_by(factors.c.added_us)
        with self._engine.begin() as connection:
            return [self._factor(row) for row in connection.execute(query)]

    def add(self, factor: Factor) -> None:
        """Store a factor; a TOTP that was begun but never confirmed gives way to the new one."""
        with self._engine.begin() as connection:
            begun = factors.c.confirmed.is_(False)
            connection.execute(delete(factors).where(factors.c.person_id == factor.person_id, begun))
            connection.execute(
                insert(factors).values(
                    factor_id=factor.factor_id,
                    person_id=factor.person_id,
                    kind=factor.kind.value,
                    name=factor.name,
                    secret_sealed=self._box.seal(factor.secret),
                    credential_id=factor.credential_id,
                    sign_count=factor.sign_count,
                    last_step=factor.last_step,
                    added_us=factor.added_us,
                    confirmed=factor.confirmed,
                )
            )

    def confirm(self, factor_id: str, step: int) -> bool:
        return self._took(
            update(factors)
            .where(factors.c.factor_id == factor_id, factors.c.confirmed.is_(False))
            .values(confirmed=True, last_step=step)
        )

    def use_step(self, factor_id: str, step: int) -> bool:
        return self._took(
            update(factors)
            .where(factors.c.factor_id == factor_id, factors.c.last_step < step)
            .values(last_step=step)
        )

    def use_passkey(self, factor_id: str, sign_count: int, at_us: int) -> None:
        self._took(update(factors).where(factors.c.factor_id == factor_id).values(sign_count=sign_count))

    def remove(self, person_id: PersonId, factor_id: str) -> bool:
        return self._took(delete(factors).where(factors.c.person_id == person_id, factors.c.factor_id == factor_id))

    def remove_all(self, person_id: PersonId) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(factors).where(factors.c.person_id == person_id))
            connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))

    def set_recovery(self, person_id: PersonId, digests: list[str]) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
            connection.execute(
                insert(recovery_codes), [{"digest": digest, "person_id": person_id} for digest in digests]
            )

    def use_recovery(self, person_id: PersonId, digest: str) -> bool:
        mine = recovery_codes.c.person_id == person_id
        return self._took(delete(recovery_codes).where(mine, recovery_codes.c.digest == digest))

    def recovery_left(self, person_id: PersonId) -> int:
        query = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.person_id == person_id)
        with self._engine.begin() as connection:
            return int(connection.execute(query).scalar_one())

    def _took(self, statement: Any) -> bool:
        with self._engine.begin() as connection:
            return bool(connection.execute(statement).rowcount == 1)

    def _factor(self, row: Row[Any]) -> Factor:
        return Factor(
            factor_id=row.factor_id,
            person_id=PersonId(row.person_id),
            kind=FactorKind(row.kind),
            name=row.name,
            secret=self._box.open(row.secret_sealed),
            credential_id=row.credential_id,
            sign_count=row.sign_count,
            last_step=row.last_step,
            added_us=row.added_us,
            confirmed=row.confirmed,
        )
