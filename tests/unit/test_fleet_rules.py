"""Rules between an edge and its hub: batches, cursors, clones, the day's bytes, arrival times."""

import json
import zlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ronda.core.errors import WrongUsageError
from ronda.core.time import DAY_US, HOUR_US, SECOND_US, parse_utc
from ronda.fleet.batch import MOST_BYTES, MOST_ROWS, Batch, cut, decode, encode, only_row
from ronda.fleet.budget import Budget, day_of, expected_us, next_day_us, part_cost_bytes
from ronda.fleet.errors import EpochRefusedError, MissingBeforeError, NotEnrolledError, PoisonBatchError
from ronda.fleet.model import Cursor, Row
from ronda.fleet.rows import check_row
from ronda.fleet.settle import Body, clock_is_flagged, goes_to_quarantine, is_clone, take
from ronda.fleet.signing import HEADERS, Speech, check_speech, edge_name, read_speech, signed_headers

NOW = parse_utc("2026-11-26T23:30:00+08:00")


def row(seq: int, text: str = "x") -> Row:
    body = json.dumps({"at_us": 1, "kind": "n", "text": text})
    return Row(seq=seq, at_us=NOW, kind="note", body=body)


def batch(first: int, last: int, *, epoch: int = 1, oldest: int = 1) -> Batch:
    return Batch(epoch=epoch, oldest=oldest, rows=tuple(row(seq) for seq in range(first, last + 1)))


@given(st.integers(1, 40), st.integers(1, 2**40), st.lists(st.text(max_size=30), min_size=1, max_size=30))
def test_a_batch_reads_back_as_it_was_written(epoch: int, first: int, texts: list[str]) -> None:
    rows = tuple(row(first + at, text) for at, text in enumerate(texts))
    whole = Batch(epoch=epoch, oldest=first, rows=rows)
    assert decode(encode(whole)) == whole


def test_a_batch_is_cut_to_its_limits() -> None:
    many, _ = cut(1, 1, [row(seq) for seq in range(1, 2000)])
    assert len(many.rows) == MOST_ROWS
    noise = "".join(chr(0x4E00 + (n * 7919) % 20000) for n in range(3500))
    large, data = cut(1, 1, [row(seq, noise[seq:] + noise[:seq]) for seq in range(1, 400)])
    assert len(data) <= MOST_BYTES or len(large.rows) == 1
    assert large.first == 1


def test_a_batch_that_unpacks_to_far_more_than_a_batch_is_refused() -> None:
    """A few kilobytes that claim a gigabyte must not cost a gigabyte."""
    with pytest.raises(PoisonBatchError):
        decode(zlib.compress(b"0" * 40_000_000))


def test_rows_with_a_hole_or_another_hash_are_no_batch() -> None:
    good = encode(batch(1, 3))
    text = zlib.decompress(good)
    for bad in (text.replace(b'x\\"', b'y\\"', 1), text.replace(b"[2,", b"[4,", 1), text[:-5], b"", b"{}\n"):
        with pytest.raises(PoisonBatchError):
            decode(zlib.compress(bad))
    assert only_row(zlib.compress(zlib.decompress(encode(batch(7, 7))).replace(b"[7,", b"[8,"))) == (7, 1)


def test_repeats_are_taken_once_and_the_cursor_never_goes_back() -> None:
    taking = take(Cursor(epoch=1, settled=5), batch(3, 8))
    assert (taking.above, taking.cursor.settled, taking.missing) == (5, 8, 0)
    assert take(Cursor(epoch=1, settled=9), batch(3, 8)).cursor.settled == 9


def test_a_hole_the_edge_can_fill_is_refused_and_one_it_cannot_is_counted() -> None:
    with pytest.raises(MissingBeforeError) as refused:
        take(Cursor(epoch=1, settled=5), batch(9, 9, oldest=2))
    assert refused.value.settled == 5
    assert take(Cursor(epoch=1, settled=5), batch(9, 9, oldest=9)).missing == 3


def test_an_old_epoch_is_refused_and_a_new_one_begins_at_one() -> None:
    with pytest.raises(EpochRefusedError):
        take(Cursor(epoch=3, settled=5), batch(6, 6, epoch=2))
    assert take(Cursor(epoch=1, settled=50), batch(1, 4, epoch=2)).cursor == Cursor(epoch=2, settled=4)


def test_another_body_is_a_clone_while_the_first_lives_or_with_no_newer_epoch() -> None:
    current = Body(instance="a", epoch=2, heard_us=NOW)
    assert not is_clone(current, "a", 2, NOW)
    assert is_clone(current, "b", 3, NOW + 30 * SECOND_US)
    assert not is_clone(current, "b", 3, NOW + HOUR_US)
    assert is_clone(current, "b", 2, NOW + HOUR_US)
    assert not is_clone(None, "b", 1, NOW)


