"""Health in the configuration database: settled days, faults, messages to send, repair orders, picture verdicts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.health.errors import RepairChangedError
from ronda.health.ledger import Account
from ronda.health.model import Channel, ChannelKind, Delivery, Incident, PictureCheck, Repair
from ronda.store.sql.schema import metadata
from ronda.video.model import GapCause

ledger_days = Table(
    "ledger_days",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("camera", String(63), primary_key=True),
    Column("span_us", BigInteger, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("missing_us", JSON, nullable=False),
)
# A day without any camera is settled too; its own row tells it from one never settled.
ledger_settled = Table("ledger_settled", metadata, Column("day", String(10), primary_key=True))

incidents = Table(
    "incidents",
    metadata,
    Column("incident_id", String(40), primary_key=True),
    Column("opened_us", BigInteger, nullable=False),
    Column("closed_us", BigInteger, nullable=True),
    Column("document", JSON, nullable=False),
    Index("incidents_by_opened", "opened_us"),
)

repairs = Table(
    "repairs",
    metadata,
    Column("repair_id", String(40), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("area", String(40), nullable=False),
    Column("opened_us", BigInteger, nullable=False),
    Column("document", JSON, nullable=False),
)

picture_checks = Table(
    "picture_checks",
    metadata,
    Column("camera", String(63), primary_key=True),
    Column("document", JSON, nullable=False),
)

channels = Table(
    "alert_channels",
    metadata,
    Column("channel_id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("name", String(100), nullable=False),
    Column("settings_sealed", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", String(100), primary_key=True),
    Column("channel_id", String(40), nullable=False),
    Column("topic", String(200), nullable=False),
    Column("body", Text, nullable=False),
    Column("made_us", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_us", BigInteger, nullable=False),
    Column("done_us", BigInteger, nullable=True),
    Column("last_fault", Text, nullable=True),
    Index("deliveries_due", "done_us", "next_us"),
)

_T = TypeVar("_T")
_INCIDENT = TypeAdapter(Incident)
_REPAIR = TypeAdapter(Repair)
_CHECK = TypeAdapter(PictureCheck)


class Secrets(Protocol):
    def seal(self, text: str) -> str: ...

    def open(self, sealed: str) -> str: ...


class SqlHealth:
    """Every port of `ronda.health.ports` but the index, on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine, secrets: Secrets) -> None:
        self._engine, self._secrets = engine, secrets

    # -- the ledger ------------------------------------------------------------------------------

    def settled(self, days: Sequence[str]) -> dict[str, dict[CameraId, Account]]:
        wanted = list(days)
        found: dict[str, dict[CameraId, Account]] = {}
        with self._engine.begin() as connection:
            for part in _chunks(wanted):
                known = select(ledger_settled.c.day).where(ledger_settled.c.day.in_(part))
                found |= {row.day: {} for row in connection.execute(known)}
                for row in connection.execute(select(ledger_days).where(ledger_days.c.day.in_(part))):
                    found[row.day][CameraId(row.camera)] = Account(
                        span_us=row.span_us,
                        recorded_us=row.recorded_us,
                        missing_us={GapCause(cause): us for cause, us in row.missing_us.items()},
                    )
        return found

    def settle(self, day: str, accounts: Mapping[CameraId, Account]) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(ledger_days).where(ledger_days.c.day == day))
            connection.execute(delete(ledger_settled).where(ledger_settled.c.day == day))
            connection.execute(insert(ledger_settled).values(day=day))
            if accounts:
                connection.execute(
                    insert(ledger_days),
                    [
                        {
                            "day": day,
                            "camera": camera,
                            "span_us": one.span_us,
                            "recorded_us": one.recorded_us,
                            "missing_us": {cause.value: us for cause, us in one.missing_us.items()},
                        }
                        for camera, one in accounts.items()
                    ],
                )

    def unsettle(self, from_day: str) -> None:
        """Forget this day and every later one: rows of it came late, from a village whose line was cut."""
        with self._engine.begin() as connection:
            connection.execute(delete(ledger_days).where(ledger_days.c.day >= from_day))
            connection.execute(delete(ledger_settled).where(ledger_settled.c.day >= from_day))

    # -- faults and messages ---------------------------------------------------------------------

    def open_incidents(self) -> list[Incident]:
        query = select(incidents.c.document).where(incidents.c.closed_us.is_(None)).order_by(incidents.c.opened_us)
        with self._engine.begin() as connection:
            return [_read(_INCIDENT, row.document) for row in connection.execute(query)]

    def incidents(self, span: TimeSpan) -> list[Incident]:
        """Those that lasted at some time within `span`, newest first."""
        query = (
            select(incidents.c.document)
            .where(incidents.c.opened_us < span.end_us)
            .where(incidents.c.closed_us.is_(None) | (incidents.c.closed_us > span.start_us))
            .order_by(incidents.c.opened_us.desc())
        )
        with self._engine.begin() as connection:
            return [_read(_INCIDENT, row.document) for row in connection.execute(query)]

    def save_incident(self, incident: Incident, messages: Sequence[Delivery]) -> None:
        values = {
            "opened_us": incident.opened_us,
            "closed_us": incident.closed_us,
            "document": _INCIDENT.dump_python(incident, mode="json"),
        }
        with self._engine.begin() as connection:
            known = update(incidents).where(incidents.c.incident_id == incident.incident_id).values(**values)
            if connection.execute(known).rowcount == 0:
                connection.execute(insert(incidents).values(incident_id=incident.incident_id, **values))
            for message in messages:
                _add_once(connection, message)

    # -- channels --------------------------------------------------------------------------------

    def channels(self) -> list[Channel]:
        with self._engine.begin() as connection:
            rows = connection.execute(select(channels).order_by(channels.c.name, channels.c.channel_id)).all()
        return [
            Channel(
                channel_id=row.channel_id,
                kind=ChannelKind(row.kind),
                name=row.name,
                settings=json.loads(self._secrets.open(row.settings_sealed)),
                enabled=row.enabled,
            )
            for row in rows
        ]

    def put_channel(self, channel: Channel) -> None:
        values = {
            "kind": channel.kind.value,
            "name": channel.name,
            "settings_sealed": self._secrets.seal(json.dumps(dict(channel.settings))),
            "enabled": channel.enabled,
        }
        with self._engine.begin() as connection:
            known = update(channels).where(channels.c.channel_id == channel.channel_id).values(**values)
            if connection.execute(known).rowcount == 0:
                connection.execute(insert(channels).values(channel_id=channel.channel_id, **values))

    def drop_channel(self, channel_id: str) -> None:
        """Its messages that wait go with it."""
        with self._engine.begin() as connection:
            connection.execute(
                delete(deliveries).where(deliveries.c.channel_id == channel_id, deliveries.c.done_us.is_(None))
            )
            connection.execute(delete(channels).where(channels.c.channel_id == channel_id))

    def due(self, now_us: int, limit: int) -> list[Delivery]:
        query = (
            select(deliveries)
            .where(deliveries.c.done_us.is_(None), deliveries.c.next_us <= now_us)
            .order_by(deliveries.c.made_us, deliveries.c.delivery_id)
            .limit(limit)
        )
        with self._engine.begin() as connection:
            return [Delivery(**row._mapping) for row in connection.execute(query)]

    def queue(self, messages: Sequence[Delivery]) -> None:
        """Messages that belong to no incident; one that waits already, or was taken, is not doubled."""
        with self._engine.begin() as connection:
            for message in messages:
                _add_once(connection, message)

    def told(self, delivery: Delivery) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                update(deliveries)
                .where(deliveries.c.delivery_id == delivery.delivery_id)
                .values(
                    tries=delivery.tries,
                    next_us=delivery.next_us,
                    done_us=delivery.done_us,
                    last_fault=delivery.last_fault,
                )
            )

    def waiting(self) -> int:
        query = select(func.count()).select_from(deliveries).where(deliveries.c.done_us.is_(None))
        with self._engine.begin() as connection:
            return int(connection.execute(query).scalar_one())

    # -- repair orders ---------------------------------------------------------------------------

    def add(self, repair: Repair) -> None:
        with self._engine.begin() as connection:
            connection.execute(insert(repairs).values(repair_id=repair.repair_id, **_repair_columns(repair)))

    def save(self, repair: Repair) -> Repair:
        following = replace(repair, revision=repair.revision + 1)
        with self._engine.begin() as connection:
            done = connection.execute(
                update(repairs)
                .where(repairs.c.repair_id == repair.repair_id, repairs.c.revision == repair.revision)
                .values(**_repair_columns(following))
            )
            if done.rowcount != 1:
                raise RepairChangedError(repair.repair_id)
        return following

    def get(self, repair_id: str) -> Repair | None:
        with self._engine.begin() as connection:
            row = connection.execute(select(repairs.c.document).where(repairs.c.repair_id == repair_id)).first()
        return _read(_REPAIR, row.document) if row else None

    def all(self) -> list[Repair]:
        """Every order, newest first."""
        query = select(repairs.c.document).order_by(repairs.c.opened_us.desc(), repairs.c.repair_id)
        with self._engine.begin() as connection:
            return [_read(_REPAIR, row.document) for row in connection.execute(query)]

    # -- pictures --------------------------------------------------------------------------------

    def pictures(self) -> dict[CameraId, PictureCheck]:
        with self._engine.begin() as connection:
            rows = connection.execute(select(picture_checks.c.document)).all()
        checks = [_read(_CHECK, row.document) for row in rows]
        return {one.camera: one for one in checks}

    def put_picture(self, check: PictureCheck) -> None:
        document = _CHECK.dump_python(check, mode="json")
        with self._engine.begin() as connection:
            known = update(picture_checks).where(picture_checks.c.camera == check.camera).values(document=document)
            if connection.execute(known).rowcount == 0:
                connection.execute(insert(picture_checks).values(camera=check.camera, document=document))


def _repair_columns(repair: Repair) -> dict[str, object]:
    return {
        "revision": repair.revision,
        "state": repair.state.value,
        "area": repair.area,
        "opened_us": repair.opened_us,
        "document": _REPAIR.dump_python(repair, mode="json"),
    }


def _add_once(connection: Connection, message: Delivery) -> None:
    known = select(deliveries.c.delivery_id).where(deliveries.c.delivery_id == message.delivery_id)
    if connection.execute(known).first() is None:
        connection.execute(
            insert(deliveries).values(
                delivery_id=message.delivery_id,
                channel_id=message.channel_id,
                topic=message.topic,
                body=message.body,
                made_us=message.made_us,
                tries=message.tries,
                next_us=message.next_us,
                done_us=message.done_us,
                last_fault=message.last_fault,
            )
        )


def _read(adapter: TypeAdapter[_T], document: Any) -> _T:
    return adapter.validate_json(json.dumps(document))


def _chunks(items: Sequence[str], size: int = 400) -> Iterable[Sequence[str]]:
    return (items[at : at + size] for at in range(0, len(items), size))
