"""What a redacted copy hides, and who may let it go: the pure rules."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ronda.core.ids import CameraId, PersonId
from ronda.core.time import SECOND_US, TimeSpan
from ronda.redaction.grid import Grid
from ronda.redaction.model import CopyState, Patch, PatchKind, RedactedCopy
from ronda.redaction.mosaic import LARGEST_SPREAD, Mosaic, spread
from ronda.redaction.motion import background_of, moving
from ronda.redaction.rules import patch_problem, release_problem
from ronda.redaction.tracks import followed, overlap
from ronda.redaction.veil import Found, held, veil

GRID = Grid(640, 480)
SPAN = TimeSpan(0, 10 * SECOND_US)
RINA, NUR, HADI = PersonId("rina"), PersonId("nur"), PersonId("hadi")
NOISE = np.random.default_rng(7)


def patch(kind: PatchKind = PatchKind.VEIL, **changes: object) -> Patch:
    usual = Patch(
        patch_id="p1", kind=kind, left=0.25, top=0.25, right=0.75, bottom=0.75, span=SPAN, note="", by=NUR
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def copy(**changes: object) -> RedactedCopy:
    usual = RedactedCopy(
        copy_id="c1", camera=CameraId("pasar"), span=SPAN, state=CopyState.REVIEWED, version=3, by=RINA, at_us=1,
        detector=False, frames=250, veiled=0.4, sha256="ab", size_bytes=9, derived=(),
        reviewed_by=NUR, reviewed_us=2,
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type]


def same(one: PersonId, other: PersonId) -> bool:
    return one.split("-")[0] == other.split("-")[0]


@given(st.integers(16, 4000), st.integers(16, 2200))
@settings(max_examples=60)
def test_every_pixel_lies_in_a_cell_and_cells_divide_into_sub_cells(width: int, height: int) -> None:
    grid = Grid(width, height)
    assert grid.rows * grid.cell_px >= height > (grid.rows - 1) * grid.cell_px
    assert grid.columns * grid.cell_px >= width > (grid.columns - 1) * grid.cell_px
    assert grid.cell_px % 4 == 0


def test_a_head_as_high_as_a_fifth_of_the_picture_keeps_at_most_five_by_five_colours() -> None:
    for height in (480, 720, 1080, 2160):
        assert height / 5 / Grid(height * 16 // 9, height).cell_px <= 5.1


def test_what_differs_from_the_empty_scene_is_found_and_a_darker_day_is_not() -> None:
    empty = NOISE.integers(60, 90, (480, 640), dtype=np.uint8)
    background = background_of([GRID.fine(empty)] * 5)
    somebody = empty.copy()
    somebody[200:320, 300:340] = 170
    found = GRID.cells_of(moving(GRID.fine(somebody), background, None))
    assert (GRID.covered(300, 200, 340, 320) <= found).all()
    assert found.mean() < 0.15
    assert not moving(GRID.fine(empty - 25), background, None).any()


def test_who_stands_still_is_found_against_the_moment_before_when_they_begin_to_move() -> None:
    empty = np.full((480, 640), 80, dtype=np.uint8)
    stood = empty.copy()
    stood[200:320, 300:340] = 170
    walked = np.roll(stood, 25, axis=1)
    assert moving(GRID.fine(walked), GRID.fine(stood), GRID.fine(stood)).any()


def test_a_track_bridges_the_pictures_that_the_detector_misses_and_stands_before_and_after() -> None:
    found = [(3, [(100.0, 100.0, 140.0, 200.0)]), (6, []), (9, [(118.0, 100.0, 158.0, 200.0)])]
    boxes = followed(found, 20, patience=6)
    assert all(boxes[number] for number in range(16))
    assert not boxes[16]
    (middle,) = boxes[6]
    assert overlap(middle, (109.0, 100.0, 149.0, 200.0)) > 0.5
    assert middle[0] < 109
    assert middle[3] > 200, "a box is drawn a little larger than it was found"


def test_two_people_are_two_tracks() -> None:
    one, other = (0.0, 0.0, 40.0, 100.0), (300.0, 0.0, 340.0, 100.0)
    assert len(followed([(0, [one, other]), (3, [other, one])], 4, patience=3)[2]) == 2


def test_a_cell_is_hidden_before_and_after_it_was_found() -> None:
    cells = np.zeros((40, GRID.rows, GRID.columns), dtype=np.bool_)
    cells[20, 3, 4] = True
    shown = np.flatnonzero(held(cells, 5)[:, 3, 4])
    assert (shown.min(), shown.max(), len(shown)) == (15, 25, 11)


@given(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 3)), max_size=30), st.integers(0, 70))
@settings(max_examples=60)
def test_holding_never_uncovers(marks: list[tuple[int, int]], pictures: int) -> None:
    cells = np.zeros((60, 2, 2), dtype=np.bool_)
    for number, cell in marks:
        cells[number, cell // 2, cell % 2] = True
    assert (cells <= held(cells, pictures)).all()


def found(cells: bool) -> Found:
    shape = (10, GRID.rows, GRID.columns)
    return Found(grid=GRID, at_us=np.arange(10) * SECOND_US, cells=np.full(shape, cells))


def test_hiding_wins_over_keeping_clear_and_masks_win_over_both() -> None:
    clear = patch(PatchKind.CLEAR)
    assert not veil(found(True), [clear], [])[0][12, 16]
    both = veil(found(True), [patch(), clear], [])
    assert both.all()
    masked = veil(found(False), [patch(PatchKind.CLEAR)], [(0.4, 0.4, 0.6, 0.6)])
    assert masked[:, 12, 16].all()


def test_a_patch_is_for_its_own_stretch_of_time() -> None:
    short = patch(span=TimeSpan(2 * SECOND_US, 4 * SECOND_US))
    assert [bool(one[12, 16]) for one in veil(found(False), [short], [])] == [False] * 2 + [True] * 2 + [False] * 6


def test_keeping_clear_opens_no_cell_that_reaches_beyond_the_rectangle() -> None:
    edge = patch(PatchKind.CLEAR, left=0.26, top=0.26, right=0.74, bottom=0.74)
    opened = ~veil(found(True), [edge], [])[0]
    side = GRID.cell_px
    rows, columns = np.nonzero(opened)
    assert rows.min() * side >= 0.26 * 480
    assert (rows.max() + 1) * side <= 0.74 * 480
    assert columns.min() * side >= 0.26 * 640
    assert (columns.max() + 1) * side <= 0.74 * 640


def test_a_hidden_cell_is_one_grey_of_six_and_what_is_not_hidden_stays() -> None:
    picture = NOISE.integers(0, 256, (480, 640, 3), dtype=np.uint8)
    cells = np.zeros((GRID.rows, GRID.columns), dtype=np.bool_)
    cells[4, 5] = True
    hidden = Mosaic(GRID).hide(picture, cells, 0)
    side = GRID.cell_px
    patch_of = hidden[4 * side : 5 * side, 5 * side : 6 * side]
    assert len(np.unique(patch_of.reshape(-1, 3), axis=0)) == 1
    assert int(patch_of[0, 0, 0]) % 51 == 0
    hidden[4 * side : 5 * side, 5 * side : 6 * side] = picture[4 * side : 5 * side, 5 * side : 6 * side]
    assert (hidden == picture).all()


def test_a_moving_face_cannot_be_added_up_over_the_pictures() -> None:
    """A hidden cell says five greys a second, whatever moves below it."""
    mosaic, cells = Mosaic(GRID), np.ones((GRID.rows, GRID.columns), dtype=np.bool_)
    ground = NOISE.integers(0, 256, (480, 640, 3), dtype=np.uint8)
    shown = [mosaic.hide(np.roll(ground, 3 * n, axis=1), cells, n * SECOND_US // 25)[::20, ::20] for n in range(25)]
    changes = sum(not (one == other).all() for one, other in itertools.pairwise(shown))
    assert changes == 4


def test_the_measure_tells_a_hidden_cell_from_a_shown_one() -> None:
    picture = NOISE.integers(0, 256, (480, 640, 3), dtype=np.uint8)
    cells = np.zeros((GRID.rows, GRID.columns), dtype=np.bool_)
    cells[4, 5] = True
    grey = Mosaic(GRID).hide(picture, cells, 0)[:, :, 1]
    measured = spread(grey, GRID)
    assert measured[4, 5] < LARGEST_SPREAD < measured[10, 10]


@pytest.mark.parametrize(
    "changes",
    [
        {"left": -0.1},
        {"right": 1.5},
        {"right": 0.2},
        {"left": float("nan")},
        {"bottom": 0.251},
        {"span": TimeSpan(0, 11 * SECOND_US)},
        {"span": TimeSpan(5, 5)},
        {"note": "x" * 301},
    ],
)
def test_a_patch_that_cannot_be_drawn_is_refused(changes: dict[str, object]) -> None:
    assert patch_problem(patch(), copy()) is None
    assert patch_problem(patch(**changes), copy())


PEOPLE = st.sampled_from([PersonId(name) for name in ("rina", "rina-2", "nur", "nur-2", "hadi", "hadi-2", "sari")])


@given(
    st.sampled_from(CopyState),
    st.integers(1, 4),
    st.integers(1, 4),
    PEOPLE,
    st.none() | PEOPLE,
    st.lists(PEOPLE, max_size=3),
    PEOPLE,
)
@settings(max_examples=400)
def test_nobody_releases_what_they_had_a_hand_in(
    state: CopyState,
    version: int,
    decided: int,
    maker: PersonId,
    reviewer: PersonId | None,
    drawers: list[PersonId],
    releaser: PersonId,
) -> None:
    """Under any account, in any other version, before it was looked through: never."""
    made = copy(
        state=state,
        version=version,
        by=maker,
        reviewed_by=reviewer,
        patches=tuple(patch(by=one) for one in drawers),
    )
    if release_problem(made, decided, releaser, same) is None:
        assert (state, decided) == (CopyState.REVIEWED, version)
        assert reviewer is not None
        assert not any(same(releaser, hand) for hand in (maker, reviewer, *drawers))


def test_somebody_without_a_hand_in_it_releases_the_reviewed_version() -> None:
    assert release_problem(copy(), 3, HADI, same) is None
