"""Write the fuzzer's first inputs: plain streams of both codecs, by connection and by datagram.

An input is one byte of choices, then parts with their sizes as `stream_target.c` takes them.
"""

import struct
import sys
from pathlib import Path

H264 = [b"\x67\x64\x00\x1e", b"\x68\xeb\xe3", b"\x06\x06\x01\x80", b"\x65\x88" + bytes(90)]
H264_NEXT = [b"\x41\x88" + bytes(40)]
H265 = [b"\x40\x01v", b"\x42\x01s", b"\x44\x01p", b"\x4e\x01\x06\x01", b"\x26\x01\x80" + bytes(90)]
H265_NEXT = [b"\x02\x01\x80" + bytes(40)]


def payloads(nal: bytes, head: int, limit: int = 40) -> list[bytes]:
    """A NAL unit whole, or in fragments."""
    if len(nal) <= limit:
        return [nal]
    body, found = nal[head:], []
    kind = nal[0] & 0x1F if head == 1 else nal[0] >> 1 & 0x3F
    first = bytes(((nal[0] & 0xE0) | 28,)) if head == 1 else bytes(((nal[0] & 0x81) | 49 << 1, nal[1]))
    for at in range(0, len(body), limit):
        mark = (0x80 if at == 0 else 0) | (0x40 if at + limit >= len(body) else 0)
        found.append(first + bytes((mark | kind,)) + body[at : at + limit])
    return found


def packets(codec: int, frames: int) -> list[bytes]:
    head, key, following = (1, H264, H264_NEXT) if codec == 0 else (2, H265, H265_NEXT)
    found, sequence = [], 65_530
    for number in range(frames):
        nals = key if number % 5 == 0 else following
        pieces = [piece for nal in nals for piece in payloads(nal, head)]
        for index, piece in enumerate(pieces):
            marker = 0x80 if index == len(pieces) - 1 else 0
            head_bytes = struct.pack(">BBHII", 0x80, 96 | marker, sequence & 0xFFFF, number * 9000 & 0xFFFFFFFF, 5)
            found.append(head_bytes + piece)
            sequence += 1
    small = b"".join(struct.pack(">H", len(nal)) + nal for nal in key[:3])
    aggregate = b"\x18" if codec == 0 else b"\x60\x01"
    found.append(struct.pack(">BBHII", 0x80, 96, sequence & 0xFFFF, 1, 5) + aggregate + small)
    return found


def sound(aac: bool) -> bytes:
    body = struct.pack(">HHH", 32, 6 << 3, 5 << 3) + bytes(11) if aac else bytes(160)
    return struct.pack(">BBHII", 0x80, 97, 9, 77, 6) + body


REPORT = struct.pack(">BBHIQIII", 0x80, 200, 6, 1, 1 << 63, 5, 1, 1)
ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 9\r\nContent-Length: 4\r\n\r\nabcd"


def interleaved(codec: int, how: int) -> bytes:
    out = bytearray()
    for index, packet in enumerate(packets(codec, 24)):
        out += struct.pack(">BBH", 0x24, 0, len(packet)) + packet
        if index % 20 == 7:
            out += struct.pack(">BBH", 0x24, 1, len(REPORT)) + REPORT + ANSWER + b"\r\nnoise$"
        if how & 2 and index % 6 == 3:
            one = sound(bool(how & 4))
            out += struct.pack(">BBH", 0x24, 2, len(one)) + one
    parts = [out[at : at + 16 * 60] for at in range(0, len(out), 16 * 60)]
    return bytes((how | codec,)) + b"".join(bytes((60,)) + part for part in parts)


def datagrams(codec: int) -> bytes:
    made = packets(codec, 24)
    made[3], made[4] = made[4], made[3]
    del made[9]
    rows = [bytes((0xE0, len(packet))) + packet for packet in made]
    rows.insert(5, bytes((0x00, len(REPORT))) + REPORT)
    rows.insert(8, bytes((0x20, len(sound(True)))) + sound(True))
    rows.insert(12, bytes((0x40, 0)))
    return bytes((8 | 2 | 4 | codec,)) + b"".join(rows)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for codec in (0, 1):
        for how in (0, 2, 6, 0x30, 0x82):
            (folder / f"stream-{codec}-{how:02x}").write_bytes(interleaved(codec, how))
        (folder / f"datagrams-{codec}").write_bytes(datagrams(codec))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
