"""Fragmented MP4: written, read back, and cut where it stops being whole."""

import itertools
import shutil
import struct
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.stream_kit import PPS, SPS

from ronda.media.errors import Mp4Error
from ronda.media.fmp4_init import read_init
from ronda.media.fmp4_read import read_fragment, scan
from ronda.media.fmp4_write import FrameTable, fragment_header, init_segment, random_access_box
from ronda.media.h264 import ParameterSets, read_sps
from ronda.media.picture_sets import read_avcc
from ronda.media.reorder import Reorder, frame_distance, observed_depth

SETS = ParameterSets.of([SPS, PPS])

tables = st.lists(
    st.tuples(st.integers(1, 3000), st.integers(1, 9000), st.integers(-4000, 9000), st.booleans()),
    min_size=1,
    max_size=30,
)


def table_of(rows: list[tuple[int, int, int, bool]], start: int) -> FrameTable:
    dts, at = [], start
    for _, duration, _, _ in rows:
        dts.append(at)
        at += duration
    return FrameTable(
        sizes=[row[0] for row in rows],
        dts_90k=dts,
        pts_90k=[max(0, time + row[2]) for time, row in zip(dts, rows, strict=True)],
        keys=[row[3] for row in rows],
        next_dts_90k=at,
    )


def file_of(parts: list[FrameTable], *, closed: bool = True) -> bytes:
    out = bytearray(init_segment(SETS))
    entries = []
    for number, table in enumerate(parts, start=1):
        entries.append((table.pts_90k[0], len(out)))
        out += fragment_header(number, table) + bytes(sum(table.sizes))
    return bytes(out + random_access_box(entries)) if closed else bytes(out)


@given(st.lists(tables, min_size=1, max_size=4), st.integers(0, 2**40))
@settings(max_examples=60, deadline=None)
def test_what_is_written_reads_back_the_same(parts, start: int):
    """Sizes, both times, durations and key frames of every frame."""
    made = []
    for rows in parts:
        made.append(table_of(rows, made[-1].next_dts_90k if made else start))
    found = scan(file_of(made))
    assert found.closed
    assert found.init.sets == SETS
    for table, fragment in zip(made, found.fragments, strict=True):
        assert [sample.size_bytes for sample in fragment.samples] == list(table.sizes)
        assert [sample.dts_90k for sample in fragment.samples] == list(table.dts_90k)
        assert [sample.pts_90k for sample in fragment.samples] == list(table.pts_90k)
        assert [sample.key for sample in fragment.samples] == list(table.keys)
        assert fragment.samples[0].dts_90k + fragment.duration_90k == table.next_dts_90k


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_file_cut_anywhere_is_whole_up_to_its_last_whole_fragment(data):
    """kill -9 may cut a write at any byte."""
    made, at = [], 0
    for _ in range(3):
        made.append(table_of([(50, 3600, 0, True), (20, 3600, 0, False)], at))
        at = made[-1].next_dts_90k
    whole = file_of(made, closed=False)
    init = len(init_segment(SETS))
    cut = data.draw(st.integers(init, len(whole)))
    found = scan(whole[:cut])
    assert found.whole_end <= cut
    assert found.whole_end == init + sum(part.size_bytes for part in found.fragments)
    sizes = {part.size_bytes for part in scan(whole).fragments}
    assert cut - found.whole_end < max(sizes)


def test_a_file_without_a_whole_head_is_refused():
    """There is nothing to repair in it."""
    with pytest.raises(Mp4Error):
        scan(init_segment(SETS)[:-1])


def test_a_sample_outside_its_data_is_refused():
    """A hostile table must not make a reader hand out other bytes of the file."""
    table = FrameTable(sizes=[10], dts_90k=[0], pts_90k=[0], keys=[True], next_dts_90k=3600)
    header = bytearray(fragment_header(1, table))
    struct.pack_into(">I", header, len(header) - 8, 12)
    content = init_segment(SETS) + bytes(header) + bytes(4)
    with pytest.raises(Mp4Error):
        read_fragment(content, read_init(content), len(init_segment(SETS)))


def test_parameter_sets_survive_the_avcc_box():
    """The high profile's extra fields too."""
    record = SETS.avcc()
    assert read_avcc(record) == SETS
    assert SETS.facts().codec == "avc1.64001e"
    assert (SETS.facts().width_px, SETS.facts().height_px) == (640, 360)


@given(st.binary(min_size=4, max_size=80))
@settings(max_examples=200)
def test_a_broken_parameter_set_is_refused_never_crashes(content: bytes):
    """N74 and S5: parameter sets come from cameras that may be hostile."""
    from ronda.media.errors import H264Error

    try:
        facts = read_sps(b"\x67" + content)
    except H264Error:
        return
    assert 0 < facts.width_px <= 16384


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40))
@settings(max_examples=40)
def test_decoding_times_rise_strictly_and_never_pass_the_picture(depth: int, shuffles: list[int]):
    """For any order a stream of this depth can have."""
    waiting, order = list(range(len(shuffles))), []
    while waiting:
        pick = shuffles[len(order)] % min(depth + 1, len(waiting))
        if any(waiting[0] == value for value in order[-depth:]) or len(order) - waiting[0] >= depth:
            pick = 0
        order.append(waiting.pop(pick))
    pts = [900 + 3600 * place for place in order]
    pts.remove(min(pts))
    pts.insert(0, 900)
    need = observed_depth(pts)
    reorder = Reorder(first_pts_90k=pts[0], depth=need, distance_90k=frame_distance(pts))
    dts = [reorder.next_dts(one) for one in pts]
    assert dts[0] == 0
    assert all(later > earlier for earlier, later in itertools.pairwise(dts))
    assert all(one - reorder.origin_90k >= at for one, at in zip(pts, dts, strict=True))


@given(st.lists(st.integers(-20_000, 20_000), min_size=2, max_size=40), st.integers(0, 3))
def test_decoding_times_rise_whatever_the_camera_stamps(steps: list[int], depth: int):
    """N70: stamps that stand still or go back must not make a file no player opens."""
    reorder = Reorder(first_pts_90k=steps[0], depth=depth, distance_90k=3600)
    dts = [reorder.next_dts(one) for one in steps]
    assert all(later > earlier for earlier, later in itertools.pairwise(dts))


def test_looking_ahead_changes_nothing():
    """The last frame's length needs the next frame's decoding time before that frame is written."""
    pts = [0, 10800, 3600, 7200, 21600, 14400, 18000]
    reorder = Reorder(first_pts_90k=0, depth=1, distance_90k=3600)
    for one in pts:
        ahead = reorder.peek_dts(one)
        assert ahead == reorder.next_dts(one)


def test_ffprobe_agrees_on_an_empty_recordings_head(tmp_path):
    """A foreign reader sees codec and size in the init segment alone."""
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed: apt install ffmpeg")
    path = tmp_path / "init.mp4"
    path.write_bytes(init_segment(SETS))
    shown = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.stdout.strip() == "h264,640,360"
