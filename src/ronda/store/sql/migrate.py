"""Bring the configuration database to the newest schema, or say why it cannot be used.

empty                     made from the tables as they are now, marked with the newest step
step known, not newest    taken there step by step, all of it in one transaction
version 1 without a step  the first schema, from before there were steps: marked, then taken on
anything else             another version of Ronda wrote it: refused, nothing changed
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, inspect, text

from ronda.store.errors import WrongVersionError
from ronda.store.sql.schema import SCHEMA_VERSION, metadata

if TYPE_CHECKING:
    from alembic.config import Config

FIRST_STEP: Final = "0001"
NEWEST_STEP: Final = "0011"
_VERSION_AT: Final[dict[str | None, int]] = {
    None: 1,
    FIRST_STEP: 1,
    "0002": 2,
    "0003": 3,
    "0004": 4,
    "0005": 5,
    "0006": 6,
    "0007": 7,
    "0009": 9,
    "0010": 10,
    NEWEST_STEP: SCHEMA_VERSION,
}
_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 7_264_080_001  # any number; PostgreSQL keeps two processes from migrating at once


def migrate(engine: Engine) -> None:
    """Raises WrongVersionError."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        tables = set(inspect(connection).get_table_names())
        if "schema_version" not in tables:
            _make(connection)
            return
        step = _step(connection, tables)
        version = connection.execute(text("SELECT version FROM schema_version")).scalar()
        if version != _VERSION_AT.get(step, SCHEMA_VERSION):
            where = engine.url.render_as_string(hide_password=True)
            raise WrongVersionError(where, int(version or 0), SCHEMA_VERSION)
        if step != NEWEST_STEP:
            _upgrade(connection, step)


def _step(connection: Connection, tables: set[str]) -> str | None:
    if "alembic_version" not in tables:
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _make(connection: Connection) -> None:
    metadata.create_all(connection)
    connection.execute(text("INSERT INTO schema_version (version) VALUES (:version)"), {"version": SCHEMA_VERSION})
    connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:step)"), {"step": NEWEST_STEP})


def _upgrade(connection: Connection, step: str | None) -> None:
    from alembic import command  # only when there is something to do: it takes a while to load
    from alembic.util.exc import CommandError

    config = alembic_config(connection)
    try:
        if step is None:
            command.stamp(config, FIRST_STEP)
        command.upgrade(config, "head")
    except CommandError:
        where = connection.engine.url.render_as_string(hide_password=True)
        raise WrongVersionError(where, int(step or 0) if (step or "0").isdigit() else 0, SCHEMA_VERSION) from None


def alembic_config(connection: Connection) -> "Config":
    """Alembic's settings for one open transaction."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config
