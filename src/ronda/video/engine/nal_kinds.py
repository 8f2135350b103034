"""What NAL units and RTP payload kinds mean to the packet engine: one table for each codec. Pure.

H.264 after RFC 6184, H.265 after RFC 7798 without decoding order numbers. The C engine holds the same
numbers (`native/stream.c`); `tests/unit/test_engines_agree.py` compares the two.
"""

from dataclasses import dataclass

from ronda.media.codec import VideoCodec


@dataclass(frozen=True, slots=True, kw_only=True)
class NalKinds:
    """How one codec names its NAL units."""

    shift: int  # the kind is (first byte >> shift) & mask
    mask: int
    head_bytes: int  # of a NAL unit
    fragment: int  # payload kind: part of a NAL unit
    aggregate: int  # payload kind: several NAL units
    keys: frozenset[int]  # pictures from which decoding may begin
    pictures: frozenset[int]  # slices that begin or continue a picture
    sets: frozenset[int]
    sei: int
    before_picture: frozenset[int]  # always come before a picture

    def kind(self, first: int) -> int:
        return (first >> self.shift) & self.mask


H264 = NalKinds(
    shift=0,
    mask=0x1F,
    head_bytes=1,
    fragment=28,
    aggregate=24,
    keys=frozenset({5}),
    pictures=frozenset({1, 5}),  # no camera sends data partitions; H.265 taken for H.264 would look like them
    sets=frozenset({7, 8}),
    sei=6,
    before_picture=frozenset({6, 7, 8, 9}),
)
H265 = NalKinds(
    shift=1,
    mask=0x3F,
    head_bytes=2,
    fragment=49,
    aggregate=48,
    keys=frozenset(range(16, 22)),  # IDR, broken link and clean random access pictures
    pictures=frozenset(range(32)),
    sets=frozenset({32, 33, 34}),
    sei=39,
    before_picture=frozenset({32, 33, 34, 35, 39}),
)

KINDS = {VideoCodec.H264: H264, VideoCodec.H265: H265}
