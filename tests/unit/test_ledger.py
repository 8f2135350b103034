"""The camera-minute ledger: nothing is lost between its lines."""

from hypothesis import given
from hypothesis import strategies as st

from ronda.core.days import day_span, days_in, month_before, month_of, month_span
from ronda.core.ids import camera_id
from ronda.core.time import HOUR_US, TimeSpan, parse_utc
from ronda.health.ledger import account, total
from ronda.video.model import Gap, GapCause

CAMERA = camera_id("simpang-3")
MINUTES = st.integers(min_value=-30, max_value=90)


def gap(start: int, end: int | None, cause: GapCause) -> Gap:
    return Gap(camera=CAMERA, start_us=start, end_us=end, cause=cause, evidence="diukur")


@given(
    recorded=st.lists(st.tuples(MINUTES, MINUTES)),
    gaps=st.lists(st.tuples(MINUTES, st.none() | MINUTES, st.sampled_from(GapCause))),
)
def test_the_parts_of_an_account_add_up_to_its_span(
    recorded: list[tuple[int, int]], gaps: list[tuple[int, int | None, GapCause]]
) -> None:
    span = TimeSpan(0, 60)
    rows = [gap(a, None if b is None else max(a, b), cause) for a, b, cause in gaps]
    found = account(span, [TimeSpan(min(pair), max(pair)) for pair in recorded], rows)
    assert found.recorded_us + sum(found.missing_us.values()) == found.span_us == 60
    assert found.recorded_us >= 0
    assert 0 not in found.missing_us.values()


EDGES = st.integers(min_value=-5, max_value=45)


@given(
    recorded=st.lists(st.tuples(EDGES, EDGES), max_size=6),
    gaps=st.lists(
        st.tuples(EDGES, st.none() | EDGES, st.sampled_from(GapCause)), max_size=6, unique_by=lambda g: g[0]
    ),
)
def test_sums_are_those_of_a_count_microsecond_by_microsecond(
    recorded: list[tuple[int, int]], gaps: list[tuple[int, int | None, GapCause]]
) -> None:
    """Each microsecond looked up alone: the earliest gap over it, else footage, else unknown."""
    span = TimeSpan(0, 40)
    rows = sorted(
        (gap(a, None if b is None else max(a, b), cause) for a, b, cause in gaps), key=lambda g: g.start_us
    )
    footage = [TimeSpan(min(pair), max(pair)) for pair in recorded]
    counted: dict[GapCause, int] = {}
    kept = 0
    for at in range(span.start_us, span.end_us):
        over = [one for one in rows if one.start_us <= at and (one.end_us is None or at < one.end_us)]
        if over:
            counted[over[0].cause] = counted.get(over[0].cause, 0) + 1
        elif any(part.start_us <= at < part.end_us for part in footage):
            kept += 1
        else:
            counted[GapCause.UNKNOWN] = counted.get(GapCause.UNKNOWN, 0) + 1
    found = account(span, footage, rows)
    assert (found.recorded_us, dict(found.missing_us)) == (kept, counted)
    halves = [account(part, footage, rows) for part in (TimeSpan(0, 17), TimeSpan(17, 40))]
    assert total(halves) == found


def test_time_without_a_row_is_lost_to_an_unknown_cause() -> None:
    found = account(TimeSpan(0, 100), [TimeSpan(0, 60)], [])
    assert found.missing_us == {GapCause.UNKNOWN: 40}


def test_a_gap_that_still_lasts_reaches_to_the_end_of_the_span() -> None:
    found = account(TimeSpan(0, 100), [TimeSpan(0, 30)], [gap(30, None, GapCause.POWER)])
    assert found.missing_us == {GapCause.POWER: 70}


def test_the_earlier_of_two_overlapping_gaps_names_the_cause() -> None:
    found = account(TimeSpan(0, 100), [], [gap(0, 60, GapCause.LINK), gap(40, 100, GapCause.CAMERA)])
    assert found.missing_us == {GapCause.LINK: 60, GapCause.CAMERA: 40}


def test_time_planned_off_counts_against_nobody() -> None:
    found = account(TimeSpan(0, 100), [TimeSpan(0, 50)], [gap(50, 100, GapCause.PLANNED_OFF)])
    assert found.availability == 1.0
    assert found.lost_us == 0


def test_where_nothing_was_promised_there_is_no_availability() -> None:
    assert account(TimeSpan(0, 100), [], [gap(0, 100, GapCause.PLANNED_OFF)]).availability is None
    assert total([]).availability is None


def test_accounts_of_two_cameras_are_summed_by_cause() -> None:
    one = account(TimeSpan(0, 100), [TimeSpan(0, 90)], [gap(90, 100, GapCause.LINK)])
    found = total([one, one])
    assert (found.span_us, found.recorded_us, dict(found.missing_us)) == (200, 180, {GapCause.LINK: 20})


def test_days_and_months_begin_at_local_midnight() -> None:
    late_evening_us = parse_utc("2026-11-30T23:30:00+08:00")
    assert month_of(late_evening_us) == "2026-11"
    assert month_of(late_evening_us + HOUR_US) == "2026-12"
    assert list(days_in(TimeSpan(late_evening_us, late_evening_us + HOUR_US))) == ["2026-11-30", "2026-12-01"]
    assert day_span("2026-11-30").duration_us == 24 * HOUR_US
    assert month_span("2026-12").end_us == parse_utc("2027-01-01T00:00:00+08:00")
    assert month_before("2026-01") == "2025-12"
