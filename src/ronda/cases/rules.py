"""Decide what may happen in a case. Pure: the present time and the people come in as arguments.

Invariants, each with a property test: nobody approves what they asked for, under any account;
`may_open_past` is never true outside the approved cameras and span, outside the case's life, or for
somebody who does not belong to it; an approval counts for the version of the request it was given.
"""

import math
import re

from ronda.access.model import Person, Role
from ronda.access.policy import Action
from ronda.access.rules import Decision, decide, official_digits, same_official
from ronda.cases.citizen import citizen_problems, is_citizens
from ronda.cases.errors import WrongStateError
from ronda.cases.model import Case, CaseState, Event, LegalGround, OutcomeKind, Purpose, Request, Scope, Step
from ronda.core.ids import AreaCode, CameraId
from ronda.core.time import DAY_US, TimeSpan, utc, utc_text

MIN_REASON_CHARACTERS = 10
MAX_TEXT_CHARACTERS = 500
MAX_CAMERAS = 64
MAX_SPAN_US = DAY_US
HOLD_AFTER_REFUSAL_US = 7 * DAY_US
HOLD_AFTER_OUTCOME_US = 30 * DAY_US
OPERATOR_LOCK_US = 7 * DAY_US
MAX_ACCESS_DAYS = 90

_MONTHS = "I|II|III|IV|V|VI|VII|VIII|IX|X|XI|XII"
_LP = re.compile(
    rf"LP/[AB]/\d{{1,6}}/(?:{_MONTHS})/20\d\d/SPKT[A-Z. ]{{0,40}}"
    r"(?:/(?:POLSEK|POLRES|POLRESTA|POLRESTABES|POLTABES|POLDA|BARESKRIM)(?: [A-Z .'-]{2,60})?){1,3}"
)

TRANSITIONS: dict[CaseState, dict[Event, CaseState]] = {
    CaseState.WAITING: {
        Event.APPROVE: CaseState.REVIEW,
        Event.REFUSE: CaseState.REFUSED,
        Event.CHANGE_SCOPE: CaseState.WAITING,
    },
    CaseState.REVIEW: {
        Event.CHANGE_SCOPE: CaseState.WAITING,
        Event.SEAL: CaseState.PACKED,
        Event.CLOSE: CaseState.CLOSED,
        Event.GIVE_COPY: CaseState.HANDED_OVER,
    },
    CaseState.PACKED: {
        Event.CHANGE_SCOPE: CaseState.WAITING,
        Event.SEAL: CaseState.PACKED,
        Event.HAND_OVER: CaseState.HANDED_OVER,
        Event.CLOSE: CaseState.CLOSED,
    },
    CaseState.HANDED_OVER: {
        Event.CHANGE_SCOPE: CaseState.WAITING,
        Event.SEAL: CaseState.PACKED,
        Event.HAND_OVER: CaseState.HANDED_OVER,
        Event.GIVE_COPY: CaseState.HANDED_OVER,
        Event.CLOSE: CaseState.CLOSED,
    },
    CaseState.CLOSED: {},
    CaseState.REFUSED: {},
}

_STEP = {
    CaseState.WAITING: Step.APPROVAL,
    CaseState.REFUSED: Step.APPROVAL,
    CaseState.REVIEW: Step.REVIEW,
    CaseState.PACKED: Step.HAND_OVER,
    CaseState.HANDED_OVER: Step.OUTCOME,
    CaseState.CLOSED: Step.OUTCOME,
}
_OPEN = (CaseState.REVIEW, CaseState.PACKED, CaseState.HANDED_OVER)


def after(state: CaseState, event: Event) -> CaseState:
    """The state that follows. Raises WrongStateError when the event does not belong here."""
    following = TRANSITIONS[state].get(event)
    if following is None:
        raise WrongStateError(
            f"{event.value} does not follow from {state.value}; nothing was changed. "
            f"Possible now: {', '.join(sorted(e.value for e in TRANSITIONS[state])) or 'nothing more'}"
        )
    return following


def step(state: CaseState) -> Step:
    """The step that is the next one to do (or was the last, when the case has ended)."""
    return _STEP[state]


def is_lp_number(text: str) -> bool:
    """Whether `text` has the form of a full police report number."""
    return _LP.fullmatch(text) is not None


