"""Replace a file in one step that survives a power cut."""

import os
from pathlib import Path


def write_synced(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write beside it, sync, rename, sync the folder. Raises OSError; the old file then stays."""
    fresh = path.with_name(path.name + ".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make renames in this folder durable."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
