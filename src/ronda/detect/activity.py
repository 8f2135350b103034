"""Where in a span something moved, from the sizes of frames in the index: a hint, never a proof.

Compares the bytes of non-key frames, over whole groups of pictures of about 8 s, with the camera's own
quiet level (the lowest quarter of the span and its spread). Whole groups and several of them, since
frame sizes swing within a group, and from one group to the next, even when nothing moves.
Decodes nothing, sees no picture, knows nobody. Misses slow and small things; a scene that is busy all
the time has no quiet level and gives few hints.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Protocol

from ronda.core.time import SECOND_US, TimeSpan

DEVIATIONS = 10.0  # of the quiet quarter: about four of the whole for even noise
SMALLEST_RISE = 0.10  # of the quiet level: below this a rise is noise
WINDOW_S = 7.9  # four groups of two seconds, some ticks short or not
JOIN_US = 5 * SECOND_US
FEWEST_GROUPS = 10  # below this there is no quiet level to compare with


class SizedFragment(Protocol):
    """What is asked of a fragment of the index (`ronda.video.model.Fragment` has it)."""

    @property
    def start_us(self) -> int: ...
    @property
    def duration_90k(self) -> int: ...
    @property
    def inter_bytes(self) -> int: ...
    @property
    def key(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """One group of pictures: when, and how many bytes a second its non-key frames took."""

    span: TimeSpan
    seconds: float
    bytes_s: float


def busy_stretches(fragments: Iterable[SizedFragment], span: TimeSpan) -> list[TimeSpan]:
    """Stretches of `span` whose groups of pictures are clearly larger than the quiet level.

    fragments  those of one camera in order; stretches less than 5 s apart are joined
    """
    groups = _groups([fragment for fragment in fragments if span.contains(fragment.start_us)])
    if len(groups) < FEWEST_GROUPS:
        return []
    smooth = _smooth(groups)
    limit = _limit(smooth)
    return _joined([group.span for group, bytes_s in zip(groups, smooth, strict=True) if bytes_s > limit])


def _groups(fragments: Sequence[SizedFragment]) -> list[_Group]:
    """The whole ones: of the last one nobody knows whether its smaller frames are still to come."""
    starts = [number for number, fragment in enumerate(fragments) if fragment.key]
    parts = [fragments[one:next_one] for one, next_one in pairwise(starts)]
    return [group for part in parts if (group := _group(part))]


def _group(part: Sequence[SizedFragment]) -> _Group | None:
    ticks = sum(fragment.duration_90k for fragment in part)
    if ticks <= 0:
        return None
    start_us = part[0].start_us
    size = sum(fragment.inter_bytes for fragment in part)
    span = TimeSpan(start_us, start_us + ticks * 100 // 9)
    return _Group(span=span, seconds=ticks / 90_000, bytes_s=size * 90_000 / ticks)


def _smooth(groups: Sequence[_Group]) -> list[float]:
    """For each group the mean over the groups that make 8 s of film from its start; the last 8 s share one.

    Counted by the film's own time: arrivals tremble, and a group more or less in a window would look like noise.
    """
    means: list[float] = []
    for number in range(len(groups)):
        near, seconds = 0, 0.0
        while number + near < len(groups) and seconds < WINDOW_S:
            seconds += groups[number + near].seconds
            near += 1
        is_whole = seconds >= WINDOW_S or not means
        sizes = [group.bytes_s for group in groups[number : number + near]]
        means.append(sum(sizes) / near if is_whole else means[-1])
    return means


def _limit(rates: Sequence[float]) -> float:
    """Above the lowest quarter by its own spread: a span that is mostly busy still has its quiet quarter."""
    lowest = sorted(rates)[: len(rates) // 4 + 1]
    quiet = lowest[-1]
    spread = median(quiet - rate for rate in lowest)
    return quiet + max(DEVIATIONS * spread, SMALLEST_RISE * quiet)


def _joined(parts: Sequence[TimeSpan]) -> list[TimeSpan]:
    joined: list[TimeSpan] = []
    for part in sorted(parts):
        if joined and part.start_us - joined[-1].end_us <= JOIN_US:
            joined[-1] = TimeSpan(joined[-1].start_us, max(joined[-1].end_us, part.end_us))
        else:
            joined.append(part)
    return joined
