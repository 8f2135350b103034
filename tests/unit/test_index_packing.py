"""Fragments as bytes: exactly what was packed comes back, in few bytes, or an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ronda.store.disk.packing import compact, pack_rows, rows_of, unpack_fragments
from ronda.video.model import Fragment

U32, I64 = st.integers(0, 2**32 - 1), st.integers(-(2**62), 2**62)
FRAGMENT = st.builds(
    Fragment,
    offset=st.integers(0, 2**40),
    size_bytes=U32,
    start_us=I64,
    start_90k=I64,
    duration_90k=U32,
    frames=st.integers(0, 2**16 - 1),
    key=st.booleans(),
    damaged=st.booleans(),
    inter_bytes=U32,
    crc32=U32,
    shift_90k=st.integers(-(2**31), 2**31 - 1),
)


@given(st.lists(FRAGMENT, max_size=40))
def test_any_table_comes_back_as_it_was(parts: list[Fragment]):
    """Stepped clocks, holes in the file, wild media times: nothing is too odd to be kept."""
    rows = pack_rows(parts)
    assert unpack_fragments(rows) == parts
    assert unpack_fragments(compact(rows)) == parts
    assert rows_of(compact(rows)) == rows


def minute() -> list[Fragment]:
    """A minute of an even stream."""
    parts, offset = [], 700
    for number in range(60):
        size_bytes = 250_000 + number * 7919 % 9000
        parts.append(
            Fragment(
                offset=offset,
                size_bytes=size_bytes,
                start_us=1_795_000_000_000_000 + number * 1_000_000 + number * 31 % 977,
                start_90k=number * 90_000,
                duration_90k=90_000,
                frames=25,
                key=number % 2 == 0,
                damaged=False,
                inter_bytes=150_000 + number * 104729 % 70_000,
                crc32=number * 2654435761 % 2**32,
            )
        )
        offset += size_bytes
    return parts


def test_a_usual_minute_is_small():
    """A month of 500 cameras is a billion fragments: 16 bytes each, not 47."""
    assert len(compact(pack_rows(minute()))) <= 16 * 60


@given(st.data())
def test_damaged_bytes_are_an_error_or_other_fragments_never_a_crash(data: st.DataObject):
    """A flipped bit or a lost end is found as far as it can be: by lengths here, by CRC-32 when it is read."""
    blob = bytearray(compact(pack_rows(minute())))
    for _ in range(data.draw(st.integers(1, 4))):
        blob[data.draw(st.integers(0, len(blob) - 1))] ^= data.draw(st.integers(1, 255))
    cut = bytes(blob[: data.draw(st.integers(0, len(blob)))])
    try:
        parts = unpack_fragments(cut)
    except ValueError:
        return
    assert len(parts) <= 0xFFFF


def test_a_cut_table_is_an_error():
    """A table that ends early must not look like a shorter segment."""
    blob = compact(pack_rows(minute()))
    for length in range(5, len(blob)):
        with pytest.raises(ValueError, match="no table of fragments"):
            unpack_fragments(blob[:length])
