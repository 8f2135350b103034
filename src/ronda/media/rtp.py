"""Take RTP packets and RTCP sender reports apart.

The packet engine reads the plain header of most packets in place; this module is for the rest:
packets with contributing sources, extensions or padding, and the reports in which a camera says
what time it believes it is. That is evidence about the camera's clock, never the truth.
"""

import struct
from dataclasses import dataclass

NTP_EPOCH_US = 2_208_988_800 * 1_000_000  # from 1900 to 1970
_SENDER_REPORT = 200
_GOODBYE = 203


def payload_span(packet: bytes | bytearray | memoryview, start: int, end: int) -> tuple[int, int] | None:
    """Where the payload of the RTP packet `packet[start:end]` lies; None when it is malformed."""
    if end - start < 12:
        return None
    first = packet[start]
    if first >> 6 != 2:
        return None
    at = start + 12 + 4 * (first & 0x0F)
    if first & 0x10:
        if at + 4 > end:
            return None
        at += 4 + 4 * ((packet[at + 2] << 8) | packet[at + 3])
    if first & 0x20 and end > at:
        end -= packet[end - 1]
    return (at, end) if at <= end else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderReport:
    """What a camera's clock said at one RTP time."""

    ssrc: int
    ntp: int  # 64-bit NTP time, as sent
    rtp_90k: int  # 32-bit RTP time of the same instant

    @property
    def camera_us(self) -> int:
        """The camera's wall clock in UTC microseconds since 1970; negative when it is before that."""
        return ((self.ntp >> 32) * 1_000_000 + ((self.ntp & 0xFFFFFFFF) * 1_000_000 >> 32)) - NTP_EPOCH_US


@dataclass(frozen=True, slots=True, kw_only=True)
class RtcpFacts:
    """What matters of one compound RTCP packet."""

    report: SenderReport | None
    goodbye: bool


def read_rtcp(packet: bytes) -> RtcpFacts:
    """Walk a compound RTCP packet; a malformed rest is ignored."""
    report: SenderReport | None = None
    goodbye = False
    at = 0
    while at + 4 <= len(packet):
        first, kind, words = struct.unpack_from(">BBH", packet, at)
        size = 4 * (words + 1)
        if first >> 6 != 2 or at + size > len(packet):
            break
        if kind == _SENDER_REPORT and size >= 28:
            ssrc, ntp, rtp = struct.unpack_from(">IQI", packet, at + 4)
            report = SenderReport(ssrc=ssrc, ntp=ntp, rtp_90k=rtp)
        goodbye = goodbye or kind == _GOODBYE
        at += size
    return RtcpFacts(report=report, goodbye=goodbye)
