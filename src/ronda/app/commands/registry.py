"""`ronda registry`: lists of cameras, places and RTs from files."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ronda.app.data_folder import data_path, open_folder
from ronda.app.recorder_file import write_cameras
from ronda.app.register_import import IMPORTED, read_import, take_in
from ronda.app.wiring import Wiring
from ronda.core.errors import WrongUsageError
from ronda.registry.errors import RegisterImportError
from ronda.registry.import_rules import FileKind
from ronda.registry.model import SiteKind


def import_file(
    file: Path,
    *,
    kind: Annotated[FileKind | None, Parameter(help="What the rows are; else told by the columns.")] = None,
    every_place: Annotated[
        SiteKind | None, Parameter(help="The kind of all places, for a list without such a column.")
    ] = None,
    dry_run: Annotated[bool, Parameter(help="Only say what would be taken in.")] = False,
    data: Path | None = None,
) -> int:
    """Take in a CSV or GeoJSON of cameras, places or RTs whole, or nothing and a line for each mistake."""
    try:
        text = file.read_bytes()
    except OSError as error:
        raise WrongUsageError(f"{file} cannot be read: {error.strerror}. Next: name a file that is there") from None
    folder = open_folder(data_path(data))
    wiring = Wiring(folder)
    made = read_import(wiring, text, file.name, kind, every_place)
    for fault in made.faults:
        print(fault.sentence)
    if made.faults:
        raise RegisterImportError(file.name, made.faults)
    ready = f"{made.rows} rows of {made.kind.value}"
    if dry_run:
        print(f"{file.name}: {ready} can be taken in; nothing was changed")
        return 0
    wiring.note(IMPORTED[made.kind], {"berkas_sha256": sha256(text).hexdigest(), "baris": made.rows})
    take_in(wiring, made)
    write_cameras(folder, wiring.register.cameras())
    print(f"{file.name}: {ready} taken in")
    return 0
