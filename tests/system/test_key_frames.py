"""Jobs that look at pictures read single key frames of what is durable."""

from pathlib import Path

from tests.http_kit import CAMERA, town

from ronda.app.key_frames import key_frames
from ronda.core.ids import camera_id
from ronda.core.time import TimeSpan


def test_the_newest_key_frame_is_decoded_with_its_time(tmp_path: Path) -> None:
    here = town(tmp_path)
    wiring = here.wiring
    frames = list(key_frames(wiring.index, wiring.footage, camera_id(CAMERA), here.segment.span))
    keys = [one.start_us for one in wiring.index.fragments(here.segment.segment_id) if one.key]
    assert [frame.at_us for frame in frames] == keys
    assert frames[0].rgb.shape == (here.segment.height_px, here.segment.width_px, 3)
    assert frames[0].rgb.std() > 1
    (last,) = key_frames(wiring.index, wiring.footage, camera_id(CAMERA), here.segment.span, newest=1)
    assert last.at_us == keys[-1]


def test_a_file_that_is_gone_or_rotten_gives_no_picture(tmp_path: Path) -> None:
    here = town(tmp_path)
    wiring = here.wiring
    path = wiring.footage.path(here.segment.path)
    path.write_bytes(path.read_bytes()[: here.segment.init_bytes] + bytes(50_000))
    assert list(key_frames(wiring.index, wiring.footage, camera_id(CAMERA), here.segment.span)) == []
    path.unlink()
    assert list(key_frames(wiring.index, wiring.footage, camera_id(CAMERA), here.segment.span)) == []
    assert list(key_frames(wiring.index, wiring.footage, camera_id(CAMERA), TimeSpan(0, 1))) == []


def test_frames_are_picked_in_neighbouring_pairs_so_that_a_loop_is_not_taken_for_a_still() -> None:
    from ronda.app.key_frames import picked

    assert picked(list(range(40)), 3) == [0, 1, 19, 20, 38, 39]
    assert picked(list(range(5)), 3) == [0, 1, 2, 3, 4]
