"""What every carriage between an edge and its hub must do; a NATS client will join the list."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from tests.edge_kit import EDGE, Village, joined
from tests.http_kit import CAMERA, Town, town
from tests.hub_kit import hub

from ronda.app.edge.direct import DirectCarriage
from ronda.app.edge.link import EdgeCarriage
from ronda.fleet.batch import Batch, encode
from ronda.fleet.errors import (
    EpochRefusedError,
    FrozenError,
    MissingBeforeError,
    NotThisFileError,
    OffsetError,
    PoisonBatchError,
)
from ronda.fleet.model import FileEnd, Row
from ronda.store.sql.fleet import Fetch


@dataclass
class Line:
    """A carriage, its village and its hub."""

    carriage: EdgeCarriage
    village: Village
    place: Town

    def rows(self, first: int, last: int, *, epoch: int = 1, oldest: int = 1) -> bytes:
        made = [
            Row(seq=seq, at_us=1, kind="note", body=f'{{"at_us": 1, "kind": "k", "text": "{seq}"}}')
            for seq in range(first, last + 1)
        ]
        return encode(Batch(epoch=epoch, oldest=oldest, rows=tuple(made)))

    def settled(self) -> list[int]:
        return sorted(seq for _epoch, seq in self.place.wiring.fleet.count_rows(EDGE))


@pytest.fixture(params=["direct", "http"])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Line]:
    place = town(tmp_path / "hub")
    with hub(place.wiring.folder.root) as served:
        village = Village(joined(place, served.url, tmp_path / "edge"))
        carriage: EdgeCarriage = village.link.carriage
        if request.param == "direct":
            carriage = DirectCarriage(place.wiring.fleet_desk, EDGE, carriage.instance)
        village.link.carriage = carriage
        yield Line(carriage, village, place)


def test_a_batch_may_be_repeated(line: Line) -> None:
    for _ in range(3):
        assert line.carriage.send_batch(line.rows(1, 4)).cursor.settled == 4
    assert line.settled() == [1, 2, 3, 4]


def test_each_refusal_has_its_own_error_and_takes_nothing(line: Line) -> None:
    line.carriage.send_batch(line.rows(1, 2, epoch=2))
    with pytest.raises(MissingBeforeError) as hole:
        line.carriage.send_batch(line.rows(5, 6, epoch=2))
    assert hole.value.settled == 2
    with pytest.raises(EpochRefusedError):
        line.carriage.send_batch(line.rows(3, 4, epoch=1))
    with pytest.raises(PoisonBatchError):
        line.carriage.send_batch(b"not a batch")
    assert line.settled() == [1, 2]


def test_a_single_row_that_cannot_be_read_is_put_aside_with_its_bytes(line: Line) -> None:
    line.carriage.send_batch(line.rows(1, 2))
    foreign = Row(seq=3, at_us=1, kind="gap", body='{"camera": "elsewhere"}')
    done = line.carriage.send_batch(encode(Batch(epoch=1, oldest=1, rows=(foreign,))))
    assert (done.dead, done.cursor.settled) == (True, 3)
    record = line.place.wiring.fleet.edge(EDGE)
    assert record is not None
    assert record.dead_batches == 1


def test_a_second_body_is_frozen_and_its_rows_kept_apart(line: Line) -> None:
    line.village.turns()
    first = line.carriage.instance
    line.carriage.instance = "clone"
    with pytest.raises(FrozenError):
        line.carriage.send_batch(line.rows(1, 3))
    assert line.carriage.poll(line.village.link.heartbeat()).frozen
    line.carriage.instance = first
    assert not line.carriage.poll(line.village.link.heartbeat()).frozen
    record = line.place.wiring.fleet.edge(EDGE)
    assert record is not None
    assert (record.frozen_instance, record.apart_rows) == ("clone", 3)


def ask(line: Line) -> tuple[bytes, str, int, FileEnd]:
    """One film of the village on order."""
    (segment,) = line.village.record(1)
    line.village.turns()
    start_us = segment.span.start_us
    film = line.village.films[start_us]
    digest = sha256(film).hexdigest()
    line.place.wiring.fleet.ask(
        Fetch(
            camera=CAMERA,
            start_us=start_us,
            edge=EDGE,
            case_id="case-x",
            asked_us=1,
            size_bytes=len(film),
            sha256=digest,
            have_bytes=0,
            arrived_us=None,
            fault=None,
        )
    )
    found = line.village.link.outbox.segment_file(CAMERA, start_us)
    assert found is not None
    tables = [base64.b64encode(part).decode() for part in found[3:]]
    return film, CAMERA, start_us, FileEnd(sha256=digest, fragments=tables[0], clock=tables[1])


def test_parts_go_on_only_where_the_stored_part_ends(line: Line) -> None:
    film, camera, start_us, end = ask(line)
    assert line.carriage.send_part(camera, start_us, 0, film[:1000]) == 1000
    with pytest.raises(OffsetError) as wrong:
        line.carriage.send_part(camera, start_us, 0, film[:1000])
    assert wrong.value.have == 1000
    with pytest.raises(NotThisFileError):
        line.carriage.finish(camera, start_us, end)
    assert line.carriage.send_part(camera, start_us, 1000, film[1000:]) == len(film)
    line.carriage.finish(camera, start_us, end)
    path = line.place.wiring.fleet_desk.remote
    assert path is not None
    (fetch,) = line.place.wiring.fleet.fetches(EDGE)
    assert fetch.arrived_us is not None
    line.carriage.finish(camera, start_us, end)  # its answer may have been lost


def test_a_file_with_another_hash_is_thrown_away(line: Line) -> None:
    film, camera, start_us, end = ask(line)
    spoiled = film[:-1] + bytes([film[-1] ^ 1])
    line.carriage.send_part(camera, start_us, 0, spoiled)
    with pytest.raises(NotThisFileError):
        line.carriage.finish(camera, start_us, end)
    (fetch,) = line.place.wiring.fleet.fetches(EDGE)
    assert (fetch.have_bytes, fetch.arrived_us) == (0, None)
    assert list(line.place.wiring.folder.footage.rglob(f"{start_us}.mp4")) == []


def test_what_nobody_asked_for_is_refused(line: Line) -> None:
    line.village.turns()
    with pytest.raises(NotThisFileError):
        line.carriage.send_part(CAMERA, 1, 0, b"x")


def test_a_film_that_is_gone_is_said_so(line: Line) -> None:
    _film, camera, start_us, _end = ask(line)
    line.carriage.cannot(camera, start_us, "gone")
    (fetch,) = line.place.wiring.fleet.fetches(EDGE)
    assert fetch.fault == "gone"
