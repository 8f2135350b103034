"""Fragmented MP4 with H.265 and with sound: foreign files read, ours read by a foreign reader."""

import hashlib
import struct
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.media_kit import adts_frames, decoded_frames, ffmpeg_mp4, ffprobe
from tests.stream_kit import PPS, SPS

from ronda.media.codec import AudioCodec, AudioFormat, VideoCodec
from ronda.media.errors import MediaError, Mp4Error
from ronda.media.fmp4_init import read_init
from ronda.media.fmp4_read import FragmentFacts, scan
from ronda.media.fmp4_silent import silent_fragments, silent_init
from ronda.media.fmp4_write import AudioRun, FrameTable, fragment_header, init_segment, random_access_box
from ronda.media.h264 import ParameterSets
from ronda.media.picture_sets import codec_of

SETS = ParameterSets.of([SPS, PPS])
ALAW = AudioFormat(codec=AudioCodec.PCMA, clock_hz=8000)
ULAW = AudioFormat(codec=AudioCodec.PCMU, clock_hz=8000)


def table_of(fragment: FragmentFacts, timescale: int, start: int) -> FrameTable:
    """A foreign fragment's frames in our ticks."""
    times = [start + (one.dts_90k - fragment.samples[0].dts_90k) * 90_000 // timescale for one in fragment.samples]
    last = fragment.samples[-1]
    return FrameTable(
        sizes=[one.size_bytes for one in fragment.samples],
        dts_90k=times,
        pts_90k=[
            at + (one.pts_90k - one.dts_90k) * 90_000 // timescale
            for at, one in zip(times, fragment.samples, strict=True)
        ],
        keys=[one.key for one in fragment.samples],
        next_dts_90k=times[-1] + last.duration_90k * 90_000 // timescale,
    )


def rewritten(foreign: bytes, audio: AudioFormat | None, sound: list[bytes], ticks: int) -> bytes:
    """The pictures of a foreign file in our own, with this sound beside them; ticks: of one sound sample."""
    found = scan(foreign)
    out = bytearray(init_segment(found.init.sets, audio))
    entries, at, heard = [], 0, 0
    for number, fragment in enumerate(found.fragments, start=1):
        table = table_of(fragment, found.init.timescale, at)
        at = table.next_dts_90k
        run = None
        if audio is not None:
            until = min(len(sound), at * audio.clock_hz // 90_000 // ticks)
            run = AudioRun(
                sizes=[len(one) for one in sound[heard:until]],
                durations=[ticks] * (until - heard),
                dts=heard * ticks,
            )
        entries.append((table.pts_90k[0], len(out)))
        out += fragment_header(number, table, run)
        for one in fragment.samples:
            out += foreign[one.offset : one.offset + one.size_bytes]
        if audio is not None:
            out += b"".join(sound[heard:until])
            heard = until
    return bytes(out + random_access_box(entries))


@pytest.mark.parametrize("coder", ["libx264", "libx265"])
@pytest.mark.parametrize("audio", [None, "aac", "pcm_alaw"])
def test_foreign_files_are_read(coder: str, audio: str | None):
    """Both codecs, with and without sound: every picture, in rising decoding order."""
    found = scan(ffmpeg_mp4(coder, audio))
    assert codec_of(found.init.sets) is (VideoCodec.H264 if coder == "libx264" else VideoCodec.H265)
    assert found.init.codec.startswith("avc1." if coder == "libx264" else "hvc1.1.")
    assert (found.init.width_px, found.init.height_px) == (320, 180)
    samples = [one for fragment in found.fragments for one in fragment.samples]
    assert len(samples) == 30
    assert sum(one.key for one in samples) == 3
    assert all(earlier.dts_90k < later.dts_90k for earlier, later in pairwise(samples))
    assert (found.init.audio is not None) == (audio is not None)
    if found.init.audio is not None:
        sound = [one for fragment in found.fragments for one in fragment.audio]
        assert found.init.audio.format.clock_hz == 8000
        assert sum(one.duration for one in sound) == pytest.approx(1.2 * 8000, abs=2200)
        assert all(earlier.dts + earlier.duration == later.dts for earlier, later in pairwise(sound))


@pytest.mark.parametrize("coder", ["libx264", "libx265"])
@pytest.mark.parametrize("kind", ["silent", "aac", "pcm_alaw", "pcm_mulaw"])
def test_a_foreign_reader_plays_what_we_write(coder: str, kind: str, tmp_path):
    """ffprobe sees both tracks, decodes every picture and counts every sound sample."""
    config, tone = adts_frames()
    silence = [b"\xd5" * 160] * 60
    audio, sound, ticks = {
        "silent": (None, [], 1),
        "aac": (AudioFormat(codec=AudioCodec.AAC, clock_hz=16_000, config=config), tone, 1024),
        "pcm_alaw": (ALAW, silence, 160),
        "pcm_mulaw": (ULAW, silence, 160),
    }[kind]
    content = rewritten(ffmpeg_mp4(coder), audio, sound, ticks)
    path = tmp_path / "ours.mp4"
    path.write_bytes(content)
    name = "h264" if coder == "libx264" else "hevc"
    assert ffprobe(path, "stream=codec_name", "-select_streams", "v") == [name]
    assert decoded_frames(path) == 30
    if audio is not None:
        assert ffprobe(path, "stream=codec_name,sample_rate,channels", "-select_streams", "a") == [
            f"{kind},{audio.clock_hz},1"
        ]
        times = ffprobe(path, "packet=pts,duration,size", "-select_streams", "a")
        read = scan(content)
        ours = [one for fragment in read.fragments for one in fragment.audio]
        assert read.init.audio is not None
        assert read.init.audio.format == audio
        assert times == [f"{one.dts},{one.duration},{one.size_bytes}" for one in ours]
        assert len(ours) > 15
        heard = [content[one.offset : one.offset + one.size_bytes] for one in ours]
        assert heard == sound[: len(heard)]


def test_the_bytes_without_sound_are_those_of_every_recording_before():
    """Files of two versions of the recorder stay comparable: this digest was taken before sound came."""
    digest = hashlib.sha256(init_segment(SETS))
    table = FrameTable(
        sizes=[10, 20, 30],
        dts_90k=[0, 3600, 7200],
        pts_90k=[3600, 7200, 3000],
        keys=[True, False, False],
        next_dts_90k=10800,
    )
    digest.update(fragment_header(3, table))
    plain = FrameTable(sizes=[10, 20], dts_90k=[0, 3600], pts_90k=[0, 3600], keys=[True, False], next_dts_90k=7200)
    digest.update(fragment_header(4, plain))
    digest.update(random_access_box([(0, 1), (2, 3)]))
    assert digest.hexdigest() == "19db8d445e58aaec744c7944fea70f8ed1c6a16e0e4be3867c8c27c34bb46b97"


def test_the_layout_of_a_fragment_with_sound_is_the_one_written_down():
    """The other engine makes these bytes from the table in the module's text."""
    table = FrameTable(sizes=[5, 6], dts_90k=[90, 3690], pts_90k=[90, 3690], keys=[True, False], next_dts_90k=7290)
    made = fragment_header(9, table, AudioRun(sizes=[3, 4], durations=[160, 160], dts=8))
    wanted = b"".join(
        (
            struct.pack(">I4s I4sII", 88 + 24 + 64 + 16, b"moof", 16, b"mfhd", 0, 9),
            struct.pack(">I4s I4sII I4sIQ", 64 + 24, b"traf", 16, b"tfhd", 0x020000, 1, 20, b"tfdt", 1 << 24, 90),
            struct.pack(">I4sIIi", 20 + 24, b"trun", 0x01000701, 2, 192 + 8),
            struct.pack(">6I", 3600, 5, 0x02000000, 3600, 6, 0x01010000),
            struct.pack(">I4s I4sII I4sIQ", 64 + 16, b"traf", 16, b"tfhd", 0x020000, 2, 20, b"tfdt", 1 << 24, 8),
            struct.pack(">I4sIIi", 20 + 16, b"trun", 0x000301, 2, 192 + 8 + 11),
            struct.pack(">4I", 160, 3, 160, 4),
            struct.pack(">I4s", 8 + 11 + 7, b"mdat"),
        )
    )
    assert made == wanted


def test_a_fragment_without_sound_samples_has_no_sound_box():
    """A camera whose microphone went silent gives plain fragments."""
    table = FrameTable(sizes=[5], dts_90k=[0], pts_90k=[0], keys=[True], next_dts_90k=3600)
    assert fragment_header(1, table, AudioRun(sizes=[], durations=[], dts=0)) == fragment_header(1, table)


def test_aac_without_its_configuration_is_refused():
    """No player could decode it."""
    with pytest.raises(Mp4Error):
        init_segment(SETS, AudioFormat(codec=AudioCodec.AAC, clock_hz=48_000))


runs = st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 4000)), max_size=12)


