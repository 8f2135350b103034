"""The writer's thread: blocks from the ring onto the disk, then rows into the index.

Order of durability, at least every 2 s:
1. fragments are appended to their files as they come, hashed in the same round;
2. one sync makes all of them, and the names of new files, durable;
3. one transaction writes the rows of segments and gaps.
So the index never names bytes that a power cut can take back. When a disk fails, its segments are left as
they are (repaired when it is back), what was not synced and the time until the next key frame is a gap of cause
disk, and new segments go to the next disk. When there is none, blocks are left out, and every 2 s the disk is
tried again.
"""

import errno
import itertools
import logging
import threading
from collections.abc import Callable

from ronda.core.ids import CameraId, SegmentId
from ronda.core.time import SECOND_US
from ronda.media.codec import AudioFormat
from ronda.media.errors import MediaError
from ronda.video.engine.choose import EngineKind
from ronda.video.engine.port import Block, StreamKey
from ronda.video.errors import FootageFolderError, StorageError
from ronda.video.gap_cause import Evidence, Finding
from ronda.video.live.tail import TailPlace
from ronda.video.model import GapCause, Note, Segment, disk_of
from ronda.video.ports import RecordingIndex
from ronda.video.record.arrival import FORWARD_NOTE, ArrivalClock
from ronda.video.record.camera_recorder import CameraRecorder
from ronda.video.record.disk_calls import SYSTEM_CALLS, DiskCalls
from ronda.video.record.disks import DiskSet
from ronda.video.record.footage_folder import FootageFolder, explain
from ronda.video.record.kernel_clock import ClockWatch
from ronda.video.record.ledger import Ledger
from ronda.video.record.open_file import OpenFile, on_disk
from ronda.video.record.repair import mend
from ronda.video.record.ring import Dropped, Item, Order, WriterRing
from ronda.video.record.syncing import sync_files
from ronda.video.record.writer_state import WriterState

SYNC_US = 3 * SECOND_US // 2
RETRY_US = 2 * SECOND_US
TAKE_S = 0.2
GATHER_S = 0.06  # blocks are written some together: the fewer wake-ups, the less they cost
LOOK_EVERY = 16  # blocks: some 2 MB
_log = logging.getLogger(__name__)


