"""Footage of hours gone by, made in seconds, without a socket.

`samples` yields what a camera would have sent in a span, as length-prefixed samples with their marks;
`build_past` puts them through the recorder's own writer, so that segments, fragments, hashes and gap
rows are exactly those of a recording. The schedule is the same pure rule that the live server uses.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import TimeSpan
from ronda.sim.errors import SimError
from ronda.sim.feed import Reel
from ronda.sim.plan import VirtualCamera
from ronda.sim.schedule import FRAME_US, GOP_FRAMES, Schedule
from ronda.sim.sei import VALUE_BYTES, Mark, values, values_offset
from ronda.video.engine.port import Block, FrameFlag, StreamKey
from ronda.video.model import Gap
from ronda.video.ports import RecordingIndex
from ronda.video.record.arrival import ArrivalClock
from ronda.video.record.camera_recorder import CameraRecorder
from ronda.video.record.hashing import PlainHashes
from ronda.video.record.ledger import Ledger

FRAME_90K = FRAME_US * 9 // 100
_BLOCK_FRAMES = 5  # half a second, as the engines make them


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One access unit of the past."""

    data: bytes  # NAL units with 4-byte lengths
    pts_90k: int  # from the camera's epoch
    key: bool
    at_us: int
    frame: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCamera:
    """What one camera recorded, and why the rest is missing."""

    camera: VirtualCamera
    reel: Reel  # of the main stream
    schedule: Schedule
    spans: Sequence[TimeSpan]  # with footage, in order
    gaps: Sequence[Gap] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PastBuilt:
    segments: int
    frames: int
    size_bytes: int


class _NoClock:
    """Arrival times are given, never asked: the recorder's clock is the footage's own."""

    def now_us(self) -> int:
        return 0

    def monotonic_us(self) -> int:
        return 0


def samples(camera: VirtualCamera, reel: Reel, schedule: Schedule, span: TimeSpan) -> Iterator[Sample]:
    """The camera's access units taken within `span`, from its first key frame there on."""
    ready = {name: [_sample(unit.nals) for unit in clip.units] for name, clip in reel.clips.items()}
    first = schedule.first_frame_from(span.start_us)
    first += -first % GOP_FRAMES
    end = schedule.first_frame_from(span.end_us)
    for start in range(first, end, GOP_FRAMES):
        slot = schedule.slot(start // GOP_FRAMES)
        units = ready[slot.clip]
        for into in range(min(GOP_FRAMES, end - start)):
            frame = start + into
            data, mark_at = units[slot.gop_in_clip * GOP_FRAMES + into]
            at_us = schedule.due_us(frame)
            mark = values(Mark(camera=camera.number, stream=0, frame=frame, at_us=at_us))
            yield Sample(
                data=data[:mark_at] + mark + data[mark_at + VALUE_BYTES :],
                pts_90k=frame * FRAME_90K,
                key=into == 0,
                at_us=at_us,
                frame=frame,
            )


def build_past(
    cameras: Sequence[PastCamera],
    folder: Path,
    index: RecordingIndex,
    *,
    training: bool,
    progress: Callable[[int, int, str], None] | None = None,
) -> PastBuilt:
    """Write segment files below `folder` and their rows into `index`.

    Nothing else may write to either meanwhile. One transaction for each camera; files are not synced
    one by one, since they can be made again. Raises SimError when a span holds no whole GOP.
    """
    numbers = _Numbers(index)
    built = [0, 0, 0]
    for done, past in enumerate(cameras, 1):
        recorder = _record(past, folder, numbers, training=training)
        writes = [opened.pending() for opened in recorder.finished]
        for opened in recorder.finished:
            opened.file.close()
        index.write(segments=writes, gaps=[*past.gaps])
        built[0] += len(writes)
        built[1] += recorder.frames
        built[2] += sum(opened.file.size_bytes for opened in recorder.finished)
        if progress is not None:
            progress(done, len(cameras), past.camera.name)
    return PastBuilt(segments=built[0], frames=built[1], size_bytes=built[2])


class _Numbers:
    """Segment ids in a row from the index's next one."""

    def __init__(self, index: RecordingIndex) -> None:
        self._next = index.next_segment_id()

    def take(self) -> SegmentId:
        number, self._next = self._next, SegmentId(self._next + 1)
        return number


def _record(past: PastCamera, folder: Path, numbers: _Numbers, *, training: bool) -> CameraRecorder:
    name = CameraId(past.camera.name)
    recorder = CameraRecorder(
        name,
        folder=folder,
        clock=ArrivalClock(_NoClock()),
        ledger=Ledger(name, last_us=None, open_gap=None),
        next_id=numbers.take,
        hashes=PlainHashes(),
        training=training,
    )
    sets = past.reel.clips[next(iter(past.reel.clips))].parameter_sets()
    for span in past.spans:
        before = recorder.frames
        for block in _blocks(samples(past.camera, past.reel, past.schedule, span), sets):
            recorder.take(block)
        if recorder.frames == before:
            raise SimError(f"no whole group of pictures of camera {name} lies within {span}; nothing was recorded")
    return recorder


def _blocks(source: Iterator[Sample], sets: tuple[bytes, ...]) -> Iterator[Block]:
    """Samples in the recorder's own parcels; the last one says that the stream ended."""
    held: list[Sample] = []
    for sample in source:
        if len(held) == _BLOCK_FRAMES or (held and sample.key):
            yield _block(held, sets, sample.pts_90k)
            held = []
        held.append(sample)
    if held:
        yield _block(held, sets, None)


def _block(held: Sequence[Sample], sets: tuple[bytes, ...], next_pts_90k: int | None) -> Block:
    return Block(
        key=StreamKey(0),
        data=b"".join(sample.data for sample in held),
        sizes=array("I", [len(sample.data) for sample in held]),
        pts_90k=array("q", [sample.pts_90k for sample in held]),
        flags=array("B", [int(FrameFlag.KEY) if sample.key else 0 for sample in held]),
        arrivals_us=array("q", [sample.at_us for sample in held]),
        next_pts_90k=next_pts_90k,
        sets=sets,
    )


def _sample(nals: Sequence[bytes]) -> tuple[bytes, int]:
    data = b"".join(len(nal).to_bytes(4, "big") + nal for nal in nals)
    return data, values_offset(data)
