"""Made-up H.264 streams as cameras send them, and a slow reference to compare the engine with.

The pictures are not real: an IDR slice is a NAL unit of type 5 whose first macroblock is 0. That is
all that packets, blocks and files look at. Real pictures come from `tests/system`.
"""

import itertools
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from ronda.media.rtp_pack import nal_payloads
from ronda.video.engine.depacketise import Depacketiser
from ronda.video.engine.port import Block, StreamKey, StreamSpec

# 640 x 360, high profile, made with an encoder; num_reorder_frames 2
SPS = bytes.fromhex("6764001eacd940a02ff97016a02020280000030008000003019078b16cb0")
PPS = bytes.fromhex("68ebe3cb22c0")
DISTANCE_90K = 3600
SPEC = StreamSpec(key=StreamKey(7), rtp_channel=0, rtcp_channel=1, sets=(SPS, PPS))


@dataclass(slots=True, kw_only=True)
class Unit:
    """One access unit: its NAL units and 32-bit time stamp."""

    nals: list[bytes]
    stamp: int
    marker: bool = True


@dataclass(slots=True, kw_only=True)
class Sender:
    """Gives interleaved packets with running sequence numbers."""

    sequence: int = 65_530
    ssrc: int = 0x1234
    channel: int = 0
    limit_bytes: int = 1400
    out: bytearray = field(default_factory=bytearray)

    def send(self, unit: Unit) -> None:
        payloads = [piece for nal in unit.nals for piece in nal_payloads(nal, self.limit_bytes)]
        for index, payload in enumerate(payloads):
            last = index == len(payloads) - 1
            self.packet(payload, unit.stamp, marker=last and unit.marker)

    def packet(self, payload: bytes, stamp: int, *, marker: bool) -> None:
        head = struct.pack(">BBHII", 0x80, 96 | (0x80 if marker else 0), self.sequence, stamp, self.ssrc)
        self.out += struct.pack(">BBH", 0x24, self.channel, len(head) + len(payload)) + head + payload
        self.sequence = (self.sequence + 1) & 0xFFFF


def picture(size_bytes: int, *, key: bool, fill: int = 0x55) -> bytes:
    """A slice NAL unit whose first macroblock is 0."""
    return bytes((0x65 if key else 0x41, 0x88)) + bytes((fill,)) * max(1, size_bytes - 2)


def units(count: int, *, group: int = 10, size_bytes: int = 3000, start: int = 0xFFFF_0000) -> list[Unit]:
    """A plain stream: a key frame with its parameter sets every `group` frames."""
    made = []
    for index in range(count):
        key = index % group == 0
        nals = [SPS, PPS] if key else []
        nals.append(picture(size_bytes + index, key=key, fill=1 + index % 200))
        made.append(Unit(nals=nals, stamp=(start + index * DISTANCE_90K) & 0xFFFFFFFF))
    return made


def samples_of(made: Sequence[Unit]) -> list[bytes]:
    """The samples a recorder must store for these units."""
    return [b"".join(len(nal).to_bytes(4, "big") + nal for nal in unit.nals) for unit in made]


def run(data: bytes, cuts: Sequence[int] = (), *, spec: StreamSpec = SPEC, finish: bool = True) -> Depacketiser:
    """Feed a stream cut at these places; each read comes 40 ms after the one before."""
    depacketiser = Depacketiser(spec)
    carry = b""
    edges = [0, *sorted(cut for cut in set(cuts) if 0 < cut < len(data)), len(data)]
    for step, (start, end) in enumerate(itertools.pairwise(edges)):
        buffer = bytearray(carry + data[start:end])
        used = depacketiser.feed(buffer, len(buffer), 1_000_000 + step * 40_000)
        carry = bytes(buffer[used:])
    if finish:
        depacketiser.finish(1_000_000 + len(edges) * 40_000)
    return depacketiser


def samples_in(blocks: Sequence[Block]) -> list[bytes]:
    """The samples of blocks, in order."""
    found = []
    for block in blocks:
        at = 0
        for size in block.sizes:
            found.append(block.data[at : at + size])
            at += size
        assert at == len(block.data)
    return found


def summary(depacketiser: Depacketiser) -> list[tuple[object, ...]]:
    """All of the blocks but the arrival times."""
    return [
        (
            block.data,
            list(block.sizes),
            list(block.pts_90k),
            list(block.flags),
            block.next_pts_90k,
            block.sets,
            [report[1:] for report in block.reports],
        )
        for block in depacketiser.blocks
    ]
