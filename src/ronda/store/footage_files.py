"""Recorded files by the paths that the index names, and never anything else on the disk.

Further footage disks are links below `.disks` that the recorder sets while the right disk is there: what such
a link leads to belongs to the footage, any other link that leads outside is refused.
"""

from pathlib import Path, PurePosixPath

from ronda.cases.errors import NothingRecordedError
from ronda.video.model import DISKS, disk_of


class FootageFolder:
    """`ronda.cases.ports.FootageFiles` on a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def path(self, relative: str) -> Path:
        """Where the file lies. Raises NothingRecordedError for a path or link that leads elsewhere."""
        parts = PurePosixPath(relative).parts
        inside = bool(parts) and not relative.startswith("/") and ".." not in parts and "\0" not in relative
        root = self._root
        if inside and (number := disk_of(relative)):
            root = (root / DISKS / str(number)).resolve()
        found = (self._root / relative).resolve() if inside else None
        if found is None or not found.is_relative_to(root) or not found.is_file():
            raise NothingRecordedError(
                f"{relative[:120]!r} is not in the footage folder; nothing was read. Next: run `ronda check`"
            )
        return found
