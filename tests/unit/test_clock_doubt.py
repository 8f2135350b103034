"""A clock that jumped deletes nothing by itself: the jump is in doubt until a source or two people vouch for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.footage_kit import CAM, NOW_US, Place

from ronda.core.time import DAY_US
from ronda.video.retain.clock_doubt import BROKEN, DOUBT, Doubt, believe, read_doubt
from ronda.video.retain.runner import Retention

YEARS_US = 3652 * DAY_US


class HandClock:
    """Wall time that anybody may set, monotonic time that nobody can."""

    def __init__(self) -> None:
        self.wall_us, self.passed_us = NOW_US, 5 * DAY_US

    def now_us(self) -> int:
        return self.wall_us

    def monotonic_us(self) -> int:
        return self.passed_us

    def wait(self, length_us: int) -> None:
        self.wall_us += length_us
        self.passed_us += length_us


class House:
    """A folder with three segments of yesterday, kept 30 days, and its retention."""

    def __init__(self, root: Path) -> None:
        self.place, self.clock, self.has_source = Place(root), HandClock(), True
        for number in (1, 2, 3):
            self.place.add(number)
        self.retention = self.begin()

    def begin(self) -> Retention:
        """As after a start of the recorder."""
        self.retention = Retention(
            self.place.index,
            self.place.disks,
            self.clock,
            now_us=self.clock.now_us,
            days=lambda: {CAM: 30},
            synchronised=lambda _: self.has_source,
        )
        return self.retention

    def hours(self, count: int) -> int:
        """Look once an hour; gives how many segments were deleted."""
        deleted = 0
        for _ in range(count):
            self.clock.wait(DAY_US // 24)
            deleted += self.retention.run_once()
        return deleted


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.retention.run_once()
    yield made
    made.place.index.close()


def test_without_a_jump_footage_goes_on_its_day(house: House):
    """The rule that a doubt suspends: kept 30 days, then gone."""
    assert house.hours(28 * 24) == 0
    assert house.hours(3 * 24) == 3


@pytest.mark.parametrize("restarted", [False, True])
def test_a_clock_ten_years_ahead_deletes_nothing_however_long_it_lasts(house: House, restarted: bool):
    """N53. Even a source of time is not believed so far: what it says would empty every disk."""
    house.clock.wall_us += YEARS_US
    if restarted:
        house.begin()
    assert house.hours(60 * 24) == 0
    assert house.retention.doubt is not None
    assert "two people" in house.retention.doubt.sentence()


def test_the_doubt_outlives_restarts_after_new_footage_has_the_new_time(house: House):
    """Without a memory the second start would see no jump, and delete all of it at once."""
    house.clock.wall_us += YEARS_US
    house.retention.run_once()
    newest = house.clock.wall_us
    house.place.index.last_end_us = lambda: newest  # type: ignore[method-assign]
    house.begin()
    assert house.hours(48) == 0


def test_two_people_end_the_doubt_of_exactly_this_jump(house: House):
    """Their word is about one jump; a later one is in doubt again."""
    house.clock.wall_us += YEARS_US
    house.retention.run_once()
    doubt = read_doubt(house.place.index)
    assert doubt is not None
    believe(house.place.index, Doubt(from_us=doubt.from_us, to_us=doubt.to_us - 1))
    assert house.hours(1) == 0
    believe(house.place.index, doubt)
    assert house.hours(1) == 3
    assert read_doubt(house.place.index) is None


def test_a_start_while_nothing_is_recorded_is_no_further_jump(house: House):
    """Two people are asked about one jump; it stays the same one while the recorder and the worker start anew."""
    house.clock.wall_us += YEARS_US
    house.retention.run_once()
    asked = read_doubt(house.place.index)
    assert asked is not None
    for _ in range(3):
        house.clock.wait(DAY_US // 24)
        house.begin().run_once()
    assert read_doubt(house.place.index) == asked
    believe(house.place.index, asked)
    assert house.begin().run_once() == 3


def test_a_machine_that_was_off_for_weeks_goes_on_a_day_after_its_clock_has_a_source(house: House):
    """Footage that is overdue goes, without anybody: the kernel names where its time is from, for a day."""
    house.clock.wall_us += 60 * DAY_US
    house.has_source = False
    house.begin()
    assert house.hours(72) == 0, "a clock that nobody vouches for stays in doubt"
    house.has_source = True
    house.begin()
    assert house.hours(24) == 0, "a day, in which somebody can set it right"
    assert house.hours(2) == 3


def test_a_clock_that_is_set_right_again_is_in_no_doubt(house: House):
    """Nothing was lost, and nobody has to say anything."""
    house.clock.wall_us += YEARS_US
    house.retention.run_once()
    house.clock.wall_us -= YEARS_US
    house.begin()
    assert house.hours(1) == 0
    assert read_doubt(house.place.index) is None


def test_footage_from_after_the_jump_has_its_own_days(house: House):
    """Only what the jump would make old is spared: what comes later is not kept for ever."""
    house.clock.wall_us -= 400 * DAY_US  # everything recorded lies after this "jump"
    house.begin()
    house.retention.run_once()
    house.place.index.set_fact(DOUBT, f"{house.clock.wall_us} {NOW_US + 3000 * DAY_US}")
    house.clock.wall_us = NOW_US + 3001 * DAY_US
    house.begin()
    assert house.retention.run_once() == 3


def test_a_doubt_that_cannot_be_read_deletes_nothing(house: House):
    """What is said is unknown, so it is taken for the worst."""
    house.has_source = False
    house.place.index.set_fact(DOUBT, "not a number")
    assert house.hours(60 * 24) == 0
    assert house.retention.doubt == BROKEN
