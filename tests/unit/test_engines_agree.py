"""The engine in C and the one in Python give the same blocks, byte for byte, whatever comes.

The Python engine is the reference; skipped where the C engine is not built, which `.ci/run` forbids.
"""

import random
import struct
import zlib
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.fuzz_kit import times
from tests.needs import c_engine
from tests.stream_kit import PPS, SPEC, SPS, Sender, Unit, picture, run, units

from ronda.media.codec import AudioCodec, AudioFormat, VideoCodec
from ronda.video.engine.depacketise import Depacketiser
from ronda.video.engine.port import AudioSpec, StreamSpec

native = c_engine()

AAC = AudioFormat(codec=AudioCodec.AAC, clock_hz=16_000, config=b"\x14\x08")
G711 = AudioFormat(codec=AudioCodec.PCMA, clock_hz=8_000)
SOUND = {"none": None, "aac": AudioSpec(format=AAC), "g711": AudioSpec(format=G711)}


def walk_c(data: bytes, cuts: list[int], spec: StreamSpec) -> tuple[object, ...]:
    """Blocks, handed back RTSP and counters of the C walker; reads as in `stream_kit.run`."""
    from ronda.video.engine.native import native_stream, stats_of

    walker = native.Walker(*native_stream(spec, -1))
    edges = [0, *sorted(cut for cut in set(cuts) if 0 < cut < len(data)), len(data)]
    for step in range(len(edges) - 1):
        walker.feed(data[edges[step] : edges[step + 1]], 1_000_000 + step * 40_000)
    walker.finish(1_000_000 + len(edges) * 40_000)
    blocks = walker.take()
    return [facts_of(block) for block in blocks], walker.rtsp(), stats_of(walker.stats())


def walk_python(data: bytes, cuts: list[int], spec: StreamSpec) -> tuple[object, ...]:
    done = run(data, cuts, spec=spec)
    return [facts_of(block) for block in done.blocks], bytes(done.rtsp), done.stats


def facts_of(block) -> tuple[object, ...]:
    sound = block.sound
    if sound is not None and not isinstance(sound, tuple):
        sound = (sound.data, tuple(sound.sizes), tuple(sound.ticks), sound.last_ticks)
    return (
        bytes(block.data),
        tuple(block.sizes),
        tuple(block.pts_90k),
        tuple(block.flags),
        tuple(block.arrivals_us),
        block.next_pts_90k,
        block.sets,
        [tuple(report) for report in block.reports],
        sound,
        block.starts_with_key,
    )


def h265_units(count: int, group: int, size_bytes: int) -> list[Unit]:
    made = []
    for index in range(count):
        key = index % group == 0
        nals = [b"\x40\x01v", b"\x42\x01sps", b"\x44\x01pps"] if key else []
        kind = 19 if key else 1
        nals.append(bytes((kind << 1, 1, 0x80)) + bytes((1 + index % 200,)) * (size_bytes + index))
        made.append(Unit(nals=nals, stamp=(index * 3600) & 0xFFFFFFFF))
    return made


def random_stream(chance: random.Random, codec: VideoCodec, sound: str) -> bytes:
    """Plain frames with everything a camera or a line may do to them in between."""
    sender = Sender(limit_bytes=chance.choice([60, 700, 1400]))
    group, size_bytes = chance.choice([4, 8, 30]), chance.choice([10, 900, 6000])
    make = h265_units if codec is VideoCodec.H265 else lambda n, g, s: units(n, group=g, size_bytes=s)
    audio_sequence, audio_stamp = chance.randrange(65536), chance.randrange(1 << 32)
    for unit in make(chance.randrange(3, 60), group, size_bytes):
        for _ in range(chance.choice([0, 0, 0, 1])):
            fault(sender, chance, unit.stamp)
        if sound != "none" and chance.random() < 0.6:
            body = sound_payload(chance, sound)
            head = struct.pack(">BBHII", 0x80, 97, audio_sequence & 0xFFFF, audio_stamp & 0xFFFFFFFF, 5)
            sender.out += struct.pack(">BBH", 0x24, 2, len(head) + len(body)) + head + body
            audio_sequence += chance.choice([1, 1, 1, 2, -3])
            audio_stamp += chance.choice([640, 640, 1024, 0, 900_000, -5000])
        before = len(sender.out)
        sender.send(unit)
        if chance.random() < 0.05:
            del sender.out[chance.randrange(before, len(sender.out)) :]
        if chance.random() < 0.05 and len(sender.out) > before:
            sender.out[chance.randrange(before, len(sender.out))] ^= 1 << chance.randrange(8)
    return bytes(sender.out)


def sound_payload(chance: random.Random, sound: str) -> bytes:
    if sound == "g711":
        return chance.randbytes(chance.choice([0, 160, 320]))
    sizes = [chance.choice([1, 60, 200]) for _ in range(chance.randrange(4))]
    heads = b"".join(struct.pack(">H", size << 3) for size in sizes)
    return (
        struct.pack(">H", 16 * len(sizes)) + heads + chance.randbytes(sum(sizes) - chance.choice([0, 0, 1]) * 1)
        if sizes
        else chance.randbytes(3)
    )


