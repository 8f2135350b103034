"""Learning from cases: would this theft have been seen? Pure judgement, one theft at a time.

Four answers, in this order of questions: does a camera reach the place (`NOT_REACHED` feeds the plan);
did one of them record at least half of the time in question (else `DOWN`, with the cause of the longest
gap, which feeds repair); did it help (`USEFUL`, by the outcome of its case, else `RECORDED`).
Invariant: a camera counts only while it was in service, and a theft whose cameras have neither footage
nor a gap row is `DOWN` with an unknown cause: missing knowledge is never counted as seen.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from ronda.cases.model import Case, OutcomeKind
from ronda.core.ids import CameraId, CaseId
from ronda.core.time import MINUTE_US, TimeSpan
from ronda.planning.demand import CELL_M, DEG_M, Incident, IncidentKind, cells_of
from ronda.planning.model import Cell
from ronda.planning.reach import reach_m
from ronda.registry.model import Camera, CameraState
from ronda.video.model import Gap, GapCause

ENOUGH: Final = 0.5
WIDE_M: Final = 500.0
HELPED: Final = frozenset({OutcomeKind.SOLVED_WITH_FOOTAGE, OutcomeKind.USEFUL})
_THEFT_WORDS: Final = ("curi", "curanmor", "curat", "curas", "theft")
_VEHICLE_WORDS: Final = ("motor", "mobil", "kendaraan", "truk", "sepeda", "vehicle")


class Seen(StrEnum):
    NOT_REACHED = "not_reached"
    DOWN = "down"
    RECORDED = "recorded"
    USEFUL = "useful"


@dataclass(frozen=True, slots=True, kw_only=True)
class TheftReport:
    """A theft with place and time, from a case or from a list of the police; nothing of who.

    outcome  of its case, when there is one
    """

    report_id: str
    kind: str
    place: str
    lat_deg: float
    lon_deg: float
    span: TimeSpan
    source: str
    case_id: CaseId | None = None
    outcome: OutcomeKind | None = None
    training: bool = False

    @property
    def of_vehicle(self) -> bool:
        return any(word in self.kind.casefold() for word in _VEHICLE_WORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer for one theft. `camera`, `cause`: whose gap it was, when it was one."""

    report: TheftReport
    seen: Seen
    reaching: tuple[CameraId, ...]
    camera: CameraId | None = None
    cause: GapCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DownAtThefts:
    """A camera that was down when a theft happened within its reach, how often, and why."""

    camera: CameraId
    cause: GapCause
    count: int


class Recordings(Protocol):
    """The recording index, as far as this reads it."""

    def was_recorded(self, camera: CameraId, span: TimeSpan) -> list[TimeSpan]: ...

    def gaps(self, camera: CameraId, span: TimeSpan) -> list[Gap]: ...


def reports_of(cases: Iterable[Case]) -> list[TheftReport]:
    """The cases of theft that know their place."""
    found = []
    for case in cases:
        request = case.request
        theft = any(word in request.crime_kind.casefold() for word in _THEFT_WORDS)
        if not theft or request.lat_deg is None or request.lon_deg is None:
            continue
        found.append(
            TheftReport(
                report_id=case.case_id,
                kind=request.crime_kind,
                place=request.place,
                lat_deg=request.lat_deg,
                lon_deg=request.lon_deg,
                span=request.incident,
                source="case",
                case_id=case.case_id,
                outcome=case.outcome.kind if case.outcome else None,
                training=case.training,
            )
        )
    return found


def judge(report: TheftReport, cameras: Sequence[Camera], recordings: Recordings) -> Verdict:
    """See the module."""
    near = [camera for camera in cameras if _reaches(camera, report)]
    names = tuple(camera.camera for camera in near)
    if not near:
        return Verdict(report=report, seen=Seen.NOT_REACHED, reaching=())
    span = (
        report.span if report.span.duration_us else TimeSpan(report.span.start_us, report.span.start_us + MINUTE_US)
    )
    for camera in names:
        recorded_us = sum(part.duration_us for part in recordings.was_recorded(camera, span))
        if recorded_us >= ENOUGH * span.duration_us:
            helped = report.outcome in HELPED
            return Verdict(
                report=report, seen=Seen.USEFUL if helped else Seen.RECORDED, reaching=names, camera=camera
            )
    camera, cause = _longest_gap(names, span, recordings)
    return Verdict(report=report, seen=Seen.DOWN, reaching=names, camera=camera, cause=cause)


