"""A case: the letter, who allowed what, what was looked at, sealed and handed over.

Values only. What may follow what is in `rules`; texts for screens and papers in `texts`.
"""

from dataclasses import dataclass
from enum import StrEnum

from ronda.cases.police_papers import LetterFile, PolicePapers
from ronda.core.ids import AreaCode, CameraId, CaseId, HoldId, PersonId
from ronda.core.time import TimeSpan
from ronda.redaction.model import RedactedCopy


class CaseState(StrEnum):
    """Where a case stands. The six steps on the screen follow from it (`rules.step`)."""

    WAITING = "waiting"  # asked, locked, not decided
    REVIEW = "review"  # approved: the past is open within the scope
    PACKED = "packed"  # at least one sealed package
    HANDED_OVER = "handed_over"
    CLOSED = "closed"  # with an outcome
    REFUSED = "refused"


class Step(StrEnum):
    """The six steps: permintaan, persetujuan, pemeriksaan, pengemasan, serah terima, hasil."""

    REQUEST = "request"
    APPROVAL = "approval"
    REVIEW = "review"
    PACKING = "packing"
    HAND_OVER = "hand_over"
    OUTCOME = "outcome"


class Event(StrEnum):
    """What moves a case from one state to another."""

    APPROVE = "approve"
    REFUSE = "refuse"
    CHANGE_SCOPE = "change_scope"
    SEAL = "seal"
    HAND_OVER = "hand_over"
    CLOSE = "close"
    GIVE_COPY = "give_copy"


class Purpose(StrEnum):
    INVESTIGATION = "investigation"
    MISSING_PERSON = "missing_person"
    TRAFFIC_ACCIDENT = "traffic_accident"
    DISASTER = "disaster"
    OWN_FOOTAGE = "own_footage"  # a citizen asks for footage of themselves


class LegalGround(StrEnum):
    """The closed list of grounds for disclosure; the wording is in `texts`, for a lawyer to edit."""

    CRIMINAL_INVESTIGATION = "criminal_investigation"
    COURT_ORDER = "court_order"
    ADMINISTRATIVE_INVESTIGATION = "administrative_investigation"
    OWN_DATA = "own_data"


class OutcomeKind(StrEnum):
    SOLVED_WITH_FOOTAGE = "solved_with_footage"
    USEFUL = "useful"
    NOT_USEFUL = "not_useful"
    NOT_COVERED = "not_covered"
    NOT_RECORDED = "not_recorded"
    ANSWERED = "answered"  # a citizen's request: they have their answer


class IdentityCheck(StrEnum):
    """How the office saw who is asking. A number or picture of an identity card is never kept."""

    CARD_SEEN = "card_seen"
    DIGITAL_SEEN = "digital_seen"
    AUTHORISED = "authorised"


