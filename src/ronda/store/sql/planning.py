"""The planner in the configuration database: candidates, demand by cell, prices, terms, plans.

Demand is kept as counts by cell and source, never as single incidents. A plan is a document with a
revision, like a case: whoever built on an older one is told, and nothing is changed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Engine,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from ronda.planning.errors import PlanChangedError
from ronda.planning.model import Candidate, Cell, Price, Terms
from ronda.planning.record import PlanRecord
from ronda.store.errors import DocumentError
from ronda.store.sql.schema import metadata

plan_candidates = Table(
    "plan_candidates",
    metadata,
    Column("point", String(63), primary_key=True),
    Column("area", String(40), nullable=False),
    Column("document", JSON, nullable=False),
)

plan_demand = Table(
    "plan_demand",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("lat_deg", Float(53), primary_key=True),
    Column("lon_deg", Float(53), primary_key=True),
    Column("thefts", Integer, nullable=False),
    Column("vehicle_thefts", Integer, nullable=False),
    Column("traffic", Integer, nullable=False),
    Column("requests", Integer, nullable=False),
)

plan_prices = Table(
    "plan_prices",
    metadata,
    Column("kind", String(40), primary_key=True),
    Column("document", JSON, nullable=False),
)

plan_terms = Table(
    "plan_terms",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("document", JSON, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("plan_id", String(40), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("area", String(40), nullable=False),
    Column("made_us", BigInteger, nullable=False, index=True),
    Column("document", JSON, nullable=False),
)

plan_editions = Table(
    "plan_editions",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

_CANDIDATE = TypeAdapter(Candidate)
_PRICE = TypeAdapter(Price)
_TERMS = TypeAdapter(Terms)
_PLAN = TypeAdapter(PlanRecord)
_BASE = "base"
_T = TypeVar("_T")


class SqlPlanning:
    """`ronda.planning.ports.PlanStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def candidates(self) -> list[Candidate]:
        with self._engine.begin() as connection:
            rows = connection.execute(select(plan_candidates.c.document).order_by(plan_candidates.c.point))
            return [_read(_CANDIDATE, row.document) for row in rows]

    def put_candidates(self, candidates: Iterable[Candidate]) -> None:
        rows = [
            {"point": one.point, "area": one.area, "document": _CANDIDATE.dump_python(one, mode="json")}
            for one in candidates
        ]
        with self._engine.begin() as connection:
            for some in _parts([row["point"] for row in rows]):
                connection.execute(delete(plan_candidates).where(plan_candidates.c.point.in_(some)))
            if rows:
                connection.execute(insert(plan_candidates), rows)

    def cells(self) -> list[Cell]:
        counted = [func.sum(plan_demand.c[name]).label(name) for name in _COUNTS]
        query = (
            select(plan_demand.c.lat_deg, plan_demand.c.lon_deg, *counted)
            .group_by(plan_demand.c.lat_deg, plan_demand.c.lon_deg)
            .order_by(plan_demand.c.lat_deg, plan_demand.c.lon_deg)
        )
        with self._engine.begin() as connection:
            return [_cell(row) for row in connection.execute(query)]

    def put_cells(self, source: str, cells: Iterable[Cell]) -> None:
        rows = [
            {
                "source": source,
                "lat_deg": cell.lat_deg,
                "lon_deg": cell.lon_deg,
                **{name: getattr(cell, name) for name in _COUNTS},
            }
            for cell in cells
        ]
        with self._engine.begin() as connection:
            connection.execute(delete(plan_demand).where(plan_demand.c.source == source))
            if rows:
                connection.execute(insert(plan_demand), rows)

    def prices(self) -> list[Price]:
        with self._engine.begin() as connection:
            rows = connection.execute(select(plan_prices.c.document).order_by(plan_prices.c.kind))
            return [_read(_PRICE, row.document) for row in rows]

    def put_prices(self, prices: Iterable[Price]) -> None:
        rows = [{"kind": one.kind.value, "document": _PRICE.dump_python(one, mode="json")} for one in prices]
        with self._engine.begin() as connection:
            for row in rows:
                connection.execute(delete(plan_prices).where(plan_prices.c.kind == row["kind"]))
            if rows:
                connection.execute(insert(plan_prices), rows)

    def terms(self) -> Terms | None:
        with self._engine.begin() as connection:
            row = connection.execute(select(plan_terms.c.document).where(plan_terms.c.name == _BASE)).first()
        return _read(_TERMS, row.document) if row else None

    def put_terms(self, terms: Terms) -> None:
        document = _TERMS.dump_python(terms, mode="json")
        with self._engine.begin() as connection:
            connection.execute(delete(plan_terms).where(plan_terms.c.name == _BASE))
            connection.execute(insert(plan_terms).values(name=_BASE, document=document))

    def put_edition(self, name: str, data: bytes) -> None:
        """Keep the data of a plan; one that is there stays as it is."""
        with self._engine.begin() as connection:
            if connection.execute(select(plan_editions.c.name).where(plan_editions.c.name == name)).first() is None:
                connection.execute(insert(plan_editions).values(name=name, data=data))

    def edition(self, name: str) -> bytes | None:
        with self._engine.begin() as connection:
            row = connection.execute(select(plan_editions.c.data).where(plan_editions.c.name == name)).first()
        return bytes(row.data) if row else None

    def add_plan(self, record: PlanRecord) -> None:
        with self._engine.begin() as connection:
            connection.execute(insert(plans).values(plan_id=record.plan_id, **_columns(record)))

    def save_plan(self, record: PlanRecord) -> PlanRecord:
        """Store the next revision. Raises PlanChangedError unless the stored one is `record.revision`."""
        following = replace(record, revision=record.revision + 1)
        with self._engine.begin() as connection:
            done = connection.execute(
                update(plans)
                .where(plans.c.plan_id == record.plan_id, plans.c.revision == record.revision)
                .values(**_columns(following))
            )
            if done.rowcount != 1:
                raise PlanChangedError(record.plan_id)
        return following

    def plan(self, plan_id: str) -> PlanRecord | None:
        with self._engine.begin() as connection:
            row = connection.execute(select(plans.c.document).where(plans.c.plan_id == plan_id)).first()
        return _read(_PLAN, row.document) if row else None

    def plans(self) -> Sequence[PlanRecord]:
        """Every plan, newest first."""
        query = select(plans.c.document).order_by(plans.c.made_us.desc(), plans.c.plan_id)
        with self._engine.begin() as connection:
            return [_read(_PLAN, row.document) for row in connection.execute(query)]


_COUNTS = ("thefts", "vehicle_thefts", "traffic", "requests")


def _columns(record: PlanRecord) -> dict[str, object]:
    return {
        "revision": record.revision,
        "state": record.state.value,
        "area": record.area,
        "made_us": record.made_us,
        "document": _PLAN.dump_python(record, mode="json"),
    }


def _cell(row: Any) -> Cell:
    counts: dict[str, Any] = {name: int(row._mapping[name]) for name in _COUNTS}
    return Cell(lat_deg=row.lat_deg, lon_deg=row.lon_deg, **counts)


def _parts(names: Sequence[Any], size: int = 500) -> list[Sequence[Any]]:
    """Databases bound the number of values in one question."""
    return [names[at : at + size] for at in range(0, len(names), size)]


def _read(adapter: TypeAdapter[_T], document: object) -> _T:
    """Raises DocumentError when the document has another shape; nothing is guessed."""
    try:
        return adapter.validate_json(json.dumps(document), strict=True, extra="forbid")
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
        raise DocumentError(f"a stored plan cannot be read: {told}") from None
