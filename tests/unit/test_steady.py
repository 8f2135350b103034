"""Blocks appended without a look leave what blocks that were looked at leave: files, rows, gaps, counters.

The C engine appends the blocks of a stream that goes on as before in one step (`record.steady`). The reference is
the same engine with every block going the long way; skipped where the C engine is not built.
"""

import random
import resource
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.evidence_kit import FixedClock
from tests.faulty_stream_kit import random_stream
from tests.needs import c_engine
from tests.stream_kit import SPEC, Sender, units

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import SECOND_US
from ronda.media.codec import VideoCodec
from ronda.video.engine.choose import EngineKind, engine_kind
from ronda.video.gap_cause import Evidence, Finding
from ronda.video.record.arrival import ArrivalClock
from ronda.video.record.camera_recorder import CameraRecorder
from ronda.video.record.ledger import Ledger

native = c_engine()
CAMERA = CameraId("cam-1")
WALL_US = 1_700_000_000_000_000
BETWEEN = ("sync", "sync", "step", "lost", "wanted", "tail", "abandon", "nothing", "nothing", "nothing")
LOST = Evidence(finding=Finding.NO_FRAMES)


class Recording:
    """A recorder beside an index that only remembers."""

    def __init__(self, kind: EngineKind, folder: Path) -> None:
        ids = iter(range(1, 1000))
        self.folder, self.said = folder, []
        self.clock = ArrivalClock(FixedClock(WALL_US), WALL_US, 0)
        self.recorder = CameraRecorder(
            CAMERA,
            folder=folder,
            clock=self.clock,
            ledger=Ledger(CAMERA, last_us=None, open_gap=None),
            next_id=lambda: SegmentId(next(ids)),
            engine=kind,
            hashes=kind.make_hashes(),
        )

    def event(self, what: str, at_us: int) -> None:
        """What the writer, a person or the machine may do between two blocks."""
        recorder = self.recorder
        if what == "sync":
            self._sync()
        elif what == "step":
            self.clock._offset_us += SECOND_US  # as `check` follows a clock that was set forward
            recorder.ledger.clock_stepped()
        elif what == "lost":
            recorder.end_session()
            recorder.ledger.lost(WALL_US + at_us, LOST)
        elif what == "wanted":
            recorder.want_closed(lambda segment: self.said.append(("closed", segment)))
        elif what == "abandon":
            recorder.abandon()
            recorder.ledger.lost(WALL_US + at_us, LOST)
        elif what == "tail":
            tail = recorder.tail()
            self.said.append(replace(tail, path=tail.path.relative_to(self.folder)) if tail is not None else None)

    def _sync(self) -> None:
        recorder = self.recorder
        opened, gaps = recorder.open, list(recorder.changed_gaps)
        if opened is not None:
            self.said += [opened.pending(), opened.growth()]
            opened.written()
        finished, recorder.finished = recorder.finished, []
        for one in finished:
            one.file.close()
            self.said.append(one.pending())
            recorder.tell_waiters(one.segment)
        recorder.changed_gaps.clear()
        self.said.append((gaps, recorder.frames, recorder.bytes, recorder.damaged, recorder.last_us))

    def end(self) -> tuple[object, ...]:
        """All that was said, and every file."""
        self.recorder.end_session()
        self._sync()
        files = {str(path.relative_to(self.folder)): path.read_bytes() for path in self.folder.rglob("*.mp4")}
        return self.said, files


def play(kind: EngineKind, folder: Path, blocks: list, seed: int) -> tuple[object, ...]:
    """The blocks with the seed's events between them."""
    chance, recording = random.Random(seed), Recording(kind, folder)
    for block in blocks:
        recording.recorder.take(block)
        recording.event(chance.choice(BETWEEN), block.last_us)
    return recording.end()


