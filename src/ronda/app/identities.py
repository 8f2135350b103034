"""Serial numbers of registered cameras: DATA/recorder/identities.json, written whole or not at all.

Kept beside cameras.json and not in the database because recording, which it can stop, must be explained
without one. Only the web (enrolment, confirmation) and the worker (what answers now) write it, under one lock.
"""

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path

from ronda.app.data_folder import DataFolder
from ronda.video.onvif.identity import Identity

NAME = "identities.json"


def read_identities(folder: DataFolder) -> dict[str, Identity]:
    """Empty when nothing was kept, or the file cannot be read: then nothing is judged."""
    try:
        rows = json.loads(_path(folder).read_text())
        return {
            str(camera): Identity(serial=str(row["serial"]), other=str(row.get("other", "")))
            for camera, row in rows.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def change_identities(folder: DataFolder, change: Callable[[dict[str, Identity]], None]) -> None:
    """Read, change, write; nobody writes in between."""
    path = _path(folder)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with open(path.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = read_identities(folder)
        change(known)
        rows = {camera: {"serial": one.serial, "other": one.other} for camera, one in sorted(known.items())}
        scratch = path.with_suffix(".new")
        scratch.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
        scratch.chmod(0o600)
        os.replace(scratch, path)


def _path(folder: DataFolder) -> Path:
    return folder.recorder_cameras.parent / NAME
