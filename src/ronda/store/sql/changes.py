"""Changes that wait for a second person: columns that lists sort by, and the change as a document."""

import json
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import JSON, BigInteger, Column, Engine, Integer, String, Table, insert, select, update

from ronda.access.two_people import Change
from ronda.store.errors import DocumentError
from ronda.store.sql.schema import metadata

changes = Table(
    "changes",
    metadata,
    Column("change_id", String(40), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("asked_us", BigInteger, nullable=False, index=True),
    Column("document", JSON, nullable=False),
)

_DOCUMENT = TypeAdapter(Change)


class SqlChanges:
    """`ronda.access.changes.Changes` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, change: Change) -> None:
        with self._engine.begin() as connection:
            connection.execute(insert(changes).values(change_id=change.change_id, **_columns(change)))

    def save(self, change: Change) -> Change | None:
        """Store the next revision; None when the stored one is no longer `change.revision`."""
        following = replace(change, revision=change.revision + 1)
        with self._engine.begin() as connection:
            done = connection.execute(
                update(changes)
                .where(changes.c.change_id == change.change_id, changes.c.revision == change.revision)
                .values(**_columns(following))
            )
        return following if done.rowcount == 1 else None

    def get(self, change_id: str) -> Change | None:
        with self._engine.begin() as connection:
            row = connection.execute(select(changes.c.document).where(changes.c.change_id == change_id)).first()
        return _change(row.document) if row else None

    def all(self) -> list[Change]:
        query = select(changes.c.document).order_by(changes.c.asked_us.desc(), changes.c.change_id)
        with self._engine.begin() as connection:
            return [_change(row.document) for row in connection.execute(query)]


def _columns(change: Change) -> dict[str, object]:
    return {
        "revision": change.revision,
        "state": change.state.value,
        "asked_us": change.asked_us,
        "document": _DOCUMENT.dump_python(change, mode="json"),
    }


def _change(document: object) -> Change:
    try:
        return _DOCUMENT.validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        raise DocumentError(f"a stored change cannot be read: {error.error_count()} faults") from None
