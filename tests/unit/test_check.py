"""`ronda check` proves each invariant: every test breaks one, and its sentence comes."""

import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.footage_kit import CAM, NOW_US, Place, flip

from ronda.app.commands.check import check
from ronda.core.ids import HoldId, SegmentId
from ronda.core.time import SECOND_US, TimeSpan
from ronda.video.check import FRESH_S
from ronda.video.model import Gap, GapCause, Hold, SegmentWrite

ALL = TimeSpan(0, 1 << 60)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A data folder with two disks, a minute on each, and the machine's clock long after."""
    (tmp_path / "recorder").mkdir()
    made = Place(tmp_path, book=tmp_path / "recorder" / "disks.json")
    made.add(1)
    made.add(2, disk=1)
    yield made
    made.index.close()


def said(tmp_path: Path, capsys: pytest.CaptureFixture[str], *, full: bool = False) -> list[str]:
    """The findings; the exit status must say whether there are any."""
    status = check(data=tmp_path, full=full)
    lines = capsys.readouterr().out.splitlines()
    assert status == (1 if lines else 0)
    return lines


def test_whole_footage_gives_no_finding(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Silence must mean something: the same folder, whole."""
    assert said(tmp_path, capsys) == []
    assert said(tmp_path, capsys, full=True) == []


def test_a_row_without_its_file(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """With the case that will miss it."""
    span = place.index.segments(CAM, ALL)[0].span
    place.index.place_hold(Hold(hold_id=HoldId("h"), camera=CAM, span=span, until_us=None, reason="LP/7/2024"))
    (place.home.root / place.index.segments(CAM, ALL)[0].path).unlink()
    (line,) = said(tmp_path, capsys)
    assert line.startswith("missing: pasar-1/")
    assert "locked for LP/7/2024" in line


def test_a_file_without_a_row_on_either_disk(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Footage that nobody could find."""
    for root in (place.home.root, tmp_path / "second"):
        path = root / CAM / "2024-10-03" / "05" / "1.mp4"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
        old = time.time() - 2 * FRESH_S
        os.utime(path, (old, old))
    first, second = said(tmp_path, capsys)
    assert first.startswith("extra: pasar-1/")
    assert second.startswith("extra: .disks/1/pasar-1/")


def test_a_file_that_is_short_or_long(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Sizes are compared even without hashing."""
    first, second = (place.home.root / one.path for one in place.index.segments(CAM, ALL))
    first.write_bytes(first.read_bytes()[:-1])
    second.write_bytes(second.read_bytes() + b"x")
    assert [line.partition(":")[0] for line in said(tmp_path, capsys)] == ["short", "long"]


def test_a_flipped_bit(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Found by hashing; once the scrub has marked it, the quick check tells it too, with who is affected."""
    flip(place.home.root / place.index.segments(CAM, ALL)[1].path, 5000)
    assert said(tmp_path, capsys) == []
    (line,) = said(tmp_path, capsys, full=True)
    assert line.startswith("altered: .disks/1/pasar-1/")
    place.round()
    line, note = said(tmp_path, capsys)
    assert line.startswith("damaged: .disks/1/")
    assert "1 of 10 fragments differ" in note


def test_two_segments_of_one_instant(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Which of them would a court be shown?"""
    first, second = place.index.segments(CAM, ALL)
    span = TimeSpan(first.span.start_us, second.span.start_us + 5 * SECOND_US)
    place.index.write(segments=[SegmentWrite(segment=replace(first, span=span))])
    (line,) = said(tmp_path, capsys)
    assert line.startswith("overlap: .disks/1/")
    assert "5.000 s" in line


def test_time_that_is_neither_footage_nor_a_gap(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The promise of the ledger: declared, the same hole is no finding."""
    place.add(5)
    (line,) = said(tmp_path, capsys)
    assert line.startswith("unaccounted: pasar-1: 120.0 s from ")
    first, last = place.index.segments(CAM, ALL)[1].span.end_us, place.index.segments(CAM, ALL)[2].span.start_us
    gap = Gap(camera=CAM, start_us=first, end_us=last, cause=GapCause.POWER, evidence="x")
    place.index.write(gaps=[gap])
    assert said(tmp_path, capsys) == []


def test_a_rotten_table_of_fragments(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Bits flip in the index too: a table that does not fit its file, and one that is none."""
    with sqlite3.connect(place.index.path) as db:
        db.execute("UPDATE fragment_table SET fragments = substr(fragments, 1, 30) WHERE segment = 1")
        db.execute("UPDATE segment SET frames = 251 WHERE id = 2")
    first, second = said(tmp_path, capsys)
    assert first.startswith("index: pasar-1/")
    assert "damaged at segment 1" in first
    assert "other than 251 frames" in second


def test_a_disk_that_is_absent_or_another_one(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """One sentence for the disk, not one for each of its files."""
    (tmp_path / "second").rename(tmp_path / "away")
    (line,) = said(tmp_path, capsys)
    assert line.startswith("disk: ")
    assert "gone or empty" in line
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "ronda-footage.json").write_text('{"storage_id": "ffffffffffffffff"}')
    (line,) = said(tmp_path, capsys)
    assert "another recorder" in line
    assert "Next:" in line
    assert not (place.home.root / ".disks" / "1").exists()


def test_a_check_of_recorded_time_before_now_is_not_asked_for_more(place: Place):
    """The clock of these tests lies before the files: nothing after the last row is missing."""
    assert place.index.last_end_us(CAM) is not None
    assert place.index.last_end_us(CAM) < NOW_US
    assert place.index.segment(SegmentId(1)) is not None
