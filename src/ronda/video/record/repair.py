"""Bring files and index together after a crash, before recording goes on.

1. Each segment still marked open is cut back to its last whole fragment, hashed, and marked
   repaired (or closed, when only its row was late). Fragments that the index does not know yet are
   dated by media time from the last known one.
2. A file without a row, in the newest folders, is adopted in the same way; one without a whole
   fragment is removed. The gap before it may have been lost with its row: it is declared again.
3. A row whose file is gone becomes a gap with the cause disk.
Files are made right before their rows are, so that a second crash only repeats this.
Only what the index does not know of a file is read at the start; hashing whole files of 500 cameras would
keep them waiting for ten seconds. With `later`, repaired segments stay `open` until `finish` has hashed them.
"""

import contextlib
import hashlib
import itertools
import logging
import mmap
import os
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import SECOND_US, TimeSpan, utc
from ronda.media.errors import MediaError
from ronda.media.fmp4_read import FragmentFacts, Scan, scan
from ronda.video.errors import StorageError
from ronda.video.model import DISKS, Fragment, Gap, GapCause, Segment, SegmentState, SegmentWrite, disk_of
from ronda.video.ports import RecordingIndex
from ronda.video.record.disk_calls import SYSTEM_CALLS, DiskCalls

UNTOLD = "the recorder ended without closing before it had written down why this time is missing"
TOUCH_US = SECOND_US // 2  # files of one session follow each other closer than this
_log = logging.getLogger(__name__)
FOLDERS_LOOKED_AT = 3  # hour folders per camera: a segment lasts 70 s, so a crash touches two


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What was done to one file."""

    path: str
    camera: CameraId
    action: str  # `cut`, `adopted`, `removed`, `missing` or `completed`
    cut_bytes: int = 0


def repair_all(
    index: RecordingIndex,
    folder: Path,
    *,
    next_id: Callable[[], SegmentId],
    disks: Collection[int] = (0,),
    calls: DiskCalls = SYSTEM_CALLS,
    later: list[Segment] | None = None,
) -> list[Repair]:
    """Repair what the last run left open on the disks that are there; what lies on others waits for them.

    later   takes the segments whose hash is left to `finish`; None: they are hashed at once
    Raises StorageError or OSError when the disk is unusable.
    """
    _sync_disks(folder, disks, calls)
    here = [segment for segment in index.unfinished() if disk_of(segment.path) in disks]
    found = [_make_whole(index, folder, segment, calls) for segment in here]
    _settle(index, folder, [one for one in found if isinstance(one, _Whole)], later)
    done = [one.repair if isinstance(one, _Whole) else one for one in found]
    known = {segment.path for segment in index.unfinished()}
    for disk in sorted(disks):
        newest = _newest_files(folder / DISKS / str(disk) if disk else folder)
        for camera, path in sorted(newest, key=lambda found: found[1].name):  # a gap lies before the later one
            name = path.relative_to(folder).as_posix()
            if name in known or _has_row(index, camera, name):
                continue
            done.append(_adopt(index, folder, camera, path, next_id(), calls, later))
    return done


def finish(index: RecordingIndex, folder: Path, segment: Segment) -> None:
    """Hash a segment that was repaired before; its row becomes final. A file that is gone is left to `check`."""
    with contextlib.suppress(FileNotFoundError):
        hashed = replace(segment, sha256=file_sha256(folder / segment.path))
        index.write(segments=[SegmentWrite(segment=hashed)])


def _sync_disks(folder: Path, disks: Collection[int], calls: DiskCalls) -> None:
    """A killed recorder's last bytes may lie in the system's memory alone: no row may name them before a sync."""
    for disk in sorted(disks):
        fd = os.open(folder / DISKS / str(disk) if disk else folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            calls.sync_all(fd)
        finally:
            os.close(fd)


def repair_segment(
    index: RecordingIndex, folder: Path, segment: Segment, calls: DiskCalls = SYSTEM_CALLS
) -> Repair:
    """Make the file of an open row whole, then the row, hash and all."""
    found = _make_whole(index, folder, segment, calls)
    if not isinstance(found, _Whole):
        return found
    _settle(index, folder, [found], None)
    return found.repair


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """A file that is whole now, and what its row has to become."""

    repair: Repair
    segment: Segment  # in its final state, but for the hash
    kept: tuple[Fragment, ...]  # that the index knows
    new: tuple[Fragment, ...]
    lost_some: bool  # the index knows more than the file has
    holes: tuple[Gap, ...]  # within the file, which the run that ended had not written down yet


def _make_whole(index: RecordingIndex, folder: Path, segment: Segment, calls: DiskCalls) -> "_Whole | Repair":
    path = folder / segment.path
    known = index.fragments(segment.segment_id)
    end = known[-1].offset + known[-1].size_bytes if known else 0
    found = _whole_part(path, end) or (_whole_part(path, 0) if end else None)
    if found is None or not (found[0].fragments or (known and found[0].whole_end >= end)):
        return _forget(index, path, segment, calls)
    facts, size_bytes = found
    whole_bytes = size_bytes if facts.closed else facts.whole_end
    cut_bytes = size_bytes - whole_bytes
    _cut(path, whole_bytes, calls, durable=cut_bytes > 0)
    kept = tuple(part for part in known if part.offset + part.size_bytes <= facts.whole_end)
    new = tuple(_new_fragments(path, facts, kept, segment.span.start_us))
    return _Whole(
        repair=Repair(
            path=segment.path,
            camera=segment.camera,
            action="completed" if facts.closed else "cut",
            cut_bytes=cut_bytes,
        ),
        segment=_final_row(index, folder, segment, facts, (*kept, *new)),
        kept=kept,
        new=new,
        lost_some=len(kept) < len(known),
        holes=tuple(_holes(index, segment.camera, (*kept[-1:], *new))),
    )


def mend(left: list[Segment], index: RecordingIndex, folder: Path, calls: DiskCalls) -> None:
    """Make segments whole that a running recorder gave up, and take them off the list; later when it cannot be yet.

    Those on further disks wait for `repair_all`, when their disk is back.
    """
    while left:
        if disk_of(left[-1].path) == 0:
            try:
                repair_segment(index, folder, left[-1], calls)
            except (StorageError, OSError) as fault:
                _log.warning("%s waits for its repair: %s", left[-1].path, fault)
                return
        left.pop()


def _final_row(
    index: RecordingIndex, folder: Path, segment: Segment, facts: Scan, fragments: Sequence[Fragment]
) -> Segment:
    last = fragments[-1]
    end_us = max(segment.span.end_us, last.start_us + last.duration_90k * 100 // 9)
    span = TimeSpan(segment.span.start_us, end_us)
    following = _starts_within(index, folder, segment, TimeSpan(last.start_us + 1, end_us))
    return replace(
        segment,
        span=replace(span, end_us=min(following, default=end_us)),
        state=SegmentState.CLOSED if facts.closed else SegmentState.REPAIRED,
        size_bytes=(folder / segment.path).stat().st_size,
        frames=sum(part.frames for part in fragments),
    )


def _starts_within(index: RecordingIndex, folder: Path, segment: Segment, span: TimeSpan) -> Iterator[int]:
    """Where later files of the camera begin, with a row or without.

    The machine's clock, which dated them, may have run slower than the camera's, which dates this one's end.
    """
    if not span.duration_us > 0:
        return
    rows = index.segments(segment.camera, span)
    yield from (row.span.start_us for row in rows if row.path != segment.path and span.contains(row.span.start_us))
    roots = [folder, *sorted((folder / DISKS).glob("*"))]
    for root, at in itertools.product(roots, {f"{utc(us):%Y-%m-%d/%H}" for us in (span.start_us, span.end_us)}):
        stems = [path.stem for path in (root / segment.camera / at).glob("*.mp4")]
        yield from (int(stem) for stem in stems if stem.isdigit() and span.contains(int(stem)))


def _settle(index: RecordingIndex, folder: Path, found: Sequence[_Whole], later: list[Segment] | None) -> None:
    """Write the rows, in one transaction but for the few that must forget fragments."""
    writes = []
    for one in found:
        if later is None:
            row = replace(one.segment, sha256=file_sha256(folder / one.segment.path))
        else:
            row = replace(one.segment, state=SegmentState.OPEN)
            later.append(one.segment)
        if one.lost_some:
            clock = tuple(index.clock_pairs(row.segment_id))
            index.replace_fragments(SegmentWrite(segment=row, new_fragments=(*one.kept, *one.new), new_clock=clock))
        else:
            writes.append(SegmentWrite(segment=row, new_fragments=one.new))
    holes = [gap for one in found for gap in one.holes]
    if writes or holes:
        index.write(segments=writes, gaps=holes)


def _adopt(
    index: RecordingIndex,
    folder: Path,
    camera: CameraId,
    path: Path,
    segment_id: SegmentId,
    calls: DiskCalls,
    later: list[Segment] | None,
) -> Repair:
    """A file whose row was not written yet: its name tells when it began."""
    name = path.relative_to(folder).as_posix()
    found = _whole_part(path, 0)
    if found is None or not found[0].fragments or not path.stem.isdigit():
        calls.remove(path)
        return Repair(path=name, camera=camera, action="removed")
    facts, start_us = found[0], int(path.stem)
    _cut(path, found[1] if facts.closed else facts.whole_end, calls, durable=not facts.closed)
    fragments = tuple(_new_fragments(path, facts, (), start_us))
    gaps = _gap_before(index, camera, start_us)
    if gaps:
        index.write(gaps=gaps)
    repair = Repair(path=name, camera=camera, action="adopted")
    row = _final_row(index, folder, _first_row(camera, name, segment_id, facts, start_us), facts, fragments)
    holes = tuple(_holes(index, camera, fragments))
    whole = _Whole(repair=repair, segment=row, kept=(), new=fragments, lost_some=False, holes=holes)
    _settle(index, folder, [whole], later)
    return repair


def _first_row(camera: CameraId, name: str, segment_id: SegmentId, facts: Scan, start_us: int) -> Segment:
    sps = facts.init.sets.facts()
    return Segment(
        segment_id=segment_id,
        camera=camera,
        span=TimeSpan(start_us, start_us),
        path=name,
        state=SegmentState.OPEN,
        size_bytes=0,
        frames=0,
        sha256=None,
        codec=sps.codec,
        width_px=sps.width_px,
        height_px=sps.height_px,
        init_bytes=facts.init.size_bytes,
        training=False,
    )


def _holes(index: RecordingIndex, camera: CameraId, fragments: Sequence[Fragment]) -> Iterator[Gap]:
    """Between fragments that only the file has: what is missing there, and was not declared."""
    for before, after in itertools.pairwise(fragments):
        length_us = before.duration_90k * 100 // 9
        end_us = before.start_us + length_us
        if after.start_us - end_us <= length_us // (2 * before.frames) or index.gaps(
            camera, TimeSpan(end_us + 1, after.start_us)
        ):
            continue
        yield Gap(camera=camera, start_us=end_us, end_us=after.start_us, cause=GapCause.MACHINE, evidence=UNTOLD)


def _gap_before(index: RecordingIndex, camera: CameraId, start_us: int) -> list[Gap]:
    """What is missing before a file that had no row: rows of gaps wait for the same sync as those of files."""
    opened, last_us, end_us = index.open_gap(camera), index.last_frame_us(camera), index.last_end_us(camera)
    if opened is not None:
        return [replace(opened, end_us=start_us)] if opened.start_us < start_us else []
    if last_us is None or end_us is None or start_us <= end_us:
        return []
    before = index.segments(camera, TimeSpan(max(0, end_us - 1), end_us + 1))
    was_ended = not before or before[-1].state is SegmentState.CLOSED  # else a run died between the two
    if was_ended and start_us - end_us <= TOUCH_US:
        return []
    if index.gaps(camera, TimeSpan(last_us + 1, start_us)):
        return []
    return [Gap(camera=camera, start_us=last_us, end_us=start_us, cause=GapCause.MACHINE, evidence=UNTOLD)]


def _forget(index: RecordingIndex, path: Path, segment: Segment, calls: DiskCalls) -> Repair:
    """No whole fragment is left of this segment: its time is a gap."""
    was_there = path.exists()
    calls.remove(path)
    gone = replace(segment, state=SegmentState.DELETED)
    gaps = []
    if index.fragments(segment.segment_id):
        text = f"the file {segment.path} of this time was lost with the disk's last writes"
        gaps.append(
            Gap(
                camera=segment.camera,
                start_us=segment.span.start_us,
                end_us=segment.span.end_us,
                cause=GapCause.DISK,
                evidence=text,
            )
        )
    index.write(segments=[SegmentWrite(segment=gone)], gaps=gaps)
    index.files_removed([segment.segment_id])
    return Repair(path=segment.path, camera=segment.camera, action="removed" if was_there else "missing")


def _whole_part(path: Path, known_end: int) -> tuple[Scan, int] | None:
    """The file as far as it is whole, and its size; None when nothing of it is, or it ends before what is known.

    known_end: up to here the index knows the file; fragments before it are not read again.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return (scan(content, known_end), len(content)) if known_end <= len(content) else None
    except (FileNotFoundError, ValueError, MediaError):
        return None


