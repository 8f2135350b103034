"""How sure the recorder's own clock is of UTC, from what its kernel said meanwhile. Pure.

The kernel keeps a bound of its clock's error (`maximum error` of the NTP discipline) that grows by 500 ppm
while nobody corrects it. The recorder writes that down every ten minutes and at each change. Here these
readings become one number for a span, or none when nobody knows.
Invariant: the uncertainty of a span is never smaller than that of any instant in it. A reading says what the
machine's kernel believed; that the NTP server told the truth it cannot say.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ronda.core.time import SECOND_US, TimeSpan
from ronda.evidence.canonical import Json

EVERY_US = 600 * SECOND_US
NEAR_US = 2 * EVERY_US  # a reading so far from an instant still bounds it
FREE_PPM = 500  # so far may a clock stray that nobody corrects


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """What the kernel said of its clock. offset_us: the correction that is still to be made."""

    at_us: int
    is_synchronised: bool
    offset_us: int
    max_error_us: int
    frequency_ppm: float

    def row(self) -> list[Json]:
        """As in `data/waktu.json`; the frequency in parts per billion, since these are whole numbers."""
        return [
            self.at_us,
            int(self.is_synchronised),
            self.offset_us,
            self.max_error_us,
            round(self.frequency_ppm * 1000),
        ]

    def text(self) -> str:
        """As a note of the recording index."""
        return json.dumps(self.row())


def read_row(row: Sequence[object]) -> ClockReading:
    """The inverse of `row`. Raises ValueError or TypeError for anything else."""
    numbers: list[int] = []
    for value in row:
        if type(value) is not int or abs(value) >= 1 << 53:
            raise TypeError(f"no whole number: {value!r}")
        numbers.append(value)
    at_us, synchronised, offset_us, max_error_us, frequency_ppb = numbers
    return ClockReading(
        at_us=at_us,
        is_synchronised=bool(synchronised),
        offset_us=offset_us,
        max_error_us=max_error_us,
        frequency_ppm=frequency_ppb / 1000,
    )


def read_text(text: str) -> ClockReading | None:
    """The reading of a note; None when it is none."""
    try:
        row = json.loads(text)
        return read_row(row) if isinstance(row, list) else None
    except (ValueError, TypeError):
        return None


def utc_uncertainty_us(span: TimeSpan, readings: Sequence[ClockReading]) -> int | None:
    """How far the machine's clock may have been from UTC in the span; None when that was not measured.

    Each reading bounds the time up to the next one: its error, and 500 ppm of what passed. Readings must
    reach from before the span to its end without a hole of more than twenty minutes; a reading that is not
    synchronised bounds nothing.
    """
    told = sorted(readings, key=lambda one: one.at_us)
    before = [one for one in told if one.at_us <= span.start_us][-1:]
    inside = [one for one in told if span.start_us < one.at_us < span.end_us]
    used = [*before, *inside]
    if not used or not all(one.is_synchronised for one in used):
        return None
    if span.start_us - used[0].at_us > NEAR_US:
        return None
    ends = [*(one.at_us for one in used[1:]), span.end_us]
    worst = 0
    for one, end_us in zip(used, ends, strict=True):
        elapsed_us = end_us - one.at_us
        if elapsed_us > NEAR_US:
            return None
        worst = max(worst, abs(one.offset_us) + one.max_error_us + elapsed_us * FREE_PPM // 1_000_000)
    return worst


def utc_words(uncertainty_us: int, lang: str = "id") -> str:
    """`± 0,04 dtk`, rounded up."""
    hundredths = -(-uncertainty_us * 100 // SECOND_US)
    text = f"± {hundredths // 100},{hundredths % 100:02}"
    return f"{text.replace(',', '.')} s" if lang == "en" else f"{text} dtk"


def document(span: TimeSpan, readings: Sequence[ClockReading], unknown: str) -> Mapping[str, Json]:
    """The time facts of a package's statement."""
    uncertainty_us = utc_uncertainty_us(span, readings)
    synchronised = [one.at_us for one in readings if one.is_synchronised and one.at_us <= span.end_us]
    return {
        "sumber": "keadaan NTP inti sistem perekam" if readings else unknown,
        "ketidakpastian_utc_us": unknown if uncertainty_us is None else uncertainty_us,
        "terakhir_sinkron": max(synchronised) if synchronised else unknown,
    }
