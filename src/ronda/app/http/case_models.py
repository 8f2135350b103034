"""Cases as the API shows and takes them; conversions between them and `ronda.cases.model`."""

from typing import Any

from pydantic import AliasPath, BaseModel, ConfigDict, Field

from ronda.app.http.citizen_models import AnswerOut, CitizenIn
from ronda.app.http.paper_models import LetterOut, PapersIn
from ronda.app.http.values import Moment
from ronda.cases.citizen import answer_clock
from ronda.cases.model import (
    Approval,
    Case,
    CitizenRefusal,
    HandOver,
    LegalGround,
    Mark,
    Officer,
    OutcomeKind,
    PackageRecord,
    Purpose,
    Request,
    Scope,
)
from ronda.cases.rules import step
from ronda.cases.urgent import clocks
from ronda.core.ids import CameraId
from ronda.core.time import TimeSpan


class Shown(BaseModel):
    """Made from a value of `ronda.cases.model` that has the same field names."""

    model_config = ConfigDict(from_attributes=True)


class OfficerIn(Shown):
    name: str = Field(max_length=200)
    rank: str = Field(max_length=80)
    nrp: str = Field(max_length=40)
    unit: str = Field(max_length=200)


class ScopeIn(BaseModel):
    cameras: list[str] = Field(max_length=64)
    from_us: Moment
    to_us: Moment


class RequestIn(BaseModel):
    """What stands in the letter. `from_letter`: staff entered it from paper."""

    lp_number: str = Field(max_length=200)
    lp_date: str = Field(max_length=10)
    letter_number: str = Field(max_length=200)
    letter_date: str = Field(max_length=10)
    requester: OfficerIn
    crime_kind: str = Field(max_length=200)
    place: str = Field(max_length=200)
    lat_deg: float | None = None
    lon_deg: float | None = None
    incident_from_us: Moment
    incident_to_us: Moment
    scope: ScopeIn
    purpose: Purpose
    ground: LegalGround
    reason: str = Field(max_length=500)
    from_letter: bool = False
    urgent: bool = False


class Decide(BaseModel):
    """An approval of a scope that may be narrower than what was asked, for one version of the request."""

    scope: ScopeIn
    scope_version: int
    note: str = Field(max_length=500)


class Refuse(BaseModel):
    """ground: of the closed list, for a citizen's request alone."""

    scope_version: int
    reason: str = Field(max_length=500)
    ground: CitizenRefusal | None = None


class MarkIn(BaseModel):
    camera: str = Field(max_length=63)
    from_us: Moment
    to_us: Moment
    note: str = Field(max_length=500)


class StillIn(BaseModel):
    camera: str = Field(max_length=63)
    at_us: Moment


class ClearerIn(BaseModel):
    """Factors from 0.2 to 5; 1 leaves it alone."""

    brightness: float = Field(default=1.0, ge=0.2, le=5.0)
    contrast: float = Field(default=1.0, ge=0.2, le=5.0)
    sharpness: float = Field(default=1.0, ge=0.2, le=5.0)


class ScopeChange(BaseModel):
    """Another scope than was asked; it needs a new approval."""

    scope: ScopeIn
    reason: str = Field(max_length=500)


class HandOverIn(BaseModel):
    package_id: str = Field(max_length=80)
    receiver: OfficerIn
    medium: str = Field(max_length=200)


class OutcomeIn(BaseModel):
    kind: OutcomeKind
    note: str = Field(max_length=500)


class MarkOut(BaseModel):
    mark_id: str
    camera: str
    from_us: int
    to_us: int
    note: str


class StillOut(Shown):
    still_id: str
    camera: str
    frame_us: int
    sha256: str
    derived_from: str = ""  # the still that a clearer copy was made of
    steps: str = ""  # what was done to it


class PackageOut(Shown):
    package_id: str
    folder: str
    manifest_sha256: str
    seal_sha256: str
    size_bytes: int
    clips: int
    widened_from_us: int = Field(validation_alias=AliasPath("widened", "start_us"))
    widened_to_us: int = Field(validation_alias=AliasPath("widened", "end_us"))
    sealed_us: int
    took_us: int


class ApprovalOut(BaseModel):
    name: str
    office: str
    at_us: int
    scope: ScopeIn
    access_until_us: int
    note: str
    log_index: int


class RefusalOut(Shown):
    name: str
    at_us: int
    reason: str
    ground: CitizenRefusal | None = None


class HandOverOut(BaseModel):
    package_id: str
    receiver: str
    medium: str
    at_us: int


class SignatureOut(Shown):
    """An electronic signature on the BAST. level: B-B, B-T or B-LT of PAdES."""

    package_id: str
    party: str
    name: str
    level: str
    own_certificate: bool
    at_us: int


class OutcomeOut(Shown):
    kind: str
    note: str
    at_us: int


class ClocksOut(Shown):
    """Both clocks of an urgent request; null where it has not come yet."""

    view_due_us: int
    viewed_us: int | None
    package_due_us: int
    packaged_us: int | None


class CaseRow(BaseModel):
    case_id: str
    state: str
    step: str
    lp_number: str
    crime_kind: str
    place: str
    incident_from_us: int
    incident_to_us: int
    requested_us: int
    requested_name: str
    training: bool
    clocks: ClocksOut | None
    answer: AnswerOut | None


class CaseCamera(BaseModel):
    """A camera of the request: what it has of the asked span, without a picture."""

    camera: str
    name: str
    site: str
    distance_m: float | None
    recorded_us: int
    missing_us: int
    causes: list[str]
    held: bool


