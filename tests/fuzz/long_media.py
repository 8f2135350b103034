"""Long targets of what carries pictures and sound: RTP, parameter sets, MP4, the Python engine."""

import contextlib
import random
from dataclasses import replace
from functools import cache
from zlib import crc32

from tests.faulty_stream_kit import random_stream
from tests.fuzz.long_kit import pieces
from tests.media_kit import ffmpeg_mp4
from tests.stream_kit import PPS, SPEC, SPS, samples_in

from ronda.core.errors import RondaError
from ronda.media.codec import AudioCodec, AudioFormat, VideoCodec
from ronda.media.fmp4_init import read_init
from ronda.media.fmp4_read import read_fragment, scan
from ronda.media.fmp4_write import FrameTable, fragment_header, init_segment, random_access_box
from ronda.media.h264 import ParameterSets, iter_nals
from ronda.media.h265 import H265Sets, picture_set
from ronda.media.picture_sets import read_avcc, read_hvcc, taken
from ronda.media.rtp import payload_span, read_rtcp
from ronda.video.engine.depacketise import Depacketiser
from ronda.video.engine.port import AudioSpec
from ronda.video.engine.reorder_window import WINDOW, ReorderWindow
from ronda.video.engine.sound import MAX_SOUND_SAMPLES, Sound

# -- RTP

REPORT = bytes.fromhex("80c80006000000010123456789abcdef000000010000000200000003")
REPORTS = (
    REPORT,
    REPORT + bytes.fromhex("81cb000100000001"),
    bytes.fromhex("81ca00020000000101016100"),
    bytes.fromhex("b1600001000000010000000200000007bede0001deadbeef0102030404"),
)


def take_report(data: bytes) -> None:
    facts = read_rtcp(data)
    assert facts.report is None or -(2**63) < facts.report.camera_us < 2**63
    span = payload_span(data, 0, len(data))
    assert span is None or 12 <= span[0] <= span[1] <= len(data)


def orders() -> list[bytes]:
    """Sequence numbers, two bytes each: in turn, with holes, doubled, over the end, far ahead."""
    runs = (
        range(30),
        range(0, 60, 2),
        [*range(65_520, 65_536), *range(9)],
        [5, 4, 3, 2, 1, 0],
        [1, 1, 2, 90, 3, 4],
    )
    return [b"".join(number.to_bytes(2, "big") for number in one) for one in runs]


def take_order(data: bytes) -> None:
    """Nothing is held beyond the window; what was pushed comes out once, or was a second one of its number."""
    window, given, held = ReorderWindow(), 0, 0
    for at in range(0, len(data) - 1, 2):
        given += len(window.push(b"\x80\x60" + data[at : at + 2]))
        held = max(held, len(window._held))
    given += len(window.flush())
    assert held <= WINDOW
    assert given <= len(data) // 2
    assert not window.holds


AAC = AudioFormat(codec=AudioCodec.AAC, clock_hz=16_000, config=b"\x14\x08")
G711 = AudioFormat(codec=AudioCodec.PCMA, clock_hz=8_000)
SOUNDS = (
    b"\x00" + b"\x07\x00\x01\x80\x00\x00\x02\x00\x10\x00\x20abcdef",
    b"\x01" + b"\x03\x00\x01\x00\x00\x00abc" * 4,
    b"\x00" + b"\x0a\xff\xff\xff\xff\xff\xff\x00\x20\x00\x18\x00\x18abcdef",
)


def take_sound(data: bytes) -> None:
    """First the codec; then packets: a length, a sequence number, a time stamp, the payload."""
    sound = Sound(G711 if data[:1] == b"\x01" else AAC)
    buf, at = bytearray(data), 1
    while at + 7 <= len(buf):
        stop = min(len(buf), at + 7 + buf[at])
        sequence, stamp = int.from_bytes(buf[at + 1 : at + 3], "big"), int.from_bytes(buf[at + 3 : at + 7], "big")
        sound.packet(buf, at + 7, stop, sequence, stamp, at * 90)
        at = stop
    found = sound.take()
    if found is not None:
        assert sum(found.sizes) == len(found.data)
        assert len(found.sizes) == len(found.ticks) <= MAX_SOUND_SAMPLES
        assert all(one <= two for one, two in zip(found.ticks, found.ticks[1:], strict=False))


SPECS = [
    replace(SPEC, codec=codec, audio=AudioSpec(format=sound) if sound else None)
    for codec in (VideoCodec.H264, VideoCodec.H265)
    for sound in (None, AAC, G711)
]
PACKET_WORDS = (
    b"$\x00\x00\x10",
    b"$\x01\x00\x1c" + REPORT,
    b"RTSP/1.0 200 OK\r\n\r\n",
    b"\x80\xe0",
    b"\x7c\x85",
    b"\x7c\x45",
    b"\x62\x01\x93",
    b"\x18\x00\x02",
)


def streams() -> list[bytes]:
    """The first byte says which stream was agreed on; then short pieces of streams with all sorts of faults."""
    made = []
    for number in range(60):
        chance = random.Random(number)
        codec, sound = list(VideoCodec)[number % 2], ("none", "aac", "g711")[number % 3]
        spec = 3 * (codec is VideoCodec.H265) + ("none", "aac", "g711").index(sound)
        stream = random_stream(chance, codec, sound)
        if (begin := stream.find(b"$", chance.randrange(len(stream)) * (number % 2))) >= 0:
            made.append(bytes((spec,)) + stream[begin : begin + 1200])
    return made


