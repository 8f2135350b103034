"""Copy an installation while it runs, and put the copy back elsewhere.

    OUT/backup.json      what is in it: SHA-256 and size of every file, entries and root of the log
    OUT/tables.jsonl     register, people, cases, plans ... as lines, for SQLite and PostgreSQL alike
    OUT/files/...        log, keys, packages, stills, copies, letters, signs, the recording index, chosen footage

Order matters while everything runs on: tables first, then the log, since a case names log entries
and never the other way round; the log's checkpoint and tiles before its rows, for the same reason.
Footage: that of locked spans (`held`, what a case needs), all of it, or none.
Invariant: `restore` writes nothing before every digest was checked, and only into an empty place.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from ronda import __version__
from ronda.app.data_folder import FORMAT, DataFolder, create, open_folder
from ronda.app.errors import BackupBrokenError, UnusableFolderError
from ronda.app.wiring import Wiring
from ronda.core.time import TimeSpan, utc_text
from ronda.store.log import SqliteLog
from ronda.store.sql.dump import dump_lines, is_empty, load_lines
from ronda.store.sql.engine import open_engine
from ronda.store.sql.migrate import NEWEST_STEP

FOOTAGE_CHOICES: Final = ("held", "all", "none")
_FOLDERS: Final = ("keys", "packages", "stills", "copies", "letters", "signs")
_FILES: Final = ("time-stamps.json", "oidc.json", "recorder/signing.json")  # where the office has them
_FOREVER: Final = TimeSpan(0, 1 << 62)
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was put back, and whether the log still proves itself."""

    rows: int
    files: int
    size_bytes: int
    log_entries: int
    log_troubles: tuple[str, ...]


def backup(folder: DataFolder, out: Path, *, footage: str, tell: Tell) -> dict[str, Any]:
    """Copy `folder` into `out`, which must be new or empty; gives what backup.json says.

    Raises UnusableFolderError when `out` is in use, cannot be written or lies inside the data folder.
    """
    _check_out(folder, out)
    wiring = Wiring(folder)
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = out / "files"
        files.mkdir(mode=0o700)
        tell("tables")
        rows = _dump_tables(wiring, out / "tables.jsonl")
        tell("access log")
        size, root = _copy_log(folder, files)
        for name in _FOLDERS:
            _copy_tree(folder.root / name, files / name)
        for name in _FILES:
            if (folder.root / name).is_file():
                (files / name).parent.mkdir(mode=0o700, exist_ok=True)
                shutil.copy2(folder.root / name, files / name)
        tell(f"recording index, footage: {footage}")
        _copy_index(wiring, folder, files, footage)
        told = _describe(wiring, out, rows=rows, log_entries=size, log_root=root, footage=footage)
        (out / "backup.json").write_text(json.dumps(told, indent=1) + "\n")
    except OSError as error:
        raise UnusableFolderError(
            f"{out} cannot take the backup: {error.strerror}; the installation was not touched. "
            "Next: choose another place, or make room"
        ) from None
    return told


def restore(source: Path, root: Path, *, tell: Tell) -> Restored:
    """Put a backup into the empty place `root` (and an empty database).

    Raises BackupBrokenError for a file that is not what was saved, UnusableFolderError for a place in use.
    """
    said = _read_description(source)
    if root.exists() and any(root.iterdir()):
        raise UnusableFolderError(
            f"{root} has data in it; a backup is never laid over it, and nothing was changed. "
            "Next: name an empty folder with --data, check it, then move it into place"
        )
    tell("checking every file of the backup")
    _check_files(source, said)
    folder = create(root, training=bool(said["training"]))
    engine = open_engine(folder.config_url)
    if not is_empty(engine):
        shutil.rmtree(root)
        raise UnusableFolderError(
            "the database that $RONDA_DATABASE_URL names has rows in it; a backup is never laid over it, and "
            "nothing was changed. Next: name an empty database"
        )
    tell("tables")
    with (source / "tables.jsonl").open(encoding="utf-8") as lines:
        rows = load_lines(engine, lines)
    engine.dispose()
    tell("files")
    for path in sorted((source / "files").rglob("*")):
        if path.is_file():
            target = root / path.relative_to(source / "files")
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copy2(path, target)
    wiring = Wiring(open_folder(root))
    troubles = tuple(wiring.log.verify_all())
    return Restored(
        rows=rows,
        files=len(said["files"]),
        size_bytes=sum(one["size_bytes"] for one in said["files"].values()),
        log_entries=wiring.log.size(),
        log_troubles=troubles,
    )


