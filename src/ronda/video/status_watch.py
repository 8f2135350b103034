"""Measure what the cameras deliver, and put the recorder's status together."""

import time
from collections import deque
from dataclasses import dataclass, field, replace

from ronda.core.ids import CameraId
from ronda.media.rtp import SenderReport
from ronda.video.connect.keeper import Keeper
from ronda.video.engine.port import StreamKey, StreamStats
from ronda.video.model import Note
from ronda.video.recorder import Recorder
from ronda.video.recorder_status import CameraStatus, DiskStatus, RecorderStatus
from ronda.video.retain.rules import LOOK_BACK_US, load_of, outlook

SAMPLE_S = 1.0
_WINDOW = 6
TIME_NOTE, FORMAT_NOTE = "camera-time", "camera-format"
NOTE_EVERY_US = 600_000_000  # of one camera: a stamp that jumps every second is one event, not a thousand
_OUTLOOK_EVERY_US = 300_000_000  # some 0.2 s of work with 500 cameras


@dataclass(slots=True)
class _Rate:
    """Counters over the last seconds of one stream."""

    key: StreamKey
    samples: deque[tuple[int, int, int]] = field(default_factory=lambda: deque(maxlen=_WINDOW))

    def add(self, now_us: int, stats: StreamStats) -> None:
        self.samples.append((now_us, stats.frames, stats.bytes))

    def per_second(self) -> tuple[float, float] | None:
        """Frames and bytes a second."""
        if len(self.samples) < 2:
            return None
        first, last = self.samples[0], self.samples[-1]
        seconds = (last[0] - first[0]) / 1e6
        return (last[1] - first[1]) / seconds, (last[2] - first[2]) / seconds


