"""Take the sound out of recorded MP4 for screens: pictures only, byte for byte.

Screens are silent: a browser refuses a track that its page did not announce, no browser plays G.711,
and listening is no part of looking. The sound stays in the file and goes into packages whole.
Works on the layout of `fmp4_write`; what is laid out otherwise is given back unchanged.
"""

import struct

from ronda.media.errors import Mp4Error
from ronda.media.fmp4_init import Box, child, iter_boxes, read_init
from ronda.media.fmp4_write import init_segment


def silent_init(init: bytes) -> bytes:
    """The init segment of the pictures alone. Raises Mp4Error."""
    facts = read_init(init)
    return init if facts.audio is None else init_segment(facts.sets)


def silent_fragments(data: bytes) -> bytes:
    """Consecutive whole fragments without their sound; where there is none, the same bytes, not copied."""
    parts = list(iter_boxes(data, 0, len(data)))
    moofs = [part for part in parts if part.kind == b"moof"]
    if parts and parts[-1].end == len(data) and not any(_has_sound(data, moof) for moof in moofs):
        return data
    out, moof = [], None
    for part in parts:
        if part.kind == b"moof":
            moof = part
        elif part.kind == b"mdat" and moof is not None:
            out.append(_silent(data, moof, part))
            moof = None
        else:
            out.append(data[part.start : part.end])
    return b"".join(out)


def _has_sound(data: bytes, moof: Box) -> bool:
    return sum(part.kind == b"traf" for part in iter_boxes(data, moof.body, moof.end)) > 1


def _silent(data: bytes, moof: Box, mdat: Box) -> bytes:
    """One fragment: its head without the second `traf`, and `mdat` up to the end of the pictures."""
    whole = data[moof.start : mdat.end]
    trafs = [part for part in iter_boxes(data, moof.body, moof.end) if part.kind == b"traf"]
    if len(trafs) != 2 or trafs[1].end != moof.end:
        return whole
    try:
        pictures, sound = (child(data, traf, b"trun") for traf in trafs)
        (sound_at,) = struct.unpack_from(">i", data, sound.body + 8)
    except (Mp4Error, struct.error):
        return whole
    head = bytearray(data[moof.start : trafs[1].start])
    picture_bytes = moof.start + sound_at - mdat.body
    if not 0 <= picture_bytes <= mdat.end - mdat.body:
        return whole
    struct.pack_into(">I", head, 0, len(head))
    struct.pack_into(">i", head, pictures.body + 8 - moof.start, len(head) + 8)
    return (
        bytes(head) + struct.pack(">I4s", 8 + picture_bytes, b"mdat") + data[mdat.body : mdat.body + picture_bytes]
    )
