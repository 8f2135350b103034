"""What the public may know is counted, never named; viewers are bounded and forgotten."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.evidence_kit import APPROVER, AREA, INVESTIGATOR, letter

from ronda.cases.model import Approval, Case, CaseState, HandOver, PackageRecord, Purpose, Refusal
from ronda.cases.public_count import FEW, count_requests, sum_requests
from ronda.core.days import month_of
from ronda.core.ids import CameraId, CaseId, camera_id
from ronda.core.time import MINUTE_US, SECOND_US, TimeSpan
from ronda.registry.public_viewers import WINDOW_US, PublicViewers

NOVEMBER_US = 1_795_000_000_000_000  # 18 November 2026
DECEMBER_US = NOVEMBER_US + 20 * 86_400 * SECOND_US


def case(asked_us: int, decided: str = "", after_min: int = 0) -> Case:
    """A request of that moment; `decided` is "granted", "refused" or nothing."""
    made = Case(
        case_id=CaseId("c"), revision=1, state=CaseState.WAITING, request=letter(), scope_version=1, area=AREA,
        requested_by=INVESTIGATOR.person_id, requested_official_id="1", requested_name="Rahmat",
        requested_us=asked_us, request_log_index=0, hold_ids=(),
    )  # fmt: skip
    at_us = asked_us + after_min * MINUTE_US
    if decided == "granted":
        approval = Approval(
            approver=APPROVER.person_id, official_id="2", name="Hadi", office="Kabid", at_us=at_us,
            scope=made.request.scope, scope_version=1, access_until_us=at_us, note="", log_index=1,
        )  # fmt: skip
        return replace(made, state=CaseState.REVIEW, approval=approval)
    if decided == "refused":
        return replace(made, refusal=Refusal(approver=APPROVER.person_id, name="Hadi", at_us=at_us, reason="x"))
    return made


def test_requests_are_counted_in_the_month_they_were_asked_in() -> None:
    cases = [case(NOVEMBER_US, "granted"), case(NOVEMBER_US, "refused"), case(NOVEMBER_US), case(DECEMBER_US)]
    found = [
        (one.month, one.asked, one.granted, one.refused, one.waiting) for one in count_requests(cases, month_of)
    ]
    assert found == [("2026-12", 1, 0, 0, 1), ("2026-11", 3, 1, 1, 1)]


def of(purpose: Purpose, count: int) -> list[Case]:
    made = case(NOVEMBER_US)
    return [replace(made, request=replace(made.request, purpose=purpose))] * count


def rows(cases: list[Case]) -> list[tuple[Purpose | None, int]]:
    return [(one.purpose, one.asked) for one in count_requests(cases, month_of)]


def test_a_single_request_of_its_kind_is_never_a_row_of_its_own_and_the_sum_stays() -> None:
    """N55. With the next smallest kind, or it could be found by taking the others from the sum."""
    assert rows(of(Purpose.MISSING_PERSON, 1)) == [(None, 1)]
    few = of(Purpose.MISSING_PERSON, 1) + of(Purpose.INVESTIGATION, 9)
    assert rows(few) == [(None, 10)]
    more = few + of(Purpose.OWN_FOOTAGE, 6)
    assert rows(more) == [(Purpose.INVESTIGATION, 9), (None, 7)]
    many = of(Purpose.OWN_FOOTAGE, 5) + of(Purpose.INVESTIGATION, 9)
    assert rows(many) == [(Purpose.OWN_FOOTAGE, 5), (Purpose.INVESTIGATION, 9)]


@given(counts=st.lists(st.integers(0, 12), min_size=5, max_size=5))
def test_no_row_of_one_purpose_is_small_and_nothing_is_lost(counts: list[int]) -> None:
    cases = [one for purpose, count in zip(Purpose, counts, strict=True) for one in of(purpose, count)]
    found = rows(cases)
    assert sum(asked for _purpose, asked in found) == sum(counts)
    assert all(asked >= FEW for purpose, asked in found if purpose is not None)
    joined = [asked for purpose, asked in found if purpose is None]
    assert all(asked >= FEW or len(found) == 1 for asked in joined)


def test_the_mean_wait_counts_what_was_decided_and_is_unknown_before() -> None:
    assert sum_requests([case(NOVEMBER_US)]).mean_decision_us is None
    decided = [case(NOVEMBER_US, "granted", 10), case(NOVEMBER_US, "refused", 20), case(NOVEMBER_US)]
    assert sum_requests(decided).mean_decision_us == 15 * MINUTE_US


def test_minutes_count_once_a_package_was_handed_over() -> None:
    granted = case(NOVEMBER_US, "granted")
    span = TimeSpan(NOVEMBER_US, NOVEMBER_US + 30 * MINUTE_US)
    scope = replace(granted.request.scope, cameras=(CameraId("a"), CameraId("b")), span=span)
    package = PackageRecord(
        package_id="p", folder="BUKTI", manifest_sha256="", seal_sha256="", size_bytes=1, clips=2, scope=scope,
        widened=span, sealed_us=0, took_us=0, by=INVESTIGATOR.person_id, log_index=3,
    )  # fmt: skip
    packed = replace(granted, packages=(package, replace(package, package_id="q")))
    assert sum_requests([packed]).handed_over_min == 0
    receiver = granted.request.requester
    handed = HandOver(package_id="p", receiver=receiver, medium="USB", at_us=1, by=INVESTIGATOR.person_id)
    assert sum_requests([replace(packed, hand_overs=(handed,))]).handed_over_min == 60


@given(kinds=st.lists(st.sampled_from(["", "granted", "refused"]), max_size=30))
def test_every_request_is_granted_refused_or_waiting(kinds: list[str]) -> None:
    cases = [case(NOVEMBER_US, kind) for kind in kinds]
    sums = sum_requests(cases)
    assert (sums.asked, sums.granted) == (len(kinds), kinds.count("granted"))
    assert sums.granted + sums.refused + sums.waiting == sums.asked
    assert sum(one.asked for one in count_requests(cases, month_of)) == sums.asked


@given(
    asks=st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 40)), max_size=60), limit=st.integers(1, 4)
)
def test_never_more_viewers_than_the_limit_within_the_window(asks: list[tuple[str, int]], limit: int) -> None:
    """Whoever was let in stays in for as long as they keep asking; nobody beyond the limit gets in."""
    viewers, now_us = PublicViewers(b"salt"), 0
    seen: dict[str, int] = {}
    for client, wait_s in asks:
        now_us += wait_s * SECOND_US
        seen = {name: at for name, at in seen.items() if at >= now_us - WINDOW_US}
        expected = client in seen or len(seen) < limit
        assert viewers.admit(camera_id("k"), client, now_us, limit) is expected
        if expected:
            seen[client] = now_us


def test_one_cameras_viewers_do_not_fill_anothers() -> None:
    viewers = PublicViewers(b"salt")
    assert viewers.admit(camera_id("a"), "x", 0, 1)
    assert viewers.admit(camera_id("b"), "y", 0, 1)
    assert not viewers.admit(camera_id("a"), "y", 0, 1)


def test_no_address_is_kept_in_clear() -> None:
    viewers = PublicViewers(b"salt")
    viewers.admit(camera_id("a"), "203.0.113.7", 0, 1)
    assert "203.0.113.7" not in repr(viewers)
