"""Service points and their quarters of an hour. No column here can hold a picture."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Engine,
    Float,
    Integer,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.service.model import Method, Quarter, ServicePoint
from ronda.store.sql.schema import metadata

service_points = Table(
    "service_points",
    metadata,
    Column("camera", String(63), primary_key=True),
    Column("document", JSON, nullable=False),
)

service_quarters = Table(
    "service_quarters",
    metadata,
    Column("camera", String(63), primary_key=True),
    Column("start_us", BigInteger, primary_key=True),
    Column("method", String(20), nullable=False),
    Column("samples", Integer, nullable=False),
    Column("open_samples", Integer, nullable=False),
    Column("staffed_samples", Integer, nullable=False),
    Column("queue_samples", Integer, nullable=False),
    Column("queue_sum", Float, nullable=False),
    Column("queue_max", Float, nullable=False),
    Column("waiting_s", Float, nullable=False),
    Column("served", Integer, nullable=False),
    Column("first_staffed_us", BigInteger),
    Column("last_staffed_us", BigInteger),
    Column("training", Boolean, nullable=False),
)

_POINT = TypeAdapter(ServicePoint)


class SqlService:
    """`ronda.service.ports.ServiceStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def points(self) -> list[ServicePoint]:
        query = select(service_points.c.document).order_by(service_points.c.camera)
        with self._engine.begin() as connection:
            return [_point(row.document) for row in connection.execute(query)]

    def point(self, camera: CameraId) -> ServicePoint | None:
        query = select(service_points.c.document).where(service_points.c.camera == camera)
        with self._engine.begin() as connection:
            row = connection.execute(query).first()
        return _point(row.document) if row else None

    def put_point(self, point: ServicePoint) -> None:
        document = _POINT.dump_python(point, mode="json")
        with self._engine.begin() as connection:
            known = update(service_points).where(service_points.c.camera == point.camera).values(document=document)
            if connection.execute(known).rowcount == 0:
                connection.execute(insert(service_points).values(camera=point.camera, document=document))

    def drop_point(self, camera: CameraId) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(service_points).where(service_points.c.camera == camera))

    def quarters(self, camera: CameraId, span: TimeSpan) -> list[Quarter]:
        query = (
            select(service_quarters)
            .where(service_quarters.c.camera == camera)
            .where(service_quarters.c.start_us >= span.start_us, service_quarters.c.start_us < span.end_us)
            .order_by(service_quarters.c.start_us)
        )
        with self._engine.begin() as connection:
            return [_quarter(row) for row in connection.execute(query).mappings()]

    def put_quarters(self, rows: Sequence[Quarter]) -> None:
        with self._engine.begin() as connection:
            for row in rows:
                connection.execute(
                    delete(service_quarters).where(
                        service_quarters.c.camera == row.camera, service_quarters.c.start_us == row.start_us
                    )
                )
            if rows:
                connection.execute(
                    insert(service_quarters), [{**asdict(row), "method": row.method.value} for row in rows]
                )

    def stored(self, camera: CameraId) -> int:
        query = select(func.count()).select_from(service_quarters).where(service_quarters.c.camera == camera)
        with self._engine.begin() as connection:
            return int(connection.execute(query).scalar_one())


def _point(document: Any) -> ServicePoint:
    return _POINT.validate_json(json.dumps(document))


def _quarter(row: Any) -> Quarter:
    values = dict(row)
    return Quarter(**{**values, "camera": CameraId(values["camera"]), "method": Method(values["method"])})
