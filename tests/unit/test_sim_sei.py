"""The mark in every access unit: it must survive any recorder untouched, and be read back exactly."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ronda.sim import sei

marks = st.builds(
    sei.Mark,
    camera=st.integers(0, sei.MAX_CAMERA),
    stream=st.integers(0, 1),
    frame=st.integers(0, 2**64 - 1),
    at_us=st.integers(0, 2**64 - 1),
)


@given(marks)
def test_a_mark_is_read_back_as_it_was_packed(mark: sei.Mark) -> None:
    """Frame numbers are counted from recorded files; one wrong bit would be a lost frame."""
    assert sei.parse(sei.pack(mark)) == mark


@given(marks)
def test_no_mark_needs_emulation_prevention(mark: sei.Mark) -> None:
    """The server patches bytes in place, so no value may ever change the NAL's length."""
    nal = sei.pack(mark)
    assert len(nal) == sei.SIZE_BYTES
    assert not re.search(rb"\x00\x00[\x00-\x03]", nal)
    assert nal[-1] == 0x80, "a NAL must not end in zero"


@given(marks, marks, st.binary(max_size=50), st.binary(max_size=50))
def test_patching_changes_the_values_alone(old: sei.Mark, new: sei.Mark, before: bytes, after: bytes) -> None:
    """Whatever frames the NAL (lengths, RTP headers) stays as it is."""
    data = bytearray(before + sei.pack(old) + after)
    offset = sei.values_offset(data)
    sei.patch(data, offset, new)
    assert sei.parse(data) == new
    assert data[:offset] == (before + sei.pack(old))[:offset]
    assert data[offset + sei.VALUE_BYTES :] == (b"\x80" + after)


def test_the_nal_is_an_unregistered_user_data_message() -> None:
    """Decoders must know it for what it is and skip it."""
    nal = sei.pack(sei.Mark(camera=1, stream=0, frame=2, at_us=3))
    assert nal[0] & 0x1F == 6
    assert nal[1] == 5
    assert nal[2] == len(nal) - 4, "the payload's size stands before it"
    assert nal[3:19] == sei.IDENTITY


def test_all_marks_of_a_file_are_found_in_order() -> None:
    """A recorded file is checked by reading its marks, without decoding."""
    wanted = [sei.Mark(camera=3, stream=0, frame=frame, at_us=frame * 100_000) for frame in range(40, 60)]
    file = b"....mdat" + b"".join(b"\0\0\0\x2c" + sei.pack(mark) + b"\0\0\0\5picture" for mark in wanted)
    assert sei.parse_all(file) == wanted


@pytest.mark.parametrize("cut", range(sei.SIZE_BYTES - 1))
def test_a_mark_that_was_cut_short_is_no_mark(cut: int) -> None:
    """A file that a crash cut must not give an invented frame number."""
    nal = sei.pack(sei.Mark(camera=1, stream=0, frame=7, at_us=9))
    assert sei.parse(nal[:cut]) is None


def test_another_version_or_a_clear_top_bit_is_no_mark() -> None:
    """Bytes that only look like a mark are left out rather than guessed at."""
    nal = bytearray(sei.pack(sei.Mark(camera=1, stream=0, frame=7, at_us=9)))
    other = bytearray(nal)
    other[sei.VALUES_AT] = 0x82
    assert sei.parse(other) is None
    nal[sei.VALUES_AT + 6] &= 0x7F
    assert sei.parse(nal) is None