def fault(sender: Sender, chance: random.Random, stamp: int) -> None:
    kind = chance.randrange(13)
    if kind == 0:
        sender.sequence = (sender.sequence + chance.choice([1, 2, 40_000, -1])) & 0xFFFF
    elif kind == 1:
        sender.out += chance.randbytes(chance.randrange(1, 80))
    elif kind == 2:
        sender.out += b"RTSP/1.0 200 OK\r\nCSeq: 9\r\nContent-LENGTH : 4\r\n\r\nabcd"
    elif kind == 3:
        report = struct.pack(">BBHIQIII", 0x80, 200, 6, 1, chance.randrange(1 << 64), stamp, 1, 1)
        sender.out += struct.pack(">BBH", 0x24, 1, len(report)) + report
    elif kind == 4:
        sender.ssrc ^= 1
    elif kind == 5:
        small = [
            bytes((chance.choice([0x09, 0x41, 0x06, 0x67]), *chance.randbytes(chance.randrange(3))))
            for _ in range(30)
        ]
        body = b"".join(struct.pack(">H", len(one)) + one for one in small)
        sender.packet(bytes((24,)) + body, stamp, marker=False)
    elif kind == 6:
        sender.packet(chance.randbytes(chance.randrange(1, 40)), stamp, marker=bool(chance.randrange(2)))
    elif kind == 7:
        sender.packet(bytes((48 << 1, 1)) + struct.pack(">H", 3) + b"\x26\x01\x80" * 1, stamp, marker=False)
    elif kind == 8:
        sender.send(Unit(nals=[picture(50, key=False)], stamp=chance.randrange(1 << 32)))
    elif kind == 9:
        sender.send(
            Unit(nals=[SPS + b"x", PPS, picture(40, key=True)], stamp=(stamp + 5) & 0xFFFFFFFF, marker=False)
        )
    elif kind == 10:
        head = struct.pack(">BBHIIIHH", 0xB1, 96, sender.sequence, stamp, sender.ssrc, 7, 1, 1) + bytes(4)
        body = head + picture(30, key=False) + b"\x00\x00\x03"
        sender.out += struct.pack(">BBH", 0x24, 0, len(body)) + body
        sender.sequence = (sender.sequence + 1) & 0xFFFF
    elif kind == 11:
        sender.send(Unit(nals=[b"\x06\x06\x01", b"\x4e\x01\x06\x01", picture(9, key=False)], stamp=stamp ^ 3))
    else:
        sender.out += b"\r\n$\x05\x00\x02xx"


@given(
    st.integers(0, 1 << 32),
    st.sampled_from(list(VideoCodec)),
    st.sampled_from(list(SOUND)),
    st.lists(st.integers(1, 200_000), max_size=40),
)
@settings(max_examples=times(300), deadline=None)
@example(1, VideoCodec.H265, "aac", [7])
def test_both_engines_give_equal_blocks_for_any_stream(seed: int, codec: VideoCodec, sound: str, cuts: list[int]):
    data = random_stream(random.Random(seed), codec, sound)
    spec = replace(SPEC, codec=codec, audio=SOUND[sound])
    assert walk_c(data, cuts, spec) == walk_python(data, cuts, spec)


@given(st.binary(max_size=3000), st.lists(st.integers(1, 3000), max_size=10))
@settings(max_examples=times(200), deadline=None)
def test_both_engines_agree_on_noise(data: bytes, cuts: list[int]):
    assert walk_c(data, cuts, SPEC) == walk_python(data, cuts, SPEC)


def test_a_plain_stream_comes_out_the_same_and_whole():
    sender = Sender()
    for unit in units(200, group=25, size_bytes=9000):
        sender.send(unit)
    data = bytes(sender.out)
    found = walk_c(data, list(range(0, len(data), 70_000)), SPEC)
    assert found == walk_python(data, list(range(0, len(data), 70_000)), SPEC)
    assert found[2].frames == 200


@pytest.mark.parametrize("size", [0, 1, 15, 16, 63, 64, 65, 200, 4095, 4096, 4351, 4352, 1 << 16, (1 << 20) + 7])
def test_the_check_of_a_fragment_is_the_one_zlib_counts(size: int):
    data = random.Random(size).randbytes(size)
    assert native.crc32(data) == zlib.crc32(data)
    assert native.crc32(data, 0x1234) == zlib.crc32(data, 0x1234)


@given(st.integers(0, 1 << 32))
@settings(max_examples=times(60), deadline=None)
def test_datagrams_out_of_order_come_out_the_same(seed: int):
    """Lost, doubled, swapped and late packets, as a line without guarantee delivers them."""
    from ronda.video.engine.native import native_stream, stats_of

    chance = random.Random(seed)
    sender = Sender()
    for unit in units(chance.randrange(5, 40), group=8, size_bytes=4000):
        sender.send(unit)
    packets = _packets(bytes(sender.out))
    shuffled = [p for p in packets if chance.random() > 0.03 for _ in range(1 + (chance.random() < 0.03))]
    for _ in range(chance.randrange(20)):
        at = chance.randrange(len(shuffled))
        shuffled.insert(min(len(shuffled), at + chance.randrange(90)), shuffled.pop(at))
    walker, twin = native.Walker(*native_stream(SPEC, -1)), Depacketiser(SPEC)
    for index, packet in enumerate(shuffled):
        walker.datagram(0, packet, index)
        twin.datagram(packet)
        if index % 50 == 49:
            walker.dated(index, True)
            twin.wait_no_more()
            twin.dated(index)
    walker.dated(9000, True)
    twin.wait_no_more()
    twin.dated(9000)
    walker.finish(9001)
    twin.finish(9001)
    assert [facts_of(one) for one in walker.take()] == [facts_of(one) for one in twin.blocks]
    assert stats_of(walker.stats()) == twin.stats


def _packets(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        size = (data[at + 2] << 8) | data[at + 3]
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return found
