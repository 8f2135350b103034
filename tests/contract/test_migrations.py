"""Old databases are taken to the newest schema with what is in them; both roads end at the same place."""

import dataclasses

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import downgrade, upgrade
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, event, insert, inspect, text

from ronda.registry.purposes import PurposeKind
from ronda.registry.rules import check_camera
from ronda.store.errors import WrongVersionError
from ronda.store.sql import tables  # noqa: F401
from ronda.store.sql.cases import SqlCaseStore
from ronda.store.sql.engine import open_engine
from ronda.store.sql.migrate import FIRST_STEP, NEWEST_STEP, alembic_config, migrate
from ronda.store.sql.people import SqlPeople, people
from ronda.store.sql.registry import SqlRegistry
from ronda.store.sql.schema import metadata


class Plain:
    def seal(self, text: str) -> str:
        return text

    def open(self, sealed: str) -> str:
        return sealed


@pytest.fixture
def old(engine: Engine) -> Engine:
    """A database as the first Ronda left it: tables of version 1 with rows, and no step."""
    metadata.drop_all(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
        upgrade(alembic_config(connection), FIRST_STEP)
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(
            text("INSERT INTO sites VALUES ('s-1', 'Simpang Tiga', 'junction', '64.08.04.2001', 0.5, 117.5)")
        )
        connection.execute(
            text(
                "INSERT INTO cameras (camera, name, site_id, purpose, legal_basis, retention_days, url_sealed,"
                " training) VALUES ('simpang-3', 'Simpang', 's-1', 'Keamanan jalan', 'UU', 30, 'rtsp://x/1', :no)"
            ),
            {"no": False},
        )
        connection.execute(
            text(
                "INSERT INTO cameras (camera, name, site_id, purpose, legal_basis, retention_days, url_sealed,"
                " training) VALUES ('waduk', 'Waduk', 's-1', 'Tinggi air', 'Perbup', 200, 'rtsp://x/2', :no)"
            ),
            {"no": False},
        )
        connection.execute(
            insert(people).values(
                person_id="p-1", login="rahmat", name="Rahmat", official_id="84071129", office="Polres",
                roles=["investigator"], area="64.08", disabled=False, must_change_password=False,
                password_digest="digest",
            )
        )  # fmt: skip
    return engine


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def test_a_new_database_is_marked_with_the_newest_step(engine: Engine) -> None:
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == NEWEST_STEP
    assert differences(engine) == []


def test_an_old_database_keeps_its_rows_and_ends_in_the_same_schema(old: Engine) -> None:
    migrate(old)
    assert differences(old) == []
    camera, lake = SqlRegistry(old, Plain()).cameras()
    assert (camera.camera, camera.site.name, camera.state.value, camera.owner) == (
        "simpang-3", "Simpang Tiga", "in_service", "",
    )  # fmt: skip
    assert (camera.purpose_kind, camera.retention_days) == (PurposeKind.PUBLIC_ORDER, 30)
    assert (lake.purpose_kind, lake.retention_days) == (PurposeKind.REGIONAL_RULE, 200)
    for entry in (camera, lake):
        check_camera(dataclasses.replace(entry, purpose="Keamanan jalan umum"))  # what was promised still stands
    assert [person.login for person in SqlPeople(old).all()] == ["rahmat"]
    assert SqlCaseStore(old).all() == []


def test_migrating_twice_changes_nothing(old: Engine) -> None:
    migrate(old)
    migrate(old)
    assert differences(old) == []


def test_a_step_can_be_taken_back_with_its_rows(old: Engine) -> None:
    migrate(old)
    with old.begin() as connection:
        downgrade(alembic_config(connection), FIRST_STEP)
        names = connection.execute(text("SELECT camera FROM cameras")).scalars().all()
    assert sorted(names) == ["simpang-3", "waduk"]
    assert set(inspect(old).get_table_names()) == {
        "alembic_version", "cameras", "cases", "people", "schema_version", "sessions", "sites",
    }  # fmt: skip
    migrate(old)
    assert differences(old) == []


def test_a_step_of_a_newer_ronda_is_refused_and_nothing_is_changed(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE schema_version SET version = 99"))
    tables_before = inspect(engine).get_table_names()
    with pytest.raises(WrongVersionError, match="nothing was changed"):
        open_engine(engine.url.render_as_string(hide_password=False))
    assert inspect(engine).get_table_names() == tables_before


def test_every_step_has_one_before_it() -> None:
    from alembic.script import ScriptDirectory

    with create_engine("sqlite://").begin() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    assert scripts.get_heads() == [NEWEST_STEP]
    assert [step.revision for step in scripts.walk_revisions()][-1] == FIRST_STEP


@pytest.mark.parametrize("step", ["0002", NEWEST_STEP])
def test_an_upgrade_that_is_cut_off_leaves_the_old_database_and_the_next_start_goes_on(
    old: Engine, step: str
) -> None:
    """N69: right before a step is marked as done, all that was done before is undone with it."""

    def cut(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        if "alembic_version" in statement and step in f"{statement} {values}" and "SELECT" not in statement:
            raise ConnectionAbortedError("the power is gone")

    def state() -> tuple[object, ...]:
        with old.connect() as connection:
            cameras = connection.execute(text("SELECT * FROM cameras ORDER BY camera")).all()
        return sorted(inspect(old).get_table_names()), [tuple(row) for row in cameras]

    before = state()
    event.listen(old, "before_cursor_execute", cut)
    with pytest.raises(ConnectionAbortedError):
        migrate(old)
    event.remove(old, "before_cursor_execute", cut)
    assert state() == before
    migrate(old)
    assert differences(old) == []
