"""Make one-frame MP4 fragments of live frames. Pure.

One timeline for as long as somebody watches: when the camera comes back, its new frames go on where
the wall clock says, so that a player need not start anew. A frame's length is that of the one
before, since the next is not there yet.
"""

from dataclasses import dataclass

from ronda.media.codec import PictureSets, VideoCodec
from ronda.media.errors import MediaError
from ronda.media.fmp4_write import FrameTable, fragment_header, init_segment
from ronda.media.picture_sets import empty_sets, taken
from ronda.media.reorder import Reorder, frame_distance
from ronda.video.engine.port import FrameFlag, LiveChunk, StreamKey

_DEFAULT_DISTANCE_90K = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveInit:
    """What a player needs before the first fragment."""

    codec: str  # RFC 6381
    width_px: int
    height_px: int
    data: bytes  # ftyp and moov


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFragment:
    """One frame as moof and mdat."""

    start_us: int  # arrival, UTC
    key: bool
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveNote:
    """Something a viewer should be told: `offline`, `skipped`, `unsupported`, and one sentence."""

    kind: str
    text: str


LiveItem = LiveInit | LiveFragment | LiveNote


class LiveMuxer:
    """Turns the chunks of one camera into items for viewers. Frames before a key frame are left out."""

    def __init__(self) -> None:
        self._key: StreamKey | None = None
        self._sets: PictureSets = empty_sets(VideoCodec.H264)
        self._seen_sets: tuple[bytes, ...] = ()
        self._shown: PictureSets | None = None
        self._reorder: Reorder | None = None
        self._first_us: int | None = None
        self._base_90k = 0
        self._end_90k = 0
        self._distance_90k = _DEFAULT_DISTANCE_90K
        self._sequence = 0

    def take(self, chunk: LiveChunk, wall_us: list[int]) -> list[LiveItem]:
        """Items of a chunk. wall_us: the arrival of each frame, UTC."""
        items: list[LiveItem] = []
        try:
            if chunk.sets != self._seen_sets:
                self._sets, self._seen_sets = taken(self._sets, chunk.sets), chunk.sets
        except MediaError as fault:
            return [LiveNote(kind="unsupported", text=str(fault))]
        offset = 0
        for index, size in enumerate(chunk.sizes):
            data = chunk.data[offset : offset + size]
            offset += size
            is_key = bool(chunk.flags[index] & FrameFlag.KEY)
            if is_key:
                items += self._start_group(chunk, index, wall_us[index])
            if self._reorder is None or self._key != chunk.key:
                continue
            items.append(self._fragment(self._reorder, chunk.pts_90k[index], data, is_key, wall_us[index]))
        return items

    def _start_group(self, chunk: LiveChunk, index: int, at_us: int) -> list[LiveItem]:
        """At a key frame: a new init segment where the sets changed, a new base for a new stream."""
        if not self._sets.complete:
            return []
        items: list[LiveItem] = []
        if self._sets != self._shown:
            items.append(_init(self._sets))
            self._shown = self._sets
        if chunk.key != self._key:
            self._first_us = at_us if self._first_us is None else self._first_us
            self._base_90k = max(self._end_90k, (at_us - self._first_us) * 9 // 100)
            self._distance_90k = frame_distance(chunk.pts_90k[index:], self._distance_90k)
            self._reorder = Reorder(
                first_pts_90k=chunk.pts_90k[index],
                depth=self._sets.facts().reorder_frames or 0,
                distance_90k=self._distance_90k,
            )
            self._key = chunk.key
        return items

    def _fragment(self, reorder: Reorder, pts: int, data: bytes, is_key: bool, at_us: int) -> LiveFragment:
        dts = self._base_90k + reorder.next_dts(pts)
        if 0 < dts - (self._end_90k - self._distance_90k) < 10 * _DEFAULT_DISTANCE_90K and self._end_90k:
            self._distance_90k = dts - (self._end_90k - self._distance_90k)
        self._end_90k = dts + self._distance_90k
        self._sequence += 1
        table = FrameTable(
            sizes=[len(data)],
            dts_90k=[dts],
            pts_90k=[self._base_90k + pts - reorder.origin_90k],
            keys=[is_key],
            next_dts_90k=self._end_90k,
        )
        return LiveFragment(start_us=at_us, key=is_key, data=fragment_header(self._sequence, table) + data)


def _init(sets: PictureSets) -> LiveInit:
    facts = sets.facts()
    return LiveInit(codec=facts.codec, width_px=facts.width_px, height_px=facts.height_px, data=init_segment(sets))
