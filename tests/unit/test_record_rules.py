"""The recorder's decisions without a disk: segments, gaps, the ring, the clock, retention."""

import itertools
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stream_kit import PPS, SPS

from ronda.core.ids import CameraId
from ronda.core.time import DAY_US, SECOND_US
from ronda.media.h264 import ParameterSets
from ronda.video.connect.back_off import BackOff
from ronda.video.engine.port import Block, StreamKey
from ronda.video.gap_cause import Evidence, Finding, stronger, switched_off
from ronda.video.model import Gap, GapCause
from ronda.video.record.arrival import ArrivalClock
from ronda.video.record.ledger import Ledger
from ronda.video.record.ring import Dropped, Ring
from ronda.video.record.segment_cut import SEGMENT_90K, Cut, OpenSegment, decide_cut
from ronda.video.retain.rules import CameraLoad, outlook, reserve_bytes

CAMERA = CameraId("simpang-3")
S = SECOND_US
SETS = ParameterSets.of([SPS, PPS])


class HandClock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.wall, self.monotonic = 1_000_000 * S, 50 * S

    def now_us(self) -> int:
        return self.wall

    def monotonic_us(self) -> int:
        return self.monotonic

    def pass_us(self, duration_us: int) -> None:
        self.wall += duration_us
        self.monotonic += duration_us


# -- segments ------------------------------------------------------------------------------------


def segment(*, frames: int = 10, sets: ParameterSets = SETS, wanted: int | None = None) -> OpenSegment:
    return OpenSegment(start_90k=1000, frames=frames, size_bytes=10, sets=sets, wanted_since_90k=wanted)


def cut(at_90k: int, *, key: bool, **options: object) -> Cut:
    return decide_cut(segment(**options), next_90k=1000 + at_90k, starts_with_key=key, sets=SETS)  # type: ignore[arg-type]


def test_a_segment_ends_at_the_first_key_frame_after_a_minute():
    """A player starts at a key frame; 60 s keep what can be lost or deleted small."""
    assert cut(SEGMENT_90K - 1, key=True) is Cut.NOT_YET
    assert cut(SEGMENT_90K, key=False) is Cut.NOT_YET
    assert cut(SEGMENT_90K, key=True) is Cut.AT_KEY_FRAME
    assert cut(70 * 90_000, key=False) is Cut.TOO_LONG


def test_changed_parameter_sets_begin_a_new_file():
    """One init segment stands for the whole file."""
    other = ParameterSets(sps=SETS.sps, pps=(b"\x68\x01",))
    assert cut(90_000, key=True, sets=other) is Cut.OTHER_PARAMETERS


def test_a_hold_closes_the_segment_at_a_key_frame_but_does_not_wait_for_ever():
    """A file that begins without a key frame cannot be decoded alone; four seconds are the limit."""
    assert cut(95_000, key=False, wanted=1000 + 90_000) is Cut.NOT_YET
    assert cut(95_000, key=True, wanted=1000 + 90_000) is Cut.ON_REQUEST
    assert cut(90_000 + 360_000, key=False, wanted=1000 + 90_000) is Cut.ON_REQUEST


def test_a_camera_whose_time_stands_still_does_not_fill_one_file_for_ever():
    """N70: media time never reaches a minute then."""
    assert cut(5, key=False, frames=60 * 120) is Cut.TOO_LONG


def test_a_camera_whose_time_runs_backwards_ends_its_files_too():
    """Its pictures would be shown ever longer before they are decoded; the file has 32 bits for that."""
    assert cut(-SEGMENT_90K + 1, key=True) is Cut.NOT_YET
    assert cut(-SEGMENT_90K, key=True) is Cut.AT_KEY_FRAME
    assert cut(-70 * 90_000, key=False) is Cut.TOO_LONG
    assert cut(90_000 - 360_000, key=False, wanted=1000 + 90_000) is Cut.ON_REQUEST


# -- gaps ----------------------------------------------------------------------------------------


def play(ledger: Ledger, start_us: int, frames: int, *, pts_90k: int = 0, damaged: int | None = None) -> int:
    """Record frames 40 ms apart; gives the arrival of the last."""
    arrivals = [start_us + 40_000 * n for n in range(frames)]
    pts = [pts_90k + 3600 * n for n in range(frames)]
    ledger.recorded(arrivals, pts, [n == damaged for n in range(frames)])
    return arrivals[-1]


def gaps(ledger: Ledger) -> list[tuple[int, int | None, GapCause]]:
    """Rows as the index would hold them: the last one with a start wins."""
    rows = {gap.start_us: gap for gap in ledger.changed}
    return [(gap.start_us, gap.end_us, gap.cause) for gap in sorted(rows.values(), key=lambda gap: gap.start_us)]


