"""The engine in C and the one in Python give the same blocks, byte for byte, whatever comes.

The Python engine is the reference; skipped where the C engine is not built, which `.ci/run` forbids.
"""

import random
import zlib
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.faulty_stream_kit import random_stream
from tests.fuzz_kit import times
from tests.needs import c_engine
from tests.stream_kit import SPEC, Sender, run, units

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
