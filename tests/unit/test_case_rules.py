"""Who may do what in a case: two people, one scope, one lifetime. Pure rules, many tries."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evidence_kit import (
    APPROVER,
    AREA,
    INSPECTOR,
    INVESTIGATOR,
    MORNING_US,
    NIGHT_US,
    OPERATOR,
    letter,
    scope,
)

from ronda.access.model import Person, Role
from ronda.cases import rules
from ronda.cases.errors import WrongStateError
from ronda.cases.model import Approval, Case, CaseState, Event, Scope
from ronda.core.ids import AreaCode, CameraId, CaseId, PersonId
from ronda.core.time import DAY_US, SECOND_US, TimeSpan

NOW = MORNING_US


def waiting() -> Case:
    return Case(
        case_id=CaseId("case-1"),
        revision=1,
        state=CaseState.WAITING,
        request=letter(),
        scope_version=1,
        area=AREA,
        requested_by=INVESTIGATOR.person_id,
        requested_official_id=INVESTIGATOR.official_id,
        requested_name=INVESTIGATOR.name,
        requested_us=NOW,
        request_log_index=0,
        hold_ids=(),
    )


def approved(given: Scope | None = None, days: int = 14) -> Case:
    case = waiting()
    approval = Approval(
        approver=APPROVER.person_id,
        official_id=APPROVER.official_id,
        name=APPROVER.name,
        office=APPROVER.office,
        at_us=NOW,
        scope=given or case.request.scope,
        scope_version=1,
        access_until_us=NOW + days * DAY_US,
        note="",
        log_index=2,
    )
    return replace(case, state=CaseState.REVIEW, approval=approval)


@pytest.mark.parametrize(
    "number",
    [
        "LP/B/147/XI/2026/SPKT/POLRES KUTAI TIMUR/POLDA KALTIM",
        "LP/A/3/I/2027/SPKT.SATRESKRIM/POLRES KUTAI TIMUR/POLDA KALIMANTAN TIMUR",
        "LP/B/12/IV/2026/SPKT/POLSEK SANGATTA UTARA/POLRES KUTAI TIMUR/POLDA KALTIM",
        "LP/B/9/XII/2026/SPKT/BARESKRIM",
    ],
)
def test_full_numbers_of_police_reports_are_taken(number: str) -> None:
    """From a village police station up to the headquarters."""
    assert rules.is_lp_number(number)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "147",
        "LP/B/147",
        "LP/C/147/XI/2026/SPKT/POLRES X/POLDA Y",
        "LP/B/147/XIII/2026/SPKT/POLRES X",
        "LP/B/147/11/2026/SPKT/POLRES X",
        "LP/B/147/XI/26/SPKT/POLRES X",
        "LP/B/147/XI/2026/SPKT",
        "x" * 5000,
    ],
)
def test_a_number_that_is_not_full_is_refused(number: str) -> None:
    """A case is found again by this number, at the court too."""
    assert not rules.is_lp_number(number)


def test_a_number_is_tidied_before_it_is_compared() -> None:
    """People type with spaces and in lower case."""
    assert rules.tidy_lp_number(" lp/b/147 / xi/2026/spkt/polres  kutai timur/polda kaltim") == letter().lp_number


@pytest.mark.parametrize("reason", ["test", "perlu", "aaaaaaaaaaaa", "..........", "   pencuri   ", "x" * 501])
def test_reasons_that_say_nothing_are_refused(reason: str) -> None:
    """N50: the reason is what an inspector reads a year later."""
    assert rules.reason_problem(reason) is not None


def test_every_problem_of_a_request_is_named_at_once() -> None:
    """Whoever types it in should not be sent back four times."""
    bad = replace(
        letter(),
        lp_number="147",
        letter_date="18 Nov",
        reason="test",
        lat_deg=float("nan"),
        scope=Scope(cameras=(), span=TimeSpan(NOW, NOW + 2 * DAY_US)),
    )
    fields = [name for name, _ in rules.request_problems(bad, NOW)]
    assert set(fields) == {"lp_number", "letter_date", "reason", "lat_deg", "scope.cameras", "scope.span"}
    assert rules.request_problems(letter(), NOW) == []


NUMBERS = st.sampled_from(["87010203", "8701 0203", " 87010203", "8701.0203", "197503042000031002", "1", "", "-"])
IDS = st.sampled_from(["rina", "rina-2", "hadi", "x"])
ROLES = st.frozensets(st.sampled_from(list(Role)))
AREAS = st.sampled_from(["64", "64.08", "64.08.01", "64.08.02", "64.0", "64.080", "71"])
PEOPLE = st.builds(
    lambda name, number, roles, area, off: Person(
        person_id=PersonId(name),
        login=name,
        name=name,
        official_id=number,
        office="",
        roles=roles,
        area=AreaCode(area),
        disabled=off,
    ),
    IDS,
    NUMBERS,
    ROLES,
    AREAS,
    st.booleans(),
)


@settings(max_examples=400, deadline=None)
@given(person=PEOPLE, version=st.integers(0, 3))
def test_nobody_approves_what_they_asked_for_under_any_account(person: Person, version: int) -> None:
    """P2: two accounts of one NIP, other spacing of it, a missing role or area, an old version: refused."""
    decision = rules.may_decide(waiting(), person, [AREA], version)
    same = person.person_id == "rina" or person.official_id.replace(" ", "").replace(".", "") == "87010203"
    covers = person.area == AREA or AREA.startswith(person.area + ".")
    if same or not covers or Role.APPROVER not in person.roles or person.disabled or version != 1:
        assert not decision.allowed
    if decision.allowed:
        assert person.official_id == "197503042000031002" or person.official_id == "1"


CAMERAS = st.lists(st.sampled_from(["simpang-3", "pasar", "bank", "lain"]), max_size=4)
SECONDS = st.integers(-5, 30)


@settings(max_examples=300, deadline=None)
@given(cameras=CAMERAS, start=SECONDS, length=st.integers(0, 30))
def test_an_approval_may_leave_out_but_never_add(cameras: list[str], start: int, length: int) -> None:
    """A wider scope than the letter's is nobody's to give."""
    given_scope = scope(*cameras, start_s=start, end_s=start + length)
    decision = rules.narrows(letter().scope, given_scope)
    inside = start >= 0 and start + length <= 20 and length > 0
    known = set(cameras) <= {"simpang-3", "pasar"} and len(set(cameras)) == len(cameras) and cameras
    assert decision.allowed == bool(inside and known)


STATES = st.sampled_from(list(CaseState))


def mostly(good: object, *others: object) -> st.SearchStrategy[Any]:
    """The good value five times in six, so that single deviations come up often."""
    return st.sampled_from([good] * 5 * len(others) + list(others))


NO_ROLE = replace(INVESTIGATOR, roles=frozenset())


@settings(max_examples=600, deadline=None)
@given(
    who=mostly(INVESTIGATOR, APPROVER, OPERATOR, INSPECTOR, NO_ROLE),
    camera=mostly("simpang-3", "pasar", "bank"),
    start=mostly(2, 1, 5, -10, 17, 18, 40),
    length=mostly(1, 0, 13, 16, 17, 30),
    now=mostly(3, -1, 0, 13, 14, 20),
    state=mostly(CaseState.REVIEW, *CaseState),
    version=mostly(1, 2),
    member=st.booleans(),
)
def test_the_past_never_opens_outside_scope_life_or_people_of_the_case(
    who: Person, camera: str, start: int, length: int, now: int, state: CaseState, version: int, member: bool
) -> None:
    """N50, and the promise of the whole system: one case, its cameras, its span, its people, its time."""
    case = replace(
        approved(scope("simpang-3", start_s=2, end_s=18)),
        state=state,
        scope_version=version,
        members=(OPERATOR.person_id,) if member else (),
    )
    span = TimeSpan(NIGHT_US + start * SECOND_US, NIGHT_US + (start + length) * SECOND_US)

    decision = rules.may_open_past(case, who, CameraId(camera), span, NOW + now * DAY_US)

    expected = (
        state in (CaseState.REVIEW, CaseState.PACKED, CaseState.HANDED_OVER)
        and version == 1
        and camera == "simpang-3"
        and start >= 2
        and start + length <= 18
        and length > 0
        and 0 <= now < 14
        and (who is INVESTIGATOR or (who is OPERATOR and member))
    )
    assert decision.allowed == expected
    assert decision.reason


@pytest.mark.parametrize(
    "deviation",
    [
        {"who": OPERATOR},
        {"who": APPROVER},
        {"who": INSPECTOR},
        {"who": NO_ROLE},
        {"who": replace(INVESTIGATOR, disabled=True)},
        {"who": replace(INVESTIGATOR, area=AreaCode("64.09"))},
        {"camera": "pasar"},
        {"start_s": 1},
        {"end_s": 19},
        {"end_s": 2},
        {"now_days": 14},
        {"now_days": -1},
        {"changes": {"scope_version": 2}},
        {"changes": {"approval": None}},
        *({"changes": {"state": state}} for state in (CaseState.WAITING, CaseState.CLOSED, CaseState.REFUSED)),
    ],
)
def test_each_single_deviation_keeps_the_past_closed(deviation: dict[str, Any]) -> None:
    """From the one combination that opens, one step in each direction."""

    def opens(
        who: Person = INVESTIGATOR,
        camera: str = "simpang-3",
        start_s: int = 2,
        end_s: int = 18,
        now_days: int = 3,
        changes: dict[str, Any] | None = None,
    ) -> bool:
        case = replace(approved(scope("simpang-3", start_s=2, end_s=18)), **(changes or {}))
        span = scope(camera, start_s=start_s, end_s=end_s).span
        return rules.may_open_past(case, who, CameraId(camera), span, NOW + now_days * DAY_US).allowed

    assert opens()
    assert not opens(**deviation)


@given(state=STATES, event=st.sampled_from(list(Event)))
def test_every_step_that_is_not_in_the_table_is_refused(state: CaseState, event: Event) -> None:
    """A replayed approval is a step from a state that no longer allows it."""
    if event in rules.TRANSITIONS[state]:
        assert rules.after(state, event) is rules.TRANSITIONS[state][event]
    else:
        with pytest.raises(WrongStateError):
            rules.after(state, event)


def test_a_refused_or_closed_case_is_the_end() -> None:
    """Nothing reopens it; a new letter makes a new case."""
    assert rules.TRANSITIONS[CaseState.CLOSED] == rules.TRANSITIONS[CaseState.REFUSED] == {}


def test_only_an_approval_leads_into_review() -> None:
    """The table drawn as a graph: no other way into the state where footage opens."""
    ways = [
        (state, event)
        for state, row in rules.TRANSITIONS.items()
        for event, to in row.items()
        if to is CaseState.REVIEW
    ]
    assert ways == [(CaseState.WAITING, Event.APPROVE)]


def test_the_common_area_is_the_smallest_that_holds_all() -> None:
    """An approver must cover every camera, so the case lies in what they share."""
    areas = [AreaCode("64.08.01.1001"), AreaCode("64.08.01.1002"), AreaCode("64.08.02")]
    assert rules.common_area(areas) == "64.08"
    assert rules.common_area(areas[:2]) == "64.08.01"
    assert rules.common_area(areas[:1]) == "64.08.01.1001"