def test_a_broken_connection_is_a_gap_from_the_last_frame_to_the_first():
    """Every frame that was lost lies inside the declared gap."""
    ledger = Ledger(CAMERA, last_us=None, open_gap=None)
    last = play(ledger, 10 * S, 50)
    ledger.lost(last + S, Evidence(finding=Finding.CAMERA_CLOSED))
    assert gaps(ledger) == [(last, None, GapCause.CAMERA)]
    play(ledger, 20 * S, 50)
    assert gaps(ledger) == [(last, 20 * S, GapCause.CAMERA)]


def test_a_later_finding_names_the_cause_better():
    """First the connection closes, then nobody answers: the line or the power is down."""
    ledger = Ledger(CAMERA, last_us=None, open_gap=None)
    last = play(ledger, 0, 5)
    ledger.lost(S, Evidence(finding=Finding.CAMERA_CLOSED))
    ledger.lost(2 * S, Evidence(finding=Finding.HOST_SILENT))
    ledger.lost(3 * S, Evidence(finding=Finding.CAMERA_CLOSED))
    assert gaps(ledger) == [(last, None, GapCause.LINK)]


def test_switching_off_a_broken_camera_begins_a_gap_of_its_own():
    """Else a fault would be hidden behind a plan that came later."""
    ledger = Ledger(CAMERA, last_us=None, open_gap=None)
    last = play(ledger, 0, 5)
    ledger.lost(S, Evidence(finding=Finding.HOST_SILENT))
    ledger.lost(60 * S, switched_off("the pole is moved"))
    assert gaps(ledger) == [(last, 60 * S, GapCause.LINK), (60 * S, None, GapCause.PLANNED_OFF)]


def test_a_gap_of_the_last_run_keeps_its_cause_when_the_camera_comes_back():
    """The recorder was stopped; the camera then needed a moment to connect."""
    old = Gap(camera=CAMERA, start_us=5 * S, end_us=None, cause=GapCause.MACHINE, evidence="stopped")
    ledger = Ledger(CAMERA, last_us=5 * S, open_gap=old)
    ledger.begin(Evidence(finding=Finding.RECORDER_STOPPED))
    play(ledger, 30 * S, 5)
    assert gaps(ledger) == [(5 * S, 30 * S, GapCause.MACHINE)]


def test_a_camera_that_is_gone_when_the_recorder_comes_back_gets_its_own_gap():
    """The machine was to blame up to its start, not after."""
    old = Gap(camera=CAMERA, start_us=5 * S, end_us=None, cause=GapCause.MACHINE, evidence="stopped")
    ledger = Ledger(CAMERA, last_us=5 * S, open_gap=old)
    ledger.begin(Evidence(finding=Finding.RECORDER_STOPPED))
    ledger.lost(30 * S, Evidence(finding=Finding.HOST_SILENT))
    assert gaps(ledger) == [(5 * S, 30 * S, GapCause.MACHINE), (30 * S, None, GapCause.LINK)]


def test_a_crash_leaves_a_gap_from_the_last_frame():
    """No open gap was written, since nothing was wrong until the end."""
    ledger = Ledger(CAMERA, last_us=5 * S, open_gap=None)
    ledger.begin(Evidence(finding=Finding.RECORDER_KILLED))
    play(ledger, 9 * S, 3)
    assert gaps(ledger) == [(5 * S, 9 * S, GapCause.MACHINE)]


def test_late_frames_are_no_gap():
    """A stalled line that delivers everything afterwards has lost nothing."""
    ledger = Ledger(CAMERA, last_us=None, open_gap=None)
    last = play(ledger, 0, 50)
    late = last + 4 * S  # then 100 frames at once, then at the usual pace
    ledger.recorded([late + n for n in range(100)], [3600 * (50 + n) for n in range(100)], [False] * 100)
    play(ledger, late + 40_000, 100, pts_90k=3600 * 150)
    assert gaps(ledger) == []


def test_a_camera_that_stood_still_is_a_gap_even_if_its_time_stamps_hide_it():
    """The frames after it stay late: the time between them was never filmed."""
    ledger = Ledger(CAMERA, last_us=None, open_gap=None)
    last = play(ledger, 0, 50)
    play(ledger, last + 4 * S, 100, pts_90k=3600 * 50)
    assert gaps(ledger) == [(last, last + 4 * S, GapCause.CAMERA)]


