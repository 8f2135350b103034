"""Work out from films alone where nothing was recorded, and name the causes that are known.

Used twice: to write the gap list and the title cards of a package, and by the verifier to find gaps
that a list leaves out. A hole of at most one second is no interruption: clocks and fragments are not
finer than that.
"""

from collections.abc import Sequence

from ronda.core.time import TimeSpan, uncovered
from ronda.evidence.film import LONG_FRAME_90K, Film
from ronda.evidence.statement import GapLine

HOLE_US = 1_000_000


def shown_span(stated: TimeSpan, duration_90k: int) -> TimeSpan:
    """What a film shows: its stated span where its own length agrees, else its length from the start.

    A camera's media clock may run wrong by a few percent; the tolerance is 1 s and 2 % of the length,
    and no more than that can be hidden in a stated span.
    """
    media_us = duration_90k * 100 // 9
    if fits(stated, duration_90k):
        return stated
    return TimeSpan(stated.start_us, stated.start_us + media_us)


def fits(stated: TimeSpan, duration_90k: int) -> bool:
    """Whether a stated span is as long as its film, within the tolerance."""
    media_us = duration_90k * 100 // 9
    return abs(media_us - stated.duration_us) <= HOLE_US + media_us // 50


def standstills(start_us: int, film: Film) -> list[TimeSpan]:
    """Pictures inside a film that stand longer than any camera's rate: hidden interruptions."""
    return [
        TimeSpan(
            start_us + frame.dts_90k * 100 // 9,
            start_us + (frame.dts_90k + frame.duration_90k) * 100 // 9,
        )
        for frame in film.frames
        if frame.duration_90k > LONG_FRAME_90K
    ]


def derived_holes(given: TimeSpan, shown: Sequence[TimeSpan], still: Sequence[TimeSpan]) -> list[TimeSpan]:
    """What of `given` no film shows, short holes left out, and the standstills."""
    return sorted(hole for hole in [*uncovered(given, shown), *still] if hole.duration_us > HOLE_US)


def gap_lines(camera: str, holes: Sequence[TimeSpan], declared: Sequence[GapLine]) -> list[GapLine]:
    """One line for each stretch of each hole: with its declared cause, else cause unknown."""
    lines: list[GapLine] = []
    for hole in holes:
        known = _known(hole, declared)
        rest = [part for part in uncovered(hole, [gap.span for gap in known]) if part.duration_us > HOLE_US]
        none = [
            GapLine(camera=camera, span=part, cause="unknown", evidence="tidak ada catatan sebab") for part in rest
        ]
        lines += _joined(hole, sorted([*known, *none], key=lambda gap: gap.span))
    return lines


def _known(hole: TimeSpan, declared: Sequence[GapLine]) -> list[GapLine]:
    """The declared gaps, cut to the hole and to each other; an earlier start wins."""
    known: list[GapLine] = []
    at = hole.start_us
    for gap in sorted(declared, key=lambda gap: gap.span):
        span = gap.span.cut_to(TimeSpan(at, hole.end_us)) if at < hole.end_us else None
        if span is not None and span.duration_us > HOLE_US:
            known.append(GapLine(camera=gap.camera, span=span, cause=gap.cause, evidence=gap.evidence))
            at = span.end_us
    return known


def _joined(hole: TimeSpan, parts: Sequence[GapLine]) -> list[GapLine]:
    """The parts, stretched over slivers between them, so that together they fill the hole."""
    ends = [part.span.start_us for part in parts[1:]] + [hole.end_us]
    starts = [hole.start_us, *ends[:-1]]
    return [
        GapLine(camera=part.camera, span=TimeSpan(start, end), cause=part.cause, evidence=part.evidence)
        for part, start, end in zip(parts, starts, ends, strict=True)
    ]
