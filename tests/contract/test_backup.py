"""A backup put back elsewhere serves the same cases and its log still verifies, on both kinds of database."""

import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.http_kit import CAMERA, Town, town

from ronda.app.backup import backup, restore
from ronda.app.data_folder import open_folder
from ronda.app.errors import BackupBrokenError, UnusableFolderError
from ronda.app.http.context import COOKIE
from ronda.app.http.server import make_app
from ronda.app.wiring import Wiring


def quiet(_sentence: str) -> None:
    """Progress is for people."""


def new_database(url: str) -> str:
    """An empty database of its own on the same server."""
    name = f"backup_{secrets.token_hex(4)}"
    with create_engine(url, isolation_level="AUTOCOMMIT").connect() as server:
        server.execute(text(f"CREATE DATABASE {name}"))
    return url.rsplit("/", 1)[0] + f"/{name}"


@pytest.fixture(params=["sqlite", "postgres"])
def elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str | None]:
    """Where the backup is put back: a file, or an empty PostgreSQL database."""
    if request.param == "sqlite":
        yield None
        return
    url = request.getfixturevalue("postgres_url")
    yield new_database(url)


@pytest.fixture
def here(tmp_path: Path) -> Town:
    return town(tmp_path / "data")


def put_back(source: Path, root: Path, url: str | None) -> Wiring:
    os.environ.pop("RONDA_DATABASE_URL", None)
    if url:
        os.environ["RONDA_DATABASE_URL"] = url
    try:
        done = restore(source, root, tell=quiet)
        assert done.log_troubles == ()
        return Wiring(open_folder(root))
    finally:
        os.environ.pop("RONDA_DATABASE_URL", None)


def test_a_backup_put_back_serves_the_same_case_and_its_film(
    here: Town, tmp_path: Path, elsewhere: str | None
) -> None:
    case = here.approved_case()
    before = here.client("investigator").get(f"/api/cases/{case}").json()
    here.wiring.signed_checkpoint()
    backup(here.wiring.folder, tmp_path / "copy", footage="held", tell=quiet)

    wiring = put_back(tmp_path / "copy", tmp_path / "again", elsewhere)
    assert wiring.engine.dialect.name == ("postgresql" if elsewhere else "sqlite")
    again = Town(
        wiring=wiring, app=make_app(wiring.folder) if elsewhere is None else _app_on(wiring, elsewhere),
        people=here.people, film=here.film, segment=here.segment,
    )  # fmt: skip
    client = again.client("investigator")
    assert COOKIE in client.cookies
    assert client.get(f"/api/cases/{case}").json() == before
    at = {"at_us": here.segment.span.start_us}
    film = client.get(f"/api/cases/{case}/footage/{CAMERA}", params=at)
    original = here.client("investigator").get(f"/api/cases/{case}/footage/{CAMERA}", params=at)
    assert (film.status_code, original.status_code) == (200, 200)
    assert film.content == original.content
    assert len(film.content) > 1000
    assert wiring.register.cameras() == here.wiring.register.cameras()


def _app_on(wiring: Wiring, url: str) -> object:
    os.environ["RONDA_DATABASE_URL"] = url
    try:
        return make_app(wiring.folder)
    finally:
        del os.environ["RONDA_DATABASE_URL"]


def test_the_log_goes_on_where_it_stood(here: Town, tmp_path: Path, elsewhere: str | None) -> None:
    here.approved_case()
    here.wiring.signed_checkpoint()
    size = here.wiring.log.size()
    backup(here.wiring.folder, tmp_path / "copy", footage="none", tell=quiet)
    wiring = put_back(tmp_path / "copy", tmp_path / "again", elsewhere)
    assert wiring.log.size() == size
    assert wiring.log.root(size) == here.wiring.log.root(size)
    assert wiring.note("uji.sesudah_pemulihan", {}) == size
    assert wiring.log.verify_all() == []


@pytest.mark.parametrize("name", ["tables.jsonl", "files/log/log.sqlite", "files/footage/index.sqlite"])
def test_one_flipped_bit_is_found_before_anything_is_written(here: Town, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "copy"
    backup(here.wiring.folder, copy, footage="all", tell=quiet)
    path = copy / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(BackupBrokenError, match="nothing was changed"):
        restore(copy, tmp_path / "again", tell=quiet)
    assert not (tmp_path / "again").exists()


def test_a_restore_over_live_data_is_refused_and_changes_nothing(here: Town, tmp_path: Path) -> None:
    case = here.approved_case()
    copy = tmp_path / "copy"
    backup(here.wiring.folder, copy, footage="held", tell=quiet)
    listing = sorted(path.name for path in here.wiring.folder.root.rglob("*"))
    with pytest.raises(UnusableFolderError, match="never laid over"):
        restore(copy, here.wiring.folder.root, tell=quiet)
    assert sorted(path.name for path in here.wiring.folder.root.rglob("*")) == listing
    assert here.client("investigator").get(f"/api/cases/{case}").status_code == 200


def test_a_restore_into_a_database_with_rows_is_refused(
    here: Town, tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    backup(here.wiring.folder, copy, footage="none", tell=quiet)
    monkeypatch.setenv("RONDA_DATABASE_URL", new_database(postgres_url))
    restore(copy, tmp_path / "first", tell=quiet)
    with pytest.raises(UnusableFolderError, match="has rows in it"):
        restore(copy, tmp_path / "second", tell=quiet)
    assert not (tmp_path / "second").exists()


def test_a_backup_into_a_used_or_an_inner_folder_is_refused(here: Town, tmp_path: Path) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine.txt").write_text("milik orang lain")
    with pytest.raises(UnusableFolderError, match="in use"):
        backup(here.wiring.folder, tmp_path / "used", footage="none", tell=quiet)
    with pytest.raises(UnusableFolderError, match="inside the data folder"):
        backup(here.wiring.folder, here.wiring.folder.root / "copy", footage="none", tell=quiet)


def test_a_backup_of_another_step_or_none_at_all_is_named(here: Town, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    backup(here.wiring.folder, copy, footage="none", tell=quiet)
    said = json.loads((copy / "backup.json").read_text())
    (copy / "backup.json").write_text(json.dumps({**said, "step": "0001"}))
    with pytest.raises(BackupBrokenError, match="step 0001"):
        restore(copy, tmp_path / "again", tell=quiet)
    with pytest.raises(BackupBrokenError, match=r"no backup\.json"):
        restore(tmp_path, tmp_path / "again", tell=quiet)


def test_only_footage_that_is_locked_is_in_a_backup_of_held_footage(here: Town, tmp_path: Path) -> None:
    none = backup(here.wiring.folder, tmp_path / "before", footage="held", tell=quiet)
    here.approved_case()
    held = backup(here.wiring.folder, tmp_path / "after", footage="held", tell=quiet)
    assert [name for name in none["files"] if name.endswith(".mp4")] == []
    assert [name for name in held["files"] if name.endswith(".mp4")] == [f"files/footage/{here.segment.path}"]
