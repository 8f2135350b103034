"""The photo sheet (A4): stills with camera, exact frame, time and its uncertainty, and SHA-256.

An enhanced copy stands beside the picture that it was made of and says so; alone it is never shown. The texts go
in as data and are never run as typst. The same pictures and facts give the same bytes with the same typst.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import typst

from ronda.evidence import canonical
from ronda.evidence.canonical import Json
from ronda.evidence.errors import EvidenceError
from ronda.evidence.folder import template
from ronda.evidence.statement import TRAINING_MARK, PhotoFile


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetHead:
    """What stands above the pictures. name: of the package, or of the case while it is open."""

    name: str
    number: str
    regency: str
    office: str
    facts: Sequence[tuple[str, str]]
    training: bool


def render(head: SheetHead, photos: Sequence[PhotoFile], pictures: Mapping[str, bytes]) -> bytes:
    """The PDF. `pictures`: path of a photo -> its PNG. Raises EvidenceError when it cannot be set."""
    with TemporaryDirectory(prefix="ronda-sheet-") as folder:
        files = {}
        for number, photo in enumerate(photos):
            files[photo.path] = f"{number}.png"
            (Path(folder) / files[photo.path]).write_bytes(pictures[photo.path])
        (Path(folder) / "sheet.typ").write_bytes(template("lembar-foto.typ"))
        data = canonical.write(page_data(head, photos, files)).decode()
        try:
            compiler = typst.Compiler(
                Path(folder) / "sheet.typ", root=folder, ignore_system_fonts=True, sys_inputs={"data": data}
            )
            pages = compiler.compile(format="pdf", timestamp=0)
        except RuntimeError as error:
            raise EvidenceError(f"the photo sheet could not be set: {str(error)[:300]}") from None
    if not isinstance(pages, bytes):
        raise EvidenceError("the photo sheet is not one document")
    return pages


def page_data(head: SheetHead, photos: Sequence[PhotoFile], files: Mapping[str, str]) -> dict[str, Json]:
    """Everything on the sheet, as texts; one row for each original, its enhanced copies in the same row."""
    originals = [photo for photo in photos if not photo.derived_from]
    rows: list[Json] = []
    for number, photo in enumerate(originals, 1):
        copies = [one for one in photos if one.derived_from == photo.path]
        shown: list[Json] = [_picture(one, files[one.path]) for one in (photo, *copies)]
        rows.append({"number": str(number), "pictures": shown})
    return {
        "name": head.name,
        "number": head.number,
        "regency": head.regency,
        "office": head.office,
        "head": [list(pair) for pair in head.facts],
        "training": head.training,
        "training_mark": TRAINING_MARK,
        "rows": rows,
    }


def _picture(photo: PhotoFile, file: str) -> dict[str, Json]:
    facts = [
        ["Kamera", photo.camera],
        ["Waktu", photo.time_text],
        ["Ketidakpastian", photo.uncertainty],
        ["Bingkai", photo.frame_text],
        ["Ukuran", f"{photo.width_px} × {photo.height_px} piksel"],
        *([["Perlakuan", photo.steps], ["Dibuat dari", photo.derived_from]] if photo.derived_from else []),
        ["SHA-256", photo.sha256],
    ]
    return {"picture": file, "enhanced": bool(photo.derived_from), "facts": facts}