def _new_fragments(path: Path, facts: Scan, kept: Sequence[Fragment], start_us: int) -> Iterator[Fragment]:
    """The fragments that only the file has, dated by media time from the last one the index knows.

    By presentation times: where pictures are reordered, decoding times tell of a pause one picture too late.
    """
    after = kept[-1].offset + kept[-1].size_bytes if kept else 0
    origin_us, origin_90k = start_us, None
    if kept:
        origin_us, origin_90k = kept[-1].start_us, kept[-1].start_90k + kept[-1].shift_90k
    with path.open("rb") as file:
        for found in facts.fragments:
            if found.offset >= after and found.samples:
                file.seek(found.offset)
                content = file.read(found.size_bytes)
                shown_90k = found.samples[0].pts_90k
                origin_90k = shown_90k if origin_90k is None else origin_90k
                at_us = origin_us + (shown_90k - origin_90k) * 100 // 9
                yield _fragment(found, at_us, zlib.crc32(content))


def _fragment(found: FragmentFacts, start_us: int, crc32: int) -> Fragment:
    first = found.samples[0]
    return Fragment(
        offset=found.offset,
        size_bytes=found.size_bytes,
        start_us=start_us,
        start_90k=first.dts_90k,
        duration_90k=found.duration_90k,
        frames=len(found.samples),
        key=found.key,
        damaged=False,
        inter_bytes=sum(sample.size_bytes for sample in found.samples if not sample.key),
        crc32=crc32,
        shift_90k=first.pts_90k - first.dts_90k,
    )


