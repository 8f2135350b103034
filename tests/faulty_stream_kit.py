"""Made-up streams with everything a camera or a line may do to them.

Both engines must agree on them, and fuzzing begins with them.
"""

import random
import struct

from tests.stream_kit import PPS, SPS, Sender, Unit, picture, units

from ronda.media.codec import VideoCodec


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
