"""Gather what the public page and its open data may say. The one place that decides what is public.

Invariant: no position, direction, address, name of a site or of a person leaves this module; a camera's
own name does only when it is marked for the public.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ronda.access.errors import LogUnavailableError
from ronda.app.wiring import Wiring
from ronda.cases.public_count import RequestCount, RequestSums, count_requests, sum_requests
from ronda.core.days import month_before, month_of, month_span
from ronda.core.ids import AreaCode
from ronda.evidence.checkpoint import NoteVerifier
from ronda.health.ledger import Account, total
from ronda.registry.areas import area_name, district_code, village_code
from ronda.registry.model import Camera, CameraState, PublicMark, SiteKind
from ronda.registry.purposes import PurposeKind
from ronda.registry.targets import Lists, TargetState, target_states

CONTACT_SETTING = "public_contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicGroup:
    """Cameras that are alike to the public: how many of them, where by area, why, how long."""

    area: AreaCode
    area_name: str
    kind: SiteKind
    state: CameraState
    purpose_kind: PurposeKind
    purpose: str
    legal_basis: str
    retention_days: int
    owner: str
    cameras: int
    signs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCamera:
    """A camera marked for the public."""

    camera: str
    name: str
    area_name: str
    mark: PublicMark


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """One month's account of all cameras together."""

    month: str
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFacts:
    """`checkpoint` None: the log cannot be read now. `key` is what a signature is checked against."""

    checkpoint: str | None
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFacts:
    """Everything that the page shows."""

    now_us: int
    office: str
    contact: str
    groups: Sequence[PublicGroup]
    open_cameras: Sequence[OpenCamera]
    by_district: Counter[AreaCode]
    targets: Sequence[TargetState]
    uptime: Sequence[Uptime]
    promised: float
    requests: Sequence[RequestCount]
    sums: RequestSums
    log: LogFacts
    training: bool


def public_facts(wiring: Wiring) -> PublicFacts:
    """The facts of now."""
    now_us = wiring.clock.now_us()
    entries = wiring.register.cameras()
    serving = [entry for entry in entries if entry.state is CameraState.IN_SERVICE]
    cases = wiring.case_store.all()
    contact = wiring.settings.get(CONTACT_SETTING)
    lists = Lists(places=wiring.register_lists.places(), neighbourhoods=wiring.register_lists.neighbourhoods())
    return PublicFacts(
        now_us=now_us,
        office=wiring.office.name,
        contact=contact if isinstance(contact, str) else "",
        groups=public_groups(entries),
        open_cameras=[
            OpenCamera(camera=one.camera, name=one.name, area_name=_area(one.site.area)[1], mark=one.public)
            for one in serving
            if one.public is not None
        ],
        by_district=Counter(code for one in serving if (code := district_code(one.site.area)) is not None),
        targets=target_states(entries, lists),
        uptime=_uptime(wiring, serving, now_us),
        promised=wiring.promised_availability,
        requests=count_requests(cases, month_of),
        sums=sum_requests(cases),
        log=_log(wiring),
        training=wiring.folder.training,
    )


def public_groups(entries: Sequence[Camera]) -> list[PublicGroup]:
    """Planned and serving cameras by area and rule; retired ones watch nobody."""
    found: dict[tuple[object, ...], list[Camera]] = {}
    for entry in entries:
        if entry.state is not CameraState.RETIRED:
            key = (
                _area(entry.site.area), entry.site.kind, entry.state, entry.purpose_kind, entry.purpose,
                entry.legal_basis, entry.retention_days, entry.owner,
            )  # fmt: skip
            found.setdefault(key, []).append(entry)
    groups = [_group(alike) for alike in found.values()]
    return sorted(groups, key=lambda one: (one.area, one.kind.value, one.state.value, one.purpose))


def _group(alike: Sequence[Camera]) -> PublicGroup:
    one = alike[0]
    code, name = _area(one.site.area)
    return PublicGroup(
        area=code,
        area_name=name,
        kind=one.site.kind,
        state=one.state,
        purpose_kind=one.purpose_kind,
        purpose=one.purpose,
        legal_basis=one.legal_basis,
        retention_days=one.retention_days,
        owner=one.owner,
        cameras=len(alike),
        signs=sum(entry.sign_photo_sha256 is not None for entry in alike),
    )


def _area(code: AreaCode) -> tuple[AreaCode, str]:
    """Never finer than a village: an RT is a few houses."""
    public = village_code(code) or code
    return public, area_name(public)


def _uptime(wiring: Wiring, serving: Sequence[Camera], now_us: int) -> list[Uptime]:
    """This month and the last, of all cameras in service."""
    this = month_of(now_us)
    names = [entry.camera for entry in serving]
    return [
        Uptime(month=month, account=total(wiring.ledger.accounts(names, month_span(month), now_us).values()))
        for month in (this, month_before(this))
    ]


def _log(wiring: Wiring) -> LogFacts:
    verifier: NoteVerifier = wiring.log_signer.verifier
    try:
        checkpoint: str | None = wiring.signed_checkpoint()
    except LogUnavailableError:
        checkpoint = None
    return LogFacts(checkpoint=checkpoint, key=verifier.vkey())
