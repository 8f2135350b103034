"""`ronda check`: do the footage files and their index agree, and is every instant accounted for?"""

import sys
from collections.abc import Iterator
from pathlib import Path

from ronda.app.clock import SystemClock
from ronda.app.commands.disk import BOOK
from ronda.app.data_folder import data_path
from ronda.core.time import TimeSpan
from ronda.store.disk.index import SqliteIndex
from ronda.store.disk.remote import FIRST_REMOTE_ID
from ronda.video.check import Checked, Finding
from ronda.video.check import check as compare
from ronda.video.check_index import fragments_fit, overlaps, unaccounted
from ronda.video.errors import FootageFolderError
from ronda.video.model import Segment, SegmentState
from ronda.video.record.disks import DiskSet
from ronda.video.record.footage_folder import INDEX, MARKER, FootageFolder
from ronda.video.retain.scrub import NOTE_DAMAGED

ALL = TimeSpan(0, 1 << 60)


def check(*, data: Path | None = None, full: bool = False) -> int:
    """Prove that index, files and disks agree: one line for each finding, exit 1 when there is one.

    Compared are rows with files and files with rows, sizes, the tables of fragments, and disks with their
    identity; no two segments may claim one instant, and every instant must be footage or a gap. What is
    locked for a case is named with it.

    Parameters
    ----------
    data
        The data folder, or a folder made by `ronda record`.
    full
        Hash every closed segment, not only compare sizes.
    """
    root = data_path(data)
    folder = root / "footage" if (root / "footage").is_dir() else root
    index = SqliteIndex(folder / INDEX)
    checked, findings, notes = Checked(), 0, _notes(index)
    for finding in _everything(index, _disks(root, folder), folder, full, checked):
        findings += 1
        print(f"{finding.kind}: {finding.path}: {finding.text}")
        if finding.kind in ("damaged", "altered") and finding.path in notes:
            print(f"    {notes[finding.path]}")
    how = f"{checked.hashed} of them hashed" if full else "sizes compared"
    if checked.absent:
        how += f", {checked.absent} on disks that are absent"
    verdict = f"{findings} findings" if findings else "index and files agree"
    print(f"{verdict}: {checked.segments} segments, {checked.bytes} bytes, {how}", file=sys.stderr)
    return 1 if findings else 0


def _everything(
    index: SqliteIndex, disks: DiskSet, folder: Path, full: bool, checked: Checked
) -> Iterator[Finding]:
    present = disks.present()
    for sentence in disks.faults():
        yield Finding(kind="disk", path=str(folder), text=sentence)
    now_us = SystemClock().now_us()

    def locked_for(segment: Segment) -> str:
        holds = index.holds(segment.camera, segment.span)
        return ", ".join(sorted({one.reason for one in holds if one.until_us is None or one.until_us > now_us}))

    yield from compare(
        index.all_segments(), folder, full=full, checked=checked, disks=present, locked_for=locked_for
    )
    for camera in index.cameras():
        segments = index.segments(camera, ALL)
        yield from overlaps(segments)
        if not any(one.segment_id >= FIRST_REMOTE_ID for one in segments):  # else its rows may be on their way
            yield from unaccounted(index, camera)
    for segment in index.all_segments():
        if segment.state is not SegmentState.OPEN:
            yield from fragments_fit(index, segment)


def _disks(root: Path, folder: Path) -> DiskSet:
    outside = root / "recorder" / "storage.json"
    home = FootageFolder(folder, outside=outside if outside.exists() else None)
    disks = DiskSet(home, root / "recorder" / BOOK)
    if not outside.exists() and not (folder / MARKER).exists():
        return disks  # a folder without an identity: there is nothing to compare, and nothing is written
    try:
        home.prepare()
    except FootageFolderError as fault:
        disks.disks[0].fault = str(fault)
        return disks
    disks.look(0)
    return disks


def _notes(index: SqliteIndex) -> dict[str, str]:
    """What the scrub wrote of damaged files, by path."""
    found = {}
    for note in index.notes(ALL):
        if note.kind == NOTE_DAMAGED:
            path = next((word.rstrip(":") for word in note.text.split() if word.endswith(".mp4")), "")
            found[path] = note.text
    return found
