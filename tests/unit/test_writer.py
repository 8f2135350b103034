"""The writer outlives a mistake of its own: one block is lost and named, the next group of pictures is recorded."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.stream_kit import SPEC, Sender, run, units

from ronda.app.clock import SystemClock
from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.store.disk.index import SqliteIndex
from ronda.video.engine.choose import PYTHON, EngineKind
from ronda.video.engine.port import Block, StreamKey, StreamSpec
from ronda.video.model import GapCause, SegmentWrite
from ronda.video.record.arrival import ArrivalClock
from ronda.video.record.footage_folder import FootageFolder
from ronda.video.record.muxer import HeadFields, PythonMuxer
from ronda.video.record.ring import Ring
from ronda.video.record.writer import Writer

CAMERA, OTHER = CameraId("cam-1"), CameraId("cam-2")
NEIGHBOUR = replace(SPEC, key=StreamKey(SPEC.key + 1))
EVER = TimeSpan(0, 1 << 60)


class MistakenMuxer(PythonMuxer):
    """Fails on the third fragment of every file, for ever."""

    def head(self, block: Block, sequence: int, distance_90k: int, /) -> HeadFields:
        if sequence >= 3:
            raise ValueError("a mistake")
        return super().head(block, sequence, distance_90k)


class MistakenIndex(SqliteIndex):
    """Has no room for a row of this one camera."""

    def write(self, *, segments: Sequence[SegmentWrite] = (), **others: Any) -> None:
        if any(one.segment.camera == CAMERA for one in segments):
            raise ValueError("a number that does not fit")
        super().write(segments=segments, **others)


def written(
    folder: Path, blocks: Sequence[Block], kind: EngineKind = PYTHON, index_kind: type[SqliteIndex] = SqliteIndex
) -> SqliteIndex:
    """What the index says after these blocks of two cameras."""
    footage = FootageFolder(folder)
    footage.prepare()
    index = index_kind(footage.index_path, create=True)
    ring = Ring(capacity_bytes=1 << 26)
    clock = ArrivalClock.start(SystemClock(), None)[0]
    writer = Writer(folder=footage, index=index, ring=ring, clock=clock, engine=kind)
    writer.bind(SPEC.key, CAMERA)
    writer.bind(NEIGHBOUR.key, OTHER)
    for block in blocks:
        ring.put(block)
    writer.work(0, 0)
    writer.end(None)
    writer.work(0, 0)
    writer.work(0, 0)
    return index


def stream(spec: StreamSpec, stamps: Sequence[int]) -> list[Block]:
    """A key frame every 50 pictures."""
    sender = Sender()
    for unit, stamp in zip(units(len(stamps), group=50), stamps, strict=True):
        sender.send(replace(unit, stamp=stamp & 0xFFFFFFFF))
    return run(bytes(sender.out), range(0, len(sender.out), 3000), spec=spec).blocks


def test_a_mistake_that_comes_again_and_again_costs_its_block_and_the_rest_of_the_group(tmp_path: Path) -> None:
    blocks = stream(SPEC, range(0, 250 * 3600, 3600))
    index = written(tmp_path, blocks, kind=replace(PYTHON, make_muxer=MistakenMuxer))
    segments = index.segments(CAMERA, EVER)
    assert len(segments) == 5  # one for each group: none stays open and fails for ever
    assert all((tmp_path / one.path).stat().st_size == one.size_bytes for one in segments)
    gaps = index.gaps(CAMERA, EVER)
    assert {gap.cause for gap in gaps} == {GapCause.MACHINE}
    assert len(gaps) >= 4


def test_a_row_that_cannot_be_written_costs_no_other_camera_its_own(tmp_path: Path) -> None:
    usual = range(0, 250 * 3600, 3600)
    both = [*stream(SPEC, usual), *stream(NEIGHBOUR, usual)]
    index = written(tmp_path, both, index_kind=MistakenIndex)
    [theirs] = index.segments(OTHER, EVER)
    assert theirs.frames == 250
    assert (tmp_path / theirs.path).stat().st_size == theirs.size_bytes
    assert index.segments(CAMERA, EVER) == []
    assert GapCause.MACHINE in {gap.cause for gap in index.gaps(CAMERA, EVER)}
    assert not list((tmp_path / CAMERA).rglob("*.mp4"))  # no file without its row


@pytest.mark.parametrize("step_90k", [-890_000, -3600, 0, 890_000])
def test_a_camera_whose_time_stamps_run_wild_is_recorded_whole(tmp_path: Path, step_90k: int) -> None:
    """N70. Of stamps ten seconds back each, the file had a number that did not fit."""
    count = 3000
    stamps = range(1 << 31, (1 << 31) + count * step_90k, step_90k) if step_90k else [1 << 31] * count
    index = written(tmp_path, stream(SPEC, stamps))
    segments = index.segments(CAMERA, EVER)
    assert sum(one.frames for one in segments) == count
    assert index.gaps(CAMERA, EVER) == []