class Writer:
    """Owns all files that are written. Everything but the constructor's work happens in its thread."""

    def __init__(
        self,
        *,
        folder: FootageFolder,
        index: RecordingIndex,
        ring: WriterRing,
        clock: ArrivalClock,
        engine: EngineKind,
        training: bool = False,
        hashed: bool = True,
        disks: DiskSet | None = None,
        calls: DiskCalls = SYSTEM_CALLS,
        kernel_clock: ClockWatch | None = None,
    ) -> None:
        self._calls, self._monotonic_us = calls, clock.clock.monotonic_us
        self._disks = disks or DiskSet(folder)
        self._folder, self._index, self._ring, self._clock = folder, index, ring, clock
        self._engine, self._training = engine, training
        self._hashes = engine.make_hashes() if hashed else None
        self._cameras: dict[CameraId, CameraRecorder] = {}
        self._streams: dict[StreamKey, CameraRecorder] = {}
        self._ids = itertools.count(index.next_segment_id())
        self._notes: list[Note] = []
        self._left: list[Segment] = []  # given up in the middle: their rows are still open
        self._kernel_clock = kernel_clock or ClockWatch()
        self._fault: str | None = None
        self._dropped_frames = 0
        self._synced_us = self._tried_us = self._ticked_us = 0
        self._late: list[Order] = []
        self._running, self._ending = True, False
        self._thread = threading.Thread(target=self._run, name="ronda-writer", daemon=True)

    # -- called from any thread ------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def bind(self, key: StreamKey, camera: CameraId, priority: int = 0, audio: AudioFormat | None = None) -> None:
        """Blocks of this stream belong to this camera."""
        self._ring.set_priority(key, priority)
        self._ring.order(lambda: self._bind(key, camera, audio))

    def begin(self, camera: CameraId, evidence: Evidence) -> None:
        """Recording of this camera begins; the time since its last frame is missing for this reason."""
        self._ring.order(lambda: self._recorder(camera).ledger.begin(evidence))

    def lost(self, camera: CameraId, evidence: Evidence, *, at_us: int | None = None) -> None:
        """The camera is not recorded, for this reason, since `at_us` (wall time) or now."""
        seen_us = self._monotonic_us()  # the disk may stall before the order is read
        self._ring.order(lambda: self._lost(camera, evidence, at_us, seen_us))

    def close_segment(self, camera: CameraId, done: Callable[[Segment | None], None]) -> None:
        """Close the camera's open segment soon; `done` is called in the writer's thread."""
        self._ring.order(lambda: self._recorder(camera).want_closed(done))

    def tail(self, key: StreamKey, done: Callable[[TailPlace | None], None]) -> None:
        """Tell where the stream's newest group of pictures lies; `done` is called in the writer's thread."""

        def order() -> None:
            recorder = self._streams.get(key)
            done(recorder.tail() if recorder is not None else None)

        self._ring.order(order)

    def note(self, note: Note) -> None:
        self._ring.order(lambda: self._notes.append(note))

    def stop(self, evidence: Evidence | None) -> None:
        """Write what waits, close all files, declare the gap that begins, end the thread."""
        self.end(evidence)
        self._thread.join()

    def end(self, evidence: Evidence | None) -> None:
        """The same, but nobody waits until it is done."""
        self._ending = True
        self._ring.order(lambda: self._stop(evidence))

    def state(self) -> WriterState:
        return WriterState(fault=self._fault, dropped_frames=self._dropped_frames)

    def next_id(self) -> SegmentId:
        """A number that no segment has."""
        return SegmentId(next(self._ids))

    def recorder(self, camera: CameraId) -> CameraRecorder | None:
        """For its counters only."""
        return self._cameras.get(camera)

    # -- in the writer's thread ------------------------------------------------------------------

    def _run(self) -> None:
        while self._running:
            self.work(TAKE_S, GATHER_S)

    def work(self, take_s: float, gather_s: float) -> None:
        """One round: what waits in the ring, then what is due. Only whoever runs the writer calls this."""
        for turn, item in enumerate(self._ring.take(take_s, gather_s), start=1):
            try:
                self._step(item)
                if turn % LOOK_EVERY == 0 and self._monotonic_us() - self._synced_us >= SYNC_US:
                    self._keep_up()  # in the middle of a long row of blocks too
            except Exception:
                # The writer must outlive a mistake in one block: it is logged, counted, and a gap row.
                _log.exception("the writer failed; the block is left out")
                if not isinstance(item, tuple) and not callable(item):
                    self._given_up(item)
        try:
            if self._hashes is not None:
                self._hashes.settle()
            self._keep_up()
        except Exception as mistake:
            # The thread that records every camera must not end of it: it is said, and tried again as a disk is.
            _log.exception("the writer failed between two blocks")
            self._fail(f"the recorder failed between two blocks ({mistake}); its log says how. Next: report it")

    def _given_up(self, block: Block) -> None:
        self._dropped_frames += block.frames
        recorder = self._streams.get(block.key)
        if recorder is not None:
            at_us = self._clock.wall_us(block.first_us)
            recorder.abandon()  # what failed once would fail at every block: the next group begins a new file
            recorder.ledger.lost(at_us, Evidence(finding=Finding.RECORDER_FAULT))

    def _step(self, item: Item) -> None:
        if isinstance(item, tuple):
            self._left_out(Dropped(*item))
        elif callable(item):
            self._obey(item)
        else:
            self._take(item)

    def _obey(self, order: Order) -> None:
        """An order that needs the index while it is away waits, and those after it with it."""
        if not self._late or self._ending:
            try:
                order()
                return
            except StorageError as fault:
                self._fail(str(fault))
        self._late.append(order)

    def _keep_up(self) -> None:
        """Look at clock and disk every second, sync what was written, or try the disk again."""
        now_us = self._monotonic_us()
        if now_us - self._ticked_us >= SECOND_US:
            self._ticked_us = now_us
            self._tick()
        if self._fault is None and now_us - self._synced_us >= SYNC_US:
            self._sync()
        elif self._fault is not None and now_us - self._tried_us >= RETRY_US:
            self._retry()

    def _take(self, block: Block) -> None:
        recorder = self._streams.get(block.key)
        if recorder is None:
            return
        if self._fault is not None:
            self._dropped_frames += block.frames
            recorder.ledger.lost(self._clock.wall_us(block.first_us), self._disk_evidence())
            return
        try:
            recorder.take(block)
        except OSError as fault:
            self._dropped_frames += block.frames
            self._write_failed(disk_of(recorder.prefix), fault)
        except FootageFolderError as fault:
            self._dropped_frames += block.frames
            self._fail(str(fault))
        except MediaError as fault:
            _log.warning("camera %s: a fragment cannot be written (%s)", recorder.camera, fault)
            recorder.ledger.lost(
                self._clock.now_us(), Evidence(finding=Finding.NO_USABLE_VIDEO, detail=str(fault)[:200])
            )

    def _left_out(self, item: Dropped) -> None:
        recorder = self._streams.get(item.key)
        self._dropped_frames += item.frames
        if recorder is not None:
            detail = f"{item.frames} frames left out"
            evidence = Evidence(finding=Finding.DISK_SLOW, detail=detail)
            recorder.ledger.lost(self._clock.wall_us(item.first_us), evidence)

    def _bind(self, key: StreamKey, camera: CameraId, audio: AudioFormat | None) -> None:
        recorder = self._recorder(camera)
        for old in [other for other, owner in self._streams.items() if owner is recorder]:
            del self._streams[old]
        recorder.audio = audio
        self._streams[key] = recorder

    def _lost(self, camera: CameraId, evidence: Evidence, at_us: int | None, seen_us: int) -> None:
        recorder = self._recorder(camera)
        try:
            recorder.end_session()
        except OSError as fault:
            self._write_failed(disk_of(recorder.prefix), fault)
        recorder.ledger.lost(self._clock.wall_us(seen_us) if at_us is None else at_us, evidence)

    def _recorder(self, camera: CameraId) -> CameraRecorder:
        recorder = self._cameras.get(camera)
        if recorder is None:
            ledger = Ledger(
                camera, last_us=self._index.last_frame_us(camera), open_gap=self._index.open_gap(camera)
            )
            recorder = self._cameras[camera] = CameraRecorder(
                camera,
                folder=self._folder.root,
                clock=self._clock,
                ledger=ledger,
                next_id=self.next_id,
                engine=self._engine,
                training=self._training,
                hashes=self._hashes,
                prefix=self._prefix,
                calls=self._calls,
            )
        return recorder

    def _prefix(self) -> str:
        disk = self._disks.choose()
        if disk is None:
            self._folder.check()  # none can be used; another recorder's disk in its place least of all
            return ""
        disk.folder.check()  # the last look was up to a second ago: no file goes to a disk that was swapped since
        return disk.prefix

    def _tick(self) -> None:
        reading = self._kernel_clock.look(self._monotonic_us(), self._clock.now_us())
        if reading is not None:
            self._notes.append(reading)
        note = self._clock.check()
        if note is not None:
            self._notes.append(note)
            _log.warning("%s", note.text)
            for camera in self._cameras.values():
                if note.kind == FORWARD_NOTE:
                    camera.ledger.clock_stepped()
        if self._fault is None:
            try:
                self._folder.check()
            except FootageFolderError as fault:
                self._fail(str(fault))
            for disk in self._disks.disks:
                on_it = any(camera.not_final(disk.number) for camera in self._cameras.values())
                if disk.number and disk.fault is not None and on_it:
                    self._disk_failed(disk.number, disk.fault)

    def _sync(self) -> None:
        self._synced_us = self._monotonic_us()
        cameras = list(self._cameras.values())
        opened = [one for camera in cameras if (one := camera.open) is not None and one.new_fragments]
        finished = [file for camera in cameras for file in camera.finished]
        files_of_disks = itertools.groupby(sorted([*opened, *finished], key=on_disk), key=on_disk)
        for number, files in files_of_disks:
            group = list(files)
            try:
                sync_files([one.file for one in group], self._calls)
            except OSError as fault:
                if fault.errno != errno.ENOENT:  # else the folder was taken away; the bytes are not in doubt
                    self._sync_failed(group, fault)
                self._write_failed(number, fault)
                self._synced_us = 0  # what is on other disks is not kept waiting
                return
        try:
            self._write_rows(cameras)
        except StorageError as fault:
            self._fail(str(fault))
            return
        except Exception:
            # One camera's row must not keep those of all others from the index.
            _log.exception("rows cannot be written together; each camera's are written by themselves")
            self._write_apart(cameras)
        mend(self._left, self._index, self._folder.root, self._calls)

    def _write_rows(self, cameras: list[CameraRecorder]) -> None:
        """The rows of what is synced, in one transaction."""
        opened = [one for camera in cameras if (one := camera.open) is not None and one.new_fragments]
        finished = [file for camera in cameras for file in camera.finished]
        gaps = [gap for camera in cameras for gap in camera.changed_gaps]
        if opened or finished or gaps or self._notes:
            grown = [one.growth() for one in opened if one.durable_bytes]
            fresh = [one for one in opened if not one.durable_bytes]
            writes = [one.pending() for one in (*fresh, *finished)]
            self._index.write(segments=writes, grown=grown, gaps=gaps, notes=self._notes)
        self._settle(opened, cameras)

    def _write_apart(self, cameras: list[CameraRecorder]) -> None:
        """One camera's row that cannot be written costs no other camera its own."""
        notes, self._notes = self._notes, []
        for camera in cameras:
            try:
                self._write_rows([camera])
            except StorageError as fault:
                self._notes = notes
                self._fail(str(fault))
                return
            except Exception:
                # Nor may it end the thread: the camera's footage since the last sync is a gap, and it goes on.
                _log.exception("camera %s: its rows cannot be written; its files are given up", camera.camera)
                held = [one for one in (camera.open, *camera.finished) if one is not None]
                self._left += camera.give_up(held, Evidence(finding=Finding.RECORDER_FAULT))
                self._write_rows([camera])  # the gap
        self._notes = notes  # for the next round

    def _settle(self, opened: list[OpenFile], cameras: list[CameraRecorder]) -> None:
        """Everything pending is durable: let go of it, and tell who waited."""
        self._notes.clear()
        for file in opened:
            file.written()
        for camera in cameras:
            camera.changed_gaps.clear()
            finished, camera.finished = camera.finished, []
            for file in finished:
                file.file.close()
            if finished:
                camera.tell_waiters(finished[-1].segment)

    # -- faults of the disk ----------------------------------------------------------------------

    def _disk_evidence(self) -> Evidence:
        return Evidence(finding=Finding.DISK_FAULT, detail=(self._fault or "")[:300])

    def _write_failed(self, number: int, fault: OSError) -> None:
        root = next((disk.folder.root for disk in self._disks.disks if disk.number == number), self._folder.root)
        full = fault.errno in (errno.ENOSPC, errno.EDQUOT)
        sentence = explain(root, fault)
        self._disks.failed(number, sentence, self._monotonic_us(), full=full)
        self._disk_failed(number, sentence)

    def _disk_failed(self, number: int, sentence: str) -> None:
        """Go on with the next disk; without one, wait for this one."""
        other = self._disks.choose()
        if other is None or other.number == number:
            self._fail(sentence)
            return
        _log.error("%s; new footage goes to %s", sentence, other.folder.root)
        evidence = Evidence(finding=Finding.DISK_FAULT, detail=sentence[:300])
        for camera in self._cameras.values():
            self._left += camera.give_up(camera.not_final(number), evidence)

    def _sync_failed(self, files: list[OpenFile], fault: OSError) -> None:
        """Which of their bytes reached the disk nobody knows, and a later sync that succeeds would not tell."""
        evidence = Evidence(finding=Finding.DISK_FAULT, detail=explain(self._folder.root, fault)[:300])
        for camera in self._cameras.values():
            self._left += camera.give_up(files, evidence)

    def _fail(self, sentence: str) -> None:
        """Stop writing until `_retry` finds the disk usable again."""
        if self._fault is None:
            _log.error("%s", sentence)
        self._fault, self._tried_us = sentence, self._monotonic_us()
        for camera in self._cameras.values():
            if camera.open is not None:
                camera.abandon()
                camera.ledger.lost(self._clock.now_us(), self._disk_evidence())
            camera.tell_waiters(None)

    def _retry(self) -> None:
        self._tried_us = self._monotonic_us()
        try:
            self._folder.probe()
            self._disks.mended(0)
            for camera in self._cameras.values():
                camera.drop_unwritten(self._disk_evidence())
            self._fault = None
            self._sync()
            late, self._late = self._late, []
            for order in late:
                self._obey(order)
        except (FootageFolderError, StorageError) as fault:
            self._fault = str(fault)
        if self._fault is None:
            _log.warning("the footage folder %s takes data again; recording goes on", self._folder.root)

    def _stop(self, evidence: Evidence | None) -> None:
        for camera in self._cameras.values():
            try:
                camera.end_session()
            except OSError as fault:
                self._write_failed(disk_of(camera.prefix), fault)
            gap = camera.ledger.open_gap
            is_off = gap is not None and gap.cause in (GapCause.PLANNED_OFF, GapCause.PERSON)
            if evidence is not None and camera.ledger.last_us is not None and not is_off:
                camera.ledger.lost(self._clock.now_us(), evidence)
        if self._fault is None:
            self._sync()
        self._running = False
