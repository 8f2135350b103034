"""The back-test: each theft by the rules, missing knowledge never counted as seen."""

from dataclasses import dataclass, field, replace

import pytest

from ronda.cases.backtest import (
    Seen,
    TheftReport,
    counts,
    down_at_thefts,
    judge,
    unseen_cells,
    with_points,
)
from ronda.cases.model import OutcomeKind
from ronda.cases.report_import import report_draft
from ronda.core.ids import AreaCode, CameraId, SiteId, camera_id
from ronda.core.time import HOUR_US, MINUTE_US, TimeSpan, parse_utc
from ronda.registry.model import Camera, CameraState, Site, SiteKind
from ronda.video.model import Gap, GapCause

AT_US = parse_utc("2026-03-01T02:00:00+08:00")
NIGHT = TimeSpan(AT_US, AT_US + 40 * MINUTE_US)
REPORT = TheftReport(
    report_id="LP/1",
    kind="Pencurian sepeda motor",
    place="Pasar",
    lat_deg=0.5,
    lon_deg=117.5,
    span=NIGHT,
    source="x",
)


def camera(name: str, lat: float = 0.5003) -> Camera:
    site = Site(
        site_id=SiteId(name), name=name, kind=SiteKind.MARKET, area=AreaCode("64.08.04"), lat_deg=lat, lon_deg=117.5
    )
    return Camera(
        camera=camera_id(name), name=name, site=site, purpose="Keamanan pasar", legal_basis="UU", retention_days=30,
        url="rtsp://x/1", sub_url=None, direction_deg=None,
    )  # fmt: skip


@dataclass
class Index:
    """What was recorded and what was not."""

    spans: dict[str, list[TimeSpan]] = field(default_factory=dict)
    holes: list[Gap] = field(default_factory=list)

    def was_recorded(self, camera: CameraId, span: TimeSpan) -> list[TimeSpan]:
        return [part for one in self.spans.get(camera, []) if (part := one.cut_to(span))]

    def gaps(self, camera: CameraId, span: TimeSpan) -> list[Gap]:
        return [
            gap
            for gap in self.holes
            if gap.camera == camera and TimeSpan(gap.start_us, gap.end_us or 0).overlaps(span)
        ]


def gap(name: str, cause: GapCause, minutes: int = 40) -> Gap:
    return Gap(camera=camera_id(name), start_us=AT_US, end_us=AT_US + minutes * MINUTE_US, cause=cause, evidence="")


def test_a_theft_that_no_camera_reaches_is_demand() -> None:
    far = camera("jauh", lat=0.51)
    verdict = judge(REPORT, [far], Index(spans={"jauh": [NIGHT]}))
    assert verdict.seen is Seen.NOT_REACHED
    (cell,) = unseen_cells([verdict])
    assert (cell.thefts, cell.vehicle_thefts) == (1, 1)


def test_a_camera_counts_only_while_it_was_in_service() -> None:
    """Planned, not yet there, or already retired: it could not have seen."""
    index = Index(spans={"pasar": [NIGHT]})
    near = camera("pasar")
    assert judge(REPORT, [near], index).seen is Seen.RECORDED
    for away in (
        replace(near, state=CameraState.PLANNED, url=""),
        replace(near, in_service_us=AT_US + HOUR_US),
        replace(near, state=CameraState.RETIRED, retired_us=AT_US - HOUR_US),
    ):
        assert judge(REPORT, [away], index).seen is Seen.NOT_REACHED


def test_a_dead_camera_is_named_with_the_cause_of_its_longest_gap() -> None:
    index = Index(holes=[gap("pasar", GapCause.LINK, 5), gap("bank", GapCause.POWER, 30)])
    verdict = judge(REPORT, [camera("pasar"), camera("bank")], index)
    assert (verdict.seen, verdict.camera, verdict.cause) == (Seen.DOWN, "bank", GapCause.POWER)
    (row,) = down_at_thefts([verdict])
    assert (row.camera, row.cause, row.count) == ("bank", GapCause.POWER, 1)


def test_without_footage_and_without_a_gap_row_the_cause_is_unknown_and_never_seen() -> None:
    verdict = judge(REPORT, [camera("pasar")], Index())
    assert (verdict.seen, verdict.cause) == (Seen.DOWN, GapCause.UNKNOWN)


@pytest.mark.parametrize(("minutes", "seen"), [(19, Seen.DOWN), (20, Seen.RECORDED), (40, Seen.RECORDED)])
def test_half_of_the_time_must_be_recorded_by_one_camera(minutes: int, seen: Seen) -> None:
    part = TimeSpan(AT_US, AT_US + minutes * MINUTE_US)
    assert judge(REPORT, [camera("pasar")], Index(spans={"pasar": [part]})).seen is seen


@pytest.mark.parametrize(
    ("outcome", "seen"),
    [
        (OutcomeKind.SOLVED_WITH_FOOTAGE, Seen.USEFUL),
        (OutcomeKind.USEFUL, Seen.USEFUL),
        (OutcomeKind.NOT_USEFUL, Seen.RECORDED),
        (None, Seen.RECORDED),
    ],
)
def test_useful_is_what_the_case_says(outcome: OutcomeKind | None, seen: Seen) -> None:
    verdict = judge(replace(REPORT, outcome=outcome), [camera("pasar")], Index(spans={"pasar": [NIGHT]}))
    assert verdict.seen is seen
    assert counts([verdict])[seen] == 1


def test_a_point_that_was_refused_shows_honestly_that_it_would_not_have_seen() -> None:
    unseen = judge(REPORT, [], Index())
    seen = judge(REPORT, [camera("pasar")], Index(spans={"pasar": [NIGHT]}))
    near, far = (0.5001, 117.5001, 100.0, 0.0, 360.0), (0.6, 117.5, 100.0, 0.0, 360.0)
    assert with_points([unseen, seen], [far]).after == 1
    # The theft lies to the south-west of it: a camera that looks there reaches it, one that looks away does not.
    assert with_points([unseen], [(*near[:3], 225.0, 60.0)]).after == 1
    assert with_points([unseen], [(*near[:3], 45.0, 60.0)]).after == 0
    change = with_points([unseen, seen], [near])
    assert (change.before, change.after, change.total) == (1, 2, 2)


def test_reports_are_read_whole_or_each_fault_is_named() -> None:
    head = b"nomor,jenis,tempat,mulai,selesai,lat,lon\n"
    good = head + b"LP/1,Pencurian,Pasar,2026-03-01 02:00,2026-03-01 02:40,0.5,117.5\n"  # fmt: skip
    reports, faults, rows = report_draft(good, source="x.csv", training=False)
    assert (faults, rows, reports[0].span) == ([], 1, NIGHT)
    bad = (
        b"nomor,jenis,tempat,mulai,selesai,lat,lon\n"
        b"LP/1,Pencurian,Pasar,kemarin,,0.5,117.5\n"
        b"LP/2,Pencurian,Pasar,2026-03-01 02:00,2026-03-01 01:00,0.5,117.5\n"
        b"LP/3,Pencurian,Pasar,2026-03-01 02:00,,117.5,0.5\n"
    )
    _reports, faults, _rows = report_draft(bad, source="x.csv", training=False)
    assert [(one.row, one.column, one.code) for one in faults] == [
        (2, "mulai", "bad_time"),
        (3, "selesai", "bad_time"),
        (4, "lat", "swapped"),
    ]