def test_a_hole_in_the_time_stamps_is_a_gap():
    """The connection stood, but no picture came."""
    ledger = Ledger(CAMERA, last_us=None, open_gap=None)
    last = play(ledger, 0, 50)
    play(ledger, last + 3 * S, 10, pts_90k=3600 * 49 + 3 * 90_000)
    assert gaps(ledger) == [(last, last + 3 * S, GapCause.CAMERA)]


def test_a_camera_with_a_picture_every_four_seconds_has_no_gaps():
    """Its usual distance is learned after the first few."""
    ledger = Ledger(CAMERA, last_us=None, open_gap=None)
    arrivals = [4 * S * n for n in range(40)]
    ledger.recorded(arrivals, [360_000 * n for n in range(40)], [False] * 40)
    assert len(gaps(ledger)) <= 5


def test_missing_packets_are_a_gap_around_the_damaged_picture():
    """What cannot be decoded must not count as recorded."""
    ledger = Ledger(CAMERA, last_us=None, open_gap=None)
    play(ledger, 0, 10, damaged=4)
    assert gaps(ledger) == [(3 * 40_000, 4 * 40_000, GapCause.LINK)]


@given(st.lists(st.tuples(st.sampled_from(["play", "lost", "begin", "off"]), st.integers(1, 30)), max_size=30))
def test_time_is_accounted_for_whatever_happens(events: list[tuple[str, int]]):
    """From the first frame on: gaps do not overlap, and none but the last is open."""
    ledger = Ledger(CAMERA, last_us=None, open_gap=None)
    now = 100 * S
    for what, amount in events:
        if what == "play":
            now = play(ledger, now, amount)
        elif what == "lost":
            finding = list(Finding)[amount % len(Finding)]
            ledger.lost(now, Evidence(finding=finding))
        elif what == "begin":
            ledger.begin(Evidence(finding=Finding.RECORDER_KILLED))
        else:
            ledger.lost(now, switched_off(None))
        now += amount * S // 10
    rows = gaps(ledger)
    for before, after in itertools.pairwise(rows):
        assert before[1] is not None
        assert before[1] <= after[0]


def test_a_named_cause_beats_an_unknown_one():
    """The order of evidence."""
    unknown = Evidence(finding=Finding.NOT_STARTED)
    named = Evidence(finding=Finding.CONNECTION_RESET)
    assert stronger(unknown, named) is named
    assert stronger(named, unknown) is named
    assert switched_off("person: Budi switched it off").cause is GapCause.PERSON


# -- the ring ------------------------------------------------------------------------------------


def block(stream: int, *, key: bool, size_bytes: int = 1000, at_us: int = 0) -> Block:
    return Block(
        key=StreamKey(stream),
        data=bytes(size_bytes),
        sizes=array("I", [size_bytes]),
        pts_90k=array("q", [0]),
        flags=array("B", [1 if key else 0]),
        arrivals_us=array("q", [at_us]),
        next_pts_90k=None,
        sets=(),
    )


def drain(ring: Ring) -> list[object]:
    found = []
    for item in ring.take(0, 0):
        found.append(item)
    return found


def test_a_full_ring_drops_whole_groups_of_the_least_important_camera():
    """Half a group of pictures cannot be decoded; an important camera must not pay for others."""
    ring = Ring(capacity_bytes=30_000)
    ring.set_priority(StreamKey(1), 5)
    for number in range(12):
        ring.put(block(1, key=number % 3 == 0, at_us=number))
        ring.put(block(2, key=number % 3 == 0, at_us=number))
    items = drain(ring)
    important = [item for item in items if isinstance(item, Block) and item.key == 1]
    assert len(important) == 12
    other = [item for item in items if not (isinstance(item, Block) and item.key == 1)]
    dropped = [item for item in other if isinstance(item, Dropped)]
    kept = [item for item in other if isinstance(item, Block)]
    assert sum(item.frames for item in dropped) + len(kept) == 12
    assert dropped
    after_drop = False
    for item in other:
        if isinstance(item, Dropped):
            after_drop = True
        elif after_drop:
            assert item.starts_with_key
            after_drop = False


def test_nothing_is_dropped_while_there_is_room():
    """Five seconds without a disk: all blocks wait in order."""
    ring = Ring(capacity_bytes=10_000_000)
    blocks = [block(1, key=True, at_us=number) for number in range(500)]
    for one in blocks:
        ring.put(one)
    assert drain(ring) == blocks


# -- the clock -----------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 3 * S), st.integers(-DAY_US, DAY_US)), max_size=20))
def test_arrival_times_never_go_back_by_more_than_the_slew(steps: list[tuple[int, int]]):
    """R6: whatever the machine's clock does, footage does not overlap."""
    clock = HandClock()
    arrival, _ = ArrivalClock.start(clock, None)
    last = arrival.now_us()
    for pass_us, step_us in steps:
        clock.pass_us(pass_us)
        clock.wall += step_us
        arrival.check()
        now = arrival.now_us()
        assert now >= last - 1
        last = now