def test_a_wrong_clock_is_flagged_above_two_seconds_and_kept_apart_above_sixty() -> None:
    assert [clock_is_flagged(s * SECOND_US) for s in (-3, -1, 0, 2, 3)] == [True, False, False, False, True]
    assert [goes_to_quarantine(s * SECOND_US) for s in (-61, 60, 61)] == [True, False, True]
    assert not clock_is_flagged(None)


def test_the_account_of_a_day_begins_anew_at_midnight_in_the_village() -> None:
    budget = Budget(limit_bytes=1000, day=day_of(NOW), used_bytes=950)
    assert budget.room_bytes == 0
    assert budget.at(NOW + 29 * 60 * SECOND_US).used_bytes == 950
    assert budget.at(NOW + 31 * 60 * SECOND_US).used_bytes == 0
    assert next_day_us(NOW) == NOW + 30 * 60 * SECOND_US


@given(st.integers(1, 600_000))
def test_what_a_part_may_cost_is_more_than_its_bytes_and_packets(size: int) -> None:
    packets = size // 1200 + 1
    assert part_cost_bytes(size) >= size + packets * 66 + 500


def test_arrival_follows_from_rate_and_what_is_left_of_the_days() -> None:
    def at(remaining: int, room: int, limit: int = 10_000_000, rate: float | None = 100_000) -> int | None:
        return expected_us(NOW, remaining_bytes=remaining, rate_bytes_s=rate, room_bytes=room, limit_bytes=limit)

    assert at(0, 0) == NOW
    assert at(1000, 1000, rate=None) is None
    assert at(800_000, 1_000_000) == NOW + 9 * SECOND_US
    tomorrow = at(800_000, 0)
    assert tomorrow is not None
    assert tomorrow >= next_day_us(NOW)
    far = at(80_000_000, 0)
    assert far is not None
    assert far >= next_day_us(NOW) + 9 * DAY_US


def test_a_signed_request_counts_only_as_it_was_signed() -> None:
    """Another body, path, edge or number: each breaks the signature."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw().hex()
    body = b"rows"
    from hashlib import sha256

    speech = Speech(
        method="POST",
        path="/api/fleet/batch",
        edge="desa-a",
        instance="i1",
        at_us=NOW,
        number=7,
        body_sha256=sha256(body).hexdigest(),
    )
    headers = signed_headers(key, speech)
    check_speech(public, *read_speech("POST", "/api/fleet/batch", headers, body))
    changed = [
        ("POST", "/api/fleet/batch", headers, b"other"),
        ("POST", "/api/fleet/poll", headers, body),
        ("POST", "/api/fleet/batch", headers | {HEADERS[0]: "desa-b"}, body),
        ("POST", "/api/fleet/batch", headers | {HEADERS[3]: "8"}, body),
    ]
    for method, path, told, content in changed:
        with pytest.raises(NotEnrolledError):
            check_speech(public, *read_speech(method, path, told, content))
    with pytest.raises(NotEnrolledError):
        read_speech("POST", "/api/fleet/batch", {}, body)


@pytest.mark.parametrize("name", ["", "ab", "Desa", "desa_a", "desa/a", "d" * 41, "désa"])
def test_a_name_that_cannot_be_a_subject_is_refused(name: str) -> None:
    with pytest.raises(WrongUsageError):
        edge_name(name)


SEGMENT = {
    "camera": "simpang-3", "start_us": 1795000000000000, "end_us": 1795000060000000, "state": "closed",
    "path": "simpang-3/2026-11-18/02/1795000000000000.mp4", "size": 10, "frames": 5, "sha256": "0" * 64,
    "codec": "avc1", "width": 1, "height": 1, "init": 1, "training": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"camera": "pasar-induk"},
        {"path": "../../keys/log.key"},
        {"path": "simpang-3/2026-11-18/02/../../../x.mp4"},
        {"path": "simpang-3/2026-11-18/02/1.mp4"},
        {"sha256": "zz"},
        {"size": -1},
        {"size": "10"},
        {"state": "here"},
        {"start_us": None},
    ],
)
def test_a_row_of_another_camera_or_with_a_path_of_its_own_is_refused(change: dict[str, object]) -> None:
    """The hub writes these rows beside its own and files under their paths."""
    good = Row(seq=1, at_us=1, kind="segment", body=json.dumps(SEGMENT))
    check_row(good, {"simpang-3"})
    with pytest.raises(PoisonBatchError):
        check_row(Row(seq=1, at_us=1, kind="segment", body=json.dumps(SEGMENT | change)), {"simpang-3"})