def _reaches(camera: Camera, report: TheftReport) -> bool:
    """In service then, and near enough."""
    site, at_us = camera.site, report.span.start_us
    if camera.state is CameraState.PLANNED or site.lat_deg is None or site.lon_deg is None:
        return False
    if camera.in_service_us is not None and at_us < camera.in_service_us:
        return False
    if camera.retired_us is not None and at_us >= camera.retired_us:
        return False
    return distance_m(site.lat_deg, site.lon_deg, report.lat_deg, report.lon_deg) <= reach_m(site.kind)


def distance_m(lat_deg: float, lon_deg: float, other_lat_deg: float, other_lon_deg: float) -> float:
    """Over the ground; good for some kilometres."""
    east = (other_lon_deg - lon_deg) * DEG_M * math.cos(math.radians(lat_deg))
    return math.hypot(east, (other_lat_deg - lat_deg) * DEG_M)


def _longest_gap(cameras: Sequence[CameraId], span: TimeSpan, recordings: Recordings) -> tuple[CameraId, GapCause]:
    longest = (0, cameras[0], GapCause.UNKNOWN)
    for camera in cameras:
        for gap in recordings.gaps(camera, span):
            part = TimeSpan(gap.start_us, gap.end_us if gap.end_us is not None else span.end_us).cut_to(span)
            if part is not None and part.duration_us > longest[0]:
                longest = (part.duration_us, camera, gap.cause)
    return longest[1], longest[2]


def counts(verdicts: Iterable[Verdict]) -> dict[Seen, int]:
    found = Counter(verdict.seen for verdict in verdicts)
    return {seen: found[seen] for seen in Seen}


def down_at_thefts(verdicts: Iterable[Verdict]) -> list[DownAtThefts]:
    """For repair: the most frequent first."""
    found = Counter(
        (verdict.camera, verdict.cause)
        for verdict in verdicts
        if verdict.seen is Seen.DOWN and verdict.camera is not None and verdict.cause is not None
    )
    rows = [DownAtThefts(camera=camera, cause=cause, count=count) for (camera, cause), count in found.items()]
    return sorted(rows, key=lambda row: (-row.count, row.camera, row.cause))


def unseen_cells(verdicts: Iterable[Verdict], *, wide: bool = False) -> list[Cell]:
    """For the plan: thefts that no camera reached, as counts by cell and nothing else.

    wide  in squares of 500 m, for showing: small counts then merge into larger ones
    """
    return list(
        cells_of(
            (
                Incident(
                    kind=IncidentKind.VEHICLE_THEFT if verdict.report.of_vehicle else IncidentKind.THEFT,
                    lat_deg=verdict.report.lat_deg,
                    lon_deg=verdict.report.lon_deg,
                )
                for verdict in verdicts
                if verdict.seen is Seen.NOT_REACHED
            ),
            WIDE_M if wide else CELL_M,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenChange:
    """How many of these thefts new points would have reached."""

    before: int
    after: int
    total: int


def with_points(
    verdicts: Sequence[Verdict], points: Iterable[tuple[float, float, float, float, float]]
) -> SeenChange:
    """What a plan would have changed, had it stood.

    points  latitude, longitude, reach, direction and angle of view of its cameras; 360 degrees: all around
    """
    reached = sum(verdict.seen is not Seen.NOT_REACHED for verdict in verdicts)
    places = list(points)
    more = sum(
        verdict.seen is Seen.NOT_REACHED and any(_in_view(one, verdict.report) for one in places)
        for verdict in verdicts
    )
    return SeenChange(before=reached, after=reached + more, total=len(verdicts))


def _in_view(camera: tuple[float, float, float, float, float], report: TheftReport) -> bool:
    lat, lon, metres, direction, view = camera
    if distance_m(lat, lon, report.lat_deg, report.lon_deg) > metres:
        return False
    east = (report.lon_deg - lon) * math.cos(math.radians(lat))
    bearing = math.degrees(math.atan2(east, report.lat_deg - lat))
    return view >= 360 or abs((bearing - direction + 180) % 360 - 180) <= view / 2
