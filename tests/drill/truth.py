"""What is missing, judged by the numbers that virtual cameras put into each picture. For test and benchmark.

A hole is where numbers are missing, from the last picture before it to the first after it. Every hole longer than
`NO_GAP_US` must have a declared gap, and every gap a hole, with both ends within a second.
"""

from collections.abc import Sequence
from itertools import pairwise

from ronda.core.time import SECOND_US
from ronda.video.model import Gap

NO_GAP_US = 3 * SECOND_US // 2  # shorter holes are not declared; see docs/design/segments.md
Span = tuple[int, int]


def doubled(frames: Sequence[int]) -> bool:
    """Whether a frame is there twice, or out of order."""
    return list(frames) != sorted(set(frames))


def holes(frames: Sequence[int], epoch_us: int, frame_us: int) -> list[Span]:
    return [
        (epoch_us + before * frame_us, epoch_us + after * frame_us)
        for before, after in pairwise(frames)
        if after > before + 1
    ]


def declared(gaps: Sequence[Gap]) -> list[Span]:
    """Gaps that touch, of different causes, cover a hole together. Raises AssertionError: one never ended."""
    spans: list[Span] = []
    for gap in gaps:
        assert gap.end_us is not None, f"{gap.camera}: a gap never ended"
        if spans and gap.start_us <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], gap.end_us))
        else:
            spans.append((gap.start_us, gap.end_us))
    return spans


def edge_s(one: Span, others: Sequence[Span]) -> float:
    """How far the nearest of the others begins or ends from it; infinite without any."""
    far_us = min((max(abs(one[0] - other[0]), abs(one[1] - other[1])) for other in others), default=None)
    return float("inf") if far_us is None else far_us / SECOND_US


def undeclared(missing: Sequence[Span], spans: Sequence[Span]) -> list[Span]:
    """Holes that have no gap."""
    return [hole for hole in missing if hole[1] - hole[0] > NO_GAP_US and edge_s(hole, spans) > 1]


def unfounded(spans: Sequence[Span], missing: Sequence[Span]) -> list[Span]:
    """Gaps that have no hole."""
    return [span for span in spans if edge_s(span, missing) > 1]
