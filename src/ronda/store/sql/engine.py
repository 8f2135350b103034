"""Open the configuration database: SQLite beside the footage, or PostgreSQL.

SQLite runs with WAL, FULL and foreign keys, and every transaction begins IMMEDIATE: a deferred one
that later wants to write fails at once with "database is locked", whatever the time-out says.
"""

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from ronda.store.errors import DatabaseUnavailableError
from ronda.store.sql.migrate import migrate

_PRAGMAS = ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def open_engine(url: str) -> Engine:
    """Connect and bring the schema to the newest step (`migrate`).

    url  `sqlite:///path/to/config.sqlite` or `postgresql+pg8000://user@host/name`
    Raises WrongVersionError when another version wrote the database, DatabaseUnavailableError when it
    cannot be reached or read.
    """
    engine = create_engine(url)
    if make_url(url).get_backend_name() == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        _bring_up(engine)
    except DBAPIError as error:
        shown = engine.url.render_as_string(hide_password=True)
        reason = str(error.orig).splitlines()[0] if str(error.orig) else type(error.orig).__name__
        raise DatabaseUnavailableError(shown, reason) from None
    return engine


def _tune_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _bring_up(engine: Engine) -> None:
    # Every module that defines tables is imported here, so that one call makes them all.
    from ronda.store.sql import tables  # noqa: F401

    migrate(engine)
