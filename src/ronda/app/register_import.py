"""Read a file against the register as it is, and store a draft that has no fault. Web and command line share it."""

from typing import Final

from ronda.app.wiring import Wiring
from ronda.registry.import_rows import Known
from ronda.registry.import_rules import Draft, FileKind, draft
from ronda.registry.model import SiteKind

# What the log calls a file that was taken in.
IMPORTED: Final = {
    FileKind.CAMERAS: "kamera.diimpor",
    FileKind.PLACES: "tempat.diimpor",
    FileKind.NEIGHBOURHOODS: "rt.diimpor",
}


def read_import(
    wiring: Wiring, data: bytes, file_name: str, kind: FileKind | None = None, every_place: SiteKind | None = None
) -> Draft:
    """What the file would change; nothing is stored."""
    entries = wiring.register.cameras()
    known = Known(
        cameras={entry.camera for entry in entries},
        sites={entry.site.name: entry.site for entry in entries},
        village_at=wiring.areas.village_at,
    )
    return draft(data, known, source=file_name, kind=kind, every_place=every_place, training=wiring.folder.training)


def take_in(wiring: Wiring, made: Draft) -> None:
    """Store it in one transaction of its kind; the caller has refused faults and written the log."""
    if made.cameras:
        wiring.register.add_cameras(made.cameras)
    if made.places:
        wiring.register_lists.put_places(made.places)
    if made.neighbourhoods:
        wiring.register_lists.put_neighbourhoods(made.neighbourhoods)
