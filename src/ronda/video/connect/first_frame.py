"""The first key frame of a stream, for a look before a camera is registered. Nothing is written.

Decides how long one waits and how much is read. What comes out is bytes: whoever shows them decodes them,
outside the recording path.
"""

import asyncio
import itertools
import time
from dataclasses import dataclass

from ronda.media.codec import PictureSets
from ronda.media.picture_sets import sets_of
from ronda.media.rtsp_url import RtspUrl
from ronda.video.connect.failure import AnswerLateError, ClosedEarlyError
from ronda.video.connect.session import Session, open_session
from ronda.video.engine.depacketise import Depacketiser
from ronda.video.engine.port import Block, StreamKey

WAIT_S = 12.0  # cameras with a key frame every ten seconds are common
_READ_BYTES = 64 * 1024
_MAX_BYTES = 32 * 1024 * 1024
_keys = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstFrame:
    """A key frame as the camera coded it: NAL units with 4-byte lengths, and what a decoder must know."""

    sets: PictureSets
    data: bytes


async def first_key_frame(url: RtspUrl, *, wait_s: float = WAIT_S) -> FirstFrame:
    """Raises what `open_session` raises, and AnswerLateError when no key frame comes in time."""
    session = await open_session(url)
    try:
        async with asyncio.timeout(wait_s):
            return await _read(session)
    except TimeoutError:
        raise AnswerLateError from None
    finally:
        await session.goodbye()
        session.close()


async def _read(session: Session) -> FirstFrame:
    spec = session.spec(StreamKey(next(_keys)), record=False)
    depacketiser = Depacketiser(spec)
    buffer = bytearray(spec.early)
    read = len(buffer)
    while read < _MAX_BYTES:
        used = depacketiser.feed(buffer, len(buffer), time.monotonic_ns() // 1000)
        del buffer[:used]
        block = next((one for one in depacketiser.blocks if one.starts_with_key), None)
        if block is not None:
            return _frame_of(block, session)
        depacketiser.blocks.clear()
        data = await asyncio.get_running_loop().sock_recv(session.sock, _READ_BYTES)
        if not data:
            raise ClosedEarlyError
        buffer += data
        read += len(data)
    raise AnswerLateError


def _frame_of(block: Block, session: Session) -> FirstFrame:
    video = session.playing.description.video
    sets = sets_of(video.codec, (*video.parameter_sets, *block.sets))
    return FirstFrame(sets=sets, data=bytes(block.data)[: block.sizes[0]])