class CaseOut(CaseRow):
    """A case with everything but pictures. `past_open`: this person may look now; `past_reason` why (not).

    on_duty  the approvers whom an urgent request reaches now; empty once it is decided
    """

    citizen: CitizenIn | None
    papers: PapersIn
    letter: LetterOut | None
    letter_number: str
    lp_date: str
    letter_date: str
    requester: OfficerIn
    reason: str
    ground: str
    purpose: str
    lat_deg: float | None
    lon_deg: float | None
    scope: ScopeIn
    scope_version: int
    cameras: list[CaseCamera]
    approval: ApprovalOut | None
    refusal: RefusalOut | None
    marks: list[MarkOut]
    stills: list[StillOut]
    packages: list[PackageOut]
    hand_overs: list[HandOverOut]
    signatures: list[SignatureOut]
    outcome: OutcomeOut | None
    past_open: bool
    past_reason: str
    may_decide: bool
    on_duty: list[str]


def officer(body: OfficerIn) -> Officer:
    return Officer(name=body.name.strip(), rank=body.rank.strip(), nrp=body.nrp.strip(), unit=body.unit.strip())


def scope(body: ScopeIn) -> Scope:
    return Scope(
        cameras=tuple(CameraId(camera) for camera in body.cameras), span=TimeSpan(body.from_us, body.to_us)
    )


def scope_out(value: Scope) -> ScopeIn:
    return ScopeIn(cameras=list(value.cameras), from_us=value.span.start_us, to_us=value.span.end_us)


def request(body: RequestIn) -> Request:
    return Request(
        lp_number=body.lp_number,
        lp_date=body.lp_date,
        letter_number=body.letter_number.strip(),
        letter_date=body.letter_date,
        requester=officer(body.requester),
        crime_kind=body.crime_kind.strip(),
        place=body.place.strip(),
        lat_deg=body.lat_deg,
        lon_deg=body.lon_deg,
        incident=TimeSpan(body.incident_from_us, body.incident_to_us),
        scope=scope(body.scope),
        purpose=body.purpose,
        ground=body.ground,
        reason=body.reason.strip(),
        from_letter=body.from_letter,
        urgent=body.urgent,
    )


def case_row(case: Case) -> CaseRow:
    return CaseRow(**_row(case))


def case_out(
    case: Case,
    cameras: list[CaseCamera],
    *,
    past_open: bool,
    past_reason: str,
    may_decide: bool,
    on_duty: list[str],
) -> CaseOut:
    asked = case.request
    return CaseOut(
        **_row(case),
        citizen=CitizenIn.model_validate(asked.citizen) if asked.citizen else None,
        papers=PapersIn.model_validate(case.papers),
        letter=LetterOut.model_validate(case.letter) if case.letter else None,
        letter_number=asked.letter_number,
        lp_date=asked.lp_date,
        letter_date=asked.letter_date,
        requester=OfficerIn.model_validate(asked.requester),
        reason=asked.reason,
        ground=asked.ground.value,
        purpose=asked.purpose.value,
        lat_deg=asked.lat_deg,
        lon_deg=asked.lon_deg,
        scope=scope_out(asked.scope),
        scope_version=case.scope_version,
        cameras=cameras,
        approval=_approval(case.approval) if case.approval else None,
        refusal=RefusalOut.model_validate(case.refusal) if case.refusal else None,
        marks=[_mark(mark) for mark in case.marks],
        stills=[StillOut.model_validate(still) for still in case.stills],
        packages=[package_out(package) for package in case.packages],
        hand_overs=[_hand_over(given) for given in case.hand_overs],
        signatures=[SignatureOut.model_validate(one) for one in case.signatures],
        outcome=OutcomeOut.model_validate(case.outcome) if case.outcome else None,
        past_open=past_open,
        past_reason=past_reason,
        may_decide=may_decide,
        on_duty=on_duty,
    )


def package_out(package: PackageRecord) -> PackageOut:
    return PackageOut.model_validate(package)


def _approval(approval: Approval) -> ApprovalOut:
    return ApprovalOut(
        name=approval.name,
        office=approval.office,
        at_us=approval.at_us,
        scope=scope_out(approval.scope),
        access_until_us=approval.access_until_us,
        note=approval.note,
        log_index=approval.log_index,
    )


def _mark(mark: Mark) -> MarkOut:
    start_us, end_us = mark.span.start_us, mark.span.end_us
    return MarkOut(mark_id=mark.mark_id, camera=mark.camera, from_us=start_us, to_us=end_us, note=mark.note)


def _hand_over(given: HandOver) -> HandOverOut:
    return HandOverOut(
        package_id=given.package_id, receiver=given.receiver.name, medium=given.medium, at_us=given.at_us
    )


def _row(case: Case) -> dict[str, Any]:
    asked = case.request
    return {
        "case_id": case.case_id,
        "state": case.state.value,
        "step": step(case.state).value,
        "lp_number": asked.lp_number,
        "crime_kind": asked.crime_kind,
        "place": asked.place,
        "incident_from_us": asked.incident.start_us,
        "incident_to_us": asked.incident.end_us,
        "requested_us": case.requested_us,
        "requested_name": case.requested_name,
        "training": case.training,
        "answer": AnswerOut.model_validate(due) if (due := answer_clock(case)) else None,
        "clocks": ClocksOut.model_validate(found) if (found := clocks(case)) else None,
    }
