"""A second stream is a camera of its own in the index, and the first to go when the disk is full."""

from dataclasses import replace
from pathlib import Path

from tests.contract.test_recording_index import CAM, save, segment

from ronda.core.ids import HoldId, sub_stream
from ronda.core.time import SECOND_US, TimeSpan
from ronda.store.disk.index import SqliteIndex
from ronda.video.model import Hold

MINUTE_US = 60 * SECOND_US


def test_only_what_the_main_stream_holds_too_is_unneeded(tmp_path: Path):
    """Its whole time, undamaged; where the main stream has a hole the second one is all there is."""
    index = SqliteIndex(tmp_path / "index.sqlite", create=True)
    sub = sub_stream(CAM)
    main = [segment(n, n * MINUTE_US, (n + 1) * MINUTE_US) for n in (1, 2, 4)]
    second = [replace(segment(10 + n, n * MINUTE_US, (n + 1) * MINUTE_US), camera=sub) for n in (1, 2, 3, 4)]
    save(index, *main, *second)
    found = index.unneeded_sub_streams(disks=[0], now_us=0, limit=10)
    assert [one.segment_id for one in found] == [11, 12, 14]
    assert all(one.sub for one in found)
    index.place_hold(
        Hold(hold_id=HoldId("h"), camera=sub, span=TimeSpan(0, 2 * MINUTE_US), until_us=None, reason="case")
    )
    assert [one.segment_id for one in index.unneeded_sub_streams(disks=[0], now_us=0, limit=10)] == [12, 14]


def test_the_two_streams_have_accounts_of_their_own(tmp_path: Path):
    """A hole of the second stream is no hole of the camera."""
    index = SqliteIndex(tmp_path / "index.sqlite", create=True)
    save(index, segment(1, 0, MINUTE_US), replace(segment(2, 5, 50), camera=sub_stream(CAM)))
    whole = TimeSpan(0, 2 * MINUTE_US)
    assert index.recorded(CAM, whole) == [TimeSpan(0, MINUTE_US)]
    assert [one.segment_id for one in index.segments(sub_stream(CAM), whole)] == [2]
    assert not index.segments(CAM, whole)[0].sub


def test_a_hold_on_the_camera_keeps_its_second_stream(tmp_path: Path):
    """It may be all there is of a moment that the first one missed."""
    index = SqliteIndex(tmp_path / "index.sqlite", create=True)
    sub = sub_stream(CAM)
    save(index, *(replace(segment(n, n * MINUTE_US, (n + 1) * MINUTE_US), camera=sub) for n in (1, 2)))
    index.place_hold(
        Hold(hold_id=HoldId("h"), camera=CAM, span=TimeSpan(0, 2 * MINUTE_US - 1), until_us=None, reason="case")
    )
    due = index.take_due(camera=sub, before_us=9 * MINUTE_US, now_us=9 * MINUTE_US, limit=10)
    assert [one.segment_id for one in due] == [2]
