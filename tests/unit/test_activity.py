"""Hints of activity from frame sizes: what rises clearly is found, what only swings is not."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ronda.core.time import SECOND_US, TimeSpan
from ronda.detect.activity import busy_stretches

SPAN = TimeSpan(0, 600 * SECOND_US)


@dataclass(frozen=True)
class Piece:
    start_us: int
    duration_90k: int
    inter_bytes: int
    key: bool


def film(seconds: int, busy: range = range(0), *, rise: float = 1.5, level: int = 4000) -> list[Piece]:
    """Half-second fragments in groups of two seconds; sizes swing within each group as encoders do."""
    swing = (1.6, 1.2, 0.8, 0.4)
    return [
        Piece(
            start_us=n * SECOND_US // 2,
            duration_90k=45_000,
            inter_bytes=int(level * swing[n % 4] * (rise if n // 2 in busy else 1)),
            key=n % 4 == 0,
        )
        for n in range(seconds * 2)
    ]


def test_a_stretch_with_larger_frames_is_found_where_it_is() -> None:
    (found,) = busy_stretches(film(300, range(100, 130)), SPAN)
    assert 90 * SECOND_US <= found.start_us <= 102 * SECOND_US
    assert 128 * SECOND_US <= found.end_us <= 136 * SECOND_US


def test_the_swing_inside_groups_of_pictures_is_no_activity() -> None:
    """Frames grow and shrink between key frames even in a still picture."""
    assert busy_stretches(film(300), SPAN) == []


def test_a_rise_within_the_noise_is_no_activity() -> None:
    assert busy_stretches(film(300, range(100, 130), rise=1.05), SPAN) == []


def test_a_span_that_is_mostly_busy_still_shows_where() -> None:
    """A narrow span around a theft is busy for more than half of its length."""
    (found,) = busy_stretches(film(76, range(20, 66)), SPAN)
    assert found.start_us <= 22 * SECOND_US
    assert found.end_us >= 64 * SECOND_US


def test_where_the_span_begins_and_ends_does_not_decide_what_is_found() -> None:
    """A group that the span's end cuts off has only its larger frames; arrivals tremble by some hundredths."""
    pieces = [
        Piece(one.start_us + (number * 37 % 50) * 1000, one.duration_90k, one.inter_bytes, one.key)
        for number, one in enumerate(film(100, range(40, 80), rise=1.25))
    ]
    for begin in range(0, 4000, 250):
        for end in range(-4000, 1, 250):
            span = TimeSpan(20 * SECOND_US + begin * 1000, 96 * SECOND_US + end * 1000)
            (found,) = busy_stretches(pieces, span)
            assert 32 * SECOND_US <= found.start_us <= 42 * SECOND_US


def test_two_stretches_close_together_are_one() -> None:
    pieces = film(300, range(100, 112))[:240] + film(300, range(116, 130))[240:]
    assert len(busy_stretches(film(300, range(100, 130)), SPAN)) == 1
    assert len(busy_stretches(pieces, SPAN)) == 1


def test_too_little_footage_has_no_quiet_level_and_gives_no_hint() -> None:
    assert busy_stretches(film(10, range(2, 4)), SPAN) == []
    assert busy_stretches([], SPAN) == []


@given(
    sizes=st.lists(st.integers(0, 10**6), max_size=200),
    keys=st.lists(st.booleans(), min_size=200, max_size=200),
    ticks=st.lists(st.integers(0, 180_000), min_size=200, max_size=200),
)
def test_hints_are_ordered_apart_and_inside_what_was_recorded(
    sizes: list[int], keys: list[bool], ticks: list[int]
) -> None:
    """Whatever the index holds, the answer is a clean list of spans."""
    at, pieces = 0, []
    for size, key, duration in zip(sizes, keys, ticks, strict=False):
        pieces.append(Piece(start_us=at, duration_90k=duration, inter_bytes=size, key=key))
        at += duration * 100 // 9
    found = busy_stretches(pieces, TimeSpan(0, at + 1))
    assert all(one.end_us < other.start_us for one, other in pairwise(found))
    assert all(0 <= part.start_us < part.end_us <= at + 1 for part in found)
