"""Past footage: the same pictures and numbers that the live server would have sent, truly recorded."""

import hashlib
from pathlib import Path

import pytest
from tests.sim_kit import reel

from ronda.core.time import SECOND_US, TimeSpan, parse_utc
from ronda.sim.errors import SimError
from ronda.sim.past import PastCamera, build_past, samples
from ronda.sim.plan import VirtualCamera, cameras_of
from ronda.sim.schedule import Schedule
from ronda.sim.sei import parse, parse_all
from ronda.store.disk.index import SqliteIndex
from ronda.video.model import Gap, GapCause, SegmentState

START = parse_utc("2026-11-18T02:00:00+08:00")
CAMERA: VirtualCamera = cameras_of([("simpang-3", "test")])[0]


def schedule() -> Schedule:
    plan = Schedule(epoch_us=START, seed="simpang-3", clip_gops=reel().clip_gops)
    return plan.with_clip("theft", START + 60 * SECOND_US)


def seconds(first: float, last: float) -> TimeSpan:
    return TimeSpan(START + round(first * SECOND_US), START + round(last * SECOND_US))


def test_samples_carry_their_frame_and_its_time() -> None:
    """What is checked against the truth later."""
    made = list(samples(CAMERA, reel(), schedule(), seconds(3, 9)))
    assert made[0].key
    assert [sample.frame for sample in made] == list(range(40, 90))
    for sample in made:
        mark = parse(sample.data)
        assert mark is not None
        assert (mark.camera, mark.frame, mark.at_us) == (1, sample.frame, START + sample.frame * 100_000)


def test_the_past_is_recorded_as_the_recorder_records(tmp_path: Path) -> None:
    """Segments of a minute, hashed, with every frame of the spans and the given gap between them."""
    gap = Gap(
        camera=CAMERA.name,
        start_us=START + 100 * SECOND_US,
        end_us=START + 130 * SECOND_US,
        cause=GapCause.LINK,
        evidence="jaringan putus",
        training=True,
    )
    past = PastCamera(
        camera=CAMERA,
        reel=reel(),
        schedule=schedule(),
        spans=[seconds(0, 100), seconds(130, 200)],
        gaps=[gap],
    )
    index = SqliteIndex(tmp_path / "index.sqlite", create=True)
    built = build_past([past], tmp_path, index, training=True)
    whole = seconds(0, 300)
    segments = index.segments(CAMERA.name, whole)
    frames: list[int] = []
    for segment in segments:
        data = (tmp_path / segment.path).read_bytes()
        assert segment.state is SegmentState.CLOSED
        assert segment.training
        assert hashlib.sha256(data).hexdigest() == segment.sha256
        assert sum(fragment.frames for fragment in index.fragments(segment.segment_id)) == segment.frames
        frames += [mark.frame for mark in parse_all(data)]
    assert frames == [*range(1000), *range(1300, 2000)]
    assert (built.segments, built.frames) == (len(segments), 1700)
    assert index.gaps(CAMERA.name, whole) == [gap]
    assert [span.start_us for span in index.recorded(CAMERA.name, whole)] == [START, START + 130 * SECOND_US]


def test_a_span_without_a_key_frame_is_refused(tmp_path: Path) -> None:
    """A story that would show nothing must say so when it is built."""
    past = PastCamera(camera=CAMERA, reel=reel(), schedule=schedule(), spans=[seconds(0.3, 1.5)])
    with pytest.raises(SimError, match="nothing was recorded"):
        build_past([past], tmp_path, SqliteIndex(tmp_path / "i.sqlite", create=True), training=True)
