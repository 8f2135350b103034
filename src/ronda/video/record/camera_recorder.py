"""Write the blocks of one camera: segments, fragment rows and the account of its time.

Belongs to the writer's thread. Decides nothing about where segments end (`segment_cut`) or what a
gap is (`ledger`); it keeps the two in step with the file. Frames before the first key frame are not
written, since nobody could decode them: they lie inside the gap before.
Invariant: arrival times never fall, so segments of a camera never overlap.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import SECOND_US, TimeSpan, utc
from ronda.media.codec import PictureFacts, PictureSets, VideoCodec
from ronda.media.errors import MediaError
from ronda.media.fmp4_write import FrameTable
from ronda.media.picture_sets import empty_sets, taken
from ronda.media.reorder import Reorder, frame_distance, observed_depth
from ronda.video.engine.port import Block, FrameFlag
from ronda.video.model import ClockPair, Fragment, Segment, SegmentState, SegmentWrite
from ronda.video.record.arrival import ArrivalClock
from ronda.video.record.ledger import Ledger
from ronda.video.record.segment_cut import Cut, OpenSegment, decide_cut
from ronda.video.record.segment_file import SegmentFile

NO_KEY_PATIENCE_FRAMES = 300  # then a recovery point may start a segment: some cameras send no IDR
_KEY, _DAMAGED = int(FrameFlag.KEY), int(FrameFlag.DAMAGED)  # an enum's own & is slow


class OpenFile:
    """The open segment: its file, its row so far, and what was not synced yet."""

    def __init__(self, file: SegmentFile, segment: Segment, cut: OpenSegment, reorder: Reorder) -> None:
        self.file, self.segment, self.cut, self.reorder = file, segment, cut, reorder
        self.new_fragments: list[Fragment] = []
        self.new_clock: list[ClockPair] = []
        self.distance_90k = 0
        self.end_90k = 0  # media time at the end of what is written

    def pending(self) -> SegmentWrite:
        """The row as it stands, with what is new since `written`."""
        return SegmentWrite(
            segment=self.segment, new_fragments=tuple(self.new_fragments), new_clock=tuple(self.new_clock)
        )

    def written(self) -> None:
        """What was pending is durable."""
        self.new_fragments, self.new_clock = [], []


class CameraRecorder:
    """See the module. `finished` holds files that wait for the sync that makes them final."""

    def __init__(
        self,
        camera: CameraId,
        *,
        folder: Path,
        clock: ArrivalClock,
        ledger: Ledger,
        next_id: Callable[[], SegmentId],
        training: bool = False,
    ) -> None:
        self.camera, self.ledger = camera, ledger
        self.open: OpenFile | None = None
        self.finished: list[OpenFile] = []
        self.frames = self.bytes = self.damaged = 0
        self._folder, self._clock, self._next_id, self._training = folder, clock, next_id, training
        self._sets: PictureSets = empty_sets(VideoCodec.H264)  # until the first block
        self._seen_sets: tuple[bytes, ...] = ()
        self._depth = 0
        self._last_us = ledger.last_us or 0
        self._waited_frames = 0
        self._waiters: list[Callable[[Segment | None], None]] = []

    def take(self, block: Block) -> None:
        """Write a block. Raises OSError when the disk does not take it; call `abandon` then."""
        self._update_sets(block)
        self._cut_if_due(block)
        if self.open is None and not self._may_start(block):
            self._waited_frames += len(block.sizes)
            return
        arrivals = self._arrivals(block)
        if self.open is None:
            self.open = self._start(block, arrivals[0])
        self._append(self.open, block, arrivals)
        damaged = [bool(flag & _DAMAGED) for flag in block.flags]
        self.ledger.recorded(arrivals, block.pts_90k, damaged)
        self.frames += len(block.sizes)
        self.bytes += len(block.data)
        self.damaged += sum(damaged)
        self._last_us = arrivals[-1]
        if block.next_pts_90k is None:
            self.end_session()

    def end_session(self) -> None:
        """The stream is over: its media clock means nothing to the next one."""
        self._finish()
        self._waited_frames = 0

    def want_closed(self, done: Callable[[Segment | None], None]) -> None:
        """Close the open segment soon and tell when it is durable; at once when there is none."""
        if self.open is None:
            done(None)
            return
        self._waiters.append(done)
        if self.open.cut.wanted_since_90k is None:
            wanted_90k = self.open.cut.start_90k + self.open.end_90k
            self.open.cut = replace(self.open.cut, wanted_since_90k=wanted_90k)

    def abandon(self) -> None:
        """The disk failed: the open segment ends at its last whole fragment."""
        if self.open is not None:
            self._close(self.open, self.open.file.sha256())

    def tell_waiters(self, segment: Segment | None) -> None:
        waiters, self._waiters = self._waiters, []
        for done in waiters:
            done(segment)

    @property
    def facts(self) -> PictureFacts | None:
        """What the newest parameter sets say, for the status."""
        try:
            return self._sets.facts()
        except MediaError:
            return None

    # -- parts of `take` -------------------------------------------------------------------------

    def _update_sets(self, block: Block) -> None:
        if block.sets == self._seen_sets:
            return
        self._seen_sets = block.sets
        try:
            updated = taken(self._sets, block.sets)
            updated.facts()
        except MediaError:
            return  # a broken set: what was known stays, and the fragment is still recorded
        if updated != self._sets:
            self._sets, self._depth = updated, 0

    def _cut_if_due(self, block: Block) -> None:
        if self.open is None:
            return
        why = decide_cut(
            self.open.cut,
            next_90k=block.pts_90k[0],
            starts_with_key=block.starts_with_key,
            sets=self._sets,
        )
        if why is not Cut.NOT_YET:
            self._finish(end_us=self._wall(block.arrivals_us[0]))

    def _may_start(self, block: Block) -> bool:
        if not self._sets.complete:
            return False
        if block.starts_with_key:
            return True
        # right after a forced cut the stream goes on without a key frame
        goes_on = self._waited_frames == 0 and self.ledger.open_gap is None and self._last_us > 0
        patient = self._waited_frames < NO_KEY_PATIENCE_FRAMES
        return goes_on or (not patient and bool(block.flags[0] & FrameFlag.RECOVERY))

    def _arrivals(self, block: Block) -> list[int]:
        arrivals = []
        for monotonic_us in block.arrivals_us:
            self._last_us = max(self._last_us + 1, self._clock.wall_us(monotonic_us))
            arrivals.append(self._last_us)
        return arrivals

    def _wall(self, monotonic_us: int) -> int:
        return max(self._last_us + 1, self._clock.wall_us(monotonic_us))

    def _start(self, block: Block, start_us: int) -> OpenFile:
        facts = self._sets.facts()
        file, path = self._create(start_us)
        segment = Segment(
            segment_id=self._next_id(),
            camera=self.camera,
            span=TimeSpan(start_us, start_us),
            path=path,
            state=SegmentState.OPEN,
            size_bytes=file.size_bytes,
            frames=0,
            sha256=None,
            codec=facts.codec,
            width_px=facts.width_px,
            height_px=facts.height_px,
            init_bytes=file.init_bytes,
            training=self._training,
        )
        self._depth = max(self._depth, facts.reorder_frames or 0, observed_depth(block.pts_90k))
        distance = frame_distance(block.pts_90k)
        cut = OpenSegment(
            start_90k=block.pts_90k[0], frames=0, size_bytes=0, sets=self._sets, wanted_since_90k=None
        )
        reorder = Reorder(first_pts_90k=block.pts_90k[0], depth=self._depth, distance_90k=distance)
        return OpenFile(file, segment, cut, reorder)

    def _create(self, start_us: int) -> tuple[SegmentFile, str]:
        """A new file named by its start; a name left behind by a crash is stepped over."""
        for step in range(1000):
            at = utc(start_us)
            path = f"{self.camera}/{at:%Y-%m-%d}/{at:%H}/{start_us + step}.mp4"
            try:
                return SegmentFile(self._folder / path, self._sets), path
            except FileExistsError:
                continue
        raise OSError(f"1000 files named after {start_us} exist already in {self._folder / self.camera}")

    def _append(self, opened: OpenFile, block: Block, arrivals: list[int]) -> None:
        table = self._table(opened, block)
        offset, size_bytes, crc32 = opened.file.add(table, block.data)
        duration_90k = table.next_dts_90k - table.dts_90k[0]
        opened.end_90k = table.next_dts_90k
        key_bytes = sum(size for size, key in zip(table.sizes, table.keys, strict=True) if key)
        opened.new_fragments.append(
            Fragment(
                offset=offset,
                size_bytes=size_bytes,
                start_us=arrivals[0],
                start_90k=table.dts_90k[0],
                duration_90k=duration_90k,
                frames=len(table.sizes),
                key=block.starts_with_key,
                damaged=any(flag & _DAMAGED for flag in block.flags),
                inter_bytes=len(block.data) - key_bytes,
                crc32=crc32,
                shift_90k=table.pts_90k[0] - table.dts_90k[0],
            )
        )
        opened.new_clock += [
            ClockPair(arrival_us=self._clock.wall_us(at), ntp=ntp, rtp_90k=rtp) for at, ntp, rtp in block.reports
        ]
        last_90k = table.next_dts_90k - table.dts_90k[-1]
        end_us = arrivals[-1] + min(last_90k * 100 // 9, SECOND_US)
        frames = opened.segment.frames + len(table.sizes)
        opened.segment = replace(
            opened.segment,
            span=TimeSpan(opened.segment.span.start_us, end_us),
            size_bytes=opened.file.size_bytes,
            frames=frames,
        )
        opened.cut = replace(opened.cut, frames=frames, size_bytes=opened.file.size_bytes)

    def _table(self, opened: OpenFile, block: Block) -> FrameTable:
        reorder = opened.reorder
        dts = [reorder.next_dts(pts) for pts in block.pts_90k]
        self._depth = max(self._depth, observed_depth(block.pts_90k))
        if len(dts) > 1:
            opened.distance_90k = (dts[-1] - dts[0]) // (len(dts) - 1)
        if block.next_pts_90k is not None:
            following = reorder.peek_dts(block.next_pts_90k)
        else:
            following = dts[-1] + (opened.distance_90k or frame_distance(block.pts_90k))
        return FrameTable(
            sizes=block.sizes,
            dts_90k=dts,
            pts_90k=[pts - reorder.origin_90k for pts in block.pts_90k],
            keys=[bool(flag & _KEY) for flag in block.flags],
            next_dts_90k=following,
        )

    def _finish(self, end_us: int | None = None) -> None:
        """Close the open segment; `end_us` is when the next one begins."""
        opened = self.open
        if opened is None:
            return
        sha256 = opened.file.finish()
        if end_us is not None and abs(end_us - opened.segment.span.end_us) < SECOND_US:
            span = TimeSpan(opened.segment.span.start_us, end_us)
            opened.segment = replace(opened.segment, span=span)
        self._close(opened, sha256)

    def _close(self, opened: OpenFile, sha256: str) -> None:
        opened.segment = replace(
            opened.segment, state=SegmentState.CLOSED, sha256=sha256, size_bytes=opened.file.size_bytes
        )
        self.finished.append(opened)
        self.open = None
