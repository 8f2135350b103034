"""How sure the machine's own clock is of UTC: bounded by what its kernel said, or not stated at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ronda.core.time import SECOND_US, TimeSpan
from ronda.evidence.machine_clock import (
    EVERY_US,
    FREE_PPM,
    ClockReading,
    read_row,
    read_text,
    utc_uncertainty_us,
    utc_words,
)
from ronda.video.record.kernel_clock import NOTE_KIND, ClockWatch, read_kernel_clock

S = SECOND_US


def reading(
    at_us: int, *, synchronised: bool = True, offset_us: int = 100, max_error_us: int = 20_000
) -> ClockReading:
    return ClockReading(
        at_us=at_us,
        is_synchronised=synchronised,
        offset_us=offset_us,
        max_error_us=max_error_us,
        frequency_ppm=-12.345,
    )


def every_ten_minutes(count: int, **options: int) -> list[ClockReading]:
    return [reading(index * EVERY_US, **options) for index in range(count)]


@given(
    st.integers(0, 4 * EVERY_US),
    st.integers(1, EVERY_US),
    st.lists(st.integers(0, 200_000), min_size=6, max_size=6),
    st.integers(-FREE_PPM, FREE_PPM),
)
def test_the_true_error_lies_within_the_stated_uncertainty(
    start_us: int, length_us: int, errors_us: list[int], drift_ppm: int
):
    """A clock that strays by up to 500 ppm from what the kernel bounded at each reading."""
    readings = [reading(n * EVERY_US, offset_us=0, max_error_us=error) for n, error in enumerate(errors_us)]
    stated = utc_uncertainty_us(TimeSpan(start_us, start_us + length_us), readings)
    assert stated is not None
    for at_us in (start_us, start_us + length_us // 2, start_us + length_us - 1):
        last = max((one for one in readings if one.at_us <= at_us), key=lambda one: one.at_us)
        assert last.max_error_us + abs(drift_ppm) * (at_us - last.at_us) // 1_000_000 <= stated


def test_a_clock_without_a_source_states_nothing():
    """An unsynchronised minute in the middle of a span is enough."""
    readings = every_ten_minutes(3)
    readings[1] = reading(EVERY_US, synchronised=False)
    assert utc_uncertainty_us(TimeSpan(EVERY_US - S, EVERY_US + S), readings) is None
    assert utc_uncertainty_us(TimeSpan(EVERY_US - 2 * S, EVERY_US - S), readings) is not None


def test_a_hole_in_the_readings_states_nothing():
    assert utc_uncertainty_us(TimeSpan(0, S), []) is None
    assert utc_uncertainty_us(TimeSpan(5 * EVERY_US, 5 * EVERY_US + S), every_ten_minutes(2)) is None
    assert utc_uncertainty_us(TimeSpan(0, 9 * EVERY_US), every_ten_minutes(2)) is None
    assert utc_uncertainty_us(TimeSpan(0, S), [reading(5 * S)]) is None, "nothing from before the span"


def test_a_reading_survives_the_index_and_the_package():
    one = reading(1_700_000_000 * S)
    assert read_text(one.text()) == one
    assert read_row(json.loads(json.dumps(one.row()))) == one


@pytest.mark.parametrize(
    "text", ["", "{}", "[1, 2]", '["a", 1, 2, 3, 4]', "[1.5, 1, 2, 3, 4]", "[1e99, 1, 2, 3, 4]"]
)
def test_what_is_no_reading_is_none(text: str):
    assert read_text(text) is None


def test_words_are_rounded_up():
    """A width must not look smaller than it is."""
    assert utc_words(20_001) == "± 0,03 dtk"
    assert utc_words(1_500_000, "en") == "± 1.50 s"


def test_the_kernel_is_asked_and_told_once_in_ten_minutes():
    """Every ten minutes and at a change: a row a second would say nothing more."""
    found = read_kernel_clock(7)
    assert found is not None
    assert found.at_us == 7
    assert found.max_error_us >= 0
    watch = ClockWatch()
    notes = [watch.look(second * S, second * S) for second in range(1300)]
    told = [note for note in notes if note is not None]
    assert [note.at_us for note in told] == [0, 600 * S, 1200 * S]
    assert all(note.kind == NOTE_KIND and read_text(note.text) for note in told)