def _cut(path: Path, size_bytes: int, calls: DiskCalls, *, durable: bool) -> None:
    """End a file there. Nothing to cut off is cut all the same: what was reserved behind the end is given back."""
    fd = calls.reopen(path)
    try:
        calls.cut(fd, size_bytes)
        if durable:
            calls.sync(fd)
    finally:
        calls.close(fd)


def file_sha256(path: Path) -> str:
    """Of a whole file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _newest_files(folder: Path) -> Iterator[tuple[CameraId, Path]]:
    """The MP4 files of the newest hour folders of each camera."""
    for camera in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        hours: list[Path] = []
        for day in sorted((path for path in camera.iterdir() if path.is_dir()), reverse=True):
            hours += sorted((path for path in day.iterdir() if path.is_dir()), reverse=True)
            if len(hours) >= FOLDERS_LOOKED_AT:
                break
        for hour in hours[:FOLDERS_LOOKED_AT]:
            for path in sorted(hour.glob("*.mp4")):
                yield CameraId(camera.name), path


def _has_row(index: RecordingIndex, camera: CameraId, name: str) -> bool:
    stem = Path(name).stem
    if not stem.isdigit():
        return False
    start_us = int(stem)
    span = TimeSpan(max(0, start_us - 1_000_000), start_us + 1_000_000)
    return any(segment.path == name for segment in index.segments(camera, span))
