"""Does a stretch of footage carry signatures at all? Looks at heads of NAL units only; checks nothing.

Cheap enough for a turn every quarter of a minute: newest first, and the first signing SEI ends the look.
"""

from collections.abc import Sequence

from ronda.evidence.camera_signing.tlv import uuid_of
from ronda.media.codec import VideoCodec
from ronda.media.fmp4_init import Buffer
from ronda.media.fmp4_read import Sample

_HEAD_BYTES = 64


def newest_signed(data: Buffer, samples: Sequence[Sample], codec: VideoCodec) -> Sample | None:
    """The newest sample with a signing SEI."""
    return next((one for one in reversed(samples) if _has_signature(data, one, codec)), None)


def _has_signature(data: Buffer, sample: Sample, codec: VideoCodec) -> bool:
    at, end = sample.offset, sample.offset + sample.size_bytes
    while at + 4 <= end:
        size = int.from_bytes(data[at : at + 4], "big")
        if uuid_of(bytes(data[at + 4 : min(at + 4 + min(size, _HEAD_BYTES), end)]), codec):
            return True
        at += 4 + size
    return False
