"""`data/tandatangan-kamera.json`: what cameras' own signatures say of the masters, and its check.

A group of pictures crosses files, so the masters of a camera that follow each other are read as one row. Nothing of
the report is believed but what the recorder saw at intake, which the seal covers: all else is worked out again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from ronda.core.time import SECOND_US
from ronda.evidence import canonical, layout
from ronda.evidence.camera_signing.document import film_document
from ronda.evidence.camera_signing.film import FilmSource, Picture, open_film
from ronda.evidence.camera_signing.intake import Seen, read_seen, signed_during
from ronda.evidence.camera_signing.report import FilmReport, check_film
from ronda.evidence.camera_signing.say import STRIPPED, Asked, FilmCheck, film_findings
from ronda.evidence.camera_signing.trust import Trust
from ronda.evidence.canonical import Json
from ronda.evidence.errors import MalformedError
from ronda.evidence.folder import PackageFolder
from ronda.evidence.statement import ORIGINAL, FilmFile, Statement
from ronda.evidence.verdict import Finding, Verdict, Words
from ronda.media.fmp4_read import Scan

FORMAT, VERSION = "ronda-tandatangan-kamera", 1
JOIN_US = SECOND_US // 2  # a longer hole between two files cuts the row
Intake = Mapping[str, Sequence[Seen]]  # by camera
Row = tuple[tuple[FilmFile, ...], FilmReport]


def _checked(folder: PackageFolder, films: Sequence[FilmFile]) -> dict[str, list[Row]]:
    cameras = sorted({film.camera for film in films if film.role == ORIGINAL})
    return {camera: list(check_camera(folder, films, camera)) for camera in cameras}


def signature_document(checked: Mapping[str, Sequence[Row]], intake: Intake) -> bytes:
    """The report as it stands in a package, of what `check_camera` found of each camera."""
    cameras: list[Json] = []
    for camera, found in sorted(checked.items()):
        rows: list[Json] = [
            {"berkas": [film.path for film in row], **film_document(report)} for row, report in found
        ]
        seen: list[Json] = [one.document() for one in intake.get(camera, ())]
        cameras.append({"kamera": camera, "saat_diterima": seen, "rangkaian": rows})
    return canonical.write({"format": FORMAT, "versi": VERSION, "kamera": cameras})


def check_camera(
    folder: PackageFolder, films: Sequence[FilmFile], camera: str, scans: Mapping[str, Scan] = MappingProxyType({})
) -> Iterator[Row]:
    """Each row of masters that follow each other, and its report. Raises MalformedError.

    scans  the boxes of films that were read already, by path
    """
    own = sorted(
        (one for one in films if one.camera == camera and one.role == ORIGINAL), key=lambda film: film.span
    )
    starts = [0, *(at for at, (a, b) in enumerate(pairwise(own), 1) if not _follows(a, b)), len(own)]
    for start, end in pairwise(starts):
        if row := tuple(own[start:end]):
            yield row, check_film(_joined(folder, row, scans))


def _follows(before: FilmFile, after: FilmFile) -> bool:
    return abs(after.span.start_us - before.span.end_us) <= JOIN_US and after.codec[:4] == before.codec[:4]


def _joined(folder: PackageFolder, row: Sequence[FilmFile], scans: Mapping[str, Scan]) -> FilmSource:
    def pictures(heads: bool) -> Iterator[Picture]:
        for film in row:
            shift = (film.span.start_us - row[0].span.start_us) * 9 // 100
            with folder.mapped(film.path) as data:
                source = open_film(data, film.path, scans.get(film.path))
                for at_90k, nals in source.pictures(heads):
                    yield (None if at_90k is None else at_90k + shift), nals

    with folder.mapped(row[0].path) as data:
        codec = open_film(data, row[0].path, scans.get(row[0].path)).codec
    return FilmSource(codec=codec, pictures=pictures)


def signature_findings(folder: PackageFolder, statement: Statement, trust: Trust, now_us: int) -> Iterator[Finding]:
    """The package's line on camera signatures."""
    written = folder.read(layout.CAMERA_SIGNATURES)
    if written is None:
        yield Finding(
            Verdict.UNCHECKED, Words("paket versi lama, tanpa laporan", "an older package, without a report")
        )
        return
    try:
        intake = _intake(written)
    except (KeyError, TypeError, ValueError, RecursionError):
        yield _broken("laporan tidak terbaca", "the report cannot be read")
        return
    films = [film for film in statement.files if film.path in folder.files]
    try:
        checked = _checked(folder, films)
        if signature_document(checked, intake) != written:
            yield _broken("laporan bukan tentang film ini", "the report does not follow from the films")
        for camera in statement.cameras:
            for row, report in checked.get(camera, ()):
                yield from _camera_findings(camera, row, report, intake.get(camera, ()), trust, now_us)
    except MalformedError as fault:
        yield Finding(Verdict.UNPROVEN, Words(str(fault), str(fault)))


def _intake(written: bytes) -> Intake:
    document = json.loads(written)
    return {str(camera["kamera"]): read_seen(camera["saat_diterima"]) for camera in document["kamera"]}


def _camera_findings(
    camera: str, row: Sequence[FilmFile], report: FilmReport, seen: Sequence[Seen], trust: Trust, now_us: int
) -> Iterator[Finding]:
    """One row of masters: what is not proven is told with its camera; what is, in one sentence."""
    span = row[0].span.start_us, row[-1].span.end_us
    asked = Asked(trust=trust, span_us=span, now_us=now_us, signed_at_intake=signed_during(seen, *span))
    found = film_findings(report, asked)
    if not report.seis:
        first = found[FilmCheck.SIGNATURES][0]
        path = row[0].path if first.words is STRIPPED else None
        yield Finding(first.verdict, Words(f"{camera}: {first.words.id}", f"{camera}: {first.words.en}"), path)
        return
    for findings in found.values():
        for one in findings:
            path = row[0].path if one.verdict is Verdict.BROKEN else None
            yield Finding(one.verdict, Words(f"{camera}: {one.words.id}", f"{camera}: {one.words.en}"), path)


def _broken(indonesian: str, english: str) -> Finding:
    return Finding(Verdict.BROKEN, Words(indonesian, english), layout.CAMERA_SIGNATURES)
