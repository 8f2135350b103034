"""Privacy masks: what counts as uncovering, and that a painted picture shows nothing below."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ronda.redaction.paint import MASK, painted
from ronda.registry.masks import masks_problem, uncovers
from ronda.registry.model import Mask

SHARES = st.integers(0, 10).map(lambda tenth: tenth / 10)


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    left, top = draw(st.integers(0, 9)), draw(st.integers(0, 9))
    right, bottom = draw(st.integers(left + 1, 10)), draw(st.integers(top + 1, 10))
    return Mask(left=left / 10, top=top / 10, right=right / 10, bottom=bottom / 10)


def cells(of: list[Mask]) -> set[tuple[int, int]]:
    """The tenths that are covered: another way to say the same."""
    return {
        (x, y)
        for one in of
        for x in range(round(one.left * 10), round(one.right * 10))
        for y in range(round(one.top * 10), round(one.bottom * 10))
    }


@given(st.lists(masks(), max_size=4), st.lists(masks(), max_size=4))
@settings(max_examples=300)
def test_a_change_uncovers_when_a_covered_point_is_covered_no_more(before: list[Mask], after: list[Mask]) -> None:
    assert uncovers(before, after) == bool(cells(before) - cells(after))


@pytest.mark.parametrize(
    "sides", [(0.5, 0, 0.5, 1), (0.6, 0, 0.4, 1), (-0.1, 0, 1, 1), (0, 0, 1.1, 1), (0, 0, 1, float("nan"))]
)
def test_what_is_no_rectangle_within_the_picture_is_refused(sides: tuple[float, ...]) -> None:
    left, top, right, bottom = sides
    assert masks_problem([Mask(left=left, top=top, right=right, bottom=bottom)])


def test_a_mask_reaches_outwards_to_whole_pixels_and_leaves_the_rest() -> None:
    picture = np.full((10, 10, 3), 200, dtype=np.uint8)
    done = painted(picture, [Mask(left=0.25, top=0.25, right=0.75, bottom=0.75)])
    assert (done[2:8, 2:8] == MASK).all()
    assert (np.delete(done, range(2, 8), axis=0) == 200).all()
    assert (picture == 200).all()