def tidy_lp_number(text: str) -> str:
    """Upper case, single spaces, none around the strokes: how the number is stored and compared."""
    return re.sub(r"\s*/\s*", "/", re.sub(r"\s+", " ", text.strip().upper()))


def request_problems(request: Request, now_us: int) -> list[tuple[str, str]]:
    """Everything that stands against the request, as (field, sentence); [] when it can be taken."""
    problems = _police_problems(request, now_us) if request.citizen is None else citizen_problems(request)
    for name, value, limit in (("lat_deg", request.lat_deg, 90.0), ("lon_deg", request.lon_deg, 180.0)):
        if value is not None and not (math.isfinite(value) and abs(value) <= limit):
            problems.append((name, f"no coordinate (limit {limit:g})"))
    if request.incident.start_us > now_us:
        problems.append(("incident", "lies ahead"))
    if problem := reason_problem(request.reason):
        problems.append(("reason", problem))
    return problems + scope_problems(request.scope, now_us)


def _police_problems(request: Request, now_us: int) -> list[tuple[str, str]]:
    problems = _text_problems(request)
    if request.purpose is Purpose.OWN_FOOTAGE or request.ground is LegalGround.OWN_DATA:
        problems.append(("purpose", "footage of oneself is asked for with the form for citizens"))
    if not is_lp_number(request.lp_number):
        example = "LP/B/147/XI/2026/SPKT/POLRES KUTAI TIMUR/POLDA KALTIM"
        problems.append(("lp_number", f"no full number of a police report, such as {example}"))
    for name, text in (("lp_date", request.lp_date), ("letter_date", request.letter_date)):
        if not _is_date(text) or text > f"{utc(now_us + DAY_US):%Y-%m-%d}":
            problems.append((name, "no date such as 2026-11-18, or one that lies ahead"))
    if not re.fullmatch(r"[0-9 .]{4,30}", request.requester.nrp):
        problems.append(("requester.nrp", "an NRP is 4 to 30 digits"))
    return problems


def scope_problems(scope: Scope, now_us: int) -> list[tuple[str, str]]:
    """What stands against asking for this scope."""
    problems = []
    if not 1 <= len(set(scope.cameras)) <= MAX_CAMERAS or len(set(scope.cameras)) != len(scope.cameras):
        problems.append(("scope.cameras", f"1 to {MAX_CAMERAS} different cameras"))
    if not 0 < scope.span.duration_us <= MAX_SPAN_US:
        problems.append(("scope.span", "more than nothing and at most 24 hours; ask in two requests for more"))
    if scope.span.end_us > now_us:
        problems.append(("scope.span", "ends in the future; footage is asked for after it was recorded"))
    return problems


def reason_problem(text: str) -> str | None:
    """Why a free-text reason does not do, or None."""
    if len(re.sub(r"\s+", " ", text.strip())) < MIN_REASON_CHARACTERS or len(set(text.casefold())) < 4:
        return f"a reason has at least {MIN_REASON_CHARACTERS} characters that say something"
    if len(text) > MAX_TEXT_CHARACTERS:
        return f"a reason has at most {MAX_TEXT_CHARACTERS} characters"
    return None


def _text_problems(request: Request) -> list[tuple[str, str]]:
    problems = []
    texts = {
        "letter_number": request.letter_number,
        "requester.name": request.requester.name,
        "requester.rank": request.requester.rank,
        "requester.unit": request.requester.unit,
        "crime_kind": request.crime_kind,
        "place": request.place,
    }
    for name, text in texts.items():
        if not 2 <= len(text.strip()) <= 200 or any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
            problems.append((name, "2 to 200 characters on one line"))
    return problems


def _is_date(text: str) -> bool:
    match = re.fullmatch(r"(20\d\d)-(\d\d)-(\d\d)", text)
    if match is None:
        return False
    month, day = int(match[2]), int(match[3])
    return 1 <= month <= 12 and 1 <= day <= 31


def common_area(areas: list[AreaCode]) -> AreaCode:
    """The smallest area that all lie in: the longest common beginning of the dotted codes."""
    parts = [area.split(".") for area in areas]
    shared = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return AreaCode(".".join(shared))


