"""Fetch a stretch of a device's past: RTSP with a Range by its clock, frames dated by the device itself.

Decides when a frame was taken: the RTP extension of the replay says so for the first packet of a frame; a
frame without it lies where its RTP time puts it after the one before. A break that the device marks, or a jump of
its times, begins a new stretch, so that nothing is joined that was not. Decides not what is kept (`fill`).
"""

import asyncio
import itertools
from array import array
from collections.abc import AsyncIterator
from dataclasses import replace

from ronda.core.time import SECOND_US, TimeSpan
from ronda.media.onvif.recordings import REPLAY_EXTENSION, ReplayMark, read_replay_extension, replay_headers
from ronda.media.rtsp_client import Wishes
from ronda.media.rtsp_transport import Transport
from ronda.media.rtsp_url import RtspUrl
from ronda.video.connect.session import Session, open_session
from ronda.video.engine.depacketise import Depacketiser
from ronda.video.engine.port import Block, StreamKey, StreamSpec

IDLE_S = 4.0  # a device that has given all just stops
_JUMP_US = 10 * SECOND_US
_READ_BYTES = 256 * 1024
_MAX_TIMES = 100_000
_keys = itertools.count(1 << 20)


async def fetch(url: RtspUrl, span: TimeSpan, *, idle_s: float = IDLE_S) -> AsyncIterator[Block]:
    """Blocks whose `arrivals_us` are the device's own UTC; the last of a stretch has no `next_pts_90k`.

    span: on the device's clock. Raises what `open_session` raises, and OSError when the line breaks.
    """
    wishes = Wishes(transport=Transport.TCP, play=tuple(replay_headers(span).items()))
    session = await open_session(url, wishes=wishes)
    try:
        async for block in _blocks(session, span, idle_s):
            yield block
    finally:
        await session.goodbye()
        session.close()


async def _blocks(session: Session, span: TimeSpan, idle_s: float) -> AsyncIterator[Block]:
    spec = session.spec(StreamKey(next(_keys)), record=True)
    walker = ReplayWalker(replace(spec, audio=None, early=b""))
    data: bytes = spec.early
    while data or not walker.begun:
        for block in walker.take(data):
            yield block
        if walker.over or walker.newest_us >= span.end_us:
            break
        try:
            async with asyncio.timeout(idle_s):
                data = await asyncio.get_running_loop().sock_recv(session.sock, _READ_BYTES)
        except TimeoutError:
            break
        if not data:
            break
    for block in walker.finish():
        yield block


class ReplayWalker:
    """Bytes of a replay in, dated blocks out. Pure."""

    def __init__(self, spec: StreamSpec) -> None:
        self.newest_us = 0
        self.over = False
        self.begun = False
        self._spec = spec
        self._rest = bytearray()
        self._stretch = _Stretch(spec)

    def take(self, data: bytes) -> list[Block]:
        """Walk what came; a part of a packet waits for its rest."""
        self.begun = True
        buffer, self._rest = self._rest + data, bytearray()
        done: list[Block] = []
        at = run = 0
        while len(buffer) - at >= 4:
            if buffer[at] != 0x24:
                at = _next_dollar(buffer, at)  # an RTSP answer in the middle: the depacketiser takes it out
                continue
            stop = at + 4 + (buffer[at + 2] << 8 | buffer[at + 3])
            if stop > len(buffer):
                break
            if buffer[at + 1] == self._spec.rtp_channel and stop - at >= 16:
                found = _mark(buffer, at + 4, stop)
                stamp = int.from_bytes(buffer[at + 8 : at + 12], "big")
                if self._breaks(found, stamp):
                    done += self._stretch.feed(buffer[run:at])
                    done += self._stretch.finish()
                    self._stretch, run = _Stretch(self._spec), at
                self._date(found, stamp)
            at = stop
        done += self._stretch.feed(buffer[run:at])
        self._rest = buffer[at:]
        return done

    def finish(self) -> list[Block]:
        return self._stretch.finish()

    def _breaks(self, found: ReplayMark | None, stamp: int) -> bool:
        if found is None or self._stretch.first_stamp is None or stamp in self._stretch.times:
            return False
        return found.broken or not 0 <= found.at_us - self.newest_us < _JUMP_US

    def _date(self, found: ReplayMark | None, stamp: int) -> None:
        stretch = self._stretch
        if stretch.first_stamp is None:
            stretch.first_stamp = stamp
        if found is not None and len(stretch.times) < _MAX_TIMES:
            stretch.times.setdefault(stamp, found.at_us)
            self.newest_us = found.at_us
            self.over = self.over or found.last


class _Stretch:
    """A run of frames without a break, and when each was taken."""

    def __init__(self, spec: StreamSpec) -> None:
        self.times: dict[int, int] = {}  # 32-bit RTP time: when the frame was taken
        self.first_stamp: int | None = None
        self._depacketiser = Depacketiser(spec)
        self._last: tuple[int, int] | None = None  # presentation time, when taken

    def feed(self, data: bytearray) -> list[Block]:
        if data:
            self._depacketiser.feed(data, len(data), 0)
        return self._dated()

    def finish(self) -> list[Block]:
        self._depacketiser.finish(0)
        return self._dated()

    def _dated(self) -> list[Block]:
        blocks, self._depacketiser.blocks[:] = list(self._depacketiser.blocks), []
        dated = [self._with_times(block) for block in blocks]
        return [block for block in dated if block is not None]

    def _with_times(self, block: Block) -> Block | None:
        """None where no frame of the stretch so far says when it was taken."""
        at: list[int] = []
        for pts in block.pts_90k:
            stamp = ((self.first_stamp or 0) + pts) & 0xFFFFFFFF
            taken_us = self.times.get(stamp)
            if taken_us is None:
                if self._last is None:
                    return None
                taken_us = self._last[1] + (pts - self._last[0]) * 100 // 9
            self._last = (pts, taken_us)
            at.append(taken_us)
        return replace(block, arrivals_us=array("q", at))


def _next_dollar(buffer: bytearray, at: int) -> int:
    found = buffer.find(0x24, at + 1)
    return len(buffer) if found < 0 else found


def _mark(packet: bytearray, start: int, stop: int) -> ReplayMark | None:
    """What the packet's extension says, if it has one of ours."""
    if not packet[start] & 0x10:
        return None
    at = start + 12 + 4 * (packet[start] & 0x0F)
    if at + 4 > stop:
        return None
    profile, words = int.from_bytes(packet[at : at + 2], "big"), int.from_bytes(packet[at + 2 : at + 4], "big")
    end = at + 4 + 4 * words
    if end > stop or profile not in (REPLAY_EXTENSION, REPLAY_EXTENSION + 1):
        return None
    return read_replay_extension(profile, bytes(packet[at + 4 : end]))
