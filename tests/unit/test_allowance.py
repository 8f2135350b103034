"""How much one person reads and sends in: held up beyond an allowance, never locked, and told for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence_kit import FixedClock

from ronda.access.allowance import MOST_KEPT, Allowance, Allowances
from ronda.access.errors import AskedTooOftenError, SentTooMuchError

FIVE = Allowance(size=5, per_s=2)


def granted(allowances: Allowances, who: str = "ani") -> bool:
    try:
        allowances.read(who)
    except AskedTooOftenError:
        return False
    return True


@given(st.lists(st.floats(0, 3), max_size=80))
def test_nobody_reads_more_than_the_size_and_what_came_since(pauses_s: list[float]) -> None:
    clock = FixedClock()
    allowances, began_us, count = Allowances(clock, reads=FIVE), clock.at_us, 0
    for pause_s in pauses_s:
        clock.advance(s=pause_s)
        count += granted(allowances)
        assert count <= FIVE.size + FIVE.per_s * (clock.at_us - began_us) / 1e6 + 0.001


def test_who_waits_as_long_as_was_said_is_served() -> None:
    clock = FixedClock()
    allowances = Allowances(clock, reads=FIVE)
    assert [granted(allowances) for _ in range(6)] == [True] * 5 + [False]
    with pytest.raises(AskedTooOftenError, match="wait 1 s") as refused:
        allowances.read("ani")
    assert granted(allowances, "budi")  # each has an own allowance
    clock.advance(s=refused.value.wait_s)
    assert granted(allowances)


def test_a_file_that_no_longer_fits_into_the_day_is_not_counted() -> None:
    clock = FixedClock()
    allowances = Allowances(clock, sent=Allowance(size=100, per_s=0.01))
    allowances.sent("ani", 70)
    with pytest.raises(SentTooMuchError) as refused:
        allowances.sent("ani", 50)
    assert refused.value.wait_s == 2000
    allowances.sent("ani", 30)


def test_what_is_remembered_of_people_is_bounded() -> None:
    allowances = Allowances(FixedClock())
    for number in range(MOST_KEPT + 10):
        allowances.read(f"p-{number}")
    assert len(allowances._kept) == MOST_KEPT
