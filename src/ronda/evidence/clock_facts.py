"""What a camera's own clock said, beside the recorder's: offset, drift, and how sure that is. Pure.

A sender report names the camera's time at one instant; the recorder notes when it arrived. Used twice:
to write the clock facts of a package, and by the verifier to work them out again from the reports.
Decides nothing about UTC: the recorder's clock is the measure here, never silently put right.
Invariant: the true offset lies within `offset_us` ± `uncertainty_us`, unless the network held reports
back for longer than the recorder does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ronda.core.time import DAY_US, SECOND_US, utc_text
from ronda.evidence.canonical import Json
from ronda.evidence.machine_clock import utc_words
from ronda.evidence.statement import UNKNOWN

HELD_BACK_US = 400_000  # so long may a report wait in the socket before the recorder dates it
SHORTEST_DRIFT_US = 20 * SECOND_US
METHOD = (
    "laporan pengirim RTCP (waktu NTP kamera) dikurangi waktu tibanya di perekam; "
    "laporan menunggu paling lama 0,4 dtk sebelum dicatat"
)
NO_UTC = "waktu tiba di perekam; ketidakpastian terhadap UTC belum diukur"
BY_UTC = "waktu tiba di perekam; jam perekam terhadap UTC, menurut keadaan NTP-nya,"
_NTP_EPOCH_US = -2_208_988_800 * SECOND_US  # 1900
_ERA_US = SECOND_US << 32
_NAMED_CAMERAS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReport:
    """One sender report: arrival at the recorder, and the camera's NTP (64 bits) and RTP time (32 bits)."""

    arrival_us: int
    ntp: int
    rtp_90k: int

    @property
    def camera_us(self) -> int:
        """The camera's time, UTC microseconds, in the NTP era that lies nearest to the arrival."""
        at_us = _NTP_EPOCH_US + (self.ntp >> 32) * SECOND_US + ((self.ntp & 0xFFFFFFFF) * SECOND_US >> 32)
        return at_us + round((self.arrival_us - at_us) / _ERA_US) * _ERA_US

    @property
    def offset_us(self) -> int:
        return self.camera_us - self.arrival_us

    def row(self) -> list[Json]:
        """As in `data/waktu.json`; the NTP time in hex, since JSON numbers end at 2^53."""
        return [self.arrival_us, f"{self.ntp:016x}", self.rtp_90k]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFacts:
    """A camera's clock over one film, or over all films of the camera. Positive: it is ahead."""

    reports: int
    first: ClockReport
    last: ClockReport
    offset_us: int
    uncertainty_us: int
    drift_ppm: int | None  # None: too short to say
    drift_uncertainty_ppm: int | None

    def document(self) -> dict[str, Json]:
        return {
            "laporan": self.reports,
            "awal": _reading(self.first),
            "akhir": _reading(self.last),
            "selisih_us": self.offset_us,
            "ketidakpastian_us": self.uncertainty_us,
            "hanyutan_ppm": UNKNOWN if self.drift_ppm is None else self.drift_ppm,
            "ketidakpastian_hanyutan_ppm": (
                UNKNOWN if self.drift_uncertainty_ppm is None else self.drift_uncertainty_ppm
            ),
            "cara": METHOD,
        }


def measure(reports: Sequence[ClockReport]) -> ClockFacts | None:
    """The facts of some reports; None when no report names a time."""
    told = sorted((one for one in reports if one.ntp), key=lambda one: one.arrival_us)
    if not told:
        return None
    lowest, highest = min(one.offset_us for one in told), max(one.offset_us for one in told)
    first, last = told[0], told[-1]
    elapsed_us = last.arrival_us - first.arrival_us
    can_drift = elapsed_us >= SHORTEST_DRIFT_US
    return ClockFacts(
        reports=len(told),
        first=first,
        last=last,
        offset_us=(lowest + highest + HELD_BACK_US) // 2,
        uncertainty_us=(highest - lowest + HELD_BACK_US + 1) // 2,
        drift_ppm=(last.offset_us - first.offset_us) * 1_000_000 // elapsed_us if can_drift else None,
        drift_uncertainty_ppm=-(-HELD_BACK_US * 1_000_000 // elapsed_us) if can_drift else None,
    )


def summary(by_camera: Mapping[str, ClockFacts | None], utc_uncertainty_us: int | None = None) -> str:
    """The time line of the hand-over record: what is known of time, in one Indonesian sentence."""
    arrival = NO_UTC if utc_uncertainty_us is None else f"{BY_UTC} {utc_words(utc_uncertainty_us)}"
    known = {camera: facts for camera, facts in by_camera.items() if facts is not None}
    if not known:
        return f"{arrival}; jam kamera belum diukur"
    farthest = sorted(known, key=lambda camera: (-abs(known[camera].offset_us), camera))[:_NAMED_CAMERAS]
    told = "; ".join(f"{camera} {offset_words(known[camera])}" for camera in sorted(farthest))
    left = len(known) - len(farthest)
    more = f"; {left} kamera lain selisihnya lebih kecil" if left else ""
    silent = len(by_camera) - len(known)
    unmeasured = f"; {silent} kamera belum diukur" if silent else ""
    return f"{arrival}. Jam kamera terhadap perekam: {told}{more}{unmeasured}"


def offset_words(facts: ClockFacts, lang: str = "id") -> str:
    """`+0,3 ± 0,2 dtk`; days where a camera never knew the date."""
    is_far = abs(facts.offset_us) >= 2 * DAY_US
    unit_us = DAY_US if is_far else SECOND_US
    offset, around = _tenths(abs(facts.offset_us), unit_us), _tenths(facts.uncertainty_us, unit_us, up=True)
    sign = "+" if facts.offset_us >= 0 or offset == "0,0" else "−"
    text = f"{sign}{offset} ± {around}"
    if lang == "en":
        return f"{text.replace(',', '.')} {'days' if is_far else 's'}"
    return f"{text} {'hari' if is_far else 'dtk'}"


def _tenths(value_us: int, unit_us: int, *, up: bool = False) -> str:
    """With one decimal after a comma; rounded, or up."""
    tenths = -(-value_us * 10 // unit_us) if up else (value_us * 10 + unit_us // 2) // unit_us
    return f"{tenths // 10},{tenths % 10}"


def _reading(report: ClockReport) -> dict[str, Json]:
    return {
        "tiba": utc_text(report.arrival_us),
        "jam_kamera": utc_text(report.camera_us),
        "selisih_us": report.offset_us,
    }
