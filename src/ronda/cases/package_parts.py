"""Small parts of a package: what was recorded, where a master lies, what is said of a film, and the disk."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ronda.cases.model import Case
from ronda.cases.office import Office
from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan, utc
from ronda.evidence.clock_facts import ClockReport
from ronda.evidence.film import Film
from ronda.evidence.statement import FilmFile, GapLine
from ronda.video.model import Fragment, Gap, Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the index knows of one camera within the widened span."""

    camera: CameraId
    segments: tuple[Segment, ...]
    fragments: Mapping[int, tuple[Fragment, ...]]  # by segment id
    clock: Mapping[int, tuple[ClockReport, ...]]  # by segment id: what the camera's own clock said
    gaps: tuple[Gap, ...]
    origins: Mapping[int, str] = field(default_factory=dict)  # by segment id, of footage that was fetched later


def master_path(segment: Segment) -> str:
    return f"data/asli/{segment.camera}/{segment.span.start_us}.mp4"


def declared(gap: Gap, widened: TimeSpan) -> GapLine:
    """A gap of the index as a line; one that still lasts ends where the package ends."""
    end = max(gap.start_us, widened.end_us if gap.end_us is None else gap.end_us)
    return GapLine(
        camera=gap.camera, span=TimeSpan(gap.start_us, end), cause=gap.cause.value, evidence=gap.evidence
    )


def film_file(path: str, role: str, film: Film, segment: Segment, *, sha256: str, size: int) -> FilmFile:
    """All but the digest of its pictures, which is known when they were read."""
    return FilmFile(
        path=path,
        role=role,
        camera=segment.camera,
        size_bytes=size,
        sha256=sha256,
        pictures_sha256="",
        codec=film.codec,
        width_px=film.width_px,
        height_px=film.height_px,
        frames=len(film.frames),
        duration_90k=film.duration_90k,
        span=segment.span,
        training=segment.training,
    )


def reserve(file: IO[bytes], size_bytes: int) -> None:
    """Let the disk give all blocks at once, which is cheaper than one by one and says early that it is full."""
    if size_bytes:
        os.posix_fallocate(file.fileno(), 0, size_bytes)


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
