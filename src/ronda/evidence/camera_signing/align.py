"""Hold the hashes of one claim against the units that stand before it: which fit, changed, moved or are missing.

A unit's hash is taken together with that of its key picture (the anchor), so a changed key picture would spoil its
whole group; the signed list itself says what the key picture's hash was, and with that anchor the others are
still told one by one. Fits are the longest row that keeps its order; ties between equal hashes go by number.
"""

import itertools
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from ronda.evidence.camera_signing.units import KEY, SEI, Units


@dataclass(slots=True)
class Aligned:
    """Units by index. `missing_head`: expected before the first fit, with no unit that could be it."""

    fits: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)
    missing: int = 0
    missing_head: int = 0
    end: int = 0  # the first unit that a later claim may cover


def unit_hash(units: Units, index: int, anchor: bytes) -> bytes:
    """What a claim expects for this unit."""
    if units.kinds[index] in (KEY, SEI):
        return units.digests[index]
    return units.hashed(anchor, units.digests[index])


def anchors_at(units: Units, start: int, end: int, before: bytes) -> list[bytes]:
    """The key picture's hash for each unit of a window; `before` for those ahead of the first key picture."""
    found, anchor = [], before
    for index in range(start, end):
        if units.kinds[index] == KEY:
            anchor = units.digests[index]
        found.append(anchor)
    return found


def align(
    units: Units,
    window: tuple[int, int],
    expected: Sequence[bytes],
    anchors: Sequence[bytes],
    more: Sequence[bytes],
) -> Aligned:
    """Hold `expected` against the units of `window`.

    anchors  of each unit, from the stream
    more     further anchors to try: those that signed lists name
    """
    start, end = window
    places: dict[bytes, list[int]] = {}
    for place, digest in enumerate(expected):
        places.setdefault(digest, []).append(place)
    seen: dict[bytes, int] = {}
    pairs: list[tuple[int, int]] = []
    for index in range(start, end):
        for anchor in (anchors[index - start], *more):
            digest = unit_hash(units, index, anchor)
            if digest in places:
                number = seen.get(digest, 0)
                seen[digest] = number + 1
                if number < len(places[digest]):
                    pairs.append((index, places[digest][number]))
                break
    kept = _longest_row([place for _, place in pairs])
    result = Aligned(end=start, moved=[pairs[at][0] for at in range(len(pairs)) if at not in kept])
    rows = [pairs[at] for at in sorted(kept)]
    if rows:
        _between(units, window, rows, len(expected), result)
    return result


def _between(
    units: Units, window: tuple[int, int], rows: list[tuple[int, int]], count: int, result: Aligned
) -> None:
    """What stands, and what should stand, before, between and after the fits."""
    moved = set(result.moved)
    first, place = rows[0]
    head = [index for index in range(window[0], first) if index not in moved]
    taken = head[len(head) - min(place, len(head)) :]
    result.changed += taken
    result.missing_head = place - len(taken)
    for (left, left_place), (right, right_place) in itertools.pairwise(rows):
        others = [index for index in range(left + 1, right) if index not in moved]
        _replaced(result, others, right_place - left_place - 1, closed=True)
    last, place = rows[-1]
    tail: list[int] = []
    for index in range(last + 1, window[1]):
        if units.kinds[index] == KEY:
            break
        if index not in moved:
            tail.append(index)
    _replaced(result, tail, count - 1 - place, closed=False)
    result.fits = [index for index, _ in rows]
    result.end = max([*result.fits, *result.changed, *result.added, *result.moved]) + 1


def _replaced(result: Aligned, others: list[int], expected: int, *, closed: bool) -> None:
    """`closed`: units beyond the expected number are additions; else a later claim may know them."""
    result.changed += others[:expected]
    result.missing += max(0, expected - len(others))
    if closed:
        result.added += others[expected:]


def _longest_row(places: list[int]) -> set[int]:
    """Indices of a longest strictly rising subsequence."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for at, place in enumerate(places):
        slot = bisect_left(tails, place)
        before.append(ends[slot - 1] if slot else -1)
        if slot == len(tails):
            tails.append(place)
            ends.append(at)
        else:
            tails[slot] = place
            ends[slot] = at
    kept, at = set(), ends[-1] if ends else -1
    while at >= 0:
        kept.add(at)
        at = before[at]
    return kept
