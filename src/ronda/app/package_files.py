"""Packages on disk on their way out: the folder by its name, and one stored ZIP of it."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

from ronda.app.errors import UnusableFolderError

_BLOCK_BYTES = 1 << 18


def package_folder(packages: Path, name: str) -> Path:
    """The folder of a package. Raises UnusableFolderError when it is gone or leads elsewhere."""
    folder = (packages / name).resolve()
    if folder.parent != packages.resolve() or not folder.is_dir():
        raise UnusableFolderError(
            f"package {name} is not in the packages folder any more. Next: put it back from a backup, or pack again"
        )
    return folder


class _Outflow:
    """What ZipFile writes into; emptied block by block, so that no second copy stands anywhere."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        """ZipFile asks for it; there is nothing behind us to flush."""

    def take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


def zip_stream(folder: Path) -> Iterator[bytes]:
    """A ZIP64 of the folder, stored, in a fixed order and with fixed dates, made while it is sent."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return zip_of([(f"{folder.name}/{path.relative_to(folder).as_posix()}", path) for path in files])


def zip_of(files: Iterable[tuple[str, Path | bytes]]) -> Iterator[bytes]:
    """The same of any files: the name inside, and where the bytes are."""
    outflow = _Outflow()
    with zipfile.ZipFile(cast("IO[bytes]", outflow), "w", zipfile.ZIP_STORED) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name)
            opened = io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
            with archive.open(entry, "w", force_zip64=True) as target, opened as source:
                while block := source.read(_BLOCK_BYTES):
                    target.write(block)
                    yield outflow.take()
    yield outflow.take()
