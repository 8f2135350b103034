"""What a camera shows when: the same answer for the live server, for past footage, for a test."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ronda.core.time import SECOND_US, parse_utc
from ronda.sim.errors import BadPlanError
from ronda.sim.schedule import BLOCK_GOPS, BUSY, FRAME_US, GOP_FRAMES, QUIET, Schedule

NIGHT = parse_utc("2026-11-18T02:00:00+08:00")
NOON = parse_utc("2026-11-18T12:00:00+08:00")


def schedule(epoch_us: int = NIGHT) -> Schedule:
    return Schedule(
        epoch_us=epoch_us, seed="simpang-3", clip_gops={"quiet": 2, "busy": 8, "frozen": 1, "theft": 21}
    )


@given(st.integers(-100_000, 10_000_000))
def test_clips_change_at_key_frames_alone(frame: int) -> None:
    """Two clips can only follow each other where a decoder may start."""
    plan = schedule().with_clip("theft", NIGHT + 100 * SECOND_US)
    clip, index = plan.at(frame)
    after, next_index = plan.at(frame + 1)
    assert (after, next_index) == (clip, index + 1) or (frame + 1) % GOP_FRAMES == 0
    assert next_index % GOP_FRAMES == (frame + 1) % GOP_FRAMES


@given(st.integers(0, 2**50), st.integers(-(10**9), 10**9))
def test_frames_and_times_turn_into_each_other(epoch_us: int, frame: int) -> None:
    """The truth file gives one anchor; everything else is reckoned from it."""
    plan = schedule(epoch_us)
    at_us = plan.due_us(frame)
    assert plan.frame_at(at_us) == plan.first_frame_from(at_us) == frame
    assert plan.frame_at(at_us - 1) == frame - 1
    assert plan.first_frame_from(at_us + 1) == frame + 1


def test_a_special_clip_runs_whole_from_the_next_key_frame() -> None:
    """A theft must not begin in its middle."""
    at_us = NIGHT + 3 * SECOND_US
    plan = schedule().with_clip("theft", at_us)
    first = -(-3 * SECOND_US // (FRAME_US * GOP_FRAMES)) * GOP_FRAMES
    shown = [plan.at(first + index) for index in range(21 * GOP_FRAMES)]
    assert shown == [("theft", index) for index in range(21 * GOP_FRAMES)]
    assert plan.at(first - 1)[0] != "theft"
    assert plan.at(first + 21 * GOP_FRAMES)[0] != "theft"


def test_a_clip_for_a_time_is_repeated_until_it_is_over() -> None:
    """A frozen camera stays frozen, however short its clip is."""
    plan = schedule().with_clip("frozen", NIGHT, for_us=7 * SECOND_US)
    assert {plan.at(frame)[0] for frame in range(80)} == {"frozen"}
    assert plan.at(80)[0] != "frozen"


def test_of_two_special_clips_the_later_order_wins() -> None:
    """A fault that is commanded during a showing is what the camera shows."""
    plan = schedule().with_clip("theft", NIGHT).with_clip("frozen", NIGHT + 10 * SECOND_US, for_us=4 * SECOND_US)
    assert plan.at(99)[0] == "theft"
    assert plan.at(100)[0] == "frozen"
    assert plan.at(140) == ("theft", 140)


def test_nights_are_quieter_than_days() -> None:
    """The timeline's busy minutes mean something only if most of the night is quiet."""

    def busy_share(epoch_us: int) -> float:
        plan = schedule(epoch_us)
        clips = [plan.at(block * BLOCK_GOPS * GOP_FRAMES)[0] for block in range(180)]
        return clips.count(BUSY) / len(clips)

    assert busy_share(NIGHT) < 0.3 < 0.5 < busy_share(NOON)
    assert QUIET in {schedule().at(frame)[0] for frame in range(0, 4000, 20)}


def test_an_unknown_clip_is_refused_with_the_known_ones() -> None:
    """A plan with a spelling mistake must not show an ordinary street in silence."""
    with pytest.raises(BadPlanError, match=r"'heist'.*busy, frozen, quiet, theft"):
        schedule().with_clip("heist", NIGHT)


def test_a_load_of_25_frames_a_second_keeps_its_own_beat():
    """The rate is the clip's: benchmarks serve what real cameras send."""
    fast = replace(schedule(), frame_us=40_000)
    assert fast.due_us(25) - fast.due_us(0) == SECOND_US
    assert fast.frame_at(fast.due_us(49)) == 49
    assert fast.gop_us == GOP_FRAMES * 40_000
