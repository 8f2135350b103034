"""The stills of a case as files of a package, and their sheet. Knows no disk: pictures come as bytes by still.

A still whose picture is gone, or is not the one that was taken, is left out of the files and named as missing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from ronda.cases.model import Case, StillRecord
from ronda.cases.office import Office
from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.evidence import photo_sheet
from ronda.evidence.machine_clock import ClockReading, utc_uncertainty_us, utc_words
from ronda.evidence.photo_sheet import SheetHead
from ronda.evidence.statement import UNKNOWN, PhotoFile

Pictures = Callable[[str], bytes | None]  # still id -> its PNG, None when it is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Photos:
    """What can be shown, and the stills whose pictures are missing."""

    files: tuple[PhotoFile, ...]
    pictures: Mapping[str, bytes]
    missing: tuple[str, ...]


def photos_of(stills: Sequence[StillRecord], pictures: Pictures, readings: Sequence[ClockReading]) -> Photos:
    """Originals in order of time, each followed by its enhanced copies."""
    files: list[PhotoFile] = []
    found: dict[str, bytes] = {}
    missing: list[str] = []
    originals = sorted((one for one in stills if not one.derived_from), key=lambda one: one.frame_us)
    known = {one.still_id for one in originals}
    lost = [one for one in stills if one.derived_from and one.derived_from not in known]
    for original in originals:
        for still in (original, *(one for one in stills if one.derived_from == original.still_id)):
            data = pictures(still.still_id)
            if data is None or sha256(data).hexdigest() != still.sha256:
                missing.append(still.still_id)
                continue
            photo = photo_file(still, readings)
            if photo.derived_from and photo.derived_from not in found:
                missing.append(still.still_id)  # a copy never stands without its original
                continue
            files.append(photo)
            found[photo.path] = data
    return Photos(files=tuple(files), pictures=found, missing=(*missing, *(one.still_id for one in lost)))


def photo_file(still: StillRecord, readings: Sequence[ClockReading]) -> PhotoFile:
    uncertainty_us = utc_uncertainty_us(TimeSpan(still.frame_us, still.frame_us + 1), readings)
    film = f"data/asli/{still.camera}/{still.segment_start_us}.mp4" if still.segment_start_us else UNKNOWN
    return PhotoFile(
        path=photo_path(still.still_id),
        camera=still.camera,
        frame_us=still.frame_us,
        sha256=still.sha256,
        width_px=still.width_px,
        height_px=still.height_px,
        film=film,
        picture=still.picture,
        uncertainty=UNKNOWN if uncertainty_us is None else f"{utc_words(uncertainty_us)} terhadap UTC",
        derived_from=photo_path(still.derived_from) if still.derived_from else "",
        steps=still.steps,
    )


def photo_path(still_id: str) -> str:
    return f"data/foto/{still_id}.png"


def sheet_of(
    name: str, case: Case, office: Office, photos: Photos, names: Mapping[CameraId, str], *, training: bool
) -> bytes:
    """The sheet as PDF. Raises EvidenceError."""
    request = case.request
    facts = [
        ("Perkara, tempat", f"{request.crime_kind}, {request.place}"),
        ("Pemohon", f"{request.requester.name}, {request.requester.rank}, NRP {request.requester.nrp}"),
        ("Kamera", "; ".join(f"{camera}: {names[camera]}" for camera in _cameras(photos) if camera in names)),
    ]
    if photos.missing:
        facts.append(
            ("Tidak ada", f"{len(photos.missing)} gambar yang berkasnya hilang: {', '.join(photos.missing)}")
        )
    head = SheetHead(
        name=name,
        number=request.lp_number,
        regency=office.regency,
        office=office.name,
        facts=facts,
        training=training,
    )
    return photo_sheet.render(head, photos.files, photos.pictures)


def _cameras(photos: Photos) -> list[CameraId]:
    return list(dict.fromkeys(CameraId(photo.camera) for photo in photos.files))
