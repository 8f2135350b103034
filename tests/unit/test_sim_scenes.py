"""The drawn places: the theft is really seen, and each clip shows what the truth file says."""

from functools import cache

import numpy as np

from ronda.sim.block_code import read_block_code
from ronda.sim.builder import finished_picture
from ronda.sim.scenes.base import Scene
from ronda.sim.scenes.looks import DEMO_LOOKS, LOOKS, make_scene

BAY = (slice(320, 440), slice(640, 720))  # where the white motorcycle stands


@cache
def parking() -> Scene:
    return make_scene(LOOKS["ruko-yos-sudarso"])


def changed(first: np.ndarray, second: np.ndarray) -> float:
    """Share of pixels that differ clearly."""
    return float((np.abs(first.astype(int) - second.astype(int)).max(axis=2) > 24).mean())


def test_before_the_theft_the_motorcycle_stands_there_and_after_it_the_bay_is_empty() -> None:
    """An investigator compares the minutes before and after."""
    before = parking().picture("quiet", 0)[BAY]
    start = parking().picture("theft", 0)[BAY]
    end = parking().picture("theft", 419)[BAY]
    after = parking().picture("after", 0)[BAY]
    assert changed(before, start) < 0.02
    assert changed(before, after) > 0.15
    assert changed(end, after) < 0.02


def test_the_thief_comes_works_and_leaves_to_the_right() -> None:
    """Where he is seen moves from the left edge to the bay and out at the right edge."""
    places = []
    for index, before in ((30, "quiet"), (190, "quiet"), (355, "after")):
        still = parking().picture(before, 0).astype(int)
        moved = np.abs(parking().picture("theft", index).astype(int) - still).max(axis=2) > 40
        places.append(float(np.nonzero(moved)[1].mean()))
    assert places[0] < 250 < 600 < places[1] < 750 < 1000 < places[2]


def test_sightings_lie_within_their_clips() -> None:
    """The truth file is made from them."""
    scene = parking()
    for clip, frames in scene.clips().items():
        assert frames % 20 == 0, "whole GOPs"
        for sighting in scene.sightings(clip):
            assert 0 <= sighting.first_frame < sighting.end_frame <= frames
    assert [sighting.actor for sighting in scene.sightings("theft")] == ["pencuri"]
    assert scene.sightings("quiet") == ()


def test_the_finished_picture_names_its_scene_and_frame() -> None:
    """Read before any compression; the encoded way is tested with the block code."""
    picture = finished_picture(parking(), "busy", 77)
    assert picture.shape == (720, 1280, 3)
    assert read_block_code(picture) == (LOOKS["ruko-yos-sudarso"].code, 77)


def test_a_frozen_picture_does_not_move() -> None:
    """Not even its noise or its rain."""
    assert np.array_equal(parking().picture("frozen", 0), parking().picture("frozen", 13))


def test_every_look_has_a_code_of_its_own() -> None:
    """Two places with one code could not be told apart."""
    assert len({look.code for look in LOOKS.values()}) == len(LOOKS)
    assert len(DEMO_LOOKS) >= 12