class CitizenRefusal(StrEnum):
    """The closed list of grounds for refusing a citizen; the wording is in `texts`."""

    NOT_RECORDED = "not_recorded"
    IDENTITY_UNPROVEN = "identity_unproven"
    NOT_FOUND = "not_found"
    OTHERS_RECOGNISABLE = "others_recognisable"
    INVESTIGATION = "investigation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A police officer as the letter names them."""

    name: str
    rank: str
    nrp: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citizen:
    """Somebody who asks for footage of themselves.

    contact     where the answer goes
    appearance  how they can be told in the picture, such as clothes or vehicle; never a number of a card
    """

    name: str
    contact: str
    identity: IdentityCheck
    appearance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which cameras, from when to when."""

    cameras: tuple[CameraId, ...]
    span: TimeSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the letter asks for.

    lp_number    full number of the police report, such as
                 LP/B/147/XI/2026/SPKT/POLRES KUTAI TIMUR/POLDA KALTIM
    lp_date, letter_date   ISO dates, as on the paper
    reason       why this footage: free text of at least 10 characters
    from_letter  True: staff entered it from a paper; False: the officer did so
    urgent       the approver on duty is told at once, and two clocks run (`urgent`)
    citizen      who asks for footage of themselves; then there is no police report, letter or officer
    """

    lp_number: str
    lp_date: str
    letter_number: str
    letter_date: str
    requester: Officer
    crime_kind: str
    place: str
    lat_deg: float | None
    lon_deg: float | None
    incident: TimeSpan
    scope: Scope
    purpose: Purpose
    ground: LegalGround
    reason: str
    from_letter: bool = False
    urgent: bool = False
    citizen: Citizen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who allowed which scope, and until when it may be looked at.

    scope_version  the version of the request that was read and decided upon
    log_index      the entry of the decision
    """

    approver: PersonId
    official_id: str
    name: str
    office: str
    at_us: int
    scope: Scope
    scope_version: int
    access_until_us: int
    note: str
    log_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Who refused, and why. ground: of the closed list, for a citizen alone."""

    approver: PersonId
    name: str
    at_us: int
    reason: str
    ground: CitizenRefusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place in the footage where something is seen."""

    mark_id: str
    camera: CameraId
    span: TimeSpan
    note: str
    by: PersonId
    at_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StillRecord:
    """A picture taken out: the exact time of the frame and the digest of the file.

    segment_start_us, picture  of which original; its number there in order of coding, from 1 (0: not kept then)
    derived_from, steps        of an enhanced copy only: the still it was made of, and how
    """

    still_id: str
    camera: CameraId
    asked_us: int
    frame_us: int
    sha256: str
    size_bytes: int
    by: PersonId
    at_us: int
    segment_start_us: int = 0
    picture: int = 0
    width_px: int = 0
    height_px: int = 0
    derived_from: str = ""
    steps: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRecord:
    """A sealed package: its folder name and the two digests that are printed in the BAST."""

    package_id: str
    folder: str
    manifest_sha256: str
    seal_sha256: str
    size_bytes: int
    clips: int
    scope: Scope
    widened: TimeSpan
    sealed_us: int
    took_us: int
    by: PersonId
    log_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Who took which package, or which redacted copy, on which medium."""

    package_id: str
    receiver: Officer
    medium: str
    at_us: int
    by: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRecord:
    """Who signed the hand-over record of a package electronically.

    party  `PIHAK_PERTAMA` or `PIHAK_KEDUA`;  level  of PAdES: B-B, B-T or B-LT
    own_certificate  True: with a certificate of their own (PKCS#12), False: with one that the office issued for it
    """

    package_id: str
    party: str
    name: str
    level: str
    own_certificate: bool
    at_us: int
    by: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it; feeds the plan as counts only."""

    kind: OutcomeKind
    note: str
    at_us: int
    by: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One police request from letter to outcome.

    revision       grows with each stored change; a change built on an older one is refused
    scope_version  grows with each change of the asked scope; an approval is for one version
    area           what every camera of the case lies in
    first_view_us  when the past was first opened in it; None: not yet
    reminders      how often the approver on duty was told of an urgent request
    members        who may look, beside the requester and the approver: assigned operators
    copies         redacted ones, for anybody but the police
    """

    case_id: CaseId
    revision: int
    state: CaseState
    request: Request
    scope_version: int
    area: AreaCode
    requested_by: PersonId
    requested_official_id: str
    requested_name: str
    requested_us: int
    request_log_index: int
    hold_ids: tuple[HoldId, ...]
    approval: Approval | None = None
    refusal: Refusal | None = None
    members: tuple[PersonId, ...] = ()
    marks: tuple[Mark, ...] = ()
    stills: tuple[StillRecord, ...] = ()
    packages: tuple[PackageRecord, ...] = ()
    hand_overs: tuple[HandOver, ...] = ()
    signatures: tuple[SignatureRecord, ...] = ()
    outcome: Outcome | None = None
    training: bool = False
    first_view_us: int | None = None
    reminders: int = 0
    copies: tuple[RedactedCopy, ...] = ()
    papers: PolicePapers = PolicePapers()  # noqa: RUF009 - frozen
    letter: LetterFile | None = None
