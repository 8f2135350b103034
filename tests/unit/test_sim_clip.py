"""Clips: any one may follow any other, and a damaged file is noticed before it is sent."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.sim_kit import SIZE, clips, pictures, reel

from ronda.sim import sei
from ronda.sim.clip import access_units, load_clip, save_clip, split_annex_b
from ronda.sim.encode import encode
from ronda.sim.errors import BrokenClipError
from ronda.sim.feed import make_reel


def test_all_clips_of_a_look_have_the_same_parameter_sets() -> None:
    """Otherwise a recorder would have to begin a new file at each splice."""
    assert len({clip.parameter_sets() for clip in clips().values()}) == 1


def test_each_picture_carries_one_mark_before_it() -> None:
    """One mark for each frame, or counting would be wrong."""
    for unit in clips()["busy"].units:
        kinds = [nal[0] & 0x1F for nal in unit.nals]
        assert kinds == ([7, 8, 6, 5] if unit.key else [6, 1])
        assert sei.parse(unit.nals[-2]) is not None


def test_key_frames_stand_every_two_seconds_and_nowhere_else() -> None:
    """The schedule reckons with it."""
    assert [i for i, unit in enumerate(clips()["busy"].units) if unit.key] == list(range(0, 160, 20))


def test_a_saved_clip_is_loaded_as_it_was(tmp_path: Path) -> None:
    """Clips are drawn once and kept for years."""
    clip = clips()["theft"]
    save_clip(clip, tmp_path)
    assert load_clip(tmp_path, "theft") == clip


@pytest.mark.parametrize("cut", [0, 10, 2000, -3000])
def test_a_clip_that_was_cut_is_refused(tmp_path: Path, cut: int) -> None:
    """A full disk at the first start must not become a broken stream at the second."""
    save_clip(clips()["theft"], tmp_path)
    path = tmp_path / "theft.h264"
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(BrokenClipError, match="delete the scenes folder"):
        load_clip(tmp_path, "theft")


def test_nal_units_survive_annex_b() -> None:
    """Three- and four-byte start codes, and zeros after a NAL, are all allowed."""
    assert split_annex_b(b"\0\0\0\1\x67ab\0\0\1\x68c\0\0\0\0\1\x65d") == [b"\x67ab", b"\x68c", b"\x65d"]
    units = access_units([b"\x67", b"\x68", b"\x65", b"\x41"])
    assert [(len(unit.nals), unit.key) for unit in units] == [(3, True), (1, False)]


def test_clips_of_different_sizes_cannot_be_one_stream() -> None:
    """Refused at the start, not shown as a broken picture."""
    small = encode([picture[:240, :320] for picture in pictures("quiet", 20)], 320, 240)
    other = replace(clips()["quiet"], name="small", units=small)
    with pytest.raises(BrokenClipError, match="different parameter sets"):
        make_reel({"quiet": clips()["quiet"], "small": other})


def test_the_description_names_the_parameter_sets_and_the_track() -> None:
    """A recorder may prepare its decoder before the first packet."""
    text = reel().description
    assert "H264/90000" in text
    assert "sprop-parameter-sets=" in text
    assert text.rstrip().endswith("a=control:trackID=0")
    assert SIZE[0] == clips()["quiet"].width_px
