"""How fragments and clock pairs become bytes in the recording index, and back.

Fragments of an open segment are rows of fixed size, cheap to append. Those of a closed one are columns:
each column stores its smallest value once and what every row is above it in as few bytes as the largest
needs (0, 1, 2, 4 or 8). What follows from the row before (offset, media time) is stored as the difference,
which is 0 for a whole file, so a fragment takes some 15 bytes instead of 47.
Invariant: `unpack_fragments` gives back exactly what was packed, from either form, or raises ValueError.
"""

import struct
from collections.abc import Iterable, Sequence

from ronda.video.model import ClockPair, Fragment

_FRAGMENT = struct.Struct("<QIqqIHBIIi")
_PAIR = struct.Struct("<qQI")
_KEY, _DAMAGED = 1, 2
_MAGIC = b"RFc2"  # rows begin with the offset of the first fragment: never near 0x32634652 in a first fragment
_HEAD = struct.Struct("<4sH")
_COLUMN = struct.Struct("<qB")
_LETTERS = {0: "", 1: "B", 2: "H", 4: "I", 8: "Q"}
_COLUMNS = 10


def pack_rows(fragments: Iterable[Fragment]) -> bytes:
    """Rows of fixed size: what an open segment appends."""
    pack = _FRAGMENT.pack
    return b"".join(
        [
            pack(*row[:6], (_KEY if row[6] else 0) | (_DAMAGED if row[7] else 0), *row[8:])
            for row in fragments  # a Fragment's fields in their order; the two flags share a byte
        ]
    )


def compact(rows: bytes) -> bytes:
    """Columns from rows of `pack_rows`: what a closed segment keeps."""
    table = list(_FRAGMENT.iter_unpack(rows))
    if not table:
        return b""
    if len(table) > 0xFFFF:
        return rows
    columns = [list(column) for column in zip(*table, strict=True)]
    offset, size, start_us, start_90k, duration = columns[:5]
    columns[0] = _above(offset, [at + length for at, length in zip(offset, size, strict=True)])
    columns[2] = _above(start_us, start_us)
    columns[3] = _above(start_90k, [at + length for at, length in zip(start_90k, duration, strict=True)])
    head = (offset[0], start_us[0], start_90k[0])
    packed = [_HEAD.pack(_MAGIC, len(table)), struct.pack("<Qqq", *head)]
    try:
        return b"".join(packed + [_pack_column(column) for column in columns])
    except struct.error:
        return rows  # a difference beyond 64 bits: no recording has one, a broken row may


def unpack_fragments(blob: bytes) -> list[Fragment]:
    """Fragments from rows or columns. Raises ValueError when the bytes are neither."""
    try:
        table: Iterable[Sequence[int]] = (
            _table_of_columns(blob) if blob[:4] == _MAGIC else _FRAGMENT.iter_unpack(blob)
        )
        return [
            Fragment(
                offset=row[0],
                size_bytes=row[1],
                start_us=row[2],
                start_90k=row[3],
                duration_90k=row[4],
                frames=row[5],
                key=bool(row[6] & _KEY),
                damaged=bool(row[6] & _DAMAGED),
                inter_bytes=row[7],
                crc32=row[8],
                shift_90k=row[9],
            )
            for row in table
        ]
    except struct.error as fault:
        raise ValueError(f"no table of fragments ({fault})") from fault


def rows_of(blob: bytes) -> bytes:
    """The rows of fixed size that a blob of either form stands for."""
    return pack_rows(unpack_fragments(blob)) if blob[:4] == _MAGIC else blob


def pack_clock(pairs: Iterable[ClockPair]) -> bytes:
    return b"".join([_PAIR.pack(pair.arrival_us, pair.ntp, pair.rtp_90k) for pair in pairs])


def unpack_clock(blob: bytes) -> list[ClockPair]:
    """Raises ValueError when the bytes are no clock pairs."""
    try:
        return [ClockPair(arrival_us=row[0], ntp=row[1], rtp_90k=row[2]) for row in _PAIR.iter_unpack(blob)]
    except struct.error as fault:
        raise ValueError(f"no clock pairs ({fault})") from fault


def _above(values: list[int], before: list[int]) -> list[int]:
    """What each value is above what the row before lets expect; the first stands beside, so any value serves."""
    rest = [value - expected for value, expected in zip(values[1:], before, strict=False)]
    return [rest[0] if rest else 0, *rest]


def _pack_column(values: list[int]) -> bytes:
    least = min(values)
    span = max(values) - least
    width = 0 if span == 0 else 1 if span < 1 << 8 else 2 if span < 1 << 16 else 4 if span < 1 << 32 else 8
    head = _COLUMN.pack(least, width)
    if width == 0:
        return head
    return head + struct.pack(f"<{len(values)}{_LETTERS[width]}", *[value - least for value in values])


def _table_of_columns(blob: bytes) -> Iterable[Sequence[int]]:
    count = _HEAD.unpack_from(blob)[1]
    at_offset, at_us, at_90k = struct.unpack_from("<Qqq", blob, _HEAD.size)
    at = _HEAD.size + 24
    columns: list[list[int]] = []
    for _ in range(_COLUMNS):
        least, width = _COLUMN.unpack_from(blob, at)
        at += _COLUMN.size
        if width not in _LETTERS:
            raise ValueError(f"no table of fragments (a column of {width} bytes)")
        if width == 0:
            columns.append([least] * count)
            continue
        found = struct.unpack_from(f"<{count}{_LETTERS[width]}", blob, at)
        columns.append([least + value for value in found])
        at += count * width
    if at != len(blob):
        raise ValueError(f"no table of fragments ({len(blob)} bytes, {at} expected)")
    size, duration = columns[1], columns[4]
    columns[0] = _summed(at_offset, columns[0], size)
    columns[2] = _summed(at_us, columns[2], [0] * count)
    columns[3] = _summed(at_90k, columns[3], duration)
    return zip(*columns, strict=True)


def _summed(first: int, above: list[int], lengths: list[int]) -> list[int]:
    values, value = [], first
    for index in range(len(above)):
        if index:
            value += lengths[index - 1] + above[index]
        values.append(value)
    return values
