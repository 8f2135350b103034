"""ONVIF answers from a hostile camera: any bytes give a value or one kind of error, in bounded memory."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fuzz.onvif_answers import MESSAGE, NAMES, READERS, TEXTS
from tests.fuzz_kit import times
from tests.sim_kit import reel

from ronda.core.time import SECOND_US, TimeSpan
from ronda.media.errors import MediaError
from ronda.media.onvif import discovery, events, recordings, soap
from ronda.media.onvif.xml import parse
from ronda.sim.replay import Kept, ReplayServer
from ronda.video.engine.port import StreamKey, StreamSpec
from ronda.video.onvif.replay import ReplayWalker

SPEC = StreamSpec(key=StreamKey(1), rtp_channel=0, rtcp_channel=1, sets=())


def replayed() -> bytes:
    """Two groups of pictures as a card sends them."""
    with ReplayServer(reel(), (Kept(span=TimeSpan(0, 4 * SECOND_US)),), clock_offset_us=10**15) as card:
        return card.stream(TimeSpan(0, 1 << 60))


REPLAY = replayed()


@st.composite
def trees(draw: st.DrawFn, depth: int = 0) -> str:
    """XML that uses the words of real answers in wrong places."""
    name = draw(st.sampled_from(NAMES))
    value = draw(st.sampled_from(TEXTS))
    inner = "" if depth > 5 else "".join(draw(st.lists(trees(depth=depth + 1), max_size=4)))
    return f"<t:{name} token='{value}' Value='{value}' UtcTime='{value}'>{value}{inner}</t:{name}>"


@settings(max_examples=times(600), deadline=None, derandomize=True)
@given(trees())
def test_words_of_real_answers_in_wrong_places_harm_no_reader(tree: str) -> None:
    try:
        body = soap.body_of(f"<Envelope xmlns:t='x'><Body>{tree}</Body></Envelope>".encode())
    except MediaError:
        return
    for read in READERS:
        read(body)


@settings(max_examples=times(600), deadline=None, derandomize=True)
@given(st.one_of(st.binary(max_size=400), trees().map(str.encode)), st.integers(0, 400), st.integers(0, 255))
def test_changed_bytes_give_a_tree_or_one_kind_of_error(data: bytes, at: int, byte: int) -> None:
    changed = bytearray(data)
    if changed:
        changed[at % len(changed)] = byte
    discovery.read_answer(bytes(changed), MESSAGE)
    try:
        body = parse(bytes(changed))
    except MediaError:
        return
    for read in READERS:
        read(body)


@settings(max_examples=times(300), deadline=None, derandomize=True)
@given(st.integers(0, 0xFFFF), st.binary(max_size=40))
def test_a_replay_extension_of_any_bytes_is_read_or_left(profile: int, data: bytes) -> None:
    recordings.read_replay_extension(profile, data)
    recordings.read_replay_extension(recordings.REPLAY_EXTENSION, data)


@pytest.mark.parametrize("text", TEXTS)
def test_an_instant_is_read_or_none(text: str) -> None:
    events.read_instant_us(text)


@pytest.mark.parametrize("seed", range(60))
def test_a_replay_of_changed_bytes_gives_dated_blocks_or_nothing(seed: int) -> None:
    """A true replay, cut and changed at random: no error, and every block's columns agree."""
    chance = random.Random(seed)
    stream = bytearray(REPLAY)
    for _ in range(chance.randint(0, 30)):
        at = chance.randrange(len(stream))
        stream[at : at + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
    walker = ReplayWalker(SPEC)
    blocks, at = [], 0
    while at < len(stream):
        size = chance.randint(1, 4000)
        blocks += walker.take(bytes(stream[at : at + size]))
        at += size
    blocks += walker.finish()
    assert seed or blocks
    for block in blocks:
        assert len(block.arrivals_us) == len(block.sizes) == len(block.pts_90k)
