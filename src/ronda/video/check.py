"""Prove that index and files agree: missing, extra, short, altered.

Reads only. With `full` every closed segment is hashed; without it sizes are compared. The recorder
may go on meanwhile: its open segments may be longer than their rows, never shorter.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ronda.video.model import DISKS, Segment, SegmentState, disk_of
from ronda.video.record.repair import file_sha256

FRESH_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One disagreement.

    kind  of files: `missing`, `extra`, `short`, `long`, `altered`, `unreadable`, `damaged`; of the index:
          `overlap`, `unaccounted`, `index`; of disks: `disk`
    """

    kind: str
    path: str
    text: str


@dataclass(slots=True)
class Checked:
    """How much was looked at."""

    segments: int = 0
    bytes: int = 0
    hashed: int = 0
    absent: int = 0  # on a disk that is not there


def check(
    segments: Iterable[Segment],
    folder: Path,
    *,
    full: bool,
    checked: Checked,
    disks: Collection[int] = (0,),
    locked_for: Callable[[Segment], str] = lambda _: "",
) -> Iterator[Finding]:
    """Compare rows with files, then files with rows.

    disks       those that are there; what lies on others is counted, not missed
    locked_for  the cases that a segment is held for, "" for none
    """
    known: set[str] = set()
    for segment in segments:
        known.add(segment.path)
        checked.segments += 1
        checked.bytes += segment.size_bytes
        if disk_of(segment.path) not in disks:
            checked.absent += 1
            continue
        for finding in _check_segment(segment, folder, full, checked):
            held = locked_for(segment)
            yield replace(finding, text=f"{finding.text}; locked for {held}") if held else finding
    for disk in sorted(disks):
        root = folder / DISKS / str(disk) if disk else folder
        for path in sorted(root.glob("*/*/*/*.mp4")):
            name = path.relative_to(folder).as_posix()
            if name not in known and not _is_fresh(path):
                yield Finding(kind="extra", path=name, text="a file without a row in the index")


def _is_fresh(path: Path) -> bool:
    """Written within the last seconds: its row follows with the recorder's next sync."""
    try:
        return time.time() - path.stat().st_mtime < FRESH_S
    except OSError:
        return True


def _check_segment(segment: Segment, folder: Path, full: bool, checked: Checked) -> Iterator[Finding]:
    path = folder / segment.path
    try:
        size_bytes = path.stat().st_size
        if size_bytes < segment.size_bytes:
            text = f"{size_bytes} bytes on disk, {segment.size_bytes} in the index"
            yield Finding(kind="short", path=segment.path, text=text)
        elif segment.state is SegmentState.OPEN:
            return
        elif size_bytes > segment.size_bytes:
            text = f"{size_bytes} bytes on disk, {segment.size_bytes} in the index"
            yield Finding(kind="long", path=segment.path, text=text)
        elif segment.damaged and not full:
            yield Finding(kind="damaged", path=segment.path, text="the scrub found that it is not what was written")
        elif full and segment.sha256 is not None:
            checked.hashed += 1
            found = file_sha256(path)
            if found != segment.sha256:
                text = f"SHA-256 {found} on disk, {segment.sha256} in the index"
                yield Finding(kind="altered", path=segment.path, text=text)
    except FileNotFoundError:
        yield Finding(kind="missing", path=segment.path, text="the index has a row, the file is gone")
    except OSError as fault:
        yield Finding(kind="unreadable", path=segment.path, text=str(fault.strerror))
