"""Give frames their decoding times when only presentation times are known.

RTP carries the presentation time of each frame, in decoding order; MP4 wants decoding times that
rise. The rule is causal: with a reorder depth D, the decoding time of frame i is the (i-D)-th
smallest presentation time so far; before the first D frames it steps back by the frame distance.
Invariant: decoding times rise strictly, whatever the presentation times do.
"""

import itertools
from bisect import insort
from collections.abc import Sequence

MAX_DEPTH = 16


def observed_depth(pts_90k: Sequence[int]) -> int:
    """The reorder depth that these presentation times, in decoding order, need at least.

    That is the largest number of frames decoded before a frame but shown after it.
    """
    depth = 0
    for index, pts in enumerate(pts_90k):
        later = sum(1 for earlier in pts_90k[max(0, index - MAX_DEPTH) : index] if earlier > pts)
        depth = max(depth, later)
    return min(depth, MAX_DEPTH)


def frame_distance(pts_90k: Sequence[int], default_90k: int = 3600) -> int:
    """The smallest distance between two presentation times; `default_90k` when there are fewer."""
    ordered = sorted(pts_90k)
    distances = [later - earlier for earlier, later in itertools.pairwise(ordered) if later > earlier]
    return min(distances, default=default_90k)


class Reorder:
    """Decoding times of one segment. The first one is 0; `origin_90k` is its presentation clock."""

    def __init__(self, *, first_pts_90k: int, depth: int, distance_90k: int) -> None:
        self.depth = min(depth, MAX_DEPTH)
        self.origin_90k = first_pts_90k - self.depth * distance_90k
        self._waiting = [first_pts_90k - (self.depth - step) * distance_90k for step in range(self.depth)]
        self._last_dts = -1

    def next_dts(self, pts_90k: int) -> int:
        """The decoding time, from the segment's start, of the next frame in decoding order."""
        if self.depth:
            insort(self._waiting, pts_90k)
            pts_90k = self._waiting.pop(0)
        dts = max(pts_90k - self.origin_90k, self._last_dts + 1)
        self._last_dts = dts
        return dts

    def peek_dts(self, pts_90k: int) -> int:
        """What `next_dts` would give, without taking the frame."""
        candidate = min(self._waiting[0], pts_90k) if self.depth else pts_90k
        return max(candidate - self.origin_90k, self._last_dts + 1)