class StatusWatch:
    """Call `sample` about every second; `status` at any time. Lives in the recorder's event loop."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._rates: dict[CameraId, _Rate] = {}
        self._started_us = recorder.arrival.now_us()
        self._off_since: dict[CameraId, int] = {}
        self._disk = DiskStatus()
        self._looked_us = -_OUTLOOK_EVERY_US
        self._restamps: dict[CameraId, tuple[StreamKey, int]] = {}
        self._noted_us: dict[CameraId, int] = {}
        self._formats: dict[CameraId, str] = {}

    def sample(self) -> None:
        now_us = time.monotonic_ns() // 1000
        for camera, keeper in self._recorder.keepers.items():
            key = keeper.state.key
            stats = self._recorder.engine.stats(key) if key is not None else None
            if key is None or stats is None:
                self._rates.pop(camera, None)
                continue
            rate = self._rates.get(camera)
            if rate is None or rate.key != key:
                rate = self._rates[camera] = _Rate(key)
            rate.add(now_us, stats)
            self._note_time(camera, key, stats.restamps, now_us)
            self._note_format(camera)

    def _note_time(self, camera: CameraId, key: StreamKey, restamps: int, now_us: int) -> None:
        """A camera whose time stamps jump is recorded by arrival; that it does is kept with the footage."""
        known_key, known = self._restamps.get(camera, (key, 0))
        jumps = restamps - (known if known_key == key else 0)
        noted_us = self._noted_us.get(camera)
        if jumps <= 0 or (noted_us is not None and now_us - noted_us < NOTE_EVERY_US):
            return
        self._restamps[camera], self._noted_us[camera] = (key, restamps), now_us
        text = (
            f"camera {camera}: its time stamps jumped ({jumps} times); frames are kept in order, dated by arrival"
        )
        self._recorder.writer.note(Note(at_us=self._recorder.arrival.now_us(), kind=TIME_NOTE, text=text))

    def _note_format(self, camera: CameraId) -> None:
        writing = self._recorder.writer.recorder(camera)
        facts = writing.facts if writing is not None else None
        if facts is None:
            return
        now = f"{facts.codec} {facts.width_px}x{facts.height_px}"
        before = self._formats.get(camera)
        self._formats[camera] = now
        if before is not None and before != now:
            text = f"camera {camera}: it sends {now} now, {before} before; a new segment began"
            self._recorder.writer.note(Note(at_us=self._recorder.arrival.now_us(), kind=FORMAT_NOTE, text=text))

    def status(self) -> RecorderStatus:
        recorder = self._recorder
        cameras = {camera: self._camera(camera) for camera in recorder.configs}
        doubt = recorder.retention.doubt
        return RecorderStatus(
            engine=recorder.engine.name,
            started_us=self._started_us,
            clock_ahead_us=recorder.arrival.ahead_us,
            dropped_frames=recorder.writer.state().dropped_frames,
            disk=replace(self._look_at_disk(), clock_doubt=doubt.sentence() if doubt else None),
            cameras=cameras,
            power_lost=recorder.power_lost(),
        )

    def _camera(self, camera: CameraId) -> CameraStatus:
        keeper = self._recorder.keepers.get(camera)
        if keeper is None:
            since_us = self._off_since.setdefault(camera, self._recorder.arrival.now_us())
            return CameraStatus(state="off", since_us=since_us)
        self._off_since.pop(camera, None)
        return self._playing(camera, keeper)

    def _playing(self, camera: CameraId, keeper: Keeper) -> CameraStatus:
        recorder, wall_us = self._recorder, self._recorder.arrival.wall_us
        state = keeper.state
        stats = recorder.engine.stats(state.key) if state.key is not None else None
        writing = recorder.writer.recorder(camera)
        facts = writing.facts if writing else None
        rate = self._rates[camera].per_second() if camera in self._rates else None
        last_us = wall_us(stats.last_frame_us) if stats and stats.last_frame_us else None
        if last_us is None and writing is not None:
            last_us = writing.last_us
        return CameraStatus(
            state=state.state,
            since_us=wall_us(state.since_us),
            last_frame_us=last_us,
            kbit_s=round(rate[1] * 8 / 1000, 1) if rate else None,
            fps=round(rate[0], 1) if rate else None,
            codec=facts.codec if facts else None,
            width_px=facts.width_px if facts else None,
            height_px=facts.height_px if facts else None,
            clock_offset_us=self._clock_offset_us(stats),
            last_error=state.last_error if state.state != "recording" else state.alarm,
            frames=writing.frames if writing else 0,
            damaged=writing.damaged if writing else 0,
        )

    def _clock_offset_us(self, stats: StreamStats | None) -> int | None:
        if stats is None or stats.last_report is None:
            return None
        arrival_us, ntp, rtp = stats.last_report
        report = SenderReport(ssrc=0, ntp=ntp, rtp_90k=rtp)
        return report.camera_us - self._recorder.arrival.wall_us(arrival_us)

    def _look_at_disk(self) -> DiskStatus:
        recorder = self._recorder
        fault = recorder.writer.state().fault
        space = recorder.disks.space() if fault is None else None
        if space is None:
            return DiskStatus(fault=fault, warnings=(fault,) if fault else ())
        now_us = time.monotonic_ns() // 1000
        used_bytes = space.total_bytes - space.free_bytes
        if now_us - self._looked_us < _OUTLOOK_EVERY_US and self._disk.free_bytes is not None:
            before = self._disk  # the forecast of the last look
            return DiskStatus(
                free_bytes=space.free_bytes,
                used_bytes=used_bytes,
                days_left=before.days_left,
                days_kept=before.days_kept,
                warnings=self._warnings(before.warnings),
                damaged=recorder.scrub.damaged,
                disks_out=len(recorder.disks.faults()),
                first_loss_us=before.first_loss_us,
            )
        self._looked_us = now_us
        days = {camera: config.retention_days for camera, config in recorder.configs.items()}
        wall_us = recorder.arrival.now_us()
        lately = recorder.index.bytes_since(wall_us - LOOK_BACK_US)
        look = outlook(
            total_bytes=space.total_bytes,
            free_bytes=space.free_bytes,
            footage_bytes=recorder.index.stored()[0],
            loads=load_of(lately, days, recorder.index.oldest_us(), wall_us),
            now_us=wall_us,
        )
        self._disk = DiskStatus(
            free_bytes=space.free_bytes,
            used_bytes=used_bytes,
            days_left=look.days_left,
            days_kept=look.days_kept,
            warnings=look.warnings,
            first_loss_us=look.first_loss_us,
        )
        return replace(
            self._disk,
            warnings=self._warnings(look.warnings),
            damaged=recorder.scrub.damaged,
            disks_out=len(recorder.disks.faults()),
        )

    def _warnings(self, forecast: tuple[str, ...]) -> tuple[str, ...]:
        """What is wrong now comes before what will be."""
        recorder = self._recorder
        retention = (recorder.retention.warning,) if recorder.retention.warning else ()
        return (*recorder.disks.faults(), *retention, *recorder.scrub.warnings, *forecast)
