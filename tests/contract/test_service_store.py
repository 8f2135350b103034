"""The store of service measures on SQLite and PostgreSQL."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from ronda.core.ids import AreaCode, camera_id
from ronda.core.time import TimeSpan
from ronda.service.hours import parse_day
from ronda.service.model import Method, Quarter, ServicePoint, Zone, ZoneKind
from ronda.service.rows import QUARTER_US
from ronda.store.sql.service import SqlService, service_quarters

CAMERA = camera_id("loket-kecamatan")
POINT = ServicePoint(
    camera=CAMERA, name="Loket", area=AreaCode("64.08.04.2001"), legal_basis="Perbup standar pelayanan",
    purpose="Loket terlayani", zones=(Zone(kind=ZoneKind.COUNTER, left=0, top=0, right=0.5, bottom=0.5),),
    hours={0: parse_day("08.00-12.00, 13.00-15.30"), 4: parse_day("22.00-06.00")},
)  # fmt: skip
ROW = Quarter(
    camera=CAMERA, start_us=QUARTER_US, method=Method.BACKGROUND, samples=90, open_samples=80, staffed_samples=70,
    queue_samples=80, queue_sum=160.5, queue_max=4.5, waiting_s=1800.25, served=3, first_staffed_us=QUARTER_US + 1,
)  # fmt: skip


@pytest.fixture
def store(engine: Engine) -> SqlService:
    return SqlService(engine)


def test_a_point_comes_back_with_zones_and_hours(store: SqlService) -> None:
    store.put_point(POINT)
    assert store.points() == [POINT]
    assert store.point(CAMERA) == POINT
    other = replace(POINT, purpose="Waktu tunggu loket")
    store.put_point(other)
    assert store.point(CAMERA) == other


def test_numbers_outlive_the_registration(store: SqlService) -> None:
    store.put_point(POINT)
    store.put_quarters([ROW])
    store.drop_point(CAMERA)
    assert store.point(CAMERA) is None
    assert store.stored(CAMERA) == 1


def test_a_row_is_replaced_not_doubled(store: SqlService) -> None:
    store.put_quarters([ROW])
    grown = replace(ROW, samples=180, last_staffed_us=QUARTER_US + 9)
    store.put_quarters([grown, replace(ROW, start_us=2 * QUARTER_US)])
    assert store.quarters(CAMERA, TimeSpan(0, 3 * QUARTER_US)) == [grown, replace(ROW, start_us=2 * QUARTER_US)]
    assert store.quarters(CAMERA, TimeSpan(2 * QUARTER_US, 3 * QUARTER_US)) == [
        replace(ROW, start_us=2 * QUARTER_US)
    ]


def test_no_column_can_hold_a_picture() -> None:
    kinds = {column.type.__class__.__name__ for column in service_quarters.columns}
    assert kinds <= {"String", "BigInteger", "Integer", "Float", "Boolean"}
    assert max(column.type.length for column in service_quarters.columns if hasattr(column.type, "length")) <= 63
