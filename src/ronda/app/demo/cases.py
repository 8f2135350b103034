"""Closed cases of the past month, so that the list of cases is not empty on the first morning. Training data."""

from typing import Final

from ronda.access.model import Person, Role
from ronda.app.demo.people import played_by
from ronda.app.wiring import Wiring
from ronda.cases.model import (
    Approval,
    Case,
    CaseState,
    LegalGround,
    Officer,
    Outcome,
    OutcomeKind,
    Purpose,
    Request,
    Scope,
)
from ronda.core.ids import AreaCode, CameraId, CaseId
from ronda.core.time import DAY_US, HOUR_US, MINUTE_US, TimeSpan, utc
from ronda.sim.regency import CAMERAS, DISTRICT_CODE, REACHING

# days ago, crime, place, camera, outcome, note
_PAST: Final = (
    (4, "Pencurian helm", "Parkir Pasar Induk", 3, OutcomeKind.USEFUL, "Waktu kejadian dapat dipastikan"),
    (9, "Pencurian sepeda motor", "Jl. Yos Sudarso III", 4, OutcomeKind.SOLVED_WITH_FOOTAGE, "Pelaku ditangkap"),
    (15, "Tabrak lari", "Simpang Jl. Yos Sudarso II", 2, OutcomeKind.NOT_USEFUL, "Nomor kendaraan tidak terlihat"),
    (22, "Perusakan", "Depan bank, Jl. Yos Sudarso II", 1, OutcomeKind.NOT_RECORDED, "Listrik padam malam itu"),
)


def build_cases(wiring: Wiring, now_us: int) -> None:
    """Store them as closed; each leaves one entry in the log that says it is training data."""
    officer = played_by(wiring.people, Role.INVESTIGATOR)
    approver = played_by(wiring.people, Role.APPROVER)
    for number, row in enumerate(_PAST):
        index = wiring.note("latihan.kasus", {"kasus": f"case-latihan-{number + 1}"})
        wiring.case_store.add(_case(number, row, now_us, officer, approver, index))


def _case(
    number: int,
    row: tuple[int, str, str, int, OutcomeKind, str],
    now_us: int,
    officer: Person,
    approver: Person,
    log_index: int,
) -> Case:
    days, crime, place, camera, kind, note = row
    seen_us = now_us - days * DAY_US
    incident = TimeSpan(seen_us, seen_us + 30 * MINUTE_US)
    scope = Scope(cameras=(CameraId(REACHING[camera]),), span=incident)
    asked_us = seen_us + 9 * HOUR_US
    return Case(
        case_id=CaseId(f"case-latihan-{number + 1}"),
        revision=1,
        state=CaseState.CLOSED,
        request=_request(130 + number, crime, place, incident, scope, officer),
        scope_version=1,
        area=AreaCode(DISTRICT_CODE),
        requested_by=officer.person_id,
        requested_official_id=officer.official_id,
        requested_name=officer.name,
        requested_us=asked_us,
        request_log_index=log_index,
        hold_ids=(),
        approval=Approval(
            approver=approver.person_id,
            official_id=approver.official_id,
            name=approver.name,
            office=approver.office,
            at_us=asked_us + 40 * MINUTE_US,
            scope=scope,
            scope_version=1,
            access_until_us=asked_us + 14 * DAY_US,
            note="data latihan",
            log_index=log_index,
        ),
        outcome=Outcome(kind=kind, note=note, at_us=asked_us + 2 * DAY_US, by=officer.person_id),
        training=True,
    )


def _request(number: int, crime: str, place: str, incident: TimeSpan, scope: Scope, officer: Person) -> Request:
    day = f"{utc(incident.start_us):%Y-%m-%d}"
    place_of = next(row for row in CAMERAS if row.camera == scope.cameras[0])
    year = day[:4]
    return Request(
        lp_number=f"LP/B/{number}/XI/{year}/SPKT/POLRES KUTAI TIMUR/POLDA KALTIM",
        lp_date=day,
        letter_number=f"B/{260 + number}/XI/{year}/Satreskrim",
        letter_date=day,
        requester=Officer(name=officer.name, rank="Aipda", nrp=officer.official_id, unit=officer.office),
        crime_kind=crime,
        place=place,
        lat_deg=place_of.lat,
        lon_deg=place_of.lon,
        incident=incident,
        scope=scope,
        purpose=Purpose.INVESTIGATION,
        ground=LegalGround.CRIMINAL_INVESTIGATION,
        reason="data latihan: contoh kasus yang sudah selesai",
    )
