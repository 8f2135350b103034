"""Cut H.264 access units into RTP packets (RFC 6184) and frame them for RTSP's TCP channel.

Pure: bytes in, bytes out. One NAL unit per packet when it fits, FU-A otherwise; no aggregation, so that
a reader of a trace sees each NAL. A `Packetised` frame is made once and patched for each send: only
sequence number, timestamp, SSRC and channel differ between sessions.
Invariant: joining the payloads of `payloads()` again gives the same NAL units in the same order.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

PAYLOAD_TYPE: Final = 96
MAX_PAYLOAD_BYTES: Final = 1400
NTP_EPOCH_S: Final = 2_208_988_800  # from 1900 to 1970

_FU_A = 28
_INTERLEAVED = struct.Struct(">cBH")
_RTP = struct.Struct(">BBHII")
_PATCH = struct.Struct(">HII")
_HEADERS_BYTES = _INTERLEAVED.size + _RTP.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Packetised:
    """One access unit as interleaved RTP packets, all in one run of bytes, patched when sent."""

    data: bytes
    packet_offsets: tuple[int, ...]  # where each `$` stands
    payload_bytes: int  # RTP payload in all, for sender reports

    @property
    def packets(self) -> int:
        return len(self.packet_offsets)


def nal_payloads(nal: bytes, limit_bytes: int = MAX_PAYLOAD_BYTES) -> list[bytes]:
    """RTP payloads that carry one NAL unit (without start code): itself, or FU-A pieces."""
    if len(nal) <= limit_bytes:
        return [nal]
    indicator = nal[0] & 0xE0 | _FU_A
    kind = nal[0] & 0x1F
    room = limit_bytes - 2
    pieces = [nal[at : at + room] for at in range(1, len(nal), room)]
    last = len(pieces) - 1
    return [
        bytes((indicator, kind | (0x80 if index == 0 else 0) | (0x40 if index == last else 0))) + piece
        for index, piece in enumerate(pieces)
    ]


def payloads(nals: Sequence[bytes], limit_bytes: int = MAX_PAYLOAD_BYTES) -> list[bytes]:
    """RTP payloads of one access unit, in order; the marker bit belongs to the last."""
    return [payload for nal in nals for payload in nal_payloads(nal, limit_bytes)]


def packetise(
    nals: Sequence[bytes], *, payload_type: int = PAYLOAD_TYPE, limit_bytes: int = MAX_PAYLOAD_BYTES
) -> Packetised:
    """The access unit as interleaved packets with zero in every field that a session patches."""
    parts = payloads(nals, limit_bytes)
    out = bytearray()
    offsets: list[int] = []
    for index, payload in enumerate(parts):
        marker = 0x80 if index == len(parts) - 1 else 0
        offsets.append(len(out))
        out += _INTERLEAVED.pack(b"$", 0, _RTP.size + len(payload))
        out += _RTP.pack(0x80, marker | payload_type, 0, 0, 0)
        out += payload
    size = len(out) - len(parts) * _HEADERS_BYTES
    return Packetised(data=bytes(out), packet_offsets=tuple(offsets), payload_bytes=size)


def patch(
    buffer: bytearray, offsets: Sequence[int], *, channel: int, sequence: int, timestamp: int, ssrc: int
) -> None:
    """Fill the fields of a session into `buffer`, a copy of `Packetised.data`.

    `sequence` is that of the first packet; it and `timestamp` (90 kHz) wrap by themselves.
    """
    timestamp &= 0xFFFFFFFF
    pack_into = _PATCH.pack_into
    for offset in offsets:
        buffer[offset + 1] = channel
        pack_into(buffer, offset + 6, sequence & 0xFFFF, timestamp, ssrc)
        sequence += 1


def ntp_64(at_us: int) -> int:
    """UTC microseconds as the 64-bit NTP form of a sender report."""
    seconds, micros = divmod(at_us, 1_000_000)
    return (seconds + NTP_EPOCH_S & 0xFFFFFFFF) << 32 | (micros << 32) // 1_000_000


def sender_report(
    *, channel: int, ssrc: int, at_us: int, timestamp: int, packets: int, octets: int, name: bytes
) -> bytes:
    """An interleaved RTCP packet: sender report, then the source's canonical name."""
    report = struct.pack(
        ">BBHIQIII",
        0x80,
        200,
        6,
        ssrc,
        ntp_64(at_us),
        timestamp & 0xFFFFFFFF,
        packets & 0xFFFFFFFF,
        octets & 0xFFFFFFFF,
    )
    item = bytes((1, len(name))) + name + b"\0"
    chunk = struct.pack(">I", ssrc) + item + b"\0" * (-len(item) % 4)
    description = struct.pack(">BBH", 0x81, 202, len(chunk) // 4) + chunk
    body = report + description
    return _INTERLEAVED.pack(b"$", channel, len(body)) + body
