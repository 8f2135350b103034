"""The scrub: flipped bits are found, named and marked; what is absent or deleted proves nothing."""

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.footage_kit import CAM, Place, flip

from ronda.core.ids import HoldId, SegmentId
from ronda.core.time import DAY_US, TimeSpan
from ronda.video.model import Hold
from ronda.video.playback import FootageUnreadableError, read_part
from ronda.video.retain.scrub import LARGEST_RATE, LEAST_RATE, Scrub, rate_bytes_s


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.index.close()


def test_a_flipped_bit_is_found_and_who_is_affected_is_named(place: Place):
    """Camera, span, the second, and the case whose lock touches it: without asking anybody."""
    for number in (1, 2, 3):
        file = place.add(number, disk=number % 2)
        if number == 2:
            flip(file, 5300)
            span = TimeSpan(place.now_us - DAY_US, place.now_us)
            place.index.place_hold(
                Hold(hold_id=HoldId("h"), camera=CAM, span=span, until_us=None, reason="LP/7/2024")
            )
    place.round()
    assert [one.segment_id for one in place.index.damaged()] == [2]
    (text,) = place.notes()
    assert "pasar-1" in text
    assert "1 of 10 fragments differ, from 00:02:05.000" in text
    assert "LP/7/2024" in text
    assert "Next:" in text
    assert "1 segments of 1 cameras" in place.scrub.warnings[0]
    place.round()
    assert len(place.notes()) == 1  # said once


def test_a_damaged_segment_is_never_shown_as_whole(place: Place):
    """Its good seconds may be looked at, with the mark; the bad one is refused."""
    flip(place.add(1), 5300)
    place.round()
    (segment,) = place.index.segments(CAM, TimeSpan(0, 1 << 60))
    assert segment.damaged
    parts = place.index.fragments(segment.segment_id)
    read_part(place.home.root, segment, parts[:5])
    with pytest.raises(FootageUnreadableError, match="not what was written"):
        read_part(place.home.root, segment, parts[:6])


def test_a_file_that_is_gone_or_short_is_damage_too(place: Place):
    """A row without its bytes is footage that does not exist."""
    gone, short = place.add(1), place.add(2)
    gone.unlink()
    short.write_bytes(short.read_bytes()[:6000])
    place.round()
    assert [one.segment_id for one in place.index.damaged()] == [1, 2]
    first, second = place.notes()
    assert "the file is gone" in first
    assert "6000 of 10240 bytes are left" in second
    assert "5 of 10 fragments differ" in second


def test_a_disk_that_cannot_read_a_file_is_damage_with_its_reason_and_shown_to_nobody(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    """N63: EIO on reading comes from hardware alone, so it is made up at the call; the other file is whole."""
    bad = place.add(1)
    place.add(2)
    real = Path.open

    def failing(path: Path, *more: object, **options: object) -> object:
        if path.name == bad.name:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path, *more, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", failing)
    place.round()
    assert [one.segment_id for one in place.index.damaged()] == [1]
    (text,) = place.notes()
    assert "the file cannot be read (Input/output error)" in text
    assert "10 of 10 fragments differ" in text
    monkeypatch.undo()
    place.round()
    assert place.index.damaged() == [], "the disk can read it again: the mark goes"


def test_a_disk_that_is_absent_proves_nothing(place: Place, tmp_path: Path):
    """Unplugged is not damaged; when the disk is back its files are looked at."""
    flip(place.add(1, disk=1), 300)
    (tmp_path / "second").rename(tmp_path / "away")
    place.disks.look(1)
    place.round()
    assert place.index.damaged() == []
    (tmp_path / "away").rename(tmp_path / "second")
    assert place.disks.look(2) == [1]
    place.round()
    assert [one.segment_id for one in place.index.damaged()] == [1]


def test_a_whole_copy_put_back_takes_the_mark_away(place: Place):
    """Somebody restored the file: the next round says so."""
    file = place.add(1)
    whole = file.read_bytes()
    flip(file, 300)
    place.round()
    file.write_bytes(whole)
    place.round()
    assert place.index.damaged() == []
    assert "again" in place.notes()[-1]
    assert place.scrub.warnings == ()


def test_what_retention_took_meanwhile_is_no_damage(place: Place):
    """The file went in order, after the scrub had read its row."""
    file = place.add(1)
    place.add(2)
    place.now_us += 8 * DAY_US
    place.scrub.step()  # a new round begins, and the rows are read with the next step
    place.scrub._queue = place.index.closed_after(0, 10)
    taken = place.index.take([SegmentId(1)], place.now_us)
    file.unlink()
    assert [one.segment_id for one in taken] == [1]
    while place.scrub.step():
        pass
    assert place.notes() == []


def test_a_round_goes_on_where_it_stopped_and_begins_anew_after_a_week(place: Place):
    """A restart must not begin from the oldest footage each time, or the newest is never looked at."""
    for number in range(1, 4):
        place.add(number)
    place.round()
    place.now_us += DAY_US
    flip(place.home.root / place.index.segments(CAM, TimeSpan(0, 1 << 60))[0].path, 300)
    again = Scrub(place.index, place.disks, now_us=lambda: place.now_us)
    assert not again.step()
    assert place.index.damaged() == []
    place.now_us += 7 * DAY_US
    while again.step():
        pass
    assert [one.segment_id for one in place.index.damaged()] == [1]


def test_the_speed_makes_a_week_of_it_within_bounds():
    """Fast enough for a week, never so fast that recording is disturbed."""
    assert rate_bytes_s(0) == LEAST_RATE
    assert 7 * 86_400 * rate_bytes_s(10**13) >= 10**13
    assert rate_bytes_s(10**16) == LARGEST_RATE


def test_moving_marks_does_not_touch_other_rows(place: Place):
    """The mark belongs to one segment."""
    place.add(1)
    flip(place.add(2), 300)
    place.round()
    first, second = place.index.segments(CAM, TimeSpan(0, 1 << 60))
    assert (first.damaged, second.damaged) == (False, True)
    assert replace(second, damaged=False).damaged is False
