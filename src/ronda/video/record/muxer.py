"""Turn blocks into fragments: decoding times and the head of each fragment of one segment.

`PythonMuxer` is the reference; the C engine brings a twin that gives equal bytes for equal blocks.
Bytes depend on the stream alone: no time of day, no arrival.
"""

import zlib
from typing import NamedTuple, Protocol

from ronda.media.fmp4_write import AudioRun, FrameTable, fragment_header
from ronda.media.reorder import Reorder, observed_depth
from ronda.video.engine.port import Block, FrameFlag, SoundRun

_KEY = int(FrameFlag.KEY)  # an enum's own & is slow


# The fields of a FragmentHead: the C engine gives a plain tuple, which is taken apart at once.
HeadFields = tuple[bytes, int, int, int, int, int, bytes, int, int]


class FragmentHead(NamedTuple):
    """What precedes a block's samples in the file. Times count from the segment's start."""

    header: bytes  # moof and the head of mdat
    first_dts_90k: int
    first_pts_90k: int
    next_dts_90k: int  # where the fragment ends
    key_bytes: int  # of the frames that are key frames
    depth: int  # of reordering that the block needs at least
    sound: bytes  # what follows the pictures; empty where sound is not written
    size_bytes: int  # of the whole fragment
    crc32: int  # of the whole fragment


class Muxer(Protocol):
    """Of one segment; takes its blocks in order."""

    @property
    def origin_90k(self) -> int:
        """The presentation time that is 0 in the segment."""
        ...

    def head(self, block: Block, sequence: int, distance_90k: int, /) -> HeadFields:
        """A FragmentHead. distance_90k: how long a last frame lasts when nothing is known of the stream."""
        ...


class PythonMuxer:
    """See the module. sound_hz 0: sound is not written."""

    def __init__(self, first_pts_90k: int, depth: int, distance_90k: int, sound_hz: int = 0) -> None:
        self._reorder = Reorder(first_pts_90k=first_pts_90k, depth=depth, distance_90k=distance_90k)
        self._distance_90k = 0
        self._sound_hz = sound_hz
        self._sound_end = 0

    @property
    def origin_90k(self) -> int:
        return self._reorder.origin_90k

    def head(self, block: Block, sequence: int, distance_90k: int, /) -> FragmentHead:
        reorder = self._reorder
        dts = [reorder.next_dts(pts) for pts in block.pts_90k]
        if len(dts) > 1:
            self._distance_90k = (dts[-1] - dts[0]) // (len(dts) - 1)
        if block.next_pts_90k is not None:
            following = reorder.peek_dts(block.next_pts_90k)
        else:
            following = dts[-1] + (self._distance_90k or distance_90k)
        keys = [bool(flag & _KEY) for flag in block.flags]
        table = FrameTable(
            sizes=block.sizes,
            dts_90k=dts,
            pts_90k=[pts - reorder.origin_90k for pts in block.pts_90k],
            keys=keys,
            next_dts_90k=following,
        )
        run = block.sound if self._sound_hz else None
        header = fragment_header(sequence, table, self._sound(run) if run is not None else None)
        sound = run.data if run is not None else b""
        return FragmentHead(
            header=header,
            first_dts_90k=dts[0],
            first_pts_90k=table.pts_90k[0],
            next_dts_90k=following,
            key_bytes=sum(size for size, key in zip(table.sizes, keys, strict=True) if key),
            depth=observed_depth(block.pts_90k),
            sound=sound,
            size_bytes=len(header) + len(block.data) + len(sound),
            crc32=zlib.crc32(sound, zlib.crc32(block.data, zlib.crc32(header))),
        )

    def _sound(self, sound: SoundRun) -> AudioRun:
        """Where each sample begins in the segment: never before the one before ends."""
        origin = self._reorder.origin_90k * self._sound_hz // 90_000
        first = at = max(sound.ticks[0] - origin, self._sound_end)
        durations = []
        for tick in sound.ticks[1:]:
            following = max(tick - origin, at + 1)
            durations.append(following - at)
            at = following
        durations.append(sound.last_ticks)
        self._sound_end = at + sound.last_ticks
        return AudioRun(sizes=sound.sizes, durations=durations, dts=first)
