"""Stills in a package: each is stated, is the stated picture, and names an original that holds its moment.

That a picture is what the film shows there is not worked out: it would take a decoder. The film, the number of the
picture and its time are stated, so anybody can take it again and look. An enhanced copy must name a still that is
none; it never passes for one.
"""

from collections.abc import Iterator

from ronda.evidence import layout
from ronda.evidence.folder import PackageFolder
from ronda.evidence.statement import ORIGINAL, UNKNOWN, FilmFile, PhotoFile, Statement
from ronda.evidence.verdict import Finding, Verdict, Words

_TOLERANCE_US = 1_000_000  # a frame is dated by its arrival, a film by those of its first and last


def photo_findings(folder: PackageFolder, statement: Statement) -> Iterator[Finding]:
    """For the line about roles."""
    stated = {photo.path: photo for photo in statement.photos}
    wanted = {*stated, layout.PHOTO_SHEET} if stated else set()
    present = {path for path in folder.files if path.startswith(layout.PHOTOS)}
    for path in sorted(present - wanted):
        yield _broken("gambar yang tidak dinyatakan", "a picture that is not stated", path)
    for path in sorted(wanted - present):
        yield _broken("dinyatakan, tetapi tidak ada", "stated, but not there", path)
    films = {film.path: film for film in statement.files if film.role == ORIGINAL}
    for photo in statement.photos:
        if photo.path in present and folder.sha256(photo.path) != photo.sha256:
            yield _broken("bukan gambar yang dinyatakan", "is not the stated picture", photo.path)
        if fault := _fault(photo, stated, films):
            yield _broken(*fault, photo.path)
    if stated:
        copies = sum(1 for photo in statement.photos if photo.derived_from)
        words = (
            f"{len(stated) - copies} gambar, {copies} diperjelas",
            f"{len(stated) - copies} stills, {copies} enhanced",
        )
        yield Finding(Verdict.PROVEN, Words(*words))


def _fault(photo: PhotoFile, stated: dict[str, PhotoFile], films: dict[str, FilmFile]) -> tuple[str, str] | None:
    if photo.derived_from:
        original = stated.get(photo.derived_from)
        if original is None or original.derived_from or not photo.steps:
            return "salinan tanpa gambar aslinya", "a copy without the picture it was made of"
        return None
    if photo.steps:
        return "gambar asli dengan perlakuan", "an original with a treatment"
    if photo.film == UNKNOWN:
        return None
    film = films.get(photo.film)
    if film is None or film.camera != photo.camera or not 1 <= photo.picture <= film.frames:
        return "dari film yang tidak memuatnya", "of a film that does not hold it"
    if not film.span.start_us - _TOLERANCE_US <= photo.frame_us <= film.span.end_us + _TOLERANCE_US:
        return "waktunya di luar filmnya", "its time is outside its film"
    return None


def _broken(indonesian: str, english: str, path: str) -> Finding:
    return Finding(Verdict.BROKEN, Words(indonesian, english), path)
