"""The hub's tables of its edges, on SQLite and PostgreSQL alike."""

import pytest
from sqlalchemy import Engine

from ronda.core.time import SECOND_US
from ronda.fleet.batch import Batch
from ronda.fleet.errors import EpochRefusedError, MissingBeforeError, NotEnrolledError
from ronda.fleet.model import Cursor, Row
from ronda.store.sql.fleet import Fetch, SqlFleet

NOW = 1_795_000_000 * SECOND_US


@pytest.fixture
def fleet(engine: Engine) -> SqlFleet:
    made = SqlFleet(engine)
    made.invite("desa-a", "64.08", ["cam-a", "cam-b"], "t" * 64, until_us=NOW + 10, now_us=NOW, budget_bytes=1000)
    return made


def rows(first: int, last: int, *, epoch: int = 1, oldest: int = 1, text: str = "a") -> Batch:
    made = [Row(seq=seq, at_us=NOW, kind="note", body=f'{{"text": "{text}"}}') for seq in range(first, last + 1)]
    return Batch(epoch=epoch, oldest=oldest, rows=tuple(made))


def test_a_token_opens_once_and_not_too_late(fleet: SqlFleet) -> None:
    with pytest.raises(NotEnrolledError):
        fleet.enrol("t" * 64, "k" * 64, NOW + 11)
    with pytest.raises(NotEnrolledError):
        fleet.enrol("x" * 64, "k" * 64, NOW)
    assert fleet.enrol("t" * 64, "k" * 64, NOW).edge == "desa-a"
    with pytest.raises(NotEnrolledError):
        fleet.enrol("t" * 64, "k" * 64, NOW)
    assert fleet.public_key("desa-a") == "k" * 64


def test_a_box_that_was_ended_is_believed_no_more_until_another_joins(fleet: SqlFleet) -> None:
    def invite(token: str) -> None:
        fleet.invite("desa-a", "64.08", ["cam-a"], token * 64, until_us=NOW + 10, now_us=NOW, budget_bytes=1000)

    fleet.enrol("t" * 64, "k" * 64, NOW)
    invite("u")
    fleet.end("desa-a")
    with pytest.raises(NotEnrolledError, match="nothing was taken"):
        fleet.public_key("desa-a")
    with pytest.raises(NotEnrolledError, match="token is wrong"):
        fleet.enrol("u" * 64, "n" * 64, NOW)
    with pytest.raises(NotEnrolledError, match="nothing was changed"):
        fleet.end("desa-lain")
    invite("v")
    fleet.enrol("v" * 64, "n" * 64, NOW)
    assert fleet.public_key("desa-a") == "n" * 64


def test_the_same_rows_ten_times_are_there_once(fleet: SqlFleet) -> None:
    for _ in range(10):
        assert fleet.settle("desa-a", rows(1, 5), NOW, quarantined=False) == Cursor(epoch=1, settled=5)
    fleet.settle("desa-a", rows(3, 8), NOW, quarantined=False)
    assert sorted(fleet.count_rows("desa-a")) == [(1, seq) for seq in range(1, 9)]


def test_what_is_refused_leaves_nothing(fleet: SqlFleet) -> None:
    fleet.settle("desa-a", rows(1, 2, epoch=2), NOW, quarantined=False)
    with pytest.raises(MissingBeforeError):
        fleet.settle("desa-a", rows(5, 6, epoch=2), NOW, quarantined=False)
    with pytest.raises(EpochRefusedError):
        fleet.settle("desa-a", rows(3, 4, epoch=1), NOW, quarantined=False)
    assert fleet.count_rows("desa-a") == [(2, 1), (2, 2)]


def test_a_number_is_heard_once(fleet: SqlFleet) -> None:
    assert fleet.heard("desa-a", "i1", 5, NOW) is None
    assert fleet.heard("desa-a", "i1", 5, NOW) == 5
    assert fleet.heard("desa-a", "i1", 4, NOW) == 5
    assert fleet.heard("desa-a", "i1", 6, NOW) is None
    assert fleet.heard("desa-a", "i2", 1, NOW) is None


def test_quarantined_rows_wait_and_come_in_when_released(fleet: SqlFleet) -> None:
    fleet.settle("desa-a", rows(1, 2), NOW, quarantined=True)
    fleet.settle("desa-a", rows(3, 3), NOW, quarantined=False)
    epoch, waiting = fleet.unprojected("desa-a")
    assert [seq for seq, _, _ in waiting] == [3]
    fleet.projected("desa-a", epoch, 3)
    record = fleet.edge("desa-a")
    assert record is not None
    assert record.quarantined_rows == 2
    assert fleet.release("desa-a") == 2
    assert [seq for seq, _, _ in fleet.unprojected("desa-a")[1]] == [1, 2, 3]


def test_rows_of_a_second_body_are_kept_apart(fleet: SqlFleet) -> None:
    fleet.put_apart("desa-a", "i2", rows(1, 3, text="b"), NOW)
    fleet.put_apart("desa-a", "i2", rows(1, 3, text="b"), NOW)
    record = fleet.edge("desa-a")
    assert record is not None
    assert (record.apart_rows, record.cursor.settled) == (3, 0)


def test_an_accepted_body_begins_an_epoch_above_every_one_known(fleet: SqlFleet) -> None:
    fleet.settle("desa-a", rows(1, 3), NOW, quarantined=False)
    assert fleet.freeze("desa-a", "i2")
    assert not fleet.freeze("desa-a", "i2")
    fleet.accept("desa-a", "i2")
    record = fleet.edge("desa-a")
    assert record is not None
    assert (record.instance, record.frozen_instance, record.cursor) == ("i2", None, Cursor(epoch=2, settled=0))


def test_only_the_next_row_can_be_passed_over(fleet: SqlFleet) -> None:
    fleet.settle("desa-a", rows(1, 3), NOW, quarantined=False)
    with pytest.raises(MissingBeforeError):
        fleet.skip("desa-a", 1, 9)
    assert fleet.skip("desa-a", 1, 4) == Cursor(epoch=1, settled=4)
    fleet.bury("desa-a", b"\x00bytes", "no batch", NOW)
    record = fleet.edge("desa-a")
    assert record is not None
    assert record.dead_batches == 1


def test_a_file_is_asked_once_and_its_progress_kept(fleet: SqlFleet) -> None:
    wanted = Fetch(
        camera="cam-a",
        start_us=NOW,
        edge="desa-a",
        case_id="case-1",
        asked_us=NOW,
        size_bytes=100,
        sha256="0" * 64,
        have_bytes=0,
        arrived_us=None,
        fault=None,
    )
    assert fleet.ask(wanted)
    assert not fleet.ask(wanted)
    fleet.progress("cam-a", NOW, have=40)
    (found,) = fleet.fetches("desa-a", waiting=True)
    assert found.have_bytes == 40
    fleet.progress("cam-a", NOW, have=100, arrived_us=NOW + 1)
    assert fleet.fetches("desa-a", waiting=True) == []


def test_a_camera_belongs_to_one_edge(fleet: SqlFleet) -> None:
    fleet.invite("desa-b", "64.08", ["cam-b"], "u" * 64, until_us=NOW, now_us=NOW, budget_bytes=1)
    assert fleet.cameras() == {"cam-a": "desa-a", "cam-b": "desa-b"}
