"""One private PostgreSQL for the session, and a configuration database of each kind."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.needs import missing

from ronda.store.sql.engine import open_engine
from ronda.store.sql.schema import metadata


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found:
        missing("PostgreSQL is not installed: apt install postgresql")
    return found[-1].parent


def _run(*call: str | Path) -> None:
    """As a user of its own where the tests run as root: PostgreSQL refuses to run as root."""
    runuser = shutil.which("runuser", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or "runuser"
    prefix = [runuser, "-u", "postgres", "--"] if os.getuid() == 0 else []
    subprocess.run([*prefix, *map(str, call)], check=True, capture_output=True, cwd="/", timeout=60)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server on loopback with nothing in it; stopped and removed at the end."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="ronda-pg-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    _run(programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "ronda", "--no-sync", "-E", "UTF8")
    options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off"
    try:
        _run(programs / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", options, "start")
        yield f"postgresql+pg8000://ronda@127.0.0.1:{port}/postgres"
    finally:
        _run(programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty configuration database; the same tests run on both kinds."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'config.sqlite'}"
    else:
        url = request.getfixturevalue("postgres_url")
    made = open_engine(url)
    yield made
    metadata.drop_all(made)
    with made.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    made.dispose()
