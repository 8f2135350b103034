"""Police cases: one row each, with the columns that lists sort by and the case as a document.

A case is read and written as a whole and its revision guards every write: whoever built on an older
one is told, and nothing is changed.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import JSON, BigInteger, Column, Engine, Integer, String, Table, insert, select, update

from ronda.cases.errors import ChangedMeanwhileError
from ronda.cases.model import Case
from ronda.core.ids import CaseId
from ronda.store.errors import DocumentError
from ronda.store.sql.schema import metadata

cases = Table(
    "cases",
    metadata,
    Column("case_id", String(40), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("area", String(40), nullable=False),
    Column("lp_number", String(200), nullable=False),
    Column("requested_us", BigInteger, nullable=False, index=True),
    Column("document", JSON, nullable=False),
)

_DOCUMENT = TypeAdapter(Case)


class SqlCaseStore:
    """`ronda.cases.ports.CaseStore` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, case: Case) -> None:
        with self._engine.begin() as connection:
            connection.execute(insert(cases).values(case_id=case.case_id, **_columns(case)))

    def save(self, case: Case) -> Case:
        """Store the next revision. Raises ChangedMeanwhileError unless the stored one is `case.revision`."""
        following = replace(case, revision=case.revision + 1)
        with self._engine.begin() as connection:
            done = connection.execute(
                update(cases)
                .where(cases.c.case_id == case.case_id, cases.c.revision == case.revision)
                .values(**_columns(following))
            )
            if done.rowcount != 1:
                raise ChangedMeanwhileError(case.case_id)
        return following

    def get(self, case_id: CaseId) -> Case | None:
        with self._engine.begin() as connection:
            row = connection.execute(select(cases.c.document).where(cases.c.case_id == case_id)).first()
        return _case(row.document) if row else None

    def all(self) -> Sequence[Case]:
        """Every case, newest first."""
        query = select(cases.c.document).order_by(cases.c.requested_us.desc(), cases.c.case_id)
        with self._engine.begin() as connection:
            return [_case(row.document) for row in connection.execute(query)]


def _columns(case: Case) -> dict[str, object]:
    return {
        "revision": case.revision,
        "state": case.state.value,
        "area": case.area,
        "lp_number": case.request.lp_number,
        "requested_us": case.requested_us,
        "document": _DOCUMENT.dump_python(case, mode="json"),
    }


def _case(document: object) -> Case:
    """The case behind a document. Raises DocumentError when it has another shape; nothing is guessed."""
    try:
        return _DOCUMENT.validate_json(json.dumps(document), strict=True, extra="forbid")
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise DocumentError(f"a stored case cannot be read: {told}") from None
