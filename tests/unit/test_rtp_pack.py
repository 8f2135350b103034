"""Packetising: joining the packets again must give the same NAL units, whatever their sizes."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from ronda.media import rtp_pack
from ronda.media.rtp import read_rtcp

nal_units = st.builds(
    lambda head, body: bytes((head,)) + body,
    st.integers(1, 23).map(lambda kind: 0x60 | kind),
    st.binary(min_size=1, max_size=5000),
)


def join(payloads: list[bytes]) -> list[bytes]:
    """RFC 6184 read the other way: single NAL units and FU-A."""
    nals: list[bytes] = []
    for payload in payloads:
        if payload[0] & 0x1F != 28:
            nals.append(payload)
            continue
        start, end = payload[1] & 0x80, payload[1] & 0x40
        assert not (start and end), "a NAL of one fragment must be sent whole"
        if start:
            nals.append(bytes((payload[0] & 0xE0 | payload[1] & 0x1F,)))
        nals[-1] += payload[2:]
    return nals


@given(st.lists(nal_units, min_size=1, max_size=4), st.integers(40, 1400))
def test_joining_the_payloads_gives_the_nal_units_back(nals: list[bytes], limit: int) -> None:
    """What a recorder writes must be what the encoder made."""
    payloads = rtp_pack.payloads(nals, limit)
    assert all(len(payload) <= limit for payload in payloads)
    assert join(payloads) == nals


@given(
    st.lists(nal_units, min_size=1, max_size=3),
    st.integers(0, 255),
    st.integers(0, 0xFFFF),
    st.integers(0, 2**40),
    st.integers(0, 2**32 - 1),
)
def test_a_patched_frame_is_a_run_of_whole_packets(
    nals: list[bytes], channel: int, sequence: int, timestamp: int, ssrc: int
) -> None:
    """One send carries the frame, so every length, number and marker in it must be right."""
    frame = rtp_pack.packetise(nals, limit_bytes=300)
    data = bytearray(frame.data)
    rtp_pack.patch(data, frame.packet_offsets, channel=channel, sequence=sequence, timestamp=timestamp, ssrc=ssrc)
    at, number, payloads = 0, sequence, []
    while at < len(data):
        dollar, where, length = struct.unpack_from(">cBH", data, at)
        first, second, seq, stamp, source = struct.unpack_from(">BBHII", data, at + 4)
        assert (dollar, where, first) == (b"$", channel, 0x80)
        assert (seq, stamp, source) == (number & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
        assert second & 0x7F == rtp_pack.PAYLOAD_TYPE
        at += 4 + length
        number += 1
        assert bool(second & 0x80) == (at == len(data)), "the marker stands on the last packet alone"
        payloads.append(bytes(data[at - length + 12 : at]))
    assert join(payloads) == nals
    assert sum(map(len, payloads)) == frame.payload_bytes
    assert number - sequence == frame.packets


def test_a_sender_report_says_when_and_how_much() -> None:
    """Recorders compare the camera's clock with their own by these reports."""
    at_us = 1_795_457_342_602_165
    packet = rtp_pack.sender_report(
        channel=1, ssrc=7, at_us=at_us, timestamp=2**32 + 5, packets=11, octets=1200, name=b"cam"
    )
    assert packet[:2] == b"$\x01"
    assert int.from_bytes(packet[2:4], "big") == len(packet) - 4
    report = read_rtcp(packet[4:]).report
    assert report is not None
    assert abs(report.camera_us - at_us) <= 1
    assert struct.unpack_from(">III", packet, 4 + 16) == (5, 11, 1200)
