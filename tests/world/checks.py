"""The rules that hold in every world, measured against what the cameras really sent."""

import itertools
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.world.camera import MARK, Sent, SimCamera

from ronda.core.ids import CameraId
from ronda.core.time import SECOND_US, TimeSpan
from ronda.media.fmp4_read import scan
from ronda.store.disk.index import SqliteIndex
from ronda.video.check import Checked, check
from ronda.video.check_index import fragments_fit, overlaps, unaccounted
from ronda.video.model import Segment, SegmentState

if TYPE_CHECKING:
    from tests.world.world import World

ALL = TimeSpan(0, 1 << 60)
NEAR_US = SECOND_US


def after_a_start(world: "World") -> None:
    """Repair has run: nothing acknowledged is lost, files and rows agree."""
    index, root = world.index, world.disk.root
    assert index is not None
    for number, before in world.acknowledged.items():
        segment = index.segment(number)
        world.rule(
            segment is not None and segment.state is not SegmentState.DELETED,
            f"the acknowledged segment {segment and segment.path} is gone",
        )
        now = {(one.offset, one.size_bytes, one.crc32) for one in index.fragments(number)}
        data = (root / segment.path).read_bytes()
        for one in before:
            part = data[one.offset : one.offset + one.size_bytes]
            fits = (one.offset, one.size_bytes, one.crc32) in now and zlib.crc32(part) == one.crc32
            world.rule(fits, f"an acknowledged fragment of {segment.path} at byte {one.offset} is lost")
    world.acknowledged = {}
    _agree(world, index, root)
    _kept_as_promised(world, index, root)


def _agree(world: "World", index: SqliteIndex, root: Path) -> None:
    rows = list(index.all_segments())
    world.rule(not [one for one in rows if one.state is SegmentState.OPEN], "a row is open after the repair")
    files = {path.relative_to(root).as_posix() for path in root.glob("*/*/*/*.mp4")}
    extra = files - {one.path for one in rows}
    world.rule(not extra, f"files without a row: {sorted(extra)}")
    for finding in check(rows, root, full=True, checked=Checked()):
        world.rule(False, f"{finding.path}: {finding.kind}, {finding.text}")
    for segment in rows:
        for finding in fragments_fit(index, segment):
            world.rule(False, f"{finding.path}: {finding.text}")


def expect_kept(world: "World", bound_us: int) -> None:
    """Before a kill in a calm world: what was sent before the bound will be there."""
    assert world.index is not None
    world.promised = {
        name_of(camera): [
            number
            for number, sent in camera.sent.items()
            if sent.whole and bound_us - 8 * SECOND_US < sent.at_us < bound_us
        ]
        for camera in world.cameras
    }


def _kept_as_promised(world: "World", index: SqliteIndex, root: Path) -> None:
    for camera, numbers in world.promised.items():
        deleted = _deleted_spans(world, index, camera)
        there = {number for number, _ in recorded_frames(index, root, camera)}
        truth = world.cameras[int(camera[-1])].sent
        for number in numbers:
            if number not in there and not any(one.contains(truth[number].wall_us) for one in deleted):
                world.rule(False, f"{camera}: frame {number}, sent {truth[number].at_us}, is lost by the kill")
    world.promised = {}


def after_retention(world: "World", before: list[Segment]) -> None:
    """Held footage stays; what went was the oldest."""
    index, recorder = world.index, world.recorder
    assert index is not None
    assert recorder is not None
    there = {one.segment_id: one for one in index.all_segments()}
    gone = [one for one in before if one.segment_id not in there]
    now_us = recorder.arrival.now_us()
    for one in gone:
        world.say(f"deleted {one.path}")
        world.deleted.setdefault(one.camera, []).append(one.span)
        for hold in world.holds:
            active = hold.until_us is None or hold.until_us > now_us
            held = hold.camera == one.camera and hold.span.overlaps(one.span) and active
            world.rule(not held, f"{one.path} was deleted although it is held until {hold.until_us}")
        world.rule(one.state is not SegmentState.OPEN, f"{one.path} was deleted while it was open")
    days = {config.camera: config.retention_days for config in world.configs}
    by_space = [one for one in gone if one.span.end_us > now_us - days[one.camera] * 86_400 * SECOND_US]
    newest_us = max((one.span.end_us for one in by_space), default=0)
    for one in there.values():
        if one.span.end_us < newest_us and one.state is not SegmentState.OPEN:
            held = any(hold.camera == one.camera and hold.span.overlaps(one.span) for hold in world.holds)
            world.rule(held, f"{one.path} is older than what was deleted for room, and stays")


def at_the_end(world: "World") -> None:
    index, root = world.index, world.disk.root
    assert index is not None
    _attempts(world)
    elsewhere = world.disk.written_elsewhere
    world.rule(not elsewhere, f"footage was written to another recorder's disk: {elsewhere[:1]}")
    for camera in world.cameras:
        _account(world, index, root, camera)
    for one in index.all_segments():
        world.say(f"{one.path} {one.span} {one.state} {one.size_bytes} {one.frames} {one.sha256}")


