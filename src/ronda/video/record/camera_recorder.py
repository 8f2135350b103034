"""Write the blocks of one camera: segments, fragment rows and the account of its time.

Belongs to the writer's thread. Decides nothing about where segments end (`segment_cut`) or what a
gap is (`ledger`); it keeps the two in step with the file. Frames before the first key frame are not
written, since nobody could decode them: they lie inside the gap before.
Invariant: arrival times never fall, so segments of a camera never overlap.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import SECOND_US, TimeSpan, utc
from ronda.media.codec import AudioFormat, PictureFacts, PictureSets, VideoCodec
from ronda.media.errors import MediaError
from ronda.media.picture_sets import empty_sets, taken
from ronda.media.reorder import frame_distance, observed_depth
from ronda.video.engine.choose import PYTHON, EngineKind
from ronda.video.engine.port import Block, FrameFlag
from ronda.video.gap_cause import Evidence
from ronda.video.live.tail import TailPlace
from ronda.video.model import ClockPair, Fragment, Gap, Segment, SegmentState
from ronda.video.record.arrival import ArrivalClock
from ronda.video.record.disk_calls import SYSTEM_CALLS, DiskCalls
from ronda.video.record.hashing import Hashes
from ronda.video.record.ledger import HOLE_US, Ledger
from ronda.video.record.open_file import OpenFile, on_disk
from ronda.video.record.segment_cut import Cut, OpenSegment, decide_cut
from ronda.video.record.segment_file import SegmentFile
from ronda.video.record.steady import Steady, SteadyRun, limits

NO_KEY_PATIENCE_FRAMES = 300  # then a recovery point may start a segment: some cameras send no IDR
_DAMAGED = int(FrameFlag.DAMAGED)  # an enum's own & is slow
_USUAL_90K = 3600


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
        engine: EngineKind = PYTHON,
        training: bool = False,
        hashes: Hashes | None,
        prefix: Callable[[], str] = lambda: "",
        calls: DiskCalls = SYSTEM_CALLS,
    ) -> None:
        self.camera, self._ledger = camera, ledger
        self.prefix = ""  # of the newest file: which disk it is on (`model.disk_of`)
        self._choose_prefix = prefix
        self._open: OpenFile | None = None
        self._steady: Steady | None = None  # of the open file, while the stream goes on as before
        self.finished: list[OpenFile] = []
        self.frames = self.bytes = self.damaged = 0
        self.facts: PictureFacts | None = None  # what the newest parameter sets say, for the status
        self.audio: AudioFormat | None = None  # of the stream that plays, where sound is recorded
        self._folder, self._clock, self._next_id, self._training = folder, clock, next_id, training
        self._engine, self._hashes, self._calls = engine, hashes, calls
        self._make_steady = engine.make_steady if calls.writes_plainly else None
        self._sets: PictureSets = empty_sets(VideoCodec.H264)  # until the first block
        self._seen_sets = 0
        self._raw_sets: tuple[bytes, ...] = ()
        self._depth = 0
        self._last_us = ledger.last_us or 0
        self._waited_frames = 0
        self._waiters: list[Callable[[Segment | None], None]] = []

    @property
    def open(self) -> OpenFile | None:
        """The segment that is being written, with all that was appended to it."""
        self._take_over()
        return self._open

    @property
    def ledger(self) -> Ledger:
        """To be told what happened: from here on each block is looked at again."""
        self._look_again()
        return self._ledger

    @property
    def changed_gaps(self) -> list[Gap]:
        """Gap rows to be written, and forgotten then."""
        return self._ledger.changed

    @property
    def last_us(self) -> int | None:
        """Arrival of the last frame that was synced or looked at. Any thread may ask."""
        return self._ledger.last_us

    def take(self, block: Block) -> None:
        """Write a block. Raises OSError when the disk does not take it; call `abandon` then."""
        if self._steady is not None and self._goes_on(self._steady, block):
            return
        self._look_again()
        self._look_at(block)
        if self._open is not None:
            self._steady = self._go_on(self._open)

    def _look_at(self, block: Block) -> None:
        frames, damaged, key, is_last, began_us, ended_us, first_90k, last_90k, size_bytes, serial, _ = block.facts
        if serial != self._seen_sets or not serial:
            self._update_sets(block)
        wall_us = self._clock.wall_us
        if self._open is not None:
            self._cut_if_due(self._open, first_90k, began_us, key)
        if self._open is None and not self._may_start(block, key):
            self._waited_frames += frames
            return
        first_us = max(self._last_us + 1, wall_us(began_us))
        last_us = max(first_us + frames - 1, wall_us(ended_us))
        if self._open is None:
            self._open = self._start(block, first_us)
            self._waited_frames = 0  # else a forced cut later on would wait for a key frame again
        self._append(self._open, block, first_us, last_us)
        if damaged or not self._ledger.went_on(first_us, last_us, first_90k, last_90k, frames):
            self._ledger.recorded(
                self._arrivals(block, first_us, last_us),
                block.pts_90k,
                [bool(flag & _DAMAGED) for flag in block.flags],
            )
        self.frames += frames
        self.bytes += size_bytes
        self.damaged += damaged
        self._last_us = last_us
        if is_last:
            self.end_session()

    def end_session(self) -> None:
        """The stream is over: its media clock means nothing to the next one."""
        self._look_again()
        self._finish()
        self._waited_frames = 0

    def want_closed(self, done: Callable[[Segment | None], None]) -> None:
        """Close the open segment soon and tell when it is durable; at once when there is none."""
        self._look_again()
        if self._open is None:
            done(None)
            return
        self._waiters.append(done)
        if self._open.cut.wanted_since_90k is None:
            self._open.cut.wanted_since_90k = self._open.cut.start_90k + self._open.end_90k

    def abandon(self) -> None:
        """The disk failed: the open segment ends at its last whole fragment."""
        self._look_again()
        if self._open is not None:
            self._open.file.release()
            self._close(self._open, self._open.file.sha256())

    def give_up(self, lost: Sequence[OpenFile], evidence: Evidence) -> list[Segment]:
        """Of these files nobody knows what reached the disk: what the index does not name yet is a gap.

        Gives the rows that the index has of them, to be repaired.
        """
        self._look_again()
        mine = [one for one in (*self.finished, self._open) if one is not None and one in lost]
        for one in mine:
            if one.new_fragments:
                self._ledger.hole(one.new_fragments[0].start_us, one.end_us, evidence)
            one.file.give_up(one.durable_bytes)
        self.finished = [one for one in self.finished if one not in mine]
        if self._open in mine:
            self._open = None
            self._ledger.lost(self._clock.now_us(), evidence)
        if mine:
            self.tell_waiters(None)
        return [one.first_row for one in mine if one.durable_bytes]

    def not_final(self, disk: int) -> list[OpenFile]:
        """Files on this disk that wait for a sync."""
        return [one for one in (self._open, *self.finished) if one is not None and on_disk(one) == disk]

    def drop_unwritten(self, evidence: Evidence) -> None:
        """Files of the time of a fault whose last bytes did not survive become gaps."""
        kept = []
        for one in self.finished:
            path, span = one.file.path, one.segment.span
            if path.exists() and path.stat().st_size == one.file.size_bytes:
                kept.append(one)
                continue
            one.file.close()
            self._ledger.hole(span.start_us, span.end_us, evidence)
        self.finished = kept

    def tell_waiters(self, segment: Segment | None) -> None:
        waiters, self._waiters = self._waiters, []
        for done in waiters:
            done(segment)

    def tail(self) -> TailPlace | None:
        """Where the newest group of pictures lies, if the open segment has its key frame."""
        opened = self.open
        if opened is None or opened.key_at is None:
            return None
        return TailPlace(
            path=opened.file.path,
            init_bytes=opened.file.init_bytes,
            start=opened.key_at,
            end=opened.file.size_bytes,
            origin_90k=opened.muxer.origin_90k,
            last_us=opened.last_arrival_us,
            sets=opened.sets,
        )

    # -- a stream that goes on as before (`steady`) ------------------------------------------------

    def _goes_on(self, steady: Steady, block: Block) -> bool:
        head = steady.append(block, self._clock.wall_us(0))
        if head is None or self._open is None:
            return False
        self._open.file.hash_appended((head, block.data))
        return True

    def _go_on(self, opened: OpenFile) -> Steady | None:
        """What appends the next blocks, if nothing waits to be decided."""
        steady, cut, ledger = opened.steady, opened.cut, self._ledger
        sets_stand = self._seen_sets > 0 and self._sets is cut.sets
        if steady is None or not sets_stand or cut.wanted_since_90k is not None or not ledger.is_steady:
            return None
        file = opened.file
        steady.go_on(self._seen_sets, *file.standing, *limits(cut), self._last_us)
        return steady

    def _take_over(self) -> None:
        """Count what was appended, as if each block had been looked at."""
        taken = self._steady.taken() if self._steady is not None else None
        if taken is None or self._open is None:
            return
        run = SteadyRun._make(taken)
        self._open.take_over(run, self._raw_sets)
        for (_, _, first_us, _, _, frames, *_), (last_us, first_90k, last_90k) in run.rows:
            if not self._ledger.went_on(first_us, last_us, first_90k, last_90k, frames):
                self._ledger.recorded((first_us, last_us), (first_90k, last_90k), (False, False))
            self._last_us = last_us
        self.frames += run.frames
        self.bytes += run.samples_bytes
        self._depth = max(self._depth, run.depth)

    def _look_again(self) -> None:
        """Something happens that a rule must know of: the next block is looked at."""
        self._take_over()
        self._steady = None

    # -- parts of `take` -------------------------------------------------------------------------

    def _update_sets(self, block: Block) -> None:
        self._seen_sets, self._raw_sets = block.sets_serial, block.sets
        try:
            updated = taken(self._sets, block.sets)
            facts = updated.facts()
        except MediaError:
            return  # a broken set: what was known stays, and the fragment is still recorded
        if updated != self._sets:
            self._sets, self.facts, self._depth = updated, facts, 0

    def _cut_if_due(self, opened: OpenFile, first_90k: int, began_us: int, key: bool) -> None:
        why = decide_cut(opened.cut, next_90k=first_90k, starts_with_key=key, sets=self._sets)
        if why is not Cut.NOT_YET:
            self._finish(end_us=self._wall(began_us))

    def _may_start(self, block: Block, starts_with_key: bool) -> bool:
        if not self._sets.complete:
            return False
        if starts_with_key:
            return True
        # right after a forced cut the stream goes on without a key frame
        goes_on = self._waited_frames == 0 and self._ledger.open_gap is None and self._last_us > 0
        patient = self._waited_frames < NO_KEY_PATIENCE_FRAMES
        return goes_on or (not patient and bool(block.flags[0] & FrameFlag.RECOVERY))

    def _arrivals(self, block: Block, first_us: int, last_us: int) -> list[int]:
        """Wall time of each frame, between those of the first and the last; they never fall."""
        wall_us, at_us, arrivals = self._clock.wall_us, first_us - 1, []
        for index, monotonic_us in enumerate(block.arrivals_us):
            latest_us = last_us - (block.frames - 1 - index)
            at_us = min(max(at_us + 1, wall_us(monotonic_us)), latest_us)
            arrivals.append(at_us)
        return arrivals

    def _wall(self, monotonic_us: int) -> int:
        return max(self._last_us + 1, self._clock.wall_us(monotonic_us))

    def _start(self, block: Block, start_us: int) -> OpenFile:
        facts = self._sets.facts()
        file, path = self._create(start_us)
        row = Segment(
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
        pts_90k = block.pts_90k
        self._depth = max(self._depth, facts.reorder_frames or 0, observed_depth(pts_90k))
        sound_hz = self.audio.clock_hz if self.audio is not None else 0
        muxer = self._engine.make_muxer(pts_90k[0], self._depth, frame_distance(pts_90k), sound_hz)
        cut = OpenSegment(start_90k=pts_90k[0], frames=0, size_bytes=0, sets=self._sets, wanted_since_90k=None)
        steady = self._make_steady(muxer, file.fd, HOLE_US) if self._make_steady is not None else None
        return OpenFile(file=file, first_row=row, cut=cut, muxer=muxer, end_us=start_us, steady=steady)

    def _create(self, start_us: int) -> tuple[SegmentFile, str]:
        """A new file named by its start; a name left behind by a crash is stepped over."""
        self.prefix = self._choose_prefix()
        for step in range(1000):
            at = utc(start_us)
            path = f"{self.prefix}{self.camera}/{at:%Y-%m-%d}/{at:%H}/{start_us + step}.mp4"
            try:
                return self._file(self._folder / path), path
            except FileExistsError:
                continue
        raise OSError(f"1000 files named after {start_us} exist already in {self._folder / self.camera}")

    def _file(self, path: Path) -> SegmentFile:
        running = self._hashes.new() if self._hashes is not None else None
        return SegmentFile(path, self._sets, self.audio, running=running, calls=self._calls)

    def _append(self, opened: OpenFile, block: Block, first_us: int, last_us: int) -> None:
        frames, damaged, key, _, _, ended_us, _, _, samples_bytes, _, reported = block.facts
        header, first_90k, shown_90k, next_90k, key_bytes, depth, sound, size_bytes, crc32 = opened.muxer.head(
            block, opened.file.sequence, _USUAL_90K
        )
        parts = (header, block.data, sound) if sound else (header, block.data)
        offset = opened.file.add(parts, size_bytes, shown_90k if key else None)
        if key:
            opened.key_at, opened.sets = offset, block.sets
        duration_90k = next_90k - first_90k
        fragment = Fragment(
            offset,
            size_bytes,
            first_us,
            first_90k,
            duration_90k,
            frames,
            key,
            damaged > 0,
            samples_bytes - key_bytes,
            crc32,
            shown_90k - first_90k,
        )
        opened.grew((fragment,), last_us, next_90k, ended_us)
        if reported:
            opened.new_clock += [
                ClockPair(arrival_us=self._clock.wall_us(at), ntp=ntp, rtp_90k=rtp)
                for at, ntp, rtp in block.reports
            ]
        self._depth = max(self._depth, depth)

    def _finish(self, end_us: int | None = None) -> None:
        """Close the open segment; `end_us` is when the next one begins."""
        opened = self.open
        if opened is None:
            return
        sha256 = opened.file.finish()
        if end_us is not None and abs(end_us - opened.end_us) < SECOND_US:
            opened.end_us = end_us
        self._close(opened, sha256)

    def _close(self, opened: OpenFile, sha256: str | None) -> None:
        opened.state, opened.sha256 = SegmentState.CLOSED, sha256
        self.finished.append(opened)
        self._open = None
