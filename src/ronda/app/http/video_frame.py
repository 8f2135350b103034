"""The binary half of the video socket: 28 bytes that say what the media behind them is.

The browser's twin is `web/src/lib/video_message.ts`.
"""

import struct

# tile, generation, init?, key?, 0, wall time of the first frame, wall time of media time zero
_HEADER = struct.Struct(">IIBBHqq")
HEADER_BYTES = _HEADER.size


def frame(tile: int, gen: int, *, init: bool, key: bool, start_us: int, zero_us: int, media: bytes) -> bytes:
    """One message: the header and `ftyp`+`moov` (init) or `moof`+`mdat`."""
    return _HEADER.pack(tile, gen, init, key, 0, start_us, zero_us) + media