def _check_out(folder: DataFolder, out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UnusableFolderError(f"{out} is in use; nothing was written. Next: name a new folder for each backup")
    if out.resolve().is_relative_to(folder.root.resolve()):
        raise UnusableFolderError(
            f"{out} lies inside the data folder, on the disk that the backup is for; nothing was written. "
            "Next: name a folder on another disk"
        )


def _dump_tables(wiring: Wiring, path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for line in dump_lines(wiring.engine):
            file.write(line + "\n")
            count += 1
    path.chmod(0o600)
    return count


def _copy_log(folder: DataFolder, files: Path) -> tuple[int, str]:
    target = files / "log"
    target.mkdir(mode=0o700)
    for path in sorted(folder.log.iterdir()):
        if path.name.startswith("log.sqlite") or path.suffix == ".lock":
            continue
        (_copy_tree if path.is_dir() else _copy_file)(path, target / path.name)
    _copy_sqlite(folder.log / "log.sqlite", target / "log.sqlite")
    copied = SqliteLog(target, _NoClock())
    size = copied.size()
    return size, copied.root(size).hex()


def _copy_index(wiring: Wiring, folder: DataFolder, files: Path, footage: str) -> None:
    target = files / "footage"
    target.mkdir(mode=0o700)
    if (folder.footage / "index.sqlite").exists():
        _copy_sqlite(folder.footage / "index.sqlite", target / "index.sqlite")
    beside = ("storage.json", "at-edges.json", "identities.json")
    for name in ("footage/ronda-footage.json", *(f"recorder/{one}" for one in beside)):
        if (folder.root / name).exists():
            (files / name).parent.mkdir(mode=0o700, exist_ok=True)
            _copy_file(folder.root / name, files / name)
    for relative in sorted(set(_chosen(wiring, footage))):
        if (folder.footage / relative).is_file():  # retention may have been quicker
            (target / relative).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _copy_file(folder.footage / relative, target / relative)


def _chosen(wiring: Wiring, footage: str) -> Iterator[str]:
    if footage == "all":
        yield from (segment.path for segment in wiring.index.all_segments())
    elif footage == "held":
        now_us = wiring.clock.now_us()
        for camera in wiring.index.cameras():
            for hold in wiring.index.holds(camera, _FOREVER):
                if hold.until_us is None or hold.until_us > now_us:
                    yield from (one.path for one in wiring.index.segments(camera, hold.span) if one.path)


def _describe(wiring: Wiring, out: Path, **facts: Any) -> dict[str, Any]:
    names = sorted(path for path in out.rglob("*") if path.is_file())
    return {
        "format": FORMAT,
        "ronda": __version__,
        "step": NEWEST_STEP,
        "training": wiring.folder.training,
        "made": utc_text(wiring.clock.now_us()),
        **facts,
        "files": {
            path.relative_to(out).as_posix(): {"size_bytes": path.stat().st_size, "sha256": _sha256(path)}
            for path in names
        },
    }


def _read_description(source: Path) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads((source / "backup.json").read_text())
        made_by = (said["format"], said["step"])
        dict(said["files"])
    except FileNotFoundError:
        raise BackupBrokenError(
            f"{source} holds no backup.json; nothing was changed. Next: name the backup's folder"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupBrokenError(f"{source / 'backup.json'} cannot be read ({type(error).__name__})") from None
    if made_by != (FORMAT, NEWEST_STEP):
        raise BackupBrokenError(
            f"{source} was made by Ronda {said.get('ronda')} at step {said['step']}, this one puts back step "
            f"{NEWEST_STEP}; nothing was changed. Next: restore it with that Ronda, then start this one on it"
        )
    return said


def _check_files(source: Path, said: dict[str, Any]) -> None:
    for name, fact in said["files"].items():
        path = source / name
        if not path.resolve().is_relative_to(source.resolve()):
            raise BackupBrokenError(f"{name!r} leads out of the backup; nothing was changed")
        if not path.is_file() or path.stat().st_size != fact["size_bytes"] or _sha256(path) != fact["sha256"]:
            raise BackupBrokenError(
                f"{name} in {source} is missing or not what was saved; nothing was changed. "
                "Next: use another copy of the backup"
            )


def _copy_sqlite(source: Path, target: Path) -> None:
    """A consistent copy, also while others write."""
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a journal beside it
    target.chmod(0o600)


def _copy_tree(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, copy_function=shutil.copy2)


def _copy_file(source: Path, target: Path) -> None:
    shutil.copy2(source, target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


class _NoClock:
    """A copy is read, never written to."""

    def now_us(self) -> int:
        return 0

    def monotonic_us(self) -> int:
        return 0
