"""Every table of the configuration database as lines of JSON, and back: the same for SQLite and PostgreSQL.

One read transaction, so that the tables belong together. Restoring takes an empty database only.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Engine, insert, select

from ronda.store.errors import DocumentError
from ronda.store.sql.schema import metadata, schema_version

_ROWS_AT_ONCE = 500


def dump_lines(engine: Engine) -> Iterator[str]:
    """`{"table": name, "row": {...}}` a line, tables in the order in which they can be put back."""
    with engine.connect().execution_options(isolation_level="SERIALIZABLE") as connection, connection.begin():
        for table in metadata.sorted_tables:
            if table is schema_version:
                continue
            for row in connection.execute(select(table)).mappings():
                packed = {name: _pack(value) for name, value in row.items()}
                yield json.dumps({"table": table.name, "row": packed}, ensure_ascii=False)


def is_empty(engine: Engine) -> bool:
    """Whether no table holds a row."""
    with engine.begin() as connection:
        return all(
            connection.execute(select(table).limit(1)).first() is None
            for table in metadata.sorted_tables
            if table is not schema_version
        )


def load_lines(engine: Engine, lines: Iterable[str]) -> int:
    """Insert every row, all or nothing; gives how many. Raises DocumentError for a line that is none of ours."""
    waiting: list[dict[str, Any]] = []
    name, count = "", 0
    with engine.begin() as connection:

        def flush() -> None:
            if waiting:
                connection.execute(insert(metadata.tables[name]), waiting)
                waiting.clear()

        for number, line in enumerate(lines, 1):
            table, row = _read(line, number)
            if table != name or len(waiting) >= _ROWS_AT_ONCE:
                flush()
                name = table
            waiting.append(row)
            count += 1
        flush()
    return count


def _read(line: str, number: int) -> tuple[str, dict[str, Any]]:
    try:
        said = json.loads(line)
        table, row = said["table"], said["row"]
        columns = metadata.tables[table].columns
        if not set(row) <= set(columns.keys()):
            raise KeyError(", ".join(sorted(set(row) - set(columns.keys()))))
        return table, {column: _unpack(value) for column, value in row.items()}
    except (ValueError, KeyError, TypeError) as error:
        raise DocumentError(f"line {number} of the dumped tables does not fit: {error}") from None


def _pack(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    return value


def _unpack(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"$bytes"}:
        return base64.b64decode(value["$bytes"])
    return value
