"""Bytes that an edge, or somebody in its place, may send: batches, parts and tables of a film."""

import base64
import os
import random
import zlib
from pathlib import Path

import pytest
from tests.fuzz_kit import times

from ronda.app.fleet.incoming import Incoming
from ronda.fleet.batch import Batch, decode, encode, only_row
from ronda.fleet.errors import FleetError, NotThisFileError, OffsetError, PoisonBatchError
from ronda.fleet.model import FileEnd, Row
from ronda.fleet.rows import check_row
from ronda.store.sql.fleet import Fetch

TURNS = times(3000)


def good_batch() -> bytes:
    rows = tuple(
        Row(seq=seq, at_us=seq, kind="note", body=f'{{"at_us": 1, "kind": "k", "text": "{seq}"}}')
        for seq in range(1, 9)
    )
    return encode(Batch(epoch=1, oldest=1, rows=rows))


def spoiled(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, removed, doubled."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(out) or 1)
        what = chance.randrange(4)
        if what == 0 and out:
            out[at % len(out)] = chance.randrange(256)
        elif what == 1:
            del out[at : at + chance.randrange(1, 9)]
        elif what == 2:
            out[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9)))
        else:
            out += out[: chance.randrange(1, 20)]
    return bytes(out)


def test_a_spoiled_batch_is_a_batch_or_refused_and_nothing_else() -> None:
    """Inside the compression too: there the checks of the rows are what stands."""
    chance, good = random.Random(31), good_batch()
    plain, refused = zlib.decompress(good), 0
    for turn in range(TURNS):
        data = spoiled(good, chance) if turn % 2 else zlib.compress(spoiled(plain, chance))
        only_row(data)
        try:
            batch = decode(data)
            for row in batch.rows:
                check_row(row, {"cam-a"})
        except PoisonBatchError:
            refused += 1
    assert refused > TURNS * 0.9


def test_whatever_parts_come_only_the_asked_file_is_taken_up(tmp_path: Path) -> None:
    """Random offsets, sizes, repeats and tables: the footage folder holds the one file, or nothing."""
    chance = random.Random(7)
    film = bytes(chance.randrange(256) for _ in range(4000))
    from hashlib import sha256

    fetch = Fetch(
        camera="cam-a", start_us=5, edge="desa-a", case_id="c", asked_us=1, size_bytes=len(film),
        sha256=sha256(film).hexdigest(), have_bytes=0, arrived_us=None, fault=None,
    )  # fmt: skip
    footage = tmp_path / "footage"
    incoming = Incoming(tmp_path / "incoming", footage)
    taken = 0
    for _ in range(TURNS // 4):
        have = incoming.have(fetch)
        offset = have if chance.random() < 0.6 else chance.randrange(len(film) + 10)
        data = film[offset : offset + chance.randrange(0, 900)]
        if chance.random() < 0.03:
            data = spoiled(data or b"x", chance)
        try:
            assert incoming.append(fetch, offset, data) == have + len(data)
            assert offset == have
        except (OffsetError, NotThisFileError):
            assert incoming.have(fetch) == have
        table = base64.b64encode(os.urandom(48)).decode() if chance.random() < 0.3 else ""
        try:
            incoming.take_up(
                fetch, "cam-a/2026-11-18/02/5.mp4", FileEnd(sha256=fetch.sha256, fragments=table, clock="")
            )
        except FleetError:
            continue
        taken += 1
        found = footage / "cam-a/2026-11-18/02/5.mp4"
        assert found.read_bytes() == film
        found.unlink()
    assert taken > 0


@pytest.mark.parametrize("text", ["!!!", "AAAA", base64.b64encode(b"\xff" * 48).decode()])
def test_a_table_that_does_not_fit_the_file_is_refused(tmp_path: Path, text: str) -> None:
    from hashlib import sha256

    film = b"film" * 100
    fetch = Fetch(
        camera="cam-a", start_us=5, edge="desa-a", case_id="c", asked_us=1, size_bytes=len(film),
        sha256=sha256(film).hexdigest(), have_bytes=0, arrived_us=None, fault=None,
    )  # fmt: skip
    incoming = Incoming(tmp_path / "incoming", tmp_path / "footage")
    incoming.append(fetch, 0, film)
    with pytest.raises(NotThisFileError):
        incoming.take_up(fetch, "cam-a/x.mp4", FileEnd(sha256=fetch.sha256, fragments=text, clock=""))
    assert not (tmp_path / "footage").exists() or list((tmp_path / "footage").rglob("*.mp4")) == []