def take_stream(data: bytes) -> None:
    """Read from a socket or as datagrams, watched now and then: columns stay equal, samples can be taken apart."""
    stream = Depacketiser(SPECS[data[0] % len(SPECS)] if data else SPEC)
    if crc32(data) % 4:
        held = bytearray()
        for number, piece in enumerate(pieces(data[1:])):
            held += piece
            del held[: stream.feed(held, len(held), number * 40_000)]
            if number % 3 == 1:
                stream.live_chunk(restart=number == 1)
    else:
        _by_datagrams(stream, data[1:])
    stream.finish(10**9)
    for block in stream.blocks:
        assert len(block.sizes) == len(block.pts_90k) == len(block.flags) == len(block.arrivals_us) > 0
    for sample in samples_in(stream.blocks):
        list(iter_nals(sample))


def _by_datagrams(stream: Depacketiser, data: bytes) -> None:
    """What lies between the interleaved heads, each as a datagram to the port of its channel."""
    takers = (
        stream.datagram,
        lambda packet: stream.control_datagram(packet, 1),
        lambda packet: len(packet) < 12 or stream.sound_datagram(packet),
    )
    at = number = 0
    while at + 4 <= len(data):
        stop = at + 4 + int.from_bytes(data[at + 2 : at + 4], "big") % 1500
        takers[data[at + 1] % len(takers)](data[at + 4 : stop])
        at, number = stop, number + 1
        if number % 5 == 4:
            stream.wait_no_more()
            stream.dated(number)
    stream.wait_no_more()


# -- parameter sets and files

VPS5, SPS5, PPS5 = (
    bytes.fromhex("40010c01ffff016000000300b0000003000003005aac0c00000300040000030032a8"),
    bytes.fromhex("420101016000000300b0000003000003005aa0058201e1636b92452fcdc14181410000030001000003000ca1"),
    bytes.fromhex("4401c0f2c68d03b340"),
)
SET_WORDS = (b"\x00\x00\x03", b"\xff" * 8, b"\x00" * 8, b"\x42\x01", b"\x44\x01", b"\xaa\xaa", b"\x67\x64")
BITS_HEAD = 15  # of an H.265 set: its header and general profile, before the first number


def bits(chance: random.Random) -> bytes:
    """Bits of which half or more are ones: flags set, numbers small, so that a parser gets far."""
    size = 4 + int(chance.random() * 86)
    value = chance.getrandbits(8 * size)
    for _ in range(int(chance.random() * 5)):
        value |= chance.getrandbits(8 * size)
    return value.to_bytes(size, "big")


HEADS_264 = [bytes((0x67, profile, 0, 30)) for profile in (66, 77, 100, 110, 122, 244, 44)]


def grown_264(chance: random.Random) -> bytes:
    return chance.choice(HEADS_264) + bits(chance)


def take_264(data: bytes) -> None:
    facts = ParameterSets.of([data, PPS]).facts()
    assert 0 < facts.width_px <= 16_384
    assert 0 < facts.height_px <= 16_384


def grown_265(chance: random.Random) -> bytes:
    """A true beginning, cut anywhere behind its profile, and then any bits."""
    return SPS5[: BITS_HEAD + int(chance.random() ** 2 * (len(SPS5) - BITS_HEAD))] + bits(chance)


def take_265(data: bytes) -> None:
    picture_set(data)
    facts = H265Sets.of([VPS5, data, PPS5]).facts()
    assert 0 < facts.width_px <= 16_384
    assert 0 < facts.height_px <= 16_384


def records() -> list[bytes]:
    return [ParameterSets.of([SPS, PPS]).avcc(), H265Sets.of([VPS5, SPS5, PPS5]).hvcc()]


def take_record(data: bytes) -> None:
    """Both kinds are tried on any bytes; what was read is taken in place of other sets, or refused."""
    for read in (read_avcc, read_hvcc):
        with contextlib.suppress(RondaError):
            found = read(data)
            taken(found, [data[5:40]]).facts()


@cache
def films() -> list[bytes]:
    """Ours with and without sound, and ffmpeg's, each with its first fragments."""
    table = FrameTable(
        sizes=[40, 30], dts_90k=[0, 3600], pts_90k=[3600, 3600], keys=[True, False], next_dts_90k=7200
    )
    fragments = (fragment_header(1, table) + bytes(70)) * 2 + random_access_box([(0, 600)])
    ours = [
        init_segment(ParameterSets.of([SPS, PPS])) + fragments,
        init_segment(H265Sets.of([VPS5, SPS5, PPS5]), AAC) + fragments,
        init_segment(ParameterSets.of([SPS, PPS]), G711) + fragments,
    ]
    theirs = [ffmpeg_mp4("libx264", "aac"), ffmpeg_mp4("libx265", "pcm_alaw")]
    return [*ours, *ours, *(film[: film.index(b"moof") + 1500] for film in theirs)]


def inits() -> list[bytes]:
    return [film[: film.index(b"moof") - 4] for film in films()]


FILM_WORDS = (
    b"\x00\x00\x00\x08free",
    b"\x00\x00\x00\x01mdat",
    b"traf",
    b"trun",
    b"trak",
    b"esds",
    b"hvcC",
    b"avcC",
    b"moov",
)


def take_init(data: bytes) -> None:
    found = read_init(data)
    assert found.timescale > 0
    assert 0 < found.size_bytes <= len(data)


def take_film(data: bytes) -> None:
    """Every sample that is handed out lies in the file, whatever the tables say."""
    found = scan(data)
    assert found.whole_end <= len(data)
    for fragment in found.fragments:
        assert read_fragment(data, found.init, fragment.offset) == fragment
        assert fragment.duration_90k >= 0 or not fragment.samples
        for one in (*fragment.samples, *fragment.audio):
            assert 0 <= one.offset <= len(data) - one.size_bytes
