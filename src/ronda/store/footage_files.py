"""Recorded files by the paths that the index names, and never anything else on the disk."""

from pathlib import Path, PurePosixPath

from ronda.cases.errors import NothingRecordedError


class FootageFolder:
    """`ronda.cases.ports.FootageFiles` on a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def path(self, relative: str) -> Path:
        """Where the file lies. Raises NothingRecordedError for a path or link that leads elsewhere."""
        parts = PurePosixPath(relative).parts
        inside = bool(parts) and not relative.startswith("/") and ".." not in parts and "\0" not in relative
        found = (self._root / relative).resolve() if inside else None
        if found is None or not found.is_relative_to(self._root) or not found.is_file():
            raise NothingRecordedError(
                f"{relative[:120]!r} is not in the footage folder; nothing was read. Next: run `ronda check`"
            )
        return found