def test_a_step_forward_is_followed_and_noted_a_step_back_only_noted():
    """A wrong clock that is set right must not leave a whole day misdated."""
    clock = HandClock()
    arrival, _ = ArrivalClock.start(clock, None)
    clock.wall += 3600 * S
    note = arrival.check()
    assert note is not None
    assert "forward" in note.text
    assert arrival.now_us() == clock.wall
    clock.wall -= 3600 * S
    note = arrival.check()
    assert note is not None
    assert "back" in note.text
    assert arrival.now_us() > clock.wall + 3599 * S
    assert arrival.check() is None


@pytest.mark.parametrize(
    "to_us",
    [0, -S, 2**31 * S, (2**31 - 1) * S, 2**32 * S],
    ids=["1970", "before 1970", "2038", "right before 2038", "2106"],
)
def test_a_clock_at_the_ends_of_its_range_makes_no_time_twice(to_us: int):
    """N66: set there while recording, and set right again; each reading lies behind the one before."""
    clock = HandClock()
    arrival, _ = ArrivalClock.start(clock, None)
    true_us, read = clock.wall, [arrival.now_us()]
    for wall in (to_us, to_us + 3600 * S, true_us + 2 * S):
        clock.pass_us(S)
        clock.wall = wall
        arrival.check()
        read.append(arrival.now_us())
        clock.pass_us(S)
        read.append(arrival.now_us())
    assert all(before < after for before, after in itertools.pairwise(read))
    assert read[-1] >= true_us


def test_a_leap_second_is_no_step_and_makes_no_time_twice():
    """N66: the kernel takes a second twice; the second one is lived on the arrival clock's own account."""
    clock = HandClock()
    arrival, _ = ArrivalClock.start(clock, None)
    read = [arrival.now_us()]
    for number in range(20):
        clock.pass_us(S // 4)
        clock.wall -= S if number == 8 else 0
        arrival.check()
        read.append(arrival.now_us())
    assert all(before < after for before, after in itertools.pairwise(read))
    assert abs(read[-1] - clock.wall) <= S + S // 10


def test_times_begin_after_what_is_recorded_already():
    """The machine came up with its clock in 1970."""
    clock = HandClock()
    arrival, note = ArrivalClock.start(clock, clock.wall + DAY_US)
    assert note is not None
    assert arrival.now_us() > clock.wall + DAY_US


# -- retention and waiting -----------------------------------------------------------------------


def test_a_promise_that_the_disk_cannot_keep_is_said():
    """Before the footage that somebody will ask for is gone."""
    load = CameraLoad(camera=CAMERA, retention_days=30, bytes_per_day=20e9)
    look = outlook(total_bytes=10**12, free_bytes=5 * 10**11, footage_bytes=0, loads=[load])
    assert look.warnings
    assert "30 days" in look.warnings[0]
    assert 24 < (look.days_left or 0) < 25
    roomy = outlook(total_bytes=10**13, free_bytes=10**13, footage_bytes=0, loads=[load])
    assert not roomy.warnings
    assert reserve_bytes(10**9) == 64 * 1024 * 1024


def test_waiting_doubles_is_spread_and_never_locks_an_account():
    """R7: a hundred cameras must not come back in one instant."""
    back_off = BackOff()
    waits = [back_off.failed(Finding.HOST_SILENT, 0.5) for _ in range(10)]
    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert max(waits) == 30.0
    assert BackOff().failed(Finding.WRONG_PASSWORD, 0.0) >= 10
    back_off.played(60)
    assert back_off.failed(Finding.HOST_SILENT, 0.0) == 0.25


def test_a_camera_that_played_a_moment_ago_is_looked_for_every_second_or_two() -> None:
    """Each second waited after the camera is back is a second of footage lost; later tries are spared."""
    back_off = BackOff()
    back_off.played(60)
    waits = [back_off.failed(Finding.HOST_SILENT, 0.5) for _ in range(30)]
    assert waits[:4] == [0.5, 1.0, 1.5, 1.5]
    assert max(waits[:20]) == 1.5
    assert waits[-1] == 30.0
    assert back_off.failed(Finding.WRONG_PASSWORD, 0.5) > 30


def test_advice_is_no_evidence() -> None:
    """A gap's row goes to court: it says what was measured, not what to try next."""
    found = Evidence(finding=Finding.REQUEST_REFUSED, detail="DESCRIBE was answered 503. Next: check the address")
    assert "503" in found.sentence()
    assert "Next" not in found.sentence()