def may_decide(case: Case, approver: Person, areas: list[AreaCode], scope_version: int) -> Decision:
    """May `approver` approve or refuse this version of the case? `areas` are those of its cameras."""
    for area in areas:
        decision = decide(approver, Action.APPROVE_REQUEST, area)
        if not decision.allowed:
            return decision
    asked_by = (case.requested_official_id, case.request.requester.nrp)
    own = approver.person_id == case.requested_by or any(
        same_official(approver.official_id, number) for number in asked_by
    )
    if own or not official_digits(approver.official_id):
        return _no("two different people are needed: who asked may not approve, under any account")
    if scope_version != case.scope_version:
        return _no(f"the request was changed: version {case.scope_version}, you decided on {scope_version}")
    return Decision(allowed=True, reason="a second person with the role and the area")


def narrows(asked: Scope, given: Scope) -> Decision:
    """May `given` be approved for what was `asked`? It may leave out, never add."""
    if not given.cameras or len(set(given.cameras)) != len(given.cameras):
        return _no("an approval names at least one camera, each once")
    if extra := sorted(set(given.cameras) - set(asked.cameras)):
        return _no(f"camera {extra[0]} was not asked for; a wider scope needs a new request")
    if given.span.duration_us <= 0 or not asked.span.covers(given.span):
        return _no("the span reaches beyond what was asked for; a wider scope needs a new request")
    return Decision(allowed=True, reason="within what was asked for")


def may_open_past(case: Case, person: Person, camera: CameraId, span: TimeSpan, now_us: int) -> Decision:
    """May `person` look at `camera` during `span` now, inside this case?"""
    approval = case.approval
    if case.state not in _OPEN or approval is None or approval.scope_version != case.scope_version:
        return _no(f"case {case.case_id} is {case.state.value}: the past is closed")
    if now_us >= approval.access_until_us:
        return _no(f"access within case {case.case_id} ended at {utc_text(approval.access_until_us)}")
    if now_us < approval.at_us:
        return _no("the clock stands before the approval; nothing is opened until it is right")
    if not belongs(case, person):
        return _no(f"you do not belong to case {case.case_id}")
    if camera not in approval.scope.cameras:
        return _no(f"camera {camera} is not in the scope of case {case.case_id}")
    if span.duration_us <= 0 or not approval.scope.span.covers(span):
        return _no(f"that time is not in the scope of case {case.case_id}")
    return decide(person, Action.REVIEW_FOOTAGE, case.area)


def belongs(case: Case, person: Person) -> bool:
    """Whether the person asked, approved, or was assigned."""
    approver = case.approval.approver if case.approval else None
    return person.person_id in (case.requested_by, approver, *case.members)


def may_assign(case: Case, person: Person) -> Decision:
    """May `person` say which operators help? Who asked, or who approved; until the case ends."""
    approver = case.approval.approver if case.approval else None
    if person.person_id not in (case.requested_by, approver):
        return _no("only who asked or approved may assign")
    if case.state not in (CaseState.WAITING, *_OPEN):
        return _no(f"case {case.case_id} is {case.state.value}: nobody works on it any more")
    return Decision(allowed=True, reason="who asked or approved says who helps")


def may_change_scope(case: Case, person: Person) -> Decision:
    """May `person` ask for another scope? Who asked alone, as long as a scope can still change."""
    if person.person_id != case.requested_by:
        return _no("only who asked may ask for another scope")
    if Event.CHANGE_SCOPE not in TRANSITIONS[case.state]:
        return _no(f"case {case.case_id} is {case.state.value}: its scope stays")
    return Decision(allowed=True, reason="who asked may ask anew")


def may_know(case: Case, person: Person) -> Decision:
    """May `person` see that the case exists and what it asks? Inspectors may, without footage.

    Who asked for footage of themselves is not shown to the police: to the office and its inspector alone.
    """
    if is_citizens(case) and person.roles <= {Role.INVESTIGATOR}:
        return _no("a citizen's request is the office's alone")
    return decide(person, Action.SEE_CASES, case.area)


def outcome_problem(case: Case, kind: OutcomeKind) -> str | None:
    """Why the case does not end like this, or None."""
    if is_citizens(case) != (kind is OutcomeKind.ANSWERED):
        return "a citizen's request ends answered, a police case never does"
    return None


def _no(reason: str) -> Decision:
    return Decision(allowed=False, reason=reason)
