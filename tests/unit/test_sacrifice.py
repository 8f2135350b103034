"""What goes first when the disk is full: the published order, and nothing that is held."""

from hypothesis import given
from hypothesis import strategies as st

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import DAY_US, TimeSpan
from ronda.video.model import Fragment, Segment, SegmentState
from ronda.video.retain.rules import CameraLoad, days_until_first_loss, outlook
from ronda.video.retain.sacrifice import Candidate, Rank, Step, in_order, is_quiet, level_of, step_of


def segment(number: int, end_us: int, state: SegmentState, sub: bool) -> Segment:
    return Segment(
        segment_id=SegmentId(number), camera=CameraId("cam-1"), span=TimeSpan(end_us - 60, end_us), path="x",
        state=state, size_bytes=1, frames=1, sha256=None, codec="", width_px=0, height_px=0, init_bytes=0,
        training=False, sub=sub,
    )  # fmt: skip


RANKS = st.tuples(st.sampled_from([30, 60, 90]), st.sampled_from([7, 30]))


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    count = draw(st.integers(0, 30))
    return [
        Candidate(
            segment=segment(
                number,
                draw(st.integers(60, 10_000)),
                draw(st.sampled_from(list(SegmentState))),
                draw(st.booleans()),
            ),
            held=draw(st.booleans()),
            covered=draw(st.booleans()),
            quiet=draw(st.booleans()),
            rank=draw(RANKS),
        )
        for number in range(count)
    ]


@given(candidates(), RANKS)
def test_held_and_open_footage_is_never_chosen_and_all_else_is(given_ones: list[Candidate], shortest: Rank):
    """A full disk must not become a way to destroy evidence."""
    chosen = in_order(given_ones, shortest)
    deletable = (SegmentState.CLOSED, SegmentState.REPAIRED)
    assert {one.segment.segment_id for one in chosen} == {
        one.segment.segment_id for one in given_ones if not one.held and one.segment.state in deletable
    }
    assert len({one.segment.segment_id for one in chosen}) == len(chosen)


@given(candidates(), RANKS)
def test_no_step_begins_before_the_one_before_it_is_used_up(given_ones: list[Candidate], shortest: Rank):
    """Needless copies, then quiet time of the shortest purpose, then the oldest: as published."""
    chosen = in_order(given_ones, shortest)
    steps = [step_of(one, shortest) for one in chosen]
    assert steps == sorted(step for step in steps if step is not None)
    for one, step in zip(chosen, steps, strict=True):
        if step is Step.UNNEEDED_SUB_STREAM:
            assert one.segment.sub
            assert one.covered
        if step is Step.QUIET:
            assert one.quiet
            assert one.rank <= shortest
    for step in Step:
        ends = [one.segment.span.end_us for one, of in zip(chosen, steps, strict=True) if of is step]
        assert ends == sorted(ends)


def parts(sizes: list[int]) -> list[Fragment]:
    return [
        Fragment(
            offset=0, size_bytes=0, start_us=0, start_90k=0, duration_90k=90_000, frames=25, key=True,
            damaged=False, inter_bytes=size * 25, crc32=0,
        )
        for size in sizes
    ]  # fmt: skip


def test_quiet_is_what_the_frame_sizes_of_this_camera_say():
    """A street at night beside its own day; a camera that always sends the same tells nothing."""
    street = [parts([1000 + number % 50 for number in range(60)]) for _ in range(5)] + [parts([9000] * 60)]
    level = level_of(street)
    assert is_quiet(street[0], level)
    assert not is_quiet(street[5], level)
    assert not is_quiet(parts([1000] * 59 + [8000]), level)  # one second of movement in a minute
    constant = level_of([parts([5000] * 60)] * 5)
    assert not is_quiet(parts([5000] * 60), constant)
    assert not is_quiet(parts([1]), level_of([parts([1] * 60 + [100])]))  # too little was seen to judge


def test_the_first_loss_is_dated_before_it_comes():
    """Two cameras fill a disk; one is as old as promised tomorrow and grows no more."""
    young = CameraLoad(camera=CameraId("a"), retention_days=30, bytes_per_day=10e9, held_days=0)
    old = CameraLoad(camera=CameraId("b"), retention_days=30, bytes_per_day=10e9, held_days=29)
    assert days_until_first_loss(300e9, [young]) is None
    assert days_until_first_loss(200e9, [young]) == 20
    assert days_until_first_loss(20e9 + 100e9, [young, old]) == 11
    assert days_until_first_loss(0, [old]) == 0
    assert days_until_first_loss(0, []) is None


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 50), st.integers(0, 80)), max_size=6),
    st.integers(0, 3000),
)
def test_the_forecast_is_what_a_day_by_day_count_gives(cameras: list[tuple[int, int, int]], room: int):
    """The forecast falls into the day in which a plain count runs out of room."""
    loads = [
        CameraLoad(camera=CameraId(f"c{at}"), retention_days=days, bytes_per_day=size, held_days=held)
        for at, (days, size, held) in enumerate(cameras)
    ]
    left, day = float(room), 0
    while day < 100:
        growth = sum(one.bytes_per_day for one in loads if one.held_days + day < one.retention_days)
        if growth > left:
            break
        left, day = left - growth, day + 1
    found = days_until_first_loss(room, loads)
    assert (found is None) == (day == 100)
    if found is not None:
        assert day <= found < day + 1 + 1e-6


def test_the_alarm_comes_at_ninety_percent_and_names_the_day():
    """All that is promised fits, but something else fills the disk: said before footage goes, not after."""
    now_us = 20_000 * DAY_US
    load = CameraLoad(camera=CameraId("a"), retention_days=30, bytes_per_day=10e9, held_days=5)
    full = outlook(
        total_bytes=10**12, free_bytes=60 * 10**9, footage_bytes=400 * 10**9, loads=[load], now_us=now_us
    )
    assert full.first_loss_us is not None
    assert now_us + 5 * DAY_US < full.first_loss_us < now_us + 7 * DAY_US
    assert "90 % full" in full.warnings[0]
    assert "2024-10-" in full.warnings[0]
    steady = CameraLoad(camera=CameraId("a"), retention_days=30, bytes_per_day=10e9, held_days=30)
    calm = outlook(
        total_bytes=10**12, free_bytes=60 * 10**9, footage_bytes=400 * 10**9, loads=[steady], now_us=now_us
    )
    assert calm.warnings == ()  # as much goes by age as comes: a full disk alone is no alarm
    assert calm.first_loss_us is None
