"""Where in a span something moved, from the sizes of frames in the index: a hint, never a proof.

Compares each second's bytes of non-key frames with the camera's own quiet level (median and median
deviation over the span). Decodes nothing, sees no picture, knows nobody. Misses slow and small
things; a scene that is busy all the time has no quiet level and gives few hints.
"""

from collections.abc import Iterable, Sequence
from statistics import median

from ronda.core.time import SECOND_US, TimeSpan
from ronda.video.model import Fragment

DEVIATIONS = 6.0
SMALLEST_RISE = 0.25  # of the median: below this a rise is noise
JOIN_US = 4 * SECOND_US
SHORTEST_US = SECOND_US


def busy_stretches(fragments: Iterable[Fragment], span: TimeSpan) -> list[TimeSpan]:
    """Stretches inside `span` whose frames are clearly larger than the quiet level, joined within 4 s."""
    seen = [fragment for fragment in fragments if span.contains(fragment.start_us) and fragment.duration_90k > 0]
    rates = [fragment.inter_bytes * 90_000 / fragment.duration_90k for fragment in seen]
    if len(rates) < 10:
        return []
    limit = _limit(rates)
    busy = [
        TimeSpan(fragment.start_us, fragment.start_us + fragment.duration_90k * 100 // 9)
        for fragment, rate in zip(seen, rates, strict=True)
        if rate > limit
    ]
    return [part for part in _joined(busy) if part.duration_us >= SHORTEST_US]


def _limit(rates: Sequence[float]) -> float:
    middle = median(rates)
    deviation = median(abs(rate - middle) for rate in rates)
    return middle + max(DEVIATIONS * deviation, SMALLEST_RISE * middle)


def _joined(parts: Sequence[TimeSpan]) -> list[TimeSpan]:
    joined: list[TimeSpan] = []
    for part in sorted(parts):
        if joined and part.start_us - joined[-1].end_us <= JOIN_US:
            joined[-1] = TimeSpan(joined[-1].start_us, max(joined[-1].end_us, part.end_us))
        else:
            joined.append(part)
    return joined
