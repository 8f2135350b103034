"""What is played for a span: the same footage as a plain walk over all rows gives, whatever the holes."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import SECOND_US, TimeSpan
from ronda.evidence.machine_clock import ClockReading
from ronda.video.model import ClockPair, Fragment, Gap, Segment, SegmentState
from ronda.video.playback import LONGEST_GROUP_US, PlayPart, parts_of, plan

CAM = CameraId("cam-1")


class Rows:
    """A camera's rows in memory; counts how many tables of fragments were read."""

    def __init__(self, table: list[tuple[Segment, list[Fragment]]]) -> None:
        self._table = table
        self.read = 0

    def cameras(self) -> list[CameraId]:
        return [CAM]

    def segments(self, camera: CameraId, span: TimeSpan) -> list[Segment]:
        found = [one for one, _ in self._table]
        return [one for one in found if one.span.start_us < span.end_us and one.span.end_us > span.start_us]

    def segment(self, segment_id: SegmentId) -> Segment | None:
        return next((one for one, _ in self._table if one.segment_id == segment_id), None)

    def fragments(self, segment_id: SegmentId) -> list[Fragment]:
        self.read += 1
        return next(parts for one, parts in self._table if one.segment_id == segment_id)

    def gaps(self, camera: CameraId, span: TimeSpan) -> list[Gap]:
        return []

    def recorded(self, camera: CameraId, span: TimeSpan) -> list[TimeSpan]:
        return []

    def clock_readings(self, span: TimeSpan) -> list[ClockReading]:
        return []

    def clock_pairs(self, segment_id: SegmentId) -> list[ClockPair]:
        return []


def row(number: int, start_us: int, keys: list[bool], state: SegmentState) -> tuple[Segment, list[Fragment]]:
    parts = [
        Fragment(
            offset=600 + at * 100,
            size_bytes=100,
            start_us=start_us + at * SECOND_US,
            start_90k=at * 90_000,
            duration_90k=90_000,
            frames=25,
            key=key,
            damaged=False,
            inter_bytes=50,
            crc32=0,
        )
        for at, key in enumerate(keys)
    ]
    end_us = start_us + max(1, len(keys)) * SECOND_US
    segment = Segment(
        segment_id=SegmentId(number),
        camera=CAM,
        span=TimeSpan(start_us, end_us),
        path=f"{number}.mp4",
        state=state,
        size_bytes=600 + len(keys) * 100,
        frames=25 * len(keys),
        sha256=None,
        codec="avc1",
        width_px=1,
        height_px=1,
        init_bytes=600,
        training=False,
    )
    return segment, parts


@st.composite
def rows(draw: st.DrawFn) -> Rows:
    table, at_us = [], 100 * SECOND_US
    for number in range(draw(st.integers(0, 6))):
        keys = draw(st.lists(st.booleans(), max_size=70))
        state = draw(st.sampled_from([SegmentState.CLOSED, SegmentState.OPEN, SegmentState.REMOTE]))
        table.append(row(number, at_us, keys, state))
        at_us = table[-1][0].span.end_us + draw(st.sampled_from([0, 0, 0, 3, 90])) * SECOND_US
    return Rows(table)


def plainly(index: Rows, span: TimeSpan) -> list[tuple[int, list[int]]]:
    """Every row read, the key frame looked for forwards: (segment, offsets)."""
    search = TimeSpan(max(0, span.start_us - LONGEST_GROUP_US), span.end_us)
    kept: list[tuple[Segment, list[Fragment]]] = []
    for segment in index.segments(CAM, search):
        parts = index.fragments(segment.segment_id)
        if segment.state is SegmentState.REMOTE or not parts:
            continue
        before = [at for at, one in enumerate(parts) if one.start_us <= span.start_us]
        keys = [at for at in before if parts[at].key]
        if keys:
            kept = [(segment, parts[keys[-1] :])]
        else:
            kept.append((segment, parts))
    cut = [(segment, [one for one in parts if one.start_us < span.end_us]) for segment, parts in kept]
    ends = [PlayPart(segment=segment, fragments=tuple(parts)).end_us if parts else 0 for segment, parts in cut]
    return [
        (segment.segment_id, [one.offset for one in parts])
        for (segment, parts), end_us in zip(cut, ends, strict=True)
        if parts and end_us > span.start_us
    ]


@settings(max_examples=300)
@given(
    rows(), st.integers(90, 600), st.sampled_from([1, 500_000, 30 * SECOND_US, 400 * SECOND_US, 3600 * SECOND_US])
)
def test_a_plan_is_what_a_plain_walk_gives(index: Rows, start_s: int, duration_us: int):
    """Reading backwards from the instant, window by window, leaves out nothing and adds nothing."""
    span = TimeSpan(start_s * SECOND_US + 1234, start_s * SECOND_US + 1234 + duration_us)
    found = [(part.segment.segment_id, [one.offset for one in part.fragments]) for part in plan(index, CAM, span)]
    assert found == plainly(index, span)


def test_an_instant_reads_one_table_and_a_long_span_begins_at_once():
    """A day of one camera: the first picture must not wait for 1,440 tables."""
    minute = [at % 2 == 0 for at in range(60)]
    index = Rows([row(number, number * 60 * SECOND_US, minute, SegmentState.CLOSED) for number in range(1440)])
    at_us = 700 * 60 * SECOND_US + 7
    (part,) = plan(index, CAM, TimeSpan(at_us, at_us + 1))
    assert (part.segment.segment_id, index.read) == (700, 1)
    parts = parts_of(index, CAM, TimeSpan(at_us, 1440 * 60 * SECOND_US))
    assert [part.segment.segment_id for part in itertools.islice(parts, 2)] == [700, 701]
    assert index.read == 3
