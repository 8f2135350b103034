"""The duty roster, and the look backs of the control room with their reasons."""

from typing import Any

from sqlalchemy import BigInteger, Column, Engine, ForeignKey, Row, String, Table, delete, insert, select, update

from ronda.access.duty import Duty, DutyKind
from ronda.access.look_back import LookBack
from ronda.core.ids import AreaCode, CameraId, PersonId
from ronda.core.time import TimeSpan
from ronda.store.sql.schema import metadata

duties = Table(
    "duties",
    metadata,
    Column("duty_id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("from_us", BigInteger, nullable=False),
    Column("to_us", BigInteger, nullable=False),
    Column("made_by", String(40), nullable=False),
)

look_backs = Table(
    "look_backs",
    metadata,
    Column("look_back_id", String(40), primary_key=True),
    Column("person_id", ForeignKey("people.person_id"), nullable=False),
    Column("camera", String(63), nullable=False),
    Column("area", String(40), nullable=False),
    Column("from_us", BigInteger, nullable=False),
    Column("to_us", BigInteger, nullable=False, index=True),
    Column("log_index", BigInteger, nullable=False),
    Column("reason", String(500), nullable=True),
    Column("reason_us", BigInteger, nullable=True),
)


class SqlDuty:
    """Roster and look backs on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, duty: Duty) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                insert(duties).values(
                    duty_id=duty.duty_id,
                    kind=duty.kind.value,
                    person_id=duty.person_id,
                    from_us=duty.span.start_us,
                    to_us=duty.span.end_us,
                    made_by=duty.made_by,
                )
            )

    def after(self, at_us: int) -> list[Duty]:
        """The roster from this instant on, by beginning."""
        query = select(duties).where(duties.c.to_us > at_us).order_by(duties.c.from_us, duties.c.duty_id)
        with self._engine.begin() as connection:
            return [_duty(row) for row in connection.execute(query)]

    def remove(self, duty_id: str) -> bool:
        with self._engine.begin() as connection:
            return connection.execute(delete(duties).where(duties.c.duty_id == duty_id)).rowcount == 1

    def open_look_back(self, one: LookBack) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                insert(look_backs).values(
                    look_back_id=one.look_back_id,
                    person_id=one.person_id,
                    camera=one.camera,
                    area=one.area,
                    from_us=one.from_us,
                    to_us=one.to_us,
                    log_index=one.log_index,
                )
            )

    def unexplained_of(self, person_id: PersonId) -> list[LookBack]:
        """The person's incidents without a reason, oldest first."""
        query = (
            select(look_backs)
            .where(look_backs.c.person_id == person_id, look_backs.c.reason.is_(None))
            .order_by(look_backs.c.to_us)
        )
        with self._engine.begin() as connection:
            return [_look_back(row) for row in connection.execute(query)]

    def explain(self, look_back_id: str, person_id: PersonId, reason: str, at_us: int) -> bool:
        """Give the reason, once, by who looked; False when there is no such incident waiting."""
        mine = look_backs.c.person_id == person_id
        with self._engine.begin() as connection:
            done = connection.execute(
                update(look_backs)
                .where(look_backs.c.look_back_id == look_back_id, mine, look_backs.c.reason.is_(None))
                .values(reason=reason, reason_us=at_us)
            )
        return done.rowcount == 1

    def look_backs(self, limit: int = 500) -> list[LookBack]:
        """Newest first."""
        query = select(look_backs).order_by(look_backs.c.to_us.desc()).limit(limit)
        with self._engine.begin() as connection:
            return [_look_back(row) for row in connection.execute(query)]


def _duty(row: Row[Any]) -> Duty:
    return Duty(
        duty_id=row.duty_id,
        kind=DutyKind(row.kind),
        person_id=PersonId(row.person_id),
        span=TimeSpan(row.from_us, row.to_us),
        made_by=PersonId(row.made_by),
    )


def _look_back(row: Row[Any]) -> LookBack:
    return LookBack(
        look_back_id=row.look_back_id,
        person_id=PersonId(row.person_id),
        camera=CameraId(row.camera),
        area=AreaCode(row.area),
        from_us=row.from_us,
        to_us=row.to_us,
        log_index=row.log_index,
        reason=row.reason,
        reason_us=row.reason_us,
    )
