"""Who may do what, as the table says, and what no table may ever allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ronda.access.model import Person, Role
from ronda.access.policy import MAY, Action
from ronda.access.rules import area_covers, decide
from ronda.core.ids import AreaCode, PersonId

AREAS = ("64", "64.08", "64.08.04", "64.08.04.1001", "64.080", "64.09")


def person(*roles: Role, area: str = "64.08", disabled: bool = False) -> Person:
    return Person(
        person_id=PersonId("p-1"),
        login="nur",
        name="Nur Sari",
        official_id="1",
        office="Diskominfo",
        roles=frozenset(roles),
        area=AreaCode(area),
        disabled=disabled,
    )


def test_every_action_has_somebody_and_is_in_the_table() -> None:
    """An action nobody may do is dead; one outside the table would be decided by nobody."""
    assert set(MAY) == set(Action)
    assert all(MAY[action] for action in Action)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.INSPECTOR, Role.PLANNER, Role.SERVICE_HEAD])
def test_who_runs_or_checks_the_system_sees_no_footage(role: Role) -> None:
    """The machine's keeper and the log's reader must not be able to look at people."""
    for action in (Action.WATCH_LIVE, Action.REVIEW_FOOTAGE, Action.EXPORT_PACKAGE):
        assert not decide(person(role), action, AreaCode("64.08")).allowed


def test_no_single_role_both_asks_and_approves() -> None:
    assert not MAY[Action.ENTER_REQUEST] & MAY[Action.APPROVE_REQUEST]


def test_area_codes_nest_by_dots_only() -> None:
    assert area_covers(AreaCode("64.08"), AreaCode("64.08.04.1001"))
    assert not area_covers(AreaCode("64.08"), AreaCode("64.080"))
    assert not area_covers(AreaCode("64.08.04"), AreaCode("64.08"))


@given(
    roles=st.frozensets(st.sampled_from(list(Role))),
    action=st.sampled_from(list(Action)),
    own=st.sampled_from(AREAS),
    asked=st.sampled_from(AREAS),
    disabled=st.booleans(),
)
def test_a_right_needs_role_area_and_a_live_account(
    roles: frozenset[Role], action: Action, own: str, asked: str, disabled: bool
) -> None:
    decision = decide(person(*roles, area=own, disabled=disabled), action, AreaCode(asked))
    inside = asked == own or asked.startswith(own + ".")
    assert decision.allowed == (bool(roles & MAY[action]) and inside and not disabled)
    assert decision.reason
