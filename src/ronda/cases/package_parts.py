"""Small parts of a package: where a master lies, what is said of a film, an unended gap, and syncing to disk."""

import os
from pathlib import Path

from ronda.cases.model import Case
from ronda.cases.office import Office
from ronda.core.time import TimeSpan, utc
from ronda.evidence.film import Film
from ronda.evidence.statement import FilmFile, GapLine
from ronda.video.model import Gap, Segment


def master_path(segment: Segment) -> str:
    return f"data/asli/{segment.camera}/{segment.span.start_us}.mp4"


def declared(gap: Gap, widened: TimeSpan) -> GapLine:
    """A gap of the index as a line; one that still lasts ends where the package ends."""
    end = max(gap.start_us, widened.end_us if gap.end_us is None else gap.end_us)
    return GapLine(
        camera=gap.camera, span=TimeSpan(gap.start_us, end), cause=gap.cause.value, evidence=gap.evidence
    )


def film_file(
    path: str, role: str, film: Film, segment: Segment, *, sha256: str, size: int, pictures: str
) -> FilmFile:
    return FilmFile(
        path=path,
        role=role,
        camera=segment.camera,
        size_bytes=size,
        sha256=sha256,
        pictures_sha256=pictures,
        codec=film.codec,
        width_px=film.width_px,
        height_px=film.height_px,
        frames=len(film.frames),
        duration_90k=film.duration_90k,
        span=segment.span,
        training=segment.training,
    )


def sync_tree(root: Path) -> None:
    """Every file, then every folder, so that a power cut after the rename loses nothing."""
    for folder, _, names in os.walk(root, topdown=False):
        for name in names:
            with open(Path(folder) / name, "rb") as file:
                os.fsync(file.fileno())
        sync_folder(Path(folder))


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def package_name(office: Office, case: Case, now_us: int, token: str) -> str:
    """`BUKTI_<kab>_<nomor-kasus>_<UTC>_<id8>`: the number is that of the police report."""
    number = "-".join(case.request.lp_number.split("/")[:5])
    return f"BUKTI_{office.code}_{number}_{utc(now_us):%Y%m%dT%H%M%SZ}_{token[:8]}"
