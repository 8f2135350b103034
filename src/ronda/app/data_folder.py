"""Where one installation keeps everything, and the guards around it.

    DATA/ronda.json     format version; "training" true on a demo folder
    DATA/config.sqlite  register, people, cases
    DATA/footage/       MP4 files and the recorder's index
    DATA/recorder/      what the recorder reads: cameras.json, mode 0600
    DATA/log/           access log: SQLite, tiles, checkpoint
    DATA/keys/          keys, mode 0600
    DATA/packages/      sealed packages
    DATA/time-stamps.json   authorities that stamp packages (`ronda timestamp`)
    DATA/stills/        pictures taken inside cases
    DATA/letters/       letters of request, as PDF
    DATA/copies/        redacted copies and what they hide
    DATA/signs/         photographs of signs at cameras, by digest
    DATA/run/           locks and the recorder's socket

Decides nothing about their contents. A folder of another version, or a second server on the same
folder, is refused before anything is written.
"""

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ronda.app.errors import AlreadyRunningError, NoDataFolderError, UnusableFolderError
from ronda.store.errors import WrongVersionError

FORMAT = 1
DEFAULT = "ronda-data"


def data_path(data: Path | None) -> Path:
    """`--data`, else `$RONDA_DATA`, else `./ronda-data`; absolute."""
    return (data or Path(os.environ.get("RONDA_DATA") or DEFAULT)).absolute()


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Paths of one installation."""

    root: Path
    training: bool

    @property
    def config_url(self) -> str:
        return os.environ.get("RONDA_DATABASE_URL") or f"sqlite:///{self.root / 'config.sqlite'}"

    @property
    def footage(self) -> Path:
        return self.root / "footage"

    @property
    def recorder_cameras(self) -> Path:
        return self.root / "recorder" / "cameras.json"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def packages(self) -> Path:
        return self.root / "packages"

    @property
    def stills(self) -> Path:
        return self.root / "stills"

    @property
    def copies(self) -> Path:
        return self.root / "copies"

    @property
    def letters(self) -> Path:
        return self.root / "letters"

    @property
    def signs(self) -> Path:
        return self.root / "signs"

    @property
    def public_pictures(self) -> Path:
        return self.run / "public"

    @property
    def run(self) -> Path:
        return self.root / "run"


def create(root: Path, *, training: bool) -> DataFolder:
    """Make the folder and its parts, or open it when it is there already."""
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (root / "ronda.json").exists():
            if any(root.iterdir()):
                raise UnusableFolderError(
                    f"{root} has files in it but is no Ronda data folder; nothing was changed. "
                    "Next: choose an empty folder with --data"
                )
            _write_whole(root / "ronda.json", json.dumps({"format": FORMAT, "training": training}) + "\n")
        folder = open_folder(root)
        for part in ("footage", "recorder", "log", "keys", "packages", "stills", "copies", "run"):
            (root / part).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise UnusableFolderError(
            f"{root} cannot be used as data folder: {error.strerror}. Next: choose another with --data"
        ) from None
    return folder


def open_folder(root: Path) -> DataFolder:
    """Open a folder made by `create`. Raises NoDataFolderError or WrongVersionError."""
    marker = root / "ronda.json"
    try:
        said = json.loads(marker.read_text())
        found, training = int(said["format"]), bool(said.get("training", False))
    except FileNotFoundError:
        raise NoDataFolderError(root) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnusableFolderError(
            f"{marker} cannot be read ({type(error).__name__}); nothing was changed. "
            "Next: put the file back from a backup, or choose another folder with --data"
        ) from None
    if found != FORMAT:
        raise WrongVersionError(str(root), found, FORMAT)
    return DataFolder(root, training)


def hold_lock(folder: DataFolder, name: str, what: str) -> IO[str]:
    """Take `DATA/run/<name>.lock` for this process; it is free again when the process ends.

    Raises AlreadyRunningError that names the holder.
    """
    path = folder.run / f"{name}.lock"
    path.touch(mode=0o600)
    lock = path.open("r+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AlreadyRunningError(what, folder.root, lock.read().strip() or "unknown") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner alone."""
    _write_whole(path, text)


def _write_whole(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".new")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
