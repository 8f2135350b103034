"""Both engines fed the same packets of real pictures and sound write the same files and rows, byte for byte.

Pictures come from x264 and x265 with B-frames, sound from ffmpeg; the packets are cut as cameras cut them. A
third of the stream has another size, as when somebody changes a camera's settings. ffprobe then reads every
file: as many pictures as the row says, times that rise, not one complaint.
"""

import struct
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import av
import pytest
from tests.media_kit import decoded_frames, ffmpeg, ffprobe
from tests.needs import c_engine
from tests.stream_kit import SPEC, run

from ronda.app.clock import SystemClock
from ronda.core.ids import CameraId, SegmentId
from ronda.media.codec import AudioCodec, AudioFormat, VideoCodec
from ronda.media.rtp_pack import nal_payloads
from ronda.video.engine.choose import PYTHON, EngineKind, engine_kind
from ronda.video.engine.port import AudioSpec, Block, StreamSpec
from ronda.video.model import Fragment, Segment
from ronda.video.record.arrival import ArrivalClock
from ronda.video.record.camera_recorder import CameraRecorder
from ronda.video.record.ledger import Ledger

native = c_engine()

FOLDER = Path(mkdtemp(prefix="ronda-equal-"))
SIZES = ("320x180", "320x180", "480x272")  # the last clip changes the size in flight
CLIP_S, LOOPS = 2, 17  # of each size: more than a segment of 60 s in all
WALL_US = 1_700_000_000_000_000
SOUNDS = {"silent": None, "aac": AudioCodec.AAC, "pcm_alaw": AudioCodec.PCMA, "pcm_mulaw": AudioCodec.PCMU}


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A stream as interleaved packets, and how it was described."""

    data: bytes
    cuts: list[int]  # where reads end
    spec: StreamSpec
    frames: int


@dataclass(slots=True)
class Track:
    """Packets of one track, numbered."""

    channel: int
    payload_type: int
    sequence: int

    def packet(self, payload: bytes, stamp: int, *, marker: bool) -> bytes:
        mark = self.payload_type | (0x80 if marker else 0)
        head = struct.pack(">BBHII", 0x80, mark, self.sequence, stamp & 0xFFFFFFFF, 7 + self.channel)
        self.sequence = (self.sequence + 1) & 0xFFFF
        return struct.pack(">BBH", 0x24, self.channel, len(head) + len(payload)) + head + payload

    def report(self, at_s: float, stamp: int) -> bytes:
        ntp = int((at_s + 2_208_988_800) * (1 << 32))
        body = struct.pack(">BBHIQIII", 0x80, 200, 6, 7 + self.channel, ntp, stamp & 0xFFFFFFFF, 1, 1)
        return struct.pack(">BBH", 0x24, self.channel + 1, len(body)) + body


@cache
def clip(codec: VideoCodec, size: str, sound: str) -> Path:
    """Two seconds with B-frames, parameter sets in the stream too."""
    place = FOLDER / f"{codec.name}-{size}-{sound}.mov"
    params = "bframes=2:keyint=25:min-keyint=25:scenecut=0:repeat-headers=1"
    source = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25"]
    if codec is VideoCodec.H264:
        coded = ["-c:v", "libx264", "-preset", "veryfast", "-x264-params", params]
    else:
        coded = [
            "-c:v",
            "libx265",
            "-preset",
            "ultrafast",
            "-x265-params",
            f"{params}:log-level=error",
            "-tag:v",
            "hvc1",
        ]
    heard = []
    if sound != "silent":
        rate = "16000" if sound == "aac" else "8000"
        source += ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate={rate}"]
        heard = ["-c:a", sound, "-ac", "1"]
    ffmpeg(*source, "-t", str(CLIP_S), "-pix_fmt", "yuv420p", *coded, *heard, place)
    return place


@cache
def material(codec: VideoCodec, sound: str) -> Material:
    """All clips, one after the other, as one camera would send them by TCP."""
    pictures, voice = Track(0, 96, 65_000), Track(2, 97, 10)
    out, cuts, frames, shift_s, form = bytearray(), [], 0, 0.0, None
    out += pictures.report(1_700_000_000, 0)
    for size in SIZES:
        for _ in range(LOOPS):
            with av.open(str(clip(codec, size, sound))) as source:
                if sound != "silent":
                    form = audio_format(source.streams.audio[0], sound)
                    if not frames:
                        out += voice.report(1_700_000_000, 0)
                for packet in source.demux():
                    if packet.pts is None:
                        continue
                    at_s = shift_s + float(packet.pts * packet.time_base)
                    if packet.stream.type == "video":
                        out += picture_packets(pictures, codec, bytes(packet), round(at_s * 90_000))
                        frames += 1
                        cuts.append(len(out) - (frames % 3) * 40)
                    elif form is not None:
                        out += voice.packet(
                            sound_payload(form, bytes(packet)), round(at_s * form.clock_hz), marker=True
                        )
            shift_s += CLIP_S
    audio = AudioSpec(format=form) if form is not None else None
    return Material(
        data=bytes(out), cuts=cuts, spec=replace(SPEC, codec=codec, audio=audio, sets=()), frames=frames
    )


def picture_packets(track: Track, codec: VideoCodec, sample: bytes, stamp: int) -> bytes:
    """One access unit, from lengths to packets."""
    payloads, at = [], 0
    while at < len(sample):
        size = int.from_bytes(sample[at : at + 4], "big")
        nal = sample[at + 4 : at + 4 + size]
        payloads += nal_payloads(nal) if codec is VideoCodec.H264 else hevc_payloads(nal)
        at += 4 + size
    last = len(payloads) - 1
    return b"".join(track.packet(one, stamp, marker=number == last) for number, one in enumerate(payloads))


def hevc_payloads(nal: bytes, limit: int = 1400) -> list[bytes]:
    """RFC 7798: itself, or fragmentation units (type 49)."""
    if len(nal) <= limit:
        return [nal]
    kind, pieces = nal[0] >> 1 & 0x3F, [nal[at : at + limit - 3] for at in range(2, len(nal), limit - 3)]
    head = bytes((nal[0] & 0x81 | 49 << 1, nal[1]))
    ends = len(pieces) - 1
    return [
        head + bytes((kind | (0x80 if number == 0 else 0) | (0x40 if number == ends else 0),)) + piece
        for number, piece in enumerate(pieces)
    ]


def audio_format(stream: av.AudioStream, sound: str) -> AudioFormat:
    config = bytes(stream.codec_context.extradata or b"")
    return AudioFormat(codec=SOUNDS[sound], clock_hz=stream.rate, config=config)


def sound_payload(form: AudioFormat, sample: bytes) -> bytes:
    """One AAC access unit behind its header (RFC 3640, AAC-hbr), or plain G.711."""
    if form.codec is not AudioCodec.AAC:
        return sample
    return struct.pack(">HH", 16, len(sample) << 3) + sample


def blocks_of(kind: EngineKind, made: Material) -> list[Block]:
    if kind is PYTHON:
        return run(made.data, made.cuts, spec=made.spec).blocks
    from ronda.video.engine.native import native_stream

    walker = native.Walker(*native_stream(made.spec, -1))
    edges = [0, *sorted({cut for cut in made.cuts if 0 < cut < len(made.data)}), len(made.data)]
    for step in range(len(edges) - 1):
        walker.feed(made.data[edges[step] : edges[step + 1]], 1_000_000 + step * 40_000)
    walker.finish(1_000_000 + len(edges) * 40_000)
    return walker.take()


def recorded(kind: EngineKind, made: Material, folder: Path) -> list[tuple[Segment, tuple[Fragment, ...], bytes]]:
    """Rows, fragments and content of each file."""
    ids = iter(range(1, 1000))
    camera = CameraId("cam-1")
    recorder = CameraRecorder(
        camera,
        folder=folder,
        clock=ArrivalClock(SystemClock(), WALL_US, 0),
        ledger=Ledger(camera, last_us=None, open_gap=None),
        next_id=lambda: SegmentId(next(ids)),
        engine=kind,
        hashes=kind.make_hashes(),
    )
    recorder.audio = made.spec.audio.format if made.spec.audio is not None else None
    for block in blocks_of(kind, made):
        recorder.take(block)
    assert recorder.open is None
    found = []
    for file in recorder.finished:
        file.file.close()
        found.append((file.segment, file.pending().new_fragments, (folder / file.segment.path).read_bytes()))
    assert recorder.ledger.changed == []  # nothing is missing, so nothing is said to be
    return found


@pytest.mark.parametrize("codec", list(VideoCodec))
@pytest.mark.parametrize("sound", list(SOUNDS))
def test_both_engines_write_the_same_bytes_and_ffprobe_reads_them(tmp_path: Path, codec: VideoCodec, sound: str):
    """Names, sizes, hashes, tables of fragments: nothing tells which engine recorded."""
    made = material(codec, sound)
    by_c = recorded(engine_kind("c"), made, tmp_path / "c")
    assert by_c == recorded(PYTHON, made, tmp_path / "python")
    assert [(one.width_px, one.height_px) for one, _, _ in by_c] == [(320, 180), (320, 180), (480, 272)]
    assert sum(one.frames for one, _, _ in by_c) == made.frames
    tracks = ["hevc" if codec is VideoCodec.H265 else "h264", *([sound] if sound != "silent" else [])]
    for segment, _, _ in by_c:
        path = tmp_path / "c" / segment.path
        assert ffprobe(path, "stream=codec_name") == tracks
        assert decoded_frames(path) == segment.frames
        for track in range(len(tracks)):
            decoding = [int(one) for one in ffprobe(path, "packet=dts", "-select_streams", str(track))]
            assert decoding == sorted(set(decoding))
        shown = [float(one) for one in ffprobe(path, "frame=pts_time", "-select_streams", "v")]
        assert shown == sorted(set(shown))
