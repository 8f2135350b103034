"""Which codec's parameter sets to use: the one place that knows both H.264 and H.265.

Everybody else takes `codec.PictureSets` and asks here for empty ones, for those of a description,
for those of an MP4 sample entry, and for what a decoder wants to be told.
"""

from collections.abc import Iterable

from ronda.media import h264, h265
from ronda.media.codec import PictureSets, VideoCodec
from ronda.media.errors import H265Error, Mp4Error
from ronda.media.h264 import ParameterSets
from ronda.media.h265 import H265Sets

_BOX_HEAD = 8
AVC_ENTRIES = (b"avc1", b"avc3")
HEVC_ENTRIES = (b"hvc1", b"hev1")


def empty_sets(codec: VideoCodec) -> PictureSets:
    """Sets of this codec before any has come."""
    return H265Sets() if codec is VideoCodec.H265 else ParameterSets(sps=(), pps=())


def sets_of(codec: VideoCodec, nals: Iterable[bytes]) -> PictureSets:
    """The sets among `nals`. Raises MediaError when one contradicts itself."""
    return empty_sets(codec).updated(nals)


def taken(sets: PictureSets, nals: Iterable[bytes]) -> PictureSets:
    """`sets` with those of `nals`; where `nals` are of the other codec, only theirs.

    The two codecs' parameter sets are told apart by their first byte, so that a camera may be
    switched from one codec to the other in the middle. Raises MediaError.
    """
    given = tuple(nals)
    kept = codec_of(sets)
    other = VideoCodec.H264 if kept is VideoCodec.H265 else VideoCodec.H265
    ours, theirs = (any(_is_set(codec, nal) for nal in given) for codec in (kept, other))
    return sets_of(other, given) if theirs and not ours else sets.updated(given)


def _is_set(codec: VideoCodec, nal: bytes) -> bool:
    if codec is VideoCodec.H265:
        return h265.nal_kind(nal) in (h265.NAL_VPS, h265.NAL_SPS, h265.NAL_PPS)
    return bool(nal) and nal[0] & 0x1F in (h264.NAL_SPS, h264.NAL_PPS)


def codec_of(sets: PictureSets) -> VideoCodec:
    return VideoCodec.H265 if isinstance(sets, H265Sets) else VideoCodec.H264


def decoder_setup(sets: PictureSets) -> tuple[str, bytes]:
    """The usual name of the decoder, and the configuration record it wants. Raises MediaError."""
    name = "hevc" if codec_of(sets) is VideoCodec.H265 else "h264"
    return name, sets.config_box()[1][_BOX_HEAD:]


def read_avcc(record: bytes) -> ParameterSets:
    """The parameter sets of an avcC record. Raises Mp4Error when it is cut off."""
    at, groups = 5, []
    for mask in (0x1F, 0xFF):
        if at >= len(record):
            raise Mp4Error("the avcC box is cut off")
        nals, at = _nals(record, at + 1, record[at] & mask, "avcC")
        groups.append(nals)
    return ParameterSets(sps=groups[0], pps=groups[1])


def read_hvcc(record: bytes) -> H265Sets:
    """The parameter sets of an hvcC record. Raises Mp4Error when it is cut off."""
    if len(record) < 23:
        raise Mp4Error("the hvcC box is cut off")
    found: list[bytes] = []
    at = 23
    for _ in range(record[22]):
        if at + 3 > len(record):
            raise Mp4Error("the hvcC box is cut off")
        nals, at = _nals(record, at + 3, int.from_bytes(record[at + 1 : at + 3], "big"), "hvcC")
        found += nals
    try:
        return H265Sets.of(found)
    except H265Error as fault:
        raise Mp4Error(f"the hvcC box is malformed: {fault}") from None


def _nals(record: bytes, at: int, count: int, name: str) -> tuple[tuple[bytes, ...], int]:
    """`count` NAL units with 2-byte lengths, and where they end."""
    nals = []
    for _ in range(count):
        size = int.from_bytes(record[at : at + 2], "big")
        if at + 2 + size > len(record) or size == 0:
            raise Mp4Error(f"a parameter set of the {name} box is cut off")
        nals.append(record[at + 2 : at + 2 + size])
        at += 2 + size
    return tuple(nals), at
