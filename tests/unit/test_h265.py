"""H.265 parameter sets: read from real encoders, written into MP4, refused when they lie."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.media_kit import annex_b, ffmpeg_mp4, split

from ronda.media import h265
from ronda.media.codec import VideoCodec
from ronda.media.errors import H265Error, Mp4Error
from ronda.media.fmp4_init import read_init
from ronda.media.h265 import H265Sets, is_key, nal_kind, picture_set, read_sps
from ronda.media.picture_sets import codec_of, decoder_setup, empty_sets, read_hvcc, sets_of, taken


def sets(size: str = "320x180", params: str = "bframes=2:keyint=10") -> H265Sets:
    return H265Sets.of(split(annex_b("h265", size, params)))


@pytest.mark.parametrize("size", ["320x180", "322x182", "640x362"])
def test_the_size_is_that_after_the_conformance_window(size: str):
    """Coded sizes are whole blocks; 182 lines are coded as 184."""
    facts = sets(size).facts()
    assert f"{facts.width_px}x{facts.height_px}" == size


def test_profile_level_and_frame_rate_become_a_codec_string():
    """As browsers want it: profile 1, compatible with 1 and 2, level 2, progressive frames only."""
    facts = sets(params="keyint=10:level-idc=3.1").facts()
    assert facts.codec == "hvc1.1.6.L93.90"
    assert facts.fps == 25


@pytest.mark.parametrize(("params", "depth"), [("bframes=0", 0), ("bframes=1", 1), ("bframes=3:b-pyramid=1", 2)])
def test_the_reorder_depth_is_that_of_the_highest_sub_layer(params: str, depth: int):
    """B-frames need decoding times before their presentation times."""
    assert sets(params=params + ":keyint=10").facts().reorder_frames == depth


def test_chroma_format_and_bit_depth_are_told():
    """hvcC names them."""
    facts = sets().facts()
    assert (facts.chroma, facts.luma_bits, facts.chroma_bits, facts.sub_layers) == (1, 0, 0, 1)


def test_sets_survive_the_hvcc_box():
    """With all three kinds."""
    found = sets()
    assert found.complete
    assert read_hvcc(found.hvcc()) == found
    kind, box = found.config_box()
    assert (kind, box[4:8], int.from_bytes(box[:4], "big")) == (b"hvc1", b"hvcC", len(box))


def test_ffmpegs_own_record_says_the_same():
    """Another hand's hvcC: the same profile bytes, and our record from its sets is as its decoder wants it."""
    data = ffmpeg_mp4("libx265")
    found = read_init(data).sets
    at = data.index(b"hvcC") + 4
    name, record = decoder_setup(found)
    assert name == "hevc"
    assert record[:13] == data[at : at + 13]
    assert record[16:19] == data[at + 16 : at + 19]


def test_key_frames_are_the_random_access_points():
    """BLA, IDR and CRA; leading and trailing pictures are not, and reserved types neither."""
    assert [kind for kind in range(64) if is_key(kind)] == [16, 17, 18, 19, 20, 21]
    kinds = [nal_kind(nal) for nal in split(annex_b("h265"))]
    assert sum(is_key(kind) for kind in kinds) == 3
    assert kinds[:3] == [h265.NAL_VPS, h265.NAL_SPS, h265.NAL_PPS]


def test_every_slice_names_its_picture_set():
    """The verifier of a package tells pictures apart by it."""
    slices = [nal for nal in split(annex_b("h265")) if h265.is_slice(nal_kind(nal))]
    assert {picture_set(nal) for nal in slices} == {0}
    assert picture_set(sets().sps[0]) is None


def test_sets_of_one_codec_are_never_taken_for_the_others():
    """A camera may be switched from H.264 to H.265 while it is recorded."""
    avc = sets_of(VideoCodec.H264, split(annex_b("h264")))
    hevc = taken(avc, sets().vps + sets().sps + sets().pps)
    assert codec_of(hevc) is VideoCodec.H265
    assert hevc.complete
    assert taken(hevc, (*avc.sps, *avc.pps)) == avc
    assert taken(avc, ()) == avc
    assert taken(avc, [b"\x09\xf0"]) == avc


def test_sets_are_known_by_their_ids_and_compare():
    """A later set with the same id replaces the earlier one."""
    found = sets()
    other = sets("322x182")
    assert found.updated(found.sps) == found
    assert hash(found.updated(found.sps)) == hash(found)
    assert found.updated(other.sps).facts().width_px == 322
    assert not empty_sets(VideoCodec.H265).complete


def test_incomplete_sets_make_no_record():
    """Without them no player could open the file."""
    with pytest.raises(H265Error):
        H265Sets(sps=sets().sps).config_box()
    with pytest.raises(H265Error):
        H265Sets().facts()


@given(st.integers(0, 200))
def test_a_cut_off_record_is_refused(cut: int):
    """N74: every length is held against what is there."""
    record = sets().hvcc()
    if cut < len(record):
        with pytest.raises(Mp4Error):
            read_hvcc(record[:cut])


@given(st.binary(max_size=120))
@settings(max_examples=300)
def test_a_broken_set_is_refused_never_crashes(content: bytes):
    """N74 and S5: parameter sets come from cameras that may be hostile."""
    for head in (b"\x40\x01", b"\x42\x01", b"\x44\x01"):
        try:
            H265Sets.of([head + content])
        except H265Error:
            continue
    try:
        facts = read_sps(b"\x42\x01" + content)
    except H265Error:
        return
    assert 0 < facts.width_px <= 16384
    assert len(facts.codec) < 60


@given(st.integers(0, 63), st.integers(0, 7), st.integers(0, 60))
@settings(max_examples=300)
def test_a_flipped_bit_or_a_cut_of_a_real_set_is_bounded(at: int, bit: int, cut: int):
    """The frame rate may get lost; nothing hangs and nothing falls."""
    real = bytearray(sets().sps[0])
    if at < len(real):
        real[at] ^= 1 << bit
    for nal in (bytes(real), bytes(real[:cut])):
        try:
            facts = read_sps(nal)
        except H265Error:
            continue
        assert facts.reorder_frames is None or 0 <= facts.reorder_frames <= 16
