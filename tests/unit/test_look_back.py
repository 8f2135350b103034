"""The narrow look back: every condition alone closes it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ronda.access.look_back import MOST_MINUTES, REASON_WITHIN_US, LookBack, is_overdue, may_look_back, minutes_of
from ronda.access.model import Person, Role
from ronda.access.service import new_person
from ronda.core.ids import AreaCode, CameraId, PersonId
from ronda.core.time import MINUTE_US, SECOND_US

NOW = 1_800_000_000 * SECOND_US
AREA = AreaCode("64.08.04")


def operator(role: Role = Role.OPERATOR, area: str = "64.08") -> Person:
    return new_person("nur", "Nur", "1991", "Ruang kendali", frozenset({role}), AreaCode(area))


def opened(ago_us: int, reason_after_us: int | None = None) -> LookBack:
    at_us = NOW - ago_us
    return LookBack(
        look_back_id="lb-1", person_id=PersonId("p"), camera=CameraId("simpang-3"), area=AREA, from_us=at_us - 1,
        to_us=at_us, log_index=0, reason=None if reason_after_us is None else "Tabrakan di simpang",
        reason_us=None if reason_after_us is None else at_us + reason_after_us,
    )  # fmt: skip


def allowed(person: Person | None = None, ago_us: int = MINUTE_US, **other: object) -> bool:
    asked = {"minutes": 5, "on_duty": True, "in_view": True, "open_ones": [], **other}
    return may_look_back(person or operator(), AREA, NOW - ago_us, NOW, **asked).allowed  # type: ignore[arg-type]


def test_on_duty_in_view_and_within_the_minutes_it_opens() -> None:
    assert allowed()
    assert allowed(ago_us=5 * MINUTE_US)


@pytest.mark.parametrize(
    "other",
    [
        {"minutes": 0},
        {"on_duty": False},
        {"in_view": False},
        {"open_ones": [opened(REASON_WITHIN_US)]},
        {"ago_us": -1},
    ],
)
def test_each_condition_alone_closes_it(other: dict[str, object]) -> None:
    assert not allowed(**other)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
def test_no_other_role_looks_back(role: Role) -> None:
    assert not allowed(operator(role))


def test_no_other_area_no_disabled_account() -> None:
    assert not allowed(operator(area="64.09"))
    assert not allowed(replace(operator(), disabled=True))


def test_a_look_that_waits_for_its_reason_in_time_does_not_close_the_next() -> None:
    """An operator in the middle of an accident writes afterwards."""
    assert allowed(open_ones=[opened(REASON_WITHIN_US - 1)])


def test_a_late_reason_stays_late_in_the_list() -> None:
    assert not is_overdue(opened(0), NOW)
    assert is_overdue(opened(REASON_WITHIN_US), NOW)
    assert is_overdue(opened(2 * REASON_WITHIN_US, REASON_WITHIN_US), NOW)
    assert not is_overdue(opened(2 * REASON_WITHIN_US, REASON_WITHIN_US - 1), NOW)


@given(
    setting=st.one_of(st.integers(), st.floats(), st.text(), st.booleans(), st.none(), st.lists(st.integers())),
    ago_us=st.integers(min_value=-(10**9), max_value=3600 * SECOND_US),
)
def test_whatever_stands_in_the_setting_nothing_older_than_ten_minutes_opens(setting: object, ago_us: int) -> None:
    minutes = minutes_of(setting)
    assert 0 <= minutes <= MOST_MINUTES
    if allowed(ago_us=ago_us, minutes=minutes):
        assert 0 <= ago_us <= min(MOST_MINUTES, minutes) * MINUTE_US
