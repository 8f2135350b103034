"""What retention asks of the index and does with it: the published order, on a real file, and no held row."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.footage_kit import CAM, NOW_US, Place

from ronda.app.clock import SystemClock
from ronda.core.ids import CameraId, HoldId, SegmentId, sub_stream
from ronda.core.time import DAY_US, SECOND_US, TimeSpan
from ronda.video.model import Fragment, Hold, Segment, SegmentWrite
from ronda.video.record.footage_folder import DiskSpace, FootageFolder
from ronda.video.retain.runner import Retention

OTHER = CameraId("balai-2")
ALL = TimeSpan(0, 1 << 60)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.index.close()


def fragments(start_us: int, frame_bytes: int) -> tuple[Fragment, ...]:
    return tuple(
        Fragment(
            offset=240 + at * 1000,
            size_bytes=1000,
            start_us=start_us + at * 6 * SECOND_US,
            start_90k=at * 540_000,
            duration_90k=540_000,
            frames=25,
            key=True,
            damaged=False,
            inter_bytes=25 * frame_bytes,
            crc32=0,
        )
        for at in range(10)
    )


def add(place: Place, camera: CameraId, number: int, *, frame_bytes: int = 1000) -> None:
    """A minute of a camera, with its file."""
    start_us = NOW_US - DAY_US + number % 1000 * 60 * SECOND_US
    path = f"{camera}/2024-10-03/00/{start_us}.mp4"
    file = place.home.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(bytes(10_240))
    one = Segment(
        segment_id=SegmentId(number), camera=camera, span=TimeSpan(start_us, start_us + 60 * SECOND_US), path=path,
        state=place.closed, size_bytes=10_240, frames=250, sha256="00" * 32, codec="avc1", width_px=1, height_px=1,
        init_bytes=240, training=False,
    )  # fmt: skip
    place.index.write(segments=[SegmentWrite(segment=one, new_fragments=fragments(start_us, frame_bytes))])


def order_of_going(
    place: Place,
    days: dict[CameraId, int],
    monkeypatch: pytest.MonkeyPatch,
    longest: dict[CameraId, int] | None = None,
) -> list[int]:
    """Numbers of segments in the order in which a disk that stays full makes them go."""
    gone: list[int] = []
    real = place.index.take

    def noting(ids: list[SegmentId], now_us: int) -> list[Segment]:
        taken = real(ids, now_us)
        gone.extend(one.segment_id for one in taken)
        return taken

    monkeypatch.setattr(place.index, "take", noting)
    monkeypatch.setattr(FootageFolder, "space", lambda self: DiskSpace(total_bytes=10**12, free_bytes=0))
    retention = Retention(
        place.index,
        place.disks,
        SystemClock(),
        now_us=lambda: NOW_US,
        days=lambda: days,
        importance=lambda: longest or {},
    )
    retention.run_once()
    assert retention.warning is not None
    assert "nothing on it" in retention.warning
    return gone


def test_a_full_disk_makes_footage_go_in_the_published_order(place: Place, monkeypatch: pytest.MonkeyPatch):
    """Needless copies; quiet time of the shortest purpose; the oldest. What is held stays, and its file too."""
    for number in range(1, 21):
        busy = number in (4, 9)
        add(place, CAM, number, frame_bytes=9000 if busy else 1000)
        add(place, OTHER, 1000 + number)
    add(place, sub_stream(CAM), 2005)
    add(place, sub_stream(CAM), 2300)  # no main stream of that time: no needless copy
    span = place.index.segments(CAM, ALL)[1].span
    place.index.place_hold(Hold(hold_id=HoldId("h"), camera=CAM, span=span, until_us=None, reason="LP/1"))
    gone = order_of_going(place, {CAM: 7, OTHER: 30}, monkeypatch)
    quiet = [one for one in range(1, 21) if one not in (2, 4, 9)]
    assert gone[0] == 2005
    assert gone[1 : 1 + len(quiet)] == quiet
    rest = gone[1 + len(quiet) :]
    ends = {one: one % 1000 for one in rest}
    assert [ends[one] for one in rest] == sorted(ends.values())
    assert set(rest) == {4, 9, 2300} | {1000 + number for number in range(1, 21)}
    assert [one.segment_id for one in place.index.segments(CAM, ALL)] == [2]
    assert [path.name for path in place.home.root.glob("*/*/*/*.mp4")] == [
        Path(place.index.segments(CAM, ALL)[0].path).name
    ]


def test_the_shortest_purpose_gives_way_first_whatever_was_promised(place: Place, monkeypatch: pytest.MonkeyPatch):
    """A school's 30 days before a junction's 14: what counts is how long the purpose may keep at all."""
    for number in range(1, 21):
        add(place, CAM, number, frame_bytes=9000 if number in (4, 9) else 1000)
        add(place, OTHER, 1000 + number, frame_bytes=9000 if number in (4, 9) else 1000)
    gone = order_of_going(place, {CAM: 30, OTHER: 14}, monkeypatch, {CAM: 30, OTHER: 60})
    assert gone[:18] == [number for number in range(1, 21) if number not in (4, 9)]


def test_stored_bytes_are_a_sum_that_is_kept(place: Place):
    """Every way in and out of the closed state counts once."""
    for number in (1, 2, 3):
        add(place, CAM, number)
    assert place.index.stored() == (30_720, 3)
    (first, *_) = place.index.segments(CAM, ALL)
    place.index.write(segments=[SegmentWrite(segment=replace(first, frames=251))])
    assert place.index.stored() == (30_720, 3)
    place.index.take([SegmentId(1), SegmentId(1), SegmentId(9)], NOW_US)
    assert place.index.stored() == (20_480, 2)
    with sqlite3.connect(place.index.path) as db:
        (counted,) = db.execute("SELECT sum(size_bytes) FROM segment WHERE state IN (1, 2)").fetchone()
    assert counted == 20_480


def test_sub_streams_do_not_stand_in_the_timeline(place: Place):
    """Recorded beside the main stream, they are no second truth of the same minute."""
    add(place, CAM, 1)
    add(place, sub_stream(CAM), 2001)
    assert [one.segment_id for one in place.index.segments(CAM, ALL)] == [1]
    assert len(place.index.recorded(CAM, ALL)) == 1


def test_files_of_an_absent_disk_are_removed_when_it_is_back(place: Place, tmp_path: Path):
    """Their rows say deleted at once; a file that cannot be reached is not taken for gone."""
    file = place.add(1, disk=1)
    (tmp_path / "second").rename(tmp_path / "away")
    place.disks.look(1)
    retention = Retention(place.index, place.disks, SystemClock(), now_us=lambda: NOW_US, days=lambda: {CAM: 0})
    retention.run_once()
    assert place.index.segments(CAM, ALL) == []
    assert [one.segment_id for one in place.index.files_to_remove(9)] == [1]
    (tmp_path / "away").rename(tmp_path / "second")
    place.disks.look(2)
    assert file.exists()
    retention.run_once()
    assert not file.exists()
    assert place.index.files_to_remove(9) == []
