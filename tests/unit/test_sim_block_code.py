"""The block code: read from any size of the picture, and never read wrongly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.sim_kit import CODE, clips

from ronda.sim.block_code import MAX_FRAME, MAX_SCENE, draw_block_code, read_block_code
from ronda.sim.encode import decode


@given(
    st.integers(0, MAX_SCENE), st.integers(0, MAX_FRAME), st.sampled_from([(720, 1280), (360, 640), (1080, 1920)])
)
def test_scene_and_frame_are_read_back(scene: int, frame: int, size: tuple[int, int]) -> None:
    """A screenshot of a tile proves which frame it shows."""
    picture = np.full((*size, 3), 70, np.uint8)
    draw_block_code(picture, scene, frame)
    assert read_block_code(picture) == (scene, frame)


@pytest.mark.parametrize("scale", [0.5, 0.75, 1.5])
def test_a_picture_shown_in_another_size_is_still_read(scale: float) -> None:
    """Browsers scale tiles to their place."""
    picture = np.full((720, 1280, 3), 90, np.uint8)
    draw_block_code(picture, 9, 1234)
    other = Image.fromarray(picture).resize((int(1280 * scale), int(720 * scale)), Image.Resampling.BILINEAR)
    assert read_block_code(np.asarray(other)) == (9, 1234)


def test_every_picture_of_an_encoded_clip_is_read() -> None:
    """The code must survive the camera's strong compression."""
    read = [read_block_code(picture) for picture in decode(clips()["busy"].units)]
    assert read == [(CODE, index) for index in range(160)]


@given(st.integers(0, 2**32 - 1))
def test_noise_gives_no_number(seed: int) -> None:
    """Without a code the answer is None; the finder and the check sum leave no luck."""
    picture = np.random.default_rng(seed % 200).integers(0, 255, (360, 640), dtype=np.uint8)
    assert read_block_code(picture) is None


def test_one_flipped_square_is_noticed() -> None:
    """A smeared square must not turn one frame number into another."""
    picture = np.full((720, 1280), 70, np.uint8)
    draw_block_code(picture, 5, 321)
    picture[690:700, 1160:1170] = 255 - picture[690:700, 1160:1170]
    assert read_block_code(picture) is None
