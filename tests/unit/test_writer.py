"""The writer outlives a mistake of its own: one block is lost and named, the next group of pictures is recorded."""

from dataclasses import replace
from pathlib import Path

from tests.stream_kit import SPEC, Sender, run, units

from ronda.app.clock import SystemClock
from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan
from ronda.store.disk.index import SqliteIndex
from ronda.video.engine.choose import PYTHON, EngineKind
from ronda.video.engine.port import Block
from ronda.video.model import GapCause
from ronda.video.record.arrival import ArrivalClock
from ronda.video.record.footage_folder import FootageFolder
from ronda.video.record.muxer import HeadFields, PythonMuxer
from ronda.video.record.ring import Ring
from ronda.video.record.writer import Writer

CAMERA = CameraId("cam-1")
EVER = TimeSpan(0, 1 << 60)


class MistakenMuxer(PythonMuxer):
    """Fails on the third fragment of every file, for ever."""

    def head(self, block: Block, sequence: int, distance_90k: int, /) -> HeadFields:
        if sequence >= 3:
            raise ValueError("a mistake")
        return super().head(block, sequence, distance_90k)


def written(kind: EngineKind, folder: Path, blocks: list[Block]) -> SqliteIndex:
    """What the index says after these blocks."""
    footage = FootageFolder(folder)
    footage.prepare()
    index = SqliteIndex(footage.index_path, create=True)
    ring = Ring(capacity_bytes=1 << 26)
    clock = ArrivalClock.start(SystemClock(), None)[0]
    writer = Writer(folder=footage, index=index, ring=ring, clock=clock, engine=kind)
    writer.bind(SPEC.key, CAMERA)
    for block in blocks:
        ring.put(block)
    writer.work(0, 0)
    writer.end(None)
    writer.work(0, 0)
    return index


def test_a_mistake_that_comes_again_and_again_costs_its_block_and_the_rest_of_the_group(tmp_path: Path) -> None:
    sender = Sender()
    for unit in units(250, group=50):
        sender.send(unit)
    blocks = run(bytes(sender.out), range(0, len(sender.out), 3000)).blocks
    index = written(replace(PYTHON, make_muxer=MistakenMuxer), tmp_path, blocks)
    segments = index.segments(CAMERA, EVER)
    assert len(segments) == 5  # one for each group: none stays open and fails for ever
    assert all((tmp_path / one.path).stat().st_size == one.size_bytes for one in segments)
    gaps = index.gaps(CAMERA, EVER)
    assert {gap.cause for gap in gaps} == {GapCause.MACHINE}
    assert len(gaps) >= 4