def _attempts(world: "World") -> None:
    world.rule(not world.net.doubled, "; ".join(world.net.doubled[:1]))
    times = [at_us for at_us, _ in world.net.attempts]
    for before_us, at_us in itertools.pairwise(times):
        world.rule(at_us - before_us >= 6_600, f"two attempts within {at_us - before_us} us")
    for index, at_us in enumerate(times):
        within = sum(1 for later in times[index : index + 30] if later < at_us + SECOND_US)
        world.rule(within <= 20 + len(world.cameras), f"{within} attempts within a second")
    for at_us, host in world.net.attempts:
        world.say(f"attempt {at_us} {host}")


def _account(world: "World", index: SqliteIndex, root: Path, camera: SimCamera) -> None:
    """One camera's time: footage and gaps against what it sent."""
    who = name_of(camera)
    segments = index.segments(who, ALL)
    for finding in [*overlaps(segments), *unaccounted(index, who)]:
        world.rule(False, f"{finding.path}: {finding.kind}, {finding.text}")
    in_order = sorted(segments, key=lambda one: one.segment_id)
    world.rule(in_order == segments, f"{who}: the times of its segments go back")
    gaps = index.gaps(who, ALL)
    for gap in gaps:
        world.say(f"{who} {gap.start_us} {gap.end_us} {gap.cause} {gap.evidence}")
    frames = list(recorded_frames(index, root, who))
    numbers = [number for number, _ in frames]
    world.rule(numbers == sorted(set(numbers)), f"{who}: frames are doubled or out of order")
    for number, _ in frames:
        world.rule(number in camera.sent and camera.sent[number].whole, f"{who}: frame {number} was never sent")
    for gap in gaps:
        first_us, last_us = gap.start_us + NEAR_US, (gap.end_us or 1 << 60) - NEAR_US
        inside = [number for number, at_us in frames if first_us < at_us < last_us]
        world.rule(not inside, f"{who}: frames {inside[:3]} lie inside the gap {gap}")
    _missing(world, index, camera, set(numbers))
    if world.one_camera_only and camera.number:
        gone = _deleted_spans(world, index, who)
        lost = [
            one
            for one, sent in camera.sent.items()
            if one not in numbers and one < max(numbers) and not _near(sent.wall_us, gone)
        ]
        world.rule(not lost, f"{who}: lost {lost[:5]} by another camera's fault")
        inner = [gap for gap in gaps if gap.end_us is not None]
        world.rule(not inner, f"{who}: gaps by another camera's fault: {inner[:1]}")


def _missing(world: "World", index: SqliteIndex, camera: SimCamera, there: set[int]) -> None:
    """Each frame that was sent and is not there lies in a declared gap."""
    who = name_of(camera)
    first_us = index.first_us(who)
    if first_us is None:
        return
    covered = [TimeSpan(gap.start_us, gap.end_us or 1 << 60) for gap in index.gaps(who, ALL)]
    covered += _deleted_spans(world, index, who)
    for number, sent in camera.sent.items():
        if number in there or sent.wall_us < first_us:
            continue
        if any(abs(sent.at_us - step_us) < 4 * SECOND_US for step_us in world.steps_us):
            continue  # its time is not known to a second
        at_us = _wall(world, sent)
        world.rule(
            _near(at_us, covered),
            f"{who}: frame {number}, sent at {sent.at_us} ({at_us}), is neither there nor in a gap",
        )


def _near(at_us: int, spans: list[TimeSpan]) -> bool:
    return any(one.start_us - NEAR_US <= at_us <= one.end_us + NEAR_US for one in spans)


def _wall(world: "World", sent: Sent) -> int:
    """A later run of the recorder may begin before the end of this one, when the clock was set back.

    Not only the next run: the ones between may have left nothing on a disk that stood still.
    """
    return min([sent.wall_us, *world.epochs[sent.epoch :]])


def _deleted_spans(world: "World", index: SqliteIndex, camera: CameraId) -> list[TimeSpan]:
    return world.deleted.get(camera, [])


def recorded_frames(index: SqliteIndex, root: Path, camera: CameraId) -> Iterator[tuple[int, int]]:
    """(number, wall time) of each frame in the files, in order of the segments."""
    for segment in index.segments(camera, ALL):
        data = (root / segment.path).read_bytes()
        rows = {one.offset: one.start_us for one in index.fragments(segment.segment_id)}
        for fragment in scan(data).fragments:
            for sample in fragment.samples:
                at = data.find(MARK, sample.offset, sample.offset + sample.size_bytes)
                if at < 0:
                    continue  # a torn block, never acknowledged, in place of the picture
                number = struct.unpack_from(">BI", data, at + len(MARK))
                last = struct.unpack_from(">I", data, sample.offset + sample.size_bytes - 4)[0]
                if not last or last != number[1]:
                    continue  # torn in the middle
                assert number[0] == int(camera[-1])
                later_us = (sample.pts_90k - fragment.samples[0].pts_90k) * 100 // 9
                yield number[1], rows[fragment.offset] + later_us


def name_of(camera: SimCamera) -> CameraId:
    return CameraId(f"cam-{camera.number}")
