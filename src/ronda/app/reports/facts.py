"""What the papers say of an installation, gathered once: settings and counts, never a person in a picture.

`fingerprint` covers what an impact assessment was made for: purposes, what each camera is for and sees, what
may be seen by the public, what is measured. Any change of one of them gives another one, so that an accepted
assessment is known to be stale.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from ronda.access.errors import LogUnavailableError
from ronda.access.model import Role
from ronda.access.policy import MAY
from ronda.app.detector import DETECTOR_SETTING
from ronda.app.public_facts import CONTACT_SETTING
from ronda.app.wiring import Wiring
from ronda.cases.public_count import RequestSums, sum_requests
from ronda.core.time import utc_text
from ronda.evidence import canonical
from ronda.evidence.canonical import Json
from ronda.evidence.checkpoint import read_checkpoint, read_note
from ronda.registry.areas import area_name, district_code
from ronda.registry.model import Camera, CameraState
from ronda.registry.purposes import LONGEST_DAYS, PurposeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeRow:
    """Cameras in service for one purpose of the closed list."""

    kind: PurposeKind
    cameras: int
    days: tuple[int, int]  # shortest and longest promised
    longest_days: int  # that the purpose allows


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeFacts:
    """Everything that the papers say of the installation as it is now."""

    made: str
    office: str
    regency: str
    contact: str
    cameras: int
    planned: int
    purposes: tuple[PurposeRow, ...]
    legal_bases: tuple[str, ...]
    districts: tuple[tuple[str, int], ...]
    without_sign: int
    with_masks: int
    public: int
    measured: int
    detector: bool
    people: tuple[tuple[str, int], ...]  # role, accounts
    policy: tuple[tuple[str, tuple[str, ...]], ...]  # action, roles
    requests: RequestSums
    copies: int
    witnesses: tuple[str, ...]
    log_entries: int
    checkpoint: str
    boxes: int
    fingerprint: str


def gather(wiring: Wiring) -> OfficeFacts:
    """Read it all."""
    every = wiring.register.cameras()
    serving = [one for one in every if one.state is CameraState.IN_SERVICE]
    cases = wiring.case_store.all()
    accounts = [one for one in wiring.people.all() if not one.disabled]
    checkpoint = _checkpoint(wiring)
    contact = wiring.settings.get(CONTACT_SETTING)
    return OfficeFacts(
        made=utc_text(wiring.clock.now_us()),
        office=wiring.office.name,
        regency=wiring.office.regency,
        contact=contact if isinstance(contact, str) else "",
        cameras=len(serving),
        planned=sum(one.state is CameraState.PLANNED for one in every),
        purposes=_purposes(serving),
        legal_bases=tuple(sorted({one.legal_basis for one in serving})),
        districts=_districts(serving),
        without_sign=sum(one.sign_photo_sha256 is None for one in serving),
        with_masks=sum(bool(one.masks) for one in serving),
        public=sum(one.public is not None for one in serving),
        measured=len(wiring.service.points()),
        detector=bool(wiring.settings.get(DETECTOR_SETTING)),
        people=tuple((role.value, sum(role in one.roles for one in accounts)) for role in Role),
        policy=tuple((action.value, tuple(sorted(role.value for role in roles))) for action, roles in MAY.items()),
        requests=sum_requests(cases),
        copies=sum(len(case.copies) for case in cases),
        witnesses=tuple(key.name for key, _ in wiring.witnesses.trusted()),
        log_entries=wiring.log.size(),
        checkpoint=checkpoint,
        boxes=len({one.owner for one in serving if one.owner}),
        fingerprint=fingerprint(wiring),
    )


def fingerprint(wiring: Wiring) -> str:
    """SHA-256 over what an assessment is about; the order of entries does not matter."""
    cameras: list[Json] = [
        _assessed(one) for one in wiring.register.cameras() if one.state is CameraState.IN_SERVICE
    ]
    said: dict[str, Json] = {
        "kamera": cameras,
        "dinilai": sorted(point.camera for point in wiring.service.points()),
        "detektor": bool(wiring.settings.get(DETECTOR_SETTING)),
    }
    return sha256(canonical.write(said)).hexdigest()


def _assessed(one: Camera) -> Mapping[str, Json]:
    masks: list[Json] = [f"{m.left:.4f} {m.top:.4f} {m.right:.4f} {m.bottom:.4f}" for m in one.masks]
    return {
        "id": one.camera,
        "tujuan": one.purpose_kind.value,
        "kalimat": one.purpose,
        "dasar": one.legal_basis,
        "hari": one.retention_days,
        "arah": None if one.direction_deg is None else f"{one.direction_deg:.1f}",
        "tempat": one.site.site_id,
        "publik": one.public is not None,
        "bidang": masks,
    }


def _purposes(serving: list[Camera]) -> tuple[PurposeRow, ...]:
    rows = []
    for kind in PurposeKind:
        days = [one.retention_days for one in serving if one.purpose_kind is kind]
        if days:
            longest = LONGEST_DAYS[kind]
            rows.append(PurposeRow(kind=kind, cameras=len(days), days=(min(days), max(days)), longest_days=longest))
    return tuple(rows)


def _districts(serving: list[Camera]) -> tuple[tuple[str, int], ...]:
    counts = Counter(district_code(one.site.area) or one.site.area for one in serving)
    return tuple(sorted((area_name(code), count) for code, count in counts.items()))


def _checkpoint(wiring: Wiring) -> str:
    try:
        found = read_checkpoint(read_note(wiring.signed_checkpoint()).text)
    except LogUnavailableError:
        return ""
    return f"{found.origin}, {found.size}, {found.root.hex()}"