def blocks_of(data: bytes, step_us: int = 180_000) -> list:
    """As the engine gives them, read by read."""
    from ronda.video.engine.native import native_stream

    walker = native.Walker(*native_stream(SPEC, -1))
    for number, at in enumerate(range(0, len(data), 20_000)):
        walker.feed(data[at : at + 20_000], 1_000_000 + number * step_us)
    walker.finish(1_000_000 + (len(data) // 20_000 + 1) * step_us)
    return walker.take()


def long_way() -> EngineKind:
    return replace(engine_kind("c"), make_steady=None)


@settings(max_examples=60, deadline=None)
@example(seed=5, step_us=180_000)  # a key frame that is shown before the segment's start: its file never ended
@given(seed=st.integers(0, 1 << 40), step_us=st.sampled_from([40_000, 180_000, 2_500_000]))
def test_nothing_tells_whether_a_block_was_looked_at(seed: int, step_us: int) -> None:
    chance = random.Random(seed)
    data = b"".join(random_stream(chance, VideoCodec.H264, "none") for _ in range(chance.choice([1, 4])))
    blocks = blocks_of(data, step_us)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        steady = play(engine_kind("c"), Path(one), blocks, seed)
        assert steady == play(long_way(), Path(other), blocks, seed)


def plain_stream(seconds: int) -> list:
    sender = Sender(limit_bytes=1400)
    for unit in units(seconds * 25, group=50, size_bytes=9000):
        sender.send(unit)
    return blocks_of(bytes(sender.out), step_us=90_000)


def test_a_minute_of_a_plain_stream_is_hardly_looked_at_and_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []
    way = CameraRecorder._look_at
    monkeypatch.setattr(
        CameraRecorder, "_look_at", lambda self, block: (looked_at.append(block), way(self, block))[1]
    )
    blocks = plain_stream(70)
    steady = play(engine_kind("c"), tmp_path / "a", blocks, seed=0)
    seen = len(looked_at)
    assert steady == play(long_way(), tmp_path / "b", blocks, seed=0)
    assert len(looked_at) - seen == len(blocks)
    recording = Recording(engine_kind("c"), tmp_path / "c")
    looked_at.clear()
    for block in blocks:
        recording.recorder.take(block)
        recording.event("sync", block.last_us)
    recording.end()
    assert len(looked_at) <= 10  # the first, those around the cut after a minute, the last


def record(recording: Recording, blocks: list) -> None:
    for block in blocks:
        recording.recorder.take(block)


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond a million bytes, as if the disk were full: a real refusal of the system."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, before)


def test_a_write_that_the_disk_refuses_leaves_the_file_whole_and_says_why(
    tmp_path: Path, small_files: None
) -> None:
    found = []
    for kind in (engine_kind("c"), long_way()):
        recording = Recording(kind, tmp_path / str(len(found)))
        with pytest.raises(OSError, match="File too large"):
            record(recording, plain_stream(20))
        recording.recorder.abandon()
        [one] = recording.recorder.finished
        content = one.file.path.read_bytes()
        assert len(content) == one.segment.size_bytes
        found.append((one.segment, one.new_fragments, content))
        one.file.close()
    assert found[0] == found[1]
    assert found[0][0].frames > 50


def test_a_refused_block_leaves_times_and_file_as_they_were(tmp_path: Path, small_files: None) -> None:
    block = plain_stream(1)[0]
    muxer, untouched = (native.Muxer(block.first_90k, 0, 3600) for _ in range(2))
    with (tmp_path / "one.mp4").open("w+b", buffering=0) as file:
        file.truncate(999_000)
        file.seek(999_000)
        steady = native.Steady(muxer, file.fileno(), SECOND_US)
        steady.go_on(
            block.sets_serial,
            999_000,
            0,
            0,
            1,
            1 << 30,
            1000,
            block.first_90k - 1,
            block.first_90k + 1,
            block.first_us - 1,
        )
        assert steady.append(block, 0) is None  # a thousand bytes fitted
        assert (file.tell(), file.seek(0, 2)) == (999_000, 999_000)
    assert steady.taken() is None
    assert muxer.head(block, 1, 3600) == untouched.head(block, 1, 3600)
