"""What a camera's clock says about time: worked out from its reports, never guessed, never put right."""

from hypothesis import given
from hypothesis import strategies as st
from tests.evidence_kit import NIGHT_US, clock_pair

from ronda.core.time import DAY_US, SECOND_US, utc_text
from ronda.evidence.clock_facts import (
    HELD_BACK_US,
    NO_UTC,
    ClockFacts,
    ClockReport,
    measure,
    offset_words,
    summary,
)
from ronda.video.engine.python import STALE_US, SWEEP_US


def report(sent_us: int, offset_us: int, waited_us: int = 0) -> ClockReport:
    pair = clock_pair(sent_us, offset_us=offset_us, waited_us=waited_us)
    return ClockReport(arrival_us=pair.arrival_us, ntp=pair.ntp, rtp_90k=pair.rtp_90k)


def facts(offset_us: int, waits_us: tuple[int, ...] = (0,), every_us: int = 5 * SECOND_US) -> ClockFacts:
    found = measure([report(NIGHT_US + n * every_us, offset_us, waited) for n, waited in enumerate(waits_us)])
    assert found is not None
    return found


@given(
    offset_us=st.integers(-40 * 365 * DAY_US, 40 * 365 * DAY_US),
    waits_us=st.lists(st.integers(0, HELD_BACK_US), min_size=1, max_size=30),
)
def test_the_true_offset_lies_within_the_stated_uncertainty(offset_us: int, waits_us: list[int]) -> None:
    """Whatever reports waited in the socket: a court may rely on the interval, not on its middle."""
    found = facts(offset_us, tuple(waits_us))
    assert abs(found.offset_us - offset_us) <= found.uncertainty_us + 1  # NTP fractions round to 1 us


@given(drift_ppm=st.integers(-900, 900), waits_us=st.tuples(*[st.integers(0, HELD_BACK_US)] * 2))
def test_the_true_drift_lies_within_its_uncertainty(drift_ppm: int, waits_us: tuple[int, int]) -> None:
    """Two reports ten minutes apart; what they waited is all that blurs it."""
    elapsed_us = 600 * SECOND_US
    ends = (0, drift_ppm * elapsed_us // 1_000_000)
    reports = [report(NIGHT_US + n * elapsed_us, ends[n], waits_us[n]) for n in range(2)]
    found = measure(reports)
    assert found is not None
    assert found.drift_ppm is not None
    assert found.drift_uncertainty_ppm is not None
    assert abs(found.drift_ppm - drift_ppm) <= found.drift_uncertainty_ppm + 2


def test_a_camera_that_never_tells_its_time_is_not_measured() -> None:
    """NTP 0 means: no wall clock. No number may be made of it."""
    assert measure([]) is None
    assert measure([ClockReport(arrival_us=NIGHT_US, ntp=0, rtp_90k=7)]) is None
    assert "belum diukur" in summary({"pasar": None})


def test_a_short_film_says_nothing_about_drift() -> None:
    """A wait of 0.4 s over 10 s would look like four percent."""
    found = facts(0, (0, 0, 0))
    assert found.drift_ppm is None
    assert found.document()["hanyutan_ppm"] == "belum diukur"


def test_the_camera_time_after_2036_is_read_in_its_era() -> None:
    """The 32-bit seconds of NTP run over on 7 February 2036; the nearest era is meant."""
    at_us = NIGHT_US + 20 * 365 * DAY_US
    assert utc_text(report(at_us, 0).camera_us)[:19] == utc_text(at_us)[:19]


def test_the_words_keep_sign_and_uncertainty() -> None:
    """`+0,5` without a width would be taken for more than it is."""
    assert offset_words(facts(SECOND_US // 2, (0, 300_000))) == "+0,6 ± 0,4 dtk"
    assert offset_words(facts(SECOND_US // 2, (0, 300_000)), "en") == "+0.6 ± 0.4 s"
    assert offset_words(facts(-12 * SECOND_US)) == "−11,8 ± 0,2 dtk"
    assert offset_words(facts(-HELD_BACK_US // 2 - 40_000)) == "+0,0 ± 0,2 dtk"  # never a minus zero
    assert offset_words(facts(-400 * DAY_US)).startswith("−400,0 ± 0,1 hari")


def test_the_sentence_names_the_four_cameras_that_are_farthest_off() -> None:
    """One page of paper: the rest is in data/waktu.json, and counted."""
    cameras = {f"cam-{n}": facts(n * SECOND_US) for n in range(6)} | {"cam-x": None}
    told = summary(cameras)
    assert told.startswith(NO_UTC)
    assert all(f"cam-{n} " in told for n in (2, 3, 4, 5))
    assert "cam-1 " not in told
    assert "2 kamera lain" in told
    assert "1 kamera belum diukur" in told


def test_the_recorder_holds_no_report_back_for_longer_than_is_reckoned_with() -> None:
    """The uncertainty rests on the engine's sweep: a longer one would make it a lie."""
    assert HELD_BACK_US >= SWEEP_US + STALE_US