@given(runs, st.integers(0, 2**40), st.sampled_from([ALAW, ULAW]))
@settings(max_examples=60, deadline=None)
def test_sound_that_is_written_reads_back_the_same(rows, start: int, audio: AudioFormat):
    """Sizes, lengths and times, and the pictures beside it are untouched."""
    table = FrameTable(sizes=[50, 7], dts_90k=[0, 3600], pts_90k=[0, 3600], keys=[True, False], next_dts_90k=7200)
    run = AudioRun(sizes=[row[0] for row in rows], durations=[row[1] for row in rows], dts=start)
    content = init_segment(SETS, audio) + fragment_header(1, table, run) + bytes(57 + sum(run.sizes))
    found = scan(content)
    assert found.whole_end == len(content)
    (fragment,) = found.fragments
    assert [one.size_bytes for one in fragment.samples] == [50, 7]
    assert [one.size_bytes for one in fragment.audio] == list(run.sizes)
    assert [one.duration for one in fragment.audio] == list(run.durations)
    assert not rows or fragment.audio[0].dts == start
    assert not rows or fragment.audio[0].offset == fragment.samples[1].offset + 7


@given(st.sampled_from(["libx264", "libx265"]), st.integers(0, 4000), st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_a_changed_byte_in_a_head_never_crashes_the_reader(coder: str, at: int, value: int):
    """Footage may come back from a disk that rots, and packages from a stranger."""
    data = bytearray(ffmpeg_mp4(coder, "aac"))
    data[at % len(data)] = value
    try:
        found = scan(bytes(data))
    except MediaError:
        return
    assert found.whole_end <= len(data)
    for fragment in found.fragments:
        for one in (*fragment.samples, *fragment.audio):
            assert 0 <= one.offset <= len(data) - one.size_bytes


def test_a_file_with_sound_only_is_refused_with_what_it_holds():
    """The sentence names the track."""
    content = init_segment(SETS, ALAW)
    changed = content.replace(b"avc1", b"jpeg")
    with pytest.raises(Mp4Error, match=r"jpeg.*alaw"):
        read_init(changed)


@given(st.lists(st.tuples(runs, st.booleans()), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_screen_gets_the_bytes_that_a_silent_recording_has(parts):
    """With and without B-frames, and where the microphone fell silent in between."""
    loud, silent = bytearray(), bytearray()
    for number, (rows, has_offsets) in enumerate(parts, start=1):
        shift = 40 if has_offsets else 0
        table = FrameTable(
            sizes=[50, 7], dts_90k=[0, 3600], pts_90k=[shift, 3600], keys=[True, False], next_dts_90k=7200
        )
        run = AudioRun(sizes=[row[0] for row in rows], durations=[row[1] for row in rows], dts=5)
        pictures = bytes([number]) * 57
        loud += fragment_header(number, table, run) + pictures + b"s" * sum(run.sizes)
        silent += fragment_header(number, table) + pictures
    assert silent_fragments(bytes(loud)) == silent
    assert silent_fragments(bytes(silent)) == silent
    assert silent_init(init_segment(SETS, ALAW)) == init_segment(SETS) == silent_init(init_segment(SETS))
