"""Rows as one compressed piece of at most 500 rows or 256 KB, and back.

The piece tells its own epoch, first and last row, the lowest row the edge still has, and the SHA-256 of
its lines. Invariant: `decode` gives exactly what `encode` was given, or raises PoisonBatchError; it never
unpacks more than RAW_LIMIT_BYTES, whatever the bytes claim.
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from ronda.fleet.errors import PoisonBatchError
from ronda.fleet.model import Row, RowKind

MOST_ROWS = 500
MOST_BYTES = 256 * 1024
RAW_LIMIT_BYTES = 8 * 1024 * 1024
LARGEST_BODY_CHARACTERS = 16_000
_KINDS = frozenset(kind.value for kind in RowKind)
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows in order without a hole. `oldest`: the lowest seq that the edge still holds."""

    epoch: int
    oldest: int
    rows: tuple[Row, ...]

    @property
    def first(self) -> int:
        return self.rows[0].seq

    @property
    def last(self) -> int:
        return self.rows[-1].seq


def cut(epoch: int, oldest: int, rows: Sequence[Row]) -> tuple[Batch, bytes]:
    """As many of `rows` as fit, and their bytes. `rows` is not empty."""
    count = min(len(rows), MOST_ROWS)
    while True:
        batch = Batch(epoch=epoch, oldest=oldest, rows=tuple(rows[:count]))
        data = encode(batch)
        if len(data) <= MOST_BYTES or count == 1:
            return batch, data
        count = max(1, count // 2)


def encode(batch: Batch) -> bytes:
    lines = "".join(
        json.dumps([row.seq, row.at_us, row.kind, row.body], ensure_ascii=False, separators=(",", ":")) + "\n"
        for row in batch.rows
    ).encode()
    head = {
        "v": 1,
        "epoch": batch.epoch,
        "oldest": batch.oldest,
        "first": batch.first,
        "last": batch.last,
        "count": len(batch.rows),
        "sha256": sha256(lines).hexdigest(),
    }
    return zlib.compress(json.dumps(head).encode() + b"\n" + lines, 6)


def decode(data: bytes) -> Batch:
    """Raises PoisonBatchError for anything that `encode` does not write."""
    text = _unpacked(data)
    head_line, separator, lines = text.partition(b"\n")
    try:
        head = json.loads(head_line)
        rows = [_row(line) for line in lines.split(b"\n")[:-1]]
    except (ValueError, RecursionError) as error:
        raise PoisonBatchError(f"the batch is no JSON ({type(error).__name__})") from None
    if not separator or not isinstance(head, dict) or not 1 <= len(rows) <= MOST_ROWS or not lines.endswith(b"\n"):
        raise PoisonBatchError("the batch lacks its head, or has no rows or too many")
    if head.get("sha256") != sha256(lines).hexdigest():
        raise PoisonBatchError("the batch's rows are not those its head speaks of")
    epoch, oldest = head.get("epoch"), head.get("oldest")
    if not _is_count(epoch) or not _is_count(oldest):
        raise PoisonBatchError("the batch's head names no epoch")
    if [row.seq for row in rows] != list(range(rows[0].seq, rows[0].seq + len(rows))):
        raise PoisonBatchError("the batch's rows are not in order without a hole")
    told = (head.get("first"), head.get("last"), head.get("count"), head.get("v"))
    if told != (rows[0].seq, rows[-1].seq, len(rows), 1):
        raise PoisonBatchError("the batch's head names other rows than follow")
    return Batch(epoch=int(epoch or 0), oldest=int(oldest or 0), rows=tuple(rows))


def only_row(data: bytes) -> tuple[int | None, int]:
    """(seq, epoch) of a batch that claims to hold a single row, however broken it is; else (None, 0)."""
    try:
        head = json.loads(_unpacked(data).partition(b"\n")[0])
        first, last, epoch = head["first"], head["last"], head["epoch"]
    except (PoisonBatchError, ValueError, KeyError, TypeError, RecursionError):
        return None, 0
    if first == last and _is_count(first) and _is_count(epoch):
        return int(first), int(epoch)
    return None, 0


def _unpacked(data: bytes) -> bytes:
    if len(data) > 2 * MOST_BYTES:
        raise PoisonBatchError(f"the batch has {len(data)} bytes, at most {2 * MOST_BYTES} are read")
    unpack = zlib.decompressobj()
    try:
        text = unpack.decompress(data, RAW_LIMIT_BYTES)
    except zlib.error as error:
        raise PoisonBatchError(f"the batch is not compressed as it should be ({error})") from None
    if not unpack.eof or unpack.unused_data:
        raise PoisonBatchError("the batch ends too early, too late, or is far larger than a batch")
    return text


def _row(line: bytes) -> Row:
    found = json.loads(line)
    if not isinstance(found, list) or len(found) != 4:
        raise PoisonBatchError("a row of the batch has not its four parts")
    seq, at_us, kind, body = found
    if not _is_count(seq) or not _is_count(at_us) or kind not in _KINDS or not isinstance(body, str):
        raise PoisonBatchError("a row of the batch has parts of another kind")
    if len(body) > LARGEST_BODY_CHARACTERS or not isinstance(json.loads(body), dict):
        raise PoisonBatchError("a row's body is no object, or longer than any of ours")
    return Row(seq=seq, at_us=at_us, kind=kind, body=body)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST
