"""Small settings of the office, each a name and a JSON value."""

from sqlalchemy import JSON, Column, Engine, String, Table, insert, select, update

from ronda.store.sql.schema import metadata

settings = Table(
    "settings",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("value", JSON, nullable=False),
)

Value = str | int | float | bool | list[str] | dict[str, str]


class SqlSettings:
    """Names are those of the code that reads them; a name nobody set has no value."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, name: str) -> Value | None:
        with self._engine.begin() as connection:
            row = connection.execute(select(settings.c.value).where(settings.c.name == name)).first()
        value: Value | None = row.value if row else None
        return value

    def put(self, name: str, value: Value) -> None:
        with self._engine.begin() as connection:
            known = update(settings).where(settings.c.name == name).values(value=value)
            if connection.execute(known).rowcount == 0:
                connection.execute(insert(settings).values(name=name, value=value))
