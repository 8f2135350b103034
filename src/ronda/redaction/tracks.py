"""Boxes of a detector followed from picture to picture, so that a picture it misses hides no less. Pure.

A track carries no identity: it is a run of boxes that overlap. Between two boxes it is drawn through in
a straight line; before the first and after the last it stands still for a while.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels

LEAST_OVERLAP = 0.2
GROWN = 0.15  # of the box's own size, on each side


@dataclass(slots=True)
class _Track:
    seen: list[tuple[int, Box]] = field(default_factory=list)


def followed(found: Sequence[tuple[int, Sequence[Box]]], frames: int, patience: int) -> list[list[Box]]:
    """The boxes of each of `frames` pictures, grown a little.

    found     (picture, boxes) where the detector looked, in order
    patience  pictures for which a track lives on without a box, and stands before its first and after its last
    """
    open_tracks: list[_Track] = []
    tracks: list[_Track] = []
    for number, boxes in found:
        open_tracks = [track for track in open_tracks if number - track.seen[-1][0] <= patience]
        left = list(boxes)
        for track in sorted(open_tracks, key=lambda one: -one.seen[-1][0]):
            best = max(left, key=lambda box: overlap(box, track.seen[-1][1]), default=None)
            if best is not None and overlap(best, track.seen[-1][1]) >= LEAST_OVERLAP:
                track.seen.append((number, best))
                left.remove(best)
        fresh = [_Track([(number, box)]) for box in left]
        open_tracks += fresh
        tracks += fresh
    drawn: list[list[Box]] = [[] for _ in range(frames)]
    for track in tracks:
        _draw(track, drawn, patience)
    return drawn


def _draw(track: _Track, drawn: list[list[Box]], patience: int) -> None:
    first, last = track.seen[0], track.seen[-1]
    for number in range(max(0, first[0] - patience), first[0]):
        drawn[number].append(_larger(first[1]))
    for (one, before), (other, after) in zip(track.seen, track.seen[1:], strict=False):
        for number in range(one, other):
            share = (number - one) / (other - one)
            drawn[number].append(_larger(_between(before, after, share)))
    for number in range(last[0], min(len(drawn), last[0] + patience + 1)):
        drawn[number].append(_larger(last[1]))


def _between(one: Box, other: Box, share: float) -> Box:
    left, top, right, bottom = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return left, top, right, bottom


def _larger(box: Box) -> Box:
    wide, high = (box[2] - box[0]) * GROWN, (box[3] - box[1]) * GROWN
    return box[0] - wide, box[1] - high, box[2] + wide, box[3] + high


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    areas = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return shared / (areas - shared)
